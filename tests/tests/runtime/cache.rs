//! What a reference keeps, and when it is passed over.

use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt};
use ormgen_runtime::{Error, config::ConnectionConfig, prelude::*, types::Decimal};
use ormgen_tests::{
    generated::visits::{
        Databases,
        log::{Charge, Knock, NewCharge, NewKnock, NewVisit, Visit},
        people::{
            Badge, Door, NewBadge, NewDoor, NewNickname, NewPerson, NewRate, Nickname, People, Person, Rate,
        },
    },
    server::{TestDb, server},
};

use crate::support::{ask, ask_counted};

struct Office {
    dbs: Databases,
    people: TestDb,
}

impl Office {
    /// Ann, Ben and Cid, who came in twice each; one whom nobody knows, and one who did not say.
    async fn open() -> Self {
        let people = database(1, "people").await;
        let people_eu = database(3, "people").await;
        let log = database(2, "log").await;
        people.batch("CREATE EXTENSION pg_stat_statements").await;
        let connections = [("people", &people), ("people_eu", &people_eu), ("log", &log)];
        let connections = connections.map(|(alias, db)| ConnectionConfig::new(alias, db.url()));
        let dbs = Databases::lazy(connections.into()).unwrap();
        for pool in [&dbs.people, &dbs.people_eu] {
            let rows = (1..).zip(["Ann", "Ben", "Cid"]).map(|(id, name)| NewPerson { id, name: name.into() });
            Person::insert_many(rows).execute(pool).await.unwrap();
        }
        let badge = NewBadge { code: "A1".into(), person_id: 1 };
        Badge::insert(badge).execute(&dbs).await.unwrap();
        let ids = [Some(1), Some(2), Some(3), Some(1), Some(2), Some(3), Some(99), None];
        let visits = ids.map(|person_id| NewVisit { person_id, badge: "A1".into() });
        Visit::insert_many(visits).execute(&dbs).await.unwrap();
        let office = Self { dbs, people };
        office.asked().await;
        office
    }

    /// How often people were asked for by key since this was last asked.
    async fn asked(&self) -> i64 {
        const SQL: &str = "SELECT coalesce(sum(calls), 0)::bigint FROM pg_stat_statements
             WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
               AND query LIKE 'SELECT %FROM public.people WHERE id = ANY%'";
        ask_counted(&self.people, SQL).await
    }

    /// Who came in, as the visits tell.
    async fn names(&self) -> String {
        let query = Visit::query().filter(Visit::PERSON_ID.lte(3)).order_by(Visit::ID.asc()).limit(3);
        let visits: Vec<(Visit, Option<Person>)> = query.with(Visit::PERSON).all(&self.dbs).await.unwrap();
        let names = visits.into_iter().map(|(_, person)| person.map_or("-".into(), |person| person.name));
        names.collect::<Vec<_>>().join(" ")
    }

    /// The same, and how often the people's database was asked for it.
    async fn seen(&self) -> (String, i64) {
        (self.names().await, self.asked().await)
    }

    async fn rename(&self, executor: impl Writer<People>, name: &str) {
        Person::find(1).update().set(Person::NAME, name).execute(executor).await.unwrap();
    }
}

async fn database(number: usize, name: &str) -> TestDb {
    let db = server(number).create_database(name).await;
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/visits");
    db.batch(&std::fs::read_to_string(folder.join(format!("{name}.sql"))).unwrap()).await;
    db
}

fn of(text: &str, asked: i64) -> (String, i64) {
    (text.to_owned(), asked)
}

#[tokio::test]
async fn what_is_kept_is_not_asked_for() {
    let office = Office::open().await;
    let dbs = &office.dbs;
    assert_eq!(office.seen().await, of("Ann Ben Cid", 1));
    assert_eq!(office.seen().await, of("Ann Ben Cid", 0));
    let stats = Visit::PERSON.cache_stats(dbs);
    assert_eq!((stats.hits, stats.misses, stats.entries), (3, 3, 3));

    // Only the rest is asked for; what is missing is not kept.
    for hits in [6, 9] {
        let all = Visit::query().with(Visit::PERSON).all(dbs).await.unwrap();
        assert_eq!(all.iter().filter(|(_, person)| person.is_some()).count(), 6);
        let stats = Visit::PERSON.cache_stats(dbs);
        assert_eq!((stats.hits, stats.entries, office.asked().await), (hits, 3, 1));
    }
    let missing = Visit::query().with(Visit::PERSON.required()).all(dbs).await.unwrap_err();
    assert!(matches!(missing, Error::Dangling { missing: 1, null: 1, .. }), "{missing}");

    // Where rows are left out by a filter, they are asked for.
    let visits = Visit::query().order_by(Visit::ID.asc()).all(dbs).await.unwrap();
    office.asked().await;
    let found = Visit::PERSON.filter(Person::NAME.ne("Ann")).load(&visits[..3], dbs).await.unwrap();
    assert_eq!((found.iter().flatten().count(), office.asked().await), (2, 1));
    // Rows that belong to rows from the cache are loaded as ever.
    let found = Visit::PERSON.with(Person::BADGES).load(&visits[..3], dbs).await.unwrap();
    assert_eq!(found.iter().flatten().map(|(_, badges)| badges.len()).sum::<usize>(), 1);
    assert_eq!(office.asked().await, 0);
}

#[tokio::test]
async fn this_programs_writes_are_seen_at_once() {
    let office = Office::open().await;
    let dbs = &office.dbs;
    assert_eq!(office.seen().await, of("Ann Ben Cid", 1));
    office.rename(dbs, "Amy").await;
    assert_eq!(office.seen().await, of("Amy Ben Cid", 1));
    office.rename(dbs.people.primary(), "Ada").await;
    assert_eq!(office.seen().await, of("Ada Ben Cid", 1));
    office.rename(&dbs.people.connection().await.unwrap(), "Asa").await;
    assert_eq!(office.seen().await, of("Asa Ben Cid", 1));
    let connection = dbs.people.connection().await.unwrap();
    connection.batch("UPDATE people SET name = 'Abe' WHERE id = 1").await.unwrap();
    assert_eq!(office.seen().await, of("Abe Ben Cid", 1));
    drop(connection);
    let four = NewPerson { id: 4, name: "Dan".into() };
    Person::insert_many([four]).execute(dbs).await.unwrap();
    assert_eq!(office.seen().await, of("Abe Ben Cid", 1));
    Person::query().filter(Person::ID.eq(1)).delete().all(dbs).await.unwrap();
    assert_eq!(office.seen().await, of("- Ben Cid", 1));

    // What is not of that table, or of another connection, is none of its business.
    assert_eq!(office.seen().await, of("- Ben Cid", 1), "who is missing is asked for again");
    Person::insert(NewPerson { id: 1, name: "Ann".into() }).execute(dbs).await.unwrap();
    assert_eq!(office.seen().await, of("Ann Ben Cid", 1));
    Badge::query().delete().execute(dbs).await.unwrap();
    office.rename(&dbs.people_eu, "Eve").await;
    assert_eq!(office.seen().await, of("Ann Ben Cid", 0));

    // Without `returning()`, it counts as a read.
    let update = People::sql::<i64>("UPDATE people SET name = 'Eve' WHERE id = 1 RETURNING id");
    update.one(dbs).await.unwrap();
    assert_eq!(office.seen().await, of("Eve Ben Cid", 1));
}

/// Another program's write is told of on whichever executor is at hand.
#[tokio::test]
async fn what_is_forgotten_on_any_executor_is_asked_for() {
    let office = Office::open().await;
    let people = &office.dbs.people;
    let (connection, tx) = (people.connection().await.unwrap(), people.begin().await.unwrap());
    for way in 0..7 {
        office.seen().await;
        let name = format!("Ann{way}");
        office.people.batch(&format!("UPDATE people SET name = '{name}' WHERE id = 1")).await;
        match way {
            0 => Visit::PERSON.forget(people),
            1 => Visit::PERSON.forget(people.primary()),
            2 => Visit::PERSON.forget(people.read_only()),
            3 => Visit::PERSON.forget(people.exclusive()),
            4 => Visit::PERSON.forget(people.group_commit()),
            5 => Visit::PERSON.forget(&connection),
            _ => Visit::PERSON.forget(&tx),
        }
        assert_eq!(office.names().await, format!("{name} Ben Cid"), "{way}");
    }
    let stats = Visit::PERSON.cache_stats(people);
    assert_eq!(stats.entries, 3);
    assert_eq!(Visit::PERSON.cache_stats(&tx), stats);
    assert_eq!(Visit::PERSON.cache_stats(people.primary()), stats);
}

#[tokio::test]
async fn a_transactions_writes_are_seen_when_it_commits() {
    let office = Office::open().await;
    let dbs = &office.dbs;
    assert_eq!(office.seen().await, of("Ann Ben Cid", 1));
    let tx = dbs.people.begin().await.unwrap();
    office.rename(&tx, "Amy").await;
    assert_eq!(office.seen().await, of("Ann Ben Cid", 0), "not yet");
    // In the transaction the cache is passed over.
    let visits = Visit::query().order_by(Visit::ID.asc()).limit(1).all(dbs).await.unwrap();
    let inside: Vec<Option<Person>> = Visit::PERSON.load(&visits, &tx).await.unwrap();
    assert_eq!(inside[0].as_ref().map(|person| &*person.name), Some("Amy"));
    tx.commit().await.unwrap();
    // The server counts a statement when its cursor is closed: in a transaction, by the next one.
    office.asked().await;
    assert_eq!(office.seen().await, of("Amy Ben Cid", 1));

    let tx = dbs.people.begin().await.unwrap();
    tx.batch("UPDATE people SET name = 'Asa' WHERE id = 1").await.unwrap();
    assert_eq!(office.seen().await, of("Amy Ben Cid", 0));
    tx.commit().await.unwrap();
    assert_eq!(office.seen().await, of("Asa Ben Cid", 1));

    let done: Result<(), Error> = together((&dbs.people, &dbs.log), async |(people, _)| {
        office.rename(people, "Abe").await;
        Ok(())
    })
    .await;
    done.unwrap();
    assert_eq!(office.seen().await, of("Abe Ben Cid", 1));
}

/// A row that was read before a write is stored after it.
#[tokio::test]
async fn a_row_that_was_read_before_a_write_does_not_come_back() {
    let office = Office::open().await;
    let dbs = &office.dbs;
    // The statement has its snapshot, and then waits until the write is over.
    office
        .people
        .batch(
            "ALTER TABLE people RENAME TO rows;
             CREATE FUNCTION slowly(name text) RETURNS text VOLATILE LANGUAGE plpgsql AS $$ BEGIN
                 PERFORM pg_advisory_xact_lock_shared(7); RETURN name; END $$;
             CREATE VIEW people AS SELECT id, slowly(name) AS name FROM rows",
        )
        .await;
    let admin = office.people.connect().await;
    admin.batch_execute("SELECT pg_advisory_lock(7)").await.unwrap();
    let visits = Visit::query().order_by(Visit::ID.asc()).limit(1).all(dbs).await.unwrap();
    let loading = tokio::spawn({
        let dbs = dbs.clone();
        async move { Visit::PERSON.load(&visits, &dbs).await }
    });
    const WAITING: &str = "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)";
    crate::support::eventually("it waits for the gate", || ask::<bool>(&office.people, WAITING)).await;
    admin.batch_execute("UPDATE rows SET name = 'Amy' WHERE id = 1").await.unwrap();
    // Stands for this program's own write, which would wait at the gate as well.
    Visit::PERSON.forget(dbs);
    admin.batch_execute("SELECT pg_advisory_unlock(7)").await.unwrap();
    let read = crate::support::soon(loading).await.unwrap().unwrap();
    assert_eq!(read[0].as_ref().map(|person| &*person.name), Some("Ann"), "as it was when it was read");
    office.asked().await;
    assert_eq!(office.seen().await.0, "Amy Ben Cid");
}

#[tokio::test]
async fn each_connection_has_its_own() {
    let office = Office::open().await;
    let dbs = &office.dbs;
    office.rename(&dbs.people_eu, "Eve").await;
    let visits = Visit::query().order_by(Visit::ID.asc()).limit(1).all(dbs).await.unwrap();
    for (hits, _) in [(0, ()), (1, ())] {
        let here = Visit::PERSON.load(&visits, dbs).await.unwrap();
        let there = Visit::PERSON.load(&visits, &dbs.people_eu).await.unwrap();
        let names = [here, there].map(|mut rows| rows.remove(0).unwrap().name);
        assert_eq!(names, ["Ann", "Eve"]);
        for stats in [Visit::PERSON.cache_stats(dbs), Visit::PERSON.cache_stats(&dbs.people_eu)] {
            assert_eq!((stats.hits, stats.misses, stats.entries), (hits, 1, 1));
        }
    }
}

/// IDs that are narrower than what they point to, text, and NULL.
#[tokio::test]
async fn orphans_of_other_types() {
    let office = Office::open().await;
    let dbs = &office.dbs;
    let lost: Vec<i64> =
        Visit::PERSON.orphans().batch(2).stream(dbs).await.unwrap().try_collect().await.unwrap();
    assert_eq!(lost, [99]);
    Visit::query().filter(Visit::ID.lte(2)).update().set(Visit::BADGE, "B2").execute(dbs).await.unwrap();
    let lost: Vec<String> =
        Visit::BADGE_HELD.orphans().batch(1).stream(dbs).await.unwrap().try_collect().await.unwrap();
    assert_eq!(lost, ["B2"]);
    assert_eq!(Visit::BADGE_HELD.orphans().all(dbs).await.unwrap(), ["B2"]);
}

/// The statement inserts badges, and changes people as well.
#[tokio::test]
async fn rows_that_one_part_of_a_statement_changes_are_not_kept() {
    let office = Office::open().await;
    let dbs = &office.dbs;
    assert_eq!(office.seen().await, of("Ann Ben Cid", 1));
    let renamed = || Person::find(1).update().set(Person::NAME, "Amy").returning((Person::NAME, Person::ID));
    let badges = || Badge::insert_from((Badge::CODE, Badge::PERSON_ID), renamed());
    assert_eq!(badges().execute(dbs).await.unwrap(), 1);
    assert_eq!(office.seen().await, of("Amy Ben Cid", 1));
    office.rename(dbs, "Ann").await;
    Badge::query().filter(Badge::CODE.eq("Amy")).delete().execute(dbs).await.unwrap();
    assert_eq!(office.seen().await, of("Ann Ben Cid", 1));
    dbs.people.transaction(async |tx| badges().execute(tx).await).await.unwrap();
    assert_eq!(office.seen().await, of("Amy Ben Cid", 1));
}

/// For keys that the server compares, too: whichever of them are kept, each row gets its own.
#[tokio::test]
async fn some_are_kept_and_others_are_asked_for() {
    let office = Office::open().await;
    let dbs = &office.dbs;
    let rates = (1..=5).map(|n| NewRate { rate: Decimal::new(n * 50, 2), name: format!("r{n}") });
    Rate::insert_many(rates).execute(dbs).await.unwrap();
    let rate = |id: i32| (id != 6).then(|| Decimal::new(i64::from(id) * 5, 1));
    let charges = (0..=6).map(|id| NewCharge { id, rate: rate(id) });
    Charge::insert_many(charges).execute(dbs).await.unwrap();
    let expected = ["-", "r1", "r2", "r3", "r4", "r5", "-"].map(str::to_owned);
    for kept in 0..32_i32 {
        Charge::RATE_OF.forget(dbs);
        let first =
            Charge::query().filter(Charge::ID.is_in((1..=5).filter(|id| kept & (1 << (id - 1)) != 0)));
        first.with(Charge::RATE_OF).all(dbs).await.unwrap();
        let all = Charge::query().order_by(Charge::ID).with(Charge::RATE_OF).all(dbs).await.unwrap();
        let names: Vec<_> =
            all.into_iter().map(|(_, rate)| rate.map_or("-".into(), |rate| rate.name)).collect();
        assert_eq!(names, expected, "{kept:b}");
    }
}

/// A write whose future is dropped, and that the server finishes a moment later.
#[tokio::test]
async fn a_dropped_write_is_seen_once_it_is_stored() {
    let office = Office::open().await;
    let locker = office.people.connect().await;
    // What is prepared is at the server before its future is dropped.
    office.rename(&office.dbs, "Ann").await;
    office.seen().await;
    locker.batch_execute("BEGIN; SELECT FROM people FOR UPDATE").await.unwrap();
    let dropped =
        tokio::time::timeout(Duration::from_millis(30), office.rename(&office.dbs, "Amy")).await.is_err();
    let meanwhile = office.names().await;
    locker.batch_execute("COMMIT").await.unwrap();
    assert!(dropped && meanwhile == "Ann Ben Cid", "{meanwhile}");
    tokio::time::sleep(Duration::from_millis(500)).await;
    let name: String = ask(&office.people, "SELECT name FROM people WHERE id = 1").await;
    assert_eq!(office.names().await, format!("{name} Ben Cid"));
}

/// The type of the column that they refer to is unknown in their database, or sorts them otherwise: pages of IDs that end
/// at one of several spellings would begin with it again.
#[tokio::test]
async fn ids_are_looked_through_as_their_own_column_has_them() {
    let office = Office::open().await;
    let dbs = &office.dbs;
    Nickname::insert(NewNickname { nickname: "Ann".into() }).execute(dbs).await.unwrap();
    Door::insert(NewDoor { code: "A1".into() }).execute(dbs).await.unwrap();
    let knocks = [
        (Some("ANN"), Some("A1")),
        (Some("ben"), Some("A1 ")),
        (None, None),
        (Some("Ben"), Some("A2 ")),
        (Some("ann"), Some("A2  ")),
    ];
    let knocks = (1..).zip(knocks).map(|(id, (nickname, door))| NewKnock {
        id,
        nickname: nickname.map(Into::into),
        door: door.map(Into::into),
    });
    Knock::insert_many(knocks).execute(dbs).await.unwrap();
    for batch in [1, 2, 1000] {
        let mut found = Knock::WHO.orphans().batch(batch).all(dbs).await.unwrap();
        found.sort();
        assert_eq!(found, ["Ben", "ben"]);
        let pages = Knock::WHERE_AT.orphans().batch(batch).stream(dbs).await.unwrap();
        let mut found: Vec<String> = pages.take(9).try_collect().await.unwrap();
        found.sort();
        // As a join compares them: the padding of a `char(n)` does not count, and blanks of a text do.
        assert_eq!(found, ["A1 ", "A2 ", "A2  "]);
    }
}
