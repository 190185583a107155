//! Changes of the rows within a query's limits, what they return, and what of it is stored: each in a transaction that is
//! rolled back.

use std::collections::{BTreeMap, BTreeSet};

use ormgen_runtime::{
    functions::{coalesce, count, excluded, nullable, sum},
    prelude::*,
    query::{OfQuery, Update},
};
use proptest::{collection::vec, prelude::*};

use super::{
    Strange, Tested, answer, hold,
    make::{Ask, Make, ask, make, place},
    terms::{Big, Int, Term, Text, Topic},
    world::{Label, Part, Pick, Seed, Thing, pick, seed},
};

fn by_key(mut things: Vec<Thing>) -> Vec<Thing> {
    things.sort_by_key(Topic::key);
    things
}

/// The rows that an [`Ask`] gives, changed, and all rows with them.
fn changed(strange: &Strange, ask: &Ask, change: impl Fn(&Thing) -> Thing) -> (Vec<Thing>, Vec<Thing>) {
    let keys: BTreeSet<i64> = ask.cut(ask.rows::<Thing>(strange)).iter().map(Topic::key).collect();
    let all = by_key(strange.world.things.clone());
    let all: Vec<_> =
        all.into_iter().map(|thing| if keys.contains(&thing._1) { change(&thing) } else { thing }).collect();
    (all.iter().filter(|thing| keys.contains(&thing._1)).cloned().collect(), all)
}

#[test]
fn updates_return_the_rows_as_they_are() {
    let make = make(2);
    let Make { int, text, .. } = make.clone();
    let set = (int.clone(), text.clone(), place());
    hold((ask(&make), set, (int, text)), async |strange, (ask, set, returned)| {
        update_is_right(strange, ask, set, returned).await
    });
}

async fn update_is_right(
    strange: &Strange,
    ask: &Ask,
    (int, text, at): &(Int, Text, Pick),
    (number, words): &(Int, Text),
) -> Tested {
    let Strange { world, pool, .. } = strange;
    let values = &world.values;
    let update = || {
        let query = ask.query::<Thing>(values).limit(ask.limit).offset(ask.offset);
        query
            .update()
            .set(Thing::SUM, int.build::<Thing>(values).sql)
            .set(Thing::EXCLUDED, text.build::<Thing>(values).sql)
            .set(Thing::T1, Thing::up(&Big(*at), values).sql)
    };
    let above = Thing::T1_T0_MINUS;
    let (number, words) = (|| number.build::<Thing>(values), || words.build::<Thing>(values));
    let shown = update().sql();
    let tx = pool.begin().await.unwrap();
    let returned = update().returning((
        (Thing::_1, Thing::SUM, Thing::EXCLUDED, Thing::T1),
        (above.column(Thing::LOWER), above.column(Thing::T1), number().sql, words().sql),
    ));
    let mut found = answer(returned.all(&tx).await, &shown)?;
    tx.rollback().await.unwrap();
    found.sort_by_key(|(row, _)| row.0);

    let (int, text) = (int.build::<Thing>(values).means, text.build::<Thing>(values).means);
    let (up, number, words) = (Thing::up(&Big(*at), values).means, number().means, words().means);
    let (rows, all) = changed(strange, ask, |thing| Thing {
        sum: int(world, Some(thing)),
        excluded: text(world, Some(thing)),
        t1: up(world, Some(thing)),
        ..thing.clone()
    });
    let expected = rows.iter().map(|row| {
        // Other rows are as they were before the statement.
        let parent = world.parent(row);
        (
            (row._1, row.sum, row.excluded.clone(), row.t1),
            (
                parent.map(|parent| parent.lower.clone()),
                parent.and_then(|parent| parent.t1),
                number(world, Some(row)),
                words(world, Some(row)),
            ),
        )
    });
    prop_assert_eq!(found, expected.collect::<Vec<_>>(), "{}", &shown);
    stored_is_right(strange, update, &rows, &all).await
}

/// What an update stores, the rows that it gives, and a table of what it returns.
async fn stored_is_right(
    strange: &Strange,
    update: impl Fn() -> Update<Thing, OfQuery<Thing>>,
    rows: &[Thing],
    all: &[Thing],
) -> Tested {
    let (pool, shown) = (&strange.pool, update().sql());
    let tx = pool.begin().await.unwrap();
    let found = by_key(answer(update().all(&tx).await, &shown)?);
    let stored = answer(Thing::query().order_by(Thing::_1).all(&tx).await, &shown)?;
    tx.rollback().await.unwrap();
    prop_assert_eq!(&found, rows, "{}", &shown);
    prop_assert_eq!(&stored, all, "{}", &shown);

    let tx = pool.begin().await.unwrap();
    let (table, (key, total)) = update().returning((Thing::_1, Thing::SUM)).into_cte();
    let odd = table.filter(key.gt(2)).select((count(), sum(total)));
    let found = answer(odd.one(&tx).await, &shown)?;
    tx.rollback().await.unwrap();
    let odd: Vec<_> = rows.iter().filter(|row| row._1 > 2).collect();
    let total = odd.iter().filter_map(|row| row.sum).map(i64::from).reduce(|left, right| left + right);
    prop_assert_eq!(found, (i64::try_from(odd.len()).unwrap(), total), "{}", shown);
    Ok(())
}

#[test]
fn deletes_within_limits_return_what_was_there() {
    let make = make(2);
    hold((ask(&make), make.int.clone()), async |strange, (ask, int)| {
        let Strange { world, pool, .. } = strange;
        let int = || int.build::<Part>(&world.values);
        let delete = ask.query::<Part>(&world.values).limit(ask.limit).offset(ask.offset).delete();
        let shown = delete.sql();
        let above = Part::T0_T0_MINUS;
        let tx = pool.begin().await.unwrap();
        let gone = delete.returning((Part::QUESTION, above.column(Thing::LOWER), int().sql));
        let mut gone = answer(gone.all(&tx).await, &shown)?;
        let left = answer(Part::query().order_by(Part::QUESTION).all(&tx).await, &shown)?;
        tx.rollback().await.unwrap();
        gone.sort();
        let mut rows = ask.cut(ask.rows::<Part>(strange));
        rows.sort_by_key(Topic::key);
        let means = int().means;
        let expected = rows
            .iter()
            .map(|row| (row.question, world.whole(row).unwrap().lower.clone(), means(world, Some(row))));
        prop_assert_eq!(gone, expected.collect::<Vec<_>>(), "{}", &shown);
        let expected = world.parts.iter().filter(|part| !rows.contains(part)).cloned();
        prop_assert_eq!(left, expected.collect::<Vec<_>>(), "{}", shown);
        Ok(())
    });
}

/// The thing that is made of a part.
fn thing_of(key: i64, part: &Part, number: Option<i32>, words: Option<String>) -> Thing {
    Thing {
        _1: key,
        lower: words.clone().unwrap_or_else(|| "none".to_owned()),
        excluded: words,
        it_s_it: part.max.unwrap_or(7),
        sum: number,
        int4: None,
        count: None,
        null: None,
        t0: part.max.is_none(),
        größe_star: None,
        when: None,
        brace_brace: None,
        t1: Some(part.t0),
    }
}

/// What an upsert stores, if anything.
fn merged(old: Option<&Thing>, new: Thing, changes: bool) -> Option<Thing> {
    let Some(old) = old.cloned() else { return Some(new) };
    let sum = old.sum.zip(new.sum).map(|(old, new)| old + new);
    let is_changed = changes && old.t0 != new.t0;
    is_changed.then_some(Thing { lower: new.lower, excluded: new.excluded, sum, ..old })
}

#[test]
fn inserts_of_what_a_query_reads_store_it() {
    let make = make(2);
    hold(
        (ask(&make), make.int.clone(), make.text.clone(), 0..3usize),
        async |strange, (ask, int, text, conflict)| {
            let Strange { world, pool, .. } = strange;
            let values = &world.values;
            let (number, words) = (|| int.build::<Part>(values), || text.build::<Part>(values));
            let columns =
                (Thing::_1, Thing::LOWER, Thing::IT_S_IT, Thing::SUM, Thing::EXCLUDED, Thing::T0, Thing::T1);
            let query = || {
                ask.query::<Part>(values).limit(ask.limit).offset(ask.offset).select((
                    Part::QUESTION.cast_to::<i64>() + if *conflict == 0 { 1000 } else { 0 },
                    coalesce(words().sql, "none"),
                    coalesce(Part::MAX, 7),
                    number().sql,
                    words().sql,
                    Part::MAX.is_null(),
                    nullable(Part::T0),
                ))
            };
            let shown = query().sql();
            let tx = pool.begin().await.unwrap();
            let insert = Thing::insert_from(columns, query());
            let stored = match conflict {
                0 => insert.execute(&tx).await,
                1 => insert.on_conflict(Thing::_1).do_nothing().execute(&tx).await,
                _ => {
                    let update = insert.on_conflict(Thing::_1).do_update((Thing::LOWER, Thing::EXCLUDED));
                    let update = update.set(Thing::SUM, Thing::SUM + excluded(Thing::SUM));
                    update.filter(Thing::T0.ne(excluded(Thing::T0))).execute(&tx).await
                }
            };
            let stored = answer(stored, &shown)?;
            let all = answer(Thing::query().order_by(Thing::_1).all(&tx).await, &shown)?;
            tx.rollback().await.unwrap();

            let (number, words) = (number().means, words().means);
            let mut expected: BTreeMap<i64, Thing> =
                world.things.iter().map(|thing| (thing._1, thing.clone())).collect();
            let mut touched = 0;
            for part in ask.cut(ask.rows::<Part>(strange)) {
                let key = i64::from(part.question) + if *conflict == 0 { 1000 } else { 0 };
                let new = thing_of(key, &part, number(world, Some(&part)), words(world, Some(&part)));
                let Some(now) = merged(expected.get(&new._1), new, *conflict == 2) else { continue };
                touched += 1;
                expected.insert(now._1, now);
            }
            prop_assert_eq!(stored, touched, "{}", &shown);
            prop_assert_eq!(all, expected.into_values().collect::<Vec<_>>(), "{}", shown);
            Ok(())
        },
    );
}

#[test]
fn rows_are_stored_as_they_were_changed() {
    let rows = vec((place(), seed()), 0..6);
    hold(rows, async |strange, rows: &Vec<(Pick, Seed)>| {
        let Strange { world, pool, .. } = strange;
        let keys: Vec<i64> = world.things.iter().map(Topic::key).collect();
        let mut new = BTreeMap::new();
        for (at, seed) in rows {
            let key = *pick(&keys, *at);
            new.insert(key, seed.thing(key, &keys, &world.values));
        }
        let given: Vec<Thing> = new.values().cloned().collect();
        let columns = (Thing::SUM, Thing::T1, Thing::GRÖSSE_STAR, Thing::WHEN, Thing::LOWER, Thing::NULL);
        let tx = pool.begin().await.unwrap();
        let returned = Thing::update_many(&given).set_columns(columns);
        let returned = returned.returning((Thing::_1, Thing::T1_T0_MINUS.column(Thing::LOWER)));
        let mut returned = answer(returned.all(&tx).await, "update_many")?;
        let lists = Thing::update_many(&given).set_columns(Thing::BRACE_BRACE);
        answer(lists.execute(&tx).await, "update_many")?;
        let all = answer(Thing::query().order_by(Thing::_1).all(&tx).await, "all")?;
        tx.rollback().await.unwrap();
        let expected = by_key(world.things.clone()).into_iter().map(|old| match new.get(&old._1).cloned() {
            None => old,
            Some(Thing { sum, t1, größe_star, when, brace_brace, lower, null, .. }) => {
                Thing { sum, t1, größe_star, when, brace_brace, lower, null, ..old }
            }
        });
        prop_assert_eq!(all, expected.collect::<Vec<_>>());
        returned.sort();
        let expected =
            given.iter().map(|thing| (thing._1, world.parent(thing).map(|parent| parent.lower.clone())));
        let mut expected: Vec<_> = expected.collect();
        expected.sort();
        prop_assert_eq!(returned, expected);

        let tx = pool.begin().await.unwrap();
        for thing in &given {
            let before = world.things.iter().find(|before| before._1 == thing._1).unwrap();
            let saved = answer(thing.clone().save(before, &tx).await, "save")?;
            prop_assert_eq!(&saved, thing);
        }
        let all = answer(Thing::query().order_by(Thing::_1).all(&tx).await, "all")?;
        tx.rollback().await.unwrap();
        let expected =
            by_key(world.things.clone()).into_iter().map(|old| new.get(&old._1).cloned().unwrap_or(old));
        prop_assert_eq!(all, expected.collect::<Vec<_>>());
        Ok(())
    });
}

/// What is done with a row's links.
#[derive(Clone, Copy, Debug)]
enum Relinking {
    Add,
    Remove,
    Set,
    Clear,
}

#[test]
fn links_are_those_that_were_set() {
    let what = prop_oneof![
        Just(Relinking::Add),
        Just(Relinking::Remove),
        Just(Relinking::Set),
        Just(Relinking::Clear)
    ];
    hold((place(), what, vec(place(), 0..5)), async |strange, (at, what, labels)| {
        let Strange { world, pool, .. } = strange;
        let thing = pick(&world.things, *at);
        let labels: Vec<i32> = labels.iter().map(|at| pick(&world.labels, *at)._1).collect();
        let links = Thing::T1_EXISTS_SELECTS.of(thing);
        let relink = match what {
            Relinking::Add => links.add(labels.clone()),
            Relinking::Remove => links.remove(labels.clone()),
            Relinking::Set => links.set(labels.clone()),
            Relinking::Clear => links.clear(),
        };
        let tx = pool.begin().await.unwrap();
        let done = answer(relink.execute(&tx).await, "the links")?;
        let linked = Thing::T1_EXISTS_SELECTS.of(thing).order_by(Label::_1.asc()).select(Label::_1);
        let linked = answer(linked.all(&tx).await, "the links")?;
        tx.rollback().await.unwrap();
        let before: BTreeSet<i32> = world.labels(thing).iter().map(|label| label._1).collect();
        let labels: BTreeSet<i32> = labels.into_iter().collect();
        let after: BTreeSet<i32> = match what {
            Relinking::Add => before.union(&labels).copied().collect(),
            Relinking::Remove => before.difference(&labels).copied().collect(),
            Relinking::Set => labels,
            Relinking::Clear => BTreeSet::new(),
        };
        prop_assert_eq!(usize::try_from(done.added).unwrap(), after.difference(&before).count());
        prop_assert_eq!(usize::try_from(done.removed).unwrap(), before.difference(&after).count());
        prop_assert_eq!(linked, after.into_iter().collect::<Vec<_>>());
        Ok(())
    });
}
