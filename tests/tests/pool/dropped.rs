//! What becomes of a statement whose future is dropped while it waits at the server, as a web framework drops the
//! handler of a client that went away. `Pool`'s docs and the guide's page on transactions say what is found here.

use std::time::Duration;

use ormgen_runtime::{Transaction, prelude::*};
use ormgen_tests::{
    generated::visits::{
        Databases,
        people::{People, Person},
    },
    people::{databases, people_on, person},
    server::{TestDb, server},
};
use tokio::time::{sleep, timeout};

use crate::support::{ask, eventually, soon};

/// How long the caller waits before it drops the future.
const PATIENCE: Duration = Duration::from_millis(300);

/// For how long after that the server may still finish the statement: less than the 100 ms after which the pool asks it
/// to cancel, and well more.
const SOON: Duration = Duration::ZERO;
const LATE: Duration = Duration::from_millis(800);

/// Person 3, whose row a transaction of another program can hold.
struct World {
    db: TestDb,
    dbs: Databases,
    others: Databases,
}

impl World {
    async fn open() -> Self {
        let db = people_on(&server(1)).await;
        db.batch("INSERT INTO people VALUES (3, 'before')").await;
        let dbs = databases(db.url(), |connection| connection.max_size(2));
        let others = databases(db.url(), |connection| connection);
        dbs.people.ready().await.unwrap();
        Self { db, dbs, others }
    }

    /// Holds person 3 and the keys 4 and 100, drops the call after a while, and releases them a while after that. Rows
    /// are held, not the table: the server would wait for a table while it prepares the statement.
    async fn drop_while_held<T>(&self, call: impl Future<Output = T>, released_after: Duration) {
        let held = self.others.people.begin().await.unwrap();
        let hold = "UPDATE people SET name = 'held' WHERE id = 3; INSERT INTO people VALUES (4, 'held'), (100, 'held')";
        held.batch(hold).await.unwrap();
        assert!(timeout(PATIENCE, call).await.is_err(), "the rows are held");
        sleep(released_after).await;
        held.rollback().await.unwrap();
    }

    /// Drops calls while the rows are held, and releases these at once, until a call is stored. On a busy machine the
    /// server may need more than the 100 ms.
    async fn drop_until_stored<T>(&self, call: impl AsyncFn() -> T, is_stored: impl AsyncFn() -> bool) {
        for _ in 0..20 {
            self.drop_while_held(call(), SOON).await;
            if is_stored().await {
                return;
            }
        }
        panic!("no call of 20 was stored, though the rows were released at once");
    }

    /// What is stored once nothing of the pool's runs any more.
    async fn name(&self) -> String {
        self.rests().await;
        ask(&self.db, "SELECT name FROM people WHERE id = 3").await
    }

    async fn rests(&self) {
        let running = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
                       AND state <> 'idle' AND pid <> pg_backend_pid()";
        eventually("no statement runs", async || ask::<i64>(&self.db, running).await == 0).await;
    }
}

async fn rename(executor: impl Writer<People>, name: &str) -> ormgen_runtime::Result<u64> {
    Person::find(3).update().set(Person::NAME, name).execute(executor).await
}

#[tokio::test]
async fn a_write_on_a_pool_is_stored_only_if_it_ends_within_a_moment() {
    let world = World::open().await;
    let dbs = &world.dbs;
    let is_stored = async || world.name().await == "typed, soon";
    world.drop_until_stored(async || rename(dbs, "typed, soon").await, is_stored).await;
    world.drop_while_held(rename(dbs, "typed, late"), LATE).await;
    assert_eq!(world.name().await, "typed, soon", "it was cancelled");

    let raw = || People::sql("UPDATE people SET name = 'raw' || name WHERE id = 3");
    world.drop_while_held(raw().execute(dbs), LATE).await;
    assert_eq!(world.name().await, "typed, soon", "it was cancelled");
    let is_stored = async || world.name().await == "rawtyped, soon";
    world.drop_until_stored(async || raw().execute(dbs).await, is_stored).await;

    world.drop_while_held(Person::insert(person(4)).one(dbs), LATE).await;
    world.rests().await;
    assert_eq!(ask::<i64>(&world.db, "SELECT count(*) FROM people").await, 1);
}

#[tokio::test]
async fn many_rows_on_a_pool_are_stored_all_or_not_at_all() {
    let world = World::open().await;
    let count = async || {
        world.rests().await;
        ask::<i64>(&world.db, "SELECT count(*) FROM people").await - 1
    };
    // One statement, and a COPY. Of a COPY it depends on the network whether its last row was sent before the drop.
    for rows in [10, 20_000] {
        let insert = Person::insert_many((100..100 + rows).map(person)).execute(&world.dbs);
        world.drop_while_held(insert, LATE).await;
        assert_eq!(count().await, 0, "{rows} rows: it was cancelled");
        let insert = async || Person::insert_many((100..100 + rows).map(person)).execute(&world.dbs).await;
        if rows == 10 {
            world.drop_until_stored(insert, async || count().await == rows).await;
        } else {
            world.drop_while_held(insert(), SOON).await;
            let stored = count().await;
            assert!(stored == rows || stored == 0, "{stored} of {rows} rows are stored");
        }
        world.db.batch("DELETE FROM people WHERE id >= 100").await;
    }
}

#[tokio::test]
async fn a_read_on_a_pool_is_cancelled() {
    let world = World::open().await;
    let slow = People::sql::<bool>("SELECT pg_sleep(60) IS NOT NULL").one(&world.dbs);
    assert!(timeout(PATIENCE, slow).await.is_err());
    sleep(LATE).await;
    world.rests().await;
    soon(Person::find(3).one(&world.dbs)).await.unwrap();
}

#[tokio::test]
async fn a_write_that_waits_for_a_connection_is_never_sent() {
    let world = World::open().await;
    let one = world.dbs.people.connection().await.unwrap();
    let other = world.dbs.people.connection().await.unwrap();
    assert!(timeout(PATIENCE, rename(&world.dbs, "never")).await.is_err(), "no connection is free");
    drop((one, other));
    soon(Person::find(3).one(&world.dbs)).await.unwrap();
    assert_eq!(world.name().await, "before");
}

#[tokio::test]
async fn a_transaction_that_goes_on_has_the_dropped_write_in_it() {
    let world = World::open().await;
    for released_after in [SOON, LATE] {
        let tx = world.dbs.people.begin().await.unwrap();
        world.drop_while_held(rename(&tx, "dropped"), released_after).await;
        soon(Person::insert(person(5)).execute(&tx)).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(world.name().await, "dropped", "it was waited for, however long it took");
        world.db.batch("DELETE FROM people WHERE id = 5; UPDATE people SET name = 'before'").await;
    }
}

#[tokio::test]
async fn a_dropped_transaction_is_rolled_back() {
    let world = World::open().await;
    let pool = &world.dbs.people;
    let waits = async |tx: &Transaction<People>| {
        Person::insert(person(6)).execute(tx).await?;
        rename(tx, "in a closure").await
    };
    for released_after in [SOON, LATE] {
        let held = world.others.people.begin().await.unwrap();
        Person::find(3).for_update().one(&held).await.unwrap();
        assert!(timeout(PATIENCE, pool.transaction(waits)).await.is_err(), "the row is held");
        sleep(released_after).await;
        held.rollback().await.unwrap();
        assert_eq!(world.name().await, "before");
        assert_eq!(ask::<i64>(&world.db, "SELECT count(*) FROM people").await, 1);
    }
}

#[tokio::test]
async fn a_write_in_a_task_of_its_own_is_finished() {
    let world = World::open().await;
    let dbs = world.dbs.clone();
    let write = async { tokio::spawn(async move { rename(&dbs, "in a task").await }).await };
    world.drop_while_held(write, LATE).await;
    eventually("the task's write is stored", async || world.name().await == "in a task").await;
}
