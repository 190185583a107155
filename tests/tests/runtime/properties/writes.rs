//! Updates, deletes and upserts: each in a transaction that is rolled back.

use std::collections::BTreeMap;

use ormgen_runtime::{functions::excluded, prelude::*};
use proptest::prelude::*;

use super::{
    Of, Strange, Tested, answer,
    conditions::Cond,
    for_topic, hold,
    make::{Make, make},
    of,
    terms::{Term, Topic},
    world::{Label, Part, Seed, Thing, World, new_thing, seed, thing_key},
};

fn by_key<M: Topic>(mut rows: Vec<M>) -> Vec<M> {
    rows.sort_by_key(Topic::key);
    rows
}

#[test]
fn updates_store_what_plain_rust_computes() {
    let Make { int, text, cond } = make(3);
    hold((cond, int, text), async |strange, (cond, int, text)| {
        let Strange { world, pool, .. } = strange;
        let (cond, int) = (cond.build::<Thing>(&world.values), int.build::<Thing>(&world.values));
        let text = text.build::<Thing>(&world.values);
        let tx = pool.begin().await.unwrap();
        let update =
            Thing::query().filter(cond.sql).update().set(Thing::SUM, int.sql).set(Thing::EXCLUDED, text.sql);
        let shown = format!("{update:?}");
        let changed = by_key(answer(update.all(&tx).await, &shown)?);
        let all = answer(Thing::query().order_by(Thing::_1.asc()).all(&tx).await, &shown)?;
        tx.rollback().await.unwrap();

        let (mut expected, mut expected_all) = (Vec::new(), Vec::new());
        for thing in by_key(world.things.clone()) {
            if (cond.means)(world, Some(&thing)) == Some(true) {
                let sum = (int.means)(world, Some(&thing));
                let excluded = (text.means)(world, Some(&thing));
                let thing = Thing { sum, excluded, ..thing };
                expected.push(thing.clone());
                expected_all.push(thing);
            } else {
                expected_all.push(thing);
            }
        }
        prop_assert_eq!(changed, expected, "{}", &shown);
        prop_assert_eq!(all, expected_all, "{}", shown);
        Ok(())
    });
}

#[test]
fn deletes_take_the_rows_that_plain_rust_finds() {
    hold((of(), make(3).cond), async |strange, (of, cond)| for_topic!(of, delete_is_right(strange, cond)));
}

async fn delete_is_right<M: Topic<Kind = ormgen_runtime::generated::Table>>(
    strange: &Strange,
    cond: &Cond,
) -> Tested {
    let Strange { world, pool, .. } = strange;
    let cond = cond.build::<M>(&world.values);
    let tx = pool.begin().await.unwrap();
    let delete = M::query().filter(cond.sql).delete();
    let shown = format!("{delete:?}");
    let gone = by_key(answer(delete.all(&tx).await, &shown)?);
    let left = answer(M::query().order_by(M::key_sql().asc()).all(&tx).await, &shown)?;
    tx.rollback().await.unwrap();
    let (expected_gone, expected_left): (Vec<M>, Vec<M>) = by_key(M::all(world).to_vec())
        .into_iter()
        .partition(|row| (cond.means)(world, Some(row)) == Some(true));
    prop_assert_eq!(gone, expected_gone, "{}", shown);
    let keys = |rows: &[M]| rows.iter().map(Topic::key).collect::<Vec<_>>();
    prop_assert_eq!(keys(&left), keys(&expected_left), "{}", shown);
    Ok(())
}

#[test]
fn upserts_keep_change_and_add_what_plain_rust_does() {
    let Make { int, cond, .. } = make(2);
    let rows = proptest::collection::btree_map(0..20usize, seed(), 0..6);
    hold((rows, int, cond, any::<bool>()), async |strange, (rows, int, cond, changes)| {
        let Strange { world, pool, .. } = strange;
        let keys: Vec<_> = world.things.iter().map(Topic::key).collect();
        let thing = |(at, seed): (&usize, &Seed)| seed.thing(thing_key(*at), &keys, &world.values);
        let offered: Vec<Thing> = rows.iter().map(thing).collect();
        let (int, cond) = (int.build::<Thing>(&world.values), cond.build::<Thing>(&world.values));

        let tx = pool.begin().await.unwrap();
        let insert = Thing::insert_many(offered.iter().map(new_thing)).on_conflict(Thing::_1);
        let result = if *changes {
            let upsert = insert
                .do_update((Thing::LOWER, Thing::BRACE_BRACE))
                .set(Thing::SUM, int.sql + excluded(Thing::SUM))
                .set(Thing::EXCLUDED, excluded(Thing::EXCLUDED))
                .filter(cond.sql);
            upsert.execute(&tx).await
        } else {
            insert.do_nothing().execute(&tx).await
        };
        let count = answer(result, "the upsert")?;
        let all = answer(Thing::query().order_by(Thing::_1.asc()).all(&tx).await, "all")?;
        tx.rollback().await.unwrap();

        let mut expected: BTreeMap<i64, Thing> =
            world.things.iter().map(|thing| (thing._1, thing.clone())).collect();
        let mut touched = 0;
        let mut rest = &*offered;
        // Rows with an array go in statements of a power of two of them, each of which sees what those before it did.
        while !rest.is_empty() {
            let (batch, others) = rest.split_at(1 << rest.len().ilog2());
            rest = others;
            let world = World { things: expected.values().cloned().collect(), ..world.clone() };
            for new in batch.iter().cloned() {
                let now = match expected.get(&new._1).cloned() {
                    None => new,
                    Some(old) if *changes && (cond.means)(&world, Some(&old)) == Some(true) => {
                        let sum = (int.means)(&world, Some(&old)).and_then(|int| Some(int + new.sum?));
                        let Thing { lower, excluded, brace_brace, .. } = new;
                        Thing { lower, excluded, brace_brace, sum, ..old }
                    }
                    Some(_) => continue,
                };
                touched += 1;
                expected.insert(now._1, now);
            }
        }
        prop_assert_eq!(count, touched);
        prop_assert_eq!(all, expected.into_values().collect::<Vec<_>>());
        Ok(())
    });
}
