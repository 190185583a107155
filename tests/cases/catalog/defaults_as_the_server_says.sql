-- equal
CREATE TABLE d (
  a double precision DEFAULT '0.0000', b bytea DEFAULT '', c timestamptz DEFAULT 'epoch',
  d timestamptz DEFAULT '1970-01-01 00:00:00', e numeric DEFAULT 1e3, f bit(4) DEFAULT B'0101',
  g interval DEFAULT interval '3 minutes', h timestamptz DEFAULT now() - interval '12 months',
  i text CHECK (char_length(trim(i)) > 0), j integer DEFAULT 00);
