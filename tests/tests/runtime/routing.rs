//! Which server a statement goes to.

use ormgen_runtime::{config::ConnectionConfig, prelude::*};
use ormgen_tests::generated::shop::{
    Databases,
    crm::{Crm, Customer},
    orders::{NewOrder, NewTag, Order, Tag},
};

use crate::support::{Shop, ask, customer, customers, names};

#[tokio::test]
async fn the_model_names_its_server() {
    let shop = Shop::open().await;
    let ada = Customer::insert(customer("Ada")).one(&shop.dbs).await.unwrap();
    Order::insert(NewOrder { customer_id: ada.id }).one(&shop.dbs).await.unwrap();

    assert_eq!(ask::<i64>(&shop.crm, "SELECT count(*) FROM customers").await, 1);
    assert_eq!(ask::<i64>(&shop.orders, "SELECT count(*) FROM orders").await, 1);
    assert_eq!(ask::<i64>(&shop.crm_eu, "SELECT count(*) FROM customers").await, 0);
    for (db, table) in [(&shop.crm, "orders"), (&shop.crm_eu, "orders"), (&shop.orders, "customers")] {
        let sql = format!("SELECT to_regclass('public.{table}') IS NULL");
        assert!(ask::<bool>(db, &sql).await, "{} has no {table}", db.name());
    }
}

#[tokio::test]
async fn another_connection_serves_the_same_models() {
    let shop = Shop::open().await;
    Customer::insert(customer("Ada")).one(&shop.dbs).await.unwrap();
    Customer::insert_many(customers(2)).execute(&shop.dbs.crm_eu).await.unwrap();
    assert_eq!(names(&shop.dbs).await, ["Ada"]);
    assert_eq!(names(&shop.dbs.crm).await, ["Ada"]);
    assert_eq!(names(&shop.dbs.crm_eu).await, ["c0", "c1"]);

    let done = shop.dbs.crm_eu.transaction(async |tx| Customer::query().delete().execute(tx).await).await;
    assert_eq!(done.unwrap(), 2);
    assert_eq!(names(&shop.dbs).await, ["Ada"]);
}

/// `D` of an executor may be generic, and so may a whole function.
#[tokio::test]
async fn a_function_takes_any_executor_of_its_database() {
    async fn rename(executor: impl Writer<Crm>) -> u64 {
        let update = Customer::query().update().set(Customer::NAME, "renamed");
        update.execute(executor).await.unwrap()
    }
    let shop = Shop::open().await;
    Customer::insert(customer("Ada")).one(&shop.dbs).await.unwrap();
    let connection = shop.dbs.crm.connection().await.unwrap();
    let tx = shop.dbs.crm.begin().await.unwrap();
    assert_eq!(rename(&tx).await, 1);
    tx.rollback().await.unwrap();
    assert_eq!(names(&shop.dbs).await, ["Ada"]);
    assert_eq!(rename(&connection).await, 1);
    assert_eq!(rename(shop.dbs.crm.primary()).await, 1);
    assert_eq!(rename(&shop.dbs.crm).await, 1);
    assert_eq!(rename(&shop.dbs).await, 1);
    assert_eq!(rename(&shop.dbs.crm_eu).await, 0);
}

#[tokio::test]
async fn from_env_reads_the_variables_of_the_manifest() {
    // The only test that reads these variables, and nothing sets them.
    let error = Databases::from_env().await.unwrap_err();
    assert_eq!(error.to_string(), "connection `crm`: the environment variable `SHOP_CRM_URL` is not set");
    let error = Databases::lazy(vec![ConnectionConfig::new("crm", "postgres://localhost")]).unwrap_err();
    assert!(error.to_string().contains("crm_eu"), "{error}");
}

#[tokio::test]
async fn connect_reads_a_manifest() {
    let shop = Shop::open().await;
    let folder = tempfile::tempdir().unwrap();
    let manifest = folder.path().join("manifest.yaml");
    let text = format!(
        "connections:\n  crm: {}\n  crm_eu: {}\n  orders:\n    url: {}\n    pool: {{ max_size: 1 }}\napps: {{}}\n",
        shop.crm.url(),
        shop.crm_eu.url(),
        shop.orders.url()
    );
    std::fs::write(&manifest, text).unwrap();
    let dbs = Databases::connect(&manifest).await.unwrap();
    assert_eq!([dbs.crm.size(), dbs.crm_eu.size(), dbs.orders.size()], [1, 1, 1]);
    Tag::insert(NewTag { name: "new".into() }).one(&dbs).await.unwrap();
    assert_eq!(ask::<i64>(&shop.orders, "SELECT count(*) FROM tags").await, 1);
}
