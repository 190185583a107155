//! Queries of one row by its key.

use std::marker::PhantomData;

use super::{
    Delete, Locked, Query, Select, Selection, Unlocked, Update, change::Condition, find_many, lock::Lock,
    reading, reads::Reads,
};
use crate::{
    error::Result,
    expr::{Filter, IntoFilter, OfRows, Place},
    model::{DecodeError, Decoder, Keyed, Writable},
    sql::{ColumnDef, Intent, Parts, Sharing, SqlType, SqlWriter, Statement, Values},
};

/// A query of the row of `M` with a given key.
#[must_use = "a query does nothing until it is run: `.one(&dbs).await`"]
pub struct Find<M: Keyed, S = Unlocked> {
    key: ByKey<M>,
    pub(super) lock: Option<Lock>,
    scope: PhantomData<fn() -> S>,
}

impl<M: Keyed> Find<M> {
    pub(super) fn new(key: M::Key) -> Self {
        Self { key: ByKey { key, also: None }, lock: None, scope: PhantomData }
    }
}

impl<M: Keyed, S> Find<M, S> {
    pub(crate) fn locked(self, lock: Option<Lock>) -> Find<M, Locked> {
        Find { key: self.key, lock, scope: PhantomData }
    }

    pub(crate) fn waiting(self, wait: &'static str) -> Self {
        Self { lock: self.lock.map(|lock| lock.waiting(wait)), ..self }
    }

    /// Finds the row only if it fulfils this condition too.
    ///
    /// For a change that nobody else may have come before: `Event::find(id).filter(Event::VERSION.eq(seen)).update()`,
    /// whose [`optional`](super::Execute::optional) gives `None` where somebody has.
    pub fn filter<P: OfRows>(self, filter: impl IntoFilter<M, P>) -> Self {
        Self { key: self.key.and(filter), ..self }
    }

    /// Selects only these columns and expressions of the row:
    /// `Customer::find(id).select((Customer::NAME, Customer::CITY)).one(&dbs)`.
    pub fn select<C: Selection<M>>(self, columns: C) -> Select<M, S, C>
    where
        M::Key: 'static,
    {
        self.into_query().select(columns)
    }

    /// The query of the rows that have this key, of which there is at most one.
    pub(crate) fn into_query(self) -> Query<M, S>
    where
        M::Key: 'static,
    {
        let ByKey { key, also } = self.key;
        let mut query = Query::empty().filter(find_many::has_this_key(key)).filter(also);
        query.lock = self.lock;
        query
    }

    /// An update of the row.
    pub fn update(self) -> Update<M, ByKey<M>>
    where
        M::Kind: Writable,
    {
        Update::new(self.key)
    }

    /// A delete of the row.
    pub fn delete(self) -> Delete<M, ByKey<M>>
    where
        M::Kind: Writable,
    {
        Delete::new(self.key)
    }
}

impl<M: Keyed, S> Reads for Find<M, S> {
    type Model = M;
    type Row = M;
    type Scope = S;

    fn write<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        sql.reach(self.key.parts());
        Query::<M>::write_from(sql);
        self.key.write(sql, " WHERE ");
        if let Some(lock) = self.lock {
            lock.write(sql);
        }
    }

    fn intent(&self) -> Intent {
        Lock::intent(self.lock)
    }

    fn columns(&self) -> &'static [ColumnDef] {
        M::COLUMNS
    }

    fn decoder(&self) -> impl Fn(&mut Decoder<'_>) -> Result<M, DecodeError> + Send + Sync + use<M, S> {
        M::decode
    }

    /// At most one row has the key.
    fn at_most(&mut self, _: i64) {}

    fn statement(&self, _: &'static str) -> Statement<'_> {
        let statement = if self.lock.is_some() || self.key.also.is_some() {
            let mut sql = SqlWriter::new(M::TABLE);
            self.write(&mut sql);
            sql.finish(self.intent())
        } else {
            let mut values = Values::with_capacity(M::KEY.len());
            M::bind(&self.key.key, &mut values);
            reading::<M>(Statement::new(M::FIND, values, self.intent()), find_sharing::<M>())
        };
        statement.named(M::NAME, "find").on(M::TABLE).rows_of(M::COLUMNS)
    }
}

/// The condition that a row has this key.
pub struct ByKey<M: Keyed> {
    key: M::Key,
    /// What the row has to fulfil beside.
    also: Option<Filter<M>>,
}

impl<M: Keyed> ByKey<M> {
    pub(super) fn and<P: Place>(self, filter: impl IntoFilter<M, P>) -> Self {
        Self { also: Filter::both(self.also, filter), ..self }
    }
}

impl<M: Keyed> Condition for ByKey<M> {
    const IS_KEY: bool = true;

    fn parts(&self) -> impl Iterator<Item = &Parts> {
        self.also.iter().map(|filter| &filter.parts)
    }

    fn write<'a>(&'a self, sql: &mut SqlWriter<'a>, word: &'static str) {
        write_key::<M>(sql.push(word), &self.key);
        if let Some(filter) = &self.also {
            sql.push(" AND (").of_rows(|sql| filter.parts.write(sql));
            sql.push(")");
        }
    }
}

pub(super) fn write_key<'a, M: Keyed>(sql: &mut SqlWriter<'a>, key: &'a M::Key) {
    let mut values = Values::with_capacity(M::KEY.len());
    M::bind(key, &mut values);
    sql.list(" AND ", M::KEY.iter().zip(values), |sql, (column, value)| {
        sql.column(column.name).push(" = ").value(value).cast(SqlType::of(column).of_value());
    });
}

/// Whether a lookup may be sent together with others: a key of scalars can be sent in arrays, one of arrays or
/// composites cannot, as `unnest` would take those apart.
fn find_sharing<M: Keyed>() -> Sharing {
    if M::KEY.iter().all(|column| column.scalar) { Sharing::Find(find_each::<M>) } else { Sharing::Read }
}

/// The keys that are looked for, by a name that no table has.
const WANTED: &str = "\"ormgen wanted\"";

/// The statement that finds many rows in place of one: it takes an array for each column of the key, and tells for each
/// row the place of its key in the arrays.
///
/// `OFFSET 0` keeps the plan of a lookup of one key, by the key's own index, whatever the planner estimates for arrays.
fn find_each<M: Keyed>() -> String {
    let mut sql = SqlWriter::new(M::TABLE);
    sql.push("SELECT found.*, ").push(WANTED).push(".place FROM unnest(");
    sql.list(", ", M::KEY.iter().enumerate(), |sql, (at, column)| {
        sql.push("$").number(at as u64 + 1).push("::").push(column.sql_type).push("[]");
    });
    sql.push(") WITH ORDINALITY AS ").push(WANTED).push(" (");
    sql.list(", ", 0..M::KEY.len(), |sql, at| {
        sql.push("key_").number(at as u64);
    });
    sql.push(", place) CROSS JOIN LATERAL (").push(M::SELECT).push(" WHERE ");
    sql.list(" AND ", M::KEY.iter().enumerate(), |sql, (at, column)| {
        sql.push(M::TABLE)
            .push(".")
            .push(column.name)
            .push(" = ")
            .push(WANTED)
            .push(".key_")
            .number(at as u64);
    });
    sql.push(" OFFSET 0) AS found");
    sql.into_text()
}
