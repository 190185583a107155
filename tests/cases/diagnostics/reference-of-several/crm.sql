CREATE TABLE people (a int, b int, PRIMARY KEY (a, b));
