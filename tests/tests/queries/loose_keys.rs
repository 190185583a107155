//! Keys that are equal for the server and differ for the program: another case of a `citext` or under a collation that
//! ignores it, a `char(n)` of another length, an interval in other units. Rows belong together as the server says.

use ormgen_runtime::{config::ConnectionConfig, prelude::*, types::Interval};
use ormgen_tests::{
    generated::keyed::{
        Databases,
        keys::{
            Fixed, FixedUse, Label, LabelUse, Mixed, MixedUse, Padded, PaddedUse, Period, PeriodUse, Plain,
            PlainUse, Tag, TagUse, Word, WordUse,
        },
    },
    server::{TestDb, server},
};

const ROWS: &str = "
    INSERT INTO words VALUES ('Abc'), ('dEF'), ('ghi');
    INSERT INTO word_uses VALUES (1, 'ABC', 'DEF'), (2, 'abc', NULL), (3, 'def', 'def'), (4, 'Abc', 'Abc');
    INSERT INTO labels VALUES ('Abc'), ('dEF'), ('ghi');
    INSERT INTO label_uses VALUES (1, 'ABC', 'DEF'), (2, 'abc', NULL), (3, 'def', 'def'), (4, 'Abc', 'Abc');
    INSERT INTO tags VALUES ('Abc'), ('dEF'), ('ghi');
    INSERT INTO tag_uses VALUES (1, 'ABC', 'DEF'), (2, 'abc', NULL), (3, 'def', 'def'), (4, 'Abc', 'Abc');
    INSERT INTO padded VALUES ('ab'), ('cd'), ('ef');
    INSERT INTO padded_uses VALUES (1, 'ab', 'cd'), (2, 'ab', NULL), (3, 'cd', 'cd'), (4, 'ab', 'ab');
    INSERT INTO plain VALUES ('ab'), ('cd'), ('ef');
    INSERT INTO plain_uses VALUES (1, 'ab', 'cd'), (2, 'ab', NULL), (3, 'cd', 'cd'), (4, 'ab', 'ab');
    INSERT INTO fixed VALUES ('ab'), ('cd'), ('ef');
    INSERT INTO fixed_uses VALUES (1, 'ab', 'cd'), (2, 'ab', NULL), (3, 'cd', 'cd'), (4, 'ab', 'ab');
    INSERT INTO mixed VALUES ('ab', 'x'), ('cd', 'y');
    INSERT INTO mixed_uses VALUES (1, 'ab', 'x'), (2, 'cd', 'y'), (3, 'cd', NULL);
    INSERT INTO periods VALUES ('1 mon'), ('1 day'), ('1 hour');
    INSERT INTO period_uses VALUES (1, '30 days', '24:00:00'), (2, '720:00:00', NULL), (3, '24:00:00', '1 day'),
        (4, '1 mon', '1 mon');";

async fn keys() -> (TestDb, Databases) {
    let db = server(1).create_database("loose_keys").await;
    let schema = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/keys.sql");
    db.batch(&std::fs::read_to_string(schema).unwrap()).await;
    db.batch(ROWS).await;
    let dbs = Databases::lazy(vec![ConnectionConfig::new("keys", db.url())]).unwrap();
    (db, dbs)
}

/// Loads the rows of the table and those that use them, from either end and in every way, and checks them against the
/// first, second and third key.
macro_rules! belong {
    ($dbs:expr, $of:ident, $use:ident, $uses:ident, $optional_uses:ident, $required:ident, $optional:ident,
     $keys:expr) => {{
        let (dbs, [first, second, third]) = (&$dbs, $keys);
        let by_key = |rows: Vec<(_, Vec<i32>)>| {
            for (key, expected) in [(&first, vec![1, 2, 4]), (&second, vec![3]), (&third, vec![])] {
                let (_, uses) = rows.iter().find(|(id, _)| id == key).unwrap();
                assert_eq!(*uses, expected, "{key:?}");
            }
        };
        let sorted = |row: $of, mut uses: Vec<$use>| {
            uses.sort_by_key(|row| row.id);
            (row.id, uses.iter().map(|row| row.id).collect())
        };
        let rows = $of::query().with($of::$uses).all(dbs).await.unwrap();
        by_key(rows.into_iter().map(|(row, uses)| sorted(row, uses)).collect());
        let rows = $of::query().all(dbs).await.unwrap();
        let uses = $of::$uses.load(&rows, dbs).await.unwrap();
        by_key(rows.into_iter().zip(uses).map(|(row, uses)| sorted(row, uses)).collect());
        let limited = $of::$uses.order_by($use::ID.asc()).limit(9).select($use::ID);
        let rows = $of::query().with(limited).all(dbs).await.unwrap();
        by_key(rows.into_iter().map(|(row, uses)| (row.id, uses)).collect());

        let uses = $use::query().order_by($use::ID.asc()).with($use::$required).with($use::$optional);
        let uses = uses.all(dbs).await.unwrap();
        let ids: Vec<_> =
            uses.into_iter().map(|(_, of, optional)| (of.id, optional.map(|of| of.id))).collect();
        let expected = [
            (first.clone(), Some(second.clone())),
            (first.clone(), None),
            (second.clone(), Some(second.clone())),
            (first.clone(), Some(first.clone())),
        ];
        assert_eq!(ids, expected);
        // Nested, from one end to the other and back.
        let rows = $of::query().filter($of::ID.eq(&third)).with($of::$optional_uses.with($use::$required));
        assert_eq!(rows.one(dbs).await.unwrap(), ($of { id: third }, vec![]));
        let rows = $of::query().filter($of::ID.eq(&second)).with($of::$optional_uses.with($use::$required));
        let (_, uses) = rows.one(dbs).await.unwrap();
        let mut uses: Vec<_> = uses.into_iter().map(|(row, of)| (row.id, of.id)).collect();
        uses.sort_by_key(|(id, _)| *id);
        assert_eq!(uses, [(1, first), (3, second)]);
    }};
}

#[tokio::test]
async fn rows_belong_together_as_the_server_says() {
    let (_db, dbs) = keys().await;
    let texts = |keys: [&str; 3]| keys.map(str::to_owned);
    belong!(
        dbs,
        Word,
        WordUse,
        WORD_USES_BY_REQUIRED,
        WORD_USES_BY_OPTIONAL,
        REQUIRED_WORD,
        OPTIONAL_WORD,
        texts(["Abc", "dEF", "ghi"])
    );
    belong!(
        dbs,
        Label,
        LabelUse,
        LABEL_USES_BY_REQUIRED,
        LABEL_USES_BY_OPTIONAL,
        REQUIRED_LABEL,
        OPTIONAL_LABEL,
        texts(["Abc", "dEF", "ghi"])
    );
    belong!(
        dbs,
        Tag,
        TagUse,
        TAG_USES_BY_REQUIRED,
        TAG_USES_BY_OPTIONAL,
        REQUIRED_TAG,
        OPTIONAL_TAG,
        texts(["Abc", "dEF", "ghi"])
    );
    belong!(
        dbs,
        Padded,
        PaddedUse,
        PADDED_USES_BY_REQUIRED,
        PADDED_USES_BY_OPTIONAL,
        REQUIRED_PADDED,
        OPTIONAL_PADDED,
        texts(["ab  ", "cd  ", "ef  "])
    );
    let interval = |months, days, microseconds| Interval { months, days, microseconds };
    belong!(
        dbs,
        Period,
        PeriodUse,
        PERIOD_USES_BY_REQUIRED,
        PERIOD_USES_BY_OPTIONAL,
        REQUIRED_PERIOD,
        OPTIONAL_PERIOD,
        [interval(1, 0, 0), interval(0, 1, 0), interval(0, 0, 3_600_000_000)]
    );
}

#[tokio::test]
async fn a_char_and_another_text_belong_together() {
    let (_db, dbs) = keys().await;
    let texts = |keys: [&str; 3]| keys.map(str::to_owned);
    belong!(
        dbs,
        Plain,
        PlainUse,
        PLAIN_USES_BY_REQUIRED,
        PLAIN_USES_BY_OPTIONAL,
        REQUIRED_PLAIN,
        OPTIONAL_PLAIN,
        texts(["ab", "cd", "ef"])
    );
    belong!(
        dbs,
        Fixed,
        FixedUse,
        FIXED_USES_BY_REQUIRED,
        FIXED_USES_BY_OPTIONAL,
        REQUIRED_FIXED,
        OPTIONAL_FIXED,
        texts(["ab  ", "cd  ", "ef  "])
    );
    let uses = MixedUse::query().order_by(MixedUse::ID.asc()).with(MixedUse::MIXED).all(&dbs).await.unwrap();
    let of: Vec<_> = uses.into_iter().map(|(_, of)| of.map(|of| of.a)).collect();
    assert_eq!(of, [Some("ab".to_owned()), Some("cd".to_owned()), None]);
    let of = Mixed::query().order_by(Mixed::A.asc()).with(Mixed::MIXED_USES).all(&dbs).await.unwrap();
    let uses: Vec<Vec<_>> = of.into_iter().map(|(_, uses)| uses.iter().map(|row| row.id).collect()).collect();
    assert_eq!(uses, [[1], [2]]);
}

#[tokio::test]
async fn through_a_join_table_of_other_types_too() {
    let (db, dbs) = keys().await;
    let all = Fixed::query().order_by(Fixed::ID.asc()).all(&dbs).await.unwrap();
    let plain = Plain::query().order_by(Plain::ID.asc()).all(&dbs).await.unwrap();
    let added = Fixed::PLAINS.of(&all[0]).add(["cd", "ef"]).execute(&dbs).await.unwrap();
    assert_eq!((added.added, added.removed), (2, 0));
    let linked = Fixed::query().order_by(Fixed::ID.asc()).with(Fixed::PLAINS).all(&dbs).await.unwrap();
    assert_eq!(linked.iter().map(|(_, plain)| plain.len()).collect::<Vec<_>>(), [2, 0, 0]);
    let linked = Plain::query().order_by(Plain::ID.asc()).with(Plain::FIXEDS).all(&dbs).await.unwrap();
    assert_eq!(linked.iter().map(|(_, fixed)| fixed.len()).collect::<Vec<_>>(), [0, 1, 1]);
    assert_eq!(Fixed::PLAINS.of(&all[0]).count(&dbs).await.unwrap(), 2);
    assert_eq!(Plain::FIXEDS.of(&plain[1]).all(&dbs).await.unwrap(), all[..1]);
    let done = Fixed::PLAINS.of(&all[0]).remove(["ab", "cd"]).execute(&dbs).await.unwrap();
    assert_eq!((done.added, done.removed), (0, 1));
    let done = Fixed::PLAINS.of(&all[0]).set(["ab"]).execute(&dbs).await.unwrap();
    assert_eq!((done.added, done.removed), (1, 1));
    drop(db);
}
