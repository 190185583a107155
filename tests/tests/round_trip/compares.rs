//! Every operator beside every type: where the server compares a column with a column, it compares it with a value.

use std::ops::Bound;

use ormgen_runtime::{
    Column, Database, Error, Expr, Filter, Insertable, Model, NotNull, Nullable,
    functions::{
        array_agg, coalesce, count, count_distinct, greatest, least, lower_bound, max, min, nullif,
        partition_by, row_number, upper_bound, when,
    },
    generated::Table,
    prelude::*,
    query::{InSelect, Kind, Select, SqlValue, TableColumns, Unlocked},
    types::{FromSql, Range},
};
use ormgen_tests::generated::{keyed::keys as keyed, typed::every_type as typed};
use tokio_postgres::types::FromSqlOwned;

use super::{Check, database, models, only, settings};

/// An operator with a column on its right and with a value there.
pub struct Case<M> {
    what: String,
    with_column: Filter<M>,
    with_value: Filter<M>,
    /// The same by hand, which the server may refuse: it has no order of the type, or no such aggregate.
    by_hand: Option<String>,
}

/// Types whose Rust type says more than one type of SQL, of which a `CASE` of values alone is the first.
const SHARED: [&str; 11] = [
    "json",
    "int2vector",
    "oidvector",
    "txid_snapshot",
    "public.ltree",
    "public.lquery",
    "public.ltxtquery",
    "public.float_range",
    "public.float_multirange",
    "public.text_range",
    "public.text_ranges",
];

/// Composites with a `point` in them: the server has no equality of such a record, which only its error tells.
fn is_with_point<M, T, K>(column: Column<M, T, K>) -> bool {
    let name = column.def.sql_type.trim_end_matches("[]");
    name.ends_with("place") || name.ends_with("person")
}

/// All operators that any column has; none for a column that is NULL.
pub fn cases<M, T, K>(column: Column<M, T, K>, value: K::InRow<T>) -> Vec<Case<M>>
where
    M: Model,
    T: SqlValue + Clone,
    K: Kind<InRow<T>: FromSqlOwned + Send + 'static> + 'static,
{
    let Some(value) = K::value::<T>(value) else { return Vec::new() };
    if is_with_point(column) {
        return Vec::new();
    }
    let v = || value.clone();
    let one = || std::iter::once(&value);
    let is = |expression: Expr<M, T, Nullable>| expression.is_not_null();
    let typed = |value: Expr<M, T, Nullable>| coalesce(value, column).is_not_null();
    let all = [
        ("eq", column.eq(column), column.eq(v())),
        ("ne", column.ne(column), column.ne(&value)),
        ("lt", column.lt(column), column.lt(v())),
        ("lte", column.lte(column), column.lte(v())),
        ("gt", column.gt(column), column.gt(v())),
        ("gte", column.gte(column), column.gte(v())),
        ("between", column.between(column, column), column.between(v(), v())),
        ("between half", column.between(column, column), column.between(column, v())),
        ("is_in", column.eq(column), column.is_in(one())),
        ("not_in", column.ne(column), column.not_in(one())),
        ("distinct", column.is_distinct_from(column), column.is_distinct_from(v())),
        ("not distinct", column.is_not_distinct_from(column), column.is_not_distinct_from(v())),
        ("distinct or null", column.is_distinct_from(column), column.is_distinct_from(Some(v()))),
        ("null", column.is_distinct_from(column), column.is_not_distinct_from(None::<T>)),
        ("in_range", column.between(column, column), column.in_range(v()..=v())),
        ("nullif", nullif(column, column).is_null(), nullif(column, v()).is_null()),
        ("coalesce", is(nullable(coalesce(column, column))), is(nullable(coalesce(column, v())))),
        ("greatest", is(nullable(greatest(column, column))), is(nullable(greatest(column, v())))),
        ("least", is(nullable(least(column, column))), is(nullable(least(column, v())))),
        ("coalesced", coalesce(column, column).eq(column), coalesce(column, v()).eq(v())),
        ("CASE", typed(when(sure(), column).end()), typed(when(sure(), v()).end())),
        ("CASE of two", sure(), typed(nullable(when(sure(), v()).otherwise(v())))),
    ];
    let uses = [
        ("SELECT 1 FROM {t} GROUP BY {c}", M::query().group_by(column).select(count()).scalar().eq(1)),
        (
            "SELECT 1 FROM {t} ORDER BY {c}",
            M::query().order_by(column.asc()).limit(1).select(count()).scalar().eq(1),
        ),
        ("SELECT DISTINCT {c} FROM {t}", one_row(M::query().select(column).distinct())),
        ("SELECT DISTINCT ON ({c}) 1 FROM {t}", one_row(M::query().distinct_on(column).select(column))),
        ("SELECT count(DISTINCT {c}) FROM {t}", M::query().select(count_distinct(column)).scalar().eq(1)),
        (
            "SELECT row_number() OVER (PARTITION BY {c}) FROM {t}",
            one_row(M::query().select(numbered(column))),
        ),
        ("SELECT min({c}) FROM {t}", M::query().select(min(column)).scalar().is_not_null()),
        ("SELECT max({c}) FROM {t}", M::query().select(max(column)).scalar().is_not_null()),
        ("SELECT array_agg({c}) FROM {t}", M::query().select(array_agg(column)).scalar().is_not_null()),
        (
            "SELECT 1 FROM {t} WHERE {c} IN (SELECT {c}) GROUP BY {c}",
            column.in_query(M::query().select(column)),
        ),
    ];
    let name = column.def.name;
    let element = column.def.sql_type.trim_end_matches("[]");
    let is_shared = SHARED.contains(&element);
    let compared = all.into_iter().filter(|(what, ..)| !is_shared || !what.starts_with("CASE")).map(
        |(what, with_column, with_value)| Case {
            what: format!("{name}.{what}"),
            with_column,
            with_value,
            by_hand: None,
        },
    );
    // The server compares the elements of arrays only where there are two.
    let twice = format!("{} CROSS JOIN (VALUES (1), (2)) AS twice (n)", M::TABLE);
    let used = uses.into_iter().map(|(what, with_value)| {
        let by_hand = what.replace("{t}", &twice).replace("{c}", name);
        Case { what: by_hand.clone(), with_column: sure(), with_value, by_hand: Some(by_hand) }
    });
    compared.chain(used).collect()
}

/// Whether a selection has one row.
fn one_row<M, N, C>(selected: Select<N, Unlocked, C>) -> Filter<M>
where
    M: Model,
    N: Model<Db = M::Db>,
    C: TableColumns<N> + 'static,
{
    selected.into_table().0.select(count()).scalar().eq(1)
}

/// The place of each row among those with the same value.
fn numbered<M, T, K: Kind>(column: Column<M, T, K>) -> Expr<M, i64, NotNull, InSelect> {
    row_number().over(partition_by(column).order_by(column.desc()))
}

fn sure<M: Model>() -> Filter<M> {
    ormgen_runtime::functions::sql("true").filter()
}

fn nullable<M, T, K: Kind>(value: Expr<M, T, K>) -> Expr<M, T, Nullable> {
    ormgen_runtime::functions::nullable(value)
}

impl<D: Database> Check<D> {
    /// What the server answers of a column it answers of the column's value.
    pub async fn compares<M, N>(&self, cases: fn(&M) -> Vec<Vec<Case<M>>>) -> Vec<String>
    where
        M: Model<Db = D, Kind = Table> + std::fmt::Debug,
        N: Insertable<Model = M>,
    {
        self.clear::<M>().await;
        self.insert_sample::<M>(N::COLUMNS).await;
        let row = only(self.reads::<M>().await);
        let failures = self.failures(cases(&row).into_iter().flatten().collect()).await;
        self.clear::<M>().await;
        failures
    }

    async fn failures<M: Model<Db = D>>(&self, cases: Vec<Case<M>>) -> Vec<String> {
        let mut failures = Vec::new();
        for Case { what, with_column, with_value, by_hand } in cases {
            // Some types have no such operator at all, which is told before the statement is sent.
            let expected = match M::query().filter(with_column).count(&self.pool).await {
                Ok(expected) => expected,
                Err(Error::InvalidQuery { .. }) => continue,
                Err(error) => {
                    failures.push(format!("{what} of columns: {error}"));
                    continue;
                }
            };
            let sql = M::query().filter(with_value.clone()).sql();
            match M::query().filter(with_value).count(&self.pool).await {
                Ok(found) if found == expected => {}
                Err(_) if self.is_refused(by_hand.as_deref()).await => {}
                Ok(found) => failures.push(format!("{what}: {found}, not {expected}: {sql}")),
                Err(error) => failures.push(format!("{what}: {error}: {sql}")),
            }
        }
        failures
    }

    async fn is_refused(&self, by_hand: Option<&str>) -> bool {
        match by_hand {
            Some(sql) => self.client.simple_query(sql).await.is_err(),
            None => false,
        }
    }
}

#[tokio::test]
async fn values_of_every_type() {
    let db = database("compared_types", "every_type.sql").await;
    let dbs = ormgen_tests::generated::typed::Databases::lazy(settings(&db, "every_type")).unwrap();
    let failures =
        models::compare_typed(&Check { pool: dbs.every_type.clone(), client: db.connect().await }).await;
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[tokio::test]
async fn values_of_extensions() {
    let db = database("compared_extensions", "extensions.sql").await;
    let dbs = ormgen_tests::generated::extended::Databases::lazy(settings(&db, "extensions")).unwrap();
    let failures =
        models::compare_extended(&Check { pool: dbs.extensions.clone(), client: db.connect().await }).await;
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The operators of ranges, by the value where the range begins.
fn range_cases<M, T>(column: Column<M, Range<T>, Nullable>, value: Option<Range<T>>) -> Vec<Case<M>>
where
    M: Model,
    T: SqlValue + Clone + for<'a> FromSql<'a>,
{
    let range = value.unwrap();
    let Some(Bound::Included(low)) = range.lower().cloned() else { panic!("{range:?}") };
    let all = [
        ("includes", sure(), column.includes(low.clone())),
        ("includes &", sure(), column.includes(&low)),
        ("overlaps", column.overlaps(column), column.overlaps(&range)),
        ("overlaps ..=", column.overlaps(column), column.overlaps(low.clone()..=low.clone())),
        ("within ..", column.within(column), column.within(low.clone()..)),
        ("covers", column.covers(column), column.covers(&range)),
        ("within", column.within(column), column.within(&range)),
        ("adjacent", column.adjacent(column), column.adjacent(&range)),
        ("lower_bound", sure(), lower_bound(column).eq(low.clone())),
        ("upper_bound", upper_bound(column).gt(lower_bound(column)), upper_bound(column).gt(low.clone())),
    ];
    let of = |(what, with_column, with_value)| Case {
        what: format!("{}.{what}", column.def.name),
        with_column,
        with_value,
        by_hand: None,
    };
    all.map(of).into()
}

/// The operators of arrays.
fn array_cases<M, T>(column: Column<M, Vec<T>, Nullable>, value: Option<Vec<T>>) -> Vec<Case<M>>
where
    M: Model,
    T: SqlValue + Clone,
{
    let values = value.unwrap();
    if is_with_point(column) {
        return Vec::new();
    }
    let all = [
        ("has", column.has_all(column), column.has(&values[0])),
        ("has_all", column.has_all(column), column.has_all(&values)),
        ("has_any", column.has_any(column), column.has_any(&values)),
        ("has_only", column.has_only(column), column.has_only(&values)),
    ];
    let of = |(what, with_column, with_value)| Case {
        what: format!("{}.{what}", column.def.name),
        with_column,
        with_value,
        by_hand: None,
    };
    all.map(of).into()
}

macro_rules! each {
    ($cases:ident, $model:ty: $($constant:ident $field:ident),+) => {
        |row: &$model| vec![$($cases(<$model>::$constant, row.$field.clone())),+]
    };
}

#[tokio::test]
async fn values_in_ranges_and_arrays() {
    let db = database("compared_members", "every_type.sql").await;
    let dbs = ormgen_tests::generated::typed::Databases::lazy(settings(&db, "every_type")).unwrap();
    let check = Check { pool: dbs.every_type.clone(), client: db.connect().await };
    let mut failures = Vec::new();
    let ranges = each!(range_cases, typed::Range: INT4RANGE int4range, INT8RANGE int8range, NUMRANGE numrange,
        TSRANGE tsrange, TSTZRANGE tstzrange, DATERANGE daterange, FLOATS floats, TEXTS texts);
    failures.extend(check.compares::<typed::Range, typed::NewRange>(ranges).await);
    let of_ranges = each!(array_cases, typed::RangeArray: INT4RANGE int4range, NUMRANGE numrange,
        DATERANGE daterange, FLOATS floats);
    failures.extend(check.compares::<typed::RangeArray, typed::NewRangeArray>(of_ranges).await);
    let of_own = each!(array_cases, typed::OwnTypeArray: MOOD mood, PLACE place, PERSON person, PRICE price,
        SHORT_TEXT short_text, GOOD_MOOD good_mood, KNOWN_PLACE known_place);
    failures.extend(check.compares::<typed::OwnTypeArray, typed::NewOwnTypeArray>(of_own).await);
    let of_documents =
        each!(array_cases, typed::DocumentArray: INET inet, CIDR cidr, JSONB jsonb, MACADDR macaddr);
    failures.extend(check.compares::<typed::DocumentArray, typed::NewDocumentArray>(of_documents).await);
    let of_texts = each!(array_cases, typed::TextArray: VARCHAR varchar, CHAR_10 char_10, NAME name, BIT_8 bit_8,
        VARBIT varbit);
    failures.extend(check.compares::<typed::TextArray, typed::NewTextArray>(of_texts).await);
    let of_times = each!(array_cases, typed::TimeArray: INTERVAL interval, TIMETZ timetz, DATE date);
    failures.extend(check.compares::<typed::TimeArray, typed::NewTimeArray>(of_times).await);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[tokio::test]
async fn the_last_value_of_a_range_of_integers() {
    let db = database("compared_ends", "every_type.sql").await;
    let dbs = ormgen_tests::generated::typed::Databases::lazy(settings(&db, "every_type")).unwrap();
    db.batch("INSERT INTO ranges (id, int4range) VALUES (1, '[1,)'), (2, '[1,5)')").await;
    let with_last = typed::Range::query().filter(typed::Range::INT4RANGE.includes(i32::MAX));
    assert_eq!(with_last.count(&dbs).await.unwrap(), 1);
}

#[tokio::test]
async fn values_of_composites() {
    let db = database("compared_spots", "keys.sql").await;
    let dbs = ormgen_tests::generated::keyed::Databases::lazy(settings(&db, "keys")).unwrap();
    let check = Check { pool: dbs.keys.clone(), client: db.connect().await };
    let failures = models::compare_keyed(&check).await;
    assert!(failures.is_empty(), "{}", failures.join("\n"));

    let spot = |shelf| keyed::Spot { shelf: Some(shelf), label: Some("a".to_owned()) };
    let (one, two) = (spot(1), spot(2));
    for id in [1, 2] {
        let row = keyed::NewStock {
            id,
            spot: Some(spot(id)),
            spots: Some(vec![spot(id)]),
            good: None,
            net: None,
            codes: None,
            span: None,
        };
        keyed::Stock::insert(row).execute(&dbs).await.unwrap();
    }
    let count = async |filter| keyed::Stock::query().filter(filter).count(&dbs).await.unwrap();
    let column = keyed::Stock::SPOT;
    assert_eq!(count(column.eq(&one)).await, 1);
    assert_eq!(count(column.ne(&one)).await, 1);
    assert_eq!(count(column.gt(&one)).await, 1);
    assert_eq!(count(column.is_in([&one, &two])).await, 2);
    assert_eq!(count(column.not_in([&one])).await, 1);
    assert_eq!(count(coalesce(column, one.clone()).eq(&two)).await, 1);
    assert_eq!(count(keyed::Stock::SPOTS.is_in([vec![one.clone()]])).await, 1);
    let none: [&Vec<keyed::Spot>; 0] = [];
    assert_eq!(count(keyed::Stock::SPOTS.is_in(none)).await, 0);
    assert_eq!(count(keyed::Stock::SPOTS.not_in(none)).await, 2);

    let either = when(keyed::Stock::ID.eq(1), two.clone()).otherwise(one.clone());
    let changed = keyed::Stock::query().update().set(column, either).execute(&dbs).await;
    assert_eq!(changed.unwrap(), 2);
    assert_eq!(keyed::Stock::find(1).one(&dbs).await.unwrap().spot, Some(two));
}
