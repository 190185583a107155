-- equal
CREATE VIEW documents AS SELECT x.* FROM XMLTABLE('/a' PASSING ('<a/>'::xml) COLUMNS n FOR ORDINALITY, b numeric(4,1) PATH 'b') x;
CREATE TABLE t (id int);
