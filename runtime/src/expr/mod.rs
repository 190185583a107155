//! Typed SQL expressions: columns, values, and what is made of them.
//!
//! An expression is a flat list of [`Part`]s, without types; [`Expr`] puts the types around it. So the
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
mod operand;
mod order;
mod special;
mod window;

use std::{fmt, marker::PhantomData, sync::Arc};

use postgres_types::ToSql;

use crate::{
    column::{Column, Kind, Nullable, Types},
    sql::SqlWriter,
};

pub use aggregate::*;
pub use case::{Case, Sql, sql, when};
pub use cast::{CastTarget, Castable};
pub use compare::{Comparable, TextComparable};
#[cfg(feature = "chrono")]
pub use dates::*;
pub use excluded::excluded;
pub use filter::{Filter, IntoFilter, not};
pub use functions::*;
#[cfg(feature = "json")]
pub use json::JsonComparable;
pub use list::Expressions;
pub use operand::{Assign, Operand};
pub use order::{Order, Orderable, Position, position};
pub use special::*;
pub use window::*;

/// A piece of an expression.
#[derive(Clone)]
pub(crate) enum Part {
    /// Text of ormgen's own: an operator, a parenthesis, a function's name.
    Text(&'static str),
    /// A column's name.
    Column(&'static str),
    /// The place of a selected column, which SQL takes as a number alone, never as `$n`.
    Position(u16),
    /// A value: it becomes `$n`.
    Value(Arc<dyn ToSql + Sync + Send>),
}

/// The pieces of an expression, in the order of its text.
#[derive(Clone, Default)]
pub struct Parts(Vec<Part>);

impl Parts {
    pub(crate) fn column(name: &'static str) -> Self {
        Self(vec![Part::Column(name)])
    }

    pub(crate) fn value(value: impl ToSql + Sync + Send + 'static) -> Self {
        Self(vec![Part::Value(Arc::new(value))])
    }

    pub(crate) fn position(column: u16) -> Self {
        Self(vec![Part::Position(column)])
    }

    /// Each of `items`, with `separator` between them.
    pub(crate) fn joined(separator: &'static str, items: impl IntoIterator<Item = Self>) -> Self {
        let mut joined = Self::default();
        for (at, item) in items.into_iter().enumerate() {
            if at > 0 {
                joined = joined.text(separator);
            }
            joined = joined.then(item);
        }
        joined
    }

    #[must_use]
    pub(crate) fn text(mut self, text: &'static str) -> Self {
        self.0.push(Part::Text(text));
        self
    }

    #[must_use]
    pub(crate) fn then(mut self, mut other: Self) -> Self {
        self.0.append(&mut other.0);
        self
    }

    /// `before`, these parts, `after`.
    pub(crate) fn between(self, before: &'static str, after: &'static str) -> Self {
        Self(vec![Part::Text(before)]).then(self).text(after)
    }

    pub(crate) fn write<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        for part in &self.0 {
            match part {
                Part::Text(text) | Part::Column(text) => sql.push(text),
                Part::Position(column) => sql.number((*column).into()),
                Part::Value(value) => sql.value(&**value),
            };
        }
    }

    /// The same, in a statement in which a bare name could be another row's: columns are those of `table`.
    pub(crate) fn write_of<'a>(&'a self, sql: &mut SqlWriter<'a>, table: &str) {
        for part in &self.0 {
            match part {
                Part::Text(text) => sql.push(text),
                Part::Column(name) => sql.push(table).push(".").push(name),
                Part::Position(column) => sql.number((*column).into()),
                Part::Value(value) => sql.value(&**value),
            };
        }
    }
}

/// The text without its values, which stay secret.
impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.0 {
            match part {
                Part::Text(text) | Part::Column(text) => f.write_str(text)?,
                Part::Position(column) => write!(f, "{column}")?,
                Part::Value(_) => f.write_str("$")?,
            }
        }
        Ok(())
    }
}

/// An expression over the columns of `M` with a value of type `T`.
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

/// `+`, `-`, `*` and `/` on numeric columns: `Customer::VISITS + 1`.
macro_rules! arithmetic {
    ($($trait:ident $method:ident $text:literal;)*) => {$(
        impl<M, T, K: Kind, R: Operand<M, T>> std::ops::$trait<R> for Column<M, T, K> {
            type Output = Expr<M, T, K>;
            fn $method(self, right: R) -> Self::Output {
                Expr::new(self.into_parts().text($text).then(right.into_operand()).between("(", ")"))
            }
        }

        impl<M, T, K: Kind, R: Operand<M, T>> std::ops::$trait<R> for Expr<M, T, K> {
            type Output = Self;
            fn $method(self, right: R) -> Self::Output {
                Expr::new(self.into_parts().text($text).then(right.into_operand()).between("(", ")"))
            }
        }

        impl<M, T, K: Kind, R: Operand<M, T>> std::ops::$trait<R> for Aggregate<M, T, K> {
            type Output = Expr<M, T, K>;
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
}
