-- refused ORM0210 server
CREATE TABLE t (a text);
ALTER TABLE t ALTER a TYPE date(3) USING NULL;
