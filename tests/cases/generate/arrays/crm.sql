CREATE TABLE samples (
    id       integer PRIMARY KEY,
    texts    text[] NOT NULL,
    numbers  numeric(10,2)[],
    matrix   double precision[][] NOT NULL,
    blobs    bytea[] NOT NULL DEFAULT '{}',
    stamps   timestamptz[3]
);
