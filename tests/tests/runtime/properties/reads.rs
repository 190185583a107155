//! Rows, selected expressions, the first of rows alike, and pages.

use ormgen_runtime::{functions::desc, prelude::*};
use proptest::prelude::*;

use super::{
    Of, Strange, Tested, answer,
    conditions::Cond,
    for_topic, hold,
    make::{Ask, By, Make, Sort, ask, make, place},
    of,
    terms::{Int, Term, Text, Topic},
    world::{Label, Part, Pick, Thing},
};

/// A query with the limits of an [`Ask`]: they make it one of another type.
macro_rules! limited {
    ($ask:expr, $query:expr, |$limited:ident| $run:expr) => {
        match ($ask.limit, $ask.offset) {
            (None, None) => {
                let $limited = $query;
                $run
            }
            (Some(limit), None) => {
                let $limited = $query.limit(limit);
                $run
            }
            (None, Some(offset)) => {
                let $limited = $query.offset(offset);
                $run
            }
            (Some(limit), Some(offset)) => {
                let $limited = $query.limit(limit).offset(offset);
                $run
            }
        }
    };
}

#[test]
fn rows_are_those_that_plain_rust_finds() {
    hold((of(), ask(&make(3))), async |strange, (of, ask)| for_topic!(of, rows_are_right(strange, ask)));
}

async fn rows_are_right<M: Topic>(strange: &Strange, ask: &Ask) -> Tested {
    let text = format!("{:?}", ask.query::<M>(&strange.world.values));
    // The text is that of the shape: other values, and more of them, leave it as it is.
    prop_assert_eq!(&text, &format!("{:?}", ask.query::<M>(&strange.others)));
    let query = || ask.query::<M>(&strange.world.values);
    let expected = ask.cut(ask.rows::<M>(strange));
    let rows = limited!(ask, query(), |query| query.all(&strange.pool).await);
    prop_assert_eq!(&answer(rows, &text)?, &expected, "{}", text);
    let count = limited!(ask, query(), |query| query.count(&strange.pool).await);
    prop_assert_eq!(usize::try_from(answer(count, &text)?).unwrap(), expected.len(), "{}", text);
    Ok(())
}

#[test]
fn selected_expressions_are_what_plain_rust_computes() {
    let make = make(3);
    let selected = (make.int.clone(), make.text.clone(), place());
    hold((of(), ask(&make), selected), async |strange, (of, ask, selected)| {
        for_topic!(of, selection_is_right(strange, ask, selected))
    });
}

async fn selection_is_right<M: Topic>(strange: &Strange, ask: &Ask, selected: &(Int, Text, Pick)) -> Tested {
    let Strange { world, pool, .. } = strange;
    let (int, text) = (selected.0.build::<M>(&world.values), selected.1.build::<M>(&world.values));
    let flag = M::flag(selected.2);
    let query = ask.query::<M>(&world.values).select((M::key_sql(), int.sql, text.sql, flag.sql));
    let shown = format!("{query:?}");
    let rows = limited!(ask, query, |query| query.all(pool).await);
    let expected = ask.rows::<M>(strange).into_iter().map(|row| {
        let row = Some(&row);
        (row.map(Topic::key), (int.means)(world, row), (text.means)(world, row), (flag.means)(world, row))
    });
    prop_assert_eq!(answer(rows, &shown)?, ask.cut(expected.collect()), "{}", shown);
    Ok(())
}

#[test]
fn of_rows_alike_the_first_is_taken() {
    hold((of(), ask(&make(2)), place()), async |strange, (of, ask, at)| {
        for_topic!(of, first_rows_are_right(strange, ask, *at))
    });
}

async fn first_rows_are_right<M: Topic>(strange: &Strange, ask: &Ask, at: Pick) -> Tested {
    let Strange { world, pool, .. } = strange;
    let sorted = |by| Sort { by, is_descending: false, nulls_first: None };
    let alike = [sorted(By::Flag(at)), sorted(By::Text(Text::Column(at)))];
    let ask = Ask { order: alike.into_iter().chain(ask.order.clone()).collect(), ..ask.clone() };
    let (flag, text) = (|| M::flag(at), || M::text(at));
    let query = || ask.query::<M>(&world.values).distinct_on((flag().sql, text().sql));
    let shown = format!("{:?}", query());
    let mut expected = ask.rows::<M>(strange);
    let key = |row: &M| ((flag().means)(world, Some(row)), (text().means)(world, Some(row)));
    expected.dedup_by_key(|row| key(row));
    let keys: Vec<_> = expected.iter().map(|row| Some(row.key())).collect();
    prop_assert_eq!(
        answer(query().count(pool).await, &shown)?,
        i64::try_from(keys.len()).unwrap(),
        "{}",
        shown
    );
    prop_assert_eq!(answer(query().all(pool).await, &shown)?, expected, "{}", shown);
    let selected = query().select(M::key_sql()).all(pool).await;
    prop_assert_eq!(answer(selected, &shown)?, keys, "{}", shown);
    Ok(())
}

#[test]
fn pages_are_all_rows_one_after_the_other() {
    let Make { int, text, cond } = make(2);
    hold((of(), cond, int, text, 1..5u64), async |strange, (of, cond, int, text, size)| {
        for_topic!(of, pages_are_right(strange, cond, int, text, *size))
    });
}

async fn pages_are_right<M: Topic>(
    strange: &Strange,
    cond: &Cond,
    int: &Int,
    text: &Text,
    size: u64,
) -> Tested {
    let Strange { world, pool, .. } = strange;
    let values = &world.values;
    let order = vec![
        Sort { by: By::Int(int.clone()), is_descending: false, nulls_first: None },
        Sort { by: By::Text(text.clone()), is_descending: true, nulls_first: None },
    ];
    let expected = Ask { filters: vec![cond.clone()], order, limit: None, offset: None }.rows::<M>(strange);
    let shown = format!("{:?}", cond.build::<M>(values).sql);
    let query = || {
        let key = (int.build(values).sql, desc(text.build(values).sql), M::key_sql());
        M::query().filter(cond.build(values).sql).keyset(key).limit(size)
    };
    let (mut found, mut cursor, mut last) = (Vec::new(), None, None);
    for _ in 0..=expected.len() {
        let page = answer(query().after(cursor).page(pool).await, &shown)?;
        found.extend(page.rows.clone());
        cursor = page.next.clone();
        last = Some(page);
        if cursor.is_none() {
            break;
        }
    }
    prop_assert_eq!(&found, &expected, "{}", &shown);
    // And back again.
    let (mut cursor, mut back) = (last.as_ref().and_then(|page| page.previous.clone()), last.unwrap().rows);
    for _ in 0..=expected.len() {
        let Some(before) = cursor else { break };
        let page = answer(query().before(before).page(pool).await, &shown)?;
        back = page.rows.into_iter().chain(back).collect();
        cursor = page.previous;
    }
    prop_assert_eq!(back, expected, "{}", shown);
    Ok(())
}
