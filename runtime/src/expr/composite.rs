//! The fields of composite values.

use super::{Anywhere, Expr, Expression, Place};
use crate::{
    model::{Column, Kind, Nullable},
    sql::SqlType,
};

/// Columns and expressions of a composite type. In scope through the [prelude](crate::prelude).
pub trait HasFields<M, P: Place = Anywhere>: Expression<M, P> {
    /// A field of a composite value: `Product::COST.field(Money::AMOUNT)`, an expression like any other. NULL where the
    /// whole value is NULL. The struct of the composite type has a constant for each field.
    ///
    /// An index on the field serves a condition: `CREATE INDEX ON products (((cost).amount))`.
    fn field<T, K: Kind>(self, field: Column<Self::Value, T, K>) -> Expr<M, T, Nullable, P> {
        let value = self.into_parts().between("(", ").");
        Expr::typed(value.text(field.def.name), SqlType::of(&field.def))
    }
}

impl<M, P: Place, E: Expression<M, P>> HasFields<M, P> for E {}
