-- equal
-- A foreign key to a partitioned table goes with each of its partitions.
CREATE TABLE t (id int, k text, PRIMARY KEY (id, k)) PARTITION BY LIST (k);
CREATE TABLE a (id int, k text, FOREIGN KEY (id, k) REFERENCES t);
CREATE TABLE t_1 PARTITION OF t FOR VALUES IN ('a');
DROP TABLE t_1 CASCADE;
CREATE TABLE t_2 PARTITION OF t FOR VALUES IN ('b') PARTITION BY LIST (k);
CREATE TABLE t_3 PARTITION OF t_2 DEFAULT;
CREATE TABLE b (id int, k text, FOREIGN KEY (id, k) REFERENCES t);
DROP TABLE t_3 CASCADE;
-- It stays where the partition has been detached.
CREATE TABLE c (id int, k text, FOREIGN KEY (id, k) REFERENCES t);
ALTER TABLE t DETACH PARTITION t_2;
DROP TABLE t_2;
-- A partitioned table goes with its partitions and its own foreign key.
CREATE TABLE u (id int, k text, pi int, pk text, PRIMARY KEY (id, k), FOREIGN KEY (pi, pk) REFERENCES u) PARTITION BY LIST (k);
CREATE TABLE u_1 PARTITION OF u FOR VALUES IN ('a');
DROP TABLE u;
