-- refused ORM0210 server
CREATE TABLE t (d text[] DEFAULT '[]');
