//! The statements that load related rows. Their SQL text does not depend on the number of keys, which are sent as
//! arrays.
//!
//! A filter may name columns without their table. So the names beside those of the target table are ormgen's own, and
//! no column has them.

use super::{many_to_many::JoinTable, related::KeyPath};
use crate::{
    model::Model,
    query::{Query, reading},
    sql::{ColumnDef, Ends, Intent, Owned, Parts, Sharing, SqlWriter, Statement},
};

const KEYS: &str = "\"ormgen key\"";
const LINKS: &str = "\"ormgen link\"";
const ROWS: &str = "\"ormgen row\"";
const PLACE: &str = "\"ormgen place\"";

/// A statement that loads rows or values of rows.
pub(super) struct LoadStatement<'a> {
    pub statement: Statement<'a>,
    /// Whether the position of the row's key, counted from 1, follows what is loaded of the row.
    pub placed: bool,
}

/// What is loaded of each row.
#[derive(Clone, Copy)]
pub(super) enum Content<'a> {
    /// The whole row.
    Rows,
    /// The values of these expressions. The position of the row's key follows them, as the key may not be among them.
    Values(&'a [Parts]),
}

impl<'a> Content<'a> {
    fn parts(self) -> impl Iterator<Item = &'a Parts> {
        let values = match self {
            Self::Rows => &[],
            Self::Values(values) => values,
        };
        values.iter()
    }

    /// Writes what is loaded, for a row of the target `T`.
    fn write<T: Model>(self, sql: &mut SqlWriter<'a>) {
        match self {
            Self::Rows => sql.columns(T::COLUMNS),
            Self::Values(values) => sql.list(", ", values, |sql, parts| parts.write(sql)),
        };
    }
}

/// The statement for the rows of `query` that have one of the keys, which are sent as one array per column.
pub(super) fn statement<'a, T: Model, K>(
    path: &KeyPath<T, K>,
    query: &'a Query<T>,
    content: Content<'a>,
    keys: &'a [Owned],
) -> LoadStatement<'a> {
    let mut sql = SqlWriter::new(T::TABLE);
    sql.reach(query.parts().chain(content.parts()));
    let placed = match (path, content) {
        _ if query.is_limited() => {
            write_for_each_key(&mut sql, path, query, content, keys);
            true
        }
        (KeyPath::Direct { ends, .. }, Content::Rows) if ends.are_exact() => {
            Query::<T>::write_from(&mut sql);
            query.write_rest_where(&mut sql, |sql| write_among(sql, ends.far, *ends, keys));
            false
        }
        (KeyPath::Direct { ends, .. }, _) => {
            write_beside_keys(&mut sql, *ends, query, content, keys);
            true
        }
        (KeyPath::Through(join), _) => {
            write_joined(&mut sql, join, query, content, keys);
            true
        }
    };
    let statement = reading::<T>(sql.finish(Intent::Read), Sharing::Read).named(T::NAME, "with").on(T::TABLE);
    let statement = match content {
        Content::Rows => statement.rows_of(T::COLUMNS),
        Content::Values(_) => statement,
    };
    LoadStatement { statement, placed }
}

/// Writes a query of the target's rows, each with the position of its key.
fn write_beside_keys<'a, T: Model>(
    sql: &mut SqlWriter<'a>,
    ends: Ends,
    query: &'a Query<T>,
    content: Content<'a>,
    keys: &'a [Owned],
) {
    content.write::<T>(sql.push("SELECT "));
    sql.push(", ").push(PLACE).push(" FROM ").tables().push(" CROSS JOIN ");
    write_keys(sql, ends, keys);
    query.write_rest_where(sql, |sql| write_own_key(sql, ends));
}

/// Writes a lateral subquery that runs for each key: so a limit counts each key's rows in their order, and no other
/// rows are read where an index has that order. The subquery needs the key, so the server can only run it key by key,
/// and the rows of one key come together and in their order
/// (<https://www.postgresql.org/docs/current/queries-table-expressions.html#QUERIES-LATERAL>).
fn write_for_each_key<'a, T: Model, K>(
    sql: &mut SqlWriter<'a>,
    path: &KeyPath<T, K>,
    query: &'a Query<T>,
    content: Content<'a>,
    keys: &'a [Owned],
) {
    sql.push("SELECT ").push(ROWS).push(".*, ").push(KEYS).push(".").push(PLACE).push(" FROM ");
    write_keys(sql, path.ends(), keys);
    content.write::<T>(sql.push(" CROSS JOIN LATERAL (SELECT "));
    sql.push(" FROM ").tables();
    query.write_rest_where(sql, |sql| match path {
        KeyPath::Direct { ends, .. } => write_own_key(sql, *ends),
        KeyPath::Through(join) => {
            write_collated(sql.push("("), join.far.far, join.far.collations());
            sql.push(") IN (SELECT ").list(", ", join.far.near, |sql, column| {
                sql.push(LINKS).push(".").push(column.name);
            });
            sql.push(" FROM ").push(join.table).push(" AS ").push(LINKS).push(" WHERE ");
            write_key(sql, LINKS, join.near);
            sql.push(")");
        }
    });
    sql.push(") AS ").push(ROWS);
}

/// Writes a query of the target's rows, each as often as a row of the join table links to it.
fn write_joined<'a, T: Model>(
    sql: &mut SqlWriter<'a>,
    join: &JoinTable,
    query: &'a Query<T>,
    content: Content<'a>,
    keys: &'a [Owned],
) {
    content.write::<T>(sql.push("SELECT "));
    sql.push(", ").push(PLACE).push(" FROM ").tables().push(" JOIN (SELECT ");
    for (at, column) in (1..).zip(join.far.near) {
        sql.push(LINKS).push(".").push(column.name).push(" AS ");
        write_numbered(sql, at);
        sql.push(", ");
    }
    sql.push(PLACE).push(" FROM ").push(join.table).push(" AS ").push(LINKS).push(" JOIN ");
    write_keys(sql, join.near, keys);
    write_key(sql.push(" ON "), LINKS, join.near);
    sql.push(") AS ").push(LINKS).push(" ON true");
    query.write_rest_where(sql, |sql| {
        sql.list(
            " AND ",
            (1..).zip(join.far.far).zip(join.far.collations()),
            |sql, ((at, column), collation)| {
                sql.column(column.name).push(" = ").push(LINKS).push(".");
                write_numbered(sql, at);
                sql.collate(collation);
            },
        );
    });
}

/// Writes that `columns` hold one of the keys: `id = ANY($1)`, or `(a, b) IN (SELECT * FROM UNNEST($1, $2))`.
pub(super) fn write_among<'a>(sql: &mut SqlWriter<'a>, columns: &[ColumnDef], ends: Ends, keys: &'a [Owned]) {
    if columns.len() == 1 {
        write_collated(sql, columns, ends.collations_beside_values());
        write_arrays(sql.push(" = ANY("), ends, keys);
        sql.push(")");
    } else {
        write_collated(sql.push("("), columns, ends.collations_beside_values());
        write_arrays(sql.push(") IN (SELECT * FROM UNNEST("), ends, keys);
        sql.push("))");
    }
}

/// Writes the columns at one end, each with the collation that it is compared by.
fn write_collated(
    sql: &mut SqlWriter<'_>,
    columns: &[ColumnDef],
    collations: impl Iterator<Item = Option<&'static str>>,
) {
    sql.list(", ", columns.iter().zip(collations), |sql, (column, collation)| {
        sql.column(column.name).collate(collation);
    });
}

/// Writes the keys as a table, with the position of each.
fn write_keys<'a>(sql: &mut SqlWriter<'a>, ends: Ends, keys: &'a [Owned]) {
    write_arrays(sql.push("UNNEST("), ends, keys);
    sql.push(") WITH ORDINALITY AS ").push(KEYS).push(" (");
    for at in (1..).take(keys.len()) {
        write_numbered(sql, at);
        sql.push(", ");
    }
    sql.push(PLACE).push(")");
}

/// Writes that the statement's table holds the key of a row of [`write_keys`].
fn write_own_key(sql: &mut SqlWriter<'_>, ends: Ends) {
    sql.list(
        " AND ",
        (1..).zip(ends.far).zip(ends.collations_beside_values()),
        |sql, ((at, column), collation)| {
            sql.column(column.name).push(" = ").push(KEYS).push(".");
            write_numbered(sql, at);
            sql.collate(collation);
        },
    );
}

/// Writes that the table with this alias holds the key of a row of [`write_keys`].
fn write_key(sql: &mut SqlWriter<'_>, alias: &str, ends: Ends) {
    sql.list(
        " AND ",
        (1..).zip(ends.far).zip(ends.collations_beside_values()),
        |sql, ((at, column), collation)| {
            sql.push(alias).push(".");
            sql.push(column.name).push(" = ").push(KEYS).push(".");
            write_numbered(sql, at);
            sql.collate(collation);
        },
    );
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
    /// The columns at both ends of the keys that are sent.
    fn ends(&self) -> Ends {
        match self {
            Self::Direct { ends, .. } => *ends,
            Self::Through(join) => join.near,
        }
    }
}
