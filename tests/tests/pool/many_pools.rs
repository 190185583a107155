//! Many pools on one server: what one has idle makes room for another, and nobody is told that there is none.

use std::time::{Duration, Instant};

use futures_util::{StreamExt, future::join_all, stream};
use ormgen_runtime::{Error, config::ConnectionConfig, prelude::*};
use ormgen_tests::{
    generated::visits::{Databases, people::Person},
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
