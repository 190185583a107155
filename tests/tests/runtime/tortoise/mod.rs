//! Every line of examples/tortoise.md, run on real servers; `page` sees to it that there are no others.

mod databases;
mod functions;
mod lookups;
mod models;
mod page;
mod querysets;
mod relations;

use ormgen_tests::generated::shop::{Databases, crm::Customer, orders::Order};

use crate::support::Shop;

/// The first letters of the customers' addresses are a to e.
const CUSTOMERS: &str = r#"
INSERT INTO customers (email, name, tier, active, visits, settings, tags, referrer_id, born_on, created_at) VALUES
 ('ada@example.org', 'Ada Lovelace', 'gold', true, 12,
  '{"theme": "dark", "mail": {"news": true}, "size": 3}', '{vip,math}', NULL, '1815-12-10', '2024-01-05 07:08:09.25Z'),
 ('bob@example.org', ' Bob ', 'bronze', false, 0, '{}', '{}', 1, NULL, '2024-02-05 08:09:10Z'),
 ('cy@example.com', 'Cy 100%', 'silver', true, 3, '{"theme": "light"}', '{vip}', 1, '1990-02-28', '2024-05-06 09:10:11Z'),
 ('dee@example.com', 'dee', 'bronze', true, 3, '["a", "b"]', '{new,math,old}', NULL, '2001-12-31', '2025-08-09 10:11:12Z'),
 ('eve@example.net', 'Eve', 'silver', true, 7, 'null', '{new}', 3, NULL, '2025-12-31 23:59:59.999999Z');
INSERT INTO addresses (customer_id, kind, street, postcode, city) VALUES
 (1, 'home', 'Main Street 1', '1234', 'Utrecht'), (1, 'work', 'Side Street 2', '1235', 'Leiden'),
 (3, 'home', 'Main Street 3', '1236', 'Leiden');
INSERT INTO loyalty_cards (customer_id, points, expires_on) VALUES (1, 100, '2030-01-01');
"#;

/// The notes of the orders are a to d. The last is of a customer who is not there.
const ORDERS: &str = "
INSERT INTO categories (parent_id, name) VALUES (NULL, 'Tools'), (1, 'Saws');
INSERT INTO products (sku, category_id, name, price, weight) VALUES
 ('A-1', 1, 'Hammer', 10, 1.5), ('B-2', 2, 'Saw', 25, NULL), ('C-3', 1, 'Nail', 1, 0.01);
INSERT INTO orders (customer_id, status, total, notes) VALUES
 (1, 'open', 40, 'a'), (1, 'paid', 50, 'b'), (2, 'sent', 0, 'c'), (99, 'open', 3, 'd');
INSERT INTO items (order_id, line_no, sku, quantity, price) VALUES
 (1, 1, 'A-1', 2, 10), (1, 2, 'B-2', 1, 20), (2, 1, 'B-2', 2, 25), (4, 1, 'C-3', 3, 1);
INSERT INTO clerks (name) VALUES ('Kim');
INSERT INTO invoices (order_id, created_by) VALUES (2, 1);
INSERT INTO tags (name) VALUES ('sale'), ('new'), ('old');
INSERT INTO product_tags VALUES ('A-1', 1), ('A-1', 2), ('B-2', 1);
";

/// A shop with rows in it, whose servers tell the time in UTC.
async fn shop() -> Shop {
    const UTC: &str = "DO $$ BEGIN
         EXECUTE format('ALTER DATABASE %I SET timezone = ''UTC''', current_database());
         EXECUTE format('ALTER DATABASE %I SET datestyle = ''ISO''', current_database());
     END $$";
    let shop = Shop::open().await;
    for (db, rows) in [(&shop.crm, CUSTOMERS), (&shop.orders, ORDERS)] {
        db.batch(UTC).await;
        // A connection of its own: it has the settings.
        db.batch(rows).await;
    }
    shop
}

/// The databases alone, where a test needs no more.
async fn dbs() -> (Shop, Databases) {
    let shop = shop().await;
    let dbs = shop.dbs.clone();
    (shop, dbs)
}

/// Which customers these are, and in what order: the first letters of their addresses.
fn letters<'c>(customers: impl IntoIterator<Item = &'c Customer>) -> String {
    customers.into_iter().map(|customer| &customer.email[..1]).collect()
}

/// Which orders these are, and in what order.
fn notes<'o>(orders: impl IntoIterator<Item = &'o Order>) -> String {
    orders.into_iter().map(|order| &*order.notes).collect()
}

fn sorted(letters: &str) -> String {
    let mut letters: Vec<_> = letters.chars().collect();
    letters.sort_unstable();
    letters.into_iter().collect()
}
