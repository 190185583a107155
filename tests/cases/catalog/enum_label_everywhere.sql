-- equal
CREATE TYPE mode AS ENUM ('open', 'shut');
CREATE TABLE t (
    id int, m mode DEFAULT 'open', ms mode[] DEFAULT '{open,shut}', ns mode[] DEFAULT ARRAY['open']::mode[],
    g boolean GENERATED ALWAYS AS (m = 'open') STORED,
    note text DEFAULT ('open'::mode)::text, other text DEFAULT 'open',
    CHECK (m = ANY (ARRAY['open', 'shut']::mode[])), CHECK (other <> 'open' OR m <> 'shut'::mode)
);
CREATE VIEW v AS SELECT m = 'open' AS is_open, m FROM t;
ALTER TYPE mode RENAME VALUE 'open' TO 'opened';
CREATE VIEW w AS SELECT m FROM t WHERE m = 'opened';
