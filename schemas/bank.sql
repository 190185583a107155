-- Accounts, and what was done to them: for tests of what is stored, and how often.

CREATE TABLE accounts (
    id       integer PRIMARY KEY,
    balance  bigint NOT NULL DEFAULT 0,
    -- How often it was touched by statements of no number.
    touches  bigint NOT NULL DEFAULT 0
);

-- A number may stand here more than once: then it was stored more than once, which a test wants to see.
CREATE TABLE operations (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    number      bigint NOT NULL,
    account_id  integer NOT NULL REFERENCES accounts,
    amount      bigint NOT NULL
);

CREATE FUNCTION book() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE accounts SET balance = balance + NEW.amount WHERE id = NEW.account_id;
    RETURN NULL;
END
$$;

CREATE TRIGGER book AFTER INSERT ON operations FOR EACH ROW EXECUTE FUNCTION book();
