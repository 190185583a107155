-- refused ORM0210 server
CREATE TABLE t (d int4range DEFAULT '5-9');
