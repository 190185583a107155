-- equal
CREATE TYPE mode AS ENUM ('open', 'needs_answer');
CREATE TABLE s (id int, m mode NOT NULL DEFAULT 'needs_answer');
ALTER TYPE mode RENAME VALUE 'needs_answer' TO 'NeedsAnswer';
