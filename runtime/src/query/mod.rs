//! The queries that models offer, and how their rows are read.

mod change;
mod find;
mod insert;
mod insert_many;
mod join;
mod project;
pub(crate) mod rows;
mod select;
mod subquery;
mod unnest;
mod with;

use std::borrow::Cow;

pub use change::{Delete, Update};
pub use find::{ByKey, Find};
pub use insert::Insert;
pub use insert_many::InsertMany;
pub use join::{Beside, JoinedRow, Rows};
pub use project::{Grouped, Select, Selection};
pub use select::{Cut, Query, Whole};
pub use subquery::{NeverNull, QueryComparable, exists};
pub use with::With;

use crate::{
    column::ColumnDef,
    model::{Insertable, Keyed, Model, Writable},
    sql::{Call, SqlWriter},
};

/// What every model can be asked. In scope through the [prelude](crate::prelude).
pub trait Queries: Model {
    /// A query of this model's rows.
    fn query() -> Query<Self> {
        Query::new()
    }

    /// The row with this key.
    fn find(key: impl IntoKey<Self::Key>) -> Find<Self>
    where
        Self: Keyed,
    {
        Find::new(key.into_key())
    }

    /// An insert of one row.
    fn insert<N>(row: N) -> Insert<N>
    where
        N: Insertable<Model = Self>,
        Self::Kind: Writable,
    {
        Insert::new(row)
    }

    /// An insert of many rows with one statement.
    fn insert_many<N>(rows: impl IntoIterator<Item = N>) -> InsertMany<N>
    where
        N: Insertable<Model = Self>,
        Self::Kind: Writable,
    {
        InsertMany::new(rows.into_iter().collect())
    }
}

impl<M: Model> Queries for M {}

/// A key, or what stands for one: `&str` for a `String`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the key of this table",
    label = "expected `{K}`",
    note = "a key of several columns is a tuple of their values, in the key's order"
)]
pub trait IntoKey<K> {
    /// The key.
    fn into_key(self) -> K;
}

impl<K> IntoKey<K> for K {
    fn into_key(self) -> K {
        self
    }
}

impl IntoKey<String> for &str {
    fn into_key(self) -> String {
        self.to_owned()
    }
}

pub(crate) fn call<M: Model>(sql: impl Into<Cow<'static, str>>, verb: &'static str) -> Call {
    Call::new(sql, M::NAME, verb)
}

/// `, `-separated names.
fn write_names<'c>(sql: &mut SqlWriter<'_>, columns: impl IntoIterator<Item = &'c ColumnDef>) {
    sql.list(", ", columns, |sql, column| {
        sql.push(column.name);
    });
}

/// The columns of a row of `M` from its table, and from what that is joined with.
fn write_select<M: Model>(sql: &mut SqlWriter<'_>) {
    if !sql.is_joined() {
        sql.push(M::SELECT);
        return;
    }
    sql.push("SELECT ").list(", ", M::COLUMNS, |sql, column| {
        sql.column(column.name);
    });
    sql.push(" FROM ").tables();
}

fn write_returning<M: Model>(sql: &mut SqlWriter<'_>) {
    // A table may have no columns, RETURNING may not.
    if M::COLUMNS.is_empty() {
        sql.push(" RETURNING NULL");
    } else {
        write_names(sql.push(" RETURNING "), M::COLUMNS);
    }
}
