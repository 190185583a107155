-- equal
CREATE TABLE a (id int, n int);
CREATE TABLE b (id int, n int);
WITH moved AS (SELECT id, n FROM a) INSERT INTO b SELECT id, n FROM moved;
