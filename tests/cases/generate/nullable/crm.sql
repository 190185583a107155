CREATE TABLE guests (
    id        uuid PRIMARY KEY,
    name      text,
    tags      text[],
    settings  jsonb,
    seen_at   timestamptz
);
