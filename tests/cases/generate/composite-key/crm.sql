CREATE TABLE prices (
    country  char(2),
    sku      text,
    since    date,
    cents    integer NOT NULL,
    -- Not in the order of the columns.
    PRIMARY KEY (sku, country, since)
);
