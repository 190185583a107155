//! Groups, by columns and by expressions, and what is made of each.

use std::collections::BTreeMap;

use ormgen_runtime::{
    functions::{concat, count, max, min, position, sum},
    prelude::*,
};
use proptest::prelude::*;

use super::{
    Of, Strange, Tested, answer,
    conditions::Cond,
    for_topic, hold,
    make::{Ask, Make, make, place},
    of,
    terms::{Int, Term, Text, Topic},
    world::{Label, Part, Pick, Thing},
};

#[test]
fn groups_by_expressions_are_those_that_plain_rust_makes() {
    let Make { int, text, cond } = make(2);
    hold((of(), cond, int, text), async |strange, (of, cond, int, text)| {
        for_topic!(of, groups_by_expressions_are_right(strange, cond, int, text))
    });
}

/// The same expressions, made anew with values of their own wherever the query has them.
async fn groups_by_expressions_are_right<M: Topic>(
    strange: &Strange,
    cond: &Cond,
    int: &Int,
    text: &Text,
) -> Tested {
    let Strange { world, pool, .. } = strange;
    let values = &world.values;
    let (number, words) = (|| int.build::<M>(values).sql, || text.build::<M>(values).sql);
    let filtered = || M::query().filter(cond.build(values).sql);
    let query = filtered()
        .group_by((number(), words()))
        .select((number(), concat(words(), "!"), count()))
        .order_by((number().asc(), words().asc()));
    let shown = format!("{query:?}");
    let rows = answer(query.all(pool).await, &shown)?;
    let first = filtered().distinct_on(number()).order_by((number().desc(), M::key_sql().asc()));
    let first = answer(first.all(pool).await, &shown)?;

    let ask = Ask { filters: vec![cond.clone()], order: Vec::new(), limit: None, offset: None };
    let means = (int.build::<M>(values).means, text.build::<M>(values).means);
    let key = |row: &M| ((means.0)(world, Some(row)), (means.1)(world, Some(row)));
    let mut groups = BTreeMap::<_, i64>::new();
    let mut firsts = BTreeMap::<_, M>::new();
    for row in ask.rows::<M>(strange) {
        let (number, words) = key(&row);
        // NULL is larger than all else.
        let ranked = |of: &Option<i32>| (of.is_none(), *of);
        *groups.entry((ranked(&number), (words.is_none(), words))).or_default() += 1;
        firsts.entry(ranked(&number)).or_insert(row);
    }
    let expected: Vec<_> = groups
        .into_iter()
        .map(|(((_, number), (_, words)), count)| (number, words.map(|words| words + "!"), count))
        .collect();
    prop_assert_eq!(rows, expected, "{}", shown);
    prop_assert_eq!(first, firsts.into_values().rev().collect::<Vec<_>>(), "{}", shown);
    Ok(())
}

/// Of which rows groups are made, by which columns, what is taken of them, and how many rows a group must have.
type Groups = (Vec<Cond>, (Pick, Pick), (Int, Text, Int, Cond), i64);

#[test]
fn groups_are_those_that_plain_rust_makes() {
    let make = make(2);
    let Make { int, text, cond } = make.clone();
    let groups = (
        proptest::collection::vec(cond.clone(), 0..2),
        (place(), place()),
        (int.clone(), text, int, cond),
        0..3i64,
    );
    hold((of(), groups), async |strange, (of, groups)| for_topic!(of, groups_are_right(strange, groups)));
}

async fn groups_are_right<M: Topic>(strange: &Strange, groups: &Groups) -> Tested {
    let Strange { world, pool, .. } = strange;
    let values = &world.values;
    let (filters, (flag, text), (summed, smallest, largest, only), more_than) = groups;
    let ask = Ask { filters: filters.clone(), order: Vec::new(), limit: None, offset: None };
    let (flag, text) = (|| M::flag(*flag), || M::text(*text));
    let (summed, smallest) = (summed.build::<M>(values), smallest.build::<M>(values));
    let (largest, only) = (largest.build::<M>(values), only.build::<M>(values));

    let query = filters.iter().fold(M::query(), |query, of| query.filter(of.build(values).sql));
    let aggregates = (count(), sum(summed.sql), min(smallest.sql), max(largest.sql).filter(only.sql));
    let query = query
        .group_by((flag().sql, text().sql))
        .select((flag().sql, text().sql, aggregates.0, aggregates.1, aggregates.2, aggregates.3))
        .having(count().gt(*more_than))
        .order_by(position(1).asc().nulls_first())
        .order_by(position(2).asc().nulls_first());
    let shown = format!("{query:?}");
    let rows = answer(query.all(pool).await, &shown)?;

    let mut expected = BTreeMap::<_, Vec<M>>::new();
    for row in ask.rows::<M>(strange) {
        let key = ((flag().means)(world, Some(&row)), (text().means)(world, Some(&row)));
        expected.entry(key).or_default().push(row);
    }
    expected.retain(|_, rows| i64::try_from(rows.len()).unwrap() > *more_than);
    let expected = expected.into_iter().map(|((flag, text), rows)| {
        let all = || rows.iter().map(Some);
        let sum = all()
            .filter_map(|row| (summed.means)(world, row))
            .map(i64::from)
            .reduce(|left, right| left + right);
        let only = all().filter(|row| (only.means)(world, *row) == Some(true));
        let largest = only.filter_map(|row| (largest.means)(world, row)).max();
        let smallest = all().filter_map(|row| (smallest.means)(world, row)).min();
        (flag, text, i64::try_from(rows.len()).unwrap(), sum, smallest, largest)
    });
    prop_assert_eq!(rows, expected.collect::<Vec<_>>(), "{}", shown);
    Ok(())
}
