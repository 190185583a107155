//! Set operations, which combine the rows of two queries
//! (<https://www.postgresql.org/docs/current/queries-union.html>).

use std::{fmt, marker::PhantomData, sync::Arc};

use super::{
    RowCount, Unlocked,
    reads::{ReadDb, Reads},
    select::write_order,
};
use crate::{
    error::Result,
    expr::{IntoOrder, OrderBy},
    model::{DecodeError, Decoder, Model, ModelKind as _, SameDatabase},
    sql::{Intent, SqlWriter},
};

/// A set operation on two queries, with rows of type `R`. `M` is the first query's model.
#[must_use = "a query does nothing until it is run: `.all(&dbs).await`"]
pub struct Set<M, R> {
    first: Arc<dyn Side>,
    operator: &'static str,
    second: Arc<dyn Side>,
    decode: Arc<RowDecoder<R>>,
    order: Vec<OrderBy<M>>,
    limit: Option<i64>,
    offset: Option<i64>,
    model: PhantomData<fn() -> M>,
}

/// A function that reads a row.
type RowDecoder<R> = dyn Fn(&mut Decoder<'_>) -> Result<R, DecodeError> + Send + Sync;

/// One of the two queries. It is written as a part of a statement, so its own type is erased.
trait Side: Send + Sync {
    fn write<'a>(&'a self, sql: &mut SqlWriter<'a>);
    fn intent(&self) -> Intent;
    /// Why the server cannot tell equal rows from others, if it cannot.
    fn why_not_told_apart(&self) -> Option<&'static str>;
}

impl<Q: Reads> Side for Q {
    fn write<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        sql.reads_view |= !<Q::Model as Model>::Kind::IS_TABLE;
        sql.apart(Q::Model::TABLE, |sql| Reads::write(self, sql));
    }

    fn intent(&self) -> Intent {
        Reads::intent(self)
    }

    fn why_not_told_apart(&self) -> Option<&'static str> {
        Reads::why_not_told_apart(self)
    }
}

/// A query of the database `D` whose rows have the type `R`.
pub trait RowsOf<D, R>: Reads + 'static {}

impl<D, R, Q: Reads + 'static> RowsOf<D, R> for Q
where
    ReadDb<Q>: SameDatabase<D>,
    Q::Row: SameRow<R>,
{
}

/// Holds for a type and itself only: both queries return the same type of row.
#[diagnostic::on_unimplemented(
    message = "rows of type `{Self}` cannot be put together with rows of type `{R}`",
    label = "both sides of a set operation give the same type of rows",
    note = "select the same columns of both, in the same order"
)]
pub trait SameRow<R> {}

impl<R> SameRow<R> for R {}

const UNION_ALL: &str = ") UNION ALL (";

/// Combines two queries that return the same type of rows: whole models, or selections. In scope through the
/// [prelude](crate::prelude).
pub trait Combine: Reads + Sized + 'static {
    /// The rows of either query, without duplicates.
    fn union(self, other: impl RowsOf<ReadDb<Self>, Self::Row>) -> Set<Self::Model, Self::Row> {
        combine(self, ") UNION (", other)
    }

    /// The rows of both queries, with duplicates.
    fn union_all(self, other: impl RowsOf<ReadDb<Self>, Self::Row>) -> Set<Self::Model, Self::Row> {
        combine(self, UNION_ALL, other)
    }

    /// The rows that are in both queries, without duplicates.
    fn intersect(self, other: impl RowsOf<ReadDb<Self>, Self::Row>) -> Set<Self::Model, Self::Row> {
        combine(self, ") INTERSECT (", other)
    }

    /// The rows that are not in the other query, without duplicates.
    fn except(self, other: impl RowsOf<ReadDb<Self>, Self::Row>) -> Set<Self::Model, Self::Row> {
        combine(self, ") EXCEPT (", other)
    }
}

impl<Q: Reads + 'static> Combine for Q {}

fn combine<Q: Reads + 'static>(
    first: Q,
    operator: &'static str,
    second: impl Reads + 'static,
) -> Set<Q::Model, Q::Row> {
    let decode = Arc::new(first.decoder());
    let (first, second) = (Arc::new(first), Arc::new(second));
    Set { first, operator, second, decode, order: Vec::new(), limit: None, offset: None, model: PhantomData }
}

impl<M: Model, R> Set<M, R> {
    /// Sorts by a selected column, after every order given before. SQL lets a set operation sort only by a column's
    /// name or [position](crate::functions::position), not by an expression.
    pub fn order_by(mut self, order: impl IntoOrder<M>) -> Self {
        order.add_to(&mut self.order);
        self
    }

    /// Returns at most this many rows. `None` changes nothing.
    pub fn limit(mut self, rows: impl RowCount) -> Self {
        self.limit = rows.rows().or(self.limit);
        self
    }

    /// Skips this many rows at the start. `None` changes nothing.
    pub fn offset(mut self, rows: impl RowCount) -> Self {
        self.offset = rows.rows().or(self.offset);
        self
    }
}

impl<M, R> Clone for Set<M, R> {
    fn clone(&self) -> Self {
        let (first, second, decode) =
            (Arc::clone(&self.first), Arc::clone(&self.second), Arc::clone(&self.decode));
        Self { first, second, decode, order: self.order.clone(), ..*self }
    }
}

impl<M: Model, R: Send> Reads for Set<M, R> {
    type Model = M;
    type Row = R;
    type Scope = Unlocked;

    fn write<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        if let Some(why) = Reads::why_not_told_apart(self).filter(|_| self.operator != UNION_ALL) {
            sql.refuse(why);
        }
        self.first.write(sql.push("("));
        self.second.write(sql.push(self.operator));
        sql.push(")");
        write_order(sql, &self.order, self.limit, self.offset);
    }

    fn intent(&self) -> Intent {
        if self.first.intent() == Intent::Write { Intent::Write } else { self.second.intent() }
    }

    fn why_not_told_apart(&self) -> Option<&'static str> {
        self.first.why_not_told_apart().or_else(|| self.second.why_not_told_apart())
    }

    fn decoder(&self) -> impl Fn(&mut Decoder<'_>) -> Result<R, DecodeError> + Send + Sync + use<M, R> {
        let decode = Arc::clone(&self.decode);
        move |row| decode(row)
    }

    fn at_most(&mut self, rows: i64) {
        self.limit = Some(self.limit.map_or(rows, |limit| limit.min(rows)));
    }
}

impl<M: Model, R> fmt::Debug for Set<M, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Set").field("model", &M::NAME).finish_non_exhaustive()
    }
}
