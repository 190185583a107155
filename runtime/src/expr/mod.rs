//! Typed SQL expressions: columns, values, and what is made of them.
//!
//! An expression is a flat list of [`Parts`], without types; [`Expr`] puts the types around it. So the compiler checks
//! the types of every expression, and compiles the code that writes expressions only once.

#![allow(
    clippy::type_complexity,
    reason = "an expression's type says what it is made of: NULL, and where it can stand"
)]

mod aggregate;
mod alias;
mod arithmetic;
mod case;
mod cast;
mod compare;
mod composite;
mod condition;
#[cfg(feature = "chrono")]
mod dates;
mod elsewhere;
mod excluded;
mod filter;
mod functions;
#[cfg(feature = "json")]
mod json;
mod list;
mod null;
mod numeric;
mod operand;
mod order;
mod outer;
mod pairs;
mod place;
mod ranges;
mod special;
mod texts;
#[cfg(feature = "chrono")]
mod times;
mod typed;
mod value;
mod window;

use std::{fmt, marker::PhantomData};

use crate::{
    model::{Column, Kind, Nullable, Types},
    sql::{Parts, SqlType},
};

pub use aggregate::*;
pub use alias::TableAlias;
pub use arithmetic::{Arithmetic, Divisible, Number, operators};
pub use case::{Case, CaseValue, Sql, sql, value, when};
pub use cast::{CastTarget, Castable};
pub use compare::{Comparable, Text, TextComparable};
pub use composite::HasFields;
#[cfg(feature = "chrono")]
pub use dates::*;
pub(crate) use elsewhere::{lacks, missing};
pub use excluded::excluded;
pub use filter::{Filter, IntoFilter, not};
pub use functions::*;
#[cfg(feature = "json")]
pub use json::{FindsValue, JsonComparable, JsonDocument, JsonKeys, JsonObject, json_agg, json_object};
pub use list::Expressions;
pub use null::{NULL, Null, OperandOrNull};
pub use numeric::{FractionType, NumberType};
pub use operand::{Assign, Fits, Operand};
pub use order::{IntoOrder, OrderBy, Orderable, Ordinal, position};
pub use outer::{outer, outer_at};
pub use pairs::{ComparesWith, Promotes, SameAs, ValueOf};
pub use place::{
    Anywhere, BesideRow, InGroupBy, InHaving, InSelect, OfGroupBy, OfGroups, OfRelatedRow, OfRows, Place,
};
pub use special::*;
pub use texts::TextType;
pub(crate) use typed::{cast, read_type};
#[cfg(feature = "json")]
pub(crate) use typed::{ordered, told};
pub(crate) use value::values;
pub use value::{IntoValue, SqlValue};
pub use window::*;

/// An expression over the columns of `M` with a value of type `T`, which stands in the [places](Place) `P` of a query.
///
/// ```
/// # mod shop { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/shop.rs")); }
/// # use shop::*;
/// # use ormgen_runtime::{prelude::*};
/// use ormgen_runtime::{Expr, NotNull, functions::length};
///
/// /// How many characters a name has for each visit.
/// fn ratio() -> Expr<Customer, i32, NotNull> {
///     length(Customer::NAME) / (Customer::VISITS + 1)
/// }
///
/// let query = Customer::query().filter(ratio().gt(3)).order_by(ratio().desc());
/// # let _ = query;
/// ```
pub struct Expr<M, T, K = Nullable, P = Anywhere> {
    pub(crate) parts: Parts,
    sql_type: SqlType,
    types: Types<M, T, K>,
    place: PhantomData<fn() -> P>,
}

impl<M, T, K, P> Expr<M, T, K, P> {
    pub(crate) fn new(parts: Parts) -> Self {
        Self::typed(parts, SqlType::default())
    }

    /// An expression whose SQL type is known.
    pub(crate) fn typed(parts: Parts, sql_type: SqlType) -> Self {
        Self { parts, sql_type, types: PhantomData, place: PhantomData }
    }
}

impl<M, T, K, P> Clone for Expr<M, T, K, P> {
    fn clone(&self) -> Self {
        Self::typed(self.parts.clone(), self.sql_type)
    }
}

impl<M, T, K, P> fmt::Debug for Expr<M, T, K, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Expr({:?})", self.parts)
    }
}

/// A column or an expression made of columns.
///
/// ```
/// # mod shop { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/shop.rs")); }
/// # use shop::*;
/// # use ormgen_runtime::{prelude::*};
/// use ormgen_runtime::{Expression, Filter};
///
/// /// A filter on a column, whichever it is.
/// fn is_set<M>(column: impl Expression<M>) -> Filter<M> {
///     column.is_not_null()
/// }
///
/// let query = Customer::query().filter(is_set(Customer::CITY));
/// # let _ = query;
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no expression over the columns of `{M}`",
    label = "expected a column of `{M}`, or an expression made of its columns"
)]
pub trait Expression<M, P: Place = Anywhere>: Sized {
    /// The Rust type of its value when it is not NULL.
    type Value;
    /// Whether the value may be NULL.
    type Kind: Kind;

    /// The expression's text and values.
    #[doc(hidden)]
    fn into_parts(self) -> Parts;

    /// The expression's SQL type, if it is known.
    #[doc(hidden)]
    fn sql_type(&self) -> SqlType {
        SqlType::default()
    }

    /// The expression without the spaces that fill up a `char(n)`
    /// (<https://www.postgresql.org/docs/current/datatype-character.html>).
    #[doc(hidden)]
    fn into_unpadded(self) -> Parts {
        let is_padded = self.sql_type().is_padded();
        typed::cast(self.into_parts(), is_padded.then_some("text"))
    }
}

impl<M, T, K: Kind> Expression<M> for Column<M, T, K> {
    type Value = T;
    type Kind = K;
    fn into_parts(self) -> Parts {
        Parts::of_column(&self.def)
    }

    fn sql_type(&self) -> SqlType {
        SqlType::of(&self.def)
    }
}

impl<M, T, K: Kind, P: Place> Expression<M, P> for Expr<M, T, K, P> {
    type Value = T;
    type Kind = K;
    fn into_parts(self) -> Parts {
        self.parts
    }

    fn sql_type(&self) -> SqlType {
        self.sql_type
    }
}
