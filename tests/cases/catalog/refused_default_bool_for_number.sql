-- refused ORM0210 server
CREATE TABLE t (d int DEFAULT true);
