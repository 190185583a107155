//! A runtime of tokio's ends while its tasks use the pool: with the program, or with a test that shares a pool with
//! other tests.

use std::{sync::mpsc, thread, time::Duration};

use ormgen_runtime::{Error, prelude::*};
use ormgen_tests::{
    generated::visits::{Databases, people::People},
    people::{databases, people_on},
    server::{TestDb, server},
};
use tokio::runtime::{Builder, Runtime};

use crate::support::soon;

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// A database, and a runtime that stays for as long as the test runs.
fn begin() -> (Runtime, TestDb) {
    let staying = runtime();
    let db = staying.block_on(async { people_on(&server(1)).await });
    (staying, db)
}

async fn naps(dbs: Databases) {
    while let Ok(naps) = People::sql::<i32>("SELECT 1 FROM pg_sleep(0.005)").one(&dbs.people).await {
        assert_eq!(naps, 1);
    }
}

/// Ends a runtime, which waits for what its tasks do when they are dropped.
fn end(runtime: Runtime) {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        drop(runtime);
        tell.send(()).unwrap();
    });
    told.recv_timeout(Duration::from_secs(30)).expect("the runtime ends");
}

#[test]
fn it_ends_whoever_waits_for_a_connection() {
    let (_staying, db) = begin();
    for _ in 0..20 {
        let ending = runtime();
        let dbs = databases(db.url(), |connection| connection.max_size(2));
        for _ in 0..16 {
            ending.spawn(naps(dbs.clone()));
        }
        thread::sleep(Duration::from_millis(60));
        end(ending);
    }
}

#[test]
fn callers_of_another_runtime_go_on() {
    let (staying, db) = begin();
    for _ in 0..20 {
        let ending = runtime();
        let dbs =
            databases(db.url(), |connection| connection.max_size(2).acquire_timeout(Duration::from_secs(20)));
        for _ in 0..8 {
            ending.spawn(naps(dbs.clone()));
        }
        thread::sleep(Duration::from_millis(30));
        let others: Vec<_> = (0..8)
            .map(|_| {
                let dbs = dbs.clone();
                staying.spawn(async move {
                    for _ in 0..40 {
                        // What was sent on a connection of the runtime that ends is lost with it.
                        match People::sql::<i32>("SELECT 1").one(&dbs.people).await {
                            Err(error @ Error::PoolTimeout { .. }) => return Err(error),
                            _ => tokio::time::sleep(Duration::from_millis(2)).await,
                        }
                    }
                    Ok(())
                })
            })
            .collect();
        thread::sleep(Duration::from_millis(30));
        end(ending);
        staying.block_on(async {
            for other in others {
                soon(other).await.unwrap().unwrap();
            }
        });
    }
}

#[test]
fn idle_connections_are_closed_in_the_next_runtime_too() {
    let (staying, db) = begin();
    let first = runtime();
    let dbs = databases(db.url(), |connection| connection.idle_timeout(Duration::from_millis(100)));
    let one = || async { People::sql::<i32>("SELECT 1").one(&dbs.people).await.unwrap() };
    assert_eq!(first.block_on(one()), 1);
    end(first);
    assert_eq!(staying.block_on(one()), 1);
    staying.block_on(crate::support::eventually("it is closed", async || dbs.people.size() == 0));
}
