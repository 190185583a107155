//! Queries inside other queries: `IN`, `EXISTS`, and single values.

use super::{Locked, Query, Select, Selection, Unlocked, reads::Reads};
use crate::{
    expr::{Anywhere, Expr, Expression, Filter, Place},
    model::{Kind, Model, ModelKind as _, Nullable, SameDatabase},
    sql::{Parts, SqlWriter, Subquery, same_subquery},
};

/// Compares an expression with the values that another query of the same database selects.
#[allow(clippy::wrong_self_convention, reason = "SQL's own names")]
pub trait QueryComparable<M: Model, P: Place = Anywhere>: Expression<M, P> {
    /// `IN`: equals one of the values that `query` selects. NULL is none of them, so that the condition's opposite
    /// holds for a row that equals none of the others.
    ///
    /// `Customer::ID.in_query(Address::query().filter(Address::CITY.eq("Utrecht")).select(Address::CUSTOMER_ID))`
    fn in_query<Q: Selects, W: Place>(self, query: Q) -> Filter<M, P>
    where
        Q::Scope: Nested,
        Q::Columns: Selection<Q::From> + Expression<Q::From, W, Value = Self::Value> + 'static,
        <Q::From as Model>::Db: SameDatabase<M::Db>,
    {
        among(self, " IN (", query.into_select())
    }

    /// `NOT IN`: equals none of the values that `query` selects, of which NULL is none.
    ///
    /// For a row whose own value is NULL the result is unknown, unless the query selects nothing.
    fn not_in_query<Q: Selects, W: Place>(self, query: Q) -> Filter<M, P>
    where
        Q::Scope: Nested,
        Q::Columns: Selection<Q::From> + Expression<Q::From, W, Value = Self::Value> + 'static,
        <Q::From as Model>::Db: SameDatabase<M::Db>,
    {
        among(self, " NOT IN (", query.into_select())
    }
}

/// A query that selects columns: a [`Select`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not select the values to compare with",
    label = "expected a query with `.select(…)` of one column",
    note = "name the column: `Order::query().filter(…).select(Order::CUSTOMER_ID)`"
)]
pub trait Selects {
    /// The model that it reads.
    type From: Model;
    /// Whether it locks or changes rows.
    type Scope;
    /// What it selects.
    type Columns;

    #[doc(hidden)]
    fn into_select(self) -> Select<Self::From, Self::Scope, Self::Columns>;
}

impl<M: Model, S, C> Selects for Select<M, S, C> {
    type From = M;
    type Scope = S;
    type Columns = C;

    fn into_select(self) -> Self {
        self
    }
}

/// Compares an expression with the values of a query. Those that are NULL are left out: beside one of them, SQL's `IN` is
/// unknown where it is not true, and `NOT IN` is never true.
fn among<M: Model, P: Place, N: Model, S: Nested, C, Q: Place>(
    this: impl Expression<M, P>,
    operator: &'static str,
    query: Select<N, S, C>,
) -> Filter<M, P>
where
    C: Selection<N> + Expression<N, Q> + 'static,
{
    let is_known = this.sql_type().is_not_null();
    let mut values = Parts::subquery(query);
    if C::Kind::NULLABLE {
        values = values.between("SELECT _value FROM (", ") AS _values (_value) WHERE _value").text(is_known);
    }
    Filter::new(this.into_parts().told_apart().then(values.between(operator, ")")).between("(", ")"))
}

impl<M: Model, P: Place, E: Expression<M, P>> QueryComparable<M, P> for E {}

/// The scope of a query that can be a part of another one.
#[diagnostic::on_unimplemented(
    message = "a query of what a change returns cannot be a part of a condition or a value",
    label = "the statement that makes the change reads what it returns",
    note = "begin with the changed rows, and join others to them: `changed.join(other.on(…))`"
)]
pub trait Nested: 'static {}

impl Nested for Unlocked {}
impl Nested for Locked {}

/// `EXISTS`: the query finds a row, independently of the row of `M`. For a condition on the rows that belong to the row
/// of `M`, use a relation's [`any`](crate::relation::Subject::any).
pub fn exists<M: Model, N: Model, S: Nested>(query: Query<N, S>) -> Filter<M>
where
    N::Db: SameDatabase<M::Db>,
{
    Filter::new(Parts::subquery(query).between("EXISTS (", ")"))
}

impl<N: Model, S, C: Selection<N>> Select<N, S, C> {
    /// The query's only value, as an expression in a query of `M`; NULL if the query finds no row. The server reports
    /// an error if it finds several: an aggregate or `limit(1)` prevents that. It is read as an `Option`, also where it
    /// counts, which always finds a value: `select(count()).scalar()` is an `Option<i64>`.
    ///
    /// `Product::PRICE.gt(Product::query().select(avg(Product::PRICE)).scalar())`
    pub fn scalar<M: Model, P: Place>(self) -> Expr<M, C::Value, Nullable>
    where
        S: Nested,
        C: Expression<N, P> + 'static,
        N::Db: SameDatabase<M::Db>,
    {
        Expr::new(Parts::subquery(self).between("(", ")"))
    }
}

impl<N: Model, S: 'static, C: Selection<N> + 'static> Subquery for Select<N, S, C> {
    fn write<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        sql.reads_view |= !N::Kind::IS_TABLE;
        sql.apart(N::TABLE, |sql| Reads::write(self, sql));
    }

    fn is_same(&self, other: &dyn Subquery) -> bool {
        same_subquery(self, other, Self::is_same)
    }
}

impl<N: Model, S: 'static> Subquery for Query<N, S> {
    fn write<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        sql.reads_view |= !N::Kind::IS_TABLE;
        sql.apart(N::TABLE, |sql| self.write_ones(sql));
    }

    fn is_same(&self, other: &dyn Subquery) -> bool {
        same_subquery(self, other, Self::is_same)
    }
}
