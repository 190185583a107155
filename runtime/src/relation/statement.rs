//! The statements that load related rows. Their texts do not depend on the number of keys, which go as arrays.
//!
//! A filter's columns may be written without their table's name. So the names beside the target's are ormgen's own, and
//! none that a column has.

use super::{key::Ends, many_to_many::JoinTable, related::KeyPath};
use crate::{
    model::Model,
    query::{Query, reading},
    sql::{ColumnDef, Intent, Owned, Sharing, SqlWriter, Statement},
};

const KEYS: &str = "\"ormgen key\"";
const LINKS: &str = "\"ormgen link\"";
const ROWS: &str = "\"ormgen row\"";
const PLACE: &str = "\"ormgen place\"";

/// What loads rows, which begin with the columns of the target.
pub(super) struct LoadStatement<'a> {
    pub statement: Statement<'a>,
    /// Whether the place of the key, counted from 1, stands after them.
    pub placed: bool,
}

/// The rows of `query` that are found by keys, which come as one array a column.
pub(super) fn statement<'a, T: Model, K>(
    path: &KeyPath<T, K>,
    query: &'a Query<T>,
    keys: &'a [Owned],
) -> LoadStatement<'a> {
    let mut sql = SqlWriter::new(T::TABLE);
    sql.reach(query.parts());
    let placed = match path {
        _ if query.is_limited() => {
            write_for_each_key(&mut sql, path, query, keys);
            true
        }
        KeyPath::Direct { ends, .. } => {
            Query::<T>::write_from(&mut sql);
            query.write_rest_where(&mut sql, |sql| write_among(sql, ends.far, *ends, keys));
            false
        }
        KeyPath::Through(join) => {
            write_joined(&mut sql, join, query, keys);
            true
        }
    };
    let statement = reading::<T>(sql.finish(Intent::Read), Sharing::Read);
    LoadStatement { statement: statement.named(T::NAME, "with").on(T::TABLE).rows_of(T::COLUMNS), placed }
}

/// A query of its own for each key, inside one statement: so a limit counts each key's rows, in their order, and reads
/// no others where an index has that order. The inner query needs the key, so it can only run key by key, and the rows
/// of one key come together and in its order
/// (<https://www.postgresql.org/docs/current/queries-table-expressions.html#QUERIES-LATERAL>).
fn write_for_each_key<'a, T: Model, K>(
    sql: &mut SqlWriter<'a>,
    path: &KeyPath<T, K>,
    query: &'a Query<T>,
    keys: &'a [Owned],
) {
    sql.push("SELECT ").push(ROWS).push(".*, ").push(KEYS).push(".").push(PLACE).push(" FROM ");
    write_keys(sql, path.ends(), keys);
    Query::<T>::write_from(sql.push(" CROSS JOIN LATERAL ("));
    query.write_rest_where(sql, |sql| match path {
        KeyPath::Direct { ends, .. } => write_own_key(sql, ends.far),
        KeyPath::Through(join) => {
            sql.push("(").columns(join.far.far).push(")");
            sql.push(" IN (SELECT ").list(", ", join.far.near, |sql, column| {
                sql.push(LINKS).push(".").push(column.name);
            });
            sql.push(" FROM ").push(join.table).push(" AS ").push(LINKS).push(" WHERE ");
            write_key(sql, LINKS, join.near.far);
            sql.push(")");
        }
    });
    sql.push(") AS ").push(ROWS);
}

/// The target's rows, each as often as a row of the join table leads to it.
fn write_joined<'a, T: Model>(
    sql: &mut SqlWriter<'a>,
    join: &JoinTable,
    query: &'a Query<T>,
    keys: &'a [Owned],
) {
    sql.push("SELECT ");
    for column in T::COLUMNS {
        sql.column(column.name).push(", ");
    }
    sql.push(PLACE).push(" FROM ").tables().push(" JOIN (SELECT ");
    for (at, column) in (1..).zip(join.far.near) {
        sql.push(LINKS).push(".").push(column.name).push(" AS ");
        write_numbered(sql, at);
        sql.push(", ");
    }
    sql.push(PLACE).push(" FROM ").push(join.table).push(" AS ").push(LINKS).push(" JOIN ");
    write_keys(sql, join.near, keys);
    write_key(sql.push(" ON "), LINKS, join.near.far);
    sql.push(") AS ").push(LINKS).push(" ON true");
    query.write_rest_where(sql, |sql| {
        sql.list(" AND ", (1..).zip(join.far.far), |sql, (at, column)| {
            sql.column(column.name).push(" = ").push(LINKS).push(".");
            write_numbered(sql, at);
        });
    });
}

/// `id = ANY($1)`, or `(a, b) IN (SELECT * FROM UNNEST($1, $2))`: that `columns` hold one of the keys.
pub(super) fn write_among<'a>(sql: &mut SqlWriter<'a>, columns: &[ColumnDef], ends: Ends, keys: &'a [Owned]) {
    if let [column] = columns {
        sql.column(column.name).push(" = ANY(");
        write_arrays(sql, ends, keys);
        sql.push(")");
    } else {
        sql.push("(").columns(columns).push(")");
        write_arrays(sql.push(" IN (SELECT * FROM UNNEST("), ends, keys);
        sql.push("))");
    }
}

/// The keys as a table with their places.
fn write_keys<'a>(sql: &mut SqlWriter<'a>, ends: Ends, keys: &'a [Owned]) {
    write_arrays(sql.push("UNNEST("), ends, keys);
    sql.push(") WITH ORDINALITY AS ").push(KEYS).push(" (");
    for at in (1..).take(keys.len()) {
        write_numbered(sql, at);
        sql.push(", ");
    }
    sql.push(PLACE).push(")");
}

/// That `columns` of the statement's table hold the key of [`write_keys`].
fn write_own_key(sql: &mut SqlWriter<'_>, columns: &[ColumnDef]) {
    sql.list(" AND ", (1..).zip(columns), |sql, (at, column)| {
        sql.column(column.name).push(" = ").push(KEYS).push(".");
        write_numbered(sql, at);
    });
}

/// The same of the table with that alias.
fn write_key(sql: &mut SqlWriter<'_>, alias: &str, columns: &[ColumnDef]) {
    sql.list(" AND ", (1..).zip(columns), |sql, (at, column)| {
        sql.push(alias).push(".");
        sql.push(column.name).push(" = ").push(KEYS).push(".");
        write_numbered(sql, at);
    });
}

pub(super) fn write_arrays<'a>(sql: &mut SqlWriter<'a>, ends: Ends, keys: &'a [Owned]) {
    sql.list(", ", ends.types().zip(keys), |sql, (ty, array)| {
        sql.value(&**array).push("::").push(ty).push("[]");
    });
}

pub(super) fn write_tuple(sql: &mut SqlWriter<'_>, columns: &[ColumnDef]) {
    sql.push("(").list(", ", columns, |sql, column| {
        sql.push(column.name);
    });
    sql.push(")");
}

fn write_numbered(sql: &mut SqlWriter<'_>, number: u64) {
    sql.push("\"ormgen ").number(number).push("\"");
}

impl<T, K> KeyPath<T, K> {
    /// The ends of the keys that are sent.
    fn ends(&self) -> Ends {
        match self {
            Self::Direct { ends, .. } => *ends,
            Self::Through(join) => join.near,
        }
    }
}
