//! Related rows, loaded within each other: filtered, sorted and cut for each row, whole or some of their values; beside
//! joined rows, computed values and pages.

use futures_util::TryStreamExt;
use ormgen_runtime::{functions::desc, prelude::*};
use proptest::prelude::*;

use super::{
    Strange, Tested, answer, hold,
    make::{Ask, Make, ask, make},
    terms::{Int, Term, Text, Topic},
    world::{Label, Part, Thing, Values, World},
};

/// The rows of a relation that are asked for, in their order and within their limits for each row.
macro_rules! asked {
    ($relation:expr, $ask:expr, $values:expr) => {{
        let (filter, order) = $ask.parts($values);
        $relation.filter(filter).order_by(order).limit($ask.limit).offset($ask.offset)
    }};
}

type Asks = (Ask, Ask, Ask, Ask);

fn asks(make: &Make) -> impl Strategy<Value = Asks> + use<> {
    (ask(make), ask(make), ask(make), ask(make))
}

type Below = (Label, Vec<(Thing, Vec<Thing>, Vec<Part>)>);

/// The labels of a thing, with their things, and the children and parts of these.
fn below(
    world: &World,
    thing: &Thing,
    (labels, things, children, parts): (&Ask, &Ask, &Ask, &Ask),
) -> Vec<Below> {
    let labels = labels.beside(world, world.labels(thing)).into_iter();
    labels
        .map(|label| {
            let things = things.beside(world, world.labelled(&label)).into_iter();
            let things = things.map(|thing| {
                let children = children.beside(world, world.children(&thing));
                let parts = parts.beside(world, world.parts(&thing));
                (thing, children, parts)
            });
            let things = things.collect();
            (label, things)
        })
        .collect()
}

#[test]
fn related_rows_within_each_other() {
    let make = make(2);
    hold((asks(&make), ask(&make)), async |strange, ((first, labels, things, children), parts)| {
        let Strange { world, pool, .. } = strange;
        let values = &world.values;
        let query = || {
            let children = asked!(Thing::T0_MINUSES_BY_T1, children, values);
            let things = asked!(Label::T0_T0_MINUSES, things, values).with(children).with(asked!(
                Thing::T1_BY_T0,
                parts,
                values
            ));
            first
                .query::<Thing>(values)
                .limit(first.limit)
                .offset(first.offset)
                .with(asked!(Thing::T1_EXISTS_SELECTS, labels, values).with(things))
                .with(Thing::T1_T0_MINUS.with(Thing::T1_T0_MINUS))
        };
        let shown = format!("{:?}", query());
        let expected = first.cut(first.rows::<Thing>(strange)).into_iter().map(|thing| {
            let parent = world.parent(&thing);
            let parent = parent.map(|parent| (parent.clone(), world.parent(parent).cloned()));
            let below = below(world, &thing, (labels, things, children, parts));
            (thing, below, parent)
        });
        let expected: Vec<_> = expected.collect();
        prop_assert_eq!(&answer(query().all(pool).await, &shown)?, &expected, "{}", &shown);
        let streamed = answer(query().stream(pool).await, &shown)?;
        let streamed: Vec<_> = answer(streamed.try_collect().await, &shown)?;
        prop_assert_eq!(&streamed, &expected, "{}", &shown);
        prop_assert_eq!(answer(query().first(pool).await, &shown)?, expected.into_iter().next(), "{}", shown);
        Ok(())
    });
}

/// What is selected of a row.
fn selected<M: Topic>(
    world: &World,
    row: &M,
    int: &Int,
    text: &Text,
) -> (Option<i64>, Option<i32>, Option<String>) {
    let (int, text) = (int.build::<M>(&world.values), text.build::<M>(&world.values));
    (Some(row.key()), (int.means)(world, Some(row)), (text.means)(world, Some(row)))
}

/// The expressions of `selected`.
macro_rules! of_row {
    ($model:ty, $int:expr, $text:expr, $values:expr) => {
        (<$model>::key_sql(), $int.build::<$model>($values).sql, $text.build::<$model>($values).sql)
    };
}

#[test]
fn values_of_related_rows() {
    let make = make(2);
    let selection = (make.int.clone(), make.text.clone());
    hold((asks(&make), selection), async |strange, (asks, selection)| {
        values_are_right(strange, asks, selection).await
    });
}

async fn values_are_right(
    strange: &Strange,
    (first, parts, labels, children): &Asks,
    (int, text): &(Int, Text),
) -> Tested {
    let Strange { world, pool, .. } = strange;
    let values: &Values = &world.values;
    let all = |relation: &Ask| relation.parts::<Thing>(values).0;
    let query = first
        .query::<Thing>(values)
        .limit(first.limit)
        .offset(first.offset)
        .annotate(asked!(Thing::T1_EXISTS_SELECTS, labels, values).first(int.build::<Label>(values).sql))
        .with(asked!(Thing::T1_BY_T0, parts, values).select(of_row!(Part, int, text, values)))
        .with(asked!(Thing::T1_EXISTS_SELECTS, labels, values).select(of_row!(Label, int, text, values)))
        .with(asked!(Thing::T0_MINUSES_BY_T1, children, values).select(of_row!(Thing, int, text, values)))
        .with(Thing::T1_T0_MINUS.filter(all(children)).select(of_row!(Thing, int, text, values)));
    let shown = format!("{query:?}");
    let found = answer(query.all(pool).await, &shown)?;
    let expected = first.cut(first.rows::<Thing>(strange)).into_iter().map(|thing| {
        let of_parts = parts.beside(world, world.parts(&thing));
        let of_labels = labels.beside(world, world.labels(&thing));
        let below = children.beside(world, world.children(&thing));
        let uncut = Ask { limit: None, offset: None, ..children.clone() };
        let above = uncut.beside(world, world.parents(&thing));
        let number = of_labels.first().and_then(|label| selected(world, label, int, text).1);
        let rows = (
            thing,
            of_parts.iter().map(|row| selected(world, row, int, text)).collect::<Vec<_>>(),
            of_labels.iter().map(|row| selected(world, row, int, text)).collect::<Vec<_>>(),
            below.iter().map(|row| selected(world, row, int, text)).collect::<Vec<_>>(),
            above.first().map(|row| selected(world, row, int, text)),
        );
        (rows, number)
    });
    prop_assert_eq!(found, expected.collect::<Vec<_>>(), "{}", shown);
    Ok(())
}

#[test]
fn the_first_of_related_rows_and_those_of_one_row() {
    let make = make(2);
    hold((asks(&make), make.int.clone()), async |strange, ((first, parts, labels, children), int)| {
        let Strange { world, pool, .. } = strange;
        let values = &world.values;
        let query = first.query::<Thing>(values).limit(first.limit).offset(first.offset).select((
            Thing::_1,
            asked!(Thing::T1_BY_T0, parts, values).first(int.build::<Part>(values).sql),
            asked!(Thing::T1_EXISTS_SELECTS, labels, values).first(int.build::<Label>(values).sql),
            asked!(Thing::T0_MINUSES_BY_T1, children, values).first(int.build::<Thing>(values).sql),
        ));
        let shown = query.sql();
        let found = answer(query.all(pool).await, &shown)?;
        let rows = first.cut(first.rows::<Thing>(strange));
        fn number<M: Topic>(world: &World, rows: Vec<M>, int: &Int) -> Option<i32> {
            rows.first().and_then(|row| (int.build::<M>(&world.values).means)(world, Some(row)))
        }
        let expected = rows.iter().map(|thing| {
            (
                thing._1,
                number(world, parts.beside(world, world.parts(thing)), int),
                number(world, labels.beside(world, world.labels(thing)), int),
                number(world, children.beside(world, world.children(thing)), int),
            )
        });
        prop_assert_eq!(found, expected.collect::<Vec<_>>(), "{}", shown);
        let Some(thing) = rows.first() else { return Ok(()) };
        let of_it = asked!(Thing::T1_BY_T0.of(thing), parts, values);
        let shown = of_it.sql();
        let found = answer(of_it.all(pool).await, &shown)?;
        prop_assert_eq!(found, parts.beside(world, world.parts(thing)), "{}", shown);
        let of_it = asked!(Thing::T1_EXISTS_SELECTS.of(thing), labels, values);
        let shown = of_it.sql();
        let count = answer(of_it.clone().count(pool).await, &shown)?;
        let found = answer(of_it.all(pool).await, &shown)?;
        prop_assert_eq!(usize::try_from(count).unwrap(), found.len(), "{}", &shown);
        prop_assert_eq!(found, labels.beside(world, world.labels(thing)), "{}", shown);
        Ok(())
    });
}

#[test]
fn related_rows_beside_joined_ones_by_page() {
    let make = make(2);
    let cases = (asks(&make), make.int.clone(), make.text.clone(), 1..4u64);
    hold(cases, async |strange, ((first, parts, labels, children), int, text, size)| {
        let Strange { world, pool, .. } = strange;
        let values = &world.values;
        let query = || {
            let key =
                (int.build::<Thing>(values).sql, desc(text.build::<Thing>(values).sql), desc(Thing::_1));
            Thing::query()
                .filter(first.parts::<Thing>(values).0)
                .left_join(Thing::T1_T0_MINUS)
                .with(asked!(Thing::T1_BY_T0, parts, values))
                .with(asked!(Thing::T1_EXISTS_SELECTS, labels, values).with(
                    Label::T0_T0_MINUSES.filter(children.parts::<Thing>(values).0).order_by(Thing::_1.asc()),
                ))
                .keyset(key)
                .limit(*size)
        };
        let shown = format!("{:?}", first.parts::<Thing>(values).0);
        let mut expected = Ask { order: Vec::new(), ..first.clone() }.rows::<Thing>(strange);
        let means = (int.build::<Thing>(values).means, text.build::<Thing>(values).means);
        expected.sort_by_key(|row| {
            let (int, text) = ((means.0)(world, Some(row)), (means.1)(world, Some(row)));
            let text = std::cmp::Reverse((text.is_none(), text));
            (int.is_none(), int, text, std::cmp::Reverse(row._1))
        });
        let uncut = Ask { limit: None, offset: None, order: Vec::new(), ..children.clone() };
        let expected = expected.into_iter().map(|thing| {
            let of_parts = parts.beside(world, world.parts(&thing));
            let of_labels = labels.beside(world, world.labels(&thing)).into_iter();
            let of_labels = of_labels.map(|label| {
                let things = uncut.beside(world, world.labelled(&label));
                (label, things)
            });
            let of_labels = of_labels.collect::<Vec<_>>();
            let parent = world.parent(&thing).cloned();
            ((thing, of_parts, of_labels), parent)
        });
        let expected: Vec<_> = expected.collect();
        let (mut found, mut cursor) = (Vec::new(), None);
        for _ in 0..=expected.len() {
            let page = answer(query().after(cursor).page(pool).await, &shown)?;
            found.extend(page.rows);
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        prop_assert_eq!(found, expected, "{}", shown);
        Ok(())
    });
}
