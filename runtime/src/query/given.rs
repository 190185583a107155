//! New rows that give values to columns which have defaults.

use std::borrow::Cow;

use super::{assign::Assignments, new_row::NewRow};
use crate::{
    expr::Assign,
    model::{Column, Insertable, Settable},
    sql::{ColumnDef, Values},
};

/// Gives values to columns that have a default. In scope through the [prelude](crate::prelude).
///
/// ```
/// # mod shop { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/shop.rs")); }
/// # use shop::*;
/// # use ormgen_runtime::{Result, prelude::*};
/// /// One insert for all of them; a customer without a city gets the column's default.
/// async fn import(people: Vec<(String, Option<String>)>, dbs: &Databases) -> Result<u64> {
///     let rows = people.into_iter().map(|(name, city)| NewCustomer { name }.set_some(Customer::CITY, city));
///     Customer::insert_many(rows).execute(dbs).await
/// }
/// ```
pub trait GiveValues: Insertable + Sized {
    /// The same row with a value for a column that has a default.
    fn set<T, K: Settable>(
        self,
        column: Column<Self::Model, T, K>,
        value: impl Assign<Self::Model, T, K>,
    ) -> GivenRow<Self> {
        GivenRow::new(self).set(column, value)
    }

    /// The same row with a value for a column that has a default; for `None` the column gets its default.
    fn set_some<T, K: Settable, V: Assign<Self::Model, T, K>>(
        self,
        column: Column<Self::Model, T, K>,
        value: Option<V>,
    ) -> GivenRow<Self> {
        GivenRow::new(self).set_some(column, value)
    }
}

impl<N: Insertable> GiveValues for N {}

/// A new row with values for columns that have defaults. `insert` and `insert_many` take it; each row of an
/// `insert_many` may set other columns.
#[derive(Debug)]
#[must_use = "a row is stored by `insert` or `insert_many`"]
pub struct GivenRow<N> {
    row: N,
    assignments: Assignments,
}

impl<N: Insertable> GivenRow<N> {
    fn new(row: N) -> Self {
        Self { row, assignments: Assignments::default() }
    }

    /// Adds a value for a column.
    pub fn set<T, K: Settable>(
        mut self,
        column: Column<N::Model, T, K>,
        value: impl Assign<N::Model, T, K>,
    ) -> Self {
        self.assignments.set(column.def, value.into_assigned());
        self
    }

    /// Adds a value for a column, if there is a value.
    pub fn set_some<T, K: Settable, V: Assign<N::Model, T, K>>(
        self,
        column: Column<N::Model, T, K>,
        value: Option<V>,
    ) -> Self {
        match value {
            Some(value) => self.set(column, value),
            None => self,
        }
    }
}

/// Converts a row without such values, so that it can be inserted together with rows that have some.
impl<N: Insertable> From<N> for GivenRow<N> {
    fn from(row: N) -> Self {
        Self::new(row)
    }
}

impl<N: Insertable> NewRow for GivenRow<N> {
    type Model = N::Model;
    const INSERT: Option<&'static str> = Some(N::INSERT);
    const GIVES_VALUES: bool = true;

    fn columns() -> Cow<'static, [ColumnDef]> {
        Cow::Borrowed(N::COLUMNS)
    }

    fn bind<'a>(&'a self, values: &mut Values<'a>) {
        self.row.bind(values);
    }

    fn take_given(&mut self) -> Assignments {
        std::mem::take(&mut self.assignments)
    }
}
