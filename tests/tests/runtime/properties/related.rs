//! Loads related rows, and makes terms and conditions of the rows that a relation leads to.

use ormgen_runtime::{
    Relation,
    prelude::*,
    relation::{AtMostOne, Reach, Subject},
};
use proptest::prelude::*;

use super::{
    Strange, answer,
    conditions::{Cond, How},
    hold,
    make::{ask, make},
    tables::Rows,
    terms::{Built, Condition, Int, Means, Sum, Term, Topic, maybe},
    world::{Label, Part, Thing, Values, World},
};

/// A term of the row that a relation leads to.
pub fn up<M: Topic, R: Topic, K: 'static, S, T: Term>(
    relation: Relation<M, R, K, S>,
    row: for<'w> fn(&'w World, &M) -> Option<&'w R>,
    of: &T,
    values: &Values,
) -> Built<M, T::Value>
where
    S: Reach + AtMostOne,
{
    let of = of.build::<R>(values);
    Built::new(relation.column(of.sql), move |world, from| {
        (of.means)(world, from.and_then(|from| row(world, from)))
    })
}

/// A condition on the rows that a relation leads to.
pub fn exist<M: Topic, R: Topic>(
    relation: impl Subject<M, To = R>,
    rows: Rows<M, R>,
    how: How,
    of: &Cond,
    values: &Values,
) -> Condition<M> {
    let of = of.build::<R>(values);
    let sql = match how {
        How::Any => relation.any(of.sql),
        How::None => relation.none(of.sql),
        How::All => relation.all(of.sql),
    };
    Condition::new(sql, move |world, from| {
        let rows = from.map(|from| rows(world, from)).unwrap_or_default();
        let mut holds = rows.into_iter().map(|row| (of.means)(world, Some(row)) == Some(true));
        Some(match how {
            How::Any => holds.any(|holds| holds),
            How::None => !holds.any(|holds| holds),
            How::All => holds.all(|holds| holds),
        })
    })
}

/// A number made of the rows that a relation leads to.
pub fn sum_up<M: Topic, R: Topic>(
    relation: impl Subject<M, To = R>,
    rows: Rows<M, R>,
    how: Sum,
    of: &Int,
    only: &Cond,
    values: &Values,
) -> Built<M, i32> {
    let (of, only) = (of.build::<R>(values), only.build::<R>(values));
    let relation = relation.matching(only.sql);
    let sql = match how {
        Sum::Count => maybe(relation.count().cast_to::<i32>()),
        Sum::Total => maybe(relation.sum(of.sql).cast_to::<i32>()),
        Sum::Min => relation.min(of.sql),
        Sum::Max => relation.max(of.sql),
    };
    Built::new(sql, move |world, from| {
        let rows = from.map(|from| rows(world, from)).unwrap_or_default();
        let rows = rows.into_iter().filter(|row| (only.means)(world, Some(row)) == Some(true));
        if let Sum::Count = how {
            return Some(i32::try_from(rows.count()).unwrap());
        }
        let numbers = rows.filter_map(|row| (of.means)(world, Some(row)));
        match how {
            Sum::Min => numbers.min(),
            Sum::Max => numbers.max(),
            _ => numbers.reduce(|left, right| left + right),
        }
    })
}

#[test]
fn relations_load_the_rows_that_belong_to_a_row() {
    let make = make(2);
    let related = (make.cond.clone(), make.cond.clone(), make.cond.clone(), 0..4u64);
    hold((ask(&make), related), async |strange, (ask, related)| {
        let Strange { world, pool, .. } = strange;
        let (parts, labels, children, most) = related;
        let (parts, labels) = (parts.build::<Part>(&world.values), labels.build::<Label>(&world.values));
        let children = children.build::<Thing>(&world.values);
        let query = ask
            .query::<Thing>(&world.values)
            .with(Thing::T1_BY_T0.filter(parts.sql).order_by(Part::QUESTION.desc()))
            .with(Thing::T1_EXISTS_SELECTS.filter(labels.sql).order_by(Label::_1.asc()))
            .with(Thing::T0_MINUSES_BY_T1.filter(children.sql).order_by(Thing::_1.asc()).limit(*most))
            .with(Thing::T1_T0_MINUS);
        let shown = format!("{query:?}");
        let rows = answer(query.all(pool).await, &shown)?;
        let expected = ask.rows::<Thing>(strange).into_iter().map(|thing| {
            let mut of_it = kept(world, world.parts(&thing), &parts.means);
            of_it.reverse();
            let mut below = kept(world, world.children(&thing), &children.means);
            below.sort_by_key(Topic::key);
            below.truncate(usize::try_from(*most).unwrap());
            let parent = world.parent(&thing).cloned();
            let labels = kept(world, world.labels(&thing), &labels.means);
            (thing, of_it, labels, below, parent)
        });
        prop_assert_eq!(rows, expected.collect::<Vec<_>>(), "{}", shown);
        Ok(())
    });
}

fn kept<M: Topic>(world: &World, rows: Vec<&M>, holds: &Means<M, bool>) -> Vec<M> {
    let kept = rows.into_iter().filter(|row| holds(world, Some(row)) == Some(true));
    kept.cloned().collect()
}
