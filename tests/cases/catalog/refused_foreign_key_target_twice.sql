-- refused ORM0210 server
CREATE TABLE t (a int PRIMARY KEY);
CREATE TABLE u (x int, y int, FOREIGN KEY (x, y) REFERENCES t (a, a));
