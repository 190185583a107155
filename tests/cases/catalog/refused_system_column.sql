-- refused ORM0210 server
CREATE TABLE t (id int, xmin int);
