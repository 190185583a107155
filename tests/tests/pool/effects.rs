//! Statements whose effects a rollback does not undo: each is sent once, and nothing cancels it.

use std::time::Duration;

use futures_util::future::join_all;
use ormgen_runtime::{Error, Expr, NotNull, functions::sql, prelude::*};
use ormgen_tests::{
    generated::visits::{
        Databases,
        people::{Badge, People, Person},
    },
    people::{databases, people_of, people_on, person, store},
    proxy::Proxy,
    server::{TestDb, server},
};

use crate::support::{ask, eventually, soon};

/// People whose every change is noted in another database at once, by `dblink`, and takes a tenth of a second.
struct Noted {
    db: TestDb,
    elsewhere: TestDb,
    proxy: Proxy,
    dbs: Databases,
}

impl Noted {
    async fn open() -> Self {
        let db = people_on(&server(1)).await;
        let elsewhere = server(2).create_database("effects").await;
        elsewhere.batch("CREATE TABLE effects (id bigint)").await;
        let note = format!(
            "CREATE EXTENSION dblink;
             CREATE FUNCTION note(id bigint) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $note$
             BEGIN
                 PERFORM dblink_exec('{}', format('INSERT INTO effects VALUES (%s)', id));
                 PERFORM pg_sleep(0.1);
                 RETURN id;
             END
             $note$;
             CREATE FUNCTION note_row() RETURNS trigger LANGUAGE plpgsql AS $note_row$
             BEGIN
                 PERFORM note(NEW.id);
                 RETURN NEW;
             END
             $note_row$;",
            elsewhere.keywords()
        );
        db.batch(&note).await;
        let proxy = Proxy::before(db.url()).await;
        let dbs = databases(proxy.url(), |connection| connection);
        // What a program does is prepared, and was fast before.
        for id in 0..10 {
            store(&dbs, 1_000 + id).await.unwrap();
            Person::find(1_000 + id).one(&dbs).await.unwrap();
        }
        Self { db, elsewhere, proxy, dbs }
    }

    async fn with_trigger() -> Self {
        let noted = Self::open().await;
        noted
            .db
            .batch(
                "CREATE TRIGGER note BEFORE INSERT OR UPDATE ON people
                 FOR EACH ROW EXECUTE FUNCTION note_row()",
            )
            .await;
        noted
    }

    /// Each of these has had its effect once, and nothing else has had one.
    async fn had_one_effect_each(&self, ids: impl IntoIterator<Item = i64>) {
        let ids: Vec<i64> = ids.into_iter().collect();
        let effects: Vec<i64> =
            ask(&self.elsewhere, "SELECT coalesce(array_agg(id ORDER BY id), '{}') FROM effects").await;
        assert_eq!(effects, ids, "of {} statements: {} effects", ids.len(), effects.len());
        assert_eq!(self.proxy.cancels(), 0, "nobody asked for a statement to be cancelled");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_insert_whose_trigger_writes_elsewhere() {
    let noted = Noted::with_trigger().await;
    for done in soon(join_all((0..20).map(|id| store(&noted.dbs, id)))).await {
        done.unwrap();
    }
    noted.had_one_effect_each(0..20).await;
}

/// The same while reads keep the pool at work.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_sort_of_write_has_its_effect_once() {
    let noted = Noted::with_trigger().await;
    let dbs = &noted.dbs;
    let ids = |from: i64| from..from + 5;
    noted.db.batch("ALTER TABLE people DISABLE TRIGGER note").await;
    Person::insert_many(ids(500).map(person)).execute(dbs).await.unwrap();
    noted.db.batch("ALTER TABLE people ENABLE TRIGGER note").await;
    let inserts = join_all(ids(0).map(|id| Person::insert(person(id)).one(dbs)));
    let updates =
        join_all(ids(500).map(|id| Person::find(id).update().set(Person::NAME, "changed").execute(dbs)));
    let upserts = join_all(
        ids(200).map(|id| Person::insert(person(id)).on_conflict(Person::ID).do_nothing().execute(dbs)),
    );
    let raw = join_all(ids(300).map(|id| async move {
        People::sql("INSERT INTO people VALUES ($1, 'by SQL')").bind(id).execute(dbs).await
    }));
    let transactions = join_all(ids(400).map(|id| async move {
        dbs.people.transaction(async |tx| Person::insert(person(id)).execute(tx).await).await
    }));
    let reads = async {
        for _ in 0..200 {
            assert_eq!(Person::find(1_003).one(dbs).await.unwrap().id, 1_003);
        }
    };
    let (inserts, updates, upserts, raw, transactions, ()) =
        soon(async { tokio::join!(inserts, updates, upserts, raw, transactions, reads) }).await;
    inserts.into_iter().for_each(|done| assert!(done.is_ok(), "{done:?}"));
    updates.into_iter().for_each(|done| assert_eq!(done.unwrap(), 1));
    upserts.into_iter().for_each(|done| assert!(done.is_ok()));
    raw.into_iter().for_each(|done| assert_eq!(done.unwrap(), 1));
    transactions.into_iter().for_each(|done| assert_eq!(done.unwrap(), 1));
    noted.had_one_effect_each([0, 200, 300, 400, 500].into_iter().flat_map(ids)).await;
}

/// A read is not known to only read where it calls a function.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_that_calls_a_function_with_an_effect() {
    let noted = Noted::open().await;
    let dbs = &noted.dbs;
    let reads = (1_000..1_010).map(|id| {
        let note: Expr<Person, i64, NotNull> = sql("note(id)").expression();
        Person::query().filter(Person::ID.eq(id)).select(note).one(dbs)
    });
    for (done, id) in soon(join_all(reads)).await.into_iter().zip(1_000..) {
        assert_eq!(done.unwrap(), id);
    }
    noted.had_one_effect_each(1_000..1_010).await;
}

/// Nor is one known to only read whose table is a view by now.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_find_on_a_view_with_an_effect() {
    let noted = Noted::open().await;
    let dbs = &noted.dbs;
    noted
        .db
        .batch(
            "INSERT INTO badges SELECT 'b' || n, 1000 FROM generate_series(0, 19) AS n;
             ALTER TABLE badges RENAME TO badges_kept;
             CREATE VIEW badges AS SELECT code, note(substr(code, 2)::bigint) AS person_id FROM badges_kept",
        )
        .await;
    // As a plan that the server makes for any value would be, the condition is tried before the function is called.
    for (done, id) in
        soon(join_all((0..20).map(|id| Badge::find(format!("b{id}")).one(dbs)))).await.into_iter().zip(0..)
    {
        assert_eq!(done.unwrap().person_id, id);
    }
    noted.had_one_effect_each(0..20).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_whose_connection_is_lost_is_not_sent_again() {
    let noted = Noted::with_trigger().await;
    noted.db.batch("ALTER FUNCTION note(bigint) RENAME TO note_fast").await;
    noted
        .db
        .batch(
            "CREATE FUNCTION note(id bigint) RETURNS bigint LANGUAGE plpgsql AS $note$
             BEGIN PERFORM note_fast(id); PERFORM pg_sleep(600); RETURN id; END $note$",
        )
        .await;
    let writes: Vec<_> = (0..10)
        .map(|id| {
            let dbs = noted.dbs.clone();
            tokio::spawn(async move { store(&dbs, id).await })
        })
        .collect();
    let effects = async || ask::<i64>(&noted.elsewhere, "SELECT count(*) FROM effects").await;
    eventually("all have had their effect", async || effects().await >= 10).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    const END: &str = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event = 'PgSleep'";
    let ended: i64 = ask(&noted.db, END).await;
    assert!(ended >= 10, "{ended}");
    for write in writes {
        let error = soon(write).await.unwrap().unwrap_err();
        assert!(matches!(error, Error::ConnectionLost { .. }), "{error}");
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    noted.had_one_effect_each(0..10).await;
}

/// The remote server commits before this one does: whoever cancels between the two and tries again writes twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_foreign_table_whose_remote_commit_takes_a_while() {
    let remote = server(2).create_database("remote").await;
    remote
        .batch(
            "CREATE TABLE people (id bigint, name text);
             CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $slow$
             BEGIN PERFORM pg_sleep(0.1); RETURN NULL; END $slow$;
             CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON people DEFERRABLE INITIALLY DEFERRED
             FOR EACH ROW EXECUTE FUNCTION slow()",
        )
        .await;
    let db = people_of(&remote, &server(1)).await;
    let proxy = Proxy::before(db.url()).await;
    let dbs = databases(proxy.url(), |connection| connection);
    for done in soon(join_all((0..20).map(|id| store(&dbs, id)))).await {
        done.unwrap();
    }
    let stored: Vec<i64> = ask(&remote, "SELECT array_agg(id ORDER BY id) FROM people").await;
    assert_eq!(stored, (0..20).collect::<Vec<_>>(), "{} rows of 20 inserts", stored.len());
    assert_eq!(proxy.cancels(), 0);
}

/// A trigger that catches the cancellation ends well, with something else than it should.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trigger_that_catches_a_cancellation() {
    let db = people_on(&server(1)).await;
    let proxy = Proxy::before(db.url()).await;
    let dbs = databases(proxy.url(), |connection| connection);
    store(&dbs, 1_000).await.unwrap();
    db.batch(
        "CREATE FUNCTION check_name() RETURNS trigger LANGUAGE plpgsql AS $check_name$
         BEGIN
             PERFORM pg_sleep(0.2);
             NEW.name := 'checked';
             RETURN NEW;
         EXCEPTION WHEN query_canceled THEN
             NEW.name := 'not checked';
             RETURN NEW;
         END
         $check_name$;
         CREATE TRIGGER check_name BEFORE INSERT ON people FOR EACH ROW EXECUTE FUNCTION check_name()",
    )
    .await;
    let names = soon(join_all((0..20).map(|id| Person::insert(person(id)).one(&dbs)))).await;
    let unchecked = names.into_iter().filter(|row| row.as_ref().unwrap().name != "checked").count();
    assert_eq!(unchecked, 0, "of 20 were acknowledged with the fallback");
    assert_eq!(proxy.cancels(), 0);
}

/// A trigger that refuses thousands of rows with the error that a table gives which takes no `COPY`.
#[tokio::test]
async fn many_rows_that_a_trigger_refuses() {
    let (db, other) = (people_on(&server(1)).await, people_on(&server(2)).await);
    db.batch(&format!(
        "CREATE EXTENSION dblink;
         CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $refuse$
         BEGIN
             PERFORM dblink_exec('{}', 'INSERT INTO people SELECT count(*), '''' FROM people');
             RAISE 'refused' USING ERRCODE = 'feature_not_supported';
         END $refuse$;
         CREATE TRIGGER refuse BEFORE INSERT ON people FOR EACH STATEMENT EXECUTE FUNCTION refuse()",
        other.keywords()
    ))
    .await;
    let dbs = databases(db.url(), |connection| connection);
    let error = Person::insert_many((0..3_000).map(person)).execute(&dbs).await.unwrap_err();
    assert_eq!(error.sqlstate(), Some("0A000"), "{error}");
    assert_eq!(ask::<i64>(&other, "SELECT count(*) FROM people").await, 1);
}
