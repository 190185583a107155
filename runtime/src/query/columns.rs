//! Columns without values: those that a conflict is about, and those that an update sets.

use crate::{
    model::{Column, Kind, Settable, tuples},
    sql::ColumnDef,
};

/// A column of `M`, or a tuple of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no column of `{M}`",
    label = "expected a column of `{M}`, or a tuple of up to twelve of them",
    note = "a conflict on a unique index over expressions is `.on_index(\"lower(email)\")`"
)]
pub trait Columns<M> {
    #[doc(hidden)]
    fn defs(self) -> Vec<ColumnDef>;
}

/// A column of `M` that a program may set, or a tuple of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no column of `{M}` that can be set",
    label = "expected a column of `{M}`, or a tuple of up to twelve of them"
)]
pub trait SettableColumns<M>: Columns<M> {}

impl<M, T, K: Kind> Columns<M> for Column<M, T, K> {
    fn defs(self) -> Vec<ColumnDef> {
        vec![self.def]
    }
}

impl<M, T, K: Settable> SettableColumns<M> for Column<M, T, K> {}

macro_rules! columns {
    ($($name:ident $value:ident $at:tt),+) => {
        impl<M, $($name: Columns<M>),+> Columns<M> for ($($name,)+) {
            fn defs(self) -> Vec<ColumnDef> {
                [$(self.$at.defs()),+].concat()
            }
        }

        impl<M, $($name: SettableColumns<M>),+> SettableColumns<M> for ($($name,)+) {}
    };
}

tuples!(up to 12: columns);
