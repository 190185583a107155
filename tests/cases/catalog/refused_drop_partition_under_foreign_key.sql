-- refused ORM0208 server
CREATE TABLE t (id int, k text, PRIMARY KEY (id, k)) PARTITION BY LIST (k);
CREATE TABLE t_1 PARTITION OF t FOR VALUES IN ('a');
CREATE TABLE a (id int, k text, FOREIGN KEY (id, k) REFERENCES t);
DROP TABLE t_1;
