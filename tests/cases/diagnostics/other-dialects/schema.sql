-- What people write who come from another database system, or from an application's types.
CREATE TABLE a (id int AUTO_INCREMENT PRIMARY KEY);
CREATE TABLE b (size bigint unsigned);
CREATE TABLE `c` (`id` int);
CREATE TABLE d (id int identity(1, 1));
CREATE TABLE e (id int PRIMARY KEY) ENGINE=InnoDB;
CREATE TABLE f (code varchar(10) COMMENT 'a code');
CREATE TABLE g (id int, KEY by_id (id));
CREATE TABLE h (seen datetime);
CREATE TABLE i (label string);
CREATE TABLE j (size double, body blob);
CREATE TABLE k (code varchar2(10));
CREATE TABLE l (code text DEFAULT ‘x’);
CREATE TABLE [m] (id int);
CREATE TABLE listed (id int PRIMARY KEY, kind ENUM('x', 'y') NOT NULL);
CREATE TABLE sought (id int PRIMARY KEY, name text, INDEX (name));
