//! New rows that give values to columns which have defaults.

use std::borrow::Cow;

use super::{assign::Assignments, new_row::NewRow};
use crate::{
    expr::Assign,
    model::{Column, Insertable, Settable},
    sql::{ColumnDef, Values},
};

/// What every new row can be asked. In scope through the [prelude](crate::prelude).
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
    /// The row, with a value for a column that has a default.
    fn set<T, K: Settable>(
        self,
        column: Column<Self::Model, T, K>,
        value: impl Assign<Self::Model, T, K>,
    ) -> GivenRow<Self> {
        GivenRow::new(self).set(column, value)
    }

    /// The row, with a value for a column that has a default, if there is one; else the default holds.
    fn set_some<T, K: Settable, V: Assign<Self::Model, T, K>>(
        self,
        column: Column<Self::Model, T, K>,
        value: Option<V>,
    ) -> GivenRow<Self> {
        GivenRow::new(self).set_some(column, value)
    }
}

impl<N: Insertable> GiveValues for N {}

/// A new row, and values for columns that have defaults. `insert` takes it, and so does `insert_many`, whose rows may
/// each give other columns.
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

    /// Also with this value.
    pub fn set<T, K: Settable>(
        mut self,
        column: Column<N::Model, T, K>,
        value: impl Assign<N::Model, T, K>,
    ) -> Self {
        self.assignments.set(column.def, value.into_assigned());
        self
    }

    /// Also with this value, if there is one.
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

/// A row that gives no more than it must, among others that do.
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
