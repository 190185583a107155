CREATE TABLE calls (id int PRIMARY KEY, a int, b int);
