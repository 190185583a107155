CREATE TABLE customers (id bigint PRIMARY KEY, referrer_id bigint REFERENCES customers, settings jsonb NOT NULL);
CREATE TABLE cards (customer_id bigint PRIMARY KEY REFERENCES customers);
CREATE TABLE stamps (id bigint PRIMARY KEY, card_id bigint NOT NULL REFERENCES cards (customer_id));
CREATE VIEW customer_cards AS SELECT customers.id AS customer FROM customers JOIN cards ON cards.customer_id = customers.id;
