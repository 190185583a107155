CREATE TABLE documents (
    id     integer PRIMARY KEY,
    title  text NOT NULL,
    body   text,
    plain  text
);
COMMENT ON TABLE documents IS 'Everything that was ever written.

- not a list
# not a heading
    no code either';
COMMENT ON COLUMN documents.title IS 'At most 80 characters; see [the guide], <b>please</b>.';
COMMENT ON COLUMN documents.body IS '```
no doc test
```';
