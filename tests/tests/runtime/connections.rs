//! Pools: how many connections, for how long, and what happens when there is none.

use std::time::{Duration, Instant};

use ormgen_runtime::{Error, config::ConnectionConfig, prelude::*};
use ormgen_tests::{
    generated::shop::{
        Databases,
        crm::{Crm, Customer},
        orders::Order,
    },
    server::TestDb,
};

use crate::support::{Shop, ask, connections_to, customer, eventually, soon};

const PIDS: &str = "SELECT coalesce(array_agg(pid ORDER BY pid), '{}') FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'";

async fn pids(db: &TestDb) -> Vec<i32> {
    ask(db, PIDS).await
}

#[tokio::test]
async fn nothing_is_connected_before_it_is_used() {
    let shop = Shop::open().await;
    assert_eq!((connections_to(&shop.crm).await, shop.dbs.crm.size()), (0, 0));
    Customer::query().count(&shop.dbs).await.unwrap();
    Customer::query().count(&shop.dbs).await.unwrap();
    assert_eq!((connections_to(&shop.crm).await, shop.dbs.crm.size()), (1, 1));
    assert_eq!((connections_to(&shop.orders).await, shop.dbs.orders.size()), (0, 0));
}

#[tokio::test]
async fn a_caller_waits_no_longer_than_acquire_timeout() {
    let timeout = Duration::from_secs(2);
    let shop = Shop::open_with(|connection| connection.max_size(2).acquire_timeout(timeout)).await;
    let first = shop.dbs.crm.connection().await.unwrap();
    let second = shop.dbs.crm.begin().await.unwrap();
    let began = Instant::now();
    let error = Customer::query().count(&shop.dbs).await.unwrap_err();
    assert!(began.elapsed() >= timeout);
    assert!(error.to_string().starts_with("connection `crm`: no connection was free within 2s"), "{error}");
    assert!(matches!(error, Error::PoolTimeout { waited, .. } if waited == timeout));
    // Another database's pool is another pool, and so is another connection's.
    Order::query().count(&shop.dbs).await.unwrap();
    Customer::query().count(&shop.dbs.crm_eu).await.unwrap();
    // What holds one may use it.
    Customer::query().count(&first).await.unwrap();
    drop(second);
    assert_eq!(Customer::query().count(&shop.dbs).await.unwrap(), 0);
    assert_eq!(connections_to(&shop.crm).await, 2);
}

#[tokio::test]
async fn no_more_connections_than_max_size() {
    let shop = Shop::open_with(|connection| connection.max_size(3)).await;
    let queries = (0..50).map(|n| Customer::insert(customer(&format!("c{n}"))).execute(&shop.dbs));
    for done in soon(futures_util::future::join_all(queries)).await {
        done.unwrap();
    }
    assert_eq!(Customer::query().count(&shop.dbs).await.unwrap(), 50);
    assert!(connections_to(&shop.crm).await <= 3);
    assert!(shop.dbs.crm.size() <= 3);
}

async fn open_three(dbs: &Databases) {
    let pool = &dbs.crm;
    let (a, b, c) = tokio::join!(pool.connection(), pool.connection(), pool.connection());
    drop((a.unwrap(), b.unwrap(), c.unwrap()));
}

#[tokio::test]
async fn idle_connections_are_closed() {
    let shop = Shop::open_with(|connection| connection.idle_timeout(Duration::from_secs(2))).await;
    open_three(&shop.dbs).await;
    assert_eq!(connections_to(&shop.crm).await, 3);
    eventually("idle connections go", async || connections_to(&shop.crm).await == 0).await;
    assert_eq!(shop.dbs.crm.size(), 0);
    Customer::query().count(&shop.dbs).await.unwrap();
}

#[tokio::test]
async fn some_connections_stay_and_are_there_at_once() {
    let shop = Shop::open_with(|connection| {
        connection.min_idle(2).idle_timeout(Duration::from_millis(300)).max_lifetime(None)
    })
    .await;
    eventually("two are opened", async || connections_to(&shop.crm).await == 2).await;
    open_three(&shop.dbs).await;
    eventually("one of three goes", async || connections_to(&shop.crm).await == 2).await;
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!((connections_to(&shop.crm).await, shop.dbs.crm.size()), (2, 2));
}

#[tokio::test]
async fn old_connections_are_closed() {
    let shop = Shop::open_with(|connection| {
        connection.max_size(1).idle_timeout(None).max_lifetime(Duration::from_millis(400))
    })
    .await;
    Customer::query().count(&shop.dbs).await.unwrap();
    let before = pids(&shop.crm).await;
    // In use all the time, it is never idle: its age is what ends it.
    eventually("another connection", async || {
        Customer::query().count(&shop.dbs).await.unwrap();
        let now = pids(&shop.crm).await;
        !now.is_empty() && now != before
    })
    .await;
    eventually("none is left", async || connections_to(&shop.crm).await == 0).await;
}

#[tokio::test]
async fn a_slow_statement_is_cancelled_by_the_server() {
    let shop =
        Shop::open_with(|connection| connection.max_size(1).statement_timeout(Duration::from_millis(300)))
            .await;
    let locker = shop.crm.connect().await;
    locker.batch_execute("BEGIN; LOCK TABLE customers").await.unwrap();
    let error = soon(Customer::query().count(&shop.dbs)).await.unwrap_err();
    assert!(matches!(error, Error::Cancelled { .. }), "{error}");
    assert_eq!(
        error.to_string(),
        "connection `crm`: the statement was cancelled: canceling statement due to statement timeout \
         (SQLSTATE 57014)"
    );
    locker.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(Customer::query().count(&shop.dbs).await.unwrap(), 0);
}

/// A caller that no longer waits does not leave its statement to whoever gets the connection next.
#[tokio::test]
async fn a_statement_that_nobody_waits_for_is_stopped() {
    let shop = Shop::open_with(|connection| connection.max_size(1)).await;
    let locker = shop.crm.connect().await;
    locker.batch_execute("BEGIN; LOCK TABLE customers").await.unwrap();
    let query = Customer::query().count(&shop.dbs);
    assert!(tokio::time::timeout(Duration::from_millis(200), query).await.is_err());
    let addresses = ormgen_tests::generated::shop::crm::Address::query().count(&shop.dbs);
    assert_eq!(soon(addresses).await.unwrap(), 0, "while the lock is held");
    const WAITING: &str = "SELECT count(*) FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event_type = 'Lock'";
    eventually("it waits no longer", async || ask::<i64>(&shop.crm, WAITING).await == 0).await;
}

#[tokio::test]
async fn close_waits_for_what_is_in_use() {
    let shop = Shop::open().await;
    open_three(&shop.dbs).await;
    Order::query().count(&shop.dbs).await.unwrap();
    let tx = shop.dbs.crm.begin().await.unwrap();
    Customer::insert(customer("Ada")).execute(&tx).await.unwrap();
    let closing = tokio::spawn({
        let dbs = shop.dbs.clone();
        async move { dbs.close().await }
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!closing.is_finished());
    // Whoever comes now is too late; who was there finishes.
    let error = Customer::query().count(&shop.dbs).await.unwrap_err();
    assert_eq!(error.to_string(), "connection `crm`: the pool is closed");
    tx.commit().await.unwrap();
    soon(closing).await.unwrap();

    for db in [&shop.crm, &shop.orders] {
        eventually("no connection is left", async || connections_to(db).await == 0).await;
    }
    assert_eq!(ask::<i64>(&shop.crm, "SELECT count(*) FROM customers").await, 1);
    for error in [
        Customer::query().count(&shop.dbs).await.unwrap_err(),
        Order::query().count(&shop.dbs).await.unwrap_err(),
        shop.dbs.crm_eu.begin().await.map(drop).unwrap_err(),
        shop.dbs.crm_eu.connection().await.map(drop).unwrap_err(),
    ] {
        assert!(matches!(error, Error::PoolClosed { .. }), "{error}");
    }
    // To close once more is no mistake.
    soon(shop.dbs.close()).await;
}

#[tokio::test]
async fn a_waiting_caller_hears_of_the_close() {
    let shop = Shop::open_with(|connection| connection.max_size(1)).await;
    let held = shop.dbs.crm.connection().await.unwrap();
    let waiting = tokio::spawn({
        let dbs = shop.dbs.clone();
        async move { Customer::query().count(&dbs).await }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    let (closed, ()) = tokio::join!(soon(shop.dbs.close()), async {
        let error = soon(waiting).await.unwrap().unwrap_err();
        assert!(matches!(error, Error::PoolClosed { .. }), "{error}");
        drop(held);
    });
    assert!(closed.is_clean(), "{closed:?}");
}

#[tokio::test]
async fn a_server_that_is_not_there() {
    // Nothing listens on port 1.
    let connection = |alias| ConnectionConfig::new(alias, "postgres://app:hunter2@127.0.0.1:1/shop");
    let dbs = Databases::lazy(["crm", "crm_eu", "orders"].map(connection).into()).unwrap();
    let error = soon(Customer::query().count(&dbs)).await.unwrap_err();
    assert!(matches!(error, Error::Connect { .. }), "{error}");
    assert_eq!(error.connection(), Some("crm"));
    let text = format!("{error} {error:?}");
    assert!(text.contains("the server could not be reached: `127.0.0.1:1`: "), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
    assert!(matches!(dbs.orders.ready().await, Err(Error::Connect { .. })));
}

/// A health page asks without waiting longer than it can afford, and says which server is the one that does not answer.
#[tokio::test]
async fn status_tells_how_each_connection_does() {
    let shop = Shop::open_with(|connection| connection.max_size(3)).await;
    let dbs = &shop.dbs;
    let all = dbs.status(Duration::from_secs(5)).await;
    let names: Vec<&str> = all.iter().map(|status| &*status.connection).collect();
    assert_eq!(names, ["crm", "crm_eu", "orders"]);
    assert!(
        all.iter().all(|status| status.is_reachable() && !status.is_replica && status.max_size == 3),
        "{all:?}"
    );
    assert!(all.iter().all(|status| status.open >= 1 && status.waiting == 0), "{all:?}");

    // Every connection is in use: whoever asks waits, but not for long.
    let held = futures_util::future::join_all((0..3).map(|_| dbs.crm.connection())).await;
    let began = std::time::Instant::now();
    let all = dbs.status(Duration::from_millis(200)).await;
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    assert!(matches!(all[0].answer, Err(Error::PoolTimeout { .. })) && all[2].is_reachable(), "{all:?}");
    assert_eq!((all[0].open, all[0].idle), (3, 0));
    drop(held);

    // Nothing listens on port 1.
    let lost = |alias| ConnectionConfig::new(alias, "postgres://app@127.0.0.1:1/shop");
    let lost = ["crm", "crm_eu", "orders"].map(lost);
    let all = Databases::lazy(lost.into()).unwrap().status(Duration::from_millis(500)).await;
    assert!(all.iter().all(|status| !status.is_reachable()), "{all:?}");
}

/// What is no server of PostgreSQL's, or hangs, is told within `acquire_timeout`, and not as a riddle.
#[tokio::test]
async fn what_answers_in_a_servers_place() {
    use tokio::io::AsyncWriteExt;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let web = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let _ = socket.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").await;
            // All of the answer arrives: a socket that is closed with something unread in it takes it back.
            let _ = socket.shutdown().await;
            let _ = tokio::io::copy(&mut socket, &mut tokio::io::sink()).await;
        }
    });
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let dumb = silent.local_addr().unwrap();
    let ask = async |address: std::net::SocketAddr, mode: &str| {
        let url = format!("postgres://app:pw@{address}/shop?sslmode={mode}");
        let config = ConnectionConfig::new("crm", url.as_str()).acquire_timeout(Duration::from_millis(700));
        let pool = ormgen_runtime::Pool::<Crm>::new(&config).unwrap();
        let began = std::time::Instant::now();
        let error = soon(Customer::query().count(&pool)).await.unwrap_err();
        assert!(began.elapsed() < Duration::from_secs(3), "{:?}: {error}", began.elapsed());
        assert!(matches!(error, Error::Connect { .. } | Error::PoolTimeout { .. }), "{error}");
        error.to_string()
    };
    for mode in ["disable", "prefer"] {
        let error = ask(web, mode).await;
        assert!(error.contains("what answers there is not a PostgreSQL server"), "{mode}: {error}");
    }
    let error = ask(dumb, "disable").await;
    assert!(error.contains("no answer within 700ms") || error.contains("no connection was free"), "{error}");
    drop(silent);

    // One that asks for a password, which nobody has given.
    let shop = Shop::open().await;
    let (_, place) = shop.crm.url().rsplit_once('@').unwrap();
    let url = format!("postgres://ormgen@{place}");
    let pool = ormgen_runtime::Pool::<Crm>::new(&ConnectionConfig::new("crm", url.as_str())).unwrap();
    let error = soon(Customer::query().count(&pool)).await.unwrap_err();
    assert!(matches!(error, Error::Refused { .. }), "{error}");
    assert!(error.to_string().contains("the server asks for a password, and none is given"), "{error}");
}
