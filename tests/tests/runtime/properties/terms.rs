//! Expressions made at random: for each of them the query's own, and beside it what it means, in plain Rust: `None` is
//! NULL.

use ormgen_runtime::query::SqlValue;
use ormgen_runtime::{
    Expr, Filter, Nullable,
    functions::{abs, coalesce, concat, length, lower, max, nullif, sql, when},
    prelude::*,
    types::{DateTime, Decimal, Utc},
};
use ormgen_tests::generated::strange::adversarial::Adversarial;

use super::{
    beside::{Pairing, sum_beside},
    conditions::{Cond, How},
    made::{before, smaller},
    world::{Part, Pick, Values, World, pick},
};

/// What something is for a row; for the row that an optional relation did not find, every column is NULL.
pub type Means<M, T> = Box<dyn Fn(&World, Option<&M>) -> Option<T>>;

/// An expression and its meaning.
pub struct Built<M, T> {
    pub sql: Expr<M, T, Nullable>,
    pub means: Means<M, T>,
}

/// A condition and its meaning.
pub struct Condition<M> {
    pub sql: Filter<M>,
    pub means: Means<M, bool>,
}

impl<M: 'static, T: 'static> Built<M, T> {
    pub fn new<E>(sql: E, means: impl Fn(&World, Option<&M>) -> Option<T> + 'static) -> Self
    where
        E: ormgen_runtime::Expression<M, Value = T>,
    {
        Self { sql: maybe(sql), means: Box::new(means) }
    }

    pub fn column<E>(sql: E, get: impl Fn(&M) -> Option<T> + 'static) -> Self
    where
        E: ormgen_runtime::Expression<M, Value = T>,
    {
        Self::new(sql, move |_, row| get(row?))
    }
}

impl<M: 'static> Condition<M> {
    pub fn new(sql: Filter<M>, means: impl Fn(&World, Option<&M>) -> Option<bool> + 'static) -> Self {
        Self { sql, means: Box::new(means) }
    }
}

/// Any expression as one that may be NULL.
pub fn maybe<M, T>(of: impl ormgen_runtime::Expression<M, Value = T>) -> Expr<M, T, Nullable> {
    sql("").column(of).expression()
}

/// A model that the queries are about: its columns, and where its relations lead.
pub trait Topic: Model<Db = Adversarial> + Clone + PartialEq + std::fmt::Debug + Unpin + 'static {
    fn key(&self) -> i64;
    fn key_sql() -> Expr<Self, i64, Nullable>;
    /// The key's column as SQL names it.
    const KEY_NAME: &'static str;
    fn all(world: &World) -> &[Self];

    fn small(at: Pick) -> Built<Self, i32>;
    fn wide(at: Pick) -> Built<Self, i32>;
    fn text(at: Pick) -> Built<Self, String>;
    fn flag(at: Pick) -> Built<Self, bool>;
    fn big(at: Pick) -> Built<Self, i64>;
    fn number(at: Pick) -> Built<Self, Decimal>;
    fn moment(at: Pick) -> Built<Self, DateTime<Utc>>;
    fn array() -> Option<Built<Self, Vec<i32>>>;

    fn up<T: Term>(of: &T, values: &Values) -> Built<Self, T::Value>;
    fn exist(relation: Pick, how: How, of: &Cond, values: &Values) -> Condition<Self>;
    fn sum_up(relation: Pick, how: Sum, of: &Int, only: &Cond, values: &Values) -> Built<Self, i32>;
}

/// An expression of one type.
pub trait Term: std::fmt::Debug + Clone {
    type Value: SqlValue + Clone + PartialOrd;

    fn build<M: Topic>(&self, values: &Values) -> Built<M, Self::Value>;

    fn values(values: &Values) -> &[Self::Value];
}

/// Whole numbers, small enough that nothing made of them overflows.
#[derive(Clone, Debug)]
pub enum Int {
    Column(Pick),
    Add(Box<Int>, Box<Int>),
    Minus(Box<Int>, Pick),
    Twice(Box<Int>),
    Third(Box<Int>),
    Abs(Box<Int>),
    Length(Box<Text>),
    Coalesce(Box<Int>, Box<Int>),
    NullIf(Box<Int>, Pick),
    When(Box<Cond>, Box<Int>, Option<Box<Int>>),
    Either(Box<Cond>, Pick, Pick),
    Up(Box<Int>),
    SumUp(Pick, Sum, Box<Int>, Box<Cond>),
    /// Of the rows of the same table that stand beside the row.
    SumBeside(Box<Pairing>, Sum, Box<Int>),
    /// Of all parts, whatever the row.
    Largest(Box<Int>, Box<Cond>),
    /// How many rows of the row's own table have a smaller key: a fragment, whose sub-select reads that table by its name.
    Before,
    /// How many rows of the row's own table have a smaller number in a column: the table beside itself.
    Smaller(Pick),
}

/// What is made of related rows.
#[derive(Clone, Copy, Debug)]
pub enum Sum {
    Count,
    Total,
    Min,
    Max,
}

#[derive(Clone, Debug)]
pub enum Text {
    Column(Pick),
    Lower(Box<Text>),
    Concat(Box<Text>, Box<Text>),
    Followed(Box<Text>, Pick),
    Coalesce(Box<Text>, Pick),
    Up(Box<Text>),
}

macro_rules! columns {
    ($($(#[$doc:meta])* $name:ident $value:ty, $column:ident $values:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $name(pub Pick);

        impl Term for $name {
            type Value = $value;

            fn build<M: Topic>(&self, _: &Values) -> Built<M, $value> {
                M::$column(self.0)
            }

            fn values(values: &Values) -> &[$value] {
                &values.$values
            }
        }
    )*};
}

columns! {
    /// A column of any whole numbers.
    Wide i32, wide wides;
    /// A column of larger ones.
    Big i64, big bigs;
    /// A column of decimal numbers.
    Number Decimal, number numbers;
    /// A column of points in time.
    Moment DateTime<Utc>, moment moments;
}

impl Term for Int {
    type Value = i32;

    fn build<M: Topic>(&self, values: &Values) -> Built<M, i32> {
        match self {
            Self::Column(at) => M::small(*at),
            Self::Add(left, right) => {
                let (left, right) = (left.build(values), right.build::<M>(values));
                Built::new(left.sql + right.sql, move |w, r| Some((left.means)(w, r)? + (right.means)(w, r)?))
            }
            Self::Minus(of, at) => {
                let (of, value) = (of.build::<M>(values), *pick(&values.smalls, *at));
                Built::new(of.sql - value, move |w, r| Some((of.means)(w, r)? - value))
            }
            Self::Twice(of) => {
                let of = of.build::<M>(values);
                Built::new(of.sql * 2, move |w, r| Some((of.means)(w, r)? * 2))
            }
            Self::Third(of) => {
                let of = of.build::<M>(values);
                Built::new(of.sql / 3, move |w, r| Some((of.means)(w, r)? / 3))
            }
            Self::Abs(of) => {
                let of = of.build::<M>(values);
                Built::new(abs(of.sql), move |w, r| Some((of.means)(w, r)?.abs()))
            }
            Self::Length(of) => {
                let of = of.build::<M>(values);
                let length_of = |text: String| i32::try_from(text.chars().count()).unwrap();
                Built::new(length(of.sql), move |w, r| (of.means)(w, r).map(length_of))
            }
            Self::Coalesce(first, second) => {
                let (first, second) = (first.build(values), second.build::<M>(values));
                let sql = coalesce(first.sql, second.sql);
                Built::new(sql, move |w, r| (first.means)(w, r).or_else(|| (second.means)(w, r)))
            }
            Self::NullIf(of, at) => {
                let (of, value) = (of.build::<M>(values), *pick(&values.smalls, *at));
                Built::new(nullif(of.sql, value), move |w, r| (of.means)(w, r).filter(|of| *of != value))
            }
            Self::When(condition, then, otherwise) => {
                case_when(condition, then, otherwise.as_deref(), values)
            }
            Self::Either(condition, then, otherwise) => {
                let condition = condition.build::<M>(values);
                let (then, otherwise) = (*pick(&values.smalls, *then), *pick(&values.smalls, *otherwise));
                Built::new(when(condition.sql, then).otherwise(otherwise), move |w, r| {
                    Some(if (condition.means)(w, r) == Some(true) { then } else { otherwise })
                })
            }
            Self::Up(of) => M::up(&**of, values),
            Self::SumUp(relation, how, of, only) => M::sum_up(*relation, *how, of, only, values),
            Self::SumBeside(pairing, how, of) => sum_beside(pairing, *how, of, values),
            Self::Largest(of, only) => {
                let (of, only) = (of.build::<Part>(values), only.build::<Part>(values));
                let sql = Part::query().filter(only.sql).select(max(of.sql)).scalar();
                Built::new(sql, move |w, _| {
                    let parts = w.parts.iter().map(Some).filter(|part| (only.means)(w, *part) == Some(true));
                    parts.filter_map(|part| (of.means)(w, part)).max()
                })
            }
            Self::Before => before(),
            Self::Smaller(at) => smaller(*at),
        }
    }

    fn values(values: &Values) -> &[i32] {
        &values.smalls
    }
}

/// `CASE WHEN … THEN … [ELSE …] END`.
fn case_when<M: Topic>(
    condition: &Cond,
    then: &Int,
    otherwise: Option<&Int>,
    values: &Values,
) -> Built<M, i32> {
    let (condition, then) = (condition.build(values), then.build::<M>(values));
    let case = when(condition.sql, then.sql);
    let means =
        move |w: &World, r: Option<&M>| ((condition.means)(w, r) == Some(true)).then(|| (then.means)(w, r));
    match otherwise {
        None => Built::new(case.end(), move |w, r| means(w, r).flatten()),
        Some(otherwise) => {
            let otherwise = otherwise.build::<M>(values);
            let sql = case.otherwise(otherwise.sql);
            Built::new(sql, move |w, r| means(w, r).unwrap_or_else(|| (otherwise.means)(w, r)))
        }
    }
}

impl Term for Text {
    type Value = String;

    fn build<M: Topic>(&self, values: &Values) -> Built<M, String> {
        match self {
            Self::Column(at) => M::text(*at),
            Self::Lower(of) => {
                let of = of.build::<M>(values);
                // No value has an upper-case letter beyond ASCII: of those, locales think differently.
                Built::new(lower(of.sql), move |w, r| Some((of.means)(w, r)?.to_ascii_lowercase()))
            }
            Self::Concat(left, right) => {
                let (left, right) = (left.build(values), right.build::<M>(values));
                let sql = concat(left.sql, right.sql);
                Built::new(sql, move |w, r| Some((left.means)(w, r)? + &(right.means)(w, r)?))
            }
            Self::Followed(of, at) => {
                let (of, value) = (of.build::<M>(values), pick(&values.texts, *at).clone());
                let sql = concat(of.sql, value.as_str());
                Built::new(sql, move |w, r| Some((of.means)(w, r)? + &value))
            }
            Self::Coalesce(of, at) => {
                let (of, value) = (of.build::<M>(values), pick(&values.texts, *at).clone());
                let sql = coalesce(of.sql, value.as_str());
                Built::new(sql, move |w, r| Some((of.means)(w, r).unwrap_or_else(|| value.clone())))
            }
            Self::Up(of) => M::up(&**of, values),
        }
    }

    fn values(values: &Values) -> &[String] {
        &values.texts
    }
}
