//! The rows of an alias that stand beside a row: joined to it, or in a condition on them.

use std::{fmt, marker::PhantomData};

use super::{Join, JoinedTable, Matching, Subject};
use crate::{
    expr::{Expr, Expression, IntoFilter, IntoOrder, OfRows, OrderBy, TableAlias},
    model::{Kind, Model, ModelKind as _, NotNull, Nullable, SameDatabase, Types},
    query::{Cut, RowCount},
    sql::Beside,
};

impl<T: Model, K: Kind> TableAlias<T, K> {
    /// The rows of the alias for which `condition` holds beside a row of `M`. A query joins them, or says something of
    /// them as of related rows: [`exists`](Subject::exists), [`count`](Subject::count), [`max`](Subject::max), ….
    ///
    /// In the condition the alias's columns are named by [`column`](Self::column), and a column by itself is one of the
    /// row of `M`; `None` is no condition, so that every row of the alias stands beside each row. What is said of the
    /// rows afterwards is said in their own columns, as with a relation: `other.on(…).max(Customer::VISITS)`.
    ///
    /// An index is used as for SQL written by hand: `a < b` alone compares every two rows.
    pub fn on<M: Model, P: OfRows>(self, condition: impl IntoFilter<M, P>) -> AliasOn<M, T, K>
    where
        T::Db: SameDatabase<M::Db>,
    {
        let (alias, is_view) = (self.table(), !T::Kind::IS_TABLE);
        let on = condition.into_filter().parts;
        AliasOn {
            rows: Beside { alias, rows: None, is_view, on, order: Vec::new(), limit: None },
            types: PhantomData,
        }
    }
}

/// The rows of an alias that stand beside a row of `M`; see [`TableAlias::on`].
#[must_use = "this is for a query: `.join(other.on(…))`, `.filter(other.on(…).exists())`"]
pub struct AliasOn<M, T, K = NotNull> {
    rows: Beside,
    types: Types<M, T, K>,
}

impl<M: Model, T: Model, K> AliasOn<M, T, K> {
    /// Sorts the rows by their own columns, to take the first of them.
    ///
    /// ```
    /// # mod shop { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/shop.rs")); }
    /// # use shop::*;
    /// # use ormgen_runtime::{Result, prelude::*};
    /// # async fn example(dbs: &Databases) -> Result<()> {
    /// // Each customer beside the next one of the same city.
    /// let next = Customer::alias("next").optional();
    /// let later = next.column(Customer::CITY).eq(Customer::CITY).and(next.column(Customer::ID).gt(Customer::ID));
    /// let rows: Vec<(Customer, Option<Customer>)> = Customer::query()
    ///     .left_join(next.on(later).order_by(Customer::ID.asc()).limit(1))
    ///     .all(dbs)
    ///     .await?;
    /// # let _ = rows;
    /// # Ok(())
    /// # }
    /// ```
    pub fn order_by(self, order: impl IntoOrder<T>) -> SortedOn<M, T, K> {
        SortedOn { rows: self.rows, order: Vec::new(), limit: None, types: PhantomData }.order_by(order)
    }
}

impl<M: Model, T: Model, K> Subject<M> for AliasOn<M, T, K> {
    type To = T;

    fn into_matching(self) -> Matching<M, T> {
        Matching::beside(self.rows)
    }
}

impl<M: Model, T: Model, K: Kind> Join<M> for AliasOn<M, T, K> {
    type Row = T;
    type Columns = K;

    fn tables(self, is_optional: bool) -> Vec<JoinedTable> {
        vec![JoinedTable::beside::<T>(self.rows, is_optional)]
    }
}

/// The rows of an alias that stand beside a row of `M`, in an order: the first of them can be joined, or a value of it
/// be read.
#[must_use = "this is for a query: `.join(other.on(…).order_by(…).limit(1))`"]
pub struct SortedOn<M, T, K = NotNull> {
    rows: Beside,
    order: Vec<OrderBy<T>>,
    limit: Option<i64>,
    types: Types<M, T, K>,
}

impl<M: Model, T: Model, K> SortedOn<M, T, K> {
    /// Sorts by `order`, a single term or a tuple of them, after every order given before.
    pub fn order_by(mut self, order: impl IntoOrder<T>) -> Self {
        order.add_to(&mut self.order);
        self
    }

    /// Takes at most this many of the rows beside each row of `M`: `LATERAL`. `None` changes nothing.
    pub fn limit(self, rows: impl RowCount) -> Self {
        Self { limit: rows.rows().or(self.limit), ..self }
    }

    /// A value of the first of the rows; NULL where there is none. It is an expression over a row of `M`, which a query
    /// can select, filter by and sort by.
    pub fn first<E: Expression<T>>(self, of: E) -> Expr<M, E::Value, Nullable> {
        Matching::beside(self.rows).value_of_first(of, self.order, Cut { limit: self.limit, offset: None })
    }
}

impl<M: Model, T: Model, K: Kind> Join<M> for SortedOn<M, T, K> {
    type Row = T;
    type Columns = K;

    fn tables(self, is_optional: bool) -> Vec<JoinedTable> {
        let order = self.order.into_iter().map(OrderBy::into_parts).collect();
        vec![JoinedTable::beside::<T>(Beside { order, limit: self.limit, ..self.rows }, is_optional)]
    }
}

macro_rules! as_values {
    ($($name:ident { $($field:ident),* })*) => {$(
        impl<M, T, K> Clone for $name<M, T, K> {
            fn clone(&self) -> Self {
                Self { $($field: self.$field.clone(),)* types: PhantomData }
            }
        }

        impl<M, T: Model, K> fmt::Debug for $name<M, T, K> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut shown = f.debug_struct(stringify!($name));
                shown.field("table", &T::NAME)$(.field(stringify!($field), &self.$field))*.finish()
            }
        }
    )*};
}

as_values! {
    AliasOn { rows }
    SortedOn { rows, order, limit }
}
