//! A row's values, whatever their types, for statements about whole rows.

use std::{any::Any, fmt};

use postgres_types::ToSql;

use super::Model;
use crate::sql::{ColumnDef, Value, Values, same};

/// A value of a row. It can be sent, and compared with the same column's value of another row.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be compared with the stored value of its column, or sent",
    label = "a column of this row has the type `{Self}`",
    note = "a type of your own, which the manifest's `types` gives a column, implements `FromSql` and `ToSql` of `ormgen_runtime::types`, and `PartialEq`",
    note = "`ormgen_runtime::column_type!` declares a struct around another type that does",
    note = "a type out of `json` or `jsonb` implements serde's `Deserialize` and `Serialize`, and `PartialEq`"
)]
pub trait Field: ToSql + Sync + Any {
    /// Whether `other` is of the same type and the same value.
    #[doc(hidden)]
    fn equals(&self, other: &dyn Field) -> bool;
}

#[diagnostic::do_not_recommend]
impl<T: ToSql + Sync + PartialEq + 'static> Field for T {
    fn equals(&self, other: &dyn Field) -> bool {
        (other as &dyn Any).downcast_ref::<T>().is_some_and(|other| same(self, other))
    }
}

/// The values of a row, in the order of its model's columns.
#[derive(Default)]
pub struct Fields<'a>(Vec<&'a dyn Field>);

impl<'a> Fields<'a> {
    /// The values of `row`.
    pub(crate) fn of<M: Model>(row: &'a M) -> Self {
        let mut fields = Self(Vec::with_capacity(M::COLUMNS.len()));
        row.fields(&mut fields);
        fields
    }

    /// Adds the next column's value.
    pub fn push(&mut self, field: &'a dyn Field) {
        self.0.push(field);
    }

    /// Adds the values at `places` to `values`, in the order of `places`.
    pub(crate) fn pick(&self, places: &[usize], values: &mut Values<'a>) {
        values.extend(places.iter().filter_map(|place| self.0.get(*place)).map(|field| *field as Value<'a>));
    }

    /// The values, each with its column of `M`.
    pub(crate) fn values<M: Model>(&self) -> impl Iterator<Item = (&'static ColumnDef, Value<'a>)> {
        M::COLUMNS.iter().zip(&self.0).map(|(column, field)| (column, *field as Value<'a>))
    }

    /// The columns of `M` whose values differ from those of `before`, each with its value.
    pub(crate) fn changes<M: Model>(&self, before: &Fields<'_>) -> Vec<(&'static ColumnDef, Value<'a>)> {
        let pairs = M::COLUMNS.iter().zip(self.0.iter().zip(&before.0));
        let differ = pairs.filter(|(_, (now, before))| !now.equals(**before));
        differ.map(|(column, (now, _))| (column, *now as Value<'a>)).collect()
    }
}

/// Shows how many values there are, but not the values, which stay secret.
impl fmt::Debug for Fields<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fields({})", self.0.len())
    }
}
