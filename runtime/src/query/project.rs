//! Queries that select columns and expressions in place of whole rows: tuples, groups, aggregates.

use std::{fmt, marker::PhantomData};

use postgres_types::FromSqlOwned;

use super::{
    Locked, Query, RowCount,
    grouped::Grouped,
    grouping::Grouping,
    joining::{self, Joining},
    lock::Lock,
    reads::Reads,
    table::{SomeOf, Source},
};
use crate::{
    error::Result,
    expr::{
        Aggregate, Expr, Expressions, Filter, IntoFilter, IntoOrder, OfGroupBy, OfGroups, OfRows, OrderBy,
        Place,
    },
    model::{Column, DecodeError, Decoder, Kind, Model, tuples},
    sql::{Intent, Parts, SqlWriter},
};

/// The selection of a query: a column, an expression, or a tuple of them; a tuple may contain further tuples.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be selected from `{M}`",
    label = "expected a column or expression of `{M}`, or a tuple of up to twelve of them",
    note = "a column of a joined table, or of a row that a relation leads to, is `Item::ORDER.column(Order::STATUS)`",
    note = "an aggregate of related rows needs no join and no group: \
            `Order::query().select((Order::ID, Order::ITEMS.sum(Item::PRICE)))`",
    note = "a value of the program's own, the same in every row, is `functions::value(…)`",
    note = "more than twelve are selected as tuples within a tuple: `((A, B, …), (N, O, …))`"
)]
pub trait Selection<M>: Expressions<M> + Send + Sync {
    /// The type of a row: a value that may be NULL is an `Option` in it.
    type Row: Send;

    #[doc(hidden)]
    fn decode(row: &mut Decoder<'_>) -> Result<Self::Row, DecodeError>;
}

macro_rules! single {
    ($([$($place:tt)*] $name:ty;)*) => {$(
        impl<M, T, K: Kind, $($place)*> Selection<M> for $name
        where
            K::InRow<T>: FromSqlOwned + Send + 'static,
        {
            type Row = K::InRow<T>;

            fn decode(row: &mut Decoder<'_>) -> Result<Self::Row, DecodeError> {
                row.get()
            }
        }
    )*};
}

single! {
    [] Column<M, T, K>;
    [P: Place] Expr<M, T, K, P>;
    [] Aggregate<M, T, K>;
}

impl<M, P: Place> Selection<M> for Filter<M, P> {
    type Row = bool;

    fn decode(row: &mut Decoder<'_>) -> Result<bool, DecodeError> {
        row.get()
    }
}

macro_rules! tuple {
    ($($name:ident $value:ident $at:tt),+) => {
        impl<M, $($name: Selection<M>),+> Selection<M> for ($($name,)+) {
            type Row = ($($name::Row,)+);

            fn decode(row: &mut Decoder<'_>) -> Result<Self::Row, DecodeError> {
                Ok(($($name::decode(row)?,)+))
            }
        }
    };
}

tuples!(up to 12: tuple);

const CUT_BEFORE: &str = "the rows of these joins are limited or made distinct before they are aggregated: select them \
    first, make that selection a table, and aggregate its rows: `.select(…).limit(…).into_table()`";

const NO_GROUPS: &str = "a page of `keyset` is one of rows, and this query gives groups of them, or distinct values: make it a \
    table, `.into_table()`, and read that by page";

/// A query that selects columns and expressions.
#[must_use = "a query does nothing until it is run: `.all(&dbs).await`"]
pub struct Select<M, S, C> {
    source: Source<M, S>,
    query: Query<M, S>,
    joins: Vec<Joining>,
    columns: Vec<Parts>,
    distinct: bool,
    grouping: Grouping,
    having: Option<Filter<M>>,
    selection: PhantomData<fn() -> C>,
}

impl<M: Model, S> Query<M, S> {
    /// Selects only these columns and expressions: each row is a tuple of them.
    pub fn select<C: Selection<M>>(self, columns: C) -> Select<M, S, C> {
        Select::new(self, columns)
    }

    /// Groups the rows that have the same value, or the same values of a tuple, into one row.
    pub fn group_by(self, by: impl Expressions<M, Place: OfGroupBy>) -> Grouped<M, S> {
        Grouped::new(Source::Table, self, by.into_list())
    }
}

impl<M: Model, S, C> Select<M, S, C> {
    /// Joins tables, whose columns come after those selected before.
    pub(crate) fn joined<D>(mut self, tables: impl IntoIterator<Item = (Joining, Parts)>) -> Select<M, S, D> {
        for (how, columns) in tables {
            self.joins.push(how);
            self.columns.push(columns);
        }
        let Self { source, query, joins, columns, distinct, grouping, having, selection: _ } = self;
        Select { source, query, joins, columns, distinct, grouping, having, selection: PhantomData }
    }

    pub(crate) fn locked(self, lock: Option<Lock>) -> Select<M, Locked, C> {
        let Self { source, query, joins, columns, distinct, grouping, having, selection } = self;
        let (source, query) = (source.scoped(), query.locked(lock));
        Select { source, query, joins, columns, distinct, grouping, having, selection }
    }

    pub(crate) fn waiting(self, wait: &'static str) -> Self {
        Self { query: self.query.waiting(wait), ..self }
    }

    /// Selects other values of the joined rows.
    pub(crate) fn selecting<D: Selection<M>>(self, columns: D) -> Select<M, S, D> {
        let joins = self.joins;
        Select { joins, ..Select::of(self.source, self.query, columns) }
    }

    /// Groups the joined rows.
    pub(crate) fn grouped(self, groups: Vec<Parts>) -> Grouped<M, S> {
        Grouped::of_joined(self.joins, (self.source, self.query), groups)
    }

    /// The query's expressions, each of which may read columns over relations.
    fn parts(&self) -> impl Iterator<Item = &Parts> {
        let having = self.having.iter().map(|having| &having.parts);
        self.columns.iter().chain(self.query.parts()).chain(self.grouping.values()).chain(having)
    }

    pub(super) fn query_mut(&mut self) -> &mut Query<M, S> {
        &mut self.query
    }

    pub(super) fn of_query(self, change: impl FnOnce(Query<M, S>) -> Query<M, S>) -> Self {
        Self { query: change(self.query), ..self }
    }

    /// Why pages in this order would not be what the query says, if so.
    pub(super) fn why_not_paged(&self, order: &[OrderBy<M>]) -> Option<&'static str> {
        let is_of_several = self.distinct || !self.grouping.is_none() || self.having.is_some();
        is_of_several
            .then_some(NO_GROUPS)
            .or_else(|| self.columns.iter().find_map(Parts::why_not_paged))
            .or_else(|| self.query.why_not_paged(order))
    }

    /// Whether both queries give the same rows in the same order.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let having = |select: &Self| select.having.as_ref().map(|having| having.parts.clone());
        self.source.is_same(&other.source)
            && self.query.is_same(&other.query)
            && self.joins == other.joins
            && self.columns == other.columns
            && self.distinct == other.distinct
            && self.grouping == other.grouping
            && having(self) == having(other)
    }

    fn write_joins<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        joining::write(&self.joins, sql);
        if !self.joins.is_empty() && matches!(self.source, Source::Rows(_)) {
            sql.refuse(CUT_BEFORE);
        }
    }

    /// Writes the query, with the values of `key` before the columns; `is_sorted` says whether anybody sees the order of
    /// the rows.
    pub(super) fn write_rows<'a>(&'a self, sql: &mut SqlWriter<'a>, key: &'a [Parts], is_sorted: bool) {
        self.write_joins(sql);
        sql.reach(self.parts().chain(key));
        sql.repeat(self.grouping.values().chain(self.query.repeated()));
        sql.push(if self.distinct { "SELECT DISTINCT " } else { "SELECT " });
        sql.sorting(|sql| self.query.write_distinct_on(sql));
        let why_not = |parts: &Parts| if self.distinct { parts.why_not_told_apart() } else { None };
        sql.list(", ", key.iter().chain(&self.columns), |sql, parts| sql.told_apart(why_not(parts), parts));
        sql.push(" FROM ");
        self.source.write(sql);
        self.query.write_where(sql);
        self.grouping.write(sql);
        if let Some(having) = &self.having {
            having.parts.write(sql.push(" HAVING "));
        }
        if is_sorted {
            sql.sorting(|sql| self.query.write_order(sql));
        } else {
            self.query.write_unsorted(sql);
        }
    }
}

impl<M, S, C> Clone for Select<M, S, C> {
    fn clone(&self) -> Self {
        Self {
            source: self.source.clone(),
            query: self.query.clone(),
            joins: self.joins.clone(),
            columns: self.columns.clone(),
            distinct: self.distinct,
            grouping: self.grouping.clone(),
            having: self.having.clone(),
            selection: PhantomData,
        }
    }
}

impl<M, S, C> fmt::Debug for Select<M, S, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Select")
            .field("columns", &self.columns)
            .field("query", &self.query)
            .field("grouping", &self.grouping)
            .field("having", &self.having)
            .finish_non_exhaustive()
    }
}

impl<M: Model, S, C: Selection<M>> Select<M, S, C> {
    pub(crate) fn new(query: Query<M, S>, columns: C) -> Self {
        Self::of(Source::Table, query, columns)
    }

    pub(super) fn of(source: Source<M, S>, query: Query<M, S>, columns: C) -> Self {
        let columns = columns.into_list();
        let is_of_groups = columns.iter().any(Parts::is_aggregate);
        let (source, query) = if is_of_groups { to_group(source, query) } else { (source, query) };
        let (joins, grouping, having, selection) = (Vec::new(), Grouping::default(), None, PhantomData);
        Self { source, query, joins, columns, distinct: false, grouping, having, selection }
    }

    /// Selects values of each of the groups.
    pub(super) fn of_groups(
        (source, query): SomeOf<M, S>,
        joins: Vec<Joining>,
        grouping: Grouping,
        having: Option<Filter<M>>,
        columns: C,
    ) -> Self {
        let (columns, selection) = (columns.into_list(), PhantomData);
        Self { source, query, joins, columns, distinct: false, grouping, having, selection }
    }

    /// Whether the query gives each row that its filter lets through exactly once.
    pub(super) fn is_whole(&self) -> bool {
        !self.query.is_cut() && !self.distinct && self.having.is_none()
    }

    /// The source that the query reads, and the query that chooses its rows.
    pub(super) fn into_rows(self) -> SomeOf<M, S> {
        (self.source, self.query)
    }

    /// Returns equal rows only once.
    pub fn distinct(mut self) -> Self {
        self.distinct = true;
        self
    }

    /// Of the rows that have the same `values`, keeps only the first in the query's order, which must begin with these
    /// values.
    pub fn distinct_on(mut self, values: impl Expressions<M>) -> Self {
        self.query = self.query.distinct_on(values);
        self
    }

    /// Keeps only groups for which `filter` and every such filter given before hold.
    pub fn having<P: OfGroups>(mut self, filter: impl IntoFilter<M, P>) -> Self {
        self.having = Filter::both(self.having, filter);
        self
    }

    /// Keeps only rows for which `filter` and every filter given before hold. Rows are filtered before they are
    /// grouped.
    pub fn filter<P: OfRows>(mut self, filter: impl IntoFilter<M, P>) -> Self {
        self.source.rows_of(&mut self.query).add_filter(filter);
        self
    }

    /// Sorts by `order`, a single term or a tuple of them, after every order given before.
    pub fn order_by(mut self, order: impl IntoOrder<M>) -> Self {
        self.query = self.query.order_by(order);
        self
    }

    /// Returns at most this many of the selected rows. `None` changes nothing.
    pub fn limit(mut self, rows: impl RowCount) -> Self {
        self.query = self.query.limit(rows);
        self
    }

    /// Skips this many rows at the start. `None` changes nothing.
    pub fn offset(mut self, rows: impl RowCount) -> Self {
        self.query = self.query.offset(rows);
        self
    }
}

/// Groups that are named after the selection, as SQL writes them. In scope through the [prelude](crate::prelude).
pub trait GroupSelected<M> {
    /// Groups the rows that have the same value, or the same values of a tuple, into one row:
    /// `.select((Order::CUSTOMER_ID, count())).group_by(Order::CUSTOMER_ID)`.
    ///
    /// A limit that was given before counts the rows that are grouped. Before `select`,
    /// [`group_by`](crate::Query::group_by) also has rows of totals: `rollup` and others.
    #[must_use]
    fn group_by(self, by: impl Expressions<M, Place: OfGroupBy>) -> Self;
}

impl<M: Model, S, C: Selection<M>> GroupSelected<M> for Select<M, S, C> {
    fn group_by(self, by: impl Expressions<M, Place: OfGroupBy>) -> Self {
        let (source, query) = to_group(self.source, self.query);
        let mut grouping = self.grouping;
        grouping.add(by.into_list());
        Self { source, query, grouping, ..self }
    }
}

/// The rows that are grouped: a limit that is given so far counts them. SQL's own would count the groups.
pub(super) fn to_group<M: Model, S>(source: Source<M, S>, query: Query<M, S>) -> SomeOf<M, S> {
    match source {
        Source::Table if query.is_cut() => (Source::Rows(Box::new(query)), Query::empty()),
        source => (source, query),
    }
}

impl<M: Model, S, C: Selection<M>> Reads for Select<M, S, C> {
    type Model = M;
    type Row = C::Row;
    type Scope = S;

    fn write<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        self.write_rows(sql, &[], true);
    }

    fn write_ones<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        self.write_rows(sql, &[], false);
    }

    fn intent(&self) -> Intent {
        self.source.intent().unwrap_or_else(|| self.query.intent())
    }

    fn why_not_told_apart(&self) -> Option<&'static str> {
        self.columns.iter().find_map(Parts::why_not_told_apart)
    }

    fn decoder(
        &self,
    ) -> impl Fn(&mut Decoder<'_>) -> Result<C::Row, DecodeError> + Send + Sync + use<M, S, C> {
        C::decode
    }

    fn at_most(&mut self, rows: i64) {
        self.query.at_most(rows);
    }
}
