//! Rows that belong to other rows: foreign keys seen from either end, and references into other databases.
//!
//! A relation is a constant of the generated code. Loading takes one statement a relation, whatever the number of
//! rows: their distinct keys go as one array, and the rows that come back are put beside those they belong to.

use std::{collections::HashMap, fmt, hash::Hash, marker::PhantomData};

use postgres_types::ToSql;

use crate::{
    Result,
    column::ColumnDef,
    executor::{Executor, Intent, Target},
    model::Model,
    query::{call, rows},
    scope::Link,
    sql::{Owned, SqlWriter, Values},
};

/// From a row of `M` to the rows of `T` with the same key.
///
/// `S` says how many they can be: [`ToOne`], [`ToOptional`] or [`ToMany`].
pub struct Relation<M, T, K, S> {
    /// The columns of `M` that hold the key.
    columns: &'static [ColumnDef],
    /// The columns of `T` that hold it, in the same order.
    target_columns: &'static [ColumnDef],
    /// The key of a row of `M`; none where a column of it is NULL.
    from: fn(&M) -> Option<K>,
    /// The key of a row of `T`.
    to: fn(&T) -> Option<K>,
    shape: PhantomData<fn() -> S>,
}

/// Exactly one row: a foreign key that is never NULL. Loaded as `T`.
#[derive(Debug)]
pub enum One {}

/// At most one row: a foreign key that may be NULL, a reference, a unique foreign key's other end. Loaded as
/// `Option<T>`.
#[derive(Debug)]
pub enum Optional {}

/// Any number of rows: a foreign key's other end. Loaded as `Vec<T>`.
#[derive(Debug)]
pub enum Many {}

/// A relation to exactly one row.
pub type ToOne<M, T, K> = Relation<M, T, K, One>;

/// A relation to at most one row.
pub type ToOptional<M, T, K> = Relation<M, T, K, Optional>;

/// A relation to any number of rows.
pub type ToMany<M, T, K> = Relation<M, T, K, Many>;

impl<M, T, K, S> Relation<M, T, K, S> {
    /// A relation by the `columns` of `M` to the rows of `T` whose `target_columns` hold the same key; `from` and
    /// `to` read it from a row.
    pub const fn new(
        columns: &'static [ColumnDef],
        target_columns: &'static [ColumnDef],
        from: fn(&M) -> Option<K>,
        to: fn(&T) -> Option<K>,
    ) -> Self {
        Self { columns, target_columns, from, to, shape: PhantomData }
    }

    /// How SQL says which rows belong together.
    pub(crate) const fn link(&self) -> Link
    where
        T: Model,
    {
        Link { table: T::TABLE, columns: self.columns, target_columns: self.target_columns }
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
            .field("columns", &self.columns)
            .finish_non_exhaustive()
    }
}

/// What a query of `M` can load beside its rows: a [`Relation`] of `M`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no relation of `{M}`",
    label = "expected a relation or a reference of `{M}`: one of its own constants"
)]
pub trait Load<M>: Send + Sync {
    /// The database it is loaded from.
    type Db: crate::Database;
    /// What is loaded for one row.
    type Value: Send;

    /// What belongs to each of `rows`, in their order.
    #[doc(hidden)]
    fn load(&self, target: Target<'_>, rows: &[M]) -> impl Future<Output = Result<Vec<Self::Value>>> + Send;
}

/// The values of a key's columns, as a tuple.
pub trait RelationKey: Clone + Eq + Hash + Send + Sync + 'static {
    /// One array a column.
    #[doc(hidden)]
    fn arrays(keys: Vec<Self>) -> Vec<Owned>;
}

impl<M: Sync, T: Model, K: RelationKey, S> Relation<M, T, K, S> {
    /// Hands each row of `T` to `put`, with the place of each row of `M` that it belongs to.
    async fn fetch(&self, target: Target<'_>, rows: &[M], mut put: impl FnMut(&[usize], T)) -> Result<()> {
        let mut places: HashMap<K, Vec<usize>> = HashMap::with_capacity(rows.len());
        for (place, row) in rows.iter().enumerate() {
            if let Some(key) = (self.from)(row) {
                places.entry(key).or_default().push(place);
            }
        }
        if places.is_empty() {
            return Ok(());
        }
        let arrays = K::arrays(places.keys().cloned().collect());
        let (sql, values) = self.select(&arrays);
        let found: Vec<T> = rows::all(target, Intent::Read, &call::<T>(sql, "with"), &values).await?;
        for row in found {
            if let Some(places) = (self.to)(&row).and_then(|key| places.get(&key)) {
                put(places, row);
            }
        }
        Ok(())
    }

    fn select<'a>(&self, arrays: &'a [Owned]) -> (String, Values<'a>) {
        let mut sql = SqlWriter::new(T::TABLE);
        sql.push(T::SELECT).push(" WHERE ");
        if let ([column], [array]) = (self.target_columns, arrays) {
            sql.push(column.name).push(" = ANY(").value(&**array).push(")");
            return sql.finish();
        }
        sql.push("(").list(", ", self.target_columns, |sql, column| {
            sql.push(column.name);
        });
        sql.push(") IN (SELECT * FROM UNNEST(").list(
            ", ",
            self.target_columns.iter().zip(arrays),
            |sql, (column, array)| {
                sql.value(&**array).push("::").push(column.sql_type).push("[]");
            },
        );
        sql.push("))");
        sql.finish()
    }
}

impl<M: Sync, T: Model + Clone, K: RelationKey> Load<M> for ToMany<M, T, K> {
    type Db = T::Db;
    type Value = Vec<T>;

    async fn load(&self, target: Target<'_>, rows: &[M]) -> Result<Vec<Vec<T>>> {
        let mut values: Vec<Vec<T>> = std::iter::repeat_with(Vec::new).take(rows.len()).collect();
        self.fetch(target, rows, |places, row| {
            for_each_place(places, row, |place, row| {
                if let Some(value) = values.get_mut(place) {
                    value.push(row);
                }
            });
        })
        .await?;
        Ok(values)
    }
}

impl<M: Sync, T: Model + Clone, K: RelationKey> Load<M> for ToOptional<M, T, K> {
    type Db = T::Db;
    type Value = Option<T>;

    async fn load(&self, target: Target<'_>, rows: &[M]) -> Result<Vec<Option<T>>> {
        let mut values: Vec<Option<T>> = std::iter::repeat_with(|| None).take(rows.len()).collect();
        self.fetch(target, rows, |places, row| {
            for_each_place(places, row, |place, row| {
                if let Some(value) = values.get_mut(place) {
                    *value = Some(row);
                }
            });
        })
        .await?;
        Ok(values)
    }
}

impl<M: Sync, T: Model + Clone, K: RelationKey> Load<M> for ToOne<M, T, K> {
    type Db = T::Db;
    type Value = T;

    /// The row may have gone between the two statements: outside a transaction they see two states.
    async fn load(&self, target: Target<'_>, rows: &[M]) -> Result<Vec<T>> {
        let connection = target.alias().clone();
        let optional: ToOptional<M, T, K> =
            Relation::new(self.columns, self.target_columns, self.from, self.to);
        let values = optional.load(target, rows).await?;
        let complete: Option<Vec<T>> = values.into_iter().collect();
        complete.ok_or(crate::Error::NotFound { connection, model: T::NAME })
    }
}

/// The row itself for the last place, copies for those before.
fn for_each_place<T: Clone>(places: &[usize], row: T, mut put: impl FnMut(usize, T)) {
    if let Some((last, others)) = places.split_last() {
        for place in others {
            put(*place, row.clone());
        }
        put(*last, row);
    }
}

macro_rules! keys {
    ($($name:ident $field:tt),+) => {
        impl<$($name: ToSql + Clone + Eq + Hash + Send + Sync + 'static),+> RelationKey for ($($name,)+) {
            fn arrays(keys: Vec<Self>) -> Vec<Owned> {
                vec![$(Box::new(keys.iter().map(|key| key.$field.clone()).collect::<Vec<_>>())),+]
            }
        }
    };
}

keys!(A 0);
keys!(A 0, B 1);
keys!(A 0, B 1, C 2);
keys!(A 0, B 1, C 2, D 3);
keys!(A 0, B 1, C 2, D 3, E 4);
keys!(A 0, B 1, C 2, D 3, E 4, F 5);

/// Several relations, loaded at the same time. `E` is an executor of each one's database.
#[diagnostic::on_unimplemented(
    message = "the relations cannot be loaded on `{E}`",
    label = "one of them lives in a database that this executor does not serve",
    note = "a reference into another database is loaded on `&dbs`, which reaches both"
)]
pub trait LoadAll<M, E>: Send + Sync {
    /// A row and what was loaded for it.
    type Row: Send;

    /// Puts what was loaded beside each row.
    #[doc(hidden)]
    fn load_all(&self, executor: &E, rows: Vec<M>) -> impl Future<Output = Result<Vec<Self::Row>>> + Send;
}

/// A tuple with one more.
pub trait Append<R> {
    /// The longer tuple.
    type Output;

    /// The longer tuple.
    #[doc(hidden)]
    fn append(self, last: R) -> Self::Output;
}

/// `try_join` of any number of futures, whose answers come nested.
macro_rules! joined {
    ($first:expr) => { $first };
    ($first:expr, $($rest:expr),+) => { futures_util::future::try_join($first, joined!($($rest),+)) };
}

macro_rules! nested {
    ($first:pat) => { $first };
    ($first:pat, $($rest:pat),+) => { ($first, nested!($($rest),+)) };
}

macro_rules! loads {
    ($($name:ident $value:ident $field:tt),+) => {
        impl<M, Z, $($name),+> LoadAll<M, Z> for ($($name,)+)
        where
            M: Model,
            $($name: Load<M>,)+
            $(Z: Executor<$name::Db>,)+
        {
            type Row = (M, $($name::Value),+);

            async fn load_all(&self, executor: &Z, rows: Vec<M>) -> Result<Vec<Self::Row>> {
                let loading = joined!($(self.$field.load(Executor::<$name::Db>::target(executor), &rows)),+);
                let nested!($($value),+) = loading.await?;
                $(let mut $value = $value.into_iter();)+
                let row = |row: M| Some((row, $($value.next()?),+));
                Ok(rows.into_iter().filter_map(row).collect())
            }
        }
    };
}

loads!(A a 0);
loads!(A a 0, B b 1);
loads!(A a 0, B b 1, C c 2);
loads!(A a 0, B b 1, C c 2, D d 3);
loads!(A a 0, B b 1, C c 2, D d 3, F f 4);
loads!(A a 0, B b 1, C c 2, D d 3, F f 4, G g 5);

macro_rules! appends {
    ($($name:ident $field:tt),+) => {
        impl<R, $($name),+> Append<R> for ($($name,)+) {
            type Output = ($($name,)+ R,);
            fn append(self, last: R) -> Self::Output {
                ($(self.$field,)+ last,)
            }
        }
    };
}

appends!(A 0);
appends!(A 0, B 1);
appends!(A 0, B 1, C 2);
appends!(A 0, B 1, C 2, D 3);
appends!(A 0, B 1, C 2, D 3, E 4);
