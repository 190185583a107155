//! Aliases: a table that stands in a query beside another one, or beside itself, under a name of its own.

use std::{fmt, marker::PhantomData};

use super::{Expr, Expression};
use crate::{
    model::{Kind, Model, NotNull, Nullable, SameDatabase},
    sql::AliasedTable,
};

/// The table of `T` under a name of its own, beside the rows that a query is of: another row of the same table, or a row
/// of a table without a relation to it. Made by [`alias`](crate::query::Queries::alias).
///
/// [`on`](Self::on) says which rows of the alias stand beside a row, and [`column`](Self::column) names their columns.
/// **A column by itself is never the alias's**: in the condition of `on`, as everywhere in the query around it, it is a
/// column of the row that the condition is for.
///
/// ```
/// # mod shop { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/shop.rs")); }
/// # use shop::*;
/// # use ormgen_runtime::{Result, prelude::*};
/// # async fn example(dbs: &Databases) -> Result<()> {
/// let other = Customer::alias("other");
/// let as_often = other.column(Customer::VISITS).eq(Customer::VISITS);
///
/// // Every two customers who came equally often, each pair once.
/// let pairs: Vec<(Customer, Customer)> = Customer::query()
///     .join(other.on(as_often.clone().and(other.column(Customer::ID).gt(Customer::ID))))
///     .all(dbs)
///     .await?;
///
/// // Those whom nobody else of their city equals.
/// let elsewhere = other.column(Customer::CITY).ne(Customer::CITY);
/// let unequalled = Customer::query().filter(other.on(as_often.and(elsewhere)).is_empty()).all(dbs).await?;
/// # let _ = (pairs, unequalled);
/// # Ok(())
/// # }
/// ```
///
/// Several aliases of one query have different names. The name is for the program alone: it is not in the SQL, so that no
/// hand-written fragment can meet it. Within the condition of another alias of the same name and table, the name means
/// the inner one.
///
/// A column of an alias whose rows the statement does not read is found out before it is sent:
/// [`Error::InvalidQuery`](crate::Error::InvalidQuery).
///
/// `K` is [`Nullable`] for an [`optional`](Self::optional) alias, which a left join takes.
pub struct TableAlias<T, K = NotNull> {
    name: &'static str,
    types: PhantomData<fn() -> (T, K)>,
}

impl<T: Model> TableAlias<T> {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, types: PhantomData }
    }

    /// The same alias for a left join, where it may have no row beside a row: each of its columns may then be NULL.
    ///
    /// A whole row is read as `None` where all of its columns are NULL, which a stored row's can only be where none of
    /// the table's columns is `NOT NULL`.
    pub fn optional(self) -> TableAlias<T, Nullable> {
        TableAlias { name: self.name, types: PhantomData }
    }
}

impl<T: Model, K: Kind> TableAlias<T, K> {
    /// A column of the alias's row, or an expression over its columns, which may lead on over relations:
    /// `other.column(Item::ORDER.column(Order::STATUS))`.
    pub fn column<M, E>(self, of: E) -> Expr<M, E::Value, <E::Kind as Kind>::Or<K>>
    where
        M: Model,
        E: Expression<T>,
        T::Db: SameDatabase<M::Db>,
    {
        let sql_type = of.sql_type();
        Expr::typed(of.into_parts().aliased(self.table()), sql_type)
    }

    pub(crate) fn table(self) -> AliasedTable {
        AliasedTable { table: T::TABLE, name: self.name }
    }
}

impl<T, K> Clone for TableAlias<T, K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T, K> Copy for TableAlias<T, K> {}

impl<T: Model, K> fmt::Debug for TableAlias<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TableAlias").field("table", &T::NAME).field("name", &self.name).finish()
    }
}
