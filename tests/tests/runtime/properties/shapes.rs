//! Shapes of queries beyond one selection: selections as tables that are read as structs, rows for larger groups, frames
//! of windows; and calculations with dates.

use std::{collections::BTreeMap, ops::Bound, time::Duration};

use ormgen_runtime::{
    functions::{
        DatePart, at_time_zone, count, date_trunc, days, extract, first_value, grouping, last_value, months,
        partition_by, position, row_number, sum,
    },
    prelude::*,
    row,
    types::{NaiveDate, NaiveDateTime},
};
use proptest::prelude::*;

use super::{
    Of, Strange, Tested, answer,
    conditions::Cond,
    for_topic, hold,
    make::{Ask, Make, make, place},
    of,
    terms::{Int, Term, Topic},
    world::{Label, Part, Pick, Thing},
};

/// The rows that a condition lets through, by their keys.
fn rows_of<M: Topic>(strange: &Strange, cond: &Cond) -> Vec<M> {
    let filters = vec![cond.clone()];
    Ask { filters, order: Vec::new(), limit: None, offset: None }.rows(strange)
}

/// NULL is larger than all else.
fn ranked<T: Clone>(of: &Option<T>) -> (bool, Option<T>) {
    (of.is_none(), of.clone())
}

fn total(numbers: impl Iterator<Item = Option<i32>>) -> Option<i64> {
    numbers.flatten().map(i64::from).reduce(|left, right| left + right)
}

fn len<T>(of: &[T]) -> i64 {
    i64::try_from(of.len()).unwrap()
}

row! {
    #[derive(Debug, PartialEq)]
    struct Seen {
        key: Option<i64>,
        number: Option<i32>,
    }
}

#[test]
fn selections_are_tables() {
    let Make { int, cond, .. } = make(2);
    hold((of(), cond, int, place(), 1..4i64), async |strange, (of, cond, int, at, most)| {
        for_topic!(of, tables_are_right(strange, cond, int, *at, *most))
    });
}

/// The first rows of each group, and an aggregate of those.
async fn tables_are_right<M: Topic>(
    strange: &Strange,
    cond: &Cond,
    int: &Int,
    at: Pick,
    most: i64,
) -> Tested {
    let Strange { world, pool, .. } = strange;
    let values = &world.values;
    let int = || int.build::<M>(values);
    let window = partition_by(M::text(at).sql).order_by((int().sql.asc(), M::key_sql().asc()));
    let selected = M::query().filter(cond.build(values).sql);
    let selected = selected.select((M::key_sql(), M::text(at).sql, int().sql, row_number().over(window)));
    let shown = format!("{selected:?}");
    let (table, (key, text, number, place)) =
        if at.is_multiple_of(2) { selected.into_cte() } else { selected.into_table() };
    // The row itself stands beside the row.
    let itself = table.alias("itself");
    let first = table.filter(place.lte(most).and(itself.on(itself.column(key).eq(key)).exists()));
    let seen = first.clone().order_by(key.asc()).select((key, number)).read_as::<Seen>();
    let seen = answer(seen.all(pool).await, &shown)?;
    let groups = first.group_by(text).select((text, count(), sum(number)));
    let groups = groups.order_by(position(1).asc().nulls_first());
    let groups = answer(groups.all(pool).await, &shown)?;

    let (means, text) = (int().means, M::text(at).means);
    let mut parts = BTreeMap::<_, Vec<_>>::new();
    for row in rows_of::<M>(strange, cond) {
        let number = means(world, Some(&row));
        parts.entry(text(world, Some(&row))).or_default().push((ranked(&number), row.key()));
    }
    for part in parts.values_mut() {
        part.sort();
        part.truncate(usize::try_from(most).unwrap());
    }
    let all = parts.values().flatten();
    let mut expected: Vec<_> =
        all.map(|((_, number), key)| Seen { key: Some(*key), number: *number }).collect();
    expected.sort_by_key(|seen| seen.key);
    prop_assert_eq!(seen, expected, "{}", shown);
    let expected = parts.into_iter().map(|(text, part)| {
        let numbers = part.iter().map(|((_, number), _)| *number);
        (text, len(&part), total(numbers))
    });
    prop_assert_eq!(groups, expected.collect::<Vec<_>>(), "{}", shown);
    Ok(())
}

#[test]
fn rows_for_larger_groups() {
    let Make { int, cond, .. } = make(2);
    hold((of(), cond, int, place(), any::<bool>()), async |strange, (of, cond, int, at, is_cube)| {
        for_topic!(of, totals_are_right(strange, cond, int, *at, *is_cube))
    });
}

/// Groups by an expression that holds values, and by a column; and the groups of these.
async fn totals_are_right<M: Topic>(
    strange: &Strange,
    cond: &Cond,
    int: &Int,
    at: Pick,
    is_cube: bool,
) -> Tested {
    let Strange { world, pool, .. } = strange;
    let values = &world.values;
    let (number, text) = (|| int.build::<M>(values), || M::text(at));
    let groups = M::query().filter(cond.build(values).sql).group_by((number().sql, text().sql));
    let groups = if is_cube { groups.cube() } else { groups.rollup() };
    let which = (grouping(number().sql), grouping(text().sql));
    let query = groups
        .select((which.0, which.1, number().sql, text().sql, count(), sum(M::small(at).sql)))
        .order_by((position(1).asc(), position(2).asc()))
        .order_by((position(3).asc().nulls_first(), position(4).asc().nulls_first()));
    let shown = format!("{query:?}");
    let found = answer(query.all(pool).await, &shown)?;

    let (number, text, small) = (number().means, text().means, M::small(at).means);
    let rows = rows_of::<M>(strange, cond);
    let mut sets = vec![(0, 0), (0, 1), (1, 1)];
    if is_cube {
        sets.push((1, 0));
    }
    let mut expected = Vec::new();
    for (without_number, without_text) in sets {
        let mut groups = BTreeMap::<_, Vec<_>>::new();
        if (without_number, without_text) == (1, 1) {
            groups.insert((None, None), Vec::new());
        }
        for row in &rows {
            let number = if without_number == 0 { number(world, Some(row)) } else { None };
            let text = if without_text == 0 { text(world, Some(row)) } else { None };
            groups.entry((number, text)).or_default().push(small(world, Some(row)));
        }
        expected.extend(groups.into_iter().map(|((number, text), group)| {
            (without_number, without_text, number, text, len(&group), total(group.into_iter()))
        }));
    }
    expected.sort();
    prop_assert_eq!(found, expected, "{}", shown);
    Ok(())
}

/// The first and the last row of a frame, counted from the current one.
type Frame = (Option<i32>, Option<i32>);

fn frame() -> impl Strategy<Value = Frame> {
    (proptest::option::of(-2..2i32), proptest::option::of(0..3i32))
        .prop_map(|(from, rows)| (from, rows.map(|rows| from.unwrap_or(-1) + rows)))
}

#[test]
fn frames_of_windows() {
    let Make { int, cond, .. } = make(2);
    let frames = (frame(), any::<bool>());
    hold((of(), cond, int, place(), frames), async |strange, (of, cond, int, at, frames)| {
        for_topic!(of, frames_are_right(strange, cond, int, *at, *frames))
    });
}

/// A frame of rows, or of groups of rows that the order finds equal.
async fn frames_are_right<M: Topic>(
    strange: &Strange,
    cond: &Cond,
    int: &Int,
    at: Pick,
    ((from, to), is_of_groups): (Frame, bool),
) -> Tested {
    let Strange { world, pool, .. } = strange;
    let values = &world.values;
    let int = || int.build::<M>(values);
    let bound = |row: Option<i32>| row.map_or(Bound::Unbounded, Bound::Included);
    let window = || {
        let sorted = partition_by(M::flag(at).sql).order_by(int().sql.asc());
        match is_of_groups {
            true => sorted.groups((bound(from), bound(to))),
            false => sorted.order_by(M::key_sql().asc()).rows((bound(from), bound(to))),
        }
    };
    let first = first_value(int().sql).over(window());
    let last = last_value(int().sql).over(window());
    let query = M::query()
        .filter(cond.build(values).sql)
        .select((M::key_sql(), count().over(window()), sum(int().sql).over(window()), first, last))
        .order_by(M::key_sql().asc());
    let shown = format!("{query:?}");
    let found = answer(query.all(pool).await, &shown)?;

    let (number, flag) = (int().means, M::flag(at).means);
    let mut parts = BTreeMap::<_, Vec<_>>::new();
    for row in rows_of::<M>(strange, cond) {
        let part = parts.entry(flag(world, Some(&row))).or_default();
        part.push((ranked(&number(world, Some(&row))), row.key()));
    }
    let mut expected = Vec::new();
    for part in parts.values_mut() {
        part.sort();
        // The place of each row's group, or of the row itself.
        let mut places: Vec<usize> = (0..part.len()).collect();
        if is_of_groups {
            for at in 1..part.len() {
                places[at] = places[at - 1] + usize::from(part[at].0 != part[at - 1].0);
            }
            places[0] = 0;
        }
        let place = |at: usize| i64::try_from(places[at]).unwrap();
        for (at, (_, key)) in part.iter().enumerate() {
            let within = |other: &usize| {
                let apart = place(*other) - place(at);
                from.is_none_or(|from| apart >= from.into()) && to.is_none_or(|to| apart <= to.into())
            };
            let frame: Vec<_> = (0..part.len()).filter(within).map(|other| part[other].0.1).collect();
            let (first, last) = (frame.first().copied().flatten(), frame.last().copied().flatten());
            expected.push((Some(*key), len(&frame), total(frame.iter().copied()), first, last));
        }
    }
    expected.sort();
    prop_assert_eq!(found, expected, "{}", shown);
    Ok(())
}

#[test]
fn dates_are_calculated_with() {
    let Make { cond, .. } = make(2);
    let by = (place(), -40..40i32, -20..20i32);
    hold((of(), cond, by), async |strange, (of, cond, by)| {
        for_topic!(of, dates_are_right(strange, cond, *by))
    });
}

async fn dates_are_right<M: Topic>(
    strange: &Strange,
    cond: &Cond,
    (at, more_days, more_months): (Pick, i32, i32),
) -> Tested {
    let Strange { world, pool, .. } = strange;
    let values = &world.values;
    let day_one = NaiveDate::from_ymd_opt(2000, 2, 29).unwrap();
    let time = || at_time_zone(M::moment(at).sql, "UTC");
    let day = || time().cast_to::<NaiveDate>();
    let query = M::query()
        .filter(cond.build(values).sql)
        .select((
            (M::key_sql(), time() + days(more_days), time() - months(more_months)),
            (day() - day_one, day() + more_days, day() - (day() - more_days)),
            (date_trunc("month", time()), extract(DatePart::Year, time()), extract(DatePart::Quarter, day())),
        ))
        .order_by(M::key_sql().asc());
    let shown = format!("{query:?}");
    let found = answer(query.all(pool).await, &shown)?;

    let moment = M::moment(at).means;
    let expected = rows_of::<M>(strange, cond).into_iter().map(|row| {
        let time = moment(world, Some(&row)).map(|moment| moment.naive_utc());
        let day = time.map(|time| time.date());
        (
            (
                Some(row.key()),
                time.map(|time| later(time, more_days)),
                time.map(|time| moved(time, -more_months)),
            ),
            (
                day.map(|day| i32::try_from((day - day_one).num_days()).unwrap()),
                time.map(|time| later(time, more_days).date()),
                day.map(|_| more_days),
            ),
            (
                day.map(ymd).and_then(|(year, month, _)| {
                    NaiveDate::from_ymd_opt(year, month, 1)?.and_hms_opt(0, 0, 0)
                }),
                day.map(|day| ymd(day).0),
                day.map(|day| i32::try_from((ymd(day).1 - 1) / 3 + 1).unwrap()),
            ),
        )
    });
    prop_assert_eq!(found, expected.collect::<Vec<_>>(), "{}", shown);
    Ok(())
}

/// A day's year, month and day.
fn ymd(day: NaiveDate) -> (i32, u32, u32) {
    let text = day.to_string();
    let mut numbers = text.split('-').map(|number| number.parse::<u32>().unwrap());
    let mut next = || numbers.next().unwrap();
    (i32::try_from(next()).unwrap(), next(), next())
}

/// The time so many days later, or earlier.
fn later(time: NaiveDateTime, days: i32) -> NaiveDateTime {
    let by = Duration::from_secs(u64::from(days.unsigned_abs()) * 24 * 60 * 60);
    if days < 0 { time - by } else { time + by }
}

/// The time so many months later, on the last day of a month that is too short.
fn moved(time: NaiveDateTime, months: i32) -> NaiveDateTime {
    let (year, month, day) = ymd(time.date());
    let months = year * 12 + i32::try_from(month).unwrap() - 1 + months;
    let (year, month) = (months.div_euclid(12), u32::try_from(months.rem_euclid(12)).unwrap() + 1);
    let date = (1..=day).rev().find_map(|day| NaiveDate::from_ymd_opt(year, month, day)).unwrap();
    date.and_time(time.time())
}
