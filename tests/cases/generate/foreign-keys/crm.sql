CREATE TABLE customers (
    id           bigint PRIMARY KEY,
    referrer_id  bigint REFERENCES customers
);

CREATE TABLE addresses (
    id           bigint PRIMARY KEY,
    customer_id  bigint NOT NULL REFERENCES customers
);

-- Two keys to one table, and one more that is named after the table.
CREATE TABLE orders (
    id                   bigint PRIMARY KEY,
    customer_id          bigint NOT NULL REFERENCES customers,
    billing_address_id   bigint NOT NULL REFERENCES addresses,
    shipping_address_id  bigint REFERENCES addresses
);

-- One to one: the key is the primary key.
CREATE TABLE profiles (
    customer_id  bigint PRIMARY KEY REFERENCES customers,
    bio          text
);

-- Many to many.
CREATE TABLE tags (id bigint PRIMARY KEY, name text NOT NULL UNIQUE);
CREATE TABLE customer_tags (
    customer_id  bigint NOT NULL REFERENCES customers,
    tag_id       bigint NOT NULL REFERENCES tags,
    PRIMARY KEY (customer_id, tag_id)
);
