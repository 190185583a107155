//! Trees, and cycles in them: the rows above a row, those below it, and how many there are.

use std::collections::BTreeSet;

use ormgen_runtime::prelude::*;
use proptest::prelude::*;

use super::{
    Strange, answer, hold,
    make::{ask, make, place},
    terms::Topic,
    world::{Thing, World},
};

/// The keys of the rows that steps lead to.
fn reached(world: &World, start: Vec<i64>, step: impl Fn(&Thing) -> Vec<i64>) -> BTreeSet<i64> {
    let (mut found, mut next) = (BTreeSet::new(), start);
    while let Some(key) = next.pop() {
        if found.insert(key) {
            next.extend(world.things.iter().filter(|thing| thing._1 == key).flat_map(&step));
        }
    }
    found
}

fn above(world: &World, thing: &Thing) -> BTreeSet<i64> {
    reached(world, thing.t1.into_iter().collect(), |thing| thing.t1.into_iter().collect())
}

fn below(world: &World, thing: &Thing) -> BTreeSet<i64> {
    let children = |thing: &Thing| world.children(thing).iter().map(|child| child._1).collect();
    reached(world, children(thing), children)
}

#[test]
fn trees_are_walked() {
    hold((ask(&make(2)), place()), async |strange, (ask, at)| {
        let Strange { world, pool, .. } = strange;
        let thing = super::world::pick(&world.things, *at);
        let (filter, order) = ask.parts::<Thing>(&world.values);
        let depth = || Thing::T1_T0_MINUS.depth();
        let limited = |query: ormgen_runtime::Query<Thing>| {
            let query = query.filter(filter.clone()).order_by(order.clone());
            query.limit(ask.limit).offset(ask.offset)
        };
        let ways = [
            (Thing::T1_T0_MINUS.ancestors(thing), above(world, thing)),
            (Thing::T1_T0_MINUS.descendants(thing), below(world, thing)),
        ];
        for (query, keys) in ways {
            let query = limited(query).annotate(depth());
            let shown = query.sql();
            let rows = world.things.iter().filter(|thing| keys.contains(&thing._1)).collect();
            let expected: Vec<_> = ask.beside(world, rows);
            let expected = expected.into_iter().map(|row| {
                let depth = above(world, &row).len();
                (row, i64::try_from(depth).unwrap())
            });
            let expected: Vec<_> = expected.collect();
            prop_assert_eq!(&answer(query.clone().all(pool).await, &shown)?, &expected, "{}", &shown);
            let count = answer(query.count(pool).await, &shown)?;
            prop_assert_eq!(usize::try_from(count).unwrap(), expected.len(), "{}", shown);
        }
        let query = limited(Thing::query()).filter(depth().gt(i64::try_from(*at % 3).unwrap()));
        let found = answer(query.select((Thing::_1, depth())).count(pool).await, "depth")?;
        let deep: Vec<_> = world.things.iter().filter(|thing| above(world, thing).len() > *at % 3).collect();
        prop_assert_eq!(usize::try_from(found).unwrap(), ask.beside(world, deep).len());
        let _ = Topic::key(thing);
        Ok(())
    });
}
