-- refused ORM0210 server
CREATE TABLE t (a text, d text GENERATED ALWAYS AS (concat(a, '-', a)) STORED);
