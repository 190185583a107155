//! Writes that wait together are committed together, where that was asked for.

use std::{collections::BTreeSet, time::Duration};

use futures_util::{
    FutureExt,
    future::{join_all, poll_immediate},
};
use ormgen_runtime::{Error, config::ConnectionConfig, prelude::*};
use ormgen_tests::{
    dice::Dice,
    generated::{
        keyed::{
            self,
            keys::{ByChoosy, NewByChoosy},
        },
        shop::crm::Customer,
        visits::{
            Databases,
            people::{Badge, NewBadge, NewPerson, Person},
        },
    },
    keys::Choosy,
    people::{databases, people_on, person, store},
    server::{ScratchServer, TestDb, server},
};

use crate::support::{Shop, ask, customer, eventually, soon};

const TASKS: i64 = 64;

async fn people(settings: impl Fn(ConnectionConfig) -> ConnectionConfig) -> (TestDb, Databases) {
    let db = people_on(&server(1)).await;
    let dbs = databases(db.url(), |connection| settings(connection.max_size(1)));
    Person::insert_many((0..100).map(person)).execute(&dbs).await.unwrap();
    (db, dbs)
}

/// Has all of these wait for the only connection before the first one gets it. Each sort of write is run once before.
async fn together<T>(dbs: &Databases, writes: impl IntoIterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let known = Person::insert(person(999_999)).one(dbs).await.unwrap();
    store(dbs, 999_998).await.unwrap();
    known.update().set(Person::NAME, "known").execute(dbs).await.unwrap();
    Person::find(999_999).delete().execute(dbs).await.unwrap();
    Person::find(999_998).delete().execute(dbs).await.unwrap();
    let held = dbs.people.connection().await.unwrap();
    let release = async {
        tokio::task::yield_now().await;
        drop(held);
    };
    soon(async { tokio::join!(join_all(writes), release) }).await.0
}

/// How many transactions stored these rows.
async fn transactions(db: &TestDb, least: i64) -> i64 {
    let client = db.connect().await;
    let count = "SELECT count(DISTINCT xmin::text) FROM people WHERE id >= $1";
    client.query_one(count, &[&least]).await.unwrap().get(0)
}

#[tokio::test]
async fn inserts_that_wait_together_are_one_transaction() {
    let (db, dbs) = people(|connection| connection.group_commit(true)).await;
    // Once before, so that it is prepared.
    Person::insert(person(999)).one(&dbs).await.unwrap();
    let rows = together(&dbs, (1_000..1_000 + TASKS).map(|id| Person::insert(person(id)).one(&dbs))).await;
    for (id, row) in (1_000..).zip(rows) {
        let row = row.unwrap();
        assert_eq!((row.id, row.name), (id, format!("p{id}")));
    }
    let transactions = transactions(&db, 1_000).await;
    assert!(transactions * 4 <= TASKS, "{transactions} transactions for {TASKS} rows");
}

/// The first of a program's life as well: all of these are asked for before the server has read such a statement.
#[tokio::test]
async fn a_write_that_was_never_run_is_one_of_many() {
    let (db, dbs) = people(|connection| connection.group_commit(true)).await;
    let held = dbs.people.connection().await.unwrap();
    let release = async {
        tokio::task::yield_now().await;
        drop(held);
    };
    let inserts = join_all((1_000..1_000 + TASKS).map(|id| Person::insert(person(id)).one(&dbs)));
    let (rows, ()) = soon(async { tokio::join!(inserts, release) }).await;
    for (id, row) in (1_000..).zip(rows) {
        assert_eq!(row.unwrap().id, id);
    }
    let transactions = transactions(&db, 1_000).await;
    assert!(transactions * 4 <= TASKS, "{transactions} transactions for {TASKS} rows");
}

/// It is nobody's who did not ask for it: then each has a transaction of its own.
#[tokio::test]
async fn only_on_request() {
    let (db, dbs) = people(|connection| connection).await;
    for done in together(&dbs, (1_000..1_000 + TASKS).map(|id| store(&dbs, id))).await {
        done.unwrap();
    }
    assert_eq!(transactions(&db, 1_000).await, TASKS);
    // For one call.
    let pool = &dbs.people;
    let inserts = (2_000..2_000 + TASKS).map(|id| Person::insert(person(id)).execute(pool.group_commit()));
    for done in together(&dbs, inserts).await {
        done.unwrap();
    }
    let transactions = transactions(&db, 2_000).await;
    assert!(transactions * 4 <= TASKS, "{transactions} transactions for {TASKS} rows");
}

/// What is alone is committed alone, at once.
#[tokio::test]
async fn what_is_alone_is_alone() {
    let (db, dbs) = people(|connection| connection.group_commit(true)).await;
    for id in 1_000..1_020 {
        store(&dbs, id).await.unwrap();
    }
    assert_eq!(transactions(&db, 1_000).await, 20);
}

/// Inserts, updates and deletes by key, mixed: each caller is told its own result.
#[tokio::test]
async fn each_is_told_its_own_result() {
    let (db, dbs) = people(|connection| connection.group_commit(true)).await;
    let dbs_ref = &dbs;
    let writes = (0..100_i64).map(|n| {
        async move {
            match n % 4 {
                // Half of them are there.
                0 => {
                    Person::find(n * 2)
                        .update()
                        .set(Person::NAME, format!("changed {n}"))
                        .execute(dbs_ref)
                        .await
                }
                1 => Person::find(n * 2).delete().execute(dbs_ref).await,
                2 => Person::insert(person(1_000 + n)).execute(dbs_ref).await,
                _ => {
                    Person::insert(person(1_000 + n)).returning(Person::NAME).one(dbs_ref).await.map(|name| {
                        assert_eq!(name, format!("p{}", 1_000 + n));
                        1
                    })
                }
            }
        }
        .boxed()
    });
    let done = together(&dbs, writes).await;
    let client = db.connect().await;
    for (n, done) in (0..120_i64).zip(done) {
        let (id, done) = (n * 2, done.unwrap());
        match n % 4 {
            0 => {
                let name = client.query_opt("SELECT name FROM people WHERE id = $1", &[&id]).await.unwrap();
                assert_eq!(done, u64::from(name.is_some()), "{n}");
                assert!(name.is_none_or(|row| row.get::<_, String>(0).starts_with("changed ")));
            }
            1 => {
                assert_eq!(done, u64::from(id < 100), "{n}");
                assert!(
                    client.query_opt("SELECT FROM people WHERE id = $1", &[&id]).await.unwrap().is_none()
                );
            }
            _ => {
                let there =
                    client.query_opt("SELECT FROM people WHERE id = $1", &[&(1_000 + n)]).await.unwrap();
                assert!(done == 1 && there.is_some(), "{n}");
            }
        }
    }
}

/// Many changes of one row: none is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_of_the_same_row() {
    let shop = Shop::open_with(|connection| connection.max_size(2).group_commit(true)).await;
    Customer::insert(customer("Ada")).one(&shop.dbs).await.map(drop).unwrap();
    let tasks = (0..TASKS).map(|_| {
        let dbs = shop.dbs.clone();
        tokio::spawn(async move {
            for _ in 0..10 {
                let update = Customer::find(1).update().set(Customer::VISITS, Customer::VISITS + 1);
                assert_eq!(update.execute(&dbs).await.unwrap(), 1);
            }
        })
    });
    for task in soon(join_all(tasks)).await {
        task.unwrap();
    }
    let visits: i32 = ask(&shop.crm, "SELECT visits FROM customers").await;
    assert_eq!(i64::from(visits), TASKS * 10);
}

/// One of them fails: it alone is told so, and the others are stored, once.
#[tokio::test]
async fn one_that_fails_fails_alone() {
    let (db, dbs) = people(|connection| connection.group_commit(true)).await;
    for round in 0..4_i64 {
        let from = 1_000 * (round + 1);
        // There already; refers to nobody; a text that the server refuses.
        let bad = move |n: i64| n == 10 + round;
        let dbs = &dbs;
        let writes = (0..TASKS).map(|n| {
            async move {
                match (bad(n), round) {
                    (false, _) => store(dbs, from + n).await,
                    (true, 0) => store(dbs, 5).await,
                    (true, 1) => Badge::insert(NewBadge { code: "x".into(), person_id: -1 })
                        .execute(dbs)
                        .await
                        .map(drop),
                    (true, 2) => Person::insert(NewPerson { id: from + n, name: "a\0b".into() })
                        .execute(dbs)
                        .await
                        .map(drop),
                    // The same as another one of the group.
                    _ => store(dbs, from).await,
                }
            }
            .boxed()
        });
        let done = together(dbs, writes).await;
        let failed: Vec<_> = (0..).zip(&done).filter(|(_, done)| done.is_err()).map(|(n, _)| n).collect();
        let stored: i64 = {
            let client = db.connect().await;
            let sql = "SELECT count(*) FROM people WHERE id BETWEEN $1 AND $1 + 999";
            client.query_one(sql, &[&from]).await.unwrap().get(0)
        };
        assert_eq!(stored, TASKS - 1);
        match round {
            3 => assert!(failed == [0] || failed == [13], "{failed:?}"),
            _ => assert_eq!(failed, [10 + round], "round {round}"),
        }
        for (n, done) in (0..).zip(done) {
            let Err(error) = done else { continue };
            let own = match round {
                0 | 3 => matches!(error, Error::UniqueViolation(_)),
                1 => matches!(error, Error::ForeignKeyViolation(_)),
                _ => matches!(error, Error::ValueOutOfRange { .. }),
            };
            assert!(own, "round {round}, {n}: {error}");
        }
    }
}

/// What cannot be sent is no reason for the others to fail.
#[tokio::test]
async fn one_that_cannot_be_sent_fails_alone() {
    let db = server(1).create_database("keys").await;
    let schema = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/keys.sql");
    db.batch(&std::fs::read_to_string(schema).unwrap()).await;
    let connection = ConnectionConfig::new("keys", db.url()).max_size(1).group_commit(true);
    let dbs = keyed::Databases::lazy(vec![connection]).unwrap();
    let held = dbs.keys.connection().await.unwrap();
    let bad = |n: i32| n % 20 == 7;
    let writes = (0..64).map(|n| {
        let id = if bad(n) { String::new() } else { format!("k{n}") };
        ByChoosy::insert(NewByChoosy { id: Choosy(id), name: format!("c{n}") }).execute(&dbs)
    });
    let release = async {
        tokio::task::yield_now().await;
        drop(held);
    };
    let (done, ()) = soon(async { tokio::join!(join_all(writes), release) }).await;
    for (n, done) in (0..).zip(done) {
        assert_eq!(done.is_err(), bad(n), "{n}: {done:?}");
    }
    assert_eq!(ask::<i64>(&db, "SELECT count(*) FROM by_choosy").await, 61);
}

/// A constraint that is looked at when the transaction ends: the commit of all fails for one.
#[tokio::test]
async fn one_that_fails_at_the_commit_fails_alone() {
    let (db, dbs) = people(|connection| connection.group_commit(true)).await;
    db.batch("ALTER TABLE badges ALTER CONSTRAINT badges_person_id_fkey DEFERRABLE INITIALLY DEFERRED").await;
    let bad = |n: i64| n % 30 == 17;
    let badges = (0..TASKS).map(|n| {
        let person_id = if bad(n) { -1 } else { n };
        Badge::insert(NewBadge { code: format!("b{n}"), person_id }).execute(&dbs)
    });
    for (n, done) in (0..).zip(together(&dbs, badges).await) {
        match done {
            Ok(stored) => assert_eq!((stored, bad(n)), (1, false)),
            Err(error) => assert!(bad(n) && matches!(error, Error::ForeignKeyViolation(_)), "{n}: {error}"),
        }
    }
    let stored: i64 = ask(&db, "SELECT count(*) FROM badges").await;
    assert_eq!(stored, (0..TASKS).filter(|n| !bad(*n)).count() as i64);
}

/// Some callers go away: the others are told what became of theirs, which are stored once.
#[tokio::test]
async fn who_goes_away_takes_nothing_along() {
    let (db, dbs) = people(|connection| connection.group_commit(true)).await;
    let mut dice = Dice::new(5);
    for round in 0..20_i64 {
        let from = 1_000 * (round + 1);
        let held = dbs.people.connection().await.unwrap();
        let mut writes: Vec<_> = (0..TASKS).map(|n| (from + n, Box::pin(store(&dbs, from + n)))).collect();
        for (_, write) in &mut writes {
            assert!(poll_immediate(write).await.is_none());
        }
        drop(held);
        if round % 2 == 0 {
            tokio::time::sleep(Duration::from_micros(dice.roll(3_000))).await;
        }
        writes.retain(|_| !dice.once_in(3));
        let kept: Vec<i64> = writes.iter().map(|(id, _)| *id).collect();
        for done in soon(join_all(writes.into_iter().map(|(_, write)| write))).await {
            done.unwrap();
        }
        let client = db.connect().await;
        let sql = "SELECT id FROM people WHERE id BETWEEN $1 AND $1 + 999";
        let stored: BTreeSet<i64> =
            client.query(sql, &[&from]).await.unwrap().iter().map(|row| row.get(0)).collect();
        assert!(kept.iter().all(|id| stored.contains(id)), "of {} that were acknowledged", kept.len());
    }
}

/// Updates of the same few rows by many: groups that lock them in different orders would wait for each other in a circle,
/// until the bound on that undoes them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn groups_that_change_the_same_rows_lock_them_in_one_order() {
    const UPDATES: usize = 200;
    // Each holds its locks for a while.
    let scratch = ScratchServer::start_with(&["fsync = on", "commit_delay = 4000", "commit_siblings = 0"]);
    let db = people_on(&scratch.server()).await;
    let dbs = databases(db.url(), |connection| connection.max_size(6).group_commit(true));
    let rows = Person::insert_many((0..40).map(person)).all(&dbs).await.unwrap();
    let tasks = (0..TASKS).map(|task| {
        let (dbs, rows) = (dbs.clone(), rows.clone());
        tokio::spawn(async move {
            let mut dice = Dice::new(task as u64);
            for n in 0..UPDATES {
                let row = &rows[dice.roll(40) as usize];
                let name = format!("{} of task {task}", dice.roll(1_000) + n as u64);
                assert_eq!(row.update().set(Person::NAME, name).execute(&dbs).await.unwrap(), 1);
            }
        })
    });
    for done in soon(join_all(tasks)).await {
        done.unwrap();
    }
    let log = scratch.log();
    let undone = log.matches("due to lock timeout").count() + log.matches("deadlock detected").count();
    // On a busy machine somebody may hold a lock for longer than a group waits.
    assert!(undone <= 10, "{undone} groups were undone");
}

/// A server that crashes in the middle: what was acknowledged is there, and nothing is there twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_crashes_in_the_middle() {
    let scratch = ScratchServer::durable();
    let db = people_on(&scratch.server()).await;
    db.batch("ALTER TABLE people DROP CONSTRAINT people_pkey CASCADE").await;
    let dbs = databases(db.url(), |connection| {
        connection.max_size(3).group_commit(true).acquire_timeout(Duration::from_secs(20))
    });
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let dbs = dbs.clone();
            tokio::spawn(async move {
                let mut acknowledged = Vec::new();
                for n in 0..2_000 {
                    let id = task * 10_000 + n;
                    match soon(store(&dbs, id)).await {
                        Ok(()) => acknowledged.push(id),
                        Err(_) if n > 20 => break,
                        Err(_) => {}
                    }
                }
                acknowledged
            })
        })
        .collect();
    eventually("some are stored", async || ask::<i64>(&db, "SELECT count(*) FROM people").await > 2_000)
        .await;
    let crashed = tokio::task::spawn_blocking(move || {
        scratch.stop_immediate();
        scratch.restart();
        scratch
    });
    let _scratch = crashed.await.unwrap();
    let mut acknowledged = BTreeSet::new();
    for task in tasks {
        acknowledged.extend(soon(task).await.unwrap());
    }
    let stored: Vec<i64> = ask(&db, "SELECT array_agg(id) FROM people").await;
    let distinct: BTreeSet<i64> = stored.iter().copied().collect();
    assert_eq!(distinct.len(), stored.len(), "stored twice");
    let missing = acknowledged.difference(&distinct).count();
    assert_eq!(missing, 0, "of {} that were acknowledged are missing", acknowledged.len());
}

/// A connection prepares a write before it sends it, and the server waits for a lock on its table already then.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_waits_for_a_write_that_cannot_be_prepared() {
    let (db, dbs) = people(|connection| connection.max_size(2).group_commit(true)).await;
    let badge = |code: &str| NewBadge { code: code.into(), person_id: 1 };
    store(&dbs, 999).await.unwrap();
    Badge::insert(badge("a")).execute(&dbs).await.unwrap();
    // The one on which all of this is known, and one that has prepared nothing.
    let (known, new) = (dbs.people.connection().await.unwrap(), dbs.people.connection().await.unwrap());
    let locker = db.connect().await;
    locker.batch_execute("BEGIN; LOCK TABLE badges").await.unwrap();
    let held_up = tokio::spawn({
        let dbs = dbs.clone();
        async move { Badge::insert(badge("b")).execute(&dbs).await }
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    let release = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        drop(new);
        const WAITING: &str = "SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event_type = 'Lock'";
        eventually("one waits for the lock", async || ask::<i64>(&db, WAITING).await > 0).await;
        drop(known);
    };
    let writes = join_all((1_000..1_008).map(|id| store(&dbs, id)));
    let (stored, ()) = soon(async { tokio::join!(writes, release) }).await;
    stored.into_iter().for_each(|done| done.unwrap());
    locker.batch_execute("ROLLBACK").await.unwrap();
    soon(held_up).await.unwrap().unwrap();
}
