//! Queries made at random, over names and values that nobody would choose: each gives what plain Rust makes of the same
//! rows, and no value is in the text of any.
//!
//! `PROPTEST_CASES` says how many queries there are for each world; a run is like the one before it.

mod made;
mod make;
mod tables;
mod terms;
mod world;

use std::{cmp::Ordering, collections::BTreeMap, fmt::Debug};

use ormgen_runtime::{
    OrderBy, Pool, Query,
    config::ConnectionConfig,
    functions::{concat, count, desc, excluded, max, min, position, sum},
    prelude::*,
};
use ormgen_tests::{
    generated::strange::adversarial::{Adversarial, NewT2, T2},
    server::{TestDb, server},
};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner},
};

use make::{Ask, By, Make, Sort, ask, make, place};
use terms::{Cond, Condition, Int, Means, Term, Text, Topic};
use world::{
    Label, Part, Pick, Seed, Thing, Values, World, new_label, new_part, new_thing, seed, thing_key, world,
};

type Tested = Result<(), TestCaseError>;

/// A world on a server.
struct Strange {
    world: World,
    others: Values,
    pool: Pool<Adversarial>,
    _database: TestDb,
}

impl Strange {
    async fn open(world: World) -> Self {
        let database = server(1).create_database("properties").await;
        database.batch(include_str!("../../../../schemas/adversarial.sql")).await;
        let settings = ConnectionConfig::new("adversarial", database.url()).max_size(1);
        let pool = Pool::new(&settings).unwrap();
        Thing::insert_many(world.things.iter().map(new_thing)).execute(&pool).await.unwrap();
        Part::insert_many(world.parts.iter().map(new_part)).execute(&pool).await.unwrap();
        Label::insert_many(world.labels.iter().map(new_label)).execute(&pool).await.unwrap();
        let links = world.links.iter().map(|T2 { t0, t1 }| NewT2 { t0: *t0, t1: *t1 });
        T2::insert_many(links).execute(&pool).await.unwrap();
        Self { world, others: Values::others(), pool, _database: database }
    }

    /// The statements that were prepared.
    async fn statements(&self) -> Vec<String> {
        const SQL: &str = "SELECT statement FROM pg_prepared_statements WHERE strpos(statement, $1) > 0";
        Adversarial::sql::<String>(SQL).bind("FROM public.").all(&self.pool).await.unwrap()
    }
}

/// Tests a property of queries on a few worlds.
fn hold<C: Debug>(cases: impl Strategy<Value = C>, property: impl AsyncFn(&Strange, &C) -> Tested) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let number = std::env::var("PROPTEST_CASES").ok().and_then(|number| number.parse().ok()).unwrap_or(40);
    for at in 0..3 {
        let config =
            Config { cases: number, failure_persistence: None, max_shrink_iters: 2000, ..Config::default() };
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[at; 32]);
        let mut runner = TestRunner::new_with_rng(config, rng);
        let world = world().new_tree(&mut runner).unwrap().current();
        let strange = runtime.block_on(Strange::open(world));
        if let Err(error) = runner.run(&cases, |case| runtime.block_on(property(&strange, &case))) {
            panic!("{error}\nin {:#?}", strange.world);
        }
        for text in runtime.block_on(strange.statements()) {
            assert_eq!(literals(&text), "", "{text}");
        }
    }
}

/// What the server gave, or that it refused.
fn answer<T>(result: ormgen_runtime::Result<T>, query: &str) -> Result<T, TestCaseError> {
    result.map_err(|error| TestCaseError::fail(format!("{error:?}\n{query}")))
}

/// What in a statement could be a value: text in quotes, a number, a character that SQL has no use for. The numbers
/// of rows and of a column's place are numbers of their own types.
fn literals(sql: &str) -> String {
    let mut found = String::new();
    // What stands for a row that nobody reads.
    let sql = sql.replace(") 1 FROM ", ") FROM ");
    let mut rest = sql.chars().peekable();
    let mut word = String::new();
    let mut before = String::new();
    while let Some(char) = rest.next() {
        if char == '"' {
            // An identifier, in which two quotes are one.
            rest.by_ref().find(|char| *char == '"');
        } else if char == '$' && rest.peek().is_some_and(char::is_ascii_digit) {
            while rest.next_if(char::is_ascii_digit).is_some() {}
        } else if char.is_ascii_alphanumeric() || char == '_' {
            word.push(char);
            if !rest.peek().is_some_and(|next| next.is_ascii_alphanumeric() || *next == '_') {
                let is_number = word.starts_with(|char: char| char.is_ascii_digit());
                let after: String = rest.clone().collect();
                let is_place = after.starts_with(" ASC") || after.starts_with(" DESC");
                if is_number && !is_place && !["LIMIT", "OFFSET", "SELECT"].contains(&before.as_str()) {
                    found += &word;
                }
                before = std::mem::take(&mut word);
            }
        } else if !" (),.=<>+-*/|&@:[]~".contains(char) {
            found.push(char);
        }
    }
    found
}

#[test]
fn what_could_be_a_value_is_found() {
    let clean = r#"SELECT "a'1" FROM public."x""'" AS t0 WHERE ("$1" = $1 + $20::int4[]) LIMIT 5 OFFSET 1"#;
    assert_eq!(literals(clean), "");
    for (sql, value) in
        [("a = 'x'", "''"), ("a = 17", "17"), ("a = $$x$$", "$$$$"), ("a = \u{1F600}", "\u{1F600}")]
    {
        assert_eq!(literals(sql), value);
    }
}

/// The order of two keys of a sort: NULL is larger than everything else unless something else is said.
fn compare<T: PartialOrd>(left: Option<T>, right: Option<T>, sort: &Sort) -> Ordering {
    let nulls_first = sort.nulls_first.unwrap_or(sort.is_descending);
    match (left, right) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) if nulls_first => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) if nulls_first => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(left), Some(right)) => {
            let order = left.partial_cmp(&right).unwrap();
            if sort.is_descending { order.reverse() } else { order }
        }
    }
}

type Sorted<M> = (OrderBy<M>, Box<dyn Fn(&World, &M, &M) -> Ordering>);

impl Sort {
    fn build<M: Topic>(&self, values: &Values) -> Sorted<M> {
        match &self.by {
            By::Int(of) => self.by(of.build(values)),
            By::Text(of) => self.by(of.build(values)),
            By::Flag(at) => self.by(M::flag(*at)),
            By::Big(of) => self.by(of.build(values)),
            By::Number(of) => self.by(of.build(values)),
            By::Moment(of) => self.by(of.build(values)),
        }
    }

    fn by<M: Topic, T: PartialOrd + 'static>(&self, of: terms::Built<M, T>) -> Sorted<M> {
        let order = if self.is_descending { of.sql.desc() } else { of.sql.asc() };
        let order = match self.nulls_first {
            None => order,
            Some(true) => order.nulls_first(),
            Some(false) => order.nulls_last(),
        };
        let (means, sort) = (of.means, self.clone());
        let compared = move |world: &World, left: &M, right: &M| {
            compare(means(world, Some(left)), means(world, Some(right)), &sort)
        };
        (order, Box::new(compared))
    }
}

impl Ask {
    /// The query, without its limits.
    fn query<M: Topic>(&self, values: &Values) -> Query<M> {
        let query = self.filters.iter().fold(M::query(), |query, of| query.filter(of.build(values).sql));
        let query = self.order.iter().fold(query, |query, sort| query.order_by(sort.build(values).0));
        query.order_by(M::key_sql().asc())
    }

    /// The rows, without its limits.
    fn rows<M: Topic>(&self, strange: &Strange) -> Vec<M> {
        let Strange { world, .. } = strange;
        let conditions: Vec<Condition<M>> = self.filters.iter().map(|of| of.build(&world.values)).collect();
        let orders: Vec<Sorted<M>> = self.order.iter().map(|sort| sort.build(&world.values)).collect();
        let mut rows = M::all(world).to_vec();
        rows.retain(|row| conditions.iter().all(|of| (of.means)(world, Some(row)) == Some(true)));
        rows.sort_by(|left, right| {
            let orders = orders.iter().map(|(_, compare)| compare(world, left, right));
            orders.fold(Ordering::Equal, Ordering::then).then(left.key().cmp(&right.key()))
        });
        rows
    }

    fn cut<T>(&self, rows: Vec<T>) -> Vec<T> {
        let most =
            |rows: Option<u64>, otherwise| rows.map_or(otherwise, |rows| usize::try_from(rows).unwrap());
        rows.into_iter().skip(most(self.offset, 0)).take(most(self.limit, usize::MAX)).collect()
    }
}

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

/// Of which table.
#[derive(Clone, Copy, Debug)]
enum Of {
    Things,
    Parts,
    Labels,
}

fn of() -> impl Strategy<Value = Of> {
    prop_oneof![3 => Just(Of::Things), 1 => Just(Of::Parts), 1 => Just(Of::Labels)]
}

/// Calls a generic function for the model.
macro_rules! for_topic {
    ($of:expr, $property:ident($($argument:expr),*)) => {
        match $of {
            Of::Things => $property::<Thing>($($argument),*).await,
            Of::Parts => $property::<Part>($($argument),*).await,
            Of::Labels => $property::<Label>($($argument),*).await,
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

#[test]
fn relations_load_the_rows_that_belong_to_a_row() {
    let make = make(2);
    let related = (make.cond.clone(), make.cond.clone(), make.cond.clone(), 0..4u64);
    hold((ask(&make), related), async |strange, (ask, related)| {
        let Strange { world, pool, .. } = strange;
        let (parts, labels, children, most) = related;
        let (parts, labels) = (parts.build::<Part>(&world.values), labels.build::<Label>(&world.values));
        let children = children.build::<Thing>(&world.values);
        let query = ask
            .query::<Thing>(&world.values)
            .with(Thing::T1_BY_T0.filter(parts.sql).order_by(Part::QUESTION.desc()))
            .with(Thing::T1_EXISTS_SELECTS.filter(labels.sql).order_by(Label::_1.asc()))
            .with(Thing::T0_MINUSES_BY_T1.filter(children.sql).order_by(Thing::_1.asc()).limit(*most))
            .with(Thing::T1_T0_MINUS);
        let shown = format!("{query:?}");
        let rows = answer(query.all(pool).await, &shown)?;
        let expected = ask.rows::<Thing>(strange).into_iter().map(|thing| {
            let mut of_it = kept(world, world.parts(&thing), &parts.means);
            of_it.reverse();
            let mut below = kept(world, world.children(&thing), &children.means);
            below.sort_by_key(Topic::key);
            below.truncate(usize::try_from(*most).unwrap());
            let parent = world.parent(&thing).cloned();
            let labels = kept(world, world.labels(&thing), &labels.means);
            (thing, of_it, labels, below, parent)
        });
        prop_assert_eq!(rows, expected.collect::<Vec<_>>(), "{}", shown);
        Ok(())
    });
}

fn kept<M: Topic>(world: &World, rows: Vec<&M>, holds: &Means<M, bool>) -> Vec<M> {
    let kept = rows.into_iter().filter(|row| holds(world, Some(row)) == Some(true));
    kept.cloned().collect()
}

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
        for new in offered {
            let now = match expected.get(&new._1).cloned() {
                None => new,
                Some(old) if *changes && (cond.means)(world, Some(&old)) == Some(true) => {
                    let sum = (int.means)(world, Some(&old)).and_then(|int| Some(int + new.sum?));
                    let Thing { lower, excluded, brace_brace, .. } = new;
                    Thing { lower, excluded, brace_brace, sum, ..old }
                }
                Some(_) => continue,
            };
            touched += 1;
            expected.insert(now._1, now);
        }
        prop_assert_eq!(count, touched);
        prop_assert_eq!(all, expected.into_values().collect::<Vec<_>>());
        Ok(())
    });
}
