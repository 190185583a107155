-- refused ORM0208 server
CREATE TABLE t (id int, price int);
CREATE FUNCTION total() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT sum(q.price) FROM t q; END;
ALTER TABLE t ALTER price TYPE bigint;
