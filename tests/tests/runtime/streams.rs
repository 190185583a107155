//! Streams: rows as they arrive.

use std::process::Command;

use futures_util::{StreamExt, TryStreamExt};
use ormgen_runtime::{Error, config::ConnectionConfig, prelude::*};
use ormgen_tests::generated::shop::{Databases, crm::Customer, orders::Order};

use crate::support::{Shop, connections_to, customers, eventually, soon};

const ROWS: usize = 200_000;
const FILL: &str = "INSERT INTO orders (customer_id, notes)
     SELECT n, repeat('x', 200) FROM generate_series(1, 200000) AS n";

#[tokio::test]
async fn a_stream_gives_every_row_in_order() {
    let shop = Shop::open().await;
    Customer::insert_many(customers(5)).execute(&shop.dbs).await.unwrap();
    let query = || Customer::query().filter(Customer::ID.gt(1)).order_by(Customer::ID.desc());
    let ids = async |stream: Vec<Customer>| stream.iter().map(|customer| customer.id).collect::<Vec<_>>();

    let rows = query().stream(&shop.dbs).await.unwrap().try_collect().await.unwrap();
    assert_eq!(ids(rows).await, [5, 4, 3, 2]);
    let rows = query().limit(2).stream(&shop.dbs.crm).await.unwrap().try_collect().await.unwrap();
    assert_eq!(ids(rows).await, [5, 4]);
    let tx = shop.dbs.crm.begin().await.unwrap();
    let rows = query().stream(&tx).await.unwrap().try_collect().await.unwrap();
    assert_eq!(ids(rows).await, [5, 4, 3, 2]);
    let connection = shop.dbs.crm.connection().await.unwrap();
    let rows = query().stream(&connection).await.unwrap().try_collect().await.unwrap();
    assert_eq!(ids(rows).await, [5, 4, 3, 2]);
}

/// Half of the rows are left: whoever gets the connection next finds nothing of them.
#[tokio::test]
async fn a_stream_dropped_half_way_gives_its_connection_back() {
    let shop = Shop::open_with(|connection| connection.max_size(1)).await;
    shop.orders.batch(FILL).await;
    for _ in 0..3 {
        let mut stream = Order::query().stream(&shop.dbs).await.unwrap();
        for _ in 0..10 {
            stream.next().await.unwrap().unwrap();
        }
        drop(stream);
        assert_eq!(soon(Order::query().count(&shop.dbs)).await.unwrap(), ROWS as i64);
    }
    assert_eq!(shop.dbs.orders.size(), 1);

    // In a transaction, it is the transaction's.
    let tx = shop.dbs.orders.begin().await.unwrap();
    let mut stream = Order::query().stream(&tx).await.unwrap();
    stream.next().await.unwrap().unwrap();
    drop(stream);
    assert_eq!(soon(Order::query().delete().execute(&tx)).await.unwrap(), ROWS as u64);
    soon(tx.rollback()).await.unwrap();
}

/// A stream that only waits for its server holds its connection; its caller may still go away.
#[tokio::test]
async fn a_stream_ends_at_the_first_error() {
    let shop = Shop::open().await;
    Customer::insert_many(customers(3)).execute(&shop.dbs).await.unwrap();
    let stream = Customer::query().filter((Customer::VISITS / Customer::VISITS).eq(1)).stream(&shop.dbs);
    let rows: Vec<_> = stream.await.unwrap().collect().await;
    let [Err(error)] = &rows[..] else { panic!("one error: {rows:?}") };
    assert!(matches!(error, Error::Database { .. }), "{error}");
    assert_eq!(Customer::query().count(&shop.dbs).await.unwrap(), 3);
}

#[tokio::test]
async fn a_stream_can_be_sent_to_another_task() {
    let shop = Shop::open().await;
    Customer::insert_many(customers(3)).execute(&shop.dbs).await.unwrap();
    let dbs = shop.dbs.clone();
    let count = tokio::spawn(async move {
        let stream = Customer::query().stream(&dbs).await?;
        stream.try_fold(0, async |count, _| Ok(count + 1)).await
    });
    assert_eq!(count.await.unwrap().unwrap(), 3);
    shop.dbs.close().await;
    eventually("the connections are closed", async || connections_to(&shop.crm).await == 0).await;
}

const CHILD: &str = "ORMGEN_TEST_STREAM_OF";

/// Memory belongs to a process, and tests share one: this one runs itself again, alone, and watches it grow.
#[tokio::test]
async fn a_stream_needs_constant_memory() {
    if let Ok(url) = std::env::var(CHILD) {
        return read_all(&url).await;
    }
    let shop = Shop::open().await;
    shop.orders.batch(FILL).await;
    for (how, fits) in [("stream", true), ("all", false)] {
        let url = format!("{how} {}", shop.orders.url());
        let test = std::env::current_exe().unwrap();
        let output = Command::new(test)
            .args(["--exact", "streams::a_stream_needs_constant_memory", "--nocapture"])
            .env(CHILD, url)
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{text}");
        let grown = text.lines().find_map(|line| line.split("grown by ").nth(1)).expect("a size");
        let grown: usize = grown.trim_end_matches(" kB").parse().unwrap();
        // 200,000 rows hold 40 MB of notes alone.
        assert_eq!(grown < 16_000, fits, "{how} grew by {grown} kB");
    }
}

/// In the process of its own.
async fn read_all(how_and_url: &str) {
    let (how, url) = how_and_url.split_once(' ').unwrap();
    let connections = ["crm", "crm_eu", "orders"].map(|alias| ConnectionConfig::new(alias, url));
    let dbs = Databases::lazy(connections.into()).unwrap();
    Order::query().limit(1).all(&dbs).await.unwrap();
    let before = memory();
    let mut rows = 0;
    if how == "stream" {
        let mut stream = Order::query().stream(&dbs).await.unwrap();
        while let Some(order) = stream.next().await {
            rows += order.unwrap().notes.len() / 200;
        }
    } else {
        rows = Order::query().all(&dbs).await.unwrap().len();
    }
    assert_eq!(rows, ROWS);
    println!("\ngrown by {} kB", memory() - before);
}

/// The most memory that this process ever had, in kB (proc(5)).
fn memory() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    peak.trim().trim_end_matches(" kB").parse().unwrap()
}
