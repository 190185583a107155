//! Queries that return the rows of several tables side by side.

use std::{fmt, marker::PhantomData};

use super::{Append, ManyToMany, Reach, Relation};
use crate::{
    error::Result,
    expr::{Anywhere, Expressions},
    model::{DecodeError, Decoder, Keyed, Kind, Model, Nullable, SameDatabase, Types, tuples},
    query::{Find, Grouped, JoinStep, Joining, Locked, OfGroupBy, Query, Select, Selection, locks},
    sql::{Beside, Link, Parts},
};

/// The rows of several tables side by side, as the tuple `R`: a [`Selection`] that joins make.
#[derive(Debug)]
pub struct Joined<R> {
    rows: Vec<Parts>,
    row: PhantomData<fn() -> R>,
}

/// What a query of `M` can join: a relation of `M`, a many-to-many relation, or either of them
/// [with further joins](Relation::join); or the rows of an alias, [on a condition](crate::query::TableAlias::on).
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be joined to the rows of `{M}`",
    label = "expected a relation of `{M}`: what leads on from there is joined within it",
    note = "`Item::query().join(Item::ORDER.join(Order::CUSTOMER))` gives an `(Item, (Order, Customer))`",
    note = "rows that no relation leads to, or some of a relation's, are joined under a name, on a condition: \
            `.join(other.on(…))` after `let other = Item::alias(\"other\");`"
)]
pub trait Join<M: Model> {
    /// What stands beside a row of `M`: a row, or a tuple of rows.
    type Row: JoinedItem;
    /// Whether the types of its columns, as conditions and selections name them, say that they may be NULL.
    type Columns: Kind;

    /// The tables to join, each with the steps that lead there.
    #[doc(hidden)]
    fn tables(self, is_optional: bool) -> Vec<JoinedTable>;
}

/// A table that is joined, and whose columns are selected.
#[derive(Clone, Debug)]
pub struct JoinedTable {
    how: Joining,
    /// The table's columns, for the row of the query.
    columns: Parts,
}

impl JoinedTable {
    fn along<T: Model>(steps: Vec<JoinStep>) -> Self {
        let columns = behind(Parts::columns(T::COLUMNS), &steps);
        Self { how: Joining::Along(steps), columns }
    }

    pub(super) fn beside<T: Model>(rows: Beside, is_optional: bool) -> Self {
        Self::with_columns(rows, Parts::columns(T::COLUMNS), is_optional)
    }

    /// The rows of an alias, with these columns of each.
    pub(super) fn with_columns(rows: Beside, columns: Parts, is_optional: bool) -> Self {
        let columns = columns.aliased(rows.alias);
        Self { how: Joining::Beside { rows: Box::new(rows), is_optional }, columns }
    }

    /// How it is joined, and its columns.
    pub(super) fn into_parts(self) -> (Joining, Parts) {
        (self.how, self.columns)
    }

    /// This table, joined to the row that `steps` lead to.
    fn after(self, steps: &[JoinStep]) -> Self {
        match self.how {
            Joining::Along(further) => {
                let how = Joining::Along(steps.iter().copied().chain(further).collect());
                Self { how, columns: behind(self.columns, steps) }
            }
            Joining::Beside { mut rows, is_optional } => {
                rows.on = behind(std::mem::take(&mut rows.on), steps);
                Self { how: Joining::Beside { rows, is_optional }, columns: self.columns }
            }
        }
    }
}

/// These parts, for the row that `steps` lead to.
fn behind(parts: Parts, steps: &[JoinStep]) -> Parts {
    steps.iter().rev().fold(parts, |parts, step| parts.behind(step.link, step.is_optional))
}

impl<M: Model, T: Model, K, P: Reach> Join<M> for Relation<M, T, K, P>
where
    T::Db: SameDatabase<M::Db>,
{
    type Row = T;
    type Columns = Nullable;

    fn tables(self, is_optional: bool) -> Vec<JoinedTable> {
        vec![JoinedTable::along::<T>(vec![JoinStep { link: self.link(), is_optional, is_many: P::IS_MANY }])]
    }
}

impl<M: Model, T: Model, K, L> Join<M> for ManyToMany<M, T, K, L>
where
    T::Db: SameDatabase<M::Db>,
{
    type Row = T;
    type Columns = Nullable;

    fn tables(self, is_optional: bool) -> Vec<JoinedTable> {
        let links = <[Link; 2]>::from(self.links());
        vec![JoinedTable::along::<T>(links.map(|link| JoinStep { link, is_optional, is_many: true }).into())]
    }
}

/// A relation of `M` with further joins of its rows: beside each row of `M` stands the tuple `R`.
#[must_use = "this is for a query to join: `Item::query().join(…)`"]
pub struct JoinedOn<M, T, R> {
    /// The steps to the relation's rows.
    steps: Vec<JoinStep>,
    /// The tables that are joined to the relation's own, with the steps from there.
    further: Vec<JoinedTable>,
    types: Types<M, T, R>,
}

impl<M: Model, T: Model, R: JoinedItem> Join<M> for JoinedOn<M, T, R>
where
    T::Db: SameDatabase<M::Db>,
{
    type Row = R;
    type Columns = Nullable;

    fn tables(self, is_optional: bool) -> Vec<JoinedTable> {
        let steps: Vec<_> = self.steps.into_iter().map(|step| JoinStep { is_optional, ..step }).collect();
        let further: Vec<_> = self.further.into_iter().map(|table| table.after(&steps)).collect();
        [JoinedTable::along::<T>(steps)].into_iter().chain(further).collect()
    }
}

impl<M, T: Model, R> JoinedOn<M, T, R> {
    fn beside<Q>(self, join: impl Join<T>, is_optional: bool) -> JoinedOn<M, T, Q> {
        let Self { steps, mut further, types: _ } = self;
        further.append(&mut join.tables(is_optional));
        JoinedOn { steps, further, types: PhantomData }
    }
}

impl<M, T, R> fmt::Debug for JoinedOn<M, T, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinedOn").field("steps", &self.steps).finish_non_exhaustive()
    }
}

/// Implements the joins that go on from the rows of a relation.
macro_rules! going_on {
    ($($name:ident, [$($bound:ident)?], |$relation:ident| $links:expr, $is_many:expr;)*) => {$(
        impl<M: Model, T: Model, K, P $(: $bound)?> $name<M, T, K, P> {
            /// This relation together with one of its rows' own, for a query to join:
            /// `Item::query().join(Item::ORDER.join(Order::CUSTOMER))` returns rows of type `(Item, (Order, Customer))`.
            pub fn join<J: Join<T>>(self, join: J) -> JoinedOn<M, T, (T, J::Row)> {
                let $relation = self;
                going_on::<M, T>($links, $is_many).beside(join, false)
            }

            /// As [`join`](Self::join), with `None` where the relation's row has no further row.
            pub fn left_join<J: Join<T>>(self, join: J) -> JoinedOn<M, T, (T, Option<J::Row>)>
            where
                J::Row: KeepsRows,
                J::Columns: MayBeNull,
            {
                let $relation = self;
                going_on::<M, T>($links, $is_many).beside(join, true)
            }
        }
    )*};
}

/// The rows of a relation, before anything is joined to them.
fn going_on<M, T>(links: impl IntoIterator<Item = Link>, is_many: bool) -> JoinedOn<M, T, (T,)> {
    let steps = links.into_iter().map(|link| JoinStep { link, is_optional: false, is_many }).collect();
    JoinedOn { steps, further: Vec::new(), types: PhantomData }
}

going_on! {
    Relation, [Reach], |relation| [relation.link()], P::IS_MANY;
    ManyToMany, [], |relation| <[Link; 2]>::from(relation.links()), true;
}

impl<M, T: Model, R> JoinedOn<M, T, R> {
    /// Joins the rows that one more relation of `T` leads to.
    pub fn join<J: Join<T>>(self, join: J) -> JoinedOn<M, T, R::Output>
    where
        R: Append<J::Row>,
    {
        self.beside(join, false)
    }

    /// Joins the rows that one more relation of `T` leads to, with `None` where there is no such row.
    pub fn left_join<J: Join<T>>(self, join: J) -> JoinedOn<M, T, R::Output>
    where
        J::Row: KeepsRows,
        J::Columns: MayBeNull,
        R: Append<Option<J::Row>>,
    {
        self.beside(join, true)
    }
}

/// Each row of `M` beside what `J` joins, if there is any.
type LeftJoined<M, J> = Joined<(M, Option<<J as Join<M>>::Row>)>;

impl<M: Model, S> Query<M, S> {
    /// Joins the rows that a relation leads to: one statement returns a pair for each two rows that belong together,
    /// and nothing for a row of `M` without a related row. What leads on from the related rows is joined within it:
    /// `Item::query().join(Item::ORDER.join(Order::CUSTOMER))`.
    ///
    /// Conditions on the joined rows and orders by them follow the relation:
    /// `.filter(Item::ORDER.column(Order::STATUS).eq(…))`. One that leads to many rows has no such column: begin the
    /// query at its other end, `Tag::query().join(Tag::PRODUCTS).order_by(Tag::NAME.asc())`, or use `.any(…)`. Joined once
    /// more, beside themselves, such rows have a [name](crate::query::TableAlias::on). A lock is only on the rows of `M`.
    pub fn join<J: Join<M>>(self, join: J) -> Select<M, S, Joined<(M, J::Row)>> {
        beside(alone(self), join, false)
    }

    /// As [`join`](Self::join), but keeps a row of `M` without a related row, with `None` beside it. As there, a relation
    /// that leads to many rows has no column to filter or sort by: the query begins at its other end.
    pub fn left_join<J: Join<M>>(self, join: J) -> Select<M, S, LeftJoined<M, J>>
    where
        J::Row: KeepsRows,
        J::Columns: MayBeNull,
    {
        beside(alone(self), join, true)
    }
}

impl<M: Keyed<Key: 'static>, S> Find<M, S> {
    /// Joins the rows that a relation leads to; see [`Query::join`].
    pub fn join<J: Join<M>>(self, join: J) -> Select<M, S, Joined<(M, J::Row)>> {
        self.into_query().join(join)
    }

    /// As [`join`](Self::join), with `None` where there is no such row.
    pub fn left_join<J: Join<M>>(self, join: J) -> Select<M, S, LeftJoined<M, J>>
    where
        J::Row: KeepsRows,
        J::Columns: MayBeNull,
    {
        self.into_query().left_join(join)
    }
}

impl<M: Model, S, R: JoinedItem> Select<M, S, Joined<R>> {
    /// Joins the rows that one more relation of `M` leads to.
    pub fn join<J: Join<M>>(self, join: J) -> Select<M, S, Joined<R::Output>>
    where
        R: Append<J::Row>,
    {
        beside(self, join, false)
    }

    /// Joins the rows that one more relation of `M` leads to, with `None` where there is no such row.
    pub fn left_join<J: Join<M>>(self, join: J) -> Select<M, S, Joined<R::Output>>
    where
        J::Row: KeepsRows,
        J::Columns: MayBeNull,
        R: Append<Option<J::Row>>,
    {
        beside(self, join, true)
    }
}

impl<M: Model, S, R: JoinedItem> Select<M, S, Joined<R>> {
    /// Selects only these columns and expressions of the joined rows, in place of whole rows: a row of the result for
    /// each row that the joins give. A joined row's columns are named along a relation to one row, or by an alias:
    /// `.select((Item::SKU, Item::ORDER.column(Order::STATUS), other.column(Item::SKU)))`.
    pub fn select<C: Selection<M>>(self, columns: C) -> Select<M, S, C> {
        self.selecting(columns)
    }

    /// Groups the joined rows that have the same value, or the same values of a tuple, into one row.
    pub fn group_by(self, by: impl Expressions<M, Place: OfGroupBy>) -> Grouped<M, S> {
        self.grouped(by.into_list())
    }
}

locks!([M: Model, R] S: Select<M, S, Joined<R>> => Select<M, Locked, Joined<R>>);

/// Selects the rows of `M`, before any table is joined.
fn alone<M: Model, S>(query: Query<M, S>) -> Select<M, S, Joined<(M,)>> {
    let rows = vec![Parts::columns(M::COLUMNS)];
    Select::new(query, Joined { rows, row: PhantomData })
}

/// Joins tables beside those before.
fn beside<M: Model, S, R, L>(
    select: Select<M, S, Joined<R>>,
    join: impl Join<M>,
    is_optional: bool,
) -> Select<M, S, Joined<L>> {
    let tables = join.tables(is_optional).into_iter();
    select.joined(tables.map(JoinedTable::into_parts))
}

impl<M, R> Expressions<M> for Joined<R> {
    type Place = Anywhere;

    fn into_list(self) -> Vec<Parts> {
        self.rows
    }
}

impl<M, R: JoinedItem> Selection<M> for Joined<R> {
    type Row = R;

    fn decode(row: &mut Decoder<'_>) -> Result<R, DecodeError> {
        R::decode_item(row)
    }
}

/// What a query with joins can return: a row, a tuple of such, or `None` where a left join found none.
pub trait JoinedItem: Send + Sized {
    /// How many columns it has.
    #[doc(hidden)]
    const WIDTH: usize;
    /// How many columns its first row has.
    #[doc(hidden)]
    const FIRST: usize;

    #[doc(hidden)]
    fn decode_item(row: &mut Decoder<'_>) -> Result<Self, DecodeError>;
}

impl<T: Model> JoinedItem for T {
    const WIDTH: usize = T::COLUMNS.len();
    const FIRST: usize = T::COLUMNS.len();

    fn decode_item(row: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        T::decode(row)
    }
}

impl<T: JoinedItem> JoinedItem for Option<T> {
    const WIDTH: usize = T::WIDTH;
    const FIRST: usize = T::FIRST;

    fn decode_item(row: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        // All columns are NULL only where no row was found: a found row has the key by which it was found. Of an alias's row
        // that is not so, which `TableAlias::optional` says.
        if row.are_null(T::FIRST) {
            row.skip(T::WIDTH);
            return Ok(None);
        }
        T::decode_item(row).map(Some)
    }
}

macro_rules! joined_rows {
    ($first:ident $first_value:ident $first_at:tt $(, $name:ident $value:ident $at:tt)*) => {
        impl<$first: JoinedItem $(, $name: JoinedItem)*> JoinedItem for ($first, $($name,)*) {
            const WIDTH: usize = $first::WIDTH $(+ $name::WIDTH)*;
            const FIRST: usize = $first::FIRST;

            fn decode_item(row: &mut Decoder<'_>) -> Result<Self, DecodeError> {
                Ok(($first::decode_item(row)?, $($name::decode_item(row)?,)*))
            }
        }

        impl<$first: KeepsRows $(, $name: JoinedItem)*> KeepsRows for ($first, $(Option<$name>,)*) {}
    };
}

/// What a left join can join: a row, or a row with left joins alone. A join within it would leave out rows that the left
/// join keeps.
#[diagnostic::on_unimplemented(
    message = "a join within a left join would leave out rows that the left join keeps",
    label = "this has a `join` in it",
    note = "write `left_join` there as well: `.left_join(Item::ORDER.left_join(Order::CUSTOMER))`"
)]
pub trait KeepsRows: JoinedItem {}

impl<T: Model> KeepsRows for T {}

/// The columns of what a left join can join: where it finds no row, each of them is NULL.
#[diagnostic::on_unimplemented(
    message = "a left join leaves this alias without a row beside some rows, and its columns are typed as never NULL",
    label = "this alias is not optional",
    note = "make it an optional one, whose columns may be NULL: `let other = Item::alias(\"other\").optional();`"
)]
pub trait MayBeNull: Kind {}

impl MayBeNull for Nullable {}

tuples!(up to 6: joined_rows);
