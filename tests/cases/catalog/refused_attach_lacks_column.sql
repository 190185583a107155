-- refused ORM0210 server
CREATE TABLE m (id int, at date, w int) PARTITION BY RANGE (at);
CREATE TABLE m1 (id int, at date);
ALTER TABLE m ATTACH PARTITION m1 FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
