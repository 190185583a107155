//! Queries of columns and expressions in place of whole rows: tuples, groups, aggregates.

use std::marker::PhantomData;

use postgres_types::FromSqlOwned;

use super::{Query, call, join::Join, rows};
use crate::{
    Result,
    column::{Column, Kind},
    executor::{Executor, Intent},
    expr::{Expr, Expression, Filter, IntoFilter, Order, Parts},
    model::{DecodeError, Decoder, Model},
    sql::{Call, SqlWriter, Values},
};

/// What a query selects: a column, an expression, or a tuple of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be selected from `{M}`",
    label = "expected a column or expression of `{M}`, or a tuple of up to eight of them"
)]
pub trait Selection<M>: Send + Sync {
    /// What a row of it is: a value is an `Option` where it may be NULL.
    type Row: Send;

    #[doc(hidden)]
    fn parts(self) -> Vec<Parts>;

    #[doc(hidden)]
    fn decode(row: &mut Decoder<'_>) -> Result<Self::Row, DecodeError>;
}

type Field<M, E> = <<E as Expression<M>>::Kind as Kind>::Field<<E as Expression<M>>::Value>;

impl<M, T: FromSqlOwned + Send, K: Kind> Selection<M> for Column<M, T, K>
where
    K::Field<T>: FromSqlOwned + Send,
{
    type Row = K::Field<T>;

    fn parts(self) -> Vec<Parts> {
        vec![self.into_parts()]
    }

    fn decode(row: &mut Decoder<'_>) -> Result<Self::Row, DecodeError> {
        row.get()
    }
}

impl<M, T: FromSqlOwned + Send, K: Kind> Selection<M> for Expr<M, T, K>
where
    K::Field<T>: FromSqlOwned + Send,
{
    type Row = K::Field<T>;

    fn parts(self) -> Vec<Parts> {
        vec![self.into_parts()]
    }

    fn decode(row: &mut Decoder<'_>) -> Result<Self::Row, DecodeError> {
        row.get()
    }
}

macro_rules! selections {
    ($($name:ident $field:tt),+) => {
        impl<M, $($name: Expression<M> + Send + Sync),+> Selection<M> for ($($name,)+)
        where
            $(Field<M, $name>: FromSqlOwned + Send,)+
        {
            type Row = ($(Field<M, $name>,)+);

            fn parts(self) -> Vec<Parts> {
                vec![$(self.$field.into_parts()),+]
            }

            fn decode(row: &mut Decoder<'_>) -> Result<Self::Row, DecodeError> {
                Ok(($(row.get::<Field<M, $name>>()?,)+))
            }
        }
    };
}

selections!(A 0);
selections!(A 0, B 1);
selections!(A 0, B 1, C 2);
selections!(A 0, B 1, C 2, D 3);
selections!(A 0, B 1, C 2, D 3, E 4);
selections!(A 0, B 1, C 2, D 3, E 4, F 5);
selections!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
selections!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);

/// A query whose rows are put together by what they have in common. It goes on with [`select`](Self::select).
#[derive(Debug)]
#[must_use = "a grouped query goes on with `select`"]
pub struct Grouped<M, S> {
    query: Query<M, S>,
    groups: Vec<Parts>,
}

/// A query of columns and expressions.
#[derive(Debug)]
#[must_use = "a query does nothing until it is run: `.all(&dbs).await`"]
pub struct Select<M, S, C> {
    query: Query<M, S>,
    joins: Vec<Join>,
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

    /// One row for all rows with the same value.
    pub fn group_by(self, by: impl Expression<M>) -> Grouped<M, S> {
        Grouped { query: self, groups: vec![by.into_parts()] }
    }
}

impl<M: Model, S> Grouped<M, S> {
    /// And the same value of this as well.
    pub fn group_by(mut self, by: impl Expression<M>) -> Self {
        self.groups.push(by.into_parts());
        self
    }

    /// What each group gives: what it was grouped by, and aggregates.
    pub fn select<C: Selection<M>>(self, columns: C) -> Select<M, S, C> {
        Select::new(self.query, self.groups, columns)
    }
}

impl<M: Model, S, C> Select<M, S, C> {
    /// The same with one more table, whose columns come after those before.
    pub(super) fn joined<D>(mut self, join: Join, columns: Parts) -> Select<M, S, D> {
        self.joins.push(join);
        self.columns.push(columns);
        let Self { query, joins, columns, distinct, groups, having, selection: _ } = self;
        Select { query, joins, columns, distinct, groups, having, selection: PhantomData }
    }
}

impl<M: Model, S, C: Selection<M>> Select<M, S, C> {
    pub(super) fn new(query: Query<M, S>, groups: Vec<Parts>, columns: C) -> Self {
        let columns = columns.parts();
        Self {
            query,
            joins: Vec::new(),
            columns,
            distinct: false,
            groups,
            having: None,
            selection: PhantomData,
        }
    }

    pub(super) fn of(self, change: impl FnOnce(Query<M, S>) -> Query<M, S>) -> Self {
        Self { query: change(self.query), ..self }
    }

    /// Each row once.
    pub fn distinct(mut self) -> Self {
        self.distinct = true;
        self
    }

    /// Only groups for which `filter` holds, and every such filter given before.
    pub fn having(mut self, filter: impl IntoFilter<M>) -> Self {
        let filter = filter.into_filter();
        self.having = Some(match self.having {
            Some(before) => before.and(filter),
            None => filter,
        });
        self
    }

    /// Sorts by `order`; after every order given before.
    pub fn order_by(mut self, order: Order<M>) -> Self {
        self.query = self.query.order_by(order);
        self
    }

    /// At most this many rows.
    pub fn limit(mut self, rows: u64) -> Self {
        self.query.set_limit(rows);
        self
    }

    /// Without the first rows.
    pub fn offset(mut self, rows: u64) -> Self {
        self.query.set_offset(rows);
        self
    }

    /// Every row.
    ///
    /// # Errors
    /// Those of taking a connection and of the server.
    pub async fn all(self, executor: impl Executor<M::Db>) -> Result<Vec<C::Row>> {
        let (call, values) = self.statement();
        let mut found = Vec::new();
        rows::for_each(executor.target(), self.intent(), &call, &values, &[], &mut |row| {
            found.push(C::decode(&mut Decoder::new(row))?);
            Ok(())
        })
        .await?;
        Ok(found)
    }

    /// The first row, in the query's order.
    ///
    /// # Errors
    /// Those of taking a connection and of the server.
    pub async fn first(mut self, executor: impl Executor<M::Db>) -> Result<Option<C::Row>> {
        self.query.limit_to_one();
        Ok(self.all(executor).await?.pop())
    }

    /// The only row.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) if there is none,
    /// [`Error::TooManyRows`](crate::Error::TooManyRows) if there are several.
    pub async fn one(self, executor: impl Executor<M::Db>) -> Result<C::Row> {
        let connection = executor.target().alias().clone();
        let mut rows = self.all(executor).await?;
        match (rows.pop(), rows.is_empty()) {
            (Some(row), true) => Ok(row),
            (Some(_), false) => Err(crate::Error::TooManyRows { connection, model: M::NAME }),
            (None, _) => Err(crate::Error::NotFound { connection, model: M::NAME }),
        }
    }

    fn intent(&self) -> Intent {
        self.query.intent()
    }

    fn statement(&self) -> (Call, Values<'_>) {
        let mut sql = SqlWriter::new(M::TABLE);
        self.write(&mut sql);
        let (text, values) = sql.finish();
        (call::<M>(text, "select"), values)
    }

    pub(super) fn write<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        for join in &self.joins {
            sql.join(join.link, join.is_optional);
        }
        sql.reach(self.parts());
        sql.push(if self.distinct { "SELECT DISTINCT " } else { "SELECT " });
        sql.list(", ", &self.columns, |sql, parts| parts.write(sql));
        sql.push(" FROM ").tables();
        self.query.write_where(sql);
        if !self.groups.is_empty() {
            sql.push(" GROUP BY ").list(", ", &self.groups, |sql, parts| parts.write(sql));
        }
        if let Some(having) = &self.having {
            having.parts.write(sql.push(" HAVING "));
        }
        self.query.write_order(sql);
    }

    /// Its expressions, each of which may reach over relations.
    fn parts(&self) -> impl Iterator<Item = &Parts> {
        let having = self.having.iter().map(|having| &having.parts);
        self.columns.iter().chain(self.query.parts()).chain(&self.groups).chain(having)
    }
}
