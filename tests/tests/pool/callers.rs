//! Callers that go away, are not polled, or panic: the pool is as it was.

use std::{collections::BTreeSet, time::Duration};

use futures_util::{
    FutureExt, TryStreamExt,
    future::{BoxFuture, join, join_all, poll_immediate},
};
use ormgen_runtime::{Error, Expr, NotNull, config::ConnectionConfig, functions::sql, prelude::*};
use ormgen_tests::{
    dice::Dice,
    generated::visits::{
        Databases,
        people::{NewPerson, People, Person},
    },
    people::{databases, people_on, person, store},
    proxy::Proxy,
    server::{ScratchServer, TestDb, server},
};

use crate::support::{ask, connections_to, eventually, soon};

const PEOPLE: i64 = 50;

async fn people(settings: impl Fn(ConnectionConfig) -> ConnectionConfig) -> (TestDb, Databases) {
    let db = people_on(&server(1)).await;
    let dbs = databases(db.url(), settings);
    Person::insert_many((0..PEOPLE).map(person)).execute(&dbs).await.unwrap();
    (db, dbs)
}

/// What the server is at for this database.
async fn at_work(db: &TestDb) -> i64 {
    const AT_WORK: &str = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
         AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND state <> 'idle'";
    ask(db, AT_WORK).await
}

/// Every connection can be had, is in no transaction, and answers what it is asked.
async fn is_as_it_was(db: &TestDb, dbs: &Databases, max_size: usize) {
    let all = soon(join_all((0..max_size).map(|_| dbs.people.connection()))).await;
    let mut pids = BTreeSet::new();
    for connection in &all {
        let connection = connection.as_ref().unwrap();
        let pid = People::sql::<i32>("SELECT pg_backend_pid()").one(connection);
        assert!(pids.insert(soon(pid).await.unwrap()), "two callers have one connection");
    }
    // In a transaction it would not be idle.
    eventually("the server is at nothing, and in no transaction", async || at_work(db).await == 0).await;
    drop(all);
    for (id, row) in (0..).zip(soon(join_all((0..PEOPLE).map(|id| Person::find(id).one(dbs)))).await) {
        assert_eq!(row.unwrap().id, id);
    }
    assert!(dbs.people.size() <= max_size);
    // A connection that was closed may still be there for a moment.
    eventually("the server has no more of them", async || connections_to(db).await <= max_size as i64).await;
}

/// One sort of call: it says what it gets, which is checked where it gets that far.
type Call = fn(&Databases, i64) -> BoxFuture<'_, ()>;

const CALLS: [Call; 10] = [
    |dbs, id| async move { assert_eq!(Person::find(id).one(dbs).await.unwrap().id, id) }.boxed(),
    |dbs, _| async move { assert_eq!(Person::query().count(dbs).await.unwrap(), PEOPLE) }.boxed(),
    |dbs, _| {
        async move { assert_eq!(Person::query().all(dbs).await.unwrap().len(), PEOPLE as usize) }.boxed()
    },
    |dbs, id| {
        async move {
            let update = Person::find(id).update().set(Person::NAME, "changed");
            assert_eq!(update.execute(dbs).await.unwrap(), 1);
        }
        .boxed()
    },
    |dbs, id| {
        async move {
            let name = People::sql::<i64>("SELECT id FROM people WHERE id = $1").bind(id).one(dbs).await;
            assert_eq!(name.unwrap(), id);
        }
        .boxed()
    },
    |dbs, id| {
        async move {
            let tx = dbs.people.begin().await.unwrap();
            Person::insert(person(1_000 + id)).execute(&tx).await.unwrap();
            assert_eq!(Person::find(id).one(&tx).await.unwrap().id, id);
            tx.rollback().await.unwrap();
        }
        .boxed()
    },
    |dbs, id| {
        async move {
            let undone = dbs.people.transaction(async |tx| {
                let inner = tx.savepoint(async |savepoint| {
                    Person::insert(person(2_000 + id)).execute(savepoint).await?;
                    Person::insert(person(2_000 + id)).execute(savepoint).await
                });
                inner.await.unwrap_err();
                Err::<(), _>(Error::PoolClosed { connection: "mine".into() })
            });
            undone.await.unwrap_err();
        }
        .boxed()
    },
    |dbs, _| {
        async move {
            let mut rows = Person::query().order_by(Person::ID.asc()).stream(dbs).await.unwrap();
            let mut next = 0;
            while let Some(row) = rows.try_next().await.unwrap() {
                assert_eq!(row.id, next);
                next += 1;
            }
            assert_eq!(next, PEOPLE);
        }
        .boxed()
    },
    |dbs, _| {
        async move {
            // In a transaction, so that none of it is stored.
            let tx = dbs.people.begin().await.unwrap();
            let many = (10_000..13_000).map(|id| NewPerson { id, name: "many".into() });
            assert_eq!(Person::insert_many(many).execute(&tx).await.unwrap(), 3_000);
        }
        .boxed()
    },
    |dbs, id| {
        async move {
            let slow: Expr<Person, i64, NotNull> = sql("(SELECT id FROM pg_sleep(0.01))").expression();
            let id_too = Person::query().filter(Person::ID.eq(id)).select(slow).one(dbs).await.unwrap();
            assert_eq!(id_too, id);
        }
        .boxed()
    },
];

/// Each sort of call, dropped after it was polled once, twice, … until it is through.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dropped_at_every_await() {
    const MOST: usize = 3;
    let (db, dbs) = people(|connection| connection.max_size(MOST)).await;
    for call in CALLS {
        // Once through, so that it is prepared.
        soon(call(&dbs, 7)).await;
        for polls in 1..40 {
            let mut future = call(&dbs, 7);
            let mut through = false;
            for _ in 0..polls {
                through = poll_immediate(&mut future).await.is_some();
                if through {
                    break;
                }
                tokio::time::sleep(Duration::from_micros(200)).await;
            }
            drop(future);
            // Whoever comes next gets an answer to what it asked, and not to what was dropped.
            for (id, row) in (0..).zip(soon(join_all((0..5).map(|id| Person::find(id).one(&dbs)))).await) {
                assert_eq!(row.unwrap().id, id);
            }
            if through {
                break;
            }
        }
        is_as_it_was(&db, &dbs, MOST).await;
    }
    let stored: i64 = ask(&db, "SELECT count(*) FROM people").await;
    assert_eq!(stored, PEOPLE, "nothing that was dropped is stored");
}

async fn dropped_at_random(seed: u64) {
    const MOST: usize = 4;
    let (db, dbs) = people(|connection| connection.max_size(MOST)).await;
    let mut dice = Dice::new(seed);
    for _ in 0..300 {
        let call = CALLS[dice.roll(CALLS.len() as u64) as usize];
        let mut future = call(&dbs, dice.roll(PEOPLE as u64) as i64);
        for _ in 0..dice.roll(12) {
            if poll_immediate(&mut future).await.is_some() {
                break;
            }
            match dice.roll(3) {
                0 => tokio::time::sleep(Duration::from_micros(dice.roll(500))).await,
                _ => tokio::task::yield_now().await,
            }
        }
    }
    is_as_it_was(&db, &dbs, MOST).await;
    soon(dbs.close()).await;
    eventually("none is left", async || connections_to(&db).await == 0).await;
}

#[tokio::test]
async fn dropped_at_random_points() {
    for seed in [1, 7, 42] {
        dropped_at_random(seed).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn dropped_at_random_points_on_several_threads() {
    for seed in [3, 11, 99] {
        dropped_at_random(seed).await;
    }
}

/// A caller that is there and not polled keeps its connection, as it would on any pool: the others are served by what is
/// left, and it is served when it is polled again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_that_are_not_polled() {
    let (db, dbs) = people(|connection| connection.max_size(4)).await;
    db.batch("INSERT INTO badges SELECT n::text, n % 50 FROM generate_series(1, 20000) AS n").await;
    for round in 0..10 {
        let mut unread: Vec<(i64, BoxFuture<'_, i64>)> = Vec::new();
        for n in 4..7 {
            let mut find: BoxFuture<'_, i64> = if n == 5 && round % 2 == 0 {
                let ids = People::sql::<i64>("SELECT person_id FROM badges WHERE person_id = 5 LIMIT 1");
                ids.one(&dbs).map(Result::unwrap).boxed()
            } else {
                Person::find(n).one(&dbs).map(|row| row.unwrap().id).boxed()
            };
            match poll_immediate(&mut find).await {
                Some(id) => assert_eq!(id, n),
                None => unread.push((n, find)),
            }
        }
        let others = (30..50).map(|n| Person::find(n).one(&dbs));
        for (n, row) in (30..).zip(soon(join_all(others)).await) {
            assert_eq!(row.unwrap().id, n);
        }
        // The last one first, and some of them never.
        for (n, find) in unread.into_iter().rev() {
            if (n + round) % 7 > 0 {
                assert_eq!(soon(find).await, n);
            }
        }
    }
    is_as_it_was(&db, &dbs, 4).await;
}

/// An answer of any size that nobody reads holds up nobody who is read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_answer_that_nobody_reads() {
    let (db, dbs) = people(|connection| connection.max_size(2)).await;
    db.batch("INSERT INTO people SELECT n, repeat('x', 500) FROM generate_series(10000, 20000) AS n").await;
    let all = || Person::query().filter(Person::ID.gte(10_000)).order_by(Person::ID.asc()).all(&dbs);
    soon(all()).await.unwrap();
    let mut unread = Box::pin(all());
    assert!(poll_immediate(&mut unread).await.is_none(), "so many rows are not there at once");
    tokio::time::sleep(Duration::from_millis(100)).await;
    for id in 0..20 {
        assert_eq!(soon(Person::find(id).one(&dbs)).await.unwrap().id, id);
        soon(store(&dbs, 1_000 + id)).await.unwrap();
    }
    let rows = soon(unread).await.unwrap();
    assert_eq!(rows.len(), 10_001);
    assert!(rows.windows(2).all(|two| two[0].id < two[1].id));
}

/// A task that panics in the middle of something.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_that_panic() {
    const MOST: usize = 3;
    let (db, dbs) = people(|connection| connection.max_size(MOST)).await;
    for n in 0..30_i64 {
        let dbs = dbs.clone();
        let task = tokio::spawn(async move {
            match n % 5 {
                0 => {
                    let tx = dbs.people.begin().await.unwrap();
                    Person::insert(person(1_000 + n)).execute(&tx).await.unwrap();
                    panic!("on purpose");
                }
                1 => {
                    let _connection = dbs.people.connection().await.unwrap();
                    panic!("on purpose");
                }
                2 => {
                    let mut rows = Person::query().stream(&dbs).await.unwrap();
                    rows.try_next().await.unwrap();
                    panic!("on purpose");
                }
                3 => {
                    let undone: Result<(), Error> = dbs
                        .people
                        .transaction(async |tx| {
                            tx.savepoint(async |savepoint| {
                                Person::insert(person(2_000 + n)).execute(savepoint).await?;
                                panic!("on purpose")
                            })
                            .await
                        })
                        .await;
                    undone
                }
                _ => {
                    let mut finds: Vec<_> = (0..20).map(|id| Box::pin(Person::find(id).one(&dbs))).collect();
                    for find in &mut finds {
                        let _ = poll_immediate(find).await;
                    }
                    panic!("on purpose");
                }
            }
        });
        assert!(soon(task).await.unwrap_err().is_panic());
    }
    is_as_it_was(&db, &dbs, MOST).await;
    assert_eq!(ask::<i64>(&db, "SELECT count(*) FROM people").await, PEOPLE);
}

/// A caller that waits no longer for something long: the server is told to stop it, and the connection is had again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_waits_for_is_stopped() {
    let (db, dbs) = people(|connection| connection.max_size(2)).await;
    let long = || -> Expr<Person, bool, NotNull> { sql("pg_sleep(600) IS NULL").expression() };
    let calls: Vec<BoxFuture<'_, Result<bool, Error>>> = vec![
        Person::query().limit(1).select(long()).one(&dbs).boxed(),
        People::sql::<bool>("SELECT pg_sleep(600) IS NULL").one(&dbs).boxed(),
    ];
    let given_up = calls.into_iter().map(|call| tokio::time::timeout(Duration::from_millis(300), call));
    for given_up in soon(join_all(given_up)).await {
        assert!(given_up.is_err(), "it takes ten minutes");
    }
    for id in 0..10 {
        soon(store(&dbs, 1_000 + id)).await.unwrap();
    }
    eventually("the server is at nothing", async || at_work(&db).await == 0).await;
    is_as_it_was(&db, &dbs, 2).await;
}

/// A server that goes away gives each of hundreds of callers its own error, and serves all when it is back.
async fn a_server_goes_away(stop: fn(&ScratchServer)) {
    let scratch = ScratchServer::start();
    let db = people_on(&scratch.server()).await;
    let dbs =
        databases(db.url(), |connection| connection.max_size(6).acquire_timeout(Duration::from_secs(20)));
    store(&dbs, 1).await.unwrap();
    let locker = db.connect().await;
    locker.batch_execute("BEGIN; LOCK TABLE people").await.unwrap();
    let waiting: Vec<_> = (0..400)
        .map(|n| {
            let dbs = dbs.clone();
            tokio::spawn(async move {
                if n % 4 == 0 {
                    store(&dbs, 100 + n).await
                } else {
                    Person::find(1).one(&dbs).await.map(drop)
                }
            })
        })
        .collect();
    eventually("six wait for the lock", async || {
        let sql = "SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event_type = 'Lock'";
        ask::<i64>(&db, sql).await > 0
    })
    .await;
    let stopped = tokio::task::spawn_blocking(move || {
        stop(&scratch);
        scratch
    });
    let scratch = stopped.await.unwrap();
    let mut served = 0;
    for call in waiting {
        // Where the session with the lock ends before the six that wait for it, these may be served still.
        let Err(error) = soon(call).await.unwrap() else {
            served += 1;
            continue;
        };
        let lost = matches!(error, Error::ConnectionLost { .. } | Error::Connect { .. });
        assert!(lost && error.connection() == Some("people"), "{error}");
    }
    assert!(served <= 6, "{served}");
    for error in soon(join_all((0..50).map(|_| Person::query().count(&dbs)))).await {
        let error = error.unwrap_err();
        assert!(matches!(error, Error::Connect { .. }), "{error}");
    }
    let restarted = tokio::task::spawn_blocking(move || {
        scratch.restart();
        scratch
    });
    let _scratch = restarted.await.unwrap();
    for count in soon(join_all((0..50).map(|_| Person::query().count(&dbs)))).await {
        assert_eq!(count.unwrap(), 1);
    }
    soon(dbs.close()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_shut_down_with_hundreds_of_callers() {
    a_server_goes_away(ScratchServer::stop_fast).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_crashes_with_hundreds_of_callers() {
    a_server_goes_away(ScratchServer::stop_immediate).await;
}

/// Answers of any size, whose callers sent for them, are not polled, and go on later; some of them never.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_of_any_size_that_nobody_reads_for_a_while() {
    let (db, dbs) = people(|connection| connection.max_size(6)).await;
    db.batch("INSERT INTO people SELECT n, repeat('x', 200) FROM generate_series(10000, 14999) AS n").await;
    let some = |limit| Person::query().order_by(Person::ID.asc()).limit(limit);
    some(1).all(&dbs).await.unwrap();
    let mut unread = Vec::new();
    for limit in [1, 5_000, 0, 3, 5_000] {
        let mut rows = Box::pin(some(limit).all(&dbs));
        match poll_immediate(&mut rows).await {
            Some(rows) => assert_eq!(rows.unwrap().len(), limit as usize),
            None => unread.push((limit as usize, rows)),
        }
    }
    for id in 0..10 {
        assert_eq!(soon(Person::find(id).one(&dbs)).await.unwrap().id, id);
    }
    // The last one first.
    for (n, (limit, rows)) in unread.into_iter().enumerate().rev() {
        if n % 3 > 0 {
            let rows = soon(rows).await.unwrap();
            assert_eq!(rows.len(), limit);
            assert!(rows.windows(2).all(|two| two[0].id < two[1].id));
        }
    }
    is_as_it_was(&db, &dbs, 6).await;
}

/// A request to cancel goes its own way, and may come when the connection is at something else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_to_cancel_that_comes_late_hits_nobody() {
    let db = people_on(&server(1)).await;
    let proxy = Proxy::before(db.url()).await;
    let dbs = databases(proxy.url(), |connection| connection.max_size(2));
    Person::insert_many((0..PEOPLE).map(person)).execute(&dbs).await.unwrap();
    for round in 0..3_i64 {
        proxy.hold_cancels(true);
        let long: Expr<Person, bool, NotNull> = sql("pg_sleep(1) IS NULL").expression();
        let given_up = Person::query().limit(1).select(long).one(&dbs);
        tokio::time::timeout(Duration::from_millis(100), given_up).await.expect_err("it takes a second");
        tokio::time::sleep(Duration::from_millis(300)).await;
        let slow = (0..12).map(|n| {
            let slow: Expr<Person, i64, NotNull> = sql("(SELECT id FROM pg_sleep(0.3))").expression();
            let dbs = &dbs;
            async move {
                if n % 2 == 0 {
                    let insert = People::sql("INSERT INTO people SELECT $1, 'slow' FROM pg_sleep(0.3)");
                    insert.bind(1_000 + round * 100 + n).execute(dbs).await.map(drop)
                } else {
                    Person::query().filter(Person::ID.eq(n)).select(slow).one(dbs).await.map(drop)
                }
            }
        });
        let release = async {
            tokio::time::sleep(Duration::from_millis(700)).await;
            proxy.hold_cancels(false);
        };
        let (done, ()) = soon(join(join_all(slow), release)).await;
        for done in done {
            done.unwrap();
        }
    }
    assert_eq!(ask::<i64>(&db, "SELECT count(*) FROM people WHERE id >= 1000").await, 18);
    assert_eq!(proxy.cancels_hung_up(), 0, "requests to cancel whose sender hung up before the server did");
    is_as_it_was(&db, &dbs, 2).await;
}
