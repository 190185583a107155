CREATE TYPE mood AS ENUM ('happy', 'not so happy', 'SAD', '');
COMMENT ON TYPE mood IS 'How somebody feels.

As asked, not as guessed.';
CREATE TYPE log_level AS ENUM ('level_low', 'level_high', 'level_none');
CREATE TYPE nothing AS ENUM ();

CREATE TABLE people (
    id      integer PRIMARY KEY,
    mood    mood NOT NULL DEFAULT 'happy',
    moods   mood[] NOT NULL,
    before  mood,
    level   log_level NOT NULL,
    void    nothing
);
