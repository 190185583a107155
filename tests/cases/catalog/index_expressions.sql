-- equal
CREATE TYPE mode AS ENUM ('open', 'shut');
CREATE TABLE t (id int, email text, m mode, tags text[], old_name text, j jsonb, at timestamptz);
CREATE UNIQUE INDEX one ON t (LOWER(email)) WHERE m = 'open' AND id>0;
CREATE INDEX two ON t (COALESCE(email,''), (id+1), (old_name || 'x') DESC) WHERE NOT (email IS NULL);
CREATE INDEX three ON t USING gin ((j -> 'a'));
CREATE INDEX four ON t (((j->>'n')::int)) WHERE id IN (1, 2);
CREATE INDEX five ON t (CAST(id AS text)) WHERE tags @> '{a}';
CREATE INDEX six ON t ((at AT TIME ZONE 'UTC'));
ALTER TABLE t RENAME old_name TO "New";
ALTER TYPE mode RENAME VALUE 'open' TO 'opened';
