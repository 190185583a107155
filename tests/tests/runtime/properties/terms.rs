//! Expressions and conditions made at random: for each of them the query's own, and beside it what it means, in plain
//! Rust and with SQL's three truth values: `None` is NULL, or unknown.

use ormgen_runtime::{
    Expr, Filter, Nullable, Relation,
    functions::{abs, coalesce, concat, length, lower, max, nullif, seconds, sql, when},
    prelude::*,
    relation::{AtMostOne, Reach, Subject},
    types::{DateTime, Decimal, Interval, Utc},
};
use ormgen_tests::generated::strange::adversarial::Adversarial;
use tokio_postgres::types::ToSql;

use super::{
    made::{before, case, case_of_flags, smaller},
    tables::Rows,
    world::{Part, Pick, Values, World, pick},
};

/// What something is for a row; for the row that an optional relation did not find, every column is NULL.
pub type Means<M, T> = Box<dyn Fn(&World, Option<&M>) -> Option<T>>;

/// An expression and its meaning.
pub struct Built<M, T> {
    pub sql: Expr<M, T, Nullable>,
    pub means: Means<M, T>,
}

/// A condition and its meaning.
pub struct Condition<M> {
    pub sql: Filter<M>,
    pub means: Means<M, bool>,
}

impl<M: 'static, T: 'static> Built<M, T> {
    pub fn new<E>(sql: E, means: impl Fn(&World, Option<&M>) -> Option<T> + 'static) -> Self
    where
        E: ormgen_runtime::Expression<M, Value = T>,
    {
        Self { sql: maybe(sql), means: Box::new(means) }
    }

    pub fn column<E>(sql: E, get: impl Fn(&M) -> Option<T> + 'static) -> Self
    where
        E: ormgen_runtime::Expression<M, Value = T>,
    {
        Self::new(sql, move |_, row| get(row?))
    }
}

impl<M: 'static> Condition<M> {
    pub fn new(sql: Filter<M>, means: impl Fn(&World, Option<&M>) -> Option<bool> + 'static) -> Self {
        Self { sql, means: Box::new(means) }
    }
}

/// Any expression as one that may be NULL.
fn maybe<M, T>(of: impl ormgen_runtime::Expression<M, Value = T>) -> Expr<M, T, Nullable> {
    sql("").column(of).expression()
}

/// A model that the queries are about: its columns, and where its relations lead.
pub trait Topic: Model<Db = Adversarial> + Clone + PartialEq + std::fmt::Debug + Unpin + 'static {
    fn key(&self) -> i64;
    fn key_sql() -> Expr<Self, i64, Nullable>;
    /// The key's column as SQL names it.
    const KEY_NAME: &'static str;
    fn all(world: &World) -> &[Self];

    fn small(at: Pick) -> Built<Self, i32>;
    fn wide(at: Pick) -> Built<Self, i32>;
    fn text(at: Pick) -> Built<Self, String>;
    fn flag(at: Pick) -> Built<Self, bool>;
    fn big(at: Pick) -> Built<Self, i64>;
    fn number(at: Pick) -> Built<Self, Decimal>;
    fn moment(at: Pick) -> Built<Self, DateTime<Utc>>;
    fn array() -> Option<Built<Self, Vec<i32>>>;

    fn up<T: Term>(of: &T, values: &Values) -> Built<Self, T::Value>;
    fn exist(relation: Pick, how: How, of: &Cond, values: &Values) -> Condition<Self>;
    fn sum_up(relation: Pick, how: Sum, of: &Int, only: &Cond, values: &Values) -> Built<Self, i32>;
}

/// An expression of one type.
pub trait Term: std::fmt::Debug + Clone {
    type Value: ToSql + Clone + PartialOrd + Send + Sync + 'static;

    fn build<M: Topic>(&self, values: &Values) -> Built<M, Self::Value>;

    fn values(values: &Values) -> &[Self::Value];
}

/// Whole numbers, small enough that nothing made of them overflows.
#[derive(Clone, Debug)]
pub enum Int {
    Column(Pick),
    Add(Box<Int>, Box<Int>),
    Minus(Box<Int>, Pick),
    Twice(Box<Int>),
    Third(Box<Int>),
    Abs(Box<Int>),
    Length(Box<Text>),
    Coalesce(Box<Int>, Box<Int>),
    NullIf(Box<Int>, Pick),
    When(Box<Cond>, Box<Int>, Option<Box<Int>>),
    Either(Box<Cond>, Pick, Pick),
    Up(Box<Int>),
    SumUp(Pick, Sum, Box<Int>, Box<Cond>),
    /// Of all parts, whatever the row.
    Largest(Box<Int>, Box<Cond>),
    /// How many rows of the row's own table have a smaller key: a fragment, whose sub-select reads that table by its name.
    Before,
    /// How many rows of the row's own table have a smaller number in a column: the table beside itself.
    Smaller(Pick),
}

/// What is made of related rows.
#[derive(Clone, Copy, Debug)]
pub enum Sum {
    Count,
    Total,
    Min,
    Max,
}

#[derive(Clone, Debug)]
pub enum Text {
    Column(Pick),
    Lower(Box<Text>),
    Concat(Box<Text>, Box<Text>),
    Followed(Box<Text>, Pick),
    Coalesce(Box<Text>, Pick),
    Up(Box<Text>),
}

macro_rules! columns {
    ($($(#[$doc:meta])* $name:ident $value:ty, $column:ident $values:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $name(pub Pick);

        impl Term for $name {
            type Value = $value;

            fn build<M: Topic>(&self, _: &Values) -> Built<M, $value> {
                M::$column(self.0)
            }

            fn values(values: &Values) -> &[$value] {
                &values.$values
            }
        }
    )*};
}

columns! {
    /// A column of any whole numbers.
    Wide i32, wide wides;
    /// A column of larger ones.
    Big i64, big bigs;
    /// A column of decimal numbers.
    Number Decimal, number numbers;
    /// A column of points in time.
    Moment DateTime<Utc>, moment moments;
}

impl Term for Int {
    type Value = i32;

    fn build<M: Topic>(&self, values: &Values) -> Built<M, i32> {
        match self {
            Self::Column(at) => M::small(*at),
            Self::Add(left, right) => {
                let (left, right) = (left.build(values), right.build::<M>(values));
                Built::new(left.sql + right.sql, move |w, r| Some((left.means)(w, r)? + (right.means)(w, r)?))
            }
            Self::Minus(of, at) => {
                let (of, value) = (of.build::<M>(values), *pick(&values.smalls, *at));
                Built::new(of.sql - value, move |w, r| Some((of.means)(w, r)? - value))
            }
            Self::Twice(of) => {
                let of = of.build::<M>(values);
                Built::new(of.sql * 2, move |w, r| Some((of.means)(w, r)? * 2))
            }
            Self::Third(of) => {
                let of = of.build::<M>(values);
                Built::new(of.sql / 3, move |w, r| Some((of.means)(w, r)? / 3))
            }
            Self::Abs(of) => {
                let of = of.build::<M>(values);
                Built::new(abs(of.sql), move |w, r| Some((of.means)(w, r)?.abs()))
            }
            Self::Length(of) => {
                let of = of.build::<M>(values);
                let length_of = |text: String| i32::try_from(text.chars().count()).unwrap();
                Built::new(length(of.sql), move |w, r| (of.means)(w, r).map(length_of))
            }
            Self::Coalesce(first, second) => {
                let (first, second) = (first.build(values), second.build::<M>(values));
                let sql = coalesce(first.sql, second.sql);
                Built::new(sql, move |w, r| (first.means)(w, r).or_else(|| (second.means)(w, r)))
            }
            Self::NullIf(of, at) => {
                let (of, value) = (of.build::<M>(values), *pick(&values.smalls, *at));
                Built::new(nullif(of.sql, value), move |w, r| (of.means)(w, r).filter(|of| *of != value))
            }
            Self::When(condition, then, otherwise) => {
                let (condition, then) = (condition.build(values), then.build::<M>(values));
                let case = when(condition.sql, then.sql);
                let means = move |w: &World, r: Option<&M>| {
                    ((condition.means)(w, r) == Some(true)).then(|| (then.means)(w, r))
                };
                match otherwise {
                    None => Built::new(case.end(), move |w, r| means(w, r).flatten()),
                    Some(otherwise) => {
                        let otherwise = otherwise.build::<M>(values);
                        let sql = case.otherwise(otherwise.sql);
                        Built::new(sql, move |w, r| means(w, r).unwrap_or_else(|| (otherwise.means)(w, r)))
                    }
                }
            }
            Self::Either(condition, then, otherwise) => {
                let condition = condition.build::<M>(values);
                let (then, otherwise) = (*pick(&values.smalls, *then), *pick(&values.smalls, *otherwise));
                Built::new(when(condition.sql, then).otherwise(otherwise), move |w, r| {
                    Some(if (condition.means)(w, r) == Some(true) { then } else { otherwise })
                })
            }
            Self::Up(of) => M::up(&**of, values),
            Self::SumUp(relation, how, of, only) => M::sum_up(*relation, *how, of, only, values),
            Self::Largest(of, only) => {
                let (of, only) = (of.build::<Part>(values), only.build::<Part>(values));
                let sql = Part::query().filter(only.sql).select(max(of.sql)).scalar();
                Built::new(sql, move |w, _| {
                    let parts = w.parts.iter().map(Some).filter(|part| (only.means)(w, *part) == Some(true));
                    parts.filter_map(|part| (of.means)(w, part)).max()
                })
            }
            Self::Before => before(),
            Self::Smaller(at) => smaller(*at),
        }
    }

    fn values(values: &Values) -> &[i32] {
        &values.smalls
    }
}

impl Term for Text {
    type Value = String;

    fn build<M: Topic>(&self, values: &Values) -> Built<M, String> {
        match self {
            Self::Column(at) => M::text(*at),
            Self::Lower(of) => {
                let of = of.build::<M>(values);
                // No value has an upper-case letter beyond ASCII: of those, locales think differently.
                Built::new(lower(of.sql), move |w, r| Some((of.means)(w, r)?.to_ascii_lowercase()))
            }
            Self::Concat(left, right) => {
                let (left, right) = (left.build(values), right.build::<M>(values));
                let sql = concat(left.sql, right.sql);
                Built::new(sql, move |w, r| Some((left.means)(w, r)? + &(right.means)(w, r)?))
            }
            Self::Followed(of, at) => {
                let (of, value) = (of.build::<M>(values), pick(&values.texts, *at).clone());
                let sql = concat(of.sql, value.as_str());
                Built::new(sql, move |w, r| Some((of.means)(w, r)? + &value))
            }
            Self::Coalesce(of, at) => {
                let (of, value) = (of.build::<M>(values), pick(&values.texts, *at).clone());
                let sql = coalesce(of.sql, value.as_str());
                Built::new(sql, move |w, r| Some((of.means)(w, r).unwrap_or_else(|| value.clone())))
            }
            Self::Up(of) => M::up(&**of, values),
        }
    }

    fn values(values: &Values) -> &[String] {
        &values.texts
    }
}

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
    /// Is among what is selected of parts.
    InParts(Int, Box<Int>, Box<Cond>),
    /// Equals one of two values, as a condition says.
    Case(Sort, Box<Cond>, Pick, Pick),
    /// A time moved by seconds, against another one.
    Moved(Moment, i64, Op, Moment),
    /// The time between two, against none.
    Apart(Moment, Moment, Op),
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
    fn holds<T: PartialOrd>(self, left: &T, right: &T) -> bool {
        match self {
            Self::Eq => left == right,
            Self::Ne => left != right,
            Self::Lt => left < right,
            Self::Lte => left <= right,
            Self::Gt => left > right,
            Self::Gte => left >= right,
        }
    }

    fn sql<M, T>(
        self,
        left: Expr<M, T, Nullable>,
        right: impl ormgen_runtime::query::Operand<M, T>,
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
            Self::InParts(of, selected, only) => {
                let (of, only) = (of.build::<M>(values), only.build::<Part>(values));
                let selected = selected.build::<Part>(values);
                let sql = of.sql.in_query(Part::query().filter(only.sql).select(selected.sql));
                Condition::new(sql, move |w, r| {
                    let parts = w.parts.iter().map(Some).filter(|part| (only.means)(w, *part) == Some(true));
                    let list: Vec<_> = parts.map(|part| (selected.means)(w, part)).collect();
                    match (of.means)(w, r) {
                        _ if list.is_empty() => Some(false),
                        Some(of) if list.contains(&Some(of)) => Some(true),
                        Some(_) if !list.contains(&None) => Some(false),
                        _ => None,
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

fn fits(tokens: &[Token], text: &[char], same: &impl Fn(char, char) -> bool) -> bool {
    match (tokens, text) {
        ([], rest) => rest.is_empty(),
        ([Token::Anything, tokens @ ..], text) => {
            (0..=text.len()).any(|skip| fits(tokens, &text[skip..], same))
        }
        ([Token::One, tokens @ ..], [_, text @ ..]) => fits(tokens, text, same),
        ([Token::Char(token), tokens @ ..], [char, text @ ..]) => {
            same(*token, *char) && fits(tokens, text, same)
        }
        _ => false,
    }
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

/// A term of the row that a relation leads to.
pub fn up<M: Topic, R: Topic, K: 'static, S, T: Term>(
    relation: Relation<M, R, K, S>,
    row: for<'w> fn(&'w World, &M) -> Option<&'w R>,
    of: &T,
    values: &Values,
) -> Built<M, T::Value>
where
    S: Reach + AtMostOne,
{
    let of = of.build::<R>(values);
    Built::new(relation.column(of.sql), move |world, from| {
        (of.means)(world, from.and_then(|from| row(world, from)))
    })
}

/// A condition on the rows that a relation leads to.
pub fn exist<M: Topic, R: Topic>(
    relation: impl Subject<M, To = R>,
    rows: Rows<M, R>,
    how: How,
    of: &Cond,
    values: &Values,
) -> Condition<M> {
    let of = of.build::<R>(values);
    let sql = match how {
        How::Any => relation.any(of.sql),
        How::None => relation.none(of.sql),
        How::All => relation.all(of.sql),
    };
    Condition::new(sql, move |world, from| {
        let rows = from.map(|from| rows(world, from)).unwrap_or_default();
        let mut holds = rows.into_iter().map(|row| (of.means)(world, Some(row)) == Some(true));
        Some(match how {
            How::Any => holds.any(|holds| holds),
            How::None => !holds.any(|holds| holds),
            How::All => holds.all(|holds| holds),
        })
    })
}

/// A number made of the rows that a relation leads to.
pub fn sum_up<M: Topic, R: Topic>(
    relation: impl Subject<M, To = R>,
    rows: Rows<M, R>,
    how: Sum,
    of: &Int,
    only: &Cond,
    values: &Values,
) -> Built<M, i32> {
    let (of, only) = (of.build::<R>(values), only.build::<R>(values));
    let relation = relation.matching(only.sql);
    let sql = match how {
        Sum::Count => maybe(relation.count().cast_to::<i32>()),
        Sum::Total => maybe(relation.sum(of.sql).cast_to::<i32>()),
        Sum::Min => relation.min(of.sql),
        Sum::Max => relation.max(of.sql),
    };
    Built::new(sql, move |world, from| {
        let rows = from.map(|from| rows(world, from)).unwrap_or_default();
        let rows = rows.into_iter().filter(|row| (only.means)(world, Some(row)) == Some(true));
        if let Sum::Count = how {
            return Some(i32::try_from(rows.count()).unwrap());
        }
        let numbers = rows.filter_map(|row| (of.means)(world, Some(row)));
        match how {
            Sum::Min => numbers.min(),
            Sum::Max => numbers.max(),
            _ => numbers.reduce(|left, right| left + right),
        }
    })
}
