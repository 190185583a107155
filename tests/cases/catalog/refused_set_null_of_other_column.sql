-- refused ORM0210 server
CREATE TABLE t (a int, b int, UNIQUE (a, b));
CREATE TABLE u (a int, b int, c int, FOREIGN KEY (a, b) REFERENCES t (a, b) ON DELETE SET NULL (c));
