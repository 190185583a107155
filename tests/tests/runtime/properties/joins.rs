//! Joins along relations: to one row and to many, within each other, through a join table, and left ones.

use std::fmt::Debug;

use ormgen_runtime::{
    Query,
    functions::{count, position},
    prelude::*,
    query::{Select, Unlocked},
    relation::{Joined, JoinedItem, RowFirst},
};
use proptest::prelude::*;

use super::{
    Strange, Tested, answer, hold,
    make::{Ask, ask, make, place},
    terms::{Int, Means, Term, Topic},
    world::{Label, Part, Pick, Thing, World},
};

/// What is asked of joined rows beside the rows themselves.
type Beside = (Int, Pick);

fn cases() -> impl Strategy<Value = (Ask, Beside)> {
    let make = make(2);
    (ask(&make), (make.int, place()))
}

/// Each value beside each of the rows; beside none where there are none and `is_left` says so.
fn each<A: Clone, B>(first: A, rows: impl IntoIterator<Item = B>, is_left: bool) -> Vec<(A, Option<B>)> {
    let rows: Vec<_> = rows.into_iter().map(|row| (first.clone(), Some(row))).collect();
    if rows.is_empty() && is_left { vec![(first, None)] } else { rows }
}

fn inner<A: Clone, B>(first: A, rows: impl IntoIterator<Item = B>) -> Vec<(A, B)> {
    each(first, rows, false).into_iter().filter_map(|(first, row)| Some((first, row?))).collect()
}

fn left<A: Clone, B>(first: A, rows: impl IntoIterator<Item = B>) -> Vec<(A, Option<B>)> {
    each(first, rows, true)
}

fn owned<T: Clone>(rows: Vec<&T>) -> Vec<T> {
    rows.into_iter().cloned().collect()
}

/// Tests a query's joined rows.
async fn right<M, R>(
    strange: &Strange,
    (ask, beside): &(Ask, Beside),
    join: impl Fn(Query<M>) -> Select<M, Unlocked, Joined<R>>,
    rows: impl Fn(&World, &M) -> Vec<R>,
) -> Tested
where
    M: Topic,
    R: JoinedItem + RowFirst<M> + Debug + Clone + PartialEq + 'static,
{
    let Strange { world, pool, .. } = strange;
    let values = &world.values;
    let query = || join(ask.query::<M>(values));
    let shown = query().sql();
    let found = answer(query().all(pool).await, &shown)?;
    let keyed: Vec<(M, Vec<R>)> =
        ask.rows::<M>(strange).into_iter().map(|row| (row.clone(), rows(world, &row))).collect();
    let expected: Vec<R> = keyed.iter().flat_map(|(_, rows)| rows.clone()).collect();
    // Rows that stand beside the same one come in any order.
    prop_assert_eq!(in_runs(&keyed, &found), in_runs(&keyed, &expected), "{}", &shown);

    let keys: Vec<i64> = keyed.iter().flat_map(|(row, rows)| vec![row.key(); rows.len()]).collect();
    let cut = ask.cut(keys.clone());
    let limited = || query().limit(ask.limit).offset(ask.offset);
    let count = answer(limited().count(pool).await, &shown)?;
    prop_assert_eq!(usize::try_from(count).unwrap(), cut.len(), "{}", &shown);
    prop_assert_eq!(answer(limited().exists(pool).await, &shown)?, !cut.is_empty(), "{}", &shown);
    prop_assert_eq!(answer(limited().all(pool).await, &shown)?.len(), cut.len(), "{}", &shown);
    let selected = answer(limited().select((M::key_sql(), M::flag(beside.1).sql)).all(pool).await, &shown)?;
    let selected: Vec<_> = selected.into_iter().filter_map(|(key, _)| key).collect();
    prop_assert_eq!(selected, cut, "{}", &shown);

    let rows: Vec<&M> = keyed.iter().flat_map(|(row, rows)| vec![row; rows.len()]).collect();
    let unsorted = Ask { order: Vec::new(), ..ask.clone() };
    let unsorted = || join(M::query().filter(unsorted.parts::<M>(values).0));
    grouped_is_right(strange, beside, &unsorted, &rows).await
}

/// Rows in the order of their first one, those of one in the order of their texts.
fn in_runs<M, R: Debug>(keyed: &[(M, Vec<R>)], rows: &[R]) -> Vec<Vec<String>> {
    let mut rest = rows.iter().map(|row| format!("{row:?}"));
    let mut runs: Vec<Vec<String>> =
        keyed.iter().map(|(_, of_it)| rest.by_ref().take(of_it.len()).collect()).collect();
    runs.push(rest.collect());
    runs.iter_mut().for_each(|run| run.sort());
    runs
}

/// Groups of the joined rows, and the values that differ.
async fn grouped_is_right<M: Topic, R: JoinedItem + 'static>(
    strange: &Strange,
    (int, at): &Beside,
    query: &impl Fn() -> Select<M, Unlocked, Joined<R>>,
    rows: &[&M],
) -> Tested {
    let Strange { world, pool, .. } = strange;
    let int = || int.build::<M>(&world.values);
    let (number, flag): (Means<M, i32>, _) = (int().means, M::flag(*at).means);
    let groups = query().group_by(M::flag(*at).sql).select((M::flag(*at).sql, count()));
    let groups = groups.order_by(position(1).asc().nulls_first());
    let shown = format!("{groups:?}");
    let found = answer(groups.all(pool).await, &shown)?;
    let mut expected = std::collections::BTreeMap::<_, i64>::new();
    for row in rows {
        *expected.entry(flag(world, Some(row))).or_default() += 1;
    }
    prop_assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "{}", &shown);
    let distinct = query().select(int().sql).distinct();
    let mut values = answer(distinct.clone().all(pool).await, &shown)?;
    values.sort_unstable();
    let mut expected: Vec<_> = rows.iter().map(|row| number(world, Some(row))).collect();
    expected.sort_unstable();
    expected.dedup();
    prop_assert_eq!(&values, &expected, "{}", &shown);
    let count = answer(distinct.count(pool).await, &shown)?;
    prop_assert_eq!(usize::try_from(count).unwrap(), expected.len(), "{}", shown);
    Ok(())
}

#[test]
fn joins_to_one_row() {
    hold(cases(), async |strange, case| {
        let join = |query: Query<Thing>| query.join(Thing::T1_T0_MINUS);
        right(strange, case, join, |world, thing| inner(thing.clone(), owned(world.parents(thing)))).await?;
        let join = |query: Query<Thing>| query.left_join(Thing::T1_T0_MINUS.left_join(Thing::T1_T0_MINUS));
        right(strange, case, join, |world, thing| {
            let above = |parent: &Thing| (parent.clone(), world.parent(parent).cloned());
            vec![(thing.clone(), world.parent(thing).map(above))]
        })
        .await?;
        let join = |query: Query<Part>| {
            query.join(Part::T0_T0_MINUS.left_join(Thing::T1_T0_MINUS).join(Thing::T1_EXISTS_SELECTS))
        };
        right(strange, case, join, |world, part| {
            let whole = world.whole(part).unwrap();
            let labels = owned(world.labels(whole));
            let joined = labels.into_iter().map(|label| (whole.clone(), world.parent(whole).cloned(), label));
            inner(part.clone(), joined)
        })
        .await
    });
}

#[test]
fn joins_to_many_rows() {
    hold(cases(), async |strange, case| {
        let join = |query: Query<Thing>| query.left_join(Thing::T1_BY_T0);
        right(strange, case, join, |world, thing| left(thing.clone(), owned(world.parts(thing)))).await?;
        let join = |query: Query<Thing>| {
            query.join(Thing::T0_MINUSES_BY_T1.left_join(Thing::T1_BY_T0)).left_join(Thing::T1_T0_MINUS)
        };
        right(strange, case, join, |world, thing| {
            let children = owned(world.children(thing)).into_iter();
            let below = children.flat_map(|child| left(child.clone(), owned(world.parts(&child))));
            let rows = inner(thing.clone(), below).into_iter();
            rows.map(|(thing, below)| (thing.clone(), below, world.parent(&thing).cloned())).collect()
        })
        .await?;
        let join = |query: Query<Thing>| {
            query.left_join(Thing::T0_MINUSES_BY_T1.left_join(Thing::T1_T0_MINUS)).join(Thing::T1_BY_T0)
        };
        right(strange, case, join, |world, thing| {
            let children = owned(world.children(thing)).into_iter();
            let below = left(thing.clone(), children.map(|child| (child, Some(thing.clone()))));
            let rows = below.into_iter().flat_map(|row| inner(row, owned(world.parts(thing))));
            rows.map(|((thing, below), part)| (thing, below, part)).collect()
        })
        .await
    });
}

#[test]
fn joins_through_a_join_table() {
    hold(cases(), async |strange, case| {
        let join = |query: Query<Thing>| query.join(Thing::T1_EXISTS_SELECTS);
        right(strange, case, join, |world, thing| inner(thing.clone(), owned(world.labels(thing)))).await?;
        let join = |query: Query<Thing>| query.left_join(Thing::T1_EXISTS_SELECTS).left_join(Thing::T1_BY_T0);
        right(strange, case, join, |world, thing| {
            let rows = left(thing.clone(), owned(world.labels(thing))).into_iter();
            let rows = rows.flat_map(|row| left(row, owned(world.parts(thing))));
            rows.map(|((thing, label), part)| (thing, label, part)).collect()
        })
        .await?;
        let join = |query: Query<Label>| {
            query.left_join(
                Label::T0_T0_MINUSES.left_join(Thing::T1_T0_MINUS).left_join(Thing::T1_EXISTS_SELECTS),
            )
        };
        right(strange, case, join, |world, label| {
            let things = owned(world.labelled(label)).into_iter();
            let rows = things.flat_map(|thing| {
                let (parent, labels) = (world.parent(&thing).cloned(), owned(world.labels(&thing)));
                let rows = left((thing, parent), labels).into_iter();
                rows.map(|((thing, parent), label)| (thing, parent, label)).collect::<Vec<_>>()
            });
            left(label.clone(), rows)
        })
        .await
    });
}
