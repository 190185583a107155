-- refused ORM0210 server
CREATE TABLE t (d int CHECK (d IN (SELECT 1)));
