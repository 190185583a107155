CREATE TABLE logs (at timestamptz NOT NULL, line text NOT NULL);
