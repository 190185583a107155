//! Queries that join some relations and load others beside their rows.

use super::{Append, Join, Joined, JoinedItem, KeepsRows, Load, MayBeNull, With};
use crate::{
    model::{Model, tuples},
    query::{Query, Select, Selection, WholeRows},
};

/// A tuple of joined rows that begins with a row of `M`, the model of the query.
pub trait RowFirst<M>: JoinedItem {
    /// The joined rows beside it.
    type Beside: Send;
    /// The tuple with `R` in the row's place.
    type Whole<R: Send>: Send;

    #[doc(hidden)]
    fn split(self) -> (M, Self::Beside);

    #[doc(hidden)]
    fn whole<R: Send>(row: R, beside: Self::Beside) -> Self::Whole<R>;
}

macro_rules! row_first {
    ($first:ident $first_value:ident $first_at:tt $(, $name:ident $value:ident $at:tt)*) => {
        impl<$first: Model $(, $name: JoinedItem)*> RowFirst<$first> for ($first, $($name,)*) {
            type Beside = ($($name,)*);
            type Whole<R: Send> = (R, $($name,)*);

            fn split(self) -> ($first, Self::Beside) {
                let ($first_value, $($value,)*) = self;
                ($first_value, ($($value,)*))
            }

            fn whole<R: Send>(row: R, ($($value,)*): Self::Beside) -> Self::Whole<R> {
                (row, $($value,)*)
            }
        }
    };
}

tuples!(up to 6: row_first);

impl<M: Model, S, R: RowFirst<M>> WholeRows for Select<M, S, Joined<R>> {
    type Beside = R::Beside;
    type Whole<W: Send> = R::Whole<W>;

    fn split(row: R) -> (M, R::Beside) {
        row.split()
    }

    fn whole<W: Send>(row: W, beside: R::Beside) -> R::Whole<W> {
        R::whole(row, beside)
    }
}

/// What a query becomes when relations are loaded with its rows. Where the rows are not whole ones there is no such type,
/// so that the compiler speaks of that alone, and not of every method that is called afterwards.
pub trait LoadsWith: WholeRows {
    /// [`With`], with the relations `L`.
    type With<L>;
}

impl<Q: WholeRows> LoadsWith for Q {
    type With<L> = With<Q, L>;
}

/// The query `Q` with the relations `L`: a [`With`].
pub type LoadedWith<Q, L> = <Q as LoadsWith>::With<L>;

impl<M: Model, S, C: Selection<M>> Select<M, S, C> {
    /// Loads a relation of `M` with the rows that a query joins, one statement for all of them: what is loaded stands
    /// beside the row of `M`, as in `((Item, Vec<Shipment>), Order)` for
    /// `Item::query().join(Item::ORDER).with(Item::SHIPMENTS)`.
    ///
    /// A relation of a joined row is loaded by way of it: `Item::query().with(Item::ORDER.with(Order::INVOICE))`.
    pub fn with<R: Load<M>>(self, relation: R) -> LoadedWith<Self, (R,)>
    where
        Self: WholeRows<Model = M>,
    {
        With { query: self, relations: (relation,) }
    }
}

/// A query that joins, with the relations `L` that are loaded with its rows.
type JoinedWith<M, S, R, L> = With<Select<M, S, Joined<R>>, L>;

impl<M: Model, S, L> With<Query<M, S>, L> {
    /// Joins the rows that a relation leads to; see [`Query::join`]. What was loaded stands beside the row of `M`:
    /// `((Item, Vec<Shipment>), Order)`.
    pub fn join<J: Join<M>>(self, join: J) -> JoinedWith<M, S, (M, J::Row), L> {
        With { query: self.query.join(join), relations: self.relations }
    }

    /// As [`join`](Self::join), but keeps a row of `M` without a related row, with `None` beside it.
    pub fn left_join<J: Join<M>>(self, join: J) -> JoinedWith<M, S, (M, Option<J::Row>), L>
    where
        J::Row: KeepsRows,
        J::Columns: MayBeNull,
    {
        With { query: self.query.left_join(join), relations: self.relations }
    }
}

impl<M: Model, S, R: JoinedItem, L> JoinedWith<M, S, R, L> {
    /// Joins the rows that one more relation of `M` leads to.
    pub fn join<J: Join<M>>(self, join: J) -> JoinedWith<M, S, R::Output, L>
    where
        R: Append<J::Row>,
    {
        With { query: self.query.join(join), relations: self.relations }
    }

    /// Joins the rows that one more relation of `M` leads to, with `None` where there is no such row.
    pub fn left_join<J: Join<M>>(self, join: J) -> JoinedWith<M, S, R::Output, L>
    where
        J::Row: KeepsRows,
        J::Columns: MayBeNull,
        R: Append<Option<J::Row>>,
    {
        With { query: self.query.left_join(join), relations: self.relations }
    }
}
