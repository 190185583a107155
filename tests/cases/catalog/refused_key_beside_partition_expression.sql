-- refused ORM0210 server
CREATE TABLE m (id int, at date) PARTITION BY RANGE ((at + 1));
CREATE UNIQUE INDEX ON m (at);
