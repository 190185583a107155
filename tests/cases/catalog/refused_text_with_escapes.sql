-- refused ORM0201
-- The server reads the default as one backslash.
SET standard_conforming_strings = off;
SET escape_string_warning = off;
CREATE TABLE a (x text DEFAULT 'plain', y text DEFAULT E'\\');
CREATE TABLE b (x text DEFAULT 'a\\b');
