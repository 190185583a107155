//! Pages that begin where another ended: keyset pagination.
//!
//! An offset makes the server count the rows before it, and shows a row twice or never where others come and go
//! between two pages. A page that is asked for by the last row's key does neither.

use super::{
    Annotated, Explain as _, Query, Runs, Selection,
    reads::{Fetch as _, ReadDb, Reads},
    rows::Narrow,
    select::write_order,
    sort_key::{Direction, SortKey, Term, beyond, ranges},
};
use crate::{
    error::Result,
    executor::Executor,
    expr::{IntoFilter, OrderBy},
    model::{DecodeError, Decoder, Model},
    sql::{Intent, Parts, SqlWriter},
};

/// A query that is read page by page, sorted by `K`.
#[derive(Debug)]
#[must_use = "a query does nothing until it is run: `.page(&dbs).await`"]
pub struct Keyset<Q: Narrow, K: SortKey<Q::Model>> {
    query: Q,
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

impl<M: Model, S> Query<M, S> {
    /// The rows page by page, sorted by `key` in place of any order given before:
    ///
    /// `Order::query().keyset((desc(Order::PLACED_AT), Order::ID)).after(cursor).limit(20).page(&dbs).await?`
    ///
    /// The key must tell rows apart, or rows alike in it may be missing from the pages: let it end with the primary
    /// key. An index in the key's order serves a page, wherever it begins. A page that begins before the rows whose first
    /// key is NULL, and may reach into them, is read as two ranges of the index in one statement.
    pub fn keyset<K: SortKey<M>>(self, key: K) -> Keyset<Self, K> {
        Keyset::new(self, key)
    }
}

impl<M: Model, S, C: Selection<M>> Annotated<M, S, C> {
    /// The rows with their values page by page; see [`Query::keyset`].
    pub fn keyset<K: SortKey<M>>(self, key: K) -> Keyset<Self, K> {
        Keyset::new(self, key)
    }
}

impl<Q: Narrow, K: SortKey<Q::Model>> Keyset<Q, K> {
    /// A limit that the query has is that of a page.
    fn new(mut query: Q, key: K) -> Self {
        let limit = query.take_limit();
        Self { query, terms: key.terms(), from: None, limit }
    }

    /// Only rows for which `filter` holds, and every filter given before. `None` is no condition.
    pub fn filter(mut self, filter: impl IntoFilter<Q::Model>) -> Self {
        self.query = self.query.narrowed(filter);
        self
    }

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

    /// At most this many rows a page. `None` sets no limit.
    pub fn limit(mut self, rows: impl Into<Option<u64>>) -> Self {
        self.limit = rows.into().or(self.limit);
        self
    }

    /// The page.
    ///
    /// # Errors
    /// Those of taking a connection and of the server.
    pub async fn page(
        self,
        executor: impl Executor<ReadDb<Q>> + Runs<Q::Scope>,
    ) -> Result<Page<Q::Row, K::Cursor>> {
        let (rows, ends) = self.into_parts();
        Ok(ends.page(rows.all(executor).await?))
    }

    /// The server's plan for the page, as text.
    ///
    /// # Errors
    /// Those of taking a connection and of the server.
    pub async fn explain(self, executor: impl Executor<ReadDb<Q>>) -> Result<String> {
        self.into_parts().0.explain(executor).await
    }

    /// The page's text as it is sent: `$1`, `$2`, … stand where the values go.
    pub fn sql(self) -> String {
        self.into_parts().0.sql()
    }

    /// The query of the page's rows in its direction, and one more if there are more; and how they become a page.
    pub(crate) fn into_parts(self) -> (WithKey<Q, K::Cursor>, PageEnds) {
        let Self { query, terms, from, limit } = self;
        let (direction, begins) = match &from {
            Some((direction, _)) => (*direction, false),
            None => (Direction::After, true),
        };
        let order: Vec<OrderBy<Q::Model>> = terms.iter().map(|term| term.order(direction)).collect();
        let most = limit.map(|limit| limit.saturating_add(1));
        let query = query.resorted(order.clone()).limited(most, None);
        let ranges = match from {
            None => vec![query],
            // Rows of two ranges put together cannot be locked.
            Some((_, cursor)) if query.intent() == Intent::Write => {
                vec![query.narrowed(beyond(&terms, &K::values(cursor), direction))]
            }
            Some((_, cursor)) => ranges(&terms, &K::values(cursor), direction)
                .into_iter()
                .map(|range| query.clone().narrowed(range))
                .collect(),
        };
        let by_place = (1..).zip(&order).map(|(place, order)| order.at(place)).collect();
        let key = terms.into_iter().map(|term| term.parts).collect();
        let query = WithKey { ranges, key, by_place, most, decode: decode::<Q, K> };
        (query, PageEnds { limit, direction, begins })
    }
}

/// Where a page ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PageEnds {
    limit: Option<u64>,
    direction: Direction,
    /// Whether nothing comes before it.
    begins: bool,
}

impl PageEnds {
    /// Puts the rows that were found in a direction into the query's order.
    pub fn page<R, C: Clone>(self, mut found: Vec<(C, R)>) -> Page<R, C> {
        let wanted = self.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
        let more = found.len() > wanted;
        found.truncate(wanted);
        let (more_before, more_after) = match self.direction {
            Direction::After => (!self.begins, more),
            Direction::Before => (more, true),
        };
        if self.direction == Direction::Before {
            found.reverse();
        }
        let cursor = |row: Option<&(C, R)>| row.map(|(cursor, _)| cursor.clone());
        let previous = if more_before { cursor(found.first()) } else { None };
        let next = if more_after { cursor(found.last()) } else { None };
        Page { rows: found.into_iter().map(|(_, row)| row).collect(), next, previous }
    }
}

/// Rows with the key that they are sorted by.
pub(crate) struct WithKey<Q: Reads, C> {
    /// The rows: of one range of the order, or of two, one after the other.
    ranges: Vec<Q>,
    key: Vec<Parts>,
    /// The same order by the places of the key's columns.
    by_place: Vec<OrderBy<Q::Model>>,
    most: Option<u64>,
    decode: KeyedDecoder<C, Q::Row>,
}

/// Reads a row and its key.
type KeyedDecoder<C, R> = fn(&mut Decoder<'_>) -> Result<(C, R), DecodeError>;

fn decode<Q: Narrow, K: SortKey<Q::Model>>(
    row: &mut Decoder<'_>,
) -> Result<(K::Cursor, Q::Row), DecodeError> {
    Ok((K::decode(row)?, Q::decode_row(row)?))
}

impl<Q: Narrow, C: Send> Reads for WithKey<Q, C> {
    type Model = Q::Model;
    type Row = (C, Q::Row);
    type Scope = Q::Scope;

    fn write<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        if let [query] = &*self.ranges {
            query.write_keyed(sql, &self.key);
            return;
        }
        sql.push("(").list(") UNION ALL (", &self.ranges, |sql, query| {
            sql.apart(Q::Model::TABLE, |sql| query.write_keyed(sql, &self.key));
        });
        write_order(sql.push(")"), &self.by_place, self.most, None);
    }

    fn intent(&self) -> Intent {
        self.ranges.first().map_or(Intent::Read, Reads::intent)
    }

    fn decoder(
        &self,
    ) -> impl Fn(&mut Decoder<'_>) -> Result<Self::Row, DecodeError> + Send + Sync + use<Q, C> {
        self.decode
    }

    /// A page has its own limit.
    fn at_most(&mut self, _: u64) {}
}
