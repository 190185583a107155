//! Keyset pagination: a page begins after the last row of another page.
//!
//! An offset makes the server count all rows before the page, and where other programs insert or delete rows between
//! two pages, a row is shown twice or never. A page that is asked for by the last row's key has neither problem.

use std::sync::Arc;

use super::{
    Annotated, Explain as _, Query, RowCount, Runs, Select, Selection,
    reads::{ReadDb, Reads},
    rows::Paged,
    run,
    select::write_order,
    sort_key::{Direction, SortKey, Term, beyond, ranges, typed},
};
use crate::{
    error::{Alias, Error, Result},
    executor::Executor,
    expr::{IntoFilter, OfRows, OrderBy},
    model::{DecodeError, Decoder, Model},
    sql::{Intent, Parts, SqlWriter},
};

/// A query that is read page by page, sorted by a key whose values are of the type `C`.
///
/// The type names the values and not the key: of what is no key they are unknown, and the compiler speaks of that alone.
#[derive(Debug)]
#[must_use = "a query does nothing until it is run: `.page(&dbs).await`"]
pub struct Keyset<Q: Paged, C> {
    query: Q,
    terms: Vec<Term>,
    values: fn(C) -> Vec<Option<Parts>>,
    decode: KeyedDecoder<C, Q::Row>,
    are_same: AreSame<C>,
    from: Option<(Direction, C)>,
    limit: Option<i64>,
    /// Why the query is not read by page, if so.
    refused: Option<&'static str>,
}

/// The rows of a page, in the query's order, and the keys at which the neighbouring pages begin.
///
/// With serde a page becomes JSON, which has no `NaN` and no infinity: a float that is one would come back as NULL, and rows be
/// left out. A key of such values is sent in another format.
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
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Page<M, C> {
    /// The rows.
    pub rows: Vec<M>,
    /// The key that the next page comes [after](Keyset::after); `None` if this is the last page.
    pub next: Option<C>,
    /// The key that the previous page comes [before](Keyset::before); `None` if this is the first page.
    pub previous: Option<C>,
}

/// Where a page begins or ends: the key of a row, from a page's [`next`](Page::next) or [`previous`](Page::previous), or an
/// `Option` of it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no cursor of these pages, whose key is `{C}`",
    label = "expected `{C}`, or an `Option` of it",
    note = "a request gives the key's parts, each in a parameter of its own: `.after(request.placed_at.zip(request.id))`; or as \
            one text of JSON: `serde_json::from_str(&text)?`"
)]
pub trait IntoCursor<C> {
    /// The key; `None` for the first page.
    #[doc(hidden)]
    fn into_cursor(self) -> Option<C>;
}

impl<C> IntoCursor<C> for C {
    fn into_cursor(self) -> Option<C> {
        Some(self)
    }
}

impl<C> IntoCursor<C> for Option<C> {
    fn into_cursor(self) -> Self {
        self
    }
}

impl<C: Clone> IntoCursor<C> for &C {
    fn into_cursor(self) -> Option<C> {
        Some(self.clone())
    }
}

impl IntoCursor<String> for &str {
    fn into_cursor(self) -> Option<String> {
        Some(self.to_owned())
    }
}

impl<B> IntoCursor<(String, B)> for (&str, B) {
    fn into_cursor(self) -> Option<(String, B)> {
        let (text, second) = self;
        Some((text.to_owned(), second))
    }
}

impl<B, C> IntoCursor<(String, B, C)> for (&str, B, C) {
    fn into_cursor(self) -> Option<(String, B, C)> {
        let (text, second, third) = self;
        Some((text.to_owned(), second, third))
    }
}

impl<M: Model, S> Query<M, S> {
    /// Reads the rows page by page, sorted by `key`:
    ///
    /// `Order::query().keyset((desc(Order::PLACED_AT), Order::ID)).after(cursor).limit(20).page(&dbs).await?`
    ///
    /// The key must differ from row to row: let it end with the primary key. Where a page would end between two rows that
    /// share a key, so that the next page would leave out the second, reading it is an error (but for texts that differ and
    /// are equal to the server, by `citext` or a collation: such rows are left out). So it is where the query has an offset,
    /// another order than the key's, or a `distinct_on` of fewer values than the key.
    ///
    /// An index in the key's order serves a page, wherever it begins. A page that begins before the rows whose first key
    /// column is NULL, and may reach into them, is read as two ranges of the index in one statement.
    pub fn keyset<K: SortKey<M>>(self, key: K) -> Keyset<Self, K::Cursor> {
        Keyset::new(self, key)
    }
}

impl<M: Model, S, C: Selection<M>> Annotated<M, S, C> {
    /// Reads the rows with their values page by page; see [`Query::keyset`].
    pub fn keyset<K: SortKey<M>>(self, key: K) -> Keyset<Self, K::Cursor> {
        Keyset::new(self, key)
    }
}

impl<M: Model, S, C: Selection<M>> Select<M, S, C> {
    /// Reads the selected values, or the joined rows, page by page; see [`Query::keyset`].
    ///
    /// The key is one of the query's own model. Where several joined rows have one row of it, a page that would end
    /// between them is an error.
    pub fn keyset<K: SortKey<M>>(self, key: K) -> Keyset<Self, K::Cursor> {
        Keyset::new(self, key)
    }
}

impl<Q: Paged, C> Keyset<Q, C> {
    /// A limit of the query becomes that of each page.
    pub(crate) fn new<K: SortKey<Q::Model, Cursor = C>>(mut query: Q, key: K) -> Self {
        let limit = query.take_limit();
        let terms = key.terms();
        let order: Vec<_> = terms.iter().map(|term| term.order(Direction::After)).collect();
        let refused = query.why_not_paged(&order);
        Self {
            query,
            terms,
            values: K::values,
            decode: decode::<Q, K>,
            are_same: K::are_same,
            from: None,
            limit,
            refused,
        }
    }
}

impl<Q: Paged, C: Clone + PartialEq + Send + Sync> Keyset<Q, C> {
    /// Keeps only rows for which `filter` and every filter given before hold. `None` adds no condition.
    pub fn filter<P: OfRows>(mut self, filter: impl IntoFilter<Q::Model, P>) -> Self {
        self.query = self.query.narrowed(filter);
        self
    }

    /// Begins the page after the row with this key: a page's [`next`](Page::next). `None` begins with the first row.
    pub fn after(mut self, cursor: impl IntoCursor<C>) -> Self {
        self.from = cursor.into_cursor().map(|cursor| (Direction::After, cursor));
        self
    }

    /// Ends the page before the row with this key: a page's [`previous`](Page::previous). `None` begins with the first
    /// row.
    pub fn before(mut self, cursor: impl IntoCursor<C>) -> Self {
        self.from = cursor.into_cursor().map(|cursor| (Direction::Before, cursor));
        self
    }

    /// Returns at most this many rows per page, at least one. `None` changes nothing.
    pub fn limit(mut self, rows: impl RowCount) -> Self {
        self.limit = rows.rows().or(self.limit);
        self
    }

    /// Reads the page.
    ///
    /// # Errors
    /// [`Error::InvalidQuery`] if the page would end between two rows that have the same key; the errors of taking a
    /// connection and of the server.
    pub async fn page(self, executor: impl Executor<ReadDb<Q>> + Runs<Q::Scope>) -> Result<Page<Q::Row, C>> {
        let (rows, ends) = self.into_parts();
        let statement = rows.statement("all");
        let target = executor.target_for(statement.intent)?;
        let found = run::all(target, &statement, rows.decoder()).await?;
        ends.page(target.alias(), found)
    }

    /// Gives the server's query plan for the page as text.
    ///
    /// # Errors
    /// The errors of taking a connection and of the server.
    pub async fn explain(self, executor: impl Executor<ReadDb<Q>>) -> Result<String> {
        self.into_parts().0.explain(executor).await
    }

    /// The SQL text of the page's query: `$1`, `$2`, … stand in place of the values.
    pub fn sql(self) -> String {
        self.into_parts().0.sql()
    }

    /// The query that reads the page's rows, and one row more to tell whether others follow; and how they become a
    /// page.
    pub(crate) fn into_parts(self) -> (WithKey<Q, C>, PageEnds<C>) {
        let Self { query, terms, values, decode, are_same, from, limit, refused } = self;
        let refused = refused.or(limit.is_some_and(|limit| limit < 1).then_some(NO_ROWS));
        let (direction, begins) = match &from {
            Some((direction, _)) => (*direction, false),
            None => (Direction::After, true),
        };
        let order: Vec<OrderBy<Q::Model>> = terms.iter().map(|term| term.order(direction)).collect();
        let most = limit.map(|limit| limit.saturating_add(1));
        let query = query.resorted(order.clone()).limited(most, None);
        let ranges = match from {
            None => vec![query],
            // The server cannot lock the rows of a `UNION`, so here the page is one range.
            Some((_, cursor)) if query.intent() == Intent::Write => {
                vec![query.narrowed(beyond(&terms, &typed(&terms, values(cursor)), direction))]
            }
            Some((_, cursor)) => ranges(&terms, &typed(&terms, values(cursor)), direction)
                .into_iter()
                .map(|range| query.clone().narrowed(range))
                .collect(),
        };
        let by_place = (1..).zip(&order).map(|(place, order)| order.at(place)).collect();
        let key = terms.into_iter().map(|term| term.parts).collect();
        let query = WithKey { ranges, key, by_place, most, decode, refused };
        (query, PageEnds { limit, direction, begins, are_same })
    }
}

/// How a page was asked for: what tells whether it has neighbours.
pub(crate) struct PageEnds<C> {
    limit: Option<i64>,
    direction: Direction,
    /// Whether the page begins with the first row.
    begins: bool,
    are_same: AreSame<C>,
}

const SHARED_KEY: &str = "the last row of this page and the row after it have the same key, so that the next page would \
                          leave that row out: let the key end with the primary key, as in \
                          `keyset((Order::PLACED_AT, Order::ID))`";

const NO_ROWS: &str = "a page without rows cannot say where the next one begins: let the `limit` of a page of `keyset` be at \
                       least 1";

impl<C: Clone> PageEnds<C> {
    /// Puts the rows, which were read in the page's direction, into the query's order. Fails if the page would end
    /// between two rows with the same key.
    pub fn page<R>(self, connection: &Alias, mut found: Vec<(C, R)>) -> Result<Page<R, C>> {
        let wanted = self.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
        let more = found.len() > wanted;
        if let Some([(last, _), (after, _)]) = found.get(wanted.saturating_sub(1)..=wanted)
            && (self.are_same)(last, after)
        {
            return Err(Error::InvalidQuery { connection: Arc::clone(connection), why: SHARED_KEY });
        }
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
        Ok(Page { rows: found.into_iter().map(|(_, row)| row).collect(), next, previous })
    }
}

/// A query of rows, each with the key that it is sorted by.
pub(crate) struct WithKey<Q: Reads, C> {
    /// The queries of the rows: of one range of the order, or of two that follow each other.
    ranges: Vec<Q>,
    key: Vec<Parts>,
    /// The same order, by the positions of the key's columns in the selection.
    by_place: Vec<OrderBy<Q::Model>>,
    most: Option<i64>,
    decode: KeyedDecoder<C, Q::Row>,
    refused: Option<&'static str>,
}

/// A function that tells whether two keys are the same to the server, as far as their values tell.
pub(crate) type AreSame<C> = fn(&C, &C) -> bool;

/// A function that reads a row and its key.
type KeyedDecoder<C, R> = fn(&mut Decoder<'_>) -> Result<(C, R), DecodeError>;

fn decode<Q: Paged, K: SortKey<Q::Model>>(row: &mut Decoder<'_>) -> Result<(K::Cursor, Q::Row), DecodeError> {
    Ok((K::decode(row)?, Q::decode_row(row)?))
}

impl<Q: Paged, C: Send> Reads for WithKey<Q, C> {
    type Model = Q::Model;
    type Row = (C, Q::Row);
    type Scope = Q::Scope;

    fn write<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        if let Some(why) = self.refused {
            sql.refuse(why);
        }
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

    /// Changes nothing, because a page has its own limit.
    fn at_most(&mut self, _: i64) {}
}
