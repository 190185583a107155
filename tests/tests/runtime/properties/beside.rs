//! A table beside itself under an alias: joined on conditions on both rows, and in conditions and values of a row.

use ormgen_runtime::{Filter, prelude::*, query::TableAlias};
use proptest::prelude::*;

use super::{
    Of, Strange, Tested, answer,
    conditions::{Cond, Op},
    for_topic, hold,
    make::{Ask, ask, make, op},
    of,
    terms::{Built, Condition, Int, Means, Sum, Term, Topic, maybe},
    world::{Label, Part, Thing, Values, World},
};

/// Which rows stand beside a row: a number of theirs compared with one of the row's, and a condition on them alone.
#[derive(Clone, Debug)]
pub struct Pairing {
    pub theirs: Int,
    pub op: Op,
    pub own: Int,
    pub only: Cond,
}

pub fn pairing(int: BoxedStrategy<Int>, cond: BoxedStrategy<Cond>) -> impl Strategy<Value = Pairing> {
    let parts = (int.clone(), op(), int, cond);
    parts.prop_map(|(theirs, op, own, only)| Pairing { theirs, op, own, only })
}

/// Whether the second row stands beside the first.
type Beside<M> = Box<dyn Fn(&World, Option<&M>, &M) -> bool>;

impl Pairing {
    fn build<M: Topic, K: ormgen_runtime::query::Kind>(
        &self,
        alias: TableAlias<M, K>,
        values: &Values,
    ) -> (Filter<M>, Beside<M>) {
        let (theirs, own) = (self.theirs.build::<M>(values), self.own.build::<M>(values));
        let (only, op) = (self.only.build::<M>(values), self.op);
        let sql = op.sql(maybe(alias.column(theirs.sql)), own.sql).and(alias.column(only.sql));
        let holds = move |world: &World, row: Option<&M>, other: &M| {
            let theirs = (theirs.means)(world, Some(other));
            let own = (own.means)(world, row);
            let compared = theirs.zip(own).is_some_and(|(theirs, own)| op.holds(&theirs, &own));
            compared && (only.means)(world, Some(other)) == Some(true)
        };
        (sql, Box::new(holds))
    }
}

/// A number made of the rows of the same table that stand beside a row.
pub fn sum_beside<M: Topic>(pairing: &Pairing, how: Sum, of: &Int, values: &Values) -> Built<M, i32> {
    let other = M::alias("other");
    let (on, holds) = pairing.build(other, values);
    let (rows, of) = (other.on(on), of.build::<M>(values));
    let sql = match how {
        Sum::Count => maybe(rows.count().cast_to::<i32>()),
        Sum::Total => maybe(rows.sum(of.sql).cast_to::<i32>()),
        Sum::Min => rows.min(other.column(of.sql)),
        // The largest number is the first in this order.
        Sum::Max => rows.order_by(of.sql.clone().desc().nulls_last()).first(of.sql),
    };
    Built::new(sql, move |world, row| {
        let beside = M::all(world).iter().filter(|other| holds(world, row, other));
        if let Sum::Count = how {
            return Some(i32::try_from(beside.count()).unwrap());
        }
        let numbers = beside.filter_map(|other| (of.means)(world, Some(other)));
        match how {
            Sum::Min => numbers.min(),
            Sum::Max => numbers.max(),
            _ => numbers.reduce(|left, right| left + right),
        }
    })
}

/// Whether a row of the same table stands beside a row.
pub fn exists_beside<M: Topic>(pairing: &Pairing, values: &Values) -> Condition<M> {
    let other = M::alias("other");
    let (on, holds) = pairing.build(other, values);
    Condition::new(other.on(on).exists(), move |world, row| {
        Some(M::all(world).iter().any(|other| holds(world, row, other)))
    })
}

/// A query that joins the rows beside its own.
#[derive(Clone, Debug)]
struct Paired {
    ask: Ask,
    pairing: Pairing,
    /// Whether rows without another are kept.
    is_left: bool,
    /// How many rows are taken beside each.
    most: Option<u64>,
    /// What has to hold for the joined row.
    then: Cond,
}

#[test]
fn a_table_beside_itself_gives_the_pairs_that_plain_rust_finds() {
    let make = make(2);
    let most = proptest::option::of(0..3u64);
    let pairing = pairing(make.int.clone(), make.cond.clone());
    let paired = (ask(&make), pairing, any::<bool>(), most, make.cond.clone())
        .prop_map(|(ask, pairing, is_left, most, then)| Paired { ask, pairing, is_left, most, then });
    hold((of(), paired), async |strange, (of, paired)| for_topic!(of, pairs_are_right(strange, paired)));
}

async fn pairs_are_right<M: Topic>(strange: &Strange, paired: &Paired) -> Tested {
    let Strange { world, pool, .. } = strange;
    let Paired { ask, pairing, is_left, most, then } = paired;
    let other = M::alias("other").optional();
    let (on, holds) = pairing.build(other, &world.values);
    let (then, number) = (then.build::<M>(&world.values), pairing.own.build::<M>(&world.values));
    let query = || ask.query::<M>(&world.values).order_by(other.column(M::key_sql()).asc().nulls_last());
    let rows = other.on(on).order_by(M::key_sql().desc()).limit(*most);
    let values = (M::key_sql(), other.column(M::key_sql()), other.column(number.sql));
    let (shown, found, selected) = if *is_left {
        let query =
            query().left_join(rows).filter(other.column(then.sql)).offset(ask.offset).limit(ask.limit);
        (
            query.sql(),
            answer(query.clone().all(pool).await, &query.sql())?,
            query.select(values).all(pool).await,
        )
    } else {
        let query = query().join(rows).filter(other.column(then.sql)).offset(ask.offset).limit(ask.limit);
        let found = answer(query.clone().all(pool).await, &query.sql())?;
        let found = found.into_iter().map(|(own, other)| (own, Some(other))).collect();
        (query.sql(), found, query.select(values).all(pool).await)
    };
    let expected = pairs(strange, ask, &*holds, *is_left, *most, &then.means);
    prop_assert_eq!(&found, &expected, "{}", shown);
    let selected = answer(selected, &shown)?;
    let values = expected.iter().map(|(own, other)| {
        (Some(own.key()), other.as_ref().map(Topic::key), (number.means)(world, other.as_ref()))
    });
    prop_assert_eq!(selected, values.collect::<Vec<_>>(), "{}", shown);
    Ok(())
}

/// The pairs, in the order of the query, within its limits.
fn pairs<M: Topic>(
    strange: &Strange,
    ask: &Ask,
    holds: &dyn Fn(&World, Option<&M>, &M) -> bool,
    is_left: bool,
    most: Option<u64>,
    then: &Means<M, bool>,
) -> Vec<(M, Option<M>)> {
    let world = &strange.world;
    let mut pairs = Vec::new();
    for own in ask.rows::<M>(strange) {
        let mut beside: Vec<M> = M::all(world).to_vec();
        beside.retain(|other| holds(world, Some(&own), other));
        beside.sort_by_key(Topic::key);
        let most = most.map_or(usize::MAX, |most| usize::try_from(most).unwrap());
        let first = beside.len().saturating_sub(most);
        let beside: Vec<Option<M>> = beside.split_off(first).into_iter().map(Some).collect();
        let beside = if is_left && beside.is_empty() { vec![None] } else { beside };
        let kept = beside.into_iter().filter(|other| then(world, other.as_ref()) == Some(true));
        pairs.extend(kept.map(|other| (own.clone(), other)));
    }
    ask.cut(pairs)
}
