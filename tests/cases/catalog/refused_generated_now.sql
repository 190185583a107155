-- refused ORM0210 server
CREATE TABLE t (a date, d int GENERATED ALWAYS AS (CURRENT_DATE - a) STORED);
