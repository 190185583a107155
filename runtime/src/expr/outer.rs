//! Outer rows: those that a condition in a sub-select is evaluated for.

use super::{Expr, Expression};
use crate::model::{Model, SameDatabase};

/// In a condition of a sub-select, a column or an expression of an outer row: one of `M` *around* the row that the
/// condition is for.
///
/// A column by itself belongs to the innermost row of its table: the row that the expression is for. Around that row
/// are the outer rows, from the inside out: where a relation led to it, the row that it led from; within
/// [`exists`](crate::functions::exists), [`scalar`](crate::query::Select::scalar) and
/// [`in_query`](crate::query::QueryComparable::in_query), the row of the enclosing query. `outer` means the nearest
/// outer row of `M`, [`outer_at`] one further out.
///
/// ```
/// # mod shop { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/shop.rs")); }
/// # use shop::*;
/// # use ormgen_runtime::{prelude::*};
/// use ormgen_runtime::functions::{exists, outer};
///
/// // Customers who live where a regular lives: the inner `CITY` is the regular's, `outer(…)` is this customer's.
/// let regulars = Customer::query().filter(Customer::VISITS.gt(10));
/// let nearby = Customer::query().filter(exists(regulars.filter(Customer::CITY.eq(outer(Customer::CITY)))));
/// # let _ = nearby;
/// ```
///
/// Where no row of `M` is around, the statement is not sent: [`Error::InvalidQuery`](crate::Error::InvalidQuery). The
/// compiler cannot tell: a query is built before it is put into another one, and if its type said which rows must be
/// around it, `filter` would change that type, so that no program could filter conditionally.
pub fn outer<N, M, E>(of: E) -> Expr<N, E::Value, E::Kind>
where
    N: Model,
    M: Model,
    E: Expression<M>,
    M::Db: SameDatabase<N::Db>,
{
    outer_at(1, of)
}

/// As [`outer`], for the outer row of `M` with this number: 1 is the nearest one around the condition's own row. In
/// `Customer::REFERRER.any(Customer::CUSTOMERS.any(…))`, number 2 is the customer that the filter is for.
pub fn outer_at<N, M, E>(rows: u8, of: E) -> Expr<N, E::Value, E::Kind>
where
    N: Model,
    M: Model,
    E: Expression<M>,
    M::Db: SameDatabase<N::Db>,
{
    let sql_type = of.sql_type();
    let parts = (0..rows.max(1)).fold(of.into_parts(), |parts, _| parts.outer(M::TABLE));
    Expr::typed(parts, sql_type)
}
