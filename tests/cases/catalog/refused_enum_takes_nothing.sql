-- refused ORM0210 server
CREATE TYPE m AS ENUM ('a');
CREATE TABLE t (a m(3));
