CREATE TYPE span AS (since date, until timestamptz);
CREATE TABLE leases (
    id       integer PRIMARY KEY,
    since    date NOT NULL DEFAULT '-infinity',
    until    timestamptz NOT NULL DEFAULT 'infinity',
    during   tstzrange,
    days     datemultirange,
    tags     text[] NOT NULL,
    dates    date[],
    raw      bytea,
    settings jsonb,
    opens    time,
    spans    span[]
);
