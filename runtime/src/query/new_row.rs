//! What goes into a table: `New…` structs, and whole rows.

use std::borrow::Cow;

use super::assign::Assignments;
use crate::{
    model::{Fields, Insertable, Model},
    sql::{ColumnDef, Values},
};

/// A row to be inserted.
#[doc(hidden)]
pub trait NewRow: Send + Sync {
    type Model: Model;
    /// `INSERT` of one row that returns the model's columns, where it is known when the code is generated.
    const INSERT: Option<&'static str>;
    /// Whether it may give values to columns besides.
    const GIVES_VALUES: bool = false;

    /// The columns it gives, in the order of [`bind`](Self::bind).
    fn columns() -> Cow<'static, [ColumnDef]>;

    fn bind<'a>(&'a self, values: &mut Values<'a>);

    /// Takes out of it what it gives to columns besides.
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

/// A row with every column that can be stored at all, those with a default or an identity included.
#[derive(Debug)]
pub struct FullRow<M>(pub(super) M);

impl<M: Model> NewRow for FullRow<M> {
    type Model = M;
    const INSERT: Option<&'static str> = None;

    fn columns() -> Cow<'static, [ColumnDef]> {
        Cow::Owned(M::COLUMNS.iter().filter(is_stored).copied().collect())
    }

    fn bind<'a>(&'a self, values: &mut Values<'a>) {
        values.extend(
            Fields::of(&self.0).values::<M>().filter(|(column, _)| is_stored(column)).map(|(_, value)| value),
        );
    }
}

fn is_stored(column: &&ColumnDef) -> bool {
    !column.generated || column.identity
}
