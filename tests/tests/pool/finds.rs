//! Finds by key that wait together: each caller gets its own row, or none, as of after it asked.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use futures_util::future::{join_all, poll_immediate};
use ormgen_runtime::{
    Error,
    prelude::*,
    types::{Decimal, NaiveDate, Uuid},
};
use ormgen_tests::{
    generated::{
        keyed::{
            self,
            keys::{
                ByChoosy, ByCitext, ByDate, ByDomain, ByEnum, ByNumeric, BySeveral, ByText, ByUuid, Color,
            },
        },
        visits::{Databases, people::Person},
    },
    keys::Choosy,
    people::{databases, people_on, person},
    server::{TestDb, server},
};

use crate::support::{ask, soon};

const TASKS: i64 = 64;

async fn people(rows: i64, max_size: usize) -> (TestDb, Databases) {
    let db = people_on(&server(1)).await;
    db.batch("CREATE EXTENSION pg_stat_statements").await;
    let dbs = databases(db.url(), |connection| connection.max_size(max_size));
    Person::insert_many((0..rows).map(person)).execute(&dbs).await.unwrap();
    (db, dbs)
}

/// What the server has counted in this database of statements that read people.
async fn statements(db: &TestDb) -> i64 {
    const CALLS: &str = "SELECT coalesce(sum(calls), 0)::bigint FROM pg_stat_statements
         WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
           AND query LIKE 'SELECT%people%' AND query NOT LIKE '%pg_stat_statements%'";
    ask(db, CALLS).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_that_wait_together_are_one_statement() {
    const EACH: i64 = 40;
    let (db, dbs) = people(1_000, 1).await;
    Person::find(1).one(&dbs).await.unwrap();
    let before = statements(&db).await;
    let tasks = (0..TASKS).map(|task| {
        let dbs = dbs.clone();
        tokio::spawn(async move {
            for n in 0..EACH {
                // Some ask for the same, and some for what is not there.
                let id = (task / 2 * 37 + n) % 1_100;
                let row = Person::find(id).optional(&dbs).await.unwrap();
                assert_eq!(row.map(|row| (row.id, row.name)), (id < 1_000).then(|| (id, format!("p{id}"))));
            }
        })
    });
    for task in soon(join_all(tasks)).await {
        task.unwrap();
    }
    let statements = statements(&db).await - before;
    let finds = TASKS * EACH;
    assert!(statements * 4 <= finds, "{finds} finds of {TASKS} tasks took {statements} statements");
}

/// What is alone is sent alone, at once: nobody waits for company.
#[tokio::test]
async fn what_is_alone_is_sent_alone() {
    let (db, dbs) = people(10, 4).await;
    let before = statements(&db).await;
    for n in 0..50 {
        Person::find(n % 10).one(&dbs).await.unwrap();
    }
    assert_eq!(statements(&db).await - before, 50);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_asks_for_what_is_not_there_is_told_so() {
    let (_db, dbs) = people(10, 1).await;
    let finds = (0..TASKS).map(|n| {
        let dbs = &dbs;
        async move { (n, Person::find(n).one(dbs).await) }
    });
    for (n, found) in soon(join_all(finds)).await {
        match found {
            Ok(row) => assert!(row.id == n && n < 10),
            Err(error) => {
                assert!(n >= 10 && matches!(error, Error::NotFound { model: "Person", .. }), "{n}: {error}");
            }
        }
    }
}

/// A row that was written before it was asked for is seen as it was written.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_sees_what_was_there_when_it_asked() {
    let (db, dbs) = people(TASKS, 2).await;
    let raw = Arc::new(db.connect().await);
    let tasks = (0..TASKS).map(|id| {
        let (dbs, raw) = (dbs.clone(), Arc::clone(&raw));
        tokio::spawn(async move {
            for round in 0..20 {
                let name = format!("round {round}");
                if round % 2 == 0 {
                    let update = "UPDATE people SET name = $2 WHERE id = $1";
                    raw.execute(update, &[&id, &name]).await.unwrap();
                } else {
                    Person::find(id).update().set(Person::NAME, name.as_str()).execute(&dbs).await.unwrap();
                }
                assert_eq!(Person::find(id).one(&dbs).await.unwrap().name, name);
            }
        })
    });
    for task in soon(join_all(tasks)).await {
        task.unwrap();
    }
}

/// What one was told is never taken back for another who asked later: a counter that only grows.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_sees_less_than_was_seen_before_it_asked() {
    let (db, dbs) = people(1, 3).await;
    db.batch("UPDATE people SET name = '0'").await;
    let seen = Arc::new(AtomicI64::new(0));
    let readers: Vec<_> = (0..TASKS)
        .map(|_| {
            let (dbs, seen) = (dbs.clone(), Arc::clone(&seen));
            tokio::spawn(async move {
                for _ in 0..40 {
                    let least = seen.load(Ordering::SeqCst);
                    let now: i64 = Person::find(0).one(&dbs).await.unwrap().name.parse().unwrap();
                    assert!(now >= least, "{now} after {least}");
                    seen.fetch_max(now, Ordering::SeqCst);
                }
            })
        })
        .collect();
    let writer = db.connect().await;
    while !readers.iter().all(tokio::task::JoinHandle::is_finished) {
        writer.execute("UPDATE people SET name = (name::bigint + 1)::text", &[]).await.unwrap();
    }
    for reader in readers {
        reader.await.unwrap();
    }
}

/// Some of those who wait go away: the others get what they asked for.
#[tokio::test]
async fn who_goes_away_takes_nothing_along() {
    let (_db, dbs) = people(1_000, 1).await;
    for round in 0..30 {
        let held = dbs.people.connection().await.unwrap();
        let mut finds: Vec<_> = (0..TASKS).map(|n| (n, Box::pin(Person::find(n).one(&dbs)))).collect();
        for (_, find) in &mut finds {
            assert!(poll_immediate(find).await.is_none());
        }
        if round % 2 == 0 {
            finds.retain(|(n, _)| n % 3 > 0);
            drop(held);
        } else {
            drop(held);
            let mut left = Vec::new();
            for (n, mut find) in finds {
                if poll_immediate(&mut find).await.is_none() && n % 5 > 2 {
                    left.push((n, find));
                }
            }
            finds = left;
        }
        let finds = finds.into_iter().map(|(n, find)| async move { (n, find.await) });
        for (n, row) in soon(join_all(finds)).await {
            assert_eq!(row.unwrap().id, n);
        }
    }
}

/// One connection, which is not free when all of them ask.
async fn keys() -> (TestDb, keyed::Databases) {
    let db = server(1).create_database("keys").await;
    let schema = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/keys.sql");
    db.batch(&std::fs::read_to_string(schema).unwrap()).await;
    let connection = ormgen_runtime::config::ConnectionConfig::new("keys", db.url()).max_size(1);
    (db, keyed::Databases::lazy(vec![connection]).unwrap())
}

/// Finds all of these while the only connection is taken, so that they wait together; alone, before that.
macro_rules! found {
    ($dbs:expr, $model:ident, $keys:expr, $name:expr) => {{
        let keys: Vec<_> = $keys.into_iter().collect();
        for key in keys.iter().take(2).cloned() {
            let expected: Option<String> = $name(&key);
            assert_eq!($model::find(key).optional(&$dbs).await.unwrap().map(|row| row.name), expected);
        }
        let held = $dbs.keys.connection().await.unwrap();
        let dbs = &$dbs;
        let finds = keys.into_iter().map(|key| async move {
            let expected: Option<String> = $name(&key);
            ($model::find(key.clone()).optional(dbs).await, key, expected)
        });
        let release = async {
            tokio::task::yield_now().await;
            drop(held);
        };
        for (row, key, expected) in soon(async { tokio::join!(join_all(finds), release) }).await.0 {
            assert_eq!(row.unwrap().map(|row| row.name), expected, "{} {key:?}", stringify!($model));
        }
    }};
}

/// Rows whose keys are of every sort of type.
const ROWS_OF_EVERY_SORT: &str =
    "INSERT INTO by_uuid SELECT ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'u' || n
        FROM generate_series(0, 49) AS n;
    INSERT INTO by_text SELECT 'key ''' || n || ''', {\"\\}', 't' || n FROM generate_series(0, 49) AS n;
    INSERT INTO by_text VALUES ('', 'empty'), ('NULL', 'null');
    INSERT INTO by_citext SELECT 'Key ' || n, 'c' || n FROM generate_series(0, 49) AS n;
    INSERT INTO by_enum VALUES ('red', 'r'), ('blue', 'b');
    INSERT INTO by_domain SELECT 'k-' || n, 'd' || n FROM generate_series(0, 49) AS n;
    INSERT INTO by_date SELECT '2000-01-01'::date + n, 'd' || n FROM generate_series(0, 49) AS n;
    INSERT INTO by_numeric SELECT n + 0.50, 'n' || n FROM generate_series(0, 49) AS n;
    INSERT INTO by_several SELECT s, n, 'k-' || n % 3, s::text || n
        FROM generate_series(0, 19) AS n, unnest(enum_range(NULL::color)) AS s";

#[tokio::test]
async fn keys_of_every_sort() {
    let (db, dbs) = keys().await;
    db.batch(ROWS_OF_EVERY_SORT).await;
    let uuid = |n: u128| Uuid::from_u128(0x0000_0000_0000_4000_8000_0000_0000_0000 | decimal_digits(n));
    found!(dbs, ByUuid, (0..60).map(uuid), |key: &Uuid| {
        (0..50).find(|n| uuid(*n) == *key).map(|n| format!("u{n}"))
    });
    let text = |n: i32| format!("key '{n}', {{\"\\}}");
    let texts = (0..60).map(text).chain(["".into(), "NULL".into(), "null".into(), "{}".into()]);
    found!(dbs, ByText, texts, |key: &String| match key.as_str() {
        "" => Some("empty".to_owned()),
        "NULL" => Some("null".to_owned()),
        key => (0..50).find(|n| text(*n) == key).map(|n| format!("t{n}")),
    });
    // Case does not tell them apart, and each caller writes it as it likes.
    let cases = (0..60).map(|n| if n % 2 == 0 { format!("KEY {n}") } else { format!("key {n}") });
    found!(dbs, ByCitext, cases, |key: &String| {
        let n: i32 = key[4..].parse().unwrap();
        (n < 50).then(|| format!("c{n}"))
    });
    let colors = [Color::Red, Color::Green, Color::Blue].into_iter().cycle().take(30);
    found!(dbs, ByEnum, colors, |key: &Color| match key {
        Color::Red => Some("r".to_owned()),
        Color::Blue => Some("b".to_owned()),
        _ => None,
    });
    found!(dbs, ByDomain, (0..60).map(|n| format!("k-{n}")), |key: &String| {
        let n: i32 = key[2..].parse().unwrap();
        (n < 50).then(|| format!("d{n}"))
    });
    let date = |n: u32| NaiveDate::from_yo_opt(2000, n + 1).unwrap();
    found!(dbs, ByDate, (0..60).map(date), |key: &NaiveDate| {
        (0..50).find(|n| date(*n) == *key).map(|n| format!("d{n}"))
    });
    // 0.5 is 0.50.
    let number =
        |n: i64| if n % 2 == 0 { Decimal::new(n * 10 + 5, 1) } else { Decimal::new(n * 100 + 50, 2) };
    found!(dbs, ByNumeric, (0..60).map(number), |key: &Decimal| {
        (0..50).find(|n| number(*n) == *key).map(|n| format!("n{n}"))
    });
    let several = (0..60_i16).map(|n| {
        let shade = [Color::Red, Color::Green, Color::Blue][n as usize % 3];
        (shade, n / 3 + 1, format!("k-{}", (n / 3 + 1) % 3))
    });
    found!(dbs, BySeveral, several, |key: &(Color, i16, String)| {
        let shade = match key.0 {
            Color::Red => "red",
            Color::Green => "green",
            Color::Blue => "blue",
        };
        (key.1 < 20).then(|| format!("{shade}{}", key.1))
    });
}

/// The number that is written with these decimal digits, read as if they were hexadecimal.
fn decimal_digits(n: u128) -> u128 {
    if n == 0 { 0 } else { decimal_digits(n / 10) * 16 + n % 10 }
}

/// A value that cannot be sent, and one that the server refuses: each fails alone.
#[tokio::test]
async fn a_key_that_cannot_be_sent_fails_alone() {
    let (db, dbs) = keys().await;
    db.batch(
        "INSERT INTO by_choosy SELECT 'k' || n, 'c' || n FROM generate_series(0, 63) AS n;
         INSERT INTO by_text SELECT 'k' || n, 't' || n FROM generate_series(0, 63) AS n",
    )
    .await;
    let held = dbs.keys.connection().await.unwrap();
    let release = async {
        tokio::task::yield_now().await;
        drop(held);
    };
    let bad = |n: i32| n % 20 == 7;
    let choosy = (0..64).map(|n| {
        let key = if bad(n) { String::new() } else { format!("k{n}") };
        ByChoosy::find(Choosy(key)).one(&dbs)
    });
    // PostgreSQL holds no text with a zero byte in it.
    let texts = (0..64).map(|n| {
        let key = if bad(n) { format!("k{n}\0") } else { format!("k{n}") };
        ByText::find(key).one(&dbs)
    });
    let (choosy, texts, ()) = soon(async { tokio::join!(join_all(choosy), join_all(texts), release) }).await;
    for (n, found) in (0..).zip(choosy) {
        match found {
            Ok(row) => assert_eq!(row.name, format!("c{n}")),
            Err(error) => assert!(bad(n) && matches!(error, Error::Database { .. }), "{n}: {error}"),
        }
    }
    for (n, found) in (0..).zip(texts) {
        match found {
            Ok(row) => assert_eq!(row.name, format!("t{n}")),
            Err(error) => assert!(bad(n) && matches!(error, Error::ValueOutOfRange { .. }), "{n}: {error}"),
        }
    }
}

/// A row that cannot be read is its own caller's error.
#[tokio::test]
async fn a_row_that_cannot_be_read_fails_alone() {
    let (db, dbs) = people(TASKS, 1).await;
    db.batch(
        "ALTER TABLE people ALTER COLUMN name DROP NOT NULL; UPDATE people SET name = NULL WHERE id % 10 = 3",
    )
    .await;
    let held = dbs.people.connection().await.unwrap();
    let release = async {
        tokio::task::yield_now().await;
        drop(held);
    };
    let finds = (0..TASKS).map(|n| Person::find(n).one(&dbs));
    let (found, ()) = soon(async { tokio::join!(join_all(finds), release) }).await;
    for (n, found) in (0..).zip(found) {
        match found {
            Ok(row) => assert!(row.id == n && n % 10 != 3),
            Err(error) => assert!(n % 10 == 3 && matches!(error, Error::Decode { .. }), "{n}: {error}"),
        }
    }
}

/// Finds in transactions, with a lock, and on a connection are that one's own.
#[tokio::test]
async fn a_find_in_a_transaction_sees_the_transaction() {
    let (_db, dbs) = people(TASKS, 2).await;
    let tx = dbs.people.begin().await.unwrap();
    Person::query().update().set(Person::NAME, "changed").execute(&tx).await.unwrap();
    let inside = join_all((0..TASKS).map(|n| Person::find(n).one(&tx)));
    let outside = join_all((0..TASKS).map(|n| Person::find(n).one(&dbs)));
    let (inside, outside) = soon(async { tokio::join!(inside, outside) }).await;
    for (n, (inside, outside)) in (0..).zip(inside.into_iter().zip(outside)) {
        let (inside, outside) = (inside.unwrap(), outside.unwrap());
        assert_eq!((inside.id, inside.name), (n, "changed".to_owned()));
        assert_eq!((outside.id, outside.name), (n, format!("p{n}")));
    }
    drop(tx);
}
