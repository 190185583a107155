-- The shop's first database: who the customers are.

CREATE TYPE tier AS ENUM ('bronze', 'silver', 'gold');

COMMENT ON TYPE tier IS 'How much a customer bought in the last year.';

-- Case matters before the @ by the letter of RFC 5321, and nowhere in practice: addresses are kept in lower case.
CREATE DOMAIN email AS text
    CONSTRAINT email_has_at CHECK (VALUE ~ '^[^@\s]+@[^@\s]+$')
    CONSTRAINT email_is_lower CHECK (VALUE = lower(VALUE));

CREATE TABLE customers (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email         email NOT NULL,
    name          text NOT NULL,
    tier          tier NOT NULL DEFAULT 'bronze',
    active        boolean NOT NULL DEFAULT true,
    visits        integer NOT NULL DEFAULT 0 CHECK (visits >= 0),
    settings      jsonb NOT NULL DEFAULT '{}',
    tags          text[] NOT NULL DEFAULT '{}',
    referrer_id   bigint REFERENCES customers ON DELETE SET NULL,
    born_on       date,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    -- For searching; PostgreSQL keeps it.
    search        tsvector GENERATED ALWAYS AS (to_tsvector('simple', name)) STORED,
    CONSTRAINT customers_email_key UNIQUE (email)
);

CREATE INDEX customers_search_idx ON customers USING gin (search);
CREATE INDEX customers_active_idx ON customers (created_at DESC) WHERE active;

COMMENT ON TABLE customers IS 'A person or a company that buys.

Customers are never deleted, for orders in another database point to them: they become inactive.';
COMMENT ON COLUMN customers.id IS 'Given by the database; other databases keep it too.';
COMMENT ON COLUMN customers.visits IS 'How often the customer signed in.';
COMMENT ON COLUMN customers.settings IS 'What the customer chose: language, newsletter, theme.';
COMMENT ON COLUMN customers.referrer_id IS 'The customer who brought this one.';

CREATE TYPE address_kind AS ENUM ('home', 'work', 'pick-up point');

CREATE TABLE addresses (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id  bigint NOT NULL REFERENCES customers ON DELETE CASCADE,
    kind         address_kind NOT NULL DEFAULT 'home',
    street       text NOT NULL,
    postcode     varchar(12) NOT NULL,
    city         text NOT NULL,
    country      char(2) NOT NULL DEFAULT 'NL',
    UNIQUE (customer_id, kind)
);

COMMENT ON TABLE addresses IS 'Where a customer can be reached; one of a kind.';
COMMENT ON COLUMN addresses.country IS 'Two letters, as in ISO 3166-1.';

-- At most one a customer: its primary key is the customer's.
CREATE TABLE loyalty_cards (
    customer_id  bigint PRIMARY KEY REFERENCES customers ON DELETE CASCADE,
    number       uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE,
    points       integer NOT NULL DEFAULT 0,
    expires_on   date NOT NULL
);

COMMENT ON TABLE loyalty_cards IS 'The card of a customer who wants one.';

CREATE VIEW active_customers AS
SELECT id, name, email, tier, created_at
FROM customers
WHERE active;

COMMENT ON VIEW active_customers IS 'Customers who can order.';
