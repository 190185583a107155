//! Rows that belong to other rows: foreign keys seen from either end, join tables, and references into other
//! databases.
//!
//! A relation is a constant of the generated code. Loading takes one statement per relation, whatever the number of
//! rows: the distinct keys of the rows are sent as one array per key column, and each row that comes back is put beside
//! the rows it belongs to.
//!
//! [`Relates`] filters, sorts and limits the rows to load, [`Subject`] uses related rows in a filter or an expression;
//! both are in the [prelude](crate::prelude).

mod alias;
mod cached;
mod derived_alias;
mod elsewhere;
mod join;
mod join_table;
mod join_with;
mod key;
mod load;
mod many_to_many;
mod nested;
mod orphans;
mod reference;
mod related;
mod shape;
mod statement;
#[cfg(feature = "cache")]
mod store;
mod subject;
mod tree;
mod values;
mod with;

use std::{fmt, marker::PhantomData};

use crate::{
    expr::Filter,
    model::{Keyed, Model, ModelKind as _},
    query::{Queries as _, Query},
    sql::{ColumnDef, Ends, Link, Parts},
};

use self::cached::Cached;
#[cfg(feature = "cache")]
use self::cached::OpenCache;
pub(crate) use self::with::{RowWith, load};
pub use self::{
    alias::{AliasOn, SortedOn},
    cached::{CacheSettings, CacheStats},
    derived_alias::{DerivedAlias, DerivedOn, DerivedRow},
    join::{Join, Joined, JoinedItem, JoinedOn, JoinedTable, KeepsRows, MayBeNull},
    join_table::TableJoined,
    join_with::{LoadedWith, LoadsWith, RowFirst},
    key::RelationKey,
    load::{Load, LoadOn},
    many_to_many::{IntoLinkKey, LinkKey, Linked, ManyToMany, ReadOnlyLinks, Relink, Relinked},
    nested::{Append, LoadAll, Loads, NoRelations},
    orphans::Orphans,
    reference::{MayBeMissing, Reference, Referenced, Required},
    related::{Related, Relates},
    shape::{Many, One, Optional, Several, Shape},
    subject::{AtMostOne, Matching, Reach, Subject},
    values::{RelatedRows, RelatedValues},
    with::{KeysetWith, With},
};

/// A relation from a row of `M` to the rows of `T` with the same key.
///
/// `S` says how many rows of `T` there can be: [`ToOne`], [`ToOptional`] or [`ToMany`].
///
/// ```
/// # mod shop { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/shop.rs")); }
/// # use shop::*;
/// # use ormgen_runtime::{prelude::*};
/// # use ormgen_runtime::Result;
/// async fn example(dbs: &Databases) -> Result<()> {
///     // Loaded with the rows: two statements, however many customers there are.
///     let customers: Vec<(Customer, Vec<Note>)> = Customer::query().with(Customer::NOTES).all(dbs).await?;
///
///     // Spoken of in a filter, or in an expression.
///     let thanked = Customer::query().filter(Customer::NOTES.any(Note::BODY.contains("thank"))).all(dbs).await?;
///     let by_city = Note::query().filter(Note::CUSTOMER.column(Customer::CITY).eq("Delft")).all(dbs).await?;
///     println!("{} {} {}", customers.len(), thanked.len(), by_city.len());
///     Ok(())
/// }
/// ```
pub struct Relation<M, T, K, S> {
    /// The columns of `M` and those of `T` that hold the key.
    ends: Ends,
    /// Reads the key from a row of `M`; `None` if one of its columns is NULL.
    from: fn(&M) -> Option<K>,
    /// Reads the key from a row of `T`.
    to: fn(&T) -> Option<K>,
    /// The cache, which only a reference can have.
    cache: Option<Cached<T, K>>,
    shape: PhantomData<fn() -> S>,
}

/// A relation to exactly one row.
pub type ToOne<M, T, K> = Relation<M, T, K, One>;

/// A relation to at most one row.
pub type ToOptional<M, T, K> = Relation<M, T, K, Optional>;

/// A relation to any number of rows.
pub type ToMany<M, T, K> = Relation<M, T, K, Many>;

impl<M, T, K, S> Relation<M, T, K, S> {
    /// A relation by the `columns` of `M` to the rows of `T` whose `target_columns` hold the same key; `from` and
    /// `to` read it from a row. Within a database it leads to the parent.
    pub const fn new(
        columns: &'static [ColumnDef],
        target_columns: &'static [ColumnDef],
        from: fn(&M) -> Option<K>,
        to: fn(&T) -> Option<K>,
    ) -> Self {
        Self { ends: Ends::to_parent(columns, target_columns), from, to, cache: None, shape: PhantomData }
    }

    /// The relation from the other end of the same key: from a row of `T` to the rows of `M` that this one leads from.
    pub const fn inverse<R>(self) -> Relation<T, M, K, R> {
        Relation { ends: self.ends.inverse(), from: self.to, to: self.from, cache: None, shape: PhantomData }
    }

    /// The same relation with another shape.
    const fn shaped<R>(self) -> Relation<M, T, K, R> {
        let Self { ends, from, to, cache, shape: _ } = self;
        Relation { ends, from, to, cache, shape: PhantomData }
    }

    #[cfg(feature = "cache")]
    pub(crate) const fn with_cache(mut self, settings: CacheSettings, open: OpenCache<T, K>) -> Self {
        let column = match self.ends.near {
            [column, ..] => column.name,
            [] => "",
        };
        self.cache = Some(Cached { settings, column, open });
        self
    }

    #[cfg(feature = "cache")]
    pub(crate) const fn cache(&self) -> Option<Cached<T, K>> {
        self.cache
    }

    /// How SQL finds the rows that belong together.
    pub(crate) const fn link(&self) -> Link
    where
        T: Model,
    {
        Link { table: T::TABLE, ends: self.ends, is_view: !T::Kind::IS_TABLE }
    }
}

impl<M, T: Keyed, S> Relation<M, T, (T::Key,), S> {
    /// A relation by a column of `M` to the row of `T` with that key; `from` reads it from a row of `M`.
    pub const fn by_key(columns: &'static [ColumnDef], from: fn(&M) -> Option<(T::Key,)>) -> Self {
        Self::new(columns, T::KEY, from, |row| Some((row.key(),)))
    }
}

impl<M, T: Model, K: RelationKey, S> Relation<M, T, K, S> {
    /// A query of the rows that belong to `row`: to filter, sort, count, update or delete them.
    ///
    /// `Order::ITEMS.of(&order).filter(Item::QUANTITY.gt(1)).count(&dbs)`. No rows belong to a row whose key is NULL.
    pub fn of(&self, row: &M) -> Query<T> {
        let condition = key::equal((self.from)(row), self.ends, Parts::column);
        T::query().filter(Filter::<T>::new(condition))
    }
}

impl<M, T, K, S> Clone for Relation<M, T, K, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M, T, K, S> Copy for Relation<M, T, K, S> {}

impl<M, T: Model, K, S> fmt::Debug for Relation<M, T, K, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relation")
            .field("to", &T::NAME)
            .field("columns", &self.ends.near)
            .finish_non_exhaustive()
    }
}
