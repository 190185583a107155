-- refused ORM0210 server
CREATE TABLE m (id int UNIQUE, at date) PARTITION BY RANGE (at);
