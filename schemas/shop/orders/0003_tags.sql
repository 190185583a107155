-- Products have tags, tags have products.
CREATE TABLE tags (
    id    integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name  text NOT NULL UNIQUE
);

CREATE TABLE product_tags (
    product_sku  sku REFERENCES products ON UPDATE CASCADE ON DELETE CASCADE,
    tag_id       integer REFERENCES tags ON DELETE CASCADE,
    PRIMARY KEY (product_sku, tag_id)
);
