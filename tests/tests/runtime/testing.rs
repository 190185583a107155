//! `TestDatabases`: databases of a test's own. The guide's page on testing shows these tests.

use ormgen_runtime::{Database, Result, config::ConnectionConfig, prelude::*, testing::TestDatabases};
use ormgen_tests::{
    generated::shop::{
        Databases,
        crm::{Crm, Customer},
        orders::{NewTag, Orders, Tag},
    },
    server::{TestDb, server},
    shop::{Shop, customer},
};

/// What `Databases::settings()` gives where the environment variables lead to these databases.
fn settings(crm: &TestDb, orders: &TestDb) -> Vec<ConnectionConfig> {
    [("crm", crm), ("crm_eu", crm), ("orders", orders)]
        .map(|(alias, db)| ConnectionConfig::new(alias, db.url()))
        .into()
}

/// The databases to copy: a shop whose own pools are closed, as nobody may be connected to what is copied.
async fn originals() -> Shop {
    let shop = Shop::open().await;
    Customer::insert(customer("Ada")).execute(&shop.dbs).await.unwrap();
    shop.dbs.close().await;
    shop
}

async fn database_names(on_server: usize) -> Vec<String> {
    let client = server(on_server).database("postgres").connect().await;
    let rows = client.query("SELECT datname FROM pg_database", &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

async fn name_of<D: Database>(executor: impl Executor<D>) -> String {
    D::sql("SELECT current_database()::text").all(executor).await.unwrap().remove(0)
}

#[tokio::test]
async fn each_test_has_its_own_copy_which_is_dropped() {
    let shop = originals().await;
    let settings = settings(&shop.crm, &shop.orders);
    let one_test = async |settings, name: &'static str| -> Result<[String; 2]> {
        let dbs = TestDatabases::<Databases>::copy_of(settings).await?;
        Customer::insert(customer(name)).execute(&dbs).await?;
        Tag::insert(NewTag { name: name.into() }).execute(&dbs).await?;
        let names = Customer::query().order_by(Customer::NAME.asc()).select(Customer::NAME).all(&dbs).await?;
        assert_eq!(names, ["Ada", name], "the original's row and this test's own");
        assert_eq!(Tag::query().count(&dbs).await?, 1);
        let crm = name_of::<Crm>(&dbs).await;
        assert_eq!(crm, name_of::<Crm>(&dbs.crm_eu).await, "two connections to one database share a copy");
        Ok([crm, name_of::<Orders>(&dbs).await])
    };
    // Each on a runtime of its own, as tests are: the end of one waits, on its thread, until its copies are dropped.
    let names = ["Ben", "Cem", "Dot"].map(|name| {
        let settings = settings.clone();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(one_test(settings, name)).unwrap()
        })
    });
    let names = names.map(|test| test.join().unwrap());
    let left = [database_names(1).await, database_names(2).await].concat();
    for name in names.as_flattened() {
        assert_eq!(names.as_flattened().iter().filter(|other| *other == name).count(), 1);
        assert!(!left.contains(name), "`{name}` is still there");
    }
}

#[tokio::test]
async fn the_copies_are_dropped_when_a_test_panics() {
    let shop = originals().await;
    let settings = settings(&shop.crm, &shop.orders);
    let (tell, told) = tokio::sync::oneshot::channel();
    let failed = tokio::spawn(async move {
        let dbs = TestDatabases::<Databases>::copy_of(settings).await.unwrap();
        tell.send(name_of::<Crm>(&dbs).await).unwrap();
        panic!("as a test that fails");
    });
    assert!(failed.await.unwrap_err().is_panic());
    assert!(!database_names(1).await.contains(&told.await.unwrap()));
}

#[tokio::test]
async fn a_database_that_cannot_be_copied_leaves_nothing_behind() {
    let shop = originals().await;
    let mut settings = settings(&shop.crm, &shop.orders);
    settings[2] = ConnectionConfig::new("orders", format!("{}_missing", shop.orders.url()));
    let before = database_names(1).await.len();
    let error = TestDatabases::<Databases>::copy_of(settings).await.unwrap_err();
    assert!(error.to_string().contains("does not exist"), "{error}");
    let own = shop.crm.name();
    let copies = database_names(1).await.into_iter().filter(|name| name.starts_with(own) && name != own);
    assert_eq!(copies.count(), 0, "of {before} databases");
}

/// In containers, processes that share a server have the same numbers.
#[tokio::test]
async fn a_copy_of_another_process_is_left_alone() {
    let shop = originals().await;
    let settings = settings(&shop.crm, &shop.orders);
    let first = TestDatabases::<Databases>::copy_of(settings.clone()).await.unwrap();
    let name = name_of::<Crm>(&first).await;
    let (stem, number) = name.rsplit_once('_').unwrap();
    let number: u32 = number.parse().unwrap();
    let others: Vec<_> = (1..6).map(|n| format!("{stem}_{}", number + n)).collect();
    let admin = server(1).database("postgres").connect().await;
    for other in &others {
        admin.batch_execute(&format!("CREATE DATABASE {other}")).await.unwrap();
    }
    let second = TestDatabases::<Databases>::copy_of(settings).await.unwrap();
    assert!(!others.contains(&name_of::<Crm>(&second).await));
    assert_eq!(Customer::query().count(&second).await.unwrap(), 1);
    drop((first, second));
    let left = database_names(1).await;
    assert!(others.iter().all(|other| left.contains(other)), "{left:?}");
}

#[tokio::test]
async fn what_a_test_does_in_a_transaction_is_rolled_back() -> Result<()> {
    let dbs = Shop::open().await.dbs;
    let tx = dbs.orders.begin().await?;
    let tag = Tag::insert(NewTag { name: "sale".into() }).one(&tx).await?;
    assert_eq!(Tag::find(tag.id).one(&tx).await?.name, "sale");
    tx.rollback().await?;
    assert_eq!(Tag::query().count(&dbs).await?, 0);
    Ok(())
}
