-- At most one invoice an order.
CREATE SEQUENCE invoice_numbers START 100000;

CREATE TABLE invoices (
    number     bigint PRIMARY KEY DEFAULT nextval('invoice_numbers'),
    order_id   bigint NOT NULL UNIQUE REFERENCES orders,
    issued_on  date NOT NULL DEFAULT CURRENT_DATE,
    due_on     date NOT NULL DEFAULT (CURRENT_DATE + 30),
    paid       bool NOT NULL DEFAULT false,
    CHECK (due_on >= issued_on)
);

-- Two keys to one table, apart from the order's: who made an invoice, and who let it out.
CREATE TABLE clerks (
    id    integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name  text NOT NULL
);

ALTER TABLE invoices
    ADD COLUMN created_by integer NOT NULL REFERENCES clerks,
    ADD COLUMN approved_by integer REFERENCES clerks;
