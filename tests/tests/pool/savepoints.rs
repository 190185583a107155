//! Savepoints belong to the future that made them, however many there are at once.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use futures_util::future::{join, join_all, poll_immediate};
use ormgen_runtime::{Error, prelude::*};
use ormgen_tests::{
    dice::Dice,
    generated::visits::{
        Databases,
        people::{People, Person},
    },
    people::{databases, people_on, person, store},
    server::{TestDb, server},
};

use crate::support::{ask, soon};

/// An error of the program's own.
#[derive(Debug)]
struct Refused;

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        panic!("{error}")
    }
}

async fn people() -> (TestDb, Databases) {
    let db = people_on(&server(1)).await;
    let timeout = Duration::from_secs(3);
    let dbs = databases(db.url(), |connection| connection.max_size(1).acquire_timeout(timeout));
    (db, dbs)
}

async fn store_on(executor: impl Writer<People>, id: i64) -> Result<(), Error> {
    Person::insert(person(id)).execute(executor).await.map(drop)
}

async fn stored(db: &TestDb) -> Vec<i64> {
    ask(db, "SELECT coalesce(array_agg(id ORDER BY id), '{}') FROM people").await
}

/// One fails, the other one is `Ok`: what the latter did is stored.
#[tokio::test]
async fn two_at_the_same_time() {
    let (db, dbs) = people().await;
    for round in 0..10 {
        let (bad, good) = (round * 10, round * 10 + 5);
        let tx = dbs.people.begin().await.unwrap();
        let failing = tx.try_savepoint(async |savepoint| {
            store_on(savepoint, bad).await?;
            tokio::time::sleep(Duration::from_millis(3)).await;
            store_on(savepoint, bad + 1).await?;
            Err::<(), _>(Refused)
        });
        let succeeding = tx.try_savepoint(async |savepoint| {
            store_on(savepoint, good).await?;
            tokio::time::sleep(Duration::from_millis(1)).await;
            store_on(savepoint, good + 1).await?;
            Ok::<_, Refused>(())
        });
        let (failed, succeeded) = if round % 2 == 0 {
            soon(join(failing, succeeding)).await
        } else {
            let (succeeded, failed) = soon(join(succeeding, failing)).await;
            (failed, succeeded)
        };
        failed.unwrap_err();
        succeeded.unwrap();
        tx.commit().await.unwrap();
    }
    let expected: Vec<i64> = (0..10).flat_map(|round| [round * 10 + 5, round * 10 + 6]).collect();
    assert_eq!(stored(&db).await, expected);
}

/// What each one was told is what is stored, whatever the others do.
#[tokio::test]
async fn many_at_the_same_time_some_of_which_fail() {
    let (db, dbs) = people().await;
    let tx = dbs.people.begin().await.unwrap();
    let savepoints = (0..30_i64).map(|n| {
        let tx = &tx;
        async move {
            let mut dice = Dice::new(n.unsigned_abs());
            let done = tx
                .savepoint(async |savepoint| {
                    for step in 0..3 {
                        store_on(savepoint, n * 100 + step).await?;
                        tokio::time::sleep(Duration::from_micros(dice.roll(2_000))).await;
                    }
                    // The server's own error, and the program's.
                    match n % 3 {
                        0 => store_on(savepoint, n * 100).await,
                        1 => Err(Error::PoolClosed { connection: "mine".into() }),
                        _ => Ok(()),
                    }
                })
                .await;
            (n, done)
        }
    });
    let done = soon(join_all(savepoints)).await;
    soon(tx.commit()).await.unwrap();
    let mut expected = Vec::new();
    for (n, done) in done {
        assert_eq!(done.is_ok(), n % 3 == 2, "{n}: {done:?}");
        if done.is_ok() {
            expected.extend([n * 100, n * 100 + 1, n * 100 + 2]);
        }
    }
    assert_eq!(stored(&db).await, expected);
}

/// Its own statements, while another one is at work.
#[tokio::test]
async fn one_inside_another_while_a_third_is_at_work() {
    let (db, dbs) = people().await;
    let tx = dbs.people.begin().await.unwrap();
    let outer = tx.try_savepoint(async |outer| {
        store_on(outer, 1).await?;
        let inner = outer.try_savepoint(async |inner| {
            store_on(inner, 2).await?;
            Err::<(), _>(Refused)
        });
        inner.await.unwrap_err();
        let two = join(
            outer.try_savepoint(async |inner| {
                store_on(inner, 3).await?;
                Ok::<_, Refused>(())
            }),
            outer.try_savepoint(async |inner| {
                store_on(inner, 4).await?;
                Err::<(), _>(Refused)
            }),
        );
        let (kept, undone) = two.await;
        kept.unwrap();
        undone.unwrap_err();
        store_on(outer, 5).await?;
        Ok::<_, Refused>(())
    });
    let other = tx.try_savepoint(async |other| {
        store_on(other, 6).await?;
        Err::<(), _>(Refused)
    });
    let (outer, other) = soon(join(outer, other)).await;
    outer.unwrap();
    other.unwrap_err();
    tx.commit().await.unwrap();
    assert_eq!(stored(&db).await, [1, 3, 5]);
}

/// A savepoint's future is dropped at whatever point: what encloses it undoes what it did, and nothing else.
#[tokio::test]
async fn dropped_at_any_point() {
    let (db, dbs) = people().await;
    for polls in 0..24 {
        let tx = dbs.people.begin().await.unwrap();
        let finished = AtomicBool::new(false);
        let outer = tx.savepoint(async |outer| {
            store_on(outer, 1).await?;
            let mut inner = Box::pin(outer.savepoint(async |inner| {
                store_on(inner, 2).await?;
                finished.store(true, Ordering::Relaxed);
                Ok::<_, Error>(())
            }));
            for _ in 0..polls {
                if poll_immediate(&mut inner).await.is_some() {
                    break;
                }
                tokio::time::sleep(Duration::from_micros(300)).await;
            }
            drop(inner);
            store_on(outer, 3).await
        });
        soon(outer).await.unwrap_or_else(|error| panic!("dropped after {polls} polls: {error}"));
        let failing = tx.try_savepoint(async |savepoint| {
            store_on(savepoint, 4).await?;
            Err::<(), _>(Refused)
        });
        soon(failing).await.unwrap_err();
        store_on(&tx, 5).await.unwrap();
        soon(tx.commit()).await.unwrap();
        let stored = stored(&db).await;
        let with_inner = finished.load(Ordering::Relaxed) && stored.contains(&2);
        let expected: &[i64] = if with_inner { &[1, 2, 3, 5] } else { &[1, 3, 5] };
        assert_eq!(stored, expected, "dropped after {polls} polls");
        db.batch("DELETE FROM people").await;
    }
}

/// The outer one fails after an inner one was dropped while its `SAVEPOINT` was on its way.
#[tokio::test]
async fn an_outer_rollback_undoes_the_outer_one() {
    let (db, dbs) = people().await;
    for polls in 1..8 {
        let tx = dbs.people.begin().await.unwrap();
        store_on(&tx, 1).await.unwrap();
        let outer = tx.try_savepoint(async |outer| {
            store_on(outer, 2).await?;
            let mut inner = Box::pin(outer.savepoint(async |inner| store_on(inner, 3).await));
            for _ in 0..polls {
                if poll_immediate(&mut inner).await.is_some() {
                    break;
                }
                tokio::task::yield_now().await;
            }
            drop(inner);
            Err::<(), _>(Refused)
        });
        soon(outer).await.unwrap_err();
        store_on(&tx, 4).await.unwrap();
        soon(tx.commit()).await.unwrap();
        assert_eq!(stored(&db).await, [1, 4], "dropped after {polls} polls");
        db.batch("DELETE FROM people").await;
    }
}

/// It could only wait for the one that it is inside of.
#[tokio::test]
async fn one_on_the_transaction_inside_of_another_is_told_so() {
    let (db, dbs) = people().await;
    let tx = dbs.people.begin().await.unwrap();
    let outer = tx.savepoint(async |outer| {
        store_on(outer, 1).await?;
        let refused = tx.savepoint(async |inner| store_on(inner, 2).await).await;
        assert!(refused.is_err(), "it is begun on the transaction, inside of the other one's work");
        store_on(outer, 3).await
    });
    soon(outer).await.unwrap();
    soon(tx.commit()).await.unwrap();
    assert_eq!(stored(&db).await, [1, 3]);
    // Nothing of it is left for whoever comes next.
    soon(store(&dbs, 9)).await.unwrap();
}

/// Its batch is undone with it, and does not end the transaction around it.
#[tokio::test]
async fn a_batch_in_a_savepoint_is_undone_with_it() {
    let (db, dbs) = people().await;
    let done = dbs.people.transaction(async |tx| {
        store_on(tx, 1).await?;
        let undone = tx.try_savepoint(async |savepoint| {
            savepoint.batch("SET LOCAL lock_timeout = '1s'; INSERT INTO people VALUES (2, 'two')").await?;
            savepoint.batch("COMMIT").await
        });
        let refused = undone.await.unwrap_err();
        assert!(matches!(refused, Error::SessionState { .. }), "{refused}");
        tx.savepoint(async |savepoint| savepoint.batch("INSERT INTO people VALUES (3, 'three')").await).await
    });
    soon(done).await.unwrap();
    assert_eq!(stored(&db).await, [1, 3]);
}
