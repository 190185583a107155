-- refused ORM0210 server
CREATE TABLE t (id int);
CREATE TABLE c (tid int REFERENCES t (id));
