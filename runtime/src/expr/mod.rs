//! Typed SQL expressions: columns, values, and what is made of them.
//!
//! An expression is a flat list of [`Parts`], without types; [`Expr`] puts the types around it. So the
//! compiler checks every expression, and compiles the code that writes them once.

mod aggregate;
mod case;
mod cast;
mod compare;
#[cfg(feature = "chrono")]
mod dates;
mod excluded;
mod filter;
mod functions;
#[cfg(feature = "json")]
mod json;
mod list;
mod numeric;
mod operand;
mod order;
mod special;
mod window;

use std::marker::PhantomData;

use crate::{
    model::{Column, Kind, Nullable, Types},
    sql::Parts,
};

pub use aggregate::*;
pub use case::{Case, Sql, sql, when};
pub use cast::{CastTarget, Castable};
pub use compare::{Comparable, Text, TextComparable};
#[cfg(feature = "chrono")]
pub use dates::*;
pub use excluded::excluded;
pub use filter::{Filter, IntoFilter, not};
pub use functions::*;
#[cfg(feature = "json")]
pub use json::JsonComparable;
pub use list::Expressions;
pub use operand::{Assign, Fits, Operand};
pub use order::{OrderBy, Orderable, Position, position};
pub use special::*;
pub use window::*;

/// An expression over the columns of `M` with a value of type `T`.
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
#[derive(Debug)]
pub struct Expr<M, T, K = Nullable> {
    pub(crate) parts: Parts,
    types: Types<M, T, K>,
}

impl<M, T, K> Expr<M, T, K> {
    pub(crate) fn new(parts: Parts) -> Self {
        Self { parts, types: PhantomData }
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
pub trait Expression<M>: Sized {
    /// The Rust type of its value when it is not NULL.
    type Value;
    /// Whether it may be NULL.
    type Kind: Kind;

    /// Its text and values.
    #[doc(hidden)]
    fn into_parts(self) -> Parts;
}

impl<M, T, K: Kind> Expression<M> for Column<M, T, K> {
    type Value = T;
    type Kind = K;
    fn into_parts(self) -> Parts {
        Parts::column(self.def.name)
    }
}

impl<M, T, K: Kind> Expression<M> for Expr<M, T, K> {
    type Value = T;
    type Kind = K;
    fn into_parts(self) -> Parts {
        self.parts
    }
}

/// `+`, `-`, `*`, `/` and `%` on numeric columns: `Customer::VISITS + 1`. NULL where either side is.
macro_rules! arithmetic {
    ($($trait:ident $method:ident $text:literal;)*) => {$(
        impl<M, T, K: Kind, R: Operand<M, T>> std::ops::$trait<R> for Column<M, T, K> {
            type Output = Expr<M, T, K::Or<R::Kind>>;
            fn $method(self, right: R) -> Self::Output {
                Expr::new(self.into_parts().text($text).then(right.into_operand()).between("(", ")"))
            }
        }

        impl<M, T, K: Kind, R: Operand<M, T>> std::ops::$trait<R> for Expr<M, T, K> {
            type Output = Expr<M, T, K::Or<R::Kind>>;
            fn $method(self, right: R) -> Self::Output {
                Expr::new(self.into_parts().text($text).then(right.into_operand()).between("(", ")"))
            }
        }

        impl<M, T, K: Kind, R: Operand<M, T>> std::ops::$trait<R> for Aggregate<M, T, K> {
            type Output = Expr<M, T, K::Or<R::Kind>>;
            fn $method(self, right: R) -> Self::Output {
                Expr::new(self.into_parts().text($text).then(right.into_operand()).between("(", ")"))
            }
        }
    )*};
}

arithmetic! {
    Add add " + ";
    Sub sub " - ";
    Mul mul " * ";
    Div div " / ";
    Rem rem " % ";
}
