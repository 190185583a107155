//! Columns named by themselves: what a conflict is about, what an update sets.

use crate::{
    model::{Column, Kind, Settable},
    sql::ColumnDef,
};

/// A column of `M`, or a tuple of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no column of `{M}`",
    label = "expected a column of `{M}`, or a tuple of up to eight of them"
)]
pub trait Columns<M> {
    #[doc(hidden)]
    fn defs(self) -> Vec<ColumnDef>;
}

/// A column of `M` that a program may set, or a tuple of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no column of `{M}` that can be set",
    label = "expected a column of `{M}`, or a tuple of up to eight of them"
)]
pub trait SettableColumns<M>: Columns<M> {}

impl<M, T, K: Kind> Columns<M> for Column<M, T, K> {
    fn defs(self) -> Vec<ColumnDef> {
        vec![self.def]
    }
}

impl<M, T, K: Settable> SettableColumns<M> for Column<M, T, K> {}

macro_rules! columns {
    ($($name:ident $field:tt),+) => {
        impl<M, $($name: Columns<M>),+> Columns<M> for ($($name,)+) {
            fn defs(self) -> Vec<ColumnDef> {
                [$(self.$field.defs()),+].concat()
            }
        }

        impl<M, $($name: SettableColumns<M>),+> SettableColumns<M> for ($($name,)+) {}
    };
}

columns!(A 0);
columns!(A 0, B 1);
columns!(A 0, B 1, C 2);
columns!(A 0, B 1, C 2, D 3);
columns!(A 0, B 1, C 2, D 3, E 4);
columns!(A 0, B 1, C 2, D 3, E 4, F 5);
columns!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
columns!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
