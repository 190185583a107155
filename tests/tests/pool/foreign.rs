//! Foreign tables: their servers commit before the one that the program is connected to, each by itself. What one of them
//! may have stored is neither told as refused nor run again.

use std::time::Duration;

use futures_util::future::join_all;
use ormgen_runtime::{Error, Retries, TransactionOptions, prelude::*};
use ormgen_tests::{
    generated::visits::{
        Databases,
        people::{People, Person},
    },
    people::{databases, people_of, people_on, person, store},
    proxy::Proxy,
    server::{ScratchServer, TestDb, server},
};

use crate::support::{ask, eventually, soon};

/// A row that is stored twice is to be seen: no key refuses it.
const WITHOUT_KEY: &str = "ALTER TABLE people DROP CONSTRAINT people_pkey CASCADE";

/// The first 100 people take a second to commit.
const SLOW_COMMIT: &str = "
    CREATE FUNCTION nap() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(1); RETURN NULL; END';
    CREATE CONSTRAINT TRIGGER nap AFTER INSERT ON people DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.id < 100) EXECUTE FUNCTION nap()";

const NAPS: &str = "SELECT EXISTS (SELECT FROM pg_stat_activity
     WHERE datname = current_database() AND wait_event = 'PgSleep')";

/// The person 3 is refused at the commit.
const REFUSING: &str = "
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE unique_violation; END';
    CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON people DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.id = 3) EXECUTE FUNCTION refuse()";

/// Which people are stored there, each as often as it is.
async fn stored(db: &TestDb) -> Vec<i64> {
    ask(db, "SELECT COALESCE(array_agg(id ORDER BY id), '{}') FROM people WHERE id < 900").await
}

/// A program with one connection, on which transactions and groups have run.
async fn program(db: &TestDb) -> Databases {
    let dbs = databases(db.url(), |connection| connection.max_size(1));
    dbs.people.transaction(async |tx| Person::insert(person(900)).execute(tx).await).await.unwrap();
    store(&dbs, 901).await.unwrap();
    Person::insert(person(902)).execute(dbs.people.group_commit()).await.unwrap();
    dbs
}

/// Stores these people as one group: they wait for the connection, which is in use, at the same time.
async fn as_group(dbs: &Databases, ids: impl IntoIterator<Item = i64>) -> Vec<Result<u64, Error>> {
    let held = People::sql::<String>("SELECT pg_sleep(0.3)::text").one(dbs);
    let writes = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let writes = ids.into_iter().map(|id| Person::insert(person(id)).execute(dbs.people.group_commit()));
        join_all(writes).await
    };
    let (held, done) = tokio::join!(held, writes);
    held.unwrap();
    done
}

fn assert_unknown<T: std::fmt::Debug>(done: Result<T, Error>) {
    assert!(matches!(done, Err(Error::OutcomeUnknown { .. })), "{done:?}");
}

/// People on another server, and what stands between the two servers.
struct Apart {
    there: TestDb,
    proxy: Proxy,
    dbs: Databases,
}

impl Apart {
    async fn open() -> Self {
        let there = people_on(&server(2)).await;
        there.batch(&format!("{WITHOUT_KEY}; {SLOW_COMMIT}")).await;
        let db = people_of(&there, &server(1)).await;
        let proxy = Proxy::before(there.url()).await;
        let (_, port) = proxy.url().rsplit_once(':').unwrap();
        let (port, _) = port.split_once('/').unwrap();
        db.batch(&format!("ALTER SERVER remote OPTIONS (SET port '{port}')")).await;
        let dbs = program(&db).await;
        Self { there, proxy, dbs }
    }

    /// Cuts the two servers off from each other while the other one commits, and waits until it has.
    async fn cut_off<T>(&self, work: impl Future<Output = T>) -> T {
        let cut = async {
            eventually("it commits", async || ask::<bool>(&self.there, NAPS).await).await;
            tokio::time::sleep(Duration::from_millis(200)).await;
            self.proxy.cut();
        };
        let (done, ()) = soon(async { tokio::join!(work, cut) }).await;
        eventually("it has committed", async || !ask::<bool>(&self.there, NAPS).await).await;
        done
    }
}

/// The people below 1000 are on the one server, the others on the other.
async fn sharded() -> (TestDb, [TestDb; 2]) {
    let shards = [people_on(&server(2)).await, people_on(&server(3)).await];
    let db = people_on(&server(1)).await;
    db.batch("DROP TABLE people CASCADE; CREATE TABLE people (id bigint NOT NULL, name text NOT NULL) PARTITION BY RANGE (id)")
        .await;
    for (n, shard) in shards.iter().enumerate() {
        shard.batch(WITHOUT_KEY).await;
        db.batch(&format!(
            "{} CREATE FOREIGN TABLE people_{n} PARTITION OF people FOR VALUES FROM ({}) TO ({})
                 SERVER shard_{n} OPTIONS (table_name 'people')",
            shard.as_foreign_server(&format!("shard_{n}")),
            n * 1000,
            n * 1000 + 1000
        ))
        .await;
    }
    // The servers commit in the order in which they were first written to.
    shards[0].batch(REFUSING).await;
    (db, shards)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_server_may_have_stored_is_not_told_as_refused() {
    let apart = Apart::open().await;
    let dbs = &apart.dbs;
    let options = TransactionOptions::new();
    let retried =
        dbs.people.retry(options, Retries::new(3), async |tx| Person::insert(person(1)).execute(tx).await);
    assert_unknown(apart.cut_off(retried).await);
    assert_unknown(apart.cut_off(store(dbs, 2)).await);
    assert_unknown(apart.cut_off(Person::insert_many([person(4)]).execute(dbs)).await);
    assert_eq!(stored(&apart.there).await, [1, 2, 4]);
    // What it refused before it committed is refused.
    let refused = People::sql("INSERT INTO people VALUES (5, NULL)").execute(dbs).await;
    assert!(matches!(refused, Err(Error::NotNullViolation(_))), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_that_another_server_may_have_stored_is_not_run_again() {
    let apart = Apart::open().await;
    for done in apart.cut_off(as_group(&apart.dbs, [1, 101, 102, 103])).await {
        assert_unknown(done);
    }
    assert_eq!(stored(&apart.there).await, [1, 101, 102, 103]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_other_servers_one_may_have_committed() {
    let (db, [one, two]) = sharded().await;
    let dbs = program(&db).await;
    let all = [1, 2, 3, 1001, 1002, 1003];
    for done in as_group(&dbs, all).await {
        assert_unknown(done);
    }
    let both = async |first, second| {
        dbs.people
            .transaction(async |tx| {
                Person::insert(person(first)).execute(tx).await?;
                Person::insert(person(second)).execute(tx).await
            })
            .await
    };
    assert_unknown(both(3, 1004).await);
    assert!(stored(&one).await.is_empty());
    let twice: i64 = ask(&two, "SELECT count(*) - count(DISTINCT id) FROM people").await;
    assert_eq!(twice, 0);
}

/// A cancel request ends the wait for the other server, which has committed and waits for its standby.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_is_cancelled_may_be_stored_elsewhere() {
    let scratch =
        ScratchServer::start_with(&["synchronous_standby_names = 'nobody'", "synchronous_commit = local"]);
    let there = people_on(&scratch.server()).await;
    there.batch(WITHOUT_KEY).await;
    let db = people_of(&there, &server(1)).await;
    let dbs = program(&db).await;
    // The other server's next session waits.
    there.batch(&format!("ALTER DATABASE {} SET synchronous_commit = on", there.name())).await;
    assert!(soon(dbs.close()).await.is_clean());
    let dbs = databases(db.url(), |connection| connection.max_size(1));
    let cancel = async || {
        const WAITING: &str = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep')";
        const CANCEL: &str = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()";
        eventually("it waits", async || ask::<bool>(&there, WAITING).await).await;
        db.batch(CANCEL).await;
    };
    let work = dbs.people.transaction(async |tx| Person::insert(person(1)).execute(tx).await);
    assert_unknown(soon(async { tokio::join!(work, cancel()).0 }).await);
    scratch.set(&["synchronous_standby_names = ''"]);
    eventually("it is stored", async || stored(&there).await == [1]).await;
}

/// One that refuses has stored nothing, and no other one is there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_other_server_that_refuses_is_told_as_such() {
    let there = people_on(&server(2)).await;
    there.batch(REFUSING).await;
    let dbs = program(&people_of(&there, &server(1)).await).await;
    let refused = store(&dbs, 3).await;
    assert!(matches!(refused, Err(Error::UniqueViolation(_))), "{refused:?}");
    let done = as_group(&dbs, [1, 2, 3, 4]).await;
    assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 3, "{done:?}");
    assert_eq!(stored(&there).await, [1, 2, 4]);
}

/// The server looks for conflicts once the others have committed: also where a statement is a transaction by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conflict_of_a_single_statement_beside_a_foreign_table_is_not_retryable() {
    let there = people_on(&server(2)).await;
    let db = people_on(&server(1)).await;
    db.batch(&format!(
        "{} CREATE FOREIGN TABLE there (id bigint NOT NULL, name text NOT NULL) SERVER remote OPTIONS (table_name 'people');
         ALTER DATABASE {} SET default_transaction_isolation = 'serializable'",
        there.as_foreign_server("remote"),
        db.name()
    ))
    .await;
    let dbs = databases(db.url(), |connection| connection);
    let other = db.connect().await;
    let write = People::sql::<()>(
        "WITH here AS (INSERT INTO people SELECT count(*), '' FROM people RETURNING id),
              nap AS (SELECT id, pg_sleep(1)::text AS name FROM here)
         INSERT INTO there SELECT id, name FROM nap",
    );
    let conflict = async {
        eventually("it is under way", async || ask::<bool>(&db, NAPS).await).await;
        other
            .batch_execute("INSERT INTO people SELECT 50, '' FROM people HAVING count(*) = 0")
            .await
            .unwrap();
    };
    let (done, ()) = soon(async { tokio::join!(write.execute(&dbs), conflict) }).await;
    assert_unknown(done);
    assert_eq!(stored(&there).await, [0]);
}
