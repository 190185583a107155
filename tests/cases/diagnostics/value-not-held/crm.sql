CREATE TABLE leases (
    id       integer PRIMARY KEY,
    until    timestamptz NOT NULL DEFAULT 'infinity',
    since    date CHECK (since > '-infinity'),
    tags     text[] NOT NULL DEFAULT '{a,NULL}',
    grid     integer[] DEFAULT '{{1,2},{3,4}}',
    score    numeric(5, 2) DEFAULT 'NaN',
    closes   time DEFAULT '24:00',
    rate     numeric DEFAULT 'NaN',
    created  timestamptz DEFAULT now()
);
