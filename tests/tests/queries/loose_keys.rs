//! Keys that are equal for the server and differ for the program: another case of a `citext` or under a collation that
//! ignores it, a `char(n)` of another length, an interval in other units. Rows belong together as the server says.

use ormgen_runtime::{
    config::ConnectionConfig,
    functions::{avg, sum},
    prelude::*,
    types::Interval,
};
use ormgen_tests::{
    generated::keyed::{
        Databases,
        keys::{
            Fixed, FixedUse, Label, LabelUse, Mixed, MixedUse, Name, NameUse, Padded, PaddedUse, Period,
            PeriodUse, Plain, PlainUse, Plate, PlateUse, Tag, TagUse, Word, WordUse,
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
    INSERT INTO names VALUES ('Abc'), ('dEF'), ('ghi');
    INSERT INTO name_uses VALUES (1, 'ABC', 'DEF'), (2, 'abc', NULL), (3, 'def', 'def'), (4, 'Abc', 'Abc');
    INSERT INTO plates VALUES ('a', NULL), ('b', 'a'), ('c', 'b');
    INSERT INTO plate_uses VALUES (1, 'a'), (2, 'a'), (3, 'b');
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

/// Blanks at the end of a text count, and those of a `char(n)` do not: loaded rows are those that a join finds.
#[tokio::test]
async fn blanks_at_the_end_of_a_text_count() {
    let (db, dbs) = keys().await;
    db.batch(
        "INSERT INTO plain VALUES ('ab '), ('cd  ');
         INSERT INTO fixed_uses VALUES (5, 'ab ', 'ab'), (6, 'ab', 'cd  ')",
    )
    .await;
    macro_rules! agree {
        ($of:ident, $use:ident, $uses:ident, $optional:ident) => {{
            let rows = $of::query().with($of::$uses).all(&dbs).await.unwrap();
            let mut loaded: Vec<_> = rows
                .into_iter()
                .flat_map(|(row, uses)| uses.into_iter().map(move |of| (row.id.clone(), of.id)))
                .collect();
            let joined: Vec<($use, $of)> = $use::query().join($use::$optional).all(&dbs).await.unwrap();
            let mut joined: Vec<_> = joined.into_iter().map(|(row, of)| (of.id, row.id)).collect();
            loaded.sort();
            joined.sort();
            assert_eq!(loaded, joined);
            let rows = $use::query().with($use::$optional).all(&dbs).await.unwrap();
            let mut of: Vec<_> = rows.into_iter().filter_map(|(row, of)| Some((of?.id, row.id))).collect();
            of.sort();
            assert_eq!(of, joined);
        }};
    }
    agree!(Plain, PlainUse, PLAIN_USES_BY_OPTIONAL, OPTIONAL_PLAIN);
    agree!(Fixed, FixedUse, FIXED_USES_BY_OPTIONAL, OPTIONAL_FIXED);
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

#[tokio::test]
async fn rows_belong_together_by_the_collation_of_the_parent() {
    let (_db, dbs) = keys().await;
    let ids = |uses: &[NameUse]| uses.iter().map(|row| row.id).collect::<Vec<_>>();
    let by_id = || NameUse::ID.asc();
    let all = Name::query().order_by(Name::ID.asc()).all(&dbs).await.unwrap();
    for uses in [
        Name::NAME_USES_BY_REQUIRED.order_by(by_id()),
        Name::NAME_USES_BY_REQUIRED.order_by(by_id()).limit(9),
    ] {
        let loaded: Vec<_> = uses.load(&all, &dbs).await.unwrap().iter().map(|uses| ids(uses)).collect();
        assert_eq!(loaded, [vec![1, 2, 4], vec![3], vec![]]);
    }
    let uses = NameUse::query().order_by(by_id()).with(NameUse::REQUIRED_NAME).with(NameUse::OPTIONAL_NAME);
    let names: Vec<_> =
        uses.all(&dbs).await.unwrap().into_iter().map(|(_, one, other)| (one.unwrap(), other)).collect();
    let name = |id: &str| Name { id: id.into() };
    let expected = [
        (name("Abc"), Some(name("dEF"))),
        (name("Abc"), None),
        (name("dEF"), Some(name("dEF"))),
        (name("Abc"), Some(name("Abc"))),
    ];
    assert_eq!(names, expected);
    let name = Name::find("Abc").one(&dbs).await.unwrap();
    assert_eq!(Name::NAME_USES_BY_REQUIRED.of(&name).count(&dbs).await.unwrap(), 3);
    // Where the child's key is written otherwise, what is read of the parent is the parent's.
    let written =
        NameUse::query().order_by(NameUse::ID.asc()).select(NameUse::REQUIRED_NAME.column(Name::ID));
    assert_eq!(written.all(&dbs).await.unwrap(), ["Abc", "Abc", "dEF", "Abc"].map(|id| Some(id.to_owned())));
    let joined = NameUse::query().join(NameUse::OPTIONAL_NAME).count(&dbs).await.unwrap();
    assert_eq!(joined, 3);
    let used =
        Name::query().filter(Name::NAME_USES_BY_OPTIONAL.any(NameUse::ID.gt(0))).count(&dbs).await.unwrap();
    assert_eq!(used, 2);
}

#[tokio::test]
async fn columns_of_two_collations_are_compared() {
    let (_db, dbs) = keys().await;
    let plates = Plate::query().order_by(Plate::ID.asc()).with(Plate::PLATE_USES).all(&dbs).await.unwrap();
    assert_eq!(plates.iter().map(|(_, uses)| uses.len()).collect::<Vec<_>>(), [2, 1, 0]);
    let plates: Vec<Plate> = plates.into_iter().map(|(plate, _)| plate).collect();
    let used = PlateUse::query().join(PlateUse::PLATE).filter(PlateUse::PLATE.column(Plate::ABOVE).eq("a"));
    assert_eq!(used.clone().count(&dbs).await.unwrap(), 1);
    let depths = Plate::query().order_by(Plate::ID.asc()).select(Plate::ABOVE_PLATE.depth());
    assert_eq!(depths.all(&dbs).await.unwrap(), [0, 1, 2]);
    assert_eq!(Plate::ABOVE_PLATE.ancestors(&plates[2]).count(&dbs).await.unwrap(), 2);
    assert_eq!(Plate::ABOVE_PLATE.descendants(&plates[0]).count(&dbs).await.unwrap(), 2);

    // Values take the column's own collation, and so its index.
    assert!(!Plate::PLATE_USES.of(&plates[0]).sql().contains("COLLATE"));
    assert!(used.sql().contains("COLLATE pg_catalog.\"POSIX\""), "{}", used.sql());

    let done = Plate::OTHERS.of(&plates[0]).add(["b", "c"]).execute(&dbs).await.unwrap();
    assert_eq!((done.added, done.removed), (2, 0));
    let done = Plate::OTHERS.of(&plates[0]).set(["c", "a"]).execute(&dbs).await.unwrap();
    assert_eq!((done.added, done.removed), (1, 1));
    let linked = Plate::query().order_by(Plate::ID.asc()).with(Plate::OTHERS).all(&dbs).await.unwrap();
    assert_eq!(linked.iter().map(|(_, others)| others.len()).collect::<Vec<_>>(), [2, 0, 0]);
    let first = Plate::OTHERS.order_by(Plate::ID.desc()).limit(1);
    let linked = Plate::query().filter(Plate::ID.eq("a")).with(first).one(&dbs).await.unwrap();
    assert_eq!(linked.1, plates[2..]);
    assert_eq!(Plate::OTHERS.of(&plates[0]).filter(Plate::ID.ne("a")).count(&dbs).await.unwrap(), 1);
}

#[tokio::test]
async fn intervals_are_summed() {
    let (_db, dbs) = keys().await;
    let all = Period::query().select((sum(Period::ID), avg(Period::ID))).one(&dbs).await.unwrap();
    let interval = |months, days, microseconds| Some(Interval { months, days, microseconds });
    assert_eq!(all, (interval(1, 1, 3_600_000_000), interval(0, 10, 30_000_000_000)));
}
