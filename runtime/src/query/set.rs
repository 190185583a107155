//! Set operations: the rows of two queries as one
//! (<https://www.postgresql.org/docs/current/queries-union.html>).

use std::{fmt, marker::PhantomData, sync::Arc};

use super::{
    reads::{ReadDb, Reads},
    select::write_order,
};
use crate::{
    error::Result,
    expr::Order,
    model::{DecodeError, Decoder, Model},
    sql::{Intent, SqlWriter},
};

/// The rows of two queries as one, each row of type `R`. `M` is the first one's model.
#[must_use = "a query does nothing until it is run: `.all(&dbs).await`"]
pub struct Set<M, R> {
    first: Box<dyn Side>,
    operator: &'static str,
    second: Box<dyn Side>,
    decode: Arc<Decode<R>>,
    order: Vec<Order<M>>,
    limit: Option<u64>,
    offset: Option<u64>,
    model: PhantomData<fn() -> M>,
}

/// What reads a row.
type Decode<R> = dyn Fn(&mut Decoder<'_>) -> Result<R, DecodeError> + Send + Sync;

/// One of the two queries. It is run as a part of a statement, so nothing is left of its type.
trait Side: Send + Sync {
    fn write<'a>(&'a self, sql: &mut SqlWriter<'a>);
    fn intent(&self) -> Intent;
}

impl<Q: Reads> Side for Q {
    fn write<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        sql.apart(Q::Model::TABLE, |sql| Reads::write(self, sql));
    }

    fn intent(&self) -> Intent {
        Reads::intent(self)
    }
}

/// A query that gives rows of type `R` of the database `D`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not give rows of type `{R}` from the database `{D}`",
    label = "both sides of a set operation give the same type of rows, from one database",
    note = "the rows of two databases are put together in the program: run both queries"
)]
pub trait RowsOf<D, R>: Reads + 'static {}

impl<Q: Reads + 'static> RowsOf<ReadDb<Q>, Q::Row> for Q {}

/// Puts two queries together that give the same type of rows: whole models, or selections. In scope through the
/// [prelude](crate::prelude).
pub trait Combine: Reads + Sized + 'static {
    /// The rows of either, each row once.
    fn union(self, other: impl RowsOf<ReadDb<Self>, Self::Row>) -> Set<Self::Model, Self::Row> {
        combine(self, ") UNION (", other)
    }

    /// The rows of both.
    fn union_all(self, other: impl RowsOf<ReadDb<Self>, Self::Row>) -> Set<Self::Model, Self::Row> {
        combine(self, ") UNION ALL (", other)
    }

    /// The rows that are in both, each row once.
    fn intersect(self, other: impl RowsOf<ReadDb<Self>, Self::Row>) -> Set<Self::Model, Self::Row> {
        combine(self, ") INTERSECT (", other)
    }

    /// The rows that are not in the other one, each row once.
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
    let (first, second) = (Box::new(first), Box::new(second));
    Set { first, operator, second, decode, order: Vec::new(), limit: None, offset: None, model: PhantomData }
}

impl<M: Model, R> Set<M, R> {
    /// Sorts by a selected column, after every order given before. As SQL has it, by its name or its
    /// [position](crate::functions::position), and not by an expression.
    pub fn order_by(mut self, order: Order<M>) -> Self {
        self.order.push(order);
        self
    }

    /// At most this many rows.
    pub fn limit(mut self, rows: u64) -> Self {
        self.limit = Some(rows);
        self
    }

    /// Without the first rows.
    pub fn offset(mut self, rows: u64) -> Self {
        self.offset = Some(rows);
        self
    }
}

impl<M: Model, R: Send> Reads for Set<M, R> {
    type Model = M;
    type Row = R;

    fn write<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        self.first.write(sql.push("("));
        self.second.write(sql.push(self.operator));
        sql.push(")");
        write_order(sql, &self.order, self.limit, self.offset);
    }

    fn intent(&self) -> Intent {
        if self.first.intent() == Intent::Write { Intent::Write } else { self.second.intent() }
    }

    fn decoder(&self) -> impl Fn(&mut Decoder<'_>) -> Result<R, DecodeError> + Send + Sync + use<M, R> {
        let decode = Arc::clone(&self.decode);
        move |row| decode(row)
    }

    fn at_most(&mut self, rows: u64) {
        self.limit = Some(self.limit.map_or(rows, |limit| limit.min(rows)));
    }
}

impl<M: Model, R> fmt::Debug for Set<M, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Set").field("model", &M::NAME).finish_non_exhaustive()
    }
}
