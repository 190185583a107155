//! Aggregates: one value of many rows.

use std::{fmt, marker::PhantomData};

use super::{
    ComparesWith, Expr, Expression, Filter, InHaving, InSelect, IntoFilter, IntoOrder, Number, Operand,
    OrderBy, Place, Window,
};
use crate::{
    model::{Kind, NotNull, Nullable, Types},
    sql::{Aggregation, Parts, SqlType},
    types,
};

/// An aggregate (<https://www.postgresql.org/docs/current/sql-expressions.html#SYNTAX-AGGREGATES>).
///
/// It can stand in a selection, in `having`, and in the order of a grouped query. In a filter it does not
/// compile, since SQL filters rows before it groups them.
pub struct Aggregate<M, T, K = Nullable> {
    /// The function's name and its opening parenthesis.
    function: &'static str,
    distinct: bool,
    arguments: Parts,
    order: Vec<OrderBy<M>>,
    filter: Option<Filter<M>>,
    /// That of the values, where the result is one of them.
    sql_type: SqlType,
    /// The cast of the result to that type, where the server gives one of another type.
    cast: &'static str,
    types: Types<M, T, K>,
}

impl<M, T, K: Kind> Aggregate<M, T, K> {
    pub(super) fn new(function: &'static str, arguments: Parts) -> Self {
        let (distinct, order, filter, sql_type) = Default::default();
        Self { function, distinct, arguments, order, filter, sql_type, cast: "", types: PhantomData }
    }

    /// Aggregates each value once: `DISTINCT`.
    #[must_use]
    pub fn distinct(mut self) -> Self {
        self.distinct = true;
        self
    }

    /// Aggregates the rows in this order, for an aggregate whose result depends on it; after every order given before.
    #[must_use]
    pub fn order_by(mut self, order: impl IntoOrder<M>) -> Self {
        order.add_to(&mut self.order);
        self
    }

    /// Aggregates only the rows for which `filter` holds, and every filter given before.
    #[must_use]
    pub fn filter(mut self, filter: impl IntoFilter<M>) -> Self {
        self.filter = Filter::both(self.filter, filter);
        self
    }

    /// Gives each row the aggregate of the rows in its window:
    /// `sum(Order::TOTAL).over(partition_by(Order::CUSTOMER_ID))`.
    pub fn over(self, window: Window<M>) -> Expr<M, T, K, InSelect> {
        let (sql_type, cast) = (self.sql_type, self.cast);
        Expr::typed(window.of::<T, K>(self.call()).into_parts().text(cast), sql_type)
    }

    /// The call, without the cast of its result.
    fn call(self) -> Parts {
        let mut parts = Parts::default().text(self.function);
        if self.distinct {
            // SQL sorts distinct values by themselves alone (`distinct_values_are_sorted_by_themselves`).
            parts = parts.text("DISTINCT ").then(self.arguments.sorting());
            parts = parts.repeating(self.order.iter().map(|order| order.by.clone()));
        } else {
            parts = parts.then(self.arguments);
        }
        if !self.order.is_empty() {
            let order = Parts::joined(", ", self.order.into_iter().map(OrderBy::into_parts));
            parts = parts.text(" ORDER BY ").then(order);
        }
        parts = parts.text(")");
        if let Some(filter) = self.filter {
            parts = parts.then(filter.parts.between(" FILTER (WHERE ", ")"));
        }
        parts.of_several_rows(Aggregation::Group)
    }
}

impl<M, T, K> Clone for Aggregate<M, T, K> {
    fn clone(&self) -> Self {
        let Self { function, distinct, sql_type, cast, types, .. } = *self;
        let (arguments, order, filter) = (self.arguments.clone(), self.order.clone(), self.filter.clone());
        Self { function, distinct, arguments, order, filter, sql_type, cast, types }
    }
}

impl<M, T, K> fmt::Debug for Aggregate<M, T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Aggregate({}{:?})", self.function, self.arguments)
    }
}

impl<M, T, K: Kind> Expression<M, InHaving> for Aggregate<M, T, K> {
    type Value = T;
    type Kind = K;

    fn into_parts(self) -> Parts {
        let cast = self.cast;
        self.call().text(cast)
    }

    fn sql_type(&self) -> SqlType {
        self.sql_type
    }
}

impl<M, T: ComparesWith<U>, U, K: Kind> Operand<M, T> for Aggregate<M, U, K> {
    type Value = U;
    type Kind = K;
    type Place = InHaving;

    fn into_operand(self) -> Parts {
        self.into_parts()
    }

    fn own_type(&self) -> SqlType {
        self.sql_type
    }
}

impl<M, K: Kind> IntoFilter<M, InHaving> for Aggregate<M, bool, K> {
    fn into_filter(self) -> Filter<M, InHaving> {
        Filter::new(self.into_parts())
    }
}

/// A type that can be summed, with the types that its sum and average have
/// (<https://www.postgresql.org/docs/current/functions-aggregate.html>).
///
/// A type of your own over a number is summed once it says so. Where its sum is of the same type, a column's sum is cast to
/// the column's SQL type: one that does not fit is the server's error, and an average is rounded.
///
/// ```
/// use ormgen_runtime::functions::Summed;
///
/// ormgen_runtime::column_type! {
///     #[derive(Debug, Clone, Copy, PartialEq)]
///     pub struct Cents(pub i64);
/// }
///
/// impl Summed for Cents {
///     type Sum = Self;
///     type Average = Self;
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "values of `{Self}` cannot be summed",
    label = "expected a number or an `Interval`",
    note = "sums and averages of `i16`, `i32` and `i64` need the runtime's feature `decimal`: they are `Decimal`",
    note = "a type of your own over a number is summed once it says so: \
            `impl ormgen_runtime::functions::Summed for {Self} {{ type Sum = Self; type Average = Self; }}`"
)]
pub trait Summed {
    /// The sum's type.
    type Sum;
    /// The average's type.
    type Average;
}

macro_rules! summed {
    ($($ty:ty => $sum:ty, $average:ty;)*) => {$(
        impl Summed for $ty {
            type Sum = $sum;
            type Average = $average;
        }
    )*};
}

summed! {
    f32 => f32, f64;
    f64 => f64, f64;
    types::Numeric => types::Numeric, types::Numeric;
    types::Interval => types::Interval, types::Interval;
}

#[cfg(feature = "decimal")]
summed! {
    i16 => i64, types::Decimal;
    i32 => i64, types::Decimal;
    i64 => types::Decimal, types::Decimal;
    types::Decimal => types::Decimal, types::Decimal;
}

/// The sum of the values that are not NULL; NULL if there are none.
pub fn sum<M, P: Place, E>(of: E) -> Aggregate<M, <E::Value as Summed>::Sum>
where
    E: Expression<M, P>,
    E::Value: Summed,
{
    summed("sum(", of)
}

/// The average of the values that are not NULL; NULL if there are none.
pub fn avg<M, P: Place, E>(of: E) -> Aggregate<M, <E::Value as Summed>::Average>
where
    E: Expression<M, P>,
    E::Value: Summed,
{
    summed("avg(", of)
}

/// The standard deviation of the values, taken as a sample of more; NULL if there are fewer than two: `stddev_samp`.
pub fn stddev<M, P: Place, E>(of: E) -> Aggregate<M, <E::Value as Summed>::Average>
where
    E: Expression<M, P>,
    E::Value: Summed + Number,
{
    summed("stddev(", of)
}

/// The square of [`stddev`]: `var_samp`.
pub fn variance<M, P: Place, E>(of: E) -> Aggregate<M, <E::Value as Summed>::Average>
where
    E: Expression<M, P>,
    E::Value: Summed + Number,
{
    summed("variance(", of)
}

/// A sum or the like of type `T`. A type of the program's own whose sums are of the same type is read from the SQL type of
/// its values, and the server's result is often of another one: `numeric` of `int8`
/// (`sums_of_a_type_of_ones_own_are_of_it`).
fn summed<M, P: Place, E: Expression<M, P>, T>(function: &'static str, of: E) -> Aggregate<M, T> {
    let sql_type = of.sql_type();
    let is_same = std::any::type_name::<E::Value>() == std::any::type_name::<T>();
    let cast = if is_same { sql_type.of_sum() } else { "" };
    let of = Aggregate::new(function, of.into_parts());
    if cast.is_empty() { of } else { Aggregate { sql_type, cast, ..of } }
}

/// The smallest value; NULL if there are none. That of a `bool` is true where all are.
///
/// PostgreSQL has no such aggregate of some types, such as `uuid`: sort the rows, and take the first.
pub fn min<M, P: Place, E: Expression<M, P>>(of: E) -> Aggregate<M, E::Value> {
    extreme("min(", "bool_and(", of)
}

/// The largest value; NULL if there are none. That of a `bool` is true where one is. About types see [`min`].
pub fn max<M, P: Place, E: Expression<M, P>>(of: E) -> Aggregate<M, E::Value> {
    extreme("max(", "bool_or(", of)
}

fn extreme<M, P: Place, E: Expression<M, P>>(
    function: &'static str,
    of_bools: &'static str,
    of: E,
) -> Aggregate<M, E::Value> {
    let sql_type = of.sql_type();
    // An expression may not know its SQL type (`values_are_compared_by_what_they_are`).
    let is_bool = sql_type.name() == "bool" || std::any::type_name::<E::Value>() == "bool";
    let of = of.into_parts();
    if is_bool {
        Aggregate::new(of_bools, of)
    } else if sql_type.has_extremes() {
        Aggregate { sql_type, cast: sql_type.of_extreme(), ..Aggregate::new(function, of) }
    } else {
        Aggregate::new(function, of.refused(NO_EXTREMES))
    }
}

const NO_EXTREMES: &str = "PostgreSQL has no `min` and `max` of this column's type: sort the rows and take the first, \
    `.order_by(ID.desc()).first(&dbs)`, or of related rows `Order::ITEMS.order_by(Item::ID.desc()).first(Item::ID)`; or take \
    that of its text, `max(ID.cast_to::<String>())`";

/// How many rows there are.
pub fn count<M>() -> Aggregate<M, i64, NotNull> {
    Aggregate::new("count(", Parts::default().text("*"))
}

/// How many values are not NULL.
pub fn count_of<M, P: Place, E: Expression<M, P>>(of: E) -> Aggregate<M, i64, NotNull> {
    Aggregate::new("count(", of.into_parts())
}

/// How many different values there are, NULL not counted.
pub fn count_distinct<M, P: Place, E: Expression<M, P>>(of: E) -> Aggregate<M, i64, NotNull> {
    count_of(of).distinct()
}

/// Whether the condition holds for every row; NULL if there are no rows. It does not hold where NULL makes it unknown.
pub fn bool_and<M>(condition: impl IntoFilter<M>) -> Aggregate<M, bool> {
    Aggregate::new("bool_and(", condition.into_filter().into_parts())
}

/// Whether the condition holds for at least one row; NULL if there are no rows.
pub fn bool_or<M>(condition: impl IntoFilter<M>) -> Aggregate<M, bool> {
    Aggregate::new("bool_or(", condition.into_filter().into_parts())
}

/// What an array of an expression's values holds: `Option`s where it may be NULL.
type Elements<M, P, E> = Vec<<<E as Expression<M, P>>::Kind as Kind>::InRow<<E as Expression<M, P>>::Value>>;

/// All values as an array, NULL among them; NULL if there are no rows.
pub fn array_agg<M, P: Place, E: Expression<M, P>>(of: E) -> Aggregate<M, Elements<M, P, E>> {
    Aggregate::new("array_agg(", of.into_parts())
}

/// The texts that are not NULL, one after the other with `separator` between them; NULL if there are none.
pub fn string_agg<M, P: Place, E>(of: E, separator: impl Operand<M, String>) -> Aggregate<M, String>
where
    E: Expression<M, P, Value = String>,
{
    Aggregate::new("string_agg(", of.into_parts().text(", ").then(separator.into_operand()))
}

/// The value below which `share` of the values lies (from 0 to 1), interpolated between two of them if need be; NULL if
/// there are none (<https://www.postgresql.org/docs/current/functions-aggregate.html#FUNCTIONS-ORDEREDSET-TABLE>).
pub fn percentile_cont<M, P: Place, E>(share: f64, of: E) -> Expr<M, f64, Nullable, InHaving>
where
    E: Expression<M, P>,
    E::Value: Number,
{
    let share = Parts::value(share).text("::float8) WITHIN GROUP (ORDER BY ");
    let values = of.into_parts().between("CAST(", " AS float8)");
    Expr::new(share.then(values).between("percentile_cont(", ")").of_several_rows(Aggregation::Group))
}

/// The value in the middle: as many are smaller as are larger. NULL if there are none.
pub fn median<M, P: Place, E>(of: E) -> Expr<M, f64, Nullable, InHaving>
where
    E: Expression<M, P>,
    E::Value: Number,
{
    percentile_cont(0.5, of)
}

/// `GROUPING`: 1 in the rows of a larger group, which are not grouped by this expression, and 0 in the others. For a
/// query with [`rollup`](crate::query::Grouped::rollup), [`cube`](crate::query::Grouped::cube) or
/// [`also_by`](crate::query::Grouped::also_by).
pub fn grouping<M, P: Place, E: Expression<M, P>>(by: E) -> Expr<M, i32, NotNull, InHaving> {
    Expr::new(by.into_parts().between("GROUPING(", ")").of_several_rows(Aggregation::Group))
}
