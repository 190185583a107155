//! `CASE`, and SQL of the caller's own.

use std::{borrow::Cow, fmt, marker::PhantomData};

use postgres_types::ToSql;

use super::{
    Aggregate, Anywhere, Expr, Expression, Filter, IntoFilter, Place, SqlValue, ValueOf, typed::cast,
};
use crate::{
    model::{Column, Kind, Model, NotNull, Nullable, Types},
    sql::{Own, Parts, SqlType},
};

/// `CASE` with its first condition: `when(Customer::VISITS.gt(10), 2).otherwise(1)`.
///
/// The first value says of which type all of them are; `"high"` is a text. Plain values alone take PostgreSQL's type for
/// their Rust type, `text` for a text: where a column has another, such as `ltree` or a range type of your own, let one of
/// the values be a column of that type.
pub fn when<M: Model, T, P: Place, V: CaseValue<T> + ValueOf<M, T>>(
    condition: impl IntoFilter<M, P>,
    value: V,
) -> Case<M, T, V::Kind, P::With<V::Place>> {
    let none: Case<M, T> = Case { branches: Vec::new(), types: PhantomData, place: PhantomData };
    none.then(condition, value)
}

/// What the first value of a `CASE` can be: of one type, which all values of the `CASE` then have.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no value, and no column or expression",
    label = "expected a value that a column can hold, or a column or expression",
    note = "where no condition of a `CASE` holds, its value is NULL without being told so: `when(…, value).end()`"
)]
pub trait CaseValue<T> {}

impl<T: SqlValue> CaseValue<T> for T {}
impl<T: SqlValue + Clone> CaseValue<T> for &T {}
impl CaseValue<String> for &str {}
impl CaseValue<String> for &&str {}
impl CaseValue<String> for Cow<'_, str> {}
impl<M, T, K> CaseValue<T> for Column<M, T, K> {}
impl<M, T, K, P> CaseValue<T> for Expr<M, T, K, P> {}
impl<M, T, K> CaseValue<T> for Aggregate<M, T, K> {}

/// A `CASE` that is not complete: [`otherwise`](Self::otherwise) or [`end`](Self::end) completes it.
#[must_use = "a CASE ends with `otherwise` or `end`"]
pub struct Case<M, T, K = NotNull, P = Anywhere> {
    branches: Vec<(Parts, Branch)>,
    types: Types<M, T, K>,
    place: PhantomData<fn() -> P>,
}

/// A value of a `CASE`.
#[derive(Clone)]
struct Branch {
    value: Parts,
    /// The type to cast the value to if all values of the `CASE` are plain ones; none where this value is an
    /// expression.
    cast: Option<&'static str>,
    /// The type of an expression, if it is known.
    sql_type: SqlType,
}

impl Branch {
    fn new<M: Model, T>(value: impl ValueOf<M, T>) -> Self {
        let (cast, sql_type) = (value.cast::<M::Db>(), value.own_type());
        Self { value: value.into_operand(), cast, sql_type }
    }

    /// The value, cast to its type if it is plain: the server would take it for text.
    fn with_cast(self) -> Parts {
        cast(self.value, self.cast.filter(|name| !name.is_empty()))
    }

    /// The type of the value where it stands alone.
    fn type_alone(&self) -> SqlType {
        self.cast.map_or(self.sql_type, SqlType::of_values)
    }

    /// The value beside an expression of this type.
    fn beside(self, sql_type: SqlType) -> Parts {
        let to = if self.cast.is_some() { sql_type.of_value() } else { sql_type.of_itself() };
        cast(self.value, to)
    }
}

/// A value of the program's own among the columns of a selection, the same in every row:
/// `Customer::query().select((Customer::NAME, value("imported")))`.
///
/// `Stop::insert_from((Stop::NUMBER, Stop::ZONE), Halt::query().select((Halt::NUMBER, value("Z"))))` stores it.
pub fn value<M: Model, T, V: CaseValue<T> + ValueOf<M, T>>(value: V) -> Expr<M, T, V::Kind, V::Place> {
    let value = Branch::new::<M, T>(value);
    let sql_type = value.type_alone();
    Expr::typed(value.with_cast(), sql_type)
}

impl<M: Model, T, K: Kind, P: Place> Case<M, T, K, P> {
    /// Adds a condition and its value; the first condition that holds decides.
    pub fn when<Q: Place, V: ValueOf<M, T>>(
        self,
        condition: impl IntoFilter<M, Q>,
        value: V,
    ) -> Case<M, T, K::Or<V::Kind>, <P::With<Q> as Place>::With<V::Place>> {
        self.then(condition, value)
    }

    /// Completes the `CASE` with the value where no condition holds. The result may be NULL if one of its values may.
    pub fn otherwise<V: ValueOf<M, T>>(self, value: V) -> Expr<M, T, K::Or<V::Kind>, P::With<V::Place>> {
        self.ended(Some(Branch::new::<M, T>(value)))
    }

    /// Completes the `CASE`, which is NULL where no condition holds.
    pub fn end(self) -> Expr<M, T, Nullable, P> {
        self.ended(None)
    }

    fn then<Q: Place, L: Kind, R: Place>(
        mut self,
        condition: impl IntoFilter<M, Q>,
        value: impl ValueOf<M, T>,
    ) -> Case<M, T, L, R> {
        self.branches.push((condition.into_filter().parts, Branch::new::<M, T>(value)));
        Case { branches: self.branches, types: PhantomData, place: PhantomData }
    }

    /// Writes the `CASE`. Plain values take the type of an expression beside them: a `citext` or a domain, say. If all
    /// values are plain they are cast, as the server would otherwise take them for text
    /// (<https://www.postgresql.org/docs/current/typeconv-union-case.html>).
    fn ended<L: Kind, R: Place>(self, otherwise: Option<Branch>) -> Expr<M, T, L, R> {
        let values = || self.branches.iter().map(|(_, branch)| branch).chain(&otherwise);
        let needs_casts = values().all(|branch| branch.cast.is_some());
        let mut types =
            values().filter(|branch| needs_casts || branch.cast.is_none()).map(Branch::type_alone);
        let sql_type = types.find(|sql_type| sql_type.is_known()).unwrap_or_default();
        let written = |branch: Branch| if needs_casts { branch.with_cast() } else { branch.beside(sql_type) };
        let mut parts = Parts::default().text("(CASE");
        for (condition, branch) in self.branches {
            parts = parts.text(" WHEN ").then(condition).text(" THEN ").then(written(branch));
        }
        if let Some(branch) = otherwise {
            parts = parts.text(" ELSE ").then(written(branch));
        }
        Expr::typed(parts.text(" END)"), sql_type)
    }
}

impl<M, T, K, P> fmt::Debug for Case<M, T, K, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let branches = self.branches.iter().map(|(condition, branch)| (condition, &branch.value));
        f.debug_map().entries(branches).finish()
    }
}

/// SQL of the caller's own, piece by piece: text that is known when the program is compiled, columns, values.
///
/// `sql("similarity(").column(Customer::NAME).text(", ").value("Ada").text(") > 0.4")`
///
/// It is a condition where one is taken, and an expression by [`expression`](Sql::expression).
///
/// Nothing from outside the program can become part of the text: text is `&'static str`, everything else is a value.
///
/// A column given with [`column`](Sql::column) belongs to the query's row wherever it stands, also within a sub-select
/// in the text: the query then gives its table an alias of ormgen's own (`_0`), so the text cannot refer to that table
/// by its name.
pub fn sql<M>(text: &'static str) -> Sql<M> {
    Sql { parts: Expr::new(Parts::default().own_text(text)) }
}

/// SQL of the caller's own, in the making; see [`sql`].
#[derive(Debug)]
#[must_use = "it is a part of a query: a condition, or an `expression`"]
pub struct Sql<M> {
    parts: Expr<M, (), Nullable>,
}

impl<M> Sql<M> {
    /// Appends text.
    pub fn text(self, text: &'static str) -> Self {
        Self { parts: Expr::new(self.parts.parts.own_text(text)) }
    }

    /// Appends a column or an expression. Nothing checks where in a query the fragment can stand: the server refuses an
    /// aggregate in a filter.
    pub fn column<P: Place>(self, column: impl Expression<M, P>) -> Self {
        Self { parts: Expr::new(self.parts.parts.then(column.into_parts())) }
    }

    /// Appends a value, which becomes `$n`.
    pub fn value(self, value: impl ToSql + PartialEq + Sync + Send + 'static) -> Self {
        Self { parts: Expr::new(self.parts.parts.then(Parts::value(Own(value)))) }
    }

    /// The whole SQL as a condition, to be joined with others.
    pub fn filter(self) -> Filter<M> {
        Filter::new(self.parts.parts.between("(", ")"))
    }

    /// The whole SQL as an expression of type `T`. The caller answers for the type, which nothing checks.
    pub fn expression<T, K: Kind>(self) -> Expr<M, T, K> {
        Expr::new(self.parts.parts.between("(", ")"))
    }
}

impl<M> IntoFilter<M> for Sql<M> {
    fn into_filter(self) -> Filter<M> {
        self.filter()
    }
}
