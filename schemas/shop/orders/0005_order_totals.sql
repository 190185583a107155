CREATE VIEW order_totals AS
SELECT
    o.id AS order_id,
    o.customer_id,
    o.status,
    count(i.line_no) AS lines,
    coalesce(sum(i.quantity * i.price), 0)::numeric(14, 4) AS total,
    max(i.price) AS dearest
FROM orders AS o
LEFT JOIN items AS i ON i.order_id = o.id
GROUP BY o.id;

COMMENT ON VIEW order_totals IS 'What the lines of an order come to.';
