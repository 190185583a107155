//! A shop of one test's own: its databases on three servers, and rows to begin with; and how tests ask and wait.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use ormgen_runtime::{config::ConnectionConfig, prelude::*, types::Decimal};

use crate::{
    generated::shop::{
        Databases,
        crm::{Crm, Customer, NewCustomer},
        orders::{Category, Item, NewCategory, NewItem, NewOrder, NewProduct, Order, Product},
    },
    server::{Server, TestDb, server},
};

/// The databases as the program sees them, and each on its own.
pub struct Shop {
    /// All of them.
    pub dbs: Databases,
    /// On the first server.
    pub crm: TestDb,
    /// On the third server.
    pub crm_eu: TestDb,
    /// On the second server.
    pub orders: TestDb,
}

impl Shop {
    /// `crm` on the first server, `orders` on the second, `crm_eu` on the third.
    pub async fn open() -> Self {
        Self::open_with(|connection| connection).await
    }

    /// The same, with other settings.
    pub async fn open_with(settings: impl Fn(ConnectionConfig) -> ConnectionConfig) -> Self {
        let crm = crm_on(&server(1)).await;
        let crm_eu = crm_on(&server(3)).await;
        let orders = server(2).create_database("orders").await;
        for migration in migrations() {
            orders.batch(&read(&migration)).await;
        }
        let connections = [("crm", &crm), ("crm_eu", &crm_eu), ("orders", &orders)];
        let connections = connections.map(|(alias, db)| settings(ConnectionConfig::new(alias, db.url())));
        let dbs = Databases::lazy(connections.into()).expect("the settings are right");
        Self { dbs, crm, crm_eu, orders }
    }
}

/// A new database with the schema of `crm`.
pub async fn crm_on(server: &Server) -> TestDb {
    let db = server.create_database("crm").await;
    db.batch(&read(&schemas().join("crm.sql"))).await;
    db
}

fn schemas() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/shop")
}

fn migrations() -> Vec<PathBuf> {
    let folder = std::fs::read_dir(schemas().join("orders")).expect("the migrations are there");
    let mut files: Vec<_> = folder.map(|file| file.expect("a file").path()).collect();
    files.retain(|file| !file.to_string_lossy().ends_with(".down.sql"));
    files.sort();
    files
}

fn read(file: &Path) -> String {
    std::fs::read_to_string(file).expect("the schema can be read")
}

/// A customer of that name, whose address is made of it.
pub fn customer(name: &str) -> NewCustomer {
    let email = format!("{}@example.org", name.to_lowercase().replace(' ', "."));
    NewCustomer { email, name: name.into(), referrer_id: None, born_on: None }
}

/// `count` customers whose names differ.
pub fn customers(count: usize) -> Vec<NewCustomer> {
    (0..count).map(|n| customer(&format!("c{n}"))).collect()
}

/// A category with these products.
pub async fn products(dbs: &Databases, skus: &[&str]) {
    let tools = NewCategory { parent_id: None, name: "Tools".into() };
    let tools = Category::insert(tools).one(dbs).await.expect("a category");
    let products = skus.iter().map(|sku| NewProduct {
        sku: (*sku).into(),
        category_id: tools.id,
        name: format!("Product {sku}"),
        price: Decimal::new(1000, 2),
        weight: None,
    });
    Product::insert_many(products).execute(dbs).await.expect("products");
}

/// An order of that customer with a line for each product.
pub async fn order(dbs: &Databases, customer_id: i64, skus: &[&str]) -> Order {
    let order = Order::insert(NewOrder { customer_id }).one(dbs).await.expect("an order");
    let items = (1..).zip(skus).map(|(line_no, sku)| NewItem {
        order_id: order.id,
        line_no,
        sku: (*sku).into(),
        price: Decimal::new(950, 2),
    });
    Item::insert_many(items).execute(dbs).await.expect("items");
    order
}

/// The names of all customers, in order.
pub async fn names(executor: impl Executor<Crm>) -> Vec<String> {
    let customers = Customer::query().order_by(Customer::NAME.asc()).all(executor).await;
    customers.expect("customers").into_iter().map(|customer| customer.name).collect()
}

/// The first column of the first row that the server itself gives.
pub async fn ask<T>(db: &TestDb, sql: &str) -> T
where
    T: for<'r> tokio_postgres::types::FromSql<'r>,
{
    db.connect().await.query_one(sql, &[]).await.expect("a row").get(0)
}

/// The same of what the server has counted (`pg_stat_statements`) in this database since this was last asked.
pub async fn ask_counted<T>(db: &TestDb, sql: &str) -> T
where
    T: for<'r> tokio_postgres::types::FromSql<'r>,
{
    const RESET: &str = "SELECT pg_stat_statements_reset(0, oid, 0) FROM pg_database
         WHERE datname = current_database()";
    let answer = ask(db, sql).await;
    db.batch(RESET).await;
    answer
}

/// How many connections the server has to this database, the one that asks left out.
pub async fn connections_to(db: &TestDb) -> i64 {
    const SQL: &str = "SELECT count(*) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
    ask(db, SQL).await
}

/// Waits for something that is about to happen.
///
/// # Panics
/// If it has not within thirty seconds, which are many even for a machine that is busy.
pub async fn eventually<F: Future<Output = bool>>(what: &str, mut happened: impl FnMut() -> F) {
    for _ in 0..600 {
        if happened().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it never happened: {what}");
}

/// What a future gives; a hanging one fails the test.
pub async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), future).await.expect("an answer within 60 seconds")
}
