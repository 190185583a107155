-- equal
CREATE TYPE mode AS ENUM ('open', 'it''s');
CREATE DOMAIN quiet AS mode DEFAULT 'open' CHECK (VALUE <> 'open');
CREATE TABLE s (id int, m mode, note text, CHECK (m <> 'open' OR id > 1), CHECK (m IN ('open', 'it''s')), CHECK (note <> 'open'));
ALTER TYPE mode RENAME VALUE 'open' TO 'opened';
ALTER TYPE mode RENAME VALUE 'it''s' TO 'its';
