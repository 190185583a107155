\set size 5
CREATE TABLE :schema.t (id int PRIMARY KEY, n int DEFAULT :size, m text DEFAULT :'size', o int DEFAULT (ARRAY[1, 2])[1]);
CREATE SCHEMA AUTHORIZATION CURRENT_USER;
CREATE TABLE u (id int PRIMARY KEY, part int[] DEFAULT (ARRAY[1, 2, 3])[1:2]);
