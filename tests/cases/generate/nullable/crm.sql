CREATE TABLE guests (
    id        uuid PRIMARY KEY,
    name      text,
    tags      text[],
    settings  jsonb,
    seen_at   timestamptz
);
-- No column is required: `NewPreference` has `Default`.
CREATE TABLE preferences (
    id        int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    theme     text,
    rows      int,
    since     date DEFAULT current_date
);
