//! Many pools on one server: what one has idle makes room for another, and nobody is told that there is none.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use futures_util::{StreamExt, future::join_all, stream};
use ormgen_runtime::{
    DatabaseSet, Error, Pool, Result,
    config::ConnectionConfig,
    generated::{AnyPool, Connections},
    prelude::*,
};
use ormgen_tests::{
    generated::visits::{
        Databases,
        people::{People, Person},
    },
    people::{databases, people_on},
    server::{ScratchServer, TestDb},
};

use crate::support::{ask, connections_to, eventually, soon};

/// A server that takes forty connections.
async fn small_server() -> (ScratchServer, TestDb) {
    let server = ScratchServer::start_with(&["max_connections = 40", "superuser_reserved_connections = 3"]);
    let db = people_on(&server.server()).await;
    db.batch("INSERT INTO people SELECT n, 'p' || n FROM generate_series(0, 99) AS n").await;
    (server, db)
}

fn pools(count: usize, url: &str, settings: impl Fn(ConnectionConfig) -> ConnectionConfig) -> Vec<Databases> {
    (0..count).map(|_| databases(url, &settings)).collect()
}

/// Two hundred pools, five times as many as the server takes: each counts, all at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_pools_on_one_server() {
    let (_server, db) = small_server().await;
    let timeout = Duration::from_secs(30);
    let pools = pools(200, &db.url_of_app().await, |c| c.max_size(4).acquire_timeout(timeout));
    let begun = Instant::now();
    let counts = join_all(pools.iter().map(|dbs| Person::query().count(dbs))).await;
    for count in &counts {
        assert_eq!(*count.as_ref().unwrap(), 100);
    }
    println!("200 pools on a server for 40 connections counted in {:?}", begun.elapsed());
    let verified = stream::iter(&pools).map(|dbs| dbs.people.differences()).buffered(16);
    let differences: Vec<_> = soon(verified.collect()).await;
    for differences in differences {
        assert!(differences.unwrap().is_empty());
    }
}

/// Pools that ask again and again take their turns: nobody waits while others are served many times. (Where the server alone
/// says how many it takes, those that connected first work on until it has refused the others.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn room_is_given_in_the_order_in_which_it_was_asked_for() {
    const POOLS: usize = 120;
    const EACH: i64 = 12;
    let (_server, db) = small_server().await;
    let settings =
        |c: ConnectionConfig| c.max_size(2).max_connections(20).acquire_timeout(Duration::from_secs(30));
    let served = AtomicUsize::new(0);
    let tenants = pools(POOLS, &db.url_of_app().await, settings).into_iter().map(|dbs| {
        let served = &served;
        async move {
            let mut passed_over = 0;
            for id in 0..EACH {
                let before = served.load(Ordering::Relaxed);
                assert_eq!(Person::find(id).one(&dbs).await.unwrap().id, id);
                passed_over = passed_over.max(served.fetch_add(1, Ordering::Relaxed) - before);
            }
            passed_over
        }
    });
    let passed_over = soon(join_all(tenants)).await.into_iter().max().unwrap_or_default();
    println!("at most {passed_over} statements of {} were served while one waited", POOLS as i64 * EACH);
    assert!(passed_over < 2 * POOLS, "{passed_over}");
}

/// A limit of the program's own: the server never sees more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pools_share_a_limit() {
    let (_server, db) = small_server().await;
    let pools = pools(20, &db.url_of_app().await, |c| c.max_size(4).max_connections(6));
    let watched = async {
        let mut most = 0;
        for _ in 0..40 {
            most = most.max(connections_to(&db).await);
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        most
    };
    let work = async {
        let tasks = pools.iter().flat_map(|dbs| (0..4_i64).map(move |task| (dbs.clone(), task)));
        let tasks = tasks.map(|(dbs, task)| async move {
            for n in 0..10 {
                let id = (task * 10 + n) % 100;
                assert_eq!(Person::find(id).one(&dbs).await.unwrap().id, id);
            }
        });
        soon(join_all(tasks)).await;
    };
    let (most, _) = tokio::join!(watched, work);
    println!("20 pools of 4 with `max_connections: 6` had {most} connections at most");
    assert!((1..=6).contains(&most), "{most}");
}

/// A server that is full is waited for, no longer than `acquire_timeout`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_full_is_waited_for() {
    let (_server, db) = small_server().await;
    let url = db.url_of_app().await;
    let config: tokio_postgres::Config = url.parse().unwrap();
    let mut others = Vec::new();
    while let Ok((client, driver)) = config.connect(tokio_postgres::NoTls).await {
        tokio::spawn(driver);
        others.push(client);
    }
    assert!(others.len() >= 30, "{}", others.len());
    let [dbs] = &pools(1, &url, |c| c.acquire_timeout(Duration::from_millis(700)))[..] else {
        unreachable!()
    };
    let begun = Instant::now();
    let error = Person::find(1).one(dbs).await.unwrap_err();
    assert!(matches!(error, Error::TooManyConnections { .. }), "{error:?}");
    assert!(begun.elapsed() >= Duration::from_millis(600), "told at once: {error}");

    let waits = tokio::spawn({
        let dbs = pools(1, &url, |c| c.acquire_timeout(Duration::from_secs(20))).remove(0);
        async move { Person::find(1).one(&dbs).await }
    });
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(!waits.is_finished());
    others.truncate(5);
    assert_eq!(soon(waits).await.unwrap().unwrap().id, 1);
    let idle = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'app' AND state = 'active'";
    eventually("nobody is at work", async || ask::<i64>(&db, idle).await == 0).await;
}

/// A set of two hundred databases, as generated code has one.
struct Many(Vec<Pool<People>>);

impl DatabaseSet for Many {
    fn settings() -> Vec<ConnectionConfig> {
        Vec::new()
    }

    fn open(connections: &Connections) -> Result<Self> {
        let aliases: Vec<String> = (0..200).map(|number| format!("p{number}")).collect();
        let aliases: [&str; 200] = std::array::from_fn(|number| aliases[number].as_str());
        Ok(Self(connections.pools(aliases)?.into_iter().map(|pool| pool.of()).collect()))
    }

    fn pools(&self) -> Vec<&dyn AnyPool> {
        self.0.iter().map(|pool| pool as &dyn AnyPool).collect()
    }
}

/// What a program does at its start: all connect, and all are verified.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_set_of_two_hundred_connects_and_is_verified() {
    let (_server, db) = small_server().await;
    let url = db.url_of_app().await;
    let begun = Instant::now();
    let settings = (0..200).map(|number| {
        ConnectionConfig::new(format!("p{number}"), url.as_str()).acquire_timeout(Duration::from_secs(30))
    });
    let many = Many::lazy(settings.collect()).unwrap();
    let many = soon(Many::ready(many)).await.unwrap();
    soon(many.verify()).await.unwrap();
    let status = soon(many.status(Duration::from_secs(30))).await;
    assert_eq!(status.iter().filter(|status| status.is_reachable()).count(), 200);
    println!("200 pools on a server for 40 connections connected and were verified in {:?}", begun.elapsed());
    assert!(soon(many.close()).await.is_clean());
}
