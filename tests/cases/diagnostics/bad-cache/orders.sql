CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, seller_id bigint, payer_id bigint, owner_id bigint);
