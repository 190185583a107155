//! The values that can be inserted into a table: `New…` structs, and whole rows.

use std::{
    borrow::{Borrow, Cow},
    marker::PhantomData,
};

use super::assign::Assignments;
use crate::{
    model::{Fields, Insertable, Model},
    sql::{ColumnDef, Values},
};

/// A row to be inserted.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no new row",
    label = "an insert takes the `New…` struct of its table: `NewCustomer {{ name }}`",
    note = "a row that was read, or is copied from another server, goes in with all its values by `insert_row` or `insert_rows`",
    note = "the columns that have a default are given by `.set(…)` of the `New…` struct"
)]
pub trait NewRow: Send + Sync {
    type Model: Model;
    /// The text of an `INSERT` of one row that returns the model's columns, where the generated code has it.
    const INSERT: Option<&'static str>;
    /// Whether the row may set further columns.
    const GIVES_VALUES: bool = false;

    /// The columns that the struct gives, in the order of [`bind`](Self::bind).
    fn columns() -> Cow<'static, [ColumnDef]>;

    fn bind<'a>(&'a self, values: &mut Values<'a>);

    /// Takes the values of the further columns out of the row.
    fn take_given(&mut self) -> Assignments {
        Assignments::default()
    }
}

impl<N: Insertable> NewRow for N {
    type Model = N::Model;
    const INSERT: Option<&'static str> = Some(N::INSERT);

    fn columns() -> Cow<'static, [ColumnDef]> {
        Cow::Borrowed(N::COLUMNS)
    }

    fn bind<'a>(&'a self, values: &mut Values<'a>) {
        Insertable::bind(self, values);
    }
}

/// A row with every column that can be stored, including those with a default or an identity: an `M`, or a reference to
/// one.
#[derive(Debug)]
pub struct FullRow<M, R>(R, PhantomData<fn() -> M>);

impl<M, R> FullRow<M, R> {
    pub(super) fn new(row: R) -> Self {
        Self(row, PhantomData)
    }
}

impl<M: Model, R: Borrow<M> + Send + Sync> NewRow for FullRow<M, R> {
    type Model = M;
    const INSERT: Option<&'static str> = None;

    fn columns() -> Cow<'static, [ColumnDef]> {
        Cow::Owned(M::COLUMNS.iter().filter(is_stored).copied().collect())
    }

    fn bind<'a>(&'a self, values: &mut Values<'a>) {
        values.extend(
            Fields::of(self.0.borrow())
                .values::<M>()
                .filter(|(column, _)| is_stored(column))
                .map(|(_, value)| value),
        );
    }
}

fn is_stored(column: &&ColumnDef) -> bool {
    !column.generated || column.identity
}
