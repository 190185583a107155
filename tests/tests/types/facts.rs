//! What the generator's table says of a Rust type is what the compiler says.

use std::{collections::BTreeSet, marker::PhantomData};

use ormgen::model::{
    Traits,
    types::{BUILTIN, EXTENSION, UNSUPPORTED, decimal},
};
use ormgen_tests::server::server;

/// Asks the compiler whether a type has a trait: the inherent constant exists only where it has, and wins then.
struct Probe<T>(PhantomData<T>);

macro_rules! probe {
    ($($fallback:ident, $constant:ident: $($bound:path),+;)+) => {$(
        trait $fallback {
            const $constant: bool = false;
        }
        impl<T> $fallback for Probe<T> {}
        impl<T: $($bound +)+> Probe<T> {
            const $constant: bool = true;
        }
    )+};
}

probe! {
    NotCopy, COPY: Copy;
    NotEq, EQ: Eq;
    NotHash, HASH: std::hash::Hash;
    NotOrd, ORD: Ord;
    NotSerde, SERDE: serde::Serialize, serde::de::DeserializeOwned;
}

macro_rules! facts {
    ($($type:ty,)+) => {
        [$((stringify!($type), Traits {
            copy: Probe::<$type>::COPY,
            eq: Probe::<$type>::EQ,
            hash: Probe::<$type>::HASH,
            ord: Probe::<$type>::ORD,
            serde: Probe::<$type>::SERDE,
        }),)+]
    };
}

#[test]
fn the_table_tells_the_truth() {
    let facts = facts![
        bool,
        i8,
        i16,
        i32,
        i64,
        u32,
        f32,
        f64,
        String,
        Vec<u8>,
        Vec<i16>,
        Vec<u32>,
        ormgen_runtime::types::Decimal,
        ormgen_runtime::types::Numeric,
        ormgen_runtime::types::Money,
        ormgen_runtime::types::BitString,
        ormgen_runtime::types::Uuid,
        ormgen_runtime::types::Xml,
        ormgen_runtime::types::NaiveDate,
        ormgen_runtime::types::NaiveTime,
        ormgen_runtime::types::TimeTz,
        ormgen_runtime::types::NaiveDateTime,
        ormgen_runtime::types::DateTime<ormgen_runtime::types::Utc>,
        ormgen_runtime::types::Interval,
        ormgen_runtime::types::JsonValue,
        ormgen_runtime::types::JsonPath,
        ormgen_runtime::types::IpInet,
        ormgen_runtime::types::IpCidr,
        ormgen_runtime::types::MacAddr,
        ormgen_runtime::types::MacAddr8,
        ormgen_runtime::types::Point,
        ormgen_runtime::types::Line,
        ormgen_runtime::types::LineSegment,
        ormgen_runtime::types::Rectangle,
        ormgen_runtime::types::Path,
        ormgen_runtime::types::Polygon,
        ormgen_runtime::types::Circle,
        ormgen_runtime::types::Range<i32>,
        ormgen_runtime::types::Range<i64>,
        ormgen_runtime::types::Range<ormgen_runtime::types::Numeric>,
        ormgen_runtime::types::Range<ormgen_runtime::types::NaiveDate>,
        ormgen_runtime::types::Range<ormgen_runtime::types::NaiveDateTime>,
        ormgen_runtime::types::Range<ormgen_runtime::types::DateTime<ormgen_runtime::types::Utc>>,
        ormgen_runtime::types::Multirange<i32>,
        ormgen_runtime::types::Multirange<i64>,
        ormgen_runtime::types::Multirange<ormgen_runtime::types::Numeric>,
        ormgen_runtime::types::Multirange<ormgen_runtime::types::NaiveDate>,
        ormgen_runtime::types::Multirange<ormgen_runtime::types::NaiveDateTime>,
        ormgen_runtime::types::Multirange<ormgen_runtime::types::DateTime<ormgen_runtime::types::Utc>>,
        ormgen_runtime::types::TsVector,
        ormgen_runtime::types::TsQuery,
        ormgen_runtime::types::Oid,
        ormgen_runtime::types::Xid,
        ormgen_runtime::types::Xid8,
        ormgen_runtime::types::Cid,
        ormgen_runtime::types::Tid,
        ormgen_runtime::types::PgLsn,
        ormgen_runtime::types::Snapshot,
        ormgen_runtime::types::RefCursor,
        ormgen_runtime::types::HStore,
        ormgen_runtime::types::Vector,
    ];
    for (name, listed) in BUILTIN.iter().chain(EXTENSION) {
        let fact = facts.iter().find(|(path, _)| *path == listed.to_string());
        assert_eq!(Some(&listed.traits()), fact.map(|(_, traits)| traits), "{name}");
    }
    let fact = facts.iter().find(|(path, _)| *path == decimal().to_string());
    assert_eq!(Some(&decimal().traits()), fact.map(|(_, traits)| traits));
}

#[tokio::test]
async fn every_type_of_the_server_is_in_the_table() {
    let db = server(1).create_database("types").await;
    let listed: BTreeSet<&str> =
        BUILTIN.iter().map(|(name, _)| *name).chain(UNSUPPORTED.iter().map(|(name, _)| *name)).collect();
    // A column can be of a base type, a range or a multirange; the array of each is the model's business.
    let sql = "SELECT typname FROM pg_type AS t
        WHERE typnamespace = 'pg_catalog'::regnamespace AND typtype IN ('b', 'r', 'm')
        AND NOT EXISTS (SELECT FROM pg_type AS element WHERE element.typarray = t.oid)";
    let rows = db.connect().await.query(sql, &[]).await.expect("the types");
    let there: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    assert!(there.len() > 70, "{}", there.len());
    let missing: Vec<_> = there.iter().filter(|name| !listed.contains(name.as_str())).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
