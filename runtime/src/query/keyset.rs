//! Pages that begin where another ended: keyset pagination.
//!
//! An offset makes the server count the rows before it, and shows a row twice or never where others come and go
//! between two pages. A page that is asked for by the last row's key does neither.

use super::{
    Explain as _, Query, Whole,
    reads::{Fetch as _, Reads},
    sort_key::{Direction, SortKey, Term, beyond},
};
use crate::{
    error::Result,
    executor::Executor,
    model::{DecodeError, Decoder, Model},
    sql::{Intent, Parts, SqlWriter},
};

/// A query that is read page by page, sorted by `K`.
#[derive(Debug)]
#[must_use = "a query does nothing until it is run: `.page(&dbs).await`"]
pub struct Keyset<M, K: SortKey<M>> {
    query: Query<M>,
    terms: Vec<Term>,
    from: Option<(Direction, K::Cursor)>,
    limit: Option<u64>,
}

/// The rows of a page, in the query's order, and where its neighbours are.
///
/// ```
/// # mod shop { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/shop.rs")); }
/// # use shop::*;
/// # use ormgen_runtime::{prelude::*};
/// use ormgen_runtime::{Page, Result};
///
/// async fn page(dbs: &Databases, after: Option<(String, i64)>) -> Result<Page<Customer, (String, i64)>> {
///     Customer::query().keyset((Customer::NAME, Customer::ID)).after(after).limit(20).page(dbs).await
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Page<M, C> {
    /// The rows.
    pub rows: Vec<M>,
    /// What the next page is [after](Keyset::after); none if this is the last one.
    pub next: Option<C>,
    /// What the page before is [before](Keyset::before); none if this is the first one.
    pub previous: Option<C>,
}

impl<M: Model> Query<M> {
    /// The rows page by page, sorted by `key` in place of any order given before:
    ///
    /// `Order::query().keyset((desc(Order::PLACED_AT), Order::ID)).after(cursor).limit(20).page(&dbs).await?`
    ///
    /// The key must tell rows apart, or rows alike in it may be missing from the pages: let it end with the primary
    /// key. Where all of it goes in one direction and nothing of it may be NULL, one index serves a page.
    pub fn keyset<K: SortKey<M>>(self, key: K) -> Keyset<M, K> {
        Keyset { query: self, terms: key.terms(), from: None, limit: None }
    }
}

impl<M: Model, K: SortKey<M>> Keyset<M, K> {
    /// The rows after the one with this key: a page's [`next`](Page::next). None begins with the first row.
    pub fn after(mut self, cursor: impl Into<Option<K::Cursor>>) -> Self {
        self.from = cursor.into().map(|cursor| (Direction::After, cursor));
        self
    }

    /// The rows before the one with this key: a page's [`previous`](Page::previous). None begins with the first row.
    pub fn before(mut self, cursor: impl Into<Option<K::Cursor>>) -> Self {
        self.from = cursor.into().map(|cursor| (Direction::Before, cursor));
        self
    }

    /// At most this many rows a page.
    pub fn limit(mut self, rows: u64) -> Self {
        self.limit = Some(rows);
        self
    }

    /// The page.
    ///
    /// # Errors
    /// Those of taking a connection and of the server.
    pub async fn page(self, executor: impl Executor<M::Db>) -> Result<Page<M, K::Cursor>> {
        let limit = self.limit;
        let (direction, begins) = match &self.from {
            Some((direction, _)) => (*direction, false),
            None => (Direction::After, true),
        };
        let found = self.rows().all(executor).await?;
        Ok(page(found, limit, direction, begins))
    }

    /// The server's plan for the page, as text.
    ///
    /// # Errors
    /// Those of taking a connection and of the server.
    pub async fn explain(self, executor: impl Executor<M::Db>) -> Result<String> {
        self.rows().explain(executor).await
    }

    /// The page's rows in its direction, and one more if there are more.
    fn rows(self) -> WithKey<M, K::Cursor> {
        let Self { mut query, terms, from, limit } = self;
        let direction = from.as_ref().map_or(Direction::After, |(direction, _)| *direction);
        if let Some((direction, cursor)) = from {
            query = query.filter(beyond(&terms, &K::values(cursor), direction));
        }
        query.set_order(terms.iter().map(|term| term.order(direction)).collect());
        if let Some(limit) = limit {
            query.set_limit(limit.saturating_add(1));
        }
        let key = terms.into_iter().map(|term| term.parts).collect();
        WithKey { query, key, decode: decode::<M, K> }
    }
}

/// Puts the rows that were found in a direction into the query's order.
fn page<M, C: Clone>(
    mut found: Vec<(C, M)>,
    limit: Option<u64>,
    direction: Direction,
    begins: bool,
) -> Page<M, C> {
    let wanted = limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    let more = found.len() > wanted;
    found.truncate(wanted);
    let (more_before, more_after) = match direction {
        Direction::After => (!begins, more),
        Direction::Before => (more, true),
    };
    if direction == Direction::Before {
        found.reverse();
    }
    let cursor = |row: Option<&(C, M)>| row.map(|(cursor, _)| cursor.clone());
    let previous = if more_before { cursor(found.first()) } else { None };
    let next = if more_after { cursor(found.last()) } else { None };
    Page { rows: found.into_iter().map(|(_, row)| row).collect(), next, previous }
}

/// Rows with the key that they are sorted by.
struct WithKey<M, C> {
    query: Query<M, Whole>,
    key: Vec<Parts>,
    decode: fn(&mut Decoder<'_>) -> Result<(C, M), DecodeError>,
}

fn decode<M: Model, K: SortKey<M>>(row: &mut Decoder<'_>) -> Result<(K::Cursor, M), DecodeError> {
    Ok((K::decode(row)?, M::decode(row)?))
}

impl<M: Model, C: Send> Reads for WithKey<M, C> {
    type Model = M;
    type Row = (C, M);

    fn write<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        self.query.write_rows(sql, &self.key);
    }

    fn intent(&self) -> Intent {
        self.query.intent()
    }

    fn decoder(&self) -> impl Fn(&mut Decoder<'_>) -> Result<(C, M), DecodeError> + Send + Sync + use<M, C> {
        self.decode
    }

    fn at_most(&mut self, rows: u64) {
        self.query.at_most(rows);
    }
}
