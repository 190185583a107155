//! A runtime of tokio's ends while its tasks use the pool: with the program, or with a test that shares a pool with
//! other tests.

use std::{
    sync::{
        Arc, Barrier,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use ormgen_runtime::{Error, prelude::*};
use ormgen_tests::{
    generated::visits::{
        Databases,
        people::{People, Person},
    },
    people::{databases, people_on, store},
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

/// A runtime whose tasks run only while somebody waits in it, as those of `#[tokio::test]`.
fn of_one_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// Each thread has a runtime of its own, which stands still between its calls: the connections that it has opened do, too.
#[test]
fn a_runtime_that_nobody_drives_holds_up_no_other() {
    let (_staying, db) = begin();
    let dbs = databases(db.url(), |connection| connection.max_size(4));
    let stands_still = of_one_thread();
    stands_still.block_on(async {
        // Four connections, which are idle now.
        let one = || People::sql::<i32>("SELECT 1 FROM pg_sleep(0.2)").one(&dbs);
        let all = soon(futures_util::future::join_all([one(), one(), one(), one()])).await;
        assert!(all.iter().all(Result::is_ok), "{all:?}");
    });
    let (tell, told) = mpsc::channel();
    let theirs = dbs.clone();
    thread::spawn(move || {
        let done = of_one_thread().block_on(async {
            store(&theirs, 1).await?;
            Person::find(1).one(&theirs).await
        });
        tell.send(done).unwrap();
    });
    let found = told.recv_timeout(Duration::from_secs(20)).expect("it does not wait without end");
    assert_eq!(found.unwrap().id, 1);
    // What it left behind is of no use to the first one, which opens others.
    assert_eq!(stands_still.block_on(async { soon(Person::find(1).one(&dbs)).await }).unwrap().id, 1);
}

/// Tests with a pool that they share: each has a runtime of its own, and more of them want a connection than there may be.
#[test]
fn callers_of_many_runtimes_share_connections() {
    let (staying, db) = begin();
    staying.block_on(async {
        db.batch("INSERT INTO people SELECT n, '' FROM generate_series(0, 99) AS n").await;
    });
    let dbs = databases(db.url(), |connection| connection.max_size(2));
    // All run until all are done: none of them takes a connection away that another one uses.
    let (barrier, calls) = (Arc::new(Barrier::new(6)), Arc::new(AtomicUsize::new(0)));
    let threads: Vec<_> = (0..6)
        .map(|n| {
            let (dbs, barrier, calls) = (dbs.clone(), Arc::clone(&barrier), Arc::clone(&calls));
            thread::spawn(move || {
                of_one_thread().block_on(async {
                    for round in 0..20 {
                        let ids = (0..4).map(|m| (n * 17 + m * 5 + round) % 100);
                        let finds = ids.map(|id| Person::find(id).one(&dbs));
                        for found in futures_util::future::join_all(finds).await {
                            found.unwrap();
                            calls.fetch_add(1, Ordering::Relaxed);
                        }
                        let update = Person::find(n).update().set(Person::NAME, "x");
                        assert_eq!(update.execute(dbs.people.group_commit()).await.unwrap(), 1);
                    }
                    while calls.load(Ordering::Relaxed) < 480 {
                        tokio::time::sleep(Duration::from_millis(5)).await;
                    }
                });
                barrier.wait();
            })
        })
        .collect();
    let deadline = std::time::Instant::now() + Duration::from_secs(60);
    while !threads.iter().all(thread::JoinHandle::is_finished) && std::time::Instant::now() < deadline {
        thread::sleep(Duration::from_millis(50));
    }
    assert!(
        threads.iter().all(thread::JoinHandle::is_finished),
        "{} of 480 calls",
        calls.load(Ordering::Relaxed)
    );
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}
