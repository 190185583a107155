//! The tables that the queries are about, as topics.

use ormgen_runtime::{
    Expr, Nullable,
    functions::sql,
    prelude::*,
    types::{DateTime, Decimal, Utc},
};

use super::{
    conditions::{Cond, How},
    related::{exist, sum_up, up},
    terms::{Built, Condition, Int, Sum, Term, Topic},
    world::{Label, Part, Pick, Thing, Values, World},
};

/// The rows that belong to a row.
pub type Rows<M, R> = for<'w> fn(&'w World, &M) -> Vec<&'w R>;

/// One of several, by its place.
macro_rules! one_of {
    ($at:expr, $($n:literal => $built:expr),+; $last:expr) => {
        match $at % ([$($n),+].len() + 1) {
            $($n => $built,)+
            _ => $last,
        }
    };
}

/// What is said of the rows that relations lead to.
macro_rules! relations {
    ($($n:literal => $relation:expr, $rows:expr;)* _ => $last:expr, $last_rows:expr;) => {
        fn exist(relation: Pick, how: How, of: &Cond, values: &Values) -> Condition<Self> {
            match relation % ([$($n as usize,)* 0].len()) {
                $($n => exist($relation, $rows, how, of, values),)*
                _ => exist($last, $last_rows, how, of, values),
            }
        }

        fn sum_up(relation: Pick, how: Sum, of: &Int, only: &Cond, values: &Values) -> Built<Self, i32> {
            match relation % ([$($n as usize,)* 0].len()) {
                $($n => sum_up($relation, $rows, how, of, only, values),)*
                _ => sum_up($last, $last_rows, how, of, only, values),
            }
        }
    };
}

impl Topic for Thing {
    fn key(&self) -> i64 {
        self._1
    }

    fn key_sql() -> Expr<Self, i64, Nullable> {
        sql("").column(Self::_1).expression()
    }

    const KEY_NAME: &'static str = Self::_1.def.name;

    fn all(world: &World) -> &[Self] {
        &world.things
    }

    fn small(at: Pick) -> Built<Self, i32> {
        one_of!(at,
            0 => Built::column(Self::IT_S_IT, |row| Some(row.it_s_it));
            Built::column(Self::SUM, |row| row.sum))
    }

    fn wide(at: Pick) -> Built<Self, i32> {
        one_of!(at, 0 => Built::column(Self::INT4, |row| row.int4); Self::small(at))
    }

    fn text(at: Pick) -> Built<Self, String> {
        one_of!(at,
            0 => Built::column(Self::LOWER, |row| Some(row.lower.clone()));
            Built::column(Self::EXCLUDED, |row| row.excluded.clone()))
    }

    fn flag(at: Pick) -> Built<Self, bool> {
        one_of!(at,
            0 => Built::column(Self::T0, |row| Some(row.t0));
            Built::column(Self::NULL, |row| row.null))
    }

    fn big(at: Pick) -> Built<Self, i64> {
        one_of!(at,
            0 => Built::column(Self::_1, |row| Some(row._1)),
            1 => Built::column(Self::COUNT, |row| row.count);
            Built::column(Self::T1, |row| row.t1))
    }

    fn number(_: Pick) -> Built<Self, Decimal> {
        Built::column(Self::GRÖSSE_STAR, |row| row.größe_star)
    }

    fn moment(_: Pick) -> Built<Self, DateTime<Utc>> {
        Built::column(Self::WHEN, |row| row.when)
    }

    fn array() -> Option<Built<Self, Vec<i32>>> {
        Some(Built::column(Self::BRACE_BRACE, |row| row.brace_brace.clone()))
    }

    fn up<T: Term>(of: &T, values: &Values) -> Built<Self, T::Value> {
        up(Self::T1_T0_MINUS, World::parent, of, values)
    }

    relations! {
        0 => Self::T1_BY_T0, World::parts;
        1 => Self::T1_EXISTS_SELECTS, World::labels;
        2 => Self::T1_T0_MINUS, World::parents;
        _ => Self::T0_MINUSES_BY_T1, World::children;
    }
}

impl Topic for Part {
    fn key(&self) -> i64 {
        self.question.into()
    }

    fn key_sql() -> Expr<Self, i64, Nullable> {
        sql("").column(Self::QUESTION.cast_to::<i64>()).expression()
    }

    const KEY_NAME: &'static str = Self::QUESTION.def.name;

    fn all(world: &World) -> &[Self] {
        &world.parts
    }

    fn small(_: Pick) -> Built<Self, i32> {
        Built::column(Self::MAX, |row| row.max)
    }

    fn wide(at: Pick) -> Built<Self, i32> {
        one_of!(at, 0 => Built::column(Self::QUESTION, |row| Some(row.question)); up(Self::T0_T0_MINUS, World::whole, &super::terms::Wide(at), &Values::others()))
    }

    fn text(_: Pick) -> Built<Self, String> {
        Built::column(Self::LOWER, |row| row.lower.clone())
    }

    fn flag(_: Pick) -> Built<Self, bool> {
        Built::column(Self::MAX.cast_to::<bool>(), |row| row.max.map(|max| max != 0))
    }

    fn big(_: Pick) -> Built<Self, i64> {
        Built::column(Self::T0, |row| Some(row.t0))
    }

    fn number(_: Pick) -> Built<Self, Decimal> {
        Built::column(Self::MAX.cast_to::<Decimal>(), |row| row.max.map(Decimal::from))
    }

    fn moment(at: Pick) -> Built<Self, DateTime<Utc>> {
        up(Self::T0_T0_MINUS, World::whole, &super::terms::Moment(at), &Values::others())
    }

    fn array() -> Option<Built<Self, Vec<i32>>> {
        None
    }

    fn up<T: Term>(of: &T, values: &Values) -> Built<Self, T::Value> {
        up(Self::T0_T0_MINUS, World::whole, of, values)
    }

    relations! {
        _ => Self::T0_T0_MINUS, World::wholes;
    }
}

impl Topic for Label {
    fn key(&self) -> i64 {
        self._1.into()
    }

    fn key_sql() -> Expr<Self, i64, Nullable> {
        sql("").column(Self::_1.cast_to::<i64>()).expression()
    }

    const KEY_NAME: &'static str = Self::_1.def.name;

    fn all(world: &World) -> &[Self] {
        &world.labels
    }

    fn small(_: Pick) -> Built<Self, i32> {
        Built::column(Self::MIN, |row| row.min)
    }

    fn wide(_: Pick) -> Built<Self, i32> {
        Built::column(Self::_1, |row| Some(row._1))
    }

    fn text(_: Pick) -> Built<Self, String> {
        Built::column(Self::STRING_AGG, |row| Some(row.string_agg.clone()))
    }

    fn flag(_: Pick) -> Built<Self, bool> {
        Built::column(Self::MIN.cast_to::<bool>(), |row| row.min.map(|min| min != 0))
    }

    fn big(_: Pick) -> Built<Self, i64> {
        Built::column(Self::MIN.cast_to::<i64>(), |row| row.min.map(i64::from))
    }

    fn number(_: Pick) -> Built<Self, Decimal> {
        Built::column(Self::MIN.cast_to::<Decimal>(), |row| row.min.map(Decimal::from))
    }

    /// It has none.
    fn moment(_: Pick) -> Built<Self, DateTime<Utc>> {
        Built::column(sql("NULL::timestamptz").expression::<_, Nullable>(), |_| None)
    }

    fn array() -> Option<Built<Self, Vec<i32>>> {
        None
    }

    /// Nothing is above it but itself.
    fn up<T: Term>(of: &T, values: &Values) -> Built<Self, T::Value> {
        of.build(values)
    }

    relations! {
        _ => Self::T0_T0_MINUSES, World::labelled;
    }
}
