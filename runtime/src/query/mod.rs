//! The queries that models offer, and how their rows are read.

mod change;
mod explain;
mod find;
mod find_many;
mod insert;
mod insert_many;
mod keyset;
mod lock;
mod project;
mod raw;
mod reads;
pub(crate) mod rows;
mod select;
mod set;
mod sort_key;
mod unnest;
mod with;

use std::borrow::Cow;

pub use change::{Delete, Update};
pub use explain::Explain;
pub use find::{ByKey, Find};
pub use insert::Insert;
pub use insert_many::InsertMany;
pub use keyset::{Keyset, Page};
pub use lock::Locked;
pub use project::{Grouped, Select, Selection};
pub use raw::{Access, FromRow, Raw, RawSql, Reading, Returning};
pub use reads::{Fetch, Reads};
pub use select::{Cut, Query, Whole};
pub use set::{Combine, RowsOf, Set};
pub use sort_key::{Descending, SortKey, SortTerm, desc};
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

    /// The rows with these keys, in any order; a key that no row has is passed over. One statement for any number of
    /// them: `Customer::find_many([1, 2, 3]).all(&dbs)`.
    fn find_many<K: IntoKey<Self::Key>>(keys: impl IntoIterator<Item = K>) -> Query<Self>
    where
        Self: Keyed<Key: 'static>,
    {
        Query::new().filter(find_many::has_key(keys.into_iter().map(K::into_key).collect()))
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

fn write_returning<M: Model>(sql: &mut SqlWriter<'_>) {
    // A table may have no columns, RETURNING may not.
    if M::COLUMNS.is_empty() {
        sql.push(" RETURNING NULL");
    } else {
        write_names(sql.push(" RETURNING "), M::COLUMNS);
    }
}
