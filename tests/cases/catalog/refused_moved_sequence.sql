-- refused ORM0207 server
CREATE SCHEMA o; CREATE TABLE t (id serial); CREATE TABLE o.t_id_seq (id int);
ALTER TABLE t SET SCHEMA o;
