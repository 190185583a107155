-- refused ORM0208 server
CREATE TABLE members (team int, person text);
CREATE TABLE t (id int, team int);
CREATE POLICY own ON t USING (EXISTS (SELECT FROM members m WHERE m.team = t.team AND m.person = CURRENT_USER));
DROP TABLE members;
