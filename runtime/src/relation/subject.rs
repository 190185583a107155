//! Related rows in filters and expressions: conditions on them, their columns, and aggregates over them.
//!
//! All of this stays inside one database: the rows that a reference leads to are loaded, never joined.

use std::marker::PhantomData;

use super::{Many, ManyToMany, One, Optional, Referenced, Relation};
use crate::{
    expr::{self, Aggregate, Expr, Expression, Filter, IntoFilter, OfRows, OrderBy, Summed},
    model::{Kind, Model, NotNull, Nullable, SameDatabase, Sealed},
    query::Cut,
    sql::{Beside, Link, Parts, SqlWriter, Subquery, same_subquery},
};

/// The rows that belong to a row of `M`: those of a relation, or those of them that a [filter](Subject::matching) lets
/// through. A condition or an aggregate on them becomes a subquery, so a row of `M` stays one row, and it works in
/// updates and deletes too.
///
/// A condition on them can name the row that they belong to by the relation that leads back:
/// `Order::ITEMS.any(Item::PRICE.gt(Item::ORDER.column(Order::TOTAL)))`.
#[allow(
    clippy::wrong_self_convention,
    reason = "a relation is used up by what it is part of, like an expression"
)]
pub trait Subject<M: Model>: Sized {
    /// The model of the related rows.
    type To: Model;

    #[doc(hidden)]
    fn into_matching(self) -> Matching<M, Self::To>;

    /// Only the related rows for which `filter` and every such filter given before hold.
    fn matching<P: OfRows>(self, filter: impl IntoFilter<Self::To, P>) -> Matching<M, Self::To> {
        self.into_matching().and(filter)
    }

    /// There is a related row: `EXISTS`.
    fn exists(self) -> Filter<M>
    where
        <Self::To as Model>::Db: SameDatabase<M::Db>,
    {
        self.into_matching().condition("EXISTS (SELECT ")
    }

    /// There is no related row: `NOT EXISTS`.
    fn is_empty(self) -> Filter<M>
    where
        <Self::To as Model>::Db: SameDatabase<M::Db>,
    {
        self.into_matching().condition("NOT EXISTS (SELECT ")
    }

    /// `filter` holds for at least one related row: `EXISTS`.
    fn any<P: OfRows>(self, filter: impl IntoFilter<Self::To, P>) -> Filter<M>
    where
        <Self::To as Model>::Db: SameDatabase<M::Db>,
    {
        self.matching(filter).exists()
    }

    /// `filter` holds for no related row: `NOT EXISTS`. A filter that is unknown because of NULL does not hold.
    fn none<P: OfRows>(self, filter: impl IntoFilter<Self::To, P>) -> Filter<M>
    where
        <Self::To as Model>::Db: SameDatabase<M::Db>,
    {
        self.matching(filter).is_empty()
    }

    /// `filter` holds for every related row, or there is none. A filter that is unknown because of NULL does not hold.
    fn all<P: OfRows>(self, filter: impl IntoFilter<Self::To, P>) -> Filter<M>
    where
        <Self::To as Model>::Db: SameDatabase<M::Db>,
    {
        self.none(Filter::<Self::To>::new(filter.into_filter().parts.between("(", " IS NOT TRUE)")))
    }

    /// An aggregate over the related rows: `Order::ITEMS.aggregate(string_agg(Item::SKU, ", "))`.
    fn aggregate<V, K: Kind>(self, of: Aggregate<Self::To, V, K>) -> Expr<M, V, K>
    where
        <Self::To as Model>::Db: SameDatabase<M::Db>,
    {
        self.into_matching().value(of)
    }

    /// The number of related rows.
    fn count(self) -> Expr<M, i64, NotNull>
    where
        <Self::To as Model>::Db: SameDatabase<M::Db>,
    {
        self.into_matching().value(expr::count())
    }

    /// The sum of the values that are not NULL; NULL if there are none.
    fn sum<E>(self, of: E) -> Expr<M, <E::Value as Summed>::Sum, Nullable>
    where
        E: Expression<Self::To>,
        E::Value: Summed,
        <Self::To as Model>::Db: SameDatabase<M::Db>,
    {
        self.into_matching().value(expr::sum(of))
    }

    /// The average of the values that are not NULL; NULL if there are none.
    fn avg<E>(self, of: E) -> Expr<M, <E::Value as Summed>::Average, Nullable>
    where
        E: Expression<Self::To>,
        E::Value: Summed,
        <Self::To as Model>::Db: SameDatabase<M::Db>,
    {
        self.into_matching().value(expr::avg(of))
    }

    /// The smallest value; NULL if there is none.
    fn min<E: Expression<Self::To>>(self, of: E) -> Expr<M, E::Value, Nullable>
    where
        <Self::To as Model>::Db: SameDatabase<M::Db>,
    {
        self.into_matching().value(expr::min(of))
    }

    /// The largest value; NULL if there is none.
    fn max<E: Expression<Self::To>>(self, of: E) -> Expr<M, E::Value, Nullable>
    where
        <Self::To as Model>::Db: SameDatabase<M::Db>,
    {
        self.into_matching().value(expr::max(of))
    }
}

impl<M: Model, T: Model, K, S> Subject<M> for Relation<M, T, K, S> {
    type To = T;

    fn into_matching(self) -> Matching<M, T> {
        Matching::new(self.link(), None)
    }
}

impl<M: Model, T: Model, K, L> Subject<M> for ManyToMany<M, T, K, L> {
    type To = T;

    fn into_matching(self) -> Matching<M, T> {
        let (near, far) = self.links();
        Matching::new(near, Some(far))
    }
}

/// How the rows that belong to a row are found.
#[derive(Clone, Debug, PartialEq)]
enum RowsOfRow {
    /// They hold the same key.
    Linked(Link),
    /// They are those of an alias for which a condition holds.
    Beside(Beside),
}

/// The rows that belong to a row of `M` and that a filter lets through.
#[derive(Clone, Debug)]
pub struct Matching<M, T> {
    rows: RowsOfRow,
    /// The link from a join table, to which `rows` lead, to the related rows.
    far: Option<Link>,
    filter: Option<Filter<T>>,
    from: PhantomData<fn() -> M>,
}

impl<M, T> Matching<M, T> {
    pub(super) fn new(link: Link, far: Option<Link>) -> Self {
        Self { rows: RowsOfRow::Linked(link), far, filter: None, from: PhantomData }
    }

    /// The rows of an alias.
    pub(super) fn beside(rows: Beside) -> Self {
        Self { rows: RowsOfRow::Beside(rows), far: None, filter: None, from: PhantomData }
    }

    pub(super) fn and<P: OfRows>(mut self, filter: impl IntoFilter<T, P>) -> Self {
        self.filter = Filter::both(self.filter, filter);
        self
    }

    fn condition(self, opening: &'static str) -> Filter<M> {
        let one = Parts::default().text("1");
        Filter::new(self.correlated(opening, one, true))
    }

    fn value<V, K: Kind>(self, value: Aggregate<T, V, K>) -> Expr<M, V, K> {
        let value = across(self.far, value.into_parts());
        Expr::new(self.correlated("(SELECT ", value, false))
    }

    fn correlated(self, opening: &'static str, value: Parts, is_condition: bool) -> Parts {
        self.one_of(opening, value, is_condition, None)
    }

    /// Writes a subquery of one of the rows, or of all of them.
    fn one_of(self, opening: &'static str, value: Parts, is_condition: bool, one: Option<OneOf>) -> Parts {
        let filter = self.filter.map(|filter| across(self.far, filter.parts));
        // A row of the join table whose key may be NULL, and is, links to no row.
        let sure =
            self.far.filter(|far| !far.is_sure()).map(|far| Parts::default().text("true").behind(far, false));
        let filter = match (filter, sure) {
            (Some(filter), Some(sure)) => Some(filter.text(" AND ").then(sure)),
            (filter, sure) => filter.or(sure),
        };
        Parts::subquery(Correlated { rows: self.rows, opening, value, is_condition, filter, one })
    }
}

impl<M: Model, T: Model> Matching<M, T> {
    /// A value of the first of the rows in this order that the cut leaves; NULL where there is none.
    pub(super) fn value_of_first<E: Expression<T>>(
        self,
        of: E,
        order: impl IntoIterator<Item = OrderBy<T>>,
        cut: Cut,
    ) -> Expr<M, E::Value, Nullable> {
        let (far, sql_type) = (self.far, of.sql_type());
        let order = order.into_iter().map(|order| across(far, order.into_parts())).collect();
        let value = across(far, of.into_parts());
        Expr::typed(self.one_of("(SELECT ", value, true, Some(OneOf { order, cut })), sql_type)
    }
}

impl<M: Model, T: Model> Subject<M> for Matching<M, T> {
    type To = T;

    fn into_matching(self) -> Self {
        self
    }
}

/// Moves an expression over the rows behind a join table to the join table. The links hold the rows' keys: an
/// expression over the keys alone needs no read of the rows.
fn across(far: Option<Link>, parts: Parts) -> Parts {
    match far {
        Some(link) => parts.nearer(&link).unwrap_or_else(|| parts.behind(link, false)),
        None => parts,
    }
}

/// A subquery over the rows that belong to the current row.
#[derive(PartialEq)]
struct Correlated {
    rows: RowsOfRow,
    opening: &'static str,
    value: Parts,
    /// Whether it is an `EXISTS`, and not a value.
    is_condition: bool,
    filter: Option<Parts>,
    /// Which of the rows is meant, if not all are.
    one: Option<OneOf>,
}

/// The first of some rows in an order that a cut leaves.
#[derive(PartialEq)]
struct OneOf {
    order: Vec<Parts>,
    cut: Cut,
}

impl Subquery for Correlated {
    fn write<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        let order = self.one.iter().flat_map(|one| &one.order);
        let parts = [&self.value].into_iter().chain(&self.filter).chain(order);
        let before = |sql: &mut SqlWriter<'a>| self.value.write(sql);
        let after = |sql: &mut SqlWriter<'a>| {
            if let Some(filter) = &self.filter {
                filter.write(sql.push(" AND "));
            }
            if let Some(one) = &self.one {
                sql.push(" ORDER BY ").list(", ", &one.order, |sql, order| order.write(sql));
                // A limit of 0 leaves no first one.
                let limit = one.cut.limit.map_or(1, |limit| limit.min(1));
                sql.cut(Some(limit), one.cut.offset);
            }
        };
        sql.push(self.opening);
        match &self.rows {
            RowsOfRow::Linked(link) => sql.related(*link, self.is_condition, parts, before, after),
            RowsOfRow::Beside(rows) => sql.rows_beside(rows, parts, before, after),
        }
        sql.push(")");
    }

    fn is_same(&self, other: &dyn Subquery) -> bool {
        same_subquery(self, other, PartialEq::eq)
    }
}

/// A relation to at most one row.
#[diagnostic::on_unimplemented(
    message = "a relation to many rows has no one value of a column",
    label = "it leads to any number of rows",
    note = "say what is meant of them: `.any(…)`, `.none(…)`, `.count()`, `.sum(…)`, `.max(…)`, …",
    note = "to filter, sort or select joined rows by their columns, begin the query at their end: \
            `Item::query().join(Item::ORDER)`, `Tag::query().left_join(Tag::PRODUCTS)`",
    note = "a tree is read along the relation to the one row above: `Category::PARENT.descendants(&row)`"
)]
pub trait AtMostOne: Sealed {}

impl AtMostOne for One {}
impl AtMostOne for Optional {}
impl AtMostOne for Referenced {}

/// How columns are seen over a relation. Every shape implements it, so that the error for a wrong shape is that of
/// [`AtMostOne`].
pub trait Reach: Sealed {
    /// Whether the related row may be missing.
    #[doc(hidden)]
    const IS_OPTIONAL: bool;
    /// Whether there may be several.
    #[doc(hidden)]
    const IS_MANY: bool = false;
    /// The kind that a column of kind `K` has when it is seen over the relation.
    type Seen<K: Kind>: Kind;
}

impl Reach for One {
    const IS_OPTIONAL: bool = false;
    type Seen<K: Kind> = K;
}

impl Reach for Optional {
    const IS_OPTIONAL: bool = true;
    type Seen<K: Kind> = Nullable;
}

/// Implemented only for the error message: [`SameDatabase`] refuses the rows that a reference leads to.
impl Reach for Referenced {
    const IS_OPTIONAL: bool = true;
    type Seen<K: Kind> = Nullable;
}

impl Reach for Many {
    const IS_OPTIONAL: bool = true;
    const IS_MANY: bool = true;
    type Seen<K: Kind> = Nullable;
}

impl<M: Model, T: Model, K, L> ManyToMany<M, T, K, L> {
    /// No column: it leads to any number of rows. It is here for the error that says what to write.
    #[doc(hidden)]
    pub fn column<E: Expression<T>>(self, of: E) -> Expr<M, E::Value, Nullable>
    where
        Self: AtMostOne,
    {
        let (near, far) = self.links();
        Expr::new(of.into_parts().behind(far, true).behind(near, true))
    }
}

impl<M: Model, T: Model, K, S> Relation<M, T, K, S> {
    /// A column of the related row, or an expression over its columns; where there is no such row, each column is NULL.
    /// Relations can be chained: `Shipment::ITEM.column(Item::PRODUCT.column(Product::PRICE))`.
    ///
    /// A query joins the row's table once, however often its columns are used; an update or a delete reads it in a
    /// subquery.
    pub fn column<E: Expression<T>>(self, of: E) -> Expr<M, E::Value, S::Seen<E::Kind>>
    where
        S: Reach + AtMostOne,
        T::Db: SameDatabase<M::Db>,
    {
        let sql_type = of.sql_type();
        Expr::typed(of.into_parts().behind(self.link(), S::IS_OPTIONAL), sql_type)
    }
}
