//! Several relations of one model, loaded at the same time.

use super::{Load, LoadOn};
use crate::{
    error::Result,
    model::{Model, tuples},
};

/// A tuple of relations of `M`.
pub trait Loads<M>: Send + Sync {
    /// A row with what is loaded for it; the row alone where the tuple is empty.
    type Row: Clone + Send;
}

/// No relations: of rows with relations beside them no columns are selected.
#[diagnostic::on_unimplemented(
    message = "relations are loaded beside whole rows, so no columns are selected of rows that have relations",
    label = "relations are loaded here",
    note = "for values beside whole rows write `.annotate(…)` in place of `.select(…)`: \
            `Order::query().with(Order::ITEMS).annotate(Order::ITEMS.count())`",
    note = "of related rows that have no `.with(…)`, columns can be selected: \
            `.with(Order::ITEMS.select((Item::SKU, Item::PRICE)))`"
)]
pub trait NoRelations {}

impl NoRelations for () {}

/// Several relations that are loaded at the same time. `E` is an executor for the database of each.
#[diagnostic::on_unimplemented(
    message = "the relations cannot be loaded on `{E}`",
    label = "one of them lives in a database that this executor does not serve",
    note = "a reference into another database is loaded on `&dbs`, which reaches both; to read through another pool there, give it \
            in place of its database's own: `&Databases {{ crm: dbs.crm_eu.clone(), ..dbs.clone() }}`"
)]
pub trait LoadAll<M, E>: Loads<M> {
    /// Loads the relations, and puts beside each row what belongs to it.
    #[doc(hidden)]
    fn load_all(&self, executor: &E, rows: Vec<M>) -> impl Future<Output = Result<Vec<Self::Row>>> + Send;
}

/// A tuple to which an element can be appended.
pub trait Append<R> {
    /// The longer tuple.
    type Output;

    /// The longer tuple.
    #[doc(hidden)]
    fn append(self, last: R) -> Self::Output;
}

impl<M: Model + Clone> Loads<M> for () {
    type Row = M;
}

impl<M: Model + Clone, E: Sync> LoadAll<M, E> for () {
    async fn load_all(&self, _: &E, rows: Vec<M>) -> Result<Vec<M>> {
        Ok(rows)
    }
}

/// `try_join` of any number of futures, with their results as nested pairs.
macro_rules! joined {
    ($first:expr) => { $first };
    ($first:expr, $($rest:expr),+) => { futures_util::future::try_join($first, joined!($($rest),+)) };
}

macro_rules! nested {
    ($first:pat) => { $first };
    ($first:pat, $($rest:pat),+) => { ($first, nested!($($rest),+)) };
}

macro_rules! loads {
    ($($name:ident $value:ident $at:tt),+) => {
        impl<M: Model + Clone, $($name: Load<M>),+> Loads<M> for ($($name,)+) {
            type Row = (M, $($name::Value),+);
        }

        impl<M: Model + Clone, Z: Sync, $($name: LoadOn<M, Z>),+> LoadAll<M, Z> for ($($name,)+) {
            async fn load_all(&self, executor: &Z, rows: Vec<M>) -> Result<Vec<Self::Row>> {
                let loading = joined!($(self.$at.load_on(executor, &rows)),+);
                let nested!($($value),+) = loading.await?;
                $(let mut $value = $value.into_iter();)+
                let row = |row: M| Some((row, $($value.next()?),+));
                Ok(rows.into_iter().filter_map(row).collect())
            }
        }
    };
}

tuples!(up to 6: loads);

macro_rules! appends {
    ($($name:ident $value:ident $at:tt),*) => {
        impl<R, $($name),*> Append<R> for ($($name,)*) {
            type Output = ($($name,)* R,);
            fn append(self, last: R) -> Self::Output {
                ($(self.$at,)* last,)
            }
        }
    };
}

appends!();
tuples!(up to 6: appends);
