-- equal
-- A foreign key needs the index that was there when it was made, whatever keys come later.
CREATE TABLE p (id int NOT NULL);
CREATE UNIQUE INDEX pu ON p (id);
CREATE TABLE c (pid int REFERENCES p (id));
ALTER TABLE p ADD PRIMARY KEY (id);
ALTER TABLE p DROP CONSTRAINT p_pkey;
CREATE TABLE q (id int NOT NULL UNIQUE);
CREATE TABLE d (qid int REFERENCES q (id));
ALTER TABLE d RENAME CONSTRAINT d_qid_fkey TO df;
ALTER TABLE q ADD PRIMARY KEY (id);
ALTER TABLE q RENAME CONSTRAINT q_id_key TO qk;
ALTER TABLE q DROP CONSTRAINT qk CASCADE;
