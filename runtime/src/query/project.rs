//! Queries of columns and expressions in place of whole rows: tuples, groups, aggregates.

use std::{fmt, marker::PhantomData};

use postgres_types::FromSqlOwned;

use super::{Query, reads::Reads};
use crate::{
    error::Result,
    expr::{Aggregate, Expr, Expression, Expressions, Filter, IntoFilter, IntoOrder},
    model::{Column, DecodeError, Decoder, Kind, Model, tuples},
    sql::{Intent, Link, Parts, SqlWriter},
};

/// What a query selects: a column, an expression, or a tuple of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be selected from `{M}`",
    label = "expected a column or expression of `{M}`, or a tuple of up to twelve of them"
)]
pub trait Selection<M>: Expressions<M> + Send + Sync {
    /// What a row of it is: a value is an `Option` where it may be NULL.
    type Row: Send;

    #[doc(hidden)]
    fn decode(row: &mut Decoder<'_>) -> Result<Self::Row, DecodeError>;
}

/// What a value of an expression is in a row.
type InRow<M, E> = <<E as Expression<M>>::Kind as Kind>::InRow<<E as Expression<M>>::Value>;

macro_rules! single {
    ($($name:ident)*) => {$(
        impl<M, T, K: Kind> Selection<M> for $name<M, T, K>
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

single!(Column Expr Aggregate);

impl<M> Selection<M> for Filter<M> {
    type Row = bool;

    fn decode(row: &mut Decoder<'_>) -> Result<bool, DecodeError> {
        row.get()
    }
}

macro_rules! tuple {
    ($($name:ident $value:ident $at:tt),+) => {
        impl<M, $($name: Expression<M> + Send + Sync),+> Selection<M> for ($($name,)+)
        where
            $(InRow<M, $name>: FromSqlOwned + Send + 'static,)+
        {
            type Row = ($(InRow<M, $name>,)+);

            fn decode(row: &mut Decoder<'_>) -> Result<Self::Row, DecodeError> {
                Ok(($(row.get::<InRow<M, $name>>()?,)+))
            }
        }
    };
}

tuples!(up to 12: tuple);

/// A query whose rows are put together by what they have in common. It goes on with [`select`](Self::select).
#[must_use = "a grouped query goes on with `select`"]
pub struct Grouped<M, S> {
    query: Query<M, S>,
    groups: Vec<Parts>,
}

/// A table that is joined whether or not an expression reaches it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct JoinedTable {
    pub link: Link,
    /// `LEFT JOIN`
    pub is_optional: bool,
}

/// A query of columns and expressions.
#[must_use = "a query does nothing until it is run: `.all(&dbs).await`"]
pub struct Select<M, S, C> {
    /// The rows that are read in place of the table's: some of them only, of which aggregates are made.
    source: Option<Query<M, S>>,
    query: Query<M, S>,
    joins: Vec<JoinedTable>,
    columns: Vec<Parts>,
    distinct: bool,
    groups: Vec<Parts>,
    having: Option<Filter<M>>,
    selection: PhantomData<fn() -> C>,
}

impl<M: Model, S> Query<M, S> {
    /// Only these columns and expressions, as a tuple a row.
    pub fn select<C: Selection<M>>(self, columns: C) -> Select<M, S, C> {
        Select::new(self, Vec::new(), columns)
    }

    /// One row for all rows with the same value, or with the same values of a tuple.
    pub fn group_by(self, by: impl Expressions<M>) -> Grouped<M, S> {
        Grouped { query: self, groups: by.into_list() }
    }
}

impl<M: Model, S> Grouped<M, S> {
    /// And the same value of this as well.
    pub fn group_by(mut self, by: impl Expressions<M>) -> Self {
        self.groups.append(&mut by.into_list());
        self
    }

    /// What each group gives: what it was grouped by, and aggregates.
    pub fn select<C: Selection<M>>(self, columns: C) -> Select<M, S, C> {
        Select::new(self.query, self.groups, columns)
    }
}

impl<M: Model, S, C> Select<M, S, C> {
    /// The same with one more table, whose columns come after those before.
    pub(crate) fn joined<D>(mut self, join: JoinedTable, columns: Parts) -> Select<M, S, D> {
        self.joins.push(join);
        self.columns.push(columns);
        let Self { source, query, joins, columns, distinct, groups, having, selection: _ } = self;
        Select { source, query, joins, columns, distinct, groups, having, selection: PhantomData }
    }

    /// Its expressions, each of which may reach over relations.
    fn parts(&self) -> impl Iterator<Item = &Parts> {
        let having = self.having.iter().map(|having| &having.parts);
        self.columns.iter().chain(self.query.parts()).chain(&self.groups).chain(having)
    }

    /// Whether both give the same rows in the same order.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let having = |select: &Self| select.having.as_ref().map(|having| having.parts.clone());
        let source = match (&self.source, &other.source) {
            (Some(left), Some(right)) => left.is_same(right),
            (left, right) => left.is_none() && right.is_none(),
        };
        source
            && self.query.is_same(&other.query)
            && self.joins == other.joins
            && self.columns == other.columns
            && self.distinct == other.distinct
            && self.groups == other.groups
            && having(self) == having(other)
    }

    /// The rows; `is_sorted` says whether somebody sees their order.
    fn write_rows<'a>(&'a self, sql: &mut SqlWriter<'a>, is_sorted: bool) {
        for join in &self.joins {
            sql.join(join.link, join.is_optional);
        }
        sql.reach(self.parts());
        sql.repeat(self.groups.iter().chain(self.query.repeated()));
        sql.push(if self.distinct { "SELECT DISTINCT " } else { "SELECT " });
        sql.sorting(|sql| self.query.write_distinct_on(sql));
        sql.list(", ", &self.columns, |sql, parts| parts.write(sql)).push(" FROM ");
        match &self.source {
            Some(source) => {
                sql.tables_from(|sql| sql.in_place(|sql| source.write_rows(sql, std::iter::empty())))
            }
            None => sql.tables(),
        };
        self.query.write_where(sql);
        if !self.groups.is_empty() {
            sql.push(" GROUP BY ").list(", ", &self.groups, |sql, parts| parts.write(sql));
        }
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
            groups: self.groups.clone(),
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
            .field("groups", &self.groups)
            .field("having", &self.having)
            .finish_non_exhaustive()
    }
}

impl<M, S> Clone for Grouped<M, S> {
    fn clone(&self) -> Self {
        Self { query: self.query.clone(), groups: self.groups.clone() }
    }
}

impl<M, S> fmt::Debug for Grouped<M, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grouped").field("query", &self.query).field("groups", &self.groups).finish()
    }
}

impl<M: Model, S, C: Selection<M>> Select<M, S, C> {
    pub(crate) fn new(query: Query<M, S>, groups: Vec<Parts>, columns: C) -> Self {
        let columns = columns.into_list();
        let is_of_groups = !groups.is_empty() || columns.iter().any(Parts::is_aggregate);
        // A limit is of rows: SQL's own comes after the groups.
        let (source, query) =
            if is_of_groups && query.is_cut() { (Some(query), Query::empty()) } else { (None, query) };
        let (joins, selection) = (Vec::new(), PhantomData);
        Self { source, query, joins, columns, distinct: false, groups, having: None, selection }
    }

    /// Each row once.
    pub fn distinct(mut self) -> Self {
        self.distinct = true;
        self
    }

    /// Of the rows that have these values in common the first alone, in the query's order, which begins with them.
    pub fn distinct_on(mut self, values: impl Expressions<M>) -> Self {
        self.query = self.query.distinct_on(values);
        self
    }

    /// Only groups for which `filter` holds, and every such filter given before.
    pub fn having(mut self, filter: impl IntoFilter<M>) -> Self {
        self.having = Filter::both(self.having, filter);
        self
    }

    /// Only rows for which `filter` holds, and every filter given before: rows are filtered before they are grouped.
    pub fn filter(mut self, filter: impl IntoFilter<M>) -> Self {
        let query = self.source.as_mut().unwrap_or(&mut self.query);
        query.add_filter(filter);
        self
    }

    /// Sorts by `order`, or by each of a tuple; after every order given before.
    pub fn order_by(mut self, order: impl IntoOrder<M>) -> Self {
        self.query = self.query.order_by(order);
        self
    }

    /// At most this many rows of those selected. `None` sets no limit.
    pub fn limit(mut self, rows: impl Into<Option<u64>>) -> Self {
        self.query = self.query.limit(rows);
        self
    }

    /// Without the first rows. `None` leaves out none.
    pub fn offset(mut self, rows: impl Into<Option<u64>>) -> Self {
        self.query = self.query.offset(rows);
        self
    }
}

impl<M: Model, S, C: Selection<M>> Reads for Select<M, S, C> {
    type Model = M;
    type Row = C::Row;
    type Scope = S;

    fn write<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        self.write_rows(sql, true);
    }

    fn write_ones<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        self.write_rows(sql, false);
    }

    fn intent(&self) -> Intent {
        self.source.as_ref().unwrap_or(&self.query).intent()
    }

    fn decoder(
        &self,
    ) -> impl Fn(&mut Decoder<'_>) -> Result<C::Row, DecodeError> + Send + Sync + use<M, S, C> {
        C::decode
    }

    fn at_most(&mut self, rows: u64) {
        self.query.at_most(rows);
    }
}
