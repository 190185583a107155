CREATE TABLE tbl_cust (id integer PRIMARY KEY, nm text NOT NULL, typ text);
CREATE TABLE tbl_ord (id integer PRIMARY KEY, cust_id integer NOT NULL REFERENCES tbl_cust);
