//! Rows made at random, and the values that they share with the queries about them.

use ormgen_runtime::types::{DateTime, Decimal, Utc};
use ormgen_tests::generated::strange::adversarial::{
    ExistsSelect, NewExistsSelect, NewT0Minus, NewT1, T0Minus, T1, T2,
};
use proptest::{collection::vec, prelude::*};

/// The tables by what they are to each other: a thing has parts, labels, and another thing above it.
pub type Thing = T0Minus;
pub type Part = T1;
pub type Label = ExistsSelect;

/// The place of a value, a column or a relation among those that there are, from the beginning again after the last.
pub type Pick = usize;

pub fn pick<T>(all: &[T], at: Pick) -> &T {
    &all[at % all.len()]
}

/// What rows hold and queries ask for. A query keeps places, so that it can be asked with other values as well.
#[derive(Clone, Debug)]
pub struct Values {
    pub texts: Vec<String>,
    pub smalls: Vec<i32>,
    pub wides: Vec<i32>,
    pub bigs: Vec<i64>,
    pub numbers: Vec<Decimal>,
    pub moments: Vec<DateTime<Utc>>,
    /// How often lists repeat what they hold.
    pub repeat: usize,
}

const TEXTS: [&str; 32] = [
    "",
    "a",
    "A",
    "ab",
    "aB",
    " ",
    "%",
    "_",
    "a%b",
    "a_b",
    "\\",
    "\\%",
    "a\\",
    "'",
    "''",
    "\"",
    "'; DROP TABLE t1; --",
    "$1",
    "$$",
    "NULL",
    "{}",
    "{a,\"b\"}",
    "E'\\n'",
    "two\nlines",
    "\t",
    "é",
    "ß",
    "日本語",
    "😀",
    "a😀b",
    "/*",
    "0",
];

impl Values {
    /// The same number of other values: what a query that is asked with them has in its text cannot be a value.
    pub fn others() -> Self {
        Self {
            texts: vec!["other".to_owned()],
            smalls: vec![33],
            wides: vec![34],
            bigs: vec![35],
            numbers: vec![Decimal::new(365, 1)],
            moments: vec![moment(37)],
            repeat: 3,
        }
    }

    pub fn list<T: Clone>(&self, all: &[T], picks: &[Pick]) -> Vec<T> {
        let once = picks.iter().map(|at| pick(all, *at).clone());
        once.cycle().take(picks.len() * self.repeat).collect()
    }
}

fn moment(microseconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(microseconds).unwrap()
}

fn values() -> impl Strategy<Value = Values> {
    let random =
        (vec("[ -~]{0,5}", 4), vec(-50..50, 4), any::<[i32; 3]>(), any::<[i64; 3]>(), any::<[i64; 3]>());
    random.prop_map(|(texts, smalls, wides, bigs, numbers)| Values {
        texts: TEXTS.map(str::to_owned).into_iter().chain(texts).chain(["long ".repeat(500)]).collect(),
        smalls: [0, 1, -1, 2].into_iter().chain(smalls).collect(),
        wides: [0, 1, i32::MIN, i32::MAX].into_iter().chain(wides).collect(),
        bigs: [0, 1, i64::MIN, i64::MAX].into_iter().chain(bigs).collect(),
        numbers: [Decimal::ZERO, Decimal::new(10, 1), Decimal::ONE, Decimal::MAX, Decimal::MIN]
            .into_iter()
            .chain([Decimal::new(1, 28), Decimal::new(-100, 2)])
            .chain(numbers.map(|digits| Decimal::new(digits, 9)))
            .collect(),
        // Before the epoch, a microsecond after it, the last of a year, far away.
        moments: [0, 1, -1, 946_684_800_000_000, 1_735_689_599_999_999, -62_000_000_000_000_000]
            .map(moment)
            .to_vec(),
        repeat: 1,
    })
}

/// All rows of the database.
#[derive(Clone, Debug)]
pub struct World {
    pub values: Values,
    pub things: Vec<Thing>,
    pub parts: Vec<Part>,
    pub labels: Vec<Label>,
    pub links: Vec<T2>,
}

/// A row in the making: which values it takes, none of them being NULL.
#[derive(Clone, Debug)]
pub struct Seed {
    picks: [Pick; 3],
    maybe: [Option<Pick>; 8],
    array: Vec<Pick>,
}

pub fn seed() -> impl Strategy<Value = Seed> {
    (any::<[Pick; 3]>(), any::<[Option<Pick>; 8]>(), vec(any::<Pick>(), 0..3))
        .prop_map(|(picks, maybe, array)| Seed { picks, maybe, array })
}

impl Seed {
    /// A thing with this key, under one of `keys`.
    pub fn thing(&self, key: i64, keys: &[i64], values: &Values) -> Thing {
        let [text, small, flag] = self.picks;
        let [text2, small2, wide, big, flag2, number, moment, parent] = self.maybe;
        Thing {
            _1: key,
            lower: pick(&values.texts, text).clone(),
            excluded: text2.map(|at| pick(&values.texts, at).clone()),
            it_s_it: *pick(&values.smalls, small),
            sum: small2.map(|at| *pick(&values.smalls, at)),
            int4: wide.map(|at| *pick(&values.wides, at)),
            count: big.map(|at| *pick(&values.bigs, at)),
            null: flag2.map(|at| at % 2 == 0),
            t0: flag % 2 == 0,
            größe_star: number.map(|at| *pick(&values.numbers, at)),
            when: moment.map(|at| *pick(&values.moments, at)),
            brace_brace: flag2.map(|_| values.list(&values.smalls, &self.array)),
            t1: parent.map(|at| *pick(keys, at)),
        }
    }
}

/// The key of the thing in this place; some are the smallest and largest that there are.
pub fn thing_key(at: usize) -> i64 {
    match at {
        0 => i64::MAX,
        1 => i64::MIN,
        2 => 0,
        _ => i64::try_from(at).unwrap(),
    }
}

pub fn world() -> impl Strategy<Value = World> {
    let rows = (vec(seed(), 1..14), vec(seed(), 1..16), vec(seed(), 1..6), vec(any::<[Pick; 2]>(), 0..20));
    (values(), rows).prop_map(|(values, (things, parts, labels, links))| {
        let keys: Vec<i64> = (0..things.len()).map(thing_key).collect();
        let things: Vec<_> =
            things.iter().zip(&keys).map(|(seed, key)| seed.thing(*key, &keys, &values)).collect();
        let parts = (1..).zip(&parts).map(|(key, seed)| Part {
            question: key,
            t0: *pick(&keys, seed.picks[0]),
            max: seed.maybe[0].map(|at| *pick(&values.smalls, at)),
            lower: seed.maybe[1].map(|at| pick(&values.texts, at).clone()),
        });
        let parts = parts.collect();
        let labels = (1..).zip(&labels).map(|(key, seed)| Label {
            _1: key,
            string_agg: pick(&values.texts, seed.picks[0]).clone(),
            min: seed.maybe[0].map(|at| *pick(&values.smalls, at)),
        });
        let labels: Vec<Label> = labels.collect();
        let mut links: Vec<_> =
            links.iter().map(|[t0, t1]| (*pick(&keys, *t0), pick(&labels, *t1)._1)).collect();
        links.sort_unstable();
        links.dedup();
        let links = links.into_iter().map(|(t0, t1)| T2 { t0, t1 }).collect();
        World { values, things, parts, labels, links }
    })
}

/// Which rows belong to a row; to none, none do.
impl World {
    pub fn parent(&self, thing: &Thing) -> Option<&Thing> {
        self.things.iter().find(|parent| Some(parent._1) == thing.t1)
    }

    pub fn parents(&self, thing: &Thing) -> Vec<&Thing> {
        self.parent(thing).into_iter().collect()
    }

    pub fn children(&self, thing: &Thing) -> Vec<&Thing> {
        self.things.iter().filter(|child| child.t1 == Some(thing._1)).collect()
    }

    pub fn parts(&self, thing: &Thing) -> Vec<&Part> {
        self.parts.iter().filter(|part| part.t0 == thing._1).collect()
    }

    pub fn whole(&self, part: &Part) -> Option<&Thing> {
        self.things.iter().find(|thing| thing._1 == part.t0)
    }

    pub fn wholes(&self, part: &Part) -> Vec<&Thing> {
        self.whole(part).into_iter().collect()
    }

    pub fn labels(&self, thing: &Thing) -> Vec<&Label> {
        let linked =
            |label: &&Label| self.links.iter().any(|link| link.t0 == thing._1 && link.t1 == label._1);
        self.labels.iter().filter(linked).collect()
    }

    pub fn labelled(&self, label: &Label) -> Vec<&Thing> {
        let linked =
            |thing: &&Thing| self.links.iter().any(|link| link.t0 == thing._1 && link.t1 == label._1);
        self.things.iter().filter(linked).collect()
    }
}

pub fn new_thing(thing: &Thing) -> NewT0Minus {
    let Thing {
        _1, lower, excluded, it_s_it, sum, int4, count, null, t0, größe_star, when, brace_brace, t1
    } = thing.clone();
    NewT0Minus {
        _1, lower, excluded, it_s_it, sum, int4, count, null, t0, größe_star, when, brace_brace, t1
    }
}

pub fn new_part(part: &Part) -> NewT1 {
    let Part { question, t0, max, lower } = part.clone();
    NewT1 { question, t0, max, lower }
}

pub fn new_label(label: &Label) -> NewExistsSelect {
    let Label { _1, string_agg, min } = label.clone();
    NewExistsSelect { _1, string_agg, min }
}
