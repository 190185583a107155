-- An order's lines. A line has no number of its own outside its order, hence the key of two columns.
CREATE TABLE items (
    order_id  bigint NOT NULL REFERENCES orders ON DELETE CASCADE,
    line_no   smallint NOT NULL,
    sku       sku NOT NULL REFERENCES products,
    quantity  integer NOT NULL DEFAULT 1,
    price     amount NOT NULL,
    PRIMARY KEY (order_id, line_no)
);

ALTER TABLE items ADD CONSTRAINT items_quantity_check CHECK (quantity > 0);

COMMENT ON TABLE items IS 'A line of an order.';
COMMENT ON COLUMN items.price IS 'Of one piece, on the day of the order.';

-- Points to a line by both columns of its key.
CREATE TABLE shipments (
    id        bigserial PRIMARY KEY,
    order_id  bigint NOT NULL,
    line_no   smallint NOT NULL,
    sent_at   timestamptz,
    FOREIGN KEY (order_id, line_no) REFERENCES items (order_id, line_no)
);
