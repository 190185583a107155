//! Requests to cancel what holds up others: some come late.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::future::{join, join3, poll_immediate};
use ormgen_runtime::{Expr, NotNull, config::ConnectionConfig, functions::sql, prelude::*};
use ormgen_tests::{
    generated::shop::{Databases, crm::Customer},
    server::TestDb,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

use super::{filled, lock, one_and_one, visit, visits, waiting};
use crate::support::{Shop, ask, eventually, soon};

/// Stands before a server, and keeps requests to cancel back until they are released.
struct Proxy {
    url: String,
    requests: Arc<AtomicUsize>,
    released: watch::Sender<bool>,
    accepting: JoinHandle<()>,
}

impl Proxy {
    async fn before(db: &TestDb) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let (before_host, host_on) = db.url().split_once('@').expect("the URL names a user");
        let (server, database) = host_on.split_once('/').expect("and a database");
        // In plain, so that the first message is the one that tells.
        let url = format!("{before_host}@{}/{database}?sslmode=disable", listener.local_addr().unwrap());
        let (requests, released) = (Arc::new(AtomicUsize::new(0)), watch::Sender::new(false));
        let accepting = tokio::spawn({
            let (server, requests, released) = (server.to_owned(), Arc::clone(&requests), released.clone());
            async move {
                while let Ok((client, _)) = listener.accept().await {
                    let requests = Arc::clone(&requests);
                    // It ends as either side does, in whatever way.
                    tokio::spawn(pass_on(client, server.clone(), requests, released.subscribe()));
                }
            }
        });
        Self { url, requests, released, accepting }
    }

    /// The databases of a shop, with its customers behind this one.
    fn databases(&self, shop: &Shop, settings: impl Fn(ConnectionConfig) -> ConnectionConfig) -> Databases {
        let crm = settings(ConnectionConfig::new("crm", self.url.as_str()));
        let crm_eu = ConnectionConfig::new("crm_eu", shop.crm_eu.url());
        let orders = ConnectionConfig::new("orders", shop.orders.url());
        Databases::lazy(vec![crm, crm_eu, orders]).unwrap()
    }

    async fn has_requests(&self) {
        eventually("a request to cancel", async || self.requests.load(Ordering::SeqCst) > 0).await;
    }

    fn release(&self) {
        self.released.send_replace(true);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// What a `CancelRequest` has in place of a version: "Message Formats" in PostgreSQL's documentation.
const CANCEL: [u8; 4] = 80_877_102_i32.to_be_bytes();

async fn pass_on(
    mut client: TcpStream,
    server: String,
    requests: Arc<AtomicUsize>,
    mut released: watch::Receiver<bool>,
) -> io::Result<()> {
    let mut head = [0; 8];
    client.read_exact(&mut head).await?;
    if head[4..] == CANCEL {
        requests.fetch_add(1, Ordering::SeqCst);
        released.wait_for(|released| *released).await.map_err(io::Error::other)?;
    }
    let mut server = TcpStream::connect(server).await?;
    server.write_all(&head).await?;
    copy_bidirectional(&mut client, &mut server).await?;
    Ok(())
}

/// Takes two seconds, and tells which of the server's processes it ran on.
async fn slow(dbs: &Databases) -> i32 {
    let pid: Expr<Customer, i32, NotNull> = sql("(SELECT pg_backend_pid() FROM pg_sleep(2))").expression();
    soon(Customer::query().select(pid).limit(1).one(dbs)).await.unwrap()
}

/// Statements of [`slow`] that the server is at work on.
async fn sleeping(shop: &Shop) -> i64 {
    const SLEEPING: &str = "SELECT count(*) FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event = 'PgSleep'";
    ask(&shop.crm, SLEEPING).await
}

#[tokio::test]
async fn a_request_that_comes_late_hits_nothing_sent_since() {
    let shop = filled(2, |connection| connection).await;
    let proxy = Proxy::before(&shop.crm).await;
    let dbs = proxy.databases(&shop, |connection| connection.max_size(3).lanes(1));
    visit(&dbs, 2).await.unwrap();
    visits(&dbs, 2).await;
    slow(&dbs).await;
    let locker = lock(&shop, 1).await;
    let unlock = async {
        proxy.has_requests().await;
        locker.batch_execute("ROLLBACK").await.unwrap();
    };
    let (stalled, behind, ()) = soon(join3(visit(&dbs, 1), visits(&dbs, 2), unlock)).await;
    assert_eq!((stalled.unwrap(), behind), (1, 1));
    let late = async {
        eventually("it is under way", async || sleeping(&shop).await == 1).await;
        proxy.release();
    };
    join(slow(&dbs), late).await;
    assert_eq!(visits(&dbs, 1).await, 1);
}

#[tokio::test]
async fn what_is_hit_in_place_of_another_is_sent_again() {
    let patience = Duration::from_millis(500);
    let shop = filled(2, |connection| connection).await;
    let proxy = Proxy::before(&shop.crm).await;
    let dbs = proxy.databases(&shop, |connection| one_and_one(connection).acquire_timeout(patience));
    visit(&dbs, 2).await.unwrap();
    let lane = slow(&dbs).await;
    // There is no other place to go.
    let held = dbs.crm.connection().await.unwrap();
    let locker = lock(&shop, 1).await;
    let late = async {
        proxy.has_requests().await;
        locker.batch_execute("ROLLBACK").await.unwrap();
        eventually("the next one is under way", async || sleeping(&shop).await == 1).await;
        proxy.release();
    };
    let (stalled, behind, ()) = soon(join3(visit(&dbs, 1), slow(&dbs), late)).await;
    assert_eq!(stalled.unwrap(), 1);
    assert_ne!(behind, lane, "it was hit");
    drop(held);
    assert_eq!((visits(&dbs, 1).await, visits(&dbs, 2).await), (1, 1));
}

/// A lane that is given up makes room for another one, though some of its answers were never read.
#[tokio::test]
async fn answers_that_nobody_reads_do_not_keep_a_lane() {
    let shop = filled(2, one_and_one).await;
    let dbs = &shop.dbs;
    let mut unread = Box::pin(visits(dbs, 2));
    visits(dbs, 2).await;
    let held = dbs.crm.connection().await.unwrap();
    assert!(poll_immediate(&mut unread).await.is_none());
    // It is alone, and its answer is there long before another one asks.
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(visits(dbs, 2).await, 0);
    let locker = lock(&shop, 1).await;
    let stalled = tokio::time::timeout(Duration::from_millis(300), visit(dbs, 1)).await;
    assert!(stalled.is_err(), "the lock is held");
    eventually("it is stopped", async || waiting(&shop).await == 0).await;
    // No other connection is free.
    assert_eq!(visits(dbs, 1).await, 0);
    locker.batch_execute("ROLLBACK").await.unwrap();
    drop(held);
    assert_eq!(unread.await, 0);
}

/// A pool that is closed gives out no more connections; what was under way is not to suffer.
#[tokio::test]
async fn a_statement_that_makes_way_is_answered_though_the_pool_is_closed() {
    let patience = Duration::from_millis(500);
    let shop = filled(2, |connection| one_and_one(connection).acquire_timeout(patience)).await;
    let dbs = &shop.dbs;
    visit(dbs, 2).await.unwrap();
    visits(dbs, 2).await;
    let locker = lock(&shop, 1).await;
    // It begins when this task first waits, and by then both are sent.
    let closing = tokio::spawn({
        let dbs = dbs.clone();
        async move { dbs.close().await }
    });
    let behind = async {
        assert_eq!(visits(dbs, 2).await, 1);
        eventually("the other one waits again, elsewhere", async || waiting(&shop).await == 1).await;
        assert!(!closing.is_finished());
        locker.batch_execute("ROLLBACK").await.unwrap();
    };
    let (stalled, ()) = soon(join(visit(dbs, 1), behind)).await;
    assert_eq!(stalled.unwrap(), 1);
    soon(closing).await.unwrap();
    let stored: i32 = ask(&shop.crm, "SELECT visits FROM customers WHERE id = 1").await;
    assert_eq!(stored, 1);
}
