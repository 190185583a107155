CREATE TABLE artworks (id integer PRIMARY KEY, title text, summary text);
CREATE VIEW artwork_summary AS SELECT id, title FROM artworks;
