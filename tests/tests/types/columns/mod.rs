//! What queries say of a column of any type, over rows at random with edges, NULLs and duplicates, is what SQL by hand says.
//!
//! `ORMGEN_WORLDS` says how many times the tables are filled, and `ORMGEN_SEED` with which rows they begin: a run is like the
//! one before it.

mod values;

use std::fmt::Debug;

use ormgen_runtime::{
    Column, Error, Filter, Keyed, Model, Nullable, Pool,
    config::ConnectionConfig,
    functions::{
        NULL, coalesce, count, count_distinct, desc, greatest, least, nullable, nullif, outer, partition_by,
        value, when,
    },
    generated::Table,
    prelude::*,
    query::{SettableColumns, SqlValue},
};
use ormgen_tests::{dice::Dice, generated::typed::every_type::EveryType, server::server};
use tokio_postgres::{Client, types::FromSqlOwned};

use values::columns_are_right;

#[test]
fn columns_are_asked_as_by_hand() {
    // The checks of all columns are one large future.
    let test = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(check_columns());
    };
    std::thread::Builder::new().stack_size(64 << 20).spawn(test).unwrap().join().unwrap();
}

async fn check_columns() {
    let setting = |name: &str, otherwise| {
        std::env::var(name).ok().and_then(|number| number.parse::<u64>().ok()).unwrap_or(otherwise)
    };
    let database = server(1).create_database("columns").await;
    database.batch(include_str!("../../../../schemas/every_type.sql")).await;
    // It refuses the row that none of the tests has a value for.
    database.batch("ALTER DOMAIN known_place DROP CONSTRAINT known_place_check").await;
    let settings = ConnectionConfig::new("every_type", database.url()).max_size(1);
    let (pool, client) = (Pool::new(&settings).unwrap(), database.connect().await);
    let mut check = Check { pool, client, column: String::new(), is_cast: false, failures: Vec::new() };
    let first = setting("ORMGEN_SEED", 0);
    for seed in first..first + setting("ORMGEN_WORLDS", 1) {
        columns_are_right(&mut check, &mut Dice::new(seed)).await;
        assert!(check.failures.is_empty(), "with ORMGEN_SEED={seed}:\n{}", check.failures.join("\n"));
    }
}

/// A database by two ways, and how they differ.
pub struct Check {
    pool: Pool<EveryType>,
    client: Client,
    column: String,
    /// Whether the server can do less with the column's values than with their texts: a query may refuse it with words.
    is_cast: bool,
    failures: Vec<String>,
}

/// A column, and how SQL by hand has it.
struct Asked<M, T> {
    column: Column<M, T, Nullable>,
    id: Column<M, i32>,
    /// The cast by which the server tells its values apart, where it cannot do so as they are.
    how: &'static str,
}

/// A value of the column, and the row that has it.
type Pick<T> = (i32, T);

impl Check {
    /// The first column of each row; or that the server refuses it.
    async fn by_hand(&self, sql: &str) -> Result<Vec<Option<String>>, String> {
        match self.client.query(sql, &[]).await {
            Ok(rows) => Ok(rows.iter().map(|row| row.get(0)).collect()),
            Err(error) => {
                Err(error.as_db_error().map_or(error.to_string(), |error| error.message().to_owned()))
            }
        }
    }

    /// Compares rows with those of SQL by hand, each as a text. What the server refuses by hand, the query may refuse.
    async fn same<T: ToString>(&mut self, what: &str, found: ormgen_runtime::Result<Vec<T>>, sql: String) {
        let expected = self.by_hand(&sql).await;
        let found = found.map(|rows| rows.iter().map(|row| Some(row.to_string())).collect::<Vec<_>>());
        let is_same = match (&found, &expected) {
            (Ok(found), Ok(expected)) => found == expected,
            (_, Err(_)) => true,
            (Err(Error::InvalidQuery { .. }), _) if self.is_cast => true,
            (Err(_), Ok(_)) => false,
        };
        if !is_same {
            let column = &self.column;
            self.failures.push(format!("{column} {what}: {found:?} and by hand {expected:?}: {sql}"));
        }
    }
}

async fn column_is_right<M, T>(
    check: &mut Check,
    column: Column<M, T, Nullable>,
    id: Column<M, i32>,
    how: &'static str,
) where
    M: Keyed + Model<Db = EveryType, Kind = Table>,
    T: SqlValue + FromSqlOwned + Clone + PartialEq + Debug,
    Column<M, T, Nullable>: SettableColumns<M>,
{
    let asked = &Asked { column, id, how };
    (check.column, check.is_cast) = (format!("{}.{}", M::TABLE, column.def.name), !how.is_empty());
    let first = format!("SELECT min(id)::text FROM {} GROUP BY {}::text", M::TABLE, column.def.name);
    let firsts = check.by_hand(&first).await.unwrap();
    let firsts = firsts.iter().flatten().map(|id| id.parse::<i32>().unwrap());
    let rows = M::query().filter(id.is_in(firsts)).order_by(id.asc()).select((id, column)).all(&check.pool);
    let picks: Vec<Pick<T>> =
        rows.await.unwrap().into_iter().filter_map(|(id, value)| Some((id, value?))).collect();
    for at in 0..picks.len().min(2) {
        let other = &picks[(at + 1) % picks.len()];
        conditions_are_right(check, asked, &picks[at], other).await;
        derived_are_right(check, asked, &picks[at]).await;
        stored_are_right(check, asked, &picks[at]).await;
    }
    told_apart_are_right(check, asked).await;
    pages_are_right(check, asked, 2).await;
}

/// Conditions on the column and a value, and the same by hand.
fn conditions<M, T>(
    asked: &Asked<M, T>,
    one: &Pick<T>,
    two: &Pick<T>,
) -> Vec<(&'static str, Filter<M>, String)>
where
    M: Model<Db = EveryType>,
    T: SqlValue + Clone,
{
    let Asked { column, id, how } = *asked;
    let c = format!("{}{how}", column.def.name);
    let of = |pick: &Pick<T>| format!("(SELECT {c} FROM {} WHERE id = {})", M::TABLE, pick.0);
    let (v, r, s) = (|| one.1.clone(), of(one), of(two));
    // The server sorts some shapes, by their lengths and areas, and not their texts.
    let as_text = how == "::text";
    let plain = |text: &str| if as_text { text.replace(how, "") } else { text.to_owned() };
    let (o, p, q) = (plain(&c), plain(&r), plain(&s));
    let list = || [v(), two.1.clone(), v()];
    vec![
        ("eq", column.eq(v()), format!("{c} = {r}")),
        ("ne", column.ne(v()), format!("{c} <> {r}")),
        ("not eq", not(column.eq(v())), format!("NOT {c} = {r}")),
        ("distinct", column.is_distinct_from(v()), format!("{c} IS DISTINCT FROM {r}")),
        ("same", column.is_not_distinct_from(Some(v())), format!("{c} IS NOT DISTINCT FROM {r}")),
        ("lt", column.lt(v()), format!("{o} < {p}")),
        ("lte", column.lte(v()), format!("{o} <= {p}")),
        ("gt", column.gt(v()), format!("{o} > {p}")),
        ("gte", column.gte(v()), format!("{o} >= {p}")),
        ("between", column.between(v(), two.1.clone()), format!("{o} BETWEEN {p} AND {q}")),
        ("is_in", column.is_in(list()), format!("{c} IN ({r}, {s}, {r})")),
        ("not_in", column.not_in(list()), format!("{c} NOT IN ({r}, {s}, {r})")),
        ("nullif", nullif(column, v()).is_null(), format!("{c} IS NULL OR {c} = {r}")),
        ("coalesce", coalesce(column, v()).eq(v()), format!("coalesce({c}, {r}) = {r}")),
        ("greatest", greatest(column, v()).eq(v()), format!("greatest({o}, {p}) = {p}")),
        ("least", least(column, v()).eq(v()), format!("least({o}, {p}) = {p}")),
        (
            "CASE",
            when(id.gt(4), column).otherwise(v()).eq(v()),
            format!("CASE WHEN id > 4 THEN {c} ELSE {r} END = {r}"),
        ),
        (
            "scalar",
            column.eq(M::query().filter(id.eq(outer(id))).select(column).scalar()),
            format!("{c} = {c}"),
        ),
    ]
}

async fn conditions_are_right<M, T>(check: &mut Check, asked: &Asked<M, T>, one: &Pick<T>, two: &Pick<T>)
where
    M: Model<Db = EveryType, Kind = Table>,
    T: SqlValue + FromSqlOwned + Clone + Debug,
{
    let id = asked.id;
    for (what, filter, by_hand) in conditions(asked, one, two) {
        let what = format!("{what} {:?}", one.1);
        let by_hand = format!("SELECT id::text FROM {} WHERE {by_hand} ORDER BY id", M::TABLE);
        let found = M::query().filter(filter.clone()).order_by(id.asc()).select(id).all(&check.pool).await;
        check.same(&what, found, by_hand.clone()).await;
        if what.starts_with("CASE") {
            let within = id.in_query(M::query().filter(filter).select(id));
            let found = M::query().filter(within).order_by(id.asc()).select(id).all(&check.pool).await;
            check.same(&what, found, by_hand).await;
        }
    }
}

/// A value beside the column in a set, and in groups by an expression.
async fn derived_are_right<M, T>(check: &mut Check, asked: &Asked<M, T>, one: &Pick<T>)
where
    M: Model<Db = EveryType, Kind = Table>,
    T: SqlValue + FromSqlOwned + Clone + Debug,
{
    let Asked { column, id, how } = *asked;
    let (t, c) = (M::TABLE, format!("{}{how}", column.def.name));
    let r = format!("(SELECT {c} FROM {t} WHERE id = {})", one.0);
    let filled = || coalesce(column, one.1.clone());
    let groups = M::query().group_by(filled()).select((filled(), count()));
    let groups = groups.all(&check.pool).await.map(|rows| vec![rows.len()]);
    // As they are: what has to be cast is neither grouped nor in a set.
    let bare = column.def.name;
    let by_hand = format!(
        "SELECT count(*)::text FROM (SELECT 1 FROM {t} GROUP BY coalesce({bare}, (SELECT {bare} FROM {t} LIMIT 1))) AS x"
    );
    let is_grouped = check.by_hand(&by_hand).await.is_ok();
    if is_grouped {
        let by_hand =
            format!("SELECT count(*)::text FROM (SELECT 1 FROM {t} GROUP BY coalesce({c}, {r})) AS x");
        check.same("groups by coalesce", groups, by_hand).await;
    }
    // A text or a range of the program's own is of the first type that its Rust type stands for.
    let is_of_first_type = !["bpchar", "range", "bit"].iter().any(|name| column.def.sql_type.contains(name));
    if is_grouped && is_of_first_type {
        let row = || M::query().filter(id.eq(one.0)).select(nullable(value(one.1.clone())));
        let union = M::query().select(column).union(row()).count(&check.pool).await.map(|count| vec![count]);
        let by_hand = format!("SELECT count(*)::text FROM (SELECT {c} FROM {t} UNION SELECT {r}) AS x");
        check.same("union with a value", union, by_hand).await;
        let except =
            M::query().select(column).except(row()).count(&check.pool).await.map(|count| vec![count]);
        let by_hand = format!("SELECT count(*)::text FROM (SELECT {c} FROM {t} EXCEPT SELECT {r}) AS x");
        check.same("except a value", except, by_hand).await;
    }
}

/// The ways to store a value.
const WAYS: [&str; 6] = ["set", "CASE", "coalesce", "update_many", "insert_from", "sub-query"];

/// The value of one row, stored in another one, is there as in the first.
async fn stored_are_right<M, T>(check: &mut Check, asked: &Asked<M, T>, one: &Pick<T>)
where
    M: Keyed + Model<Db = EveryType, Kind = Table>,
    T: SqlValue + FromSqlOwned + Clone + Debug,
    Column<M, T, Nullable>: SettableColumns<M>,
{
    let Asked { column, id, .. } = *asked;
    let other = if one.0 == 1 { 2 } else { 1 };
    let (there, v) = (|| M::query().filter(id.eq(other)), || one.1.clone());
    for way in WAYS {
        let tx = check.pool.begin().await.unwrap();
        let cleared = there().update().set(column, NULL).execute(&tx).await;
        // A JSON text of the program's own is spelled as it writes it.
        let is_respelled = column.def.sql_type.starts_with("json") && way != "sub-query";
        let done = match way {
            "set" => there().update().set(column, v()).execute(&tx).await,
            "CASE" => there().update().set(column, when(id.gt(0), v()).otherwise(column)).execute(&tx).await,
            "coalesce" => there().update().set(column, coalesce(column, v())).execute(&tx).await,
            "update_many" => {
                M::query().filter(id.eq(other)).delete().execute(&tx).await.unwrap();
                M::query().filter(id.eq(one.0)).update().set(id, other).execute(&tx).await.unwrap();
                let row = there().one(&tx).await.unwrap();
                there().update().set(column, NULL).execute(&tx).await.unwrap();
                M::update_many([row]).set_columns(column).execute(&tx).await
            }
            "insert_from" => {
                there().delete().execute(&tx).await.unwrap();
                let row = M::query().filter(id.eq(one.0)).select((value(other), nullable(value(v()))));
                M::insert_from((id, column), row).execute(&tx).await
            }
            _ => {
                let scalar = M::query().filter(id.eq(one.0)).select(column).scalar();
                there().update().set(column, scalar).execute(&tx).await
            }
        };
        let stored = match cleared.and(done) {
            Ok(_) => there().select(coalesce(column.cast_to::<String>(), "NULL")).all(&tx).await,
            Err(error) => Err(error),
        };
        tx.rollback().await.unwrap();
        let stored = if is_respelled { stored.map(|_| vec![String::new()]) } else { stored };
        let text = if is_respelled { "''".to_owned() } else { format!("{}::text", column.def.name) };
        let by_hand = format!("SELECT {text} FROM {} WHERE id = {}", M::TABLE, one.0);
        check.same(&format!("stored by {way}"), stored, by_hand).await;
    }
}

/// Rows sorted by the column, and told apart by it.
async fn told_apart_are_right<M, T>(check: &mut Check, &Asked { column, id, how }: &Asked<M, T>)
where
    M: Model<Db = EveryType, Kind = Table>,
    T: SqlValue + FromSqlOwned + Clone + Debug,
{
    let (t, c) = (M::TABLE, column.def.name);
    let orders = [
        (column.asc(), "ASC"),
        (column.desc(), "DESC"),
        (column.asc().nulls_first(), "ASC NULLS FIRST"),
        (column.desc().nulls_last(), "DESC NULLS LAST"),
    ];
    for (order, by_hand) in orders {
        let found = M::query().order_by((order, id.asc())).select(id).all(&check.pool).await;
        check.same(by_hand, found, format!("SELECT id::text FROM {t} ORDER BY {c} {by_hand}, id")).await;
    }
    let found =
        M::query().distinct_on(column).order_by((column.asc(), id.asc())).select(id).all(&check.pool).await;
    let by_hand = format!("SELECT DISTINCT ON ({c}) id::text FROM {t} ORDER BY {c}, {t}.id");
    check.same("distinct_on", found, by_hand).await;
    let count_of = |found: ormgen_runtime::Result<i64>| found.map(|count| vec![count]);
    let groups = count_of(M::query().group_by(column).select((column, count())).count(&check.pool).await);
    check
        .same("groups", groups, format!("SELECT count(*)::text FROM (SELECT 1 FROM {t} GROUP BY {c}) AS x"))
        .await;
    let distinct = count_of(M::query().select(column).distinct().count(&check.pool).await);
    check
        .same("distinct", distinct, format!("SELECT count(*)::text FROM (SELECT DISTINCT {c} FROM {t}) AS x"))
        .await;
    let distinct = count_of(M::query().select(count_distinct(column)).one(&check.pool).await);
    check.same("count_distinct", distinct, format!("SELECT count(DISTINCT {c})::text FROM {t}")).await;
    let window = count().over(partition_by(column));
    let found = M::query().order_by(id.asc()).select(window).all(&check.pool).await;
    let by_hand = format!("SELECT (count(*) OVER (PARTITION BY {c}))::text FROM {t} ORDER BY id");
    check.same("window", found, by_hand).await;
    let other = M::alias("other");
    let beside = M::query().join(other.on(other.column(column).eq(column)));
    let by_hand = format!("SELECT count(*)::text FROM {t} AS a JOIN {t} AS b ON a.{c}{how} = b.{c}{how}");
    check.same("beside", count_of(beside.count(&check.pool).await), by_hand).await;
    let found = column.in_query(M::query().filter(id.gt(4)).select(column));
    let found = M::query().filter(found).order_by(id.asc()).select(id).all(&check.pool).await;
    let by_hand =
        format!("SELECT id::text FROM {t} WHERE {c} IN (SELECT {c} FROM {t} WHERE id > 4) ORDER BY id");
    check.same("in_query", found, by_hand).await;
}

/// A page in one order or in the other.
macro_rules! page {
    ($query:expr, $is_falling:expr, $column:expr, $id:expr, |$keyset:ident| $page:expr) => {
        if $is_falling {
            let $keyset = $query.keyset((desc($column), $id));
            $page.await
        } else {
            let $keyset = $query.keyset(($column, $id));
            $page.await
        }
    };
}

/// All pages one after the other, and then back again from the last one.
async fn pages_are_right<M, T>(check: &mut Check, &Asked { column, id, .. }: &Asked<M, T>, size: u64)
where
    M: Model<Db = EveryType, Kind = Table>,
    T: SqlValue + FromSqlOwned + Clone + PartialEq + Debug,
{
    let query = || M::query().select(id);
    for is_falling in [false, true] {
        let order = if is_falling { "DESC" } else { "ASC" };
        let by_hand = format!("SELECT id::text FROM {} ORDER BY {} {order}, id", M::TABLE, column.def.name);
        let (mut all, mut cursor, mut previous, mut back) = (Ok(Vec::new()), None, None, Vec::new());
        loop {
            let after = cursor.take();
            let page = page!(query(), is_falling, column, id, |keys| keys
                .after(after)
                .limit(size)
                .page(&check.pool));
            let page = match page {
                Ok(page) => page,
                Err(error) => break all = Err(error),
            };
            all.iter_mut().for_each(|all| all.extend(page.rows.iter().copied()));
            (cursor, previous, back) = (page.next, page.previous, page.rows);
            if cursor.is_none() {
                break;
            }
        }
        let is_read = all.is_ok();
        check.same(&format!("pages of {size} {order}"), all, by_hand.clone()).await;
        while let Some(before) = previous.take().filter(|_| is_read) {
            let page = page!(query(), is_falling, column, id, |keys| keys
                .before(before)
                .limit(size)
                .page(&check.pool));
            let page = page.unwrap();
            previous = page.previous;
            back.splice(0..0, page.rows);
        }
        if is_read {
            check.same(&format!("pages of {size} {order} back"), Ok(back), by_hand).await;
        }
    }
}
