-- equal
CREATE DOMAIN email AS varchar(120) NOT NULL DEFAULT 'x@y';
CREATE DOMAIN emails AS email[];
CREATE DOMAIN own_email AS email;
CREATE DOMAIN no_email AS email DEFAULT NULL;
CREATE DOMAIN short AS varchar(3) DEFAULT NULL;
CREATE DOMAIN plain AS text DEFAULT NULL;
ALTER DOMAIN email DROP DEFAULT;
CREATE DOMAIN reset_email AS email;
ALTER DOMAIN reset_email SET DEFAULT NULL;
CREATE DOMAIN later_email AS email;
CREATE TABLE person (id int PRIMARY KEY, a emails, b emails DEFAULT NULL, c email[] DEFAULT NULL, d own_email, e later_email);
