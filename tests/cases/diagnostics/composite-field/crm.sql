CREATE TYPE permission AS (who text, what aclitem);
CREATE TABLE files (id integer PRIMARY KEY, permission permission);
