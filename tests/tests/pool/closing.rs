//! Closing says what it left behind.

use std::time::{Duration, Instant};

use ormgen_runtime::{Closed, prelude::*};
use ormgen_tests::{
    generated::visits::people::{People, Person},
    people::{databases, people_on, person, store},
    proxy::Proxy,
    server::server,
};

use crate::support::{connections_to, eventually, soon};

#[tokio::test]
async fn where_all_is_given_back_nothing_is_left() {
    let db = people_on(&server(1)).await;
    let dbs = databases(db.url(), |connection| connection);
    store(&dbs, 1).await.unwrap();
    let tx = dbs.people.begin().await.unwrap();
    let closing = tokio::spawn({
        let dbs = dbs.clone();
        async move { dbs.close().await }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!closing.is_finished());
    tx.rollback().await.unwrap();
    let closed: Closed = soon(closing).await.unwrap();
    assert!(closed.is_clean() && closed.left.is_empty(), "{closed:?}");
    assert_eq!((closed.finished, closed.refused), (1, 0), "the transaction ended in time");
    eventually("none is left", async || connections_to(&db).await == 0).await;
    // There is nothing left to close.
    assert!(soon(dbs.close()).await.is_clean());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_given_back_is_told() {
    let db = people_on(&server(1)).await;
    let proxy = Proxy::before(db.url()).await;
    let dbs = databases(proxy.url(), |connection| connection.max_size(5));
    store(&dbs, 1).await.unwrap();
    let kept = (dbs.people.connection().await.unwrap(), dbs.people.begin().await.unwrap());
    proxy.stall();
    // A copy whose server says nothing any longer.
    let copying = tokio::spawn({
        let dbs = dbs.clone();
        async move { Person::insert_many((100..5_000).map(person)).execute(&dbs).await }
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    let began = Instant::now();
    let closed = soon(dbs.people.close_within(Duration::from_secs(1))).await;
    assert!(began.elapsed() >= Duration::from_secs(1));
    let [(alias, count)] = &closed.left[..] else { panic!("one connection's name: {closed:?}") };
    assert!(!closed.is_clean() && &**alias == "people" && (2..=3).contains(count), "{closed:?}");
    let all = soon(dbs.close_within(Duration::from_millis(100))).await;
    assert!(all.left.iter().all(|(alias, _)| &**alias == "people"), "{all:?}");
    proxy.resume();
    // They may still be used, and go when they are given back.
    assert_eq!(soon(People::sql::<i64>("SELECT count(*) FROM people").one(&kept.0)).await.unwrap(), 1);
    drop(kept);
    let _ = soon(copying).await.unwrap();
    eventually("none is left", async || connections_to(&db).await == 0).await;
}
