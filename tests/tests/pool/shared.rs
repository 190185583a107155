//! Reads that share a connection: only where that costs nobody anything.
//!
//! Where speed is the question, the pool is compared with itself, each statement on a connection of its own
//! (`exclusive()`), in turns: a machine that is busy is busy for both.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::{
    FutureExt,
    future::{BoxFuture, join, join_all},
};
use ormgen_runtime::{Error, Expr, NotNull, functions::sql, prelude::*};
use ormgen_tests::{
    generated::visits::{
        Databases,
        people::{Badge, NewBadge, People, Person},
    },
    people::{databases, people_on, person, store},
    proxy::Proxy,
    server::{ScratchServer, TestDb, server},
};

use crate::support::{ask, connections_to, eventually, soon};

struct Fixture {
    db: TestDb,
    proxy: Proxy,
    dbs: Databases,
}

/// People behind a proxy, who were found before.
async fn people(max_size: usize, acquire_timeout: Duration) -> Fixture {
    let db = people_on(&server(1)).await;
    let proxy = Proxy::before(db.url()).await;
    let dbs =
        databases(proxy.url(), |connection| connection.max_size(max_size).acquire_timeout(acquire_timeout));
    Person::insert_many((0..100).map(person)).execute(&dbs).await.unwrap();
    Badge::insert(NewBadge { code: "a".into(), person_id: 1 }).execute(&dbs).await.unwrap();
    for id in 0..20 {
        Person::find(id).one(&dbs).await.unwrap();
    }
    Fixture { db, proxy, dbs }
}

const HALF_A_MINUTE: Duration = Duration::from_secs(30);

/// Takes 65 ms, and far longer while somebody has the badges locked.
async fn slow_read(dbs: &Databases) -> Result<i64, Error> {
    let slow: Expr<Badge, i64, NotNull> = sql("(SELECT person_id FROM pg_sleep(0.065))").expression();
    Badge::query().select(slow).one(dbs).await
}

/// Which statement each of the server's processes is at, and since when: whoever is sent again is another one.
async fn at_the_lock(db: &TestDb) -> Vec<String> {
    const STATEMENTS: &str = "SELECT coalesce(array_agg(pid || ' since ' || query_start ORDER BY pid), '{}')
         FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    ask(db, STATEMENTS).await
}

/// What is known to take long has nobody behind it: the finds are answered though it never ends, and it is left alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_waits_behind_what_takes_long() {
    let Fixture { db, proxy, dbs } = people(4, HALF_A_MINUTE).await;
    for _ in 0..5 {
        slow_read(&dbs).await.unwrap();
    }
    let locker = db.connect().await;
    locker.batch_execute("BEGIN; LOCK TABLE badges").await.unwrap();
    let slow: Vec<_> = (0..3)
        .map(|_| {
            let dbs = dbs.clone();
            tokio::spawn(async move { slow_read(&dbs).await })
        })
        .collect();
    eventually("all three wait for the lock", async || at_the_lock(&db).await.len() == 3).await;
    let before = at_the_lock(&db).await;
    for _ in 0..10 {
        for row in soon(join_all((0..64).map(|n| Person::find(n).one(&dbs)))).await {
            row.unwrap();
        }
        for id in 0..5 {
            soon(Person::find(id).update().set(Person::NAME, "changed").execute(&dbs)).await.unwrap();
        }
    }
    assert_eq!(at_the_lock(&db).await, before, "those that take long were not disturbed");
    locker.batch_execute("ROLLBACK").await.unwrap();
    for slow in slow {
        assert_eq!(soon(slow).await.unwrap().unwrap(), 1);
    }
    assert_eq!(proxy.cancels(), 0);
}

/// The same statement, usually fast, is held up by a lock this once: who asks later goes elsewhere, and who was behind
/// it gets an answer as well.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fast_statement_that_is_held_up_for_once() {
    let Fixture { db, dbs, proxy: _proxy } = people(4, HALF_A_MINUTE).await;
    for _ in 0..20 {
        Badge::find("a".to_owned()).one(&dbs).await.unwrap();
    }
    let locker = db.connect().await;
    locker.batch_execute("BEGIN; LOCK TABLE badges").await.unwrap();
    let held_up = tokio::spawn({
        let dbs = dbs.clone();
        async move { Badge::find("a".to_owned()).one(&dbs).await }
    });
    eventually("it waits for the lock", async || !at_the_lock(&db).await.is_empty()).await;
    for _ in 0..20 {
        for row in soon(join_all((0..64).map(|n| Person::find(n).one(&dbs)))).await {
            row.unwrap();
        }
    }
    assert!(!held_up.is_finished());
    locker.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(soon(held_up).await.unwrap().unwrap().person_id, 1);
}

/// A find outside of a transaction that waits, directly or not, for what that same transaction holds: it ends, by an
/// answer or by `acquire_timeout`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_that_waits_for_itself() {
    let Fixture { db, dbs, proxy: _proxy } = people(2, Duration::from_secs(3)).await;
    for round in 0..4 {
        let tx = dbs.people.begin().await.unwrap();
        tx.batch("LOCK TABLE badges").await.unwrap();
        // Reads that wait for the transaction's lock, on every connection that there is besides.
        let blocked: Vec<_> = (0..3)
            .map(|_| {
                let dbs = dbs.clone();
                tokio::spawn(async move { Badge::find("a".to_owned()).one(&dbs).await })
            })
            .collect();
        eventually("one waits for the lock", async || !at_the_lock(&db).await.is_empty()).await;
        let began = Instant::now();
        let found = soon(Person::find(round).one(&dbs)).await;
        assert!(began.elapsed() < Duration::from_secs(25), "it waited for {:?}", began.elapsed());
        match found {
            Ok(row) => assert_eq!(row.id, round),
            Err(error) => assert!(matches!(error, Error::PoolTimeout { .. }), "{error}"),
        }
        soon(tx.commit()).await.unwrap();
        for blocked in blocked {
            match soon(blocked).await.unwrap() {
                Ok(row) => assert_eq!(row.person_id, 1),
                Err(error) => assert!(matches!(error, Error::PoolTimeout { .. }), "{error}"),
            }
        }
    }
}

/// The same with room to spare: there is a connection for it, and it is answered.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_whose_locks_others_wait_for() {
    let Fixture { db, proxy, dbs } = people(6, HALF_A_MINUTE).await;
    for _ in 0..10 {
        Badge::find("a".to_owned()).one(&dbs).await.unwrap();
    }
    for round in 0..5 {
        let tx = dbs.people.begin().await.unwrap();
        tx.batch("LOCK TABLE badges").await.unwrap();
        let blocked = join_all((0..2).map(|_| Badge::find("a".to_owned()).one(&dbs)));
        let holder = async {
            eventually("they wait for the lock", async || !at_the_lock(&db).await.is_empty()).await;
            for id in 0..20 {
                assert_eq!(soon(Person::find(id).one(&dbs)).await.unwrap().id, id);
            }
            soon(store(&dbs, 1_000 + round)).await.unwrap();
            tx.commit().await.unwrap();
        };
        let (blocked, ()) = soon(join(blocked, holder)).await;
        blocked.into_iter().for_each(|row| assert_eq!(row.unwrap().person_id, 1));
    }
    assert_eq!(proxy.cancels(), 0);
}

/// A connection prepares a statement before it sends it, and the server waits for a lock on its table already then.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_waits_behind_what_cannot_be_prepared() {
    let Fixture { db, dbs, proxy: _proxy } = people(2, Duration::from_secs(3)).await;
    for _ in 0..20 {
        Badge::find("a".to_owned()).one(&dbs).await.unwrap();
    }
    // The one on which all of this is known, and one that has prepared nothing.
    let (known, new) = (dbs.people.connection().await.unwrap(), dbs.people.connection().await.unwrap());
    let locker = db.connect().await;
    locker.batch_execute("BEGIN; LOCK TABLE badges").await.unwrap();
    let held_up = tokio::spawn({
        let dbs = dbs.clone();
        async move { Badge::find("a".to_owned()).one(&dbs).await }
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    let release = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        drop(new);
        eventually("one waits for the lock", async || !at_the_lock(&db).await.is_empty()).await;
        drop(known);
    };
    let finds = join_all((0..8).map(|id| Person::find(id).one(&dbs)));
    let (found, ()) = soon(join(finds, release)).await;
    for (found, id) in found.into_iter().zip(0..) {
        assert_eq!(found.unwrap().id, id);
    }
    locker.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(soon(held_up).await.unwrap().unwrap().person_id, 1);
}

/// A result of 20 MB arrives for some seconds: nobody waits for it but who asked for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn finds_while_a_large_result_arrives() {
    let Fixture { db, proxy, dbs } = people(4, HALF_A_MINUTE).await;
    db.batch("INSERT INTO badges SELECT 'b' || n, 1 FROM generate_series(1, 100) AS n").await;
    proxy.limit(5_000_000);
    let large = || -> Expr<Badge, String, NotNull> { sql("repeat(code, 100000)").expression() };
    for _ in 0..2 {
        let arrived = Arc::new(AtomicBool::new(false));
        let transfer = tokio::spawn({
            let (dbs, arrived) = (dbs.clone(), Arc::clone(&arrived));
            async move {
                let began = Instant::now();
                let rows = Badge::query().select(large()).all(&dbs).await;
                arrived.store(true, Ordering::SeqCst);
                rows.map(|rows| (rows.iter().map(String::len).sum::<usize>(), began.elapsed()))
            }
        });
        let (mut slowest, mut found) = (Duration::ZERO, 0);
        while !arrived.load(Ordering::SeqCst) {
            let began = Instant::now();
            for row in soon(join_all((0..16).map(|n| Person::find(n).one(&dbs)))).await {
                row.unwrap();
            }
            slowest = slowest.max(began.elapsed());
            found += 16;
        }
        let (bytes, took) = transfer.await.unwrap().unwrap();
        assert!(bytes > 20_000_000, "{bytes}");
        assert!(
            slowest < took / 3,
            "the slowest of {found} finds took {slowest:?} of the {took:?} for 20 MB"
        );
    }
    assert_eq!(proxy.cancels(), 0);
}

/// A slow network is no slow server: nothing is late, nothing is cancelled, no connection is thrown away.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_round_trip_of_80_milliseconds() {
    const TASKS: i64 = 2;
    const EACH: i64 = 15;
    let Fixture { db, proxy, dbs } = people(10, HALF_A_MINUTE).await;
    soon(dbs.close()).await;
    proxy.round_trip(Duration::from_millis(80));
    let dbs = databases(proxy.url(), |connection| connection);
    let opened = proxy.connections();
    let executors = AtomicUsize::new(0);
    let tasks = (0..TASKS).map(|task| {
        let dbs = &dbs;
        let executors = &executors;
        async move {
            for n in 0..EACH {
                let id = task * EACH + n;
                assert_eq!(Person::find(id).one(dbs).await.unwrap().id, id);
                executors.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    soon(join_all(tasks)).await;
    let opened = proxy.connections() - opened;
    assert!(opened <= 3, "{opened} connections for {TASKS} tasks");
    assert_eq!(proxy.cancels(), 0);
    assert!(connections_to(&db).await <= 3);
}

/// Nobody asks for anything to be cancelled as long as every caller waits for its answers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_to_cancel_as_a_matter_of_routine() {
    let Fixture { db, proxy, dbs } = people(6, HALF_A_MINUTE).await;
    let tasks = (0..40_i64).map(|task| {
        let dbs = dbs.clone();
        tokio::spawn(async move {
            for n in 0..12 {
                match (task + n) % 6 {
                    0 => drop(slow_read(&dbs).await?),
                    1 => drop(Person::query().all(&dbs).await?),
                    2 => drop(Person::find(n).update().set(Person::NAME, "changed").execute(&dbs).await?),
                    3 => drop(People::sql::<bool>("SELECT pg_sleep(0.06) IS NULL").one(&dbs).await?),
                    4 => store(&dbs, 1_000 + task * 100 + n).await?,
                    _ => drop(Person::find(n).one(&dbs).await?),
                }
            }
            Ok::<_, Error>(())
        })
    });
    for task in soon(join_all(tasks)).await {
        task.unwrap().unwrap();
    }
    assert_eq!(proxy.cancels(), 0, "requests to cancel");
    assert!(proxy.connections() <= 6, "{} connections were opened in all", proxy.connections());
    assert_eq!(ask::<i64>(&db, "SELECT count(*) FROM people WHERE id >= 1000").await, 80);
}

type Job = fn(Databases, bool, i64) -> BoxFuture<'static, Result<(), Error>>;

/// Runs a statement of that many milliseconds, shared or on a connection of its own.
macro_rules! sleeping {
    ($seconds:literal) => {
        |dbs, exclusive, _| {
            async move {
                let sleep: Expr<Badge, i64, NotNull> =
                    sql(concat!("(SELECT person_id FROM pg_sleep(", $seconds, "))")).expression();
                let query = Badge::query().select(sleep);
                if exclusive {
                    query.one(dbs.people.exclusive()).await.map(drop)
                } else {
                    query.one(&dbs).await.map(drop)
                }
            }
            .boxed()
        }
    };
}

/// How many a second were done by so many tasks, and how long the slowest took.
async fn measure(
    dbs: &Databases,
    exclusive: bool,
    tasks: i64,
    job: Job,
    next: &AtomicUsize,
) -> (f64, Duration) {
    let until = Instant::now() + Duration::from_millis(700);
    let began = Instant::now();
    let tasks = (0..tasks).map(|_| async {
        let (mut done, mut slowest) = (0_u32, Duration::ZERO);
        while Instant::now() < until {
            let began = Instant::now();
            let id = next.fetch_add(1, Ordering::Relaxed).try_into().unwrap();
            job(dbs.clone(), exclusive, id).await.unwrap();
            slowest = slowest.max(began.elapsed());
            done += 1;
        }
        (done, slowest)
    });
    let done = soon(join_all(tasks)).await;
    let sum: u32 = done.iter().map(|(done, _)| done).sum();
    (f64::from(sum) / began.elapsed().as_secs_f64(), done.iter().map(|(_, slowest)| *slowest).max().unwrap())
}

/// The pool does at least this part of what a connection to each statement does, and its slowest is not much slower:
/// in the best of some rounds, as the machine may be busy with something else in any of them.
async fn is_no_slower(what: &str, dbs: &Databases, tasks: i64, job: Job) {
    const PART: f64 = 0.8;
    let next = AtomicUsize::new(10_000);
    measure(dbs, true, tasks, job, &next).await;
    measure(dbs, false, tasks, job, &next).await;
    let mut seen = Vec::new();
    for _ in 0..6 {
        let (alone, slowest_alone) = measure(dbs, true, tasks, job, &next).await;
        let (shared, slowest) = measure(dbs, false, tasks, job, &next).await;
        seen.push(format!(
            "{:.2} of {alone:.0}/s, slowest {slowest:?} beside {slowest_alone:?}",
            shared / alone
        ));
        if shared >= alone * PART && slowest < slowest_alone * 3 {
            return;
        }
    }
    panic!("{what} with {tasks} tasks, beside a connection to each: {seen:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn statements_of_some_milliseconds_are_no_slower() {
    let Fixture { db, .. } = people(10, HALF_A_MINUTE).await;
    let dbs = databases(db.url(), |connection| connection);
    is_no_slower("statements of 5 ms", &dbs, 64, sleeping!("0.005")).await;
    is_no_slower("statements of 20 ms", &dbs, 64, sleeping!("0.02")).await;
    is_no_slower("statements of 65 ms", &dbs, 64, sleeping!("0.065")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn statements_of_20_milliseconds_on_many_connections_are_no_slower() {
    let Fixture { db, .. } = people(10, HALF_A_MINUTE).await;
    let dbs = databases(db.url(), |connection| connection.max_size(30));
    is_no_slower("statements of 20 ms on 30 connections", &dbs, 64, sleeping!("0.02")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reads_that_keep_a_processor_busy_are_no_slower() {
    let Fixture { db, .. } = people(10, HALF_A_MINUTE).await;
    let dbs = databases(db.url(), |connection| connection.max_size(4));
    is_no_slower("reads that keep a processor busy", &dbs, 16, |dbs, exclusive, _| {
        async move {
            let work: Expr<Badge, i64, NotNull> =
                sql("(SELECT sum(n) FROM generate_series(1, 20000) AS n)::bigint").expression();
            let query = Badge::query().select(work);
            if exclusive { query.one(dbs.people.exclusive()).await } else { query.one(&dbs).await }.map(drop)
        }
        .boxed()
    })
    .await;
}

/// Commits that wait one behind the other are not written together.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn single_inserts_on_a_durable_server_are_no_slower() {
    let server = ScratchServer::durable();
    let db = people_on(&server.server()).await;
    let dbs = databases(db.url(), |connection| connection);
    for tasks in [8, 64] {
        is_no_slower("single inserts", &dbs, tasks, |dbs, exclusive, _| {
            async move {
                static NEXT: AtomicUsize = AtomicUsize::new(0);
                let id = NEXT.fetch_add(1, Ordering::Relaxed).try_into().unwrap();
                let insert = Person::insert(person(id));
                let stored = if exclusive {
                    insert.execute(dbs.people.exclusive()).await
                } else {
                    insert.execute(&dbs).await
                };
                stored.map(drop)
            }
            .boxed()
        })
        .await;
    }
}

/// SQL of the program's own, which never shares, may have all connections.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn raw_sql_may_have_every_connection() {
    let Fixture { db, dbs, proxy: _proxy } = people(6, HALF_A_MINUTE).await;
    let locker = db.connect().await;
    locker.batch_execute("BEGIN; LOCK TABLE badges").await.unwrap();
    let waiting: Vec<_> = (0..6)
        .map(|_| {
            let dbs = dbs.clone();
            tokio::spawn(async move { People::sql::<i64>("SELECT count(*) FROM badges").one(&dbs).await })
        })
        .collect();
    eventually("all six are under way", async || at_the_lock(&db).await.len() == 6).await;
    locker.batch_execute("ROLLBACK").await.unwrap();
    for waiting in waiting {
        assert_eq!(soon(waiting).await.unwrap().unwrap(), 1);
    }
}
