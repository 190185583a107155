-- equal
CREATE SEQUENCE s; CREATE TABLE a (id int DEFAULT nextval('s'), n serial);
DROP SEQUENCE s CASCADE; DROP SEQUENCE a_n_seq CASCADE;
