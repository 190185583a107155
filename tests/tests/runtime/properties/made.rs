//! Expressions that are made of the row's own table once more, and of values as a condition says.

use ormgen_runtime::{
    Nullable,
    functions::{count, outer, sql, when},
    prelude::*,
};

use super::{
    conditions::Cond,
    terms::{Built, Condition, Term, Topic},
    world::{Pick, Values, pick},
};

/// How many rows come before a row: the text's own table has the column that is compared with.
pub fn before<M: Topic>() -> Built<M, i32> {
    let count =
        sql("(SELECT count(*)::int4 FROM ").text(M::TABLE).text(" WHERE ").text(M::KEY_NAME).text(" < ");
    let sql = count.column(M::key_sql()).text(")").expression::<i32, Nullable>();
    Built::new(sql, |world, row| {
        let before = |key: i64| M::all(world).iter().filter(|other| other.key() < key).count();
        Some(i32::try_from(row.map_or(0, |row| before(row.key()))).unwrap())
    })
}

/// How many rows of the same table have a smaller number.
pub fn smaller<M: Topic>(at: Pick) -> Built<M, i32> {
    let others = M::query().filter(M::small(at).sql.lt(outer(M::small(at).sql)));
    let sql = others.select(count()).scalar().cast_to::<i32>();
    Built::new(sql, move |world, row| {
        let small = |row: Option<&M>| (M::small(at).means)(world, row);
        let is_smaller =
            |other: &&M| matches!((small(Some(other)), small(row)), (Some(other), Some(own)) if other < own);
        Some(i32::try_from(M::all(world).iter().filter(is_smaller).count()).unwrap())
    })
}

/// A column equals a CASE of two values of its type.
pub fn case<M: Topic, T: Term>(of: &T, condition: &Cond, values: &Values, picks: [Pick; 2]) -> Condition<M> {
    let (of, condition) = (of.build::<M>(values), condition.build::<M>(values));
    let [then, otherwise] = picks.map(|at| pick(T::values(values), at).clone());
    let sql = of.sql.eq(when(condition.sql, then.clone()).otherwise(otherwise.clone()));
    Condition::new(sql, move |w, r| {
        let chosen = if (condition.means)(w, r) == Some(true) { &then } else { &otherwise };
        (of.means)(w, r).map(|of| of == *chosen)
    })
}

/// The same of truth values, which are no type of their own here.
pub fn case_of_flags<M: Topic>(condition: &Cond, values: &Values, at: Pick, then: bool) -> Condition<M> {
    let (of, condition) = (M::flag(at), condition.build::<M>(values));
    let sql = of.sql.eq(when(condition.sql, then).otherwise(!then));
    Condition::new(sql, move |w, r| {
        let holds = (condition.means)(w, r) == Some(true);
        (of.means)(w, r).map(|of| of == (holds == then))
    })
}
