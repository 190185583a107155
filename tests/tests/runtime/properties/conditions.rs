//! Conditions made at random: for each of them the query's own, and beside it what it means, in plain Rust and with SQL's
//! three truth values: `None` is unknown.

use ormgen_runtime::{
    Expr, Filter, Nullable,
    functions::{at_time_zone, nullable, seconds},
    prelude::*,
    query::Anywhere,
    types::{Decimal, Interval, NaiveDate, NaiveTime},
};

use super::{
    beside::{Pairing, exists_beside},
    made::{case, case_of_flags},
    terms::{Big, Built, Condition, Int, Moment, Number, Term, Text, Topic, Wide},
    world::{Part, Pick, Values, pick},
};

/// A condition.
#[derive(Clone, Debug)]
pub enum Cond {
    Flag(Pick),
    Int(Int, Test<Int>),
    Text(Text, Test<Text>),
    Wide(Wide, Test<Wide>),
    Big(Big, Test<Big>),
    Number(Number, Test<Number>),
    Moment(Moment, Test<Moment>),
    Pattern(Text, Pattern, Pick),
    Like(Text, Vec<Token>, bool),
    Array(Array, Vec<Pick>),
    And(Box<Cond>, Box<Cond>),
    Or(Box<Cond>, Box<Cond>),
    Not(Box<Cond>),
    Exist(Pick, How, Box<Cond>),
    /// Another row of the same table stands beside it.
    Beside(Box<Pairing>),
    /// Is among what is selected of parts.
    InParts(Int, Box<Int>, Box<Cond>),
    /// Equals one of two values, as a condition says.
    Case(Sort, Box<Cond>, Pick, Pick),
    /// A time moved by seconds, against another one.
    Moved(Moment, i64, Op, Moment),
    /// The time between two, against none.
    Apart(Moment, Moment, Op),
    /// A number against one of another type.
    AgainstBig(Int, Op, Big),
    AgainstNumber(Int, Op, Number),
    /// A time against the day of another one.
    AgainstDay(Moment, Op, Moment),
}

/// The types that a CASE is of.
#[derive(Clone, Copy, Debug)]
pub enum Sort {
    Text,
    Wide,
    Big,
    Number,
    Moment,
    Flag,
}

/// What is asked of a term.
#[derive(Clone, Debug)]
pub enum Test<T> {
    Is(Op, Pick),
    IsAs(Op, T),
    Between(Pick, Pick),
    In(Vec<Pick>),
    NotIn(Vec<Pick>),
    Null,
    NotNull,
}

#[derive(Clone, Copy, Debug)]
pub enum Op {
    Eq,
    Ne,
    Lt,
    Lte,
    Gt,
    Gte,
}

impl Op {
    pub fn holds<T: PartialOrd>(self, left: &T, right: &T) -> bool {
        match self {
            Self::Eq => left == right,
            Self::Ne => left != right,
            Self::Lt => left < right,
            Self::Lte => left <= right,
            Self::Gt => left > right,
            Self::Gte => left >= right,
        }
    }

    pub fn sql<M, T>(
        self,
        left: Expr<M, T, Nullable>,
        right: impl ormgen_runtime::query::Operand<M, T, Place = Anywhere>,
    ) -> Filter<M> {
        match self {
            Self::Eq => left.eq(right),
            Self::Ne => left.ne(right),
            Self::Lt => left.lt(right),
            Self::Lte => left.lte(right),
            Self::Gt => left.gt(right),
            Self::Gte => left.gte(right),
        }
    }
}

/// What is asked of related rows.
#[derive(Clone, Copy, Debug)]
pub enum How {
    Any,
    None,
    All,
}

/// How a text is searched for another, which stands for itself.
#[derive(Clone, Copy, Debug)]
pub enum Pattern {
    Contains,
    Starts,
    Ends,
    ContainsIgnoreCase,
    StartsIgnoreCase,
    EndsIgnoreCase,
    EqIgnoreCase,
}

/// A piece of a pattern of LIKE.
#[derive(Clone, Copy, Debug)]
pub enum Token {
    Anything,
    One,
    Char(char),
}

#[derive(Clone, Copy, Debug)]
pub enum Array {
    Has,
    All,
    Any,
    Only,
    Eq,
}

fn and(left: Option<bool>, right: Option<bool>) -> Option<bool> {
    match (left, right) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

fn not_(of: Option<bool>) -> Option<bool> {
    of.map(|of| !of)
}

impl Cond {
    pub fn build<M: Topic>(&self, values: &Values) -> Condition<M> {
        match self {
            Self::Flag(at) => flag(*at),
            Self::Int(term, test) => test.build(term, values),
            Self::Text(term, test) => test.build(term, values),
            Self::Wide(term, test) => test.build(term, values),
            Self::Big(term, test) => test.build(term, values),
            Self::Number(term, test) => test.build(term, values),
            Self::Moment(term, test) => test.build(term, values),
            Self::Pattern(term, pattern, at) => {
                pattern.build(term.build(values), pick(&values.texts, *at).clone())
            }
            Self::Like(term, tokens, ignore_case) => like(term.build(values), tokens.clone(), *ignore_case),
            Self::Array(array, picks) => match M::array() {
                Some(of) => {
                    array.build(of, values.list(&values.smalls, picks), *pick(&values.smalls, picks.len()))
                }
                None => flag(picks.len()),
            },
            Self::And(left, right) => {
                let (left, right) = (left.build(values), right.build::<M>(values));
                Condition::new(left.sql.and(right.sql), move |w, r| {
                    and((left.means)(w, r), (right.means)(w, r))
                })
            }
            Self::Or(left, right) => {
                let (left, right) = (left.build(values), right.build::<M>(values));
                Condition::new(left.sql.or(right.sql), move |w, r| {
                    not_(and(not_((left.means)(w, r)), not_((right.means)(w, r))))
                })
            }
            Self::Not(of) => {
                let of = of.build::<M>(values);
                Condition::new(not(of.sql), move |w, r| not_((of.means)(w, r)))
            }
            Self::Exist(relation, how, of) => M::exist(*relation, *how, of, values),
            Self::Beside(pairing) => exists_beside(pairing, values),
            Self::InParts(of, selected, only) => {
                let (of, only) = (of.build::<M>(values), only.build::<Part>(values));
                let selected = selected.build::<Part>(values);
                let sql = of.sql.in_query(Part::query().filter(only.sql).select(selected.sql));
                Condition::new(sql, move |w, r| {
                    let parts = w.parts.iter().map(Some).filter(|part| (only.means)(w, *part) == Some(true));
                    // NULL is none of the values.
                    let list: Vec<_> = parts.filter_map(|part| (selected.means)(w, part)).collect();
                    match (of.means)(w, r) {
                        _ if list.is_empty() => Some(false),
                        of => of.map(|of| list.contains(&of)),
                    }
                })
            }
            Self::Case(sort, condition, then, otherwise) => {
                let picks = [*then, *otherwise];
                match sort {
                    Sort::Text => case(&Text::Column(*then), condition, values, picks),
                    Sort::Wide => case(&Wide(*then), condition, values, picks),
                    Sort::Big => case(&Big(*then), condition, values, picks),
                    Sort::Number => case(&Number(*then), condition, values, picks),
                    Sort::Moment => case(&Moment(*then), condition, values, picks),
                    Sort::Flag => case_of_flags(condition, values, *then, otherwise % 2 == 0),
                }
            }
            Self::Moved(of, by, op, other) => {
                let (of, other, op, by) = (of.build::<M>(values), other.build::<M>(values), *op, *by);
                let sql = op.sql((of.sql + seconds(by)) - seconds(1), other.sql);
                Condition::new(sql, move |w, r| {
                    let moved = (of.means)(w, r)? + std::time::Duration::from_secs(by.unsigned_abs() - 1);
                    Some(op.holds(&moved, &(other.means)(w, r)?))
                })
            }
            Self::Apart(of, other, op) => {
                let (of, other, op) = (of.build::<M>(values), other.build::<M>(values), *op);
                let apart = of.sql - other.sql;
                let none = Interval::default();
                let sql = match op {
                    Op::Eq => apart.eq(none),
                    Op::Ne => apart.ne(none),
                    Op::Lt => apart.lt(none),
                    Op::Lte => apart.lte(none),
                    Op::Gt => apart.gt(none),
                    Op::Gte => apart.gte(none),
                };
                Condition::new(sql, move |w, r| Some(op.holds(&(of.means)(w, r)?, &(other.means)(w, r)?)))
            }
            Self::AgainstBig(of, op, other) => {
                let (of, other, op) = (of.build::<M>(values), other.build::<M>(values), *op);
                let sql = op.sql(of.sql, other.sql);
                Condition::new(sql, move |w, r| {
                    Some(op.holds(&i64::from((of.means)(w, r)?), &(other.means)(w, r)?))
                })
            }
            Self::AgainstNumber(of, op, other) => {
                let (of, other, op) = (of.build::<M>(values), other.build::<M>(values), *op);
                let sql = op.sql(of.sql, other.sql);
                Condition::new(sql, move |w, r| {
                    Some(op.holds(&Decimal::from((of.means)(w, r)?), &(other.means)(w, r)?))
                })
            }
            Self::AgainstDay(of, op, other) => {
                let (of, other, op) = (of.build::<M>(values), other.build::<M>(values), *op);
                let day = at_time_zone(other.sql, "UTC").cast_to::<NaiveDate>();
                let sql = op.sql(nullable(at_time_zone(of.sql, "UTC")), day);
                Condition::new(sql, move |w, r| {
                    let day = (other.means)(w, r)?.date_naive().and_time(NaiveTime::MIN);
                    Some(op.holds(&(of.means)(w, r)?.naive_utc(), &day))
                })
            }
        }
    }
}

fn flag<M: Topic>(at: Pick) -> Condition<M> {
    let flag = M::flag(at);
    Condition { sql: ormgen_runtime::query::IntoFilter::into_filter(flag.sql), means: flag.means }
}

impl<T: Term> Test<T> {
    fn build<M: Topic>(&self, term: &T, values: &Values) -> Condition<M> {
        let Built { sql, means } = term.build::<M>(values);
        let all = T::values(values);
        match self {
            Self::Is(op, at) => {
                let (op, value) = (*op, pick(all, *at).clone());
                let sql = op.sql(sql, value.clone());
                Condition::new(sql, move |w, r| Some(op.holds(&means(w, r)?, &value)))
            }
            Self::IsAs(op, other) => {
                let (op, other) = (*op, other.build::<M>(values));
                let sql = op.sql(sql, other.sql);
                Condition::new(sql, move |w, r| Some(op.holds(&means(w, r)?, &(other.means)(w, r)?)))
            }
            Self::Between(low, high) => {
                let (low, high) = (pick(all, *low).clone(), pick(all, *high).clone());
                let sql = sql.between(low.clone(), high.clone());
                Condition::new(sql, move |w, r| means(w, r).map(|of| low <= of && of <= high))
            }
            Self::In(picks) => {
                let list = values.list(all, picks);
                let sql = sql.is_in(list.clone());
                Condition::new(sql, move |w, r| among(&list, means(w, r)))
            }
            Self::NotIn(picks) => {
                let list = values.list(all, picks);
                let sql = sql.not_in(list.clone());
                Condition::new(sql, move |w, r| not_(among(&list, means(w, r))))
            }
            Self::Null => Condition::new(sql.is_null(), move |w, r| Some(means(w, r).is_none())),
            Self::NotNull => Condition::new(sql.is_not_null(), move |w, r| Some(means(w, r).is_some())),
        }
    }
}

/// `= ANY`: nothing, not even NULL, equals one of none.
fn among<T: PartialEq>(list: &[T], of: Option<T>) -> Option<bool> {
    if list.is_empty() { Some(false) } else { of.map(|of| list.contains(&of)) }
}

impl Pattern {
    fn build<M: Topic>(self, of: Built<M, String>, text: String) -> Condition<M> {
        let sql = match self {
            Self::Contains => of.sql.contains(&text),
            Self::Starts => of.sql.starts_with(&text),
            Self::Ends => of.sql.ends_with(&text),
            Self::ContainsIgnoreCase => of.sql.contains_ignore_case(&text),
            Self::StartsIgnoreCase => of.sql.starts_with_ignore_case(&text),
            Self::EndsIgnoreCase => of.sql.ends_with_ignore_case(&text),
            Self::EqIgnoreCase => of.sql.eq_ignore_case(&text),
        };
        let folded = text.to_ascii_lowercase();
        Condition::new(sql, move |w, r| {
            let of = (of.means)(w, r)?;
            let lower = of.to_ascii_lowercase();
            Some(match self {
                Self::Contains => of.contains(&text),
                Self::Starts => of.starts_with(&text),
                Self::Ends => of.ends_with(&text),
                Self::ContainsIgnoreCase => lower.contains(&folded),
                Self::StartsIgnoreCase => lower.starts_with(&folded),
                Self::EndsIgnoreCase => lower.ends_with(&folded),
                Self::EqIgnoreCase => lower == folded,
            })
        })
    }
}

fn like<M: Topic>(of: Built<M, String>, tokens: Vec<Token>, ignore_case: bool) -> Condition<M> {
    let pattern: String = tokens
        .iter()
        .map(|token| match token {
            Token::Anything => "%".to_owned(),
            Token::One => "_".to_owned(),
            Token::Char(char @ ('%' | '_' | '\\')) => format!("\\{char}"),
            Token::Char(char) => char.to_string(),
        })
        .collect();
    let sql = if ignore_case { of.sql.ilike(pattern) } else { of.sql.like(pattern) };
    Condition::new(sql, move |w, r| {
        let text: Vec<char> = (of.means)(w, r)?.chars().collect();
        Some(fits(&tokens, &text, &|a, b| a == b || ignore_case && a.eq_ignore_ascii_case(&b)))
    })
}

/// Whether the whole text fits. A pattern can be tried in too many ways, so each token leads from all places to the next.
fn fits(tokens: &[Token], text: &[char], same: &impl Fn(char, char) -> bool) -> bool {
    let mut ends = vec![false; text.len() + 1];
    ends[0] = true;
    for token in tokens {
        let first = ends.iter().position(|end| *end).unwrap_or(ends.len());
        ends = match token {
            Token::Anything => (0..ends.len()).map(|end| end >= first).collect(),
            Token::One => [false].into_iter().chain(ends.into_iter().take(text.len())).collect(),
            Token::Char(token) => {
                let more = ends.iter().zip(text).map(|(end, char)| *end && same(*token, *char));
                [false].into_iter().chain(more).collect()
            }
        };
    }
    ends[text.len()]
}

impl Array {
    fn build<M: Topic>(self, of: Built<M, Vec<i32>>, list: Vec<i32>, one: i32) -> Condition<M> {
        let sql = match self {
            Self::Has => of.sql.has(one),
            Self::All => of.sql.has_all(list.clone()),
            Self::Any => of.sql.has_any(list.clone()),
            Self::Only => of.sql.has_only(list.clone()),
            Self::Eq => of.sql.eq(list.clone()),
        };
        Condition::new(sql, move |w, r| {
            let of = (of.means)(w, r)?;
            Some(match self {
                Self::Has => of.contains(&one),
                Self::All => list.iter().all(|value| of.contains(value)),
                Self::Any => list.iter().any(|value| of.contains(value)),
                Self::Only => of.iter().all(|value| list.contains(value)),
                Self::Eq => of == list,
            })
        })
    }
}
