//! Set operations on queries of rows and on selections, in each other, each with limits of its own.

use ormgen_runtime::{functions::position, prelude::*, query::Set};
use proptest::prelude::*;

use super::{
    Strange, Tested, answer, hold,
    make::{Ask, Make, ask, make, place},
    terms::{Int, Term, Text, Topic},
    world::{Part, Pick, Thing},
};

#[derive(Clone, Copy, Debug)]
enum Op {
    Union,
    UnionAll,
    Intersect,
    Except,
}

fn op() -> impl Strategy<Value = Op> + Clone {
    prop_oneof![Just(Op::Union), Just(Op::UnionAll), Just(Op::Intersect), Just(Op::Except)]
}

/// Combines two queries, whatever their types.
macro_rules! combined {
    ($op:expr, $left:expr, $right:expr) => {
        match $op {
            Op::Union => $left.union($right),
            Op::UnionAll => $left.union_all($right),
            Op::Intersect => $left.intersect($right),
            Op::Except => $left.except($right),
        }
    };
}

impl Op {
    /// The rows, sorted.
    fn rows<T: Ord + Clone>(self, left: &[T], right: &[T]) -> Vec<T> {
        let mut rows = match self {
            Self::Union | Self::UnionAll => [left, right].concat(),
            Self::Intersect => left.iter().filter(|row| right.contains(row)).cloned().collect(),
            Self::Except => left.iter().filter(|row| !right.contains(row)).cloned().collect(),
        };
        rows.sort();
        if !matches!(self, Self::UnionAll) {
            rows.dedup();
        }
        rows
    }
}

/// NULL is larger than all else.
type Ranked<T> = (bool, Option<T>);
type Values = (Ranked<i32>, Ranked<String>, Ranked<bool>);

fn ranked((number, text, flag): (Option<i32>, Option<String>, Option<bool>)) -> Values {
    ((number.is_none(), number), (text.is_none(), text), (flag.is_none(), flag))
}

/// Two queries combined, within limits.
#[derive(Clone, Debug)]
struct Pair {
    op: Op,
    asks: (Ask, Ask),
    limit: Option<u64>,
    offset: Option<u64>,
    terms: (Int, Text, Pick),
}

fn pair() -> impl Strategy<Value = Pair> + Clone {
    let make = make(2);
    let Make { int, text, .. } = make.clone();
    let some = || proptest::option::weighted(0.4, 0..8u64);
    (op(), (boxed(&make), boxed(&make)), some(), some(), (int, text, place()))
        .prop_map(|(op, asks, limit, offset, terms)| Pair { op, asks, limit, offset, terms })
        .boxed()
}

fn boxed(make: &Make) -> BoxedStrategy<Ask> {
    ask(make).boxed()
}

type SetOf<M> = Set<M, (Option<i32>, Option<String>, Option<bool>)>;

impl Pair {
    fn cut<T>(&self, rows: Vec<T>) -> Vec<T> {
        Ask { limit: self.limit, offset: self.offset, ..self.asks.0.clone() }.cut(rows)
    }

    fn query(&self, strange: &Strange) -> SetOf<Thing> {
        let values = &strange.world.values;
        let (int, text, flag) = &self.terms;
        let (left, right) = &self.asks;
        let things = left
            .query::<Thing>(values)
            .select((int.build(values).sql, text.build(values).sql, Thing::flag(*flag).sql))
            .limit(left.limit)
            .offset(left.offset);
        let parts = right
            .query::<Part>(values)
            .select((int.build(values).sql, text.build(values).sql, Part::flag(*flag).sql))
            .limit(right.limit)
            .offset(right.offset);
        sorted(combined!(self.op, things, parts)).limit(self.limit).offset(self.offset)
    }

    fn rows(&self, strange: &Strange) -> Vec<Values> {
        let (left, right) =
            (self.side::<Thing>(strange, &self.asks.0), self.side::<Part>(strange, &self.asks.1));
        self.cut(self.op.rows(&left, &right))
    }

    fn side<M: Topic>(&self, strange: &Strange, ask: &Ask) -> Vec<Values> {
        let (world, values) = (&strange.world, &strange.world.values);
        let (int, text, flag) = &self.terms;
        let (int, text, flag) = (int.build::<M>(values), text.build::<M>(values), M::flag(*flag));
        let rows = ask.cut(ask.rows::<M>(strange)).into_iter();
        rows.map(|row| {
            let row = Some(&row);
            ranked(((int.means)(world, row), (text.means)(world, row), (flag.means)(world, row)))
        })
        .collect()
    }
}

fn sorted(set: SetOf<Thing>) -> SetOf<Thing> {
    set.order_by((position(1).asc(), position(2).asc(), position(3).asc()))
}

#[test]
fn sets_of_selections() {
    let limits = (proptest::option::of(0..9u64), proptest::option::of(0..3u64));
    hold((pair(), op(), pair(), limits), async |strange, (left, op, right, (limit, offset))| {
        let Strange { pool, .. } = strange;
        let query = || {
            let set = sorted(combined!(op, left.query(strange), right.query(strange)));
            set.limit(*limit).offset(*offset)
        };
        let shown = query().sql();
        let expected = op.rows(&left.rows(strange), &right.rows(strange));
        let expected = Ask { limit: *limit, offset: *offset, ..left.asks.0.clone() }.cut(expected);
        let found = answer(query().all(pool).await, &shown)?.into_iter().map(ranked);
        prop_assert_eq!(found.collect::<Vec<_>>(), expected.clone(), "{}", &shown);
        let first = answer(query().first(pool).await, &shown)?.map(ranked);
        prop_assert_eq!(first, expected.first().cloned(), "{}", &shown);
        let count = answer(query().count(pool).await, &shown)?;
        prop_assert_eq!(usize::try_from(count).unwrap(), expected.len(), "{}", &shown);
        prop_assert_eq!(answer(query().exists(pool).await, &shown)?, !expected.is_empty(), "{}", shown);
        Ok(())
    });
}

#[test]
fn sets_of_rows() {
    let make = make(2);
    let asks = (ask(&make), ask(&make), ask(&make));
    let limits = (proptest::option::of(0..9u64), proptest::option::of(0..3u64));
    hold((asks, (op(), op()), limits), async |strange, (asks, ops, limits)| {
        rows_are_right(strange, asks, *ops, *limits).await
    });
}

async fn rows_are_right(
    strange: &Strange,
    (first, second, third): &(Ask, Ask, Ask),
    (inner, outer): (Op, Op),
    (limit, offset): (Option<u64>, Option<u64>),
) -> Tested {
    let Strange { world, pool, .. } = strange;
    let limited = |ask: &Ask| ask.query::<Thing>(&world.values).limit(ask.limit).offset(ask.offset);
    let query = || {
        let set = combined!(inner, limited(second), limited(third));
        let set = combined!(outer, limited(first), set);
        set.order_by(Thing::_1.asc()).limit(limit).offset(offset)
    };
    let shown = query().sql();
    let keys = |ask: &Ask| ask.cut(ask.rows::<Thing>(strange)).iter().map(Topic::key).collect::<Vec<_>>();
    let expected = outer.rows(&keys(first), &inner.rows(&keys(second), &keys(third)));
    let expected = Ask { limit, offset, ..first.clone() }.cut(expected);
    let things =
        expected.iter().map(|key| world.things.iter().find(|thing| thing._1 == *key).cloned().unwrap());
    prop_assert_eq!(answer(query().all(pool).await, &shown)?, things.collect::<Vec<_>>(), "{}", &shown);
    let count = answer(query().count(pool).await, &shown)?;
    prop_assert_eq!(usize::try_from(count).unwrap(), expected.len(), "{}", shown);
    Ok(())
}
