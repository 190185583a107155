//! A derived table beside itself or beside other rows, under a name.

use std::{fmt, marker::PhantomData};

use super::{Join, JoinedItem, JoinedTable, KeepsRows, Matching, Subject};
use crate::{
    error::Result,
    expr::{Expr, Expression, IntoFilter, OfRows},
    model::{Database, DecodeError, Decoder, Kind, Model, NotNull, Nullable, SameDatabase, Types},
    query::{DerivedTable, TableOf, TableRows},
    sql::{AliasedTable, Beside, DerivedRows, Parts},
};

/// The rows of a derived table under a name of their own, beside other rows: a series or a selection beside itself, or
/// beside the rows of a model. Made by [`DerivedTable::alias`], and used as a [`TableAlias`](crate::query::TableAlias) is.
///
/// `K` is [`Nullable`] for an [`optional`](Self::optional) alias, which a left join takes.
pub struct DerivedAlias<D, T, K = NotNull> {
    rows: DerivedRows,
    name: &'static str,
    types: Types<D, T, K>,
}

impl<D: Database, T: TableRows> DerivedTable<D, T> {
    /// This table under a name of its own, beside other rows, those of the table itself among them.
    ///
    /// ```
    /// # mod shop { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/shop.rs")); }
    /// # use shop::*;
    /// # use ormgen_runtime::{Result, prelude::*};
    /// use ormgen_runtime::functions::{row_number, window};
    ///
    /// # async fn example(dbs: &Databases) -> Result<()> {
    /// // Each customer with the next one by visits. As a common table expression the places are computed once.
    /// let place = row_number().over(window().order_by(Customer::VISITS.desc()));
    /// let (places, (name, place)) = Customer::query().select((Customer::NAME, place)).into_cte();
    /// let next = places.alias("next");
    /// let pairs = places
    ///     .join(next.on(next.column(place).eq(place + 1)))
    ///     .select((name, next.column(name)))
    ///     .all(dbs)
    ///     .await?;
    /// # let _ = pairs;
    /// # Ok(())
    /// # }
    /// ```
    pub fn alias(&self, name: &'static str) -> DerivedAlias<D, T> {
        DerivedAlias { rows: self.clone().into_derived(), name, types: PhantomData }
    }
}

impl<D: Database, T: TableRows> DerivedAlias<D, T> {
    /// The same alias for a left join, where it may have no row beside a row: each of its columns may then be NULL.
    pub fn optional(self) -> DerivedAlias<D, T, Nullable> {
        DerivedAlias { rows: self.rows, name: self.name, types: PhantomData }
    }
}

impl<D: Database, T: TableRows, K: Kind> DerivedAlias<D, T, K> {
    /// A column of the alias's row, or an expression over its columns.
    pub fn column<M, E>(&self, of: E) -> Expr<M, E::Value, <E::Kind as Kind>::Or<K>>
    where
        M: Model,
        E: Expression<TableOf<D, T>>,
        D: SameDatabase<M::Db>,
    {
        let sql_type = of.sql_type();
        Expr::typed(of.into_parts().aliased(self.table()), sql_type)
    }

    /// The rows of the alias for which `condition` holds beside a row of `M`; see [`TableAlias::on`](crate::query::TableAlias::on).
    pub fn on<M: Model, P: OfRows>(&self, condition: impl IntoFilter<M, P>) -> DerivedOn<M, D, T, K>
    where
        D: SameDatabase<M::Db>,
    {
        let (alias, rows, on) =
            (self.table(), Some(Box::new(self.rows.clone())), condition.into_filter().parts);
        let rows = Beside { alias, rows, is_view: false, on, order: Vec::new(), limit: None };
        DerivedOn { rows, types: PhantomData }
    }

    fn table(&self) -> AliasedTable {
        AliasedTable { table: TableOf::<D, T>::TABLE, name: self.name }
    }
}

impl<D, T, K> Clone for DerivedAlias<D, T, K> {
    fn clone(&self) -> Self {
        Self { rows: self.rows.clone(), name: self.name, types: PhantomData }
    }
}

impl<D, T, K> fmt::Debug for DerivedAlias<D, T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DerivedAlias").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The rows of a derived table's alias that stand beside a row of `M`; see [`DerivedAlias::on`].
#[must_use = "this is for a query: `.join(other.on(…))`, `.filter(other.on(…).exists())`"]
pub struct DerivedOn<M, D, T, K = NotNull> {
    rows: Beside,
    types: Types<(M, D), T, K>,
}

impl<M: Model, D: Database, T: TableRows, K> Subject<M> for DerivedOn<M, D, T, K> {
    type To = TableOf<D, T>;

    fn into_matching(self) -> Matching<M, TableOf<D, T>> {
        Matching::beside(self.rows)
    }
}

impl<M: Model, D: Database, T: TableRows, K: Kind> Join<M> for DerivedOn<M, D, T, K> {
    type Row = DerivedRow<T>;
    type Columns = K;

    fn tables(self, is_optional: bool) -> Vec<JoinedTable> {
        let columns = Parts::joined(", ", T::COLUMNS.iter().map(|name| Parts::column(name)));
        vec![JoinedTable::with_columns(self.rows, columns, is_optional)]
    }
}

impl<M, D, T, K> Clone for DerivedOn<M, D, T, K> {
    fn clone(&self) -> Self {
        Self { rows: self.rows.clone(), types: PhantomData }
    }
}

impl<M, D, T, K> fmt::Debug for DerivedOn<M, D, T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DerivedOn").field("rows", &self.rows).finish()
    }
}

/// A row of a derived table that is joined under a name: its value, or the tuple of its values.
///
/// In a left join it is `None` where all of its values are NULL.
#[derive(Clone, Debug, PartialEq)]
pub struct DerivedRow<T: TableRows>(pub T::Row);

impl<T: TableRows> JoinedItem for DerivedRow<T> {
    const WIDTH: usize = T::COLUMNS.len();
    const FIRST: usize = T::COLUMNS.len();

    fn decode_item(row: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        T::decode_row(row).map(Self)
    }
}

impl<T: TableRows> KeepsRows for DerivedRow<T> {}
