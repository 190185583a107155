CREATE TABLE books (isbn text PRIMARY KEY, code uuid UNIQUE);
CREATE TABLE tags (id integer PRIMARY KEY, name text NOT NULL);

-- The plain form.
CREATE TABLE book_tags (
    book_isbn  text REFERENCES books,
    tag_id     integer REFERENCES tags,
    PRIMARY KEY (tag_id, book_isbn)
);

-- A second one between the same two, by a unique key; what else it has fills itself in.
CREATE TABLE suggestions (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    book_isbn  text NOT NULL REFERENCES books,
    tag_id     integer NOT NULL REFERENCES tags,
    made_at    timestamptz NOT NULL DEFAULT now(),
    note       text,
    UNIQUE (book_isbn, tag_id)
);


-- A key of two columns at one end.
CREATE TABLE shelves (room integer, number integer, PRIMARY KEY (room, number));
CREATE TABLE readers (id integer PRIMARY KEY);
CREATE TABLE reader_shelves (
    reader        integer NOT NULL REFERENCES readers,
    shelf_room    integer NOT NULL,
    shelf_number  integer NOT NULL,
    FOREIGN KEY (shelf_room, shelf_number) REFERENCES shelves (room, number)
);
CREATE UNIQUE INDEX ON reader_shelves (reader, shelf_room, shelf_number);

-- A column called as the relation would be, in a model that has one already through the plain form.
CREATE TABLE authors (id integer PRIMARY KEY, books text[]);
CREATE TABLE book_authors (
    book_isbn  text REFERENCES books,
    author_id  integer REFERENCES authors,
    PRIMARY KEY (book_isbn, author_id)
);

-- Links with a value of their own, which are only read: a loan needs a day.
CREATE TABLE loans (
    book_isbn  text REFERENCES books,
    reader_id  integer REFERENCES readers,
    due        date NOT NULL,
    PRIMARY KEY (book_isbn, reader_id)
);
-- What a domain fills in needs no value; what a domain refuses to be NULL does.
CREATE DOMAIN stamp AS text NOT NULL DEFAULT 'none';
CREATE DOMAIN rank AS integer NOT NULL;
CREATE TABLE author_tags (
    author_id  integer REFERENCES authors,
    tag_id     integer REFERENCES tags,
    stamp      stamp,
    PRIMARY KEY (author_id, tag_id)
);
CREATE TABLE author_readers (
    author_id  integer REFERENCES authors,
    reader_id  integer REFERENCES readers,
    rank       rank,
    PRIMARY KEY (author_id, reader_id)
);

-- No join tables: a review may be written twice; a rating's key waits until the commit; a copy is
-- of three; a scan points to a column that may be NULL; both keys of a place share a column.
CREATE TABLE reviews (
    id         integer PRIMARY KEY,
    book_isbn  text REFERENCES books,
    reader_id  integer REFERENCES readers
);
CREATE TABLE ratings (
    book_isbn  text REFERENCES books,
    reader_id  integer REFERENCES readers,
    PRIMARY KEY (book_isbn, reader_id) DEFERRABLE
);
CREATE TABLE copies (
    book_isbn  text REFERENCES books,
    reader_id  integer REFERENCES readers,
    author_id  integer REFERENCES authors,
    PRIMARY KEY (book_isbn, reader_id, author_id)
);
CREATE TABLE scans (
    book_code  uuid REFERENCES books (code),
    reader_id  integer REFERENCES readers,
    PRIMARY KEY (book_code, reader_id)
);
CREATE TABLE boards (room integer, number integer, PRIMARY KEY (room, number));
CREATE TABLE places (
    room    integer,
    shelf   integer,
    board   integer,
    PRIMARY KEY (room, shelf, board),
    FOREIGN KEY (room, shelf) REFERENCES shelves (room, number),
    FOREIGN KEY (room, board) REFERENCES boards (room, number)
);

-- Both ends are one table.
CREATE TABLE follows (
    follower_id  integer REFERENCES readers,
    followed_id  integer REFERENCES readers,
    PRIMARY KEY (follower_id, followed_id)
);
