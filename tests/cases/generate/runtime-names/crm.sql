-- The names of what generated files use themselves.
CREATE TABLE columns (id integer PRIMARY KEY, "column" text NOT NULL, column_def text);
CREATE TABLE models (id integer PRIMARY KEY, column_id integer REFERENCES columns);
CREATE TABLE tables (id integer PRIMARY KEY, model_id integer NOT NULL REFERENCES models, name text, kind text);
CREATE TABLE views (id integer PRIMARY KEY);
CREATE TABLE "values" (id integer PRIMARY KEY, "values" numeric, types date);
CREATE TABLE decoders (id integer PRIMARY KEY, row text, decode text, key text, bind text);
CREATE TABLE nullables (id integer PRIMARY KEY, nullable text);
CREATE TABLE types (id integer PRIMARY KEY, at date NOT NULL);
CREATE TABLE insertables (id integer PRIMARY KEY, insert text, find text, query text);
CREATE TABLE strings (id integer PRIMARY KEY, string text NOT NULL);
CREATE TABLE options (id integer PRIMARY KEY, option text);
