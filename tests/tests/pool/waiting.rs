//! Waiting for a connection: for no longer than was said, and in turn.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use futures_util::{
    FutureExt,
    future::{BoxFuture, join_all, poll_immediate},
};
use ormgen_runtime::{
    Error, Expr, NotNull, Retries, TransactionOptions, config::ConnectionConfig, functions::sql, prelude::*,
};
use ormgen_tests::{
    dice::Dice,
    generated::visits::{
        Databases,
        people::{People, Person},
    },
    people::{databases, people_on, person, store},
    proxy::Proxy,
    server::{ScratchServer, TestDb, server},
};

use crate::support::{ask, connections_to, eventually, soon};

type Done = Result<(), Error>;
type Call = fn(Databases, i64) -> BoxFuture<'static, Done>;

/// Every sort of call that takes a connection; the number is that of a person of its own.
const CALLS: [Call; 11] = [
    |dbs, _| async move { Person::find(1).one(&dbs).await.map(drop) }.boxed(),
    |dbs, _| async move { Person::query().count(&dbs).await.map(drop) }.boxed(),
    |dbs, _| async move { Person::query().with(Person::BADGES).all(&dbs).await.map(drop) }.boxed(),
    |dbs, id| async move { Person::insert(person(id)).one(&dbs).await.map(drop) }.boxed(),
    |dbs, id| async move { Person::insert_many([person(id)]).execute(&dbs).await.map(drop) }.boxed(),
    |dbs, _| {
        async move { Person::find(1).update().set(Person::NAME, "p1").execute(&dbs).await.map(drop) }.boxed()
    },
    |dbs, _| {
        async move { People::sql::<i64>("SELECT count(*) FROM people").one(&dbs).await.map(drop) }.boxed()
    },
    |dbs, _| async move { Person::query().stream(&dbs).await.map(drop) }.boxed(),
    |dbs, _| async move { dbs.people.connection().await.map(drop) }.boxed(),
    |dbs, id| {
        async move {
            dbs.people.transaction(async |tx| Person::insert(person(id)).execute(tx).await.map(drop)).await
        }
        .boxed()
    },
    |dbs, _| async move { Person::find(1).one(dbs.people.exclusive()).await.map(drop) }.boxed(),
];

async fn people(settings: impl Fn(ConnectionConfig) -> ConnectionConfig) -> (TestDb, Databases) {
    let db = people_on(&server(1)).await;
    let dbs = databases(db.url(), settings);
    Person::insert_many((0..10).map(person)).execute(&dbs).await.unwrap();
    (db, dbs)
}

/// Calls of every sort, while there is no connection: each ends at the time that was set, none later.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acquire_timeout_is_the_longest_wait() {
    let timeout = Duration::from_secs(2);
    let (_db, dbs) = people(|connection| connection.max_size(2).acquire_timeout(timeout)).await;
    let held = (dbs.people.connection().await.unwrap(), dbs.people.begin().await.unwrap());
    let calls = CALLS.iter().cycle().zip(100..200).map(|(call, id)| {
        let call = call(dbs.clone(), id);
        async {
            let began = Instant::now();
            (call.await, began.elapsed())
        }
    });
    for (done, waited) in soon(join_all(calls)).await {
        let error = done.unwrap_err();
        assert!(matches!(error, Error::PoolTimeout { waited, .. } if waited == timeout), "{error}");
        assert!(waited >= timeout && waited < timeout * 4, "it waited for {waited:?}");
    }
    drop(held);
    soon(Person::find(1).one(&dbs)).await.unwrap();
}

/// A server that takes connections and never answers: connecting is a part of the wait.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connecting_counts_as_waiting() {
    let timeout = Duration::from_secs(4);
    let db = people_on(&server(1)).await;
    let proxy = Proxy::before(db.url()).await;
    proxy.stall();
    let dbs = databases(proxy.url(), |connection| connection.max_size(3).acquire_timeout(timeout));
    let calls = CALLS.iter().cycle().zip(100..130).map(|(call, id)| {
        let call = call(dbs.clone(), id);
        async {
            let began = Instant::now();
            (call.await, began.elapsed())
        }
    });
    for (done, waited) in soon(join_all(calls)).await {
        let error = done.unwrap_err();
        assert!(matches!(error, Error::PoolTimeout { .. } | Error::Connect { .. }), "{error}");
        // Not twice: first for a place, then for the server.
        assert!(waited < timeout * 2 - Duration::from_millis(300), "it waited for {waited:?}: {error}");
    }
    proxy.resume();
    eventually("the pool works", async || store(&dbs, 1).await.is_ok()).await;
}

/// A server that is far away: those who wait get no connection in time, and those who come later do.
#[tokio::test]
async fn connecting_takes_longer_than_callers_wait() {
    let db = people_on(&server(1)).await;
    let proxy = Proxy::before(db.url()).await;
    proxy.round_trip(Duration::from_millis(150));
    let dbs = databases(proxy.url(), |connection| connection.acquire_timeout(Duration::from_millis(400)));
    let error = store(&dbs, 1).await.unwrap_err();
    assert!(matches!(error, Error::Connect { .. }), "{error}");
    let began = Instant::now();
    eventually("the pool has a connection", async || store(&dbs, 1).await.is_ok()).await;
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
}

/// A connection that is lost in the meantime starts no wait anew.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wait_is_not_begun_anew() {
    let timeout = Duration::from_secs(4);
    let db = people_on(&server(1)).await;
    let proxy = Proxy::before(db.url()).await;
    let dbs = databases(proxy.url(), |connection| connection.max_size(1).acquire_timeout(timeout));
    let held = dbs.people.connection().await.unwrap();
    let began = Instant::now();
    let waiting = tokio::spawn({
        let dbs = dbs.clone();
        async move { store(&dbs, 100).await }
    });
    tokio::time::sleep(Duration::from_secs(2)).await;
    // It comes back broken, and whoever opens another one gets no answer.
    proxy.cut();
    proxy.stall();
    drop(held);
    let done = soon(waiting).await.unwrap();
    let waited = began.elapsed();
    proxy.resume();
    let error = done.unwrap_err();
    assert!(
        matches!(error, Error::PoolTimeout { .. } | Error::Connect { .. } | Error::ConnectionLost { .. }),
        "{error}"
    );
    assert!(waited < timeout + Duration::from_millis(1_700), "it waited for {waited:?}: {error}");
}

/// The time is for waiting, not for work: what runs is not stopped, however many others wait.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_runs_is_not_stopped_for_what_waits() {
    let db = people_on(&server(1)).await;
    let proxy = Proxy::before(db.url()).await;
    let timeout = Duration::from_secs(1);
    let dbs = databases(proxy.url(), |connection| connection.max_size(2).acquire_timeout(timeout));
    store(&dbs, 1).await.unwrap();
    let held = dbs.people.connection().await.unwrap();
    let slow: Expr<Person, i32, NotNull> = sql("(SELECT 1 FROM pg_sleep(4))").expression();
    let runs = tokio::spawn({
        let dbs = dbs.clone();
        async move { Person::query().select(slow).one(&dbs).await }
    });
    const SLEEPING: &str = "SELECT count(*) FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event = 'PgSleep'";
    eventually("it runs", async || ask::<i64>(&db, SLEEPING).await == 1).await;
    let waiting = CALLS.iter().zip(100..).map(|(call, id)| call(dbs.clone(), id));
    let began = Instant::now();
    for done in soon(join_all(waiting)).await {
        if let Err(error) = done {
            assert!(matches!(error, Error::PoolTimeout { .. }), "{error}");
        }
    }
    assert!(began.elapsed() < timeout * 10, "those who wait a second waited for {:?}", began.elapsed());
    assert_eq!(soon(runs).await.unwrap().unwrap(), 1);
    assert_eq!(proxy.cancels(), 0, "nobody asked for it to be stopped");
    drop(held);
}

/// First come, first served.
#[tokio::test]
async fn those_who_wait_are_served_in_turn() {
    let (_db, dbs) = people(|connection| connection.max_size(1)).await;
    let held = dbs.people.connection().await.unwrap();
    let served = Arc::new(Mutex::new(Vec::new()));
    let write = |number: i64| {
        let (dbs, served) = (dbs.clone(), Arc::clone(&served));
        async move {
            match number % 3 {
                0 => store(&dbs, 100 + number).await.unwrap(),
                1 => {
                    let tx = dbs.people.begin().await.unwrap();
                    Person::insert(person(100 + number)).execute(&tx).await.unwrap();
                    tx.commit().await.unwrap();
                }
                _ => {
                    let insert = People::sql("INSERT INTO people VALUES ($1, 'by SQL')");
                    insert.bind(100 + number).execute(&dbs).await.unwrap();
                }
            }
            served.lock().unwrap().push(number);
        }
    };
    let mut waiting: Vec<_> = (0..30).map(|number| Box::pin(write(number))).collect();
    for write in &mut waiting {
        assert!(poll_immediate(write).await.is_none());
        tokio::task::yield_now().await;
    }
    drop(held);
    // It comes when the connection is free, and others have waited for it.
    let newcomer = write(30);
    soon(async { tokio::join!(newcomer, join_all(waiting)) }).await;
    let served = served.lock().unwrap().clone();
    assert_eq!(served, (0..31).collect::<Vec<_>>());
}

/// Some of those who wait go away, also just when it is their turn: the next one is served.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_goes_away_while_waiting_takes_nothing_along() {
    let (_db, dbs) =
        people(|connection| connection.max_size(2).acquire_timeout(Duration::from_secs(30))).await;
    let mut dice = Dice::new(11);
    for _ in 0..60 {
        let held = (dbs.people.connection().await.unwrap(), dbs.people.connection().await.unwrap());
        let mut waiting: Vec<_> =
            (0..8).map(|n| CALLS[(n + dice.roll(2) as usize) % 3](dbs.clone(), 0)).collect();
        for call in &mut waiting {
            assert!(poll_immediate(call).await.is_none());
        }
        drop(held);
        let mut left = Vec::new();
        for mut call in waiting {
            let through = dice.once_in(3) && poll_immediate(&mut call).await.is_some();
            if !through && dice.once_in(2) {
                left.push(call);
            }
        }
        for done in soon(join_all(left)).await {
            done.unwrap();
        }
    }
    assert!(dbs.people.size() <= 2);
}

/// A pool that is closed while others wait: each is told, and what is at work goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closing_answers_everyone() {
    let (db, dbs) =
        people(|connection| connection.max_size(2).acquire_timeout(Duration::from_secs(600))).await;
    let (held, tx) = soon(async { tokio::join!(dbs.people.connection(), dbs.people.begin()) }).await;
    let (held, tx) = (held.unwrap(), tx.unwrap());
    let mut waiting: Vec<_> =
        CALLS.iter().cycle().zip(100..150).map(|(call, id)| call(dbs.clone(), id)).collect();
    for call in &mut waiting {
        assert!(poll_immediate(call).await.is_none());
    }
    let closing = tokio::spawn({
        let dbs = dbs.clone();
        async move {
            dbs.people.close().await;
        }
    });
    for done in soon(join_all(waiting)).await {
        let error = done.unwrap_err();
        assert!(matches!(error, Error::PoolClosed { .. }), "{error}");
    }
    for call in CALLS {
        let error = soon(call(dbs.clone(), 200)).await.unwrap_err();
        assert!(matches!(error, Error::PoolClosed { .. }), "{error}");
    }
    assert!(!closing.is_finished());
    soon(Person::insert(person(300)).execute(&tx)).await.unwrap();
    soon(tx.commit()).await.unwrap();
    assert_eq!(soon(Person::find(300).one(&held)).await.unwrap().id, 300);
    drop(held);
    soon(closing).await.unwrap();
    eventually("none is left", async || connections_to(&db).await == 0).await;
}

/// A pool of one connection: everything works on it, alone and all at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_connection_is_enough_for_everything() {
    let (db, dbs) = people(|connection| connection.max_size(1)).await;
    for (call, id) in CALLS.iter().zip(100..) {
        soon(call(dbs.clone(), id)).await.unwrap();
    }
    let calls = CALLS.iter().cycle().zip(200..400).map(|(call, id)| tokio::spawn(call(dbs.clone(), id)));
    for done in soon(join_all(calls)).await {
        done.unwrap().unwrap();
    }
    let retried = dbs.people.retry(TransactionOptions::new(), Retries::new(3), async |tx| {
        tx.savepoint(async |savepoint| Person::insert(person(500)).execute(savepoint).await).await?;
        let mut found = 0;
        for id in 0..10 {
            found += Person::find(id).optional(tx).await?.map_or(0, |_| 1);
        }
        Ok(found)
    });
    assert_eq!(soon(retried).await.unwrap(), 10);
    assert!(dbs.people.size() <= 1 && connections_to(&db).await <= 1);
    soon(dbs.close()).await;
    eventually("none is left", async || connections_to(&db).await == 0).await;
}

/// Never more connections than were allowed, whatever the work.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn max_size_counts_all() {
    const MOST: i64 = 5;
    let (db, dbs) = people(|connection| connection.max_size(MOST as usize)).await;
    let calls: Vec<_> =
        CALLS.iter().cycle().zip(100..900).map(|(call, id)| tokio::spawn(call(dbs.clone(), id))).collect();
    let mut most = 0;
    while !calls.iter().all(tokio::task::JoinHandle::is_finished) {
        assert!(dbs.people.size() <= MOST as usize);
        let mut now = connections_to(&db).await;
        // A connection that was closed may be at the server for a moment beside the one in its place.
        if now > MOST {
            tokio::time::sleep(Duration::from_millis(200)).await;
            now = connections_to(&db).await;
        }
        most = most.max(now);
    }
    for call in calls {
        call.await.unwrap().unwrap();
    }
    // Transactions alone can have them all: none is kept for anything else.
    let all = soon(join_all((0..MOST).map(|_| dbs.people.begin()))).await;
    let all: Vec<_> = all.into_iter().map(Result::unwrap).collect();
    assert_eq!(dbs.people.size(), MOST as usize);
    eventually("the server has these alone", async || connections_to(&db).await == MOST).await;
    assert!(most <= MOST, "{most} connections");
    drop(all);
    // And so can statements, one each where each takes long.
    let slow = || -> Expr<Person, i32, NotNull> { sql("(SELECT 1 FROM pg_sleep(1))").expression() };
    let slow = (0..MOST).map(|_| Person::query().limit(1).select(slow()).one(dbs.people.exclusive()));
    soon(join_all(slow)).await.into_iter().for_each(|done| assert_eq!(done.unwrap(), 1));
}

/// A server that refuses further connections: those that there are serve everyone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_with_fewer_connections_than_the_pool_wants() {
    let server = ScratchServer::start_with(&["max_connections = 8", "superuser_reserved_connections = 0"]);
    let db = people_on(&server.server()).await;
    let dbs = databases(db.url(), |connection| connection.max_size(20));
    Person::insert_many((0..10).map(person)).execute(&dbs).await.unwrap();
    // Others have the rest.
    let mut others = Vec::new();
    while others.len() < 5 {
        others.push(db.connect().await);
    }
    let calls = CALLS.iter().cycle().zip(100..300).map(|(call, id)| tokio::spawn(call(dbs.clone(), id)));
    let mut served = 0;
    for done in soon(join_all(calls)).await {
        match done.unwrap() {
            Ok(()) => served += 1,
            Err(error) => assert!(matches!(error, Error::Connect { .. }), "{error}"),
        }
    }
    assert!(served > 0);
    drop(others);
    eventually("all are served again", async || {
        let calls = CALLS.iter().take(3).cycle().take(60).map(|call| call(dbs.clone(), 0));
        join_all(calls).await.iter().all(Result::is_ok)
    })
    .await;
}

/// What is under way when the pool is closed is answered, and closing waits for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closing_waits_for_what_is_under_way() {
    let (db, dbs) = people(|connection| connection.max_size(3)).await;
    let locker = db.connect().await;
    locker.batch_execute("BEGIN; LOCK TABLE people").await.unwrap();
    let under_way = tokio::spawn({
        let dbs = dbs.clone();
        async move { tokio::join!(store(&dbs, 100), Person::find(1).one(&dbs)) }
    });
    const WAITING: &str = "SELECT count(*) FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event_type = 'Lock'";
    eventually("both wait for the lock", async || ask::<i64>(&db, WAITING).await == 2).await;
    let closing = tokio::spawn({
        let dbs = dbs.clone();
        async move {
            dbs.close().await;
        }
    });
    eventually("no more is taken", async || {
        let late = dbs.people.connection().await;
        matches!(late, Err(Error::PoolClosed { .. }))
    })
    .await;
    assert!(!closing.is_finished() && !under_way.is_finished());
    locker.batch_execute("COMMIT").await.unwrap();
    let (stored, found) = soon(under_way).await.unwrap();
    stored.unwrap();
    assert_eq!(found.unwrap().id, 1);
    soon(closing).await.unwrap();
    drop(locker);
    eventually("none is left", async || connections_to(&db).await == 0).await;
    assert_eq!(dbs.people.size(), 0);
}

/// Hundreds of tasks on few connections, one of which somebody keeps: each gets what it asked for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_number_of_tasks_on_few_connections() {
    let (db, dbs) = people(|connection| connection.max_size(3)).await;
    let held = dbs.people.connection().await.unwrap();
    let tasks = (0..200_i64).map(|task| {
        let dbs = dbs.clone();
        tokio::spawn(async move {
            for n in 0..10 {
                let id = (task * 7 + n) % 10;
                let row = Person::find(id).one(&dbs).await.unwrap();
                assert_eq!((row.id, row.name), (id, format!("p{id}")));
                store(&dbs, 1_000 + task * 10 + n).await.unwrap();
            }
        })
    });
    for task in soon(join_all(tasks)).await {
        task.unwrap();
    }
    assert!(connections_to(&db).await <= 3 && dbs.people.size() <= 3);
    drop(held);
    assert_eq!(ask::<i64>(&db, "SELECT count(*) FROM people WHERE id >= 1000").await, 2_000);
}

/// Connections that reach their age are replaced while everyone is at work: nobody notices.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_grow_old_at_work() {
    let (db, dbs) = people(|connection| {
        connection.max_size(2).idle_timeout(None).max_lifetime(Duration::from_millis(400))
    })
    .await;
    let mut pids = std::collections::BTreeSet::new();
    soon(async {
        while pids.len() < 5 {
            let pid = || -> Expr<Person, i32, NotNull> { sql("pg_backend_pid()").expression() };
            let asked = (0..20).map(|_| Person::query().limit(1).select(pid()).one(&dbs));
            pids.extend(join_all(asked).await.into_iter().map(Result::unwrap));
            assert!(dbs.people.size() <= 2);
        }
    })
    .await;
    eventually("none is left", async || connections_to(&db).await == 0).await;
}

/// A statement on `exclusive()` has nobody behind it, whatever it is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_exclusive_has_a_connection_to_itself() {
    let timeout = Duration::from_secs(2);
    let (db, dbs) = people(|connection| connection.max_size(2).acquire_timeout(timeout)).await;
    let pid = || -> Expr<Person, i32, NotNull> { sql("pg_backend_pid()").expression() };
    let held = dbs.people.connection().await.unwrap();
    let own = Person::query().limit(1).select(pid()).one(&held).await.unwrap();
    let other = Person::query().limit(1).select(pid()).one(dbs.people.exclusive()).await.unwrap();
    assert_ne!(own, other);
    let locker = db.connect().await;
    locker.batch_execute("BEGIN; LOCK TABLE badges").await.unwrap();
    let blocked = tokio::spawn({
        let dbs = dbs.clone();
        async move { ormgen_tests::generated::visits::people::Badge::query().count(dbs.people.exclusive()).await }
    });
    const WAITING: &str = "SELECT count(*) FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event_type = 'Lock'";
    eventually("it waits for the lock", async || ask::<i64>(&db, WAITING).await == 1).await;
    let error = soon(Person::find(1).one(&dbs)).await.unwrap_err();
    assert!(matches!(error, Error::PoolTimeout { .. }), "{error}");
    locker.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(soon(blocked).await.unwrap().unwrap(), 0);
    drop(held);
}
