-- refused ORM0210 server
CREATE TABLE t (d timestamptz DEFAULT 'CURRENT_TIMESTAMP');
