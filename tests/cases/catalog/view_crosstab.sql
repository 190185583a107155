-- equal
CREATE EXTENSION tablefunc;
CREATE VIEW v AS SELECT * FROM crosstab3('x');
CREATE VIEW w AS SELECT c.row_name, (crosstab2('x')).category_2 FROM crosstab4('x') c;
