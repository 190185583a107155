//! How terms, conditions and orders are made at random.

use proptest::{
    collection::vec,
    prelude::*,
    strategy::{BoxedStrategy, Union},
};

use super::{
    beside::pairing,
    conditions::{self, Array, Cond, How, Op, Pattern, Test, Token},
    terms::{Big, Int, Moment, Number, Sum, Text, Wide},
    world::Pick,
};

/// The ways to make something of each sort, made of no more layers than a number.
#[derive(Clone)]
pub struct Make {
    pub int: BoxedStrategy<Int>,
    pub text: BoxedStrategy<Text>,
    pub cond: BoxedStrategy<Cond>,
}

/// Few places: values and columns shall meet.
pub fn place() -> impl Strategy<Value = Pick> + Clone {
    0..40usize
}

fn among<T: Copy + std::fmt::Debug + 'static>(all: &'static [T]) -> impl Strategy<Value = T> + Clone {
    (0..all.len()).prop_map(|at| all[at])
}

pub fn op() -> impl Strategy<Value = Op> + Clone {
    among(&[Op::Eq, Op::Ne, Op::Lt, Op::Lte, Op::Gt, Op::Gte])
}

pub fn make(layers: u32) -> Make {
    let int = place().prop_map(Int::Column).boxed();
    let text = place().prop_map(Text::Column).boxed();
    let cond = leaf(&int, &text);
    (0..layers).fold(Make { int, text, cond }, |below, _| Make {
        int: deeper_int(&below),
        text: deeper_text(&below),
        cond: deeper_cond(&below),
    })
}

fn test<T: Clone + std::fmt::Debug + 'static>(
    other: impl Strategy<Value = T> + 'static,
) -> BoxedStrategy<Test<T>> {
    prop_oneof![
        4 => (op(), place()).prop_map(|(op, at)| Test::Is(op, at)),
        2 => (op(), other).prop_map(|(op, other)| Test::IsAs(op, other)),
        1 => (place(), place()).prop_map(|(low, high)| Test::Between(low, high)),
        1 => vec(place(), 0..4).prop_map(Test::In),
        1 => vec(place(), 0..4).prop_map(Test::NotIn),
        1 => Just(Test::Null),
        1 => Just(Test::NotNull),
    ]
    .boxed()
}

fn leaf(int: &BoxedStrategy<Int>, text: &BoxedStrategy<Text>) -> BoxedStrategy<Cond> {
    let wide = || place().prop_map(Wide);
    let big = || place().prop_map(Big);
    let number = || place().prop_map(Number);
    let moment = || place().prop_map(Moment);
    let pattern = among(&[
        Pattern::Contains,
        Pattern::Starts,
        Pattern::Ends,
        Pattern::ContainsIgnoreCase,
        Pattern::StartsIgnoreCase,
        Pattern::EndsIgnoreCase,
        Pattern::EqIgnoreCase,
    ]);
    let char = among(&['a', 'A', 'b', '%', '_', '\\', '\'', '"', '$', 'é', '😀', ' ', '\n']);
    let token = prop_oneof![Just(Token::Anything), Just(Token::One), char.prop_map(Token::Char)];
    let array = among(&[Array::Has, Array::All, Array::Any, Array::Only, Array::Eq]);
    prop_oneof![
        place().prop_map(Cond::Flag),
        (int.clone(), test(int.clone())).prop_map(|(of, test)| Cond::Int(of, test)),
        (text.clone(), test(text.clone())).prop_map(|(of, test)| Cond::Text(of, test)),
        (wide(), test(wide())).prop_map(|(of, test)| Cond::Wide(of, test)),
        (big(), test(big())).prop_map(|(of, test)| Cond::Big(of, test)),
        (number(), test(number())).prop_map(|(of, test)| Cond::Number(of, test)),
        (moment(), test(moment())).prop_map(|(of, test)| Cond::Moment(of, test)),
        (text.clone(), pattern, place()).prop_map(|(of, pattern, at)| Cond::Pattern(of, pattern, at)),
        (text.clone(), vec(token, 0..5), any::<bool>())
            .prop_map(|(of, like, fold)| Cond::Like(of, like, fold)),
        (array, vec(place(), 0..3)).prop_map(|(array, picks)| Cond::Array(array, picks)),
        (moment(), 1..1_000_000_i64, op(), moment())
            .prop_map(|(of, by, op, other)| Cond::Moved(of, by, op, other)),
        (moment(), moment(), op()).prop_map(|(of, other, op)| Cond::Apart(of, other, op)),
        (int.clone(), op(), big()).prop_map(|(of, op, other)| Cond::AgainstBig(of, op, other)),
        (int.clone(), op(), number()).prop_map(|(of, op, other)| Cond::AgainstNumber(of, op, other)),
        (moment(), op(), moment()).prop_map(|(of, op, other)| Cond::AgainstDay(of, op, other)),
    ]
    .boxed()
}

fn deeper_int(below: &Make) -> BoxedStrategy<Int> {
    let Make { int, text, cond } = below;
    let boxed = || int.clone().prop_map(Box::new);
    let how = among(&[Sum::Count, Sum::Total, Sum::Min, Sum::Max]);
    let sum_up = (place(), how.clone(), boxed(), cond.clone().prop_map(Box::new));
    let beside = (pairing(int.clone(), cond.clone()).prop_map(Box::new), how.clone(), boxed());
    let either = (cond.clone().prop_map(Box::new), place(), place());
    let when = (cond.clone().prop_map(Box::new), boxed(), proptest::option::of(boxed()));
    Union::new_weighted(vec![
        (3, int.clone()),
        (1, (boxed(), boxed()).prop_map(|(left, right)| Int::Add(left, right)).boxed()),
        (1, (boxed(), place()).prop_map(|(of, at)| Int::Minus(of, at)).boxed()),
        (1, boxed().prop_map(Int::Twice).boxed()),
        (1, boxed().prop_map(Int::Third).boxed()),
        (1, boxed().prop_map(Int::Abs).boxed()),
        (1, text.clone().prop_map(|of| Int::Length(Box::new(of))).boxed()),
        (1, (boxed(), boxed()).prop_map(|(first, second)| Int::Coalesce(first, second)).boxed()),
        (1, (boxed(), place()).prop_map(|(of, at)| Int::NullIf(of, at)).boxed()),
        (1, when.prop_map(|(condition, then, otherwise)| Int::When(condition, then, otherwise)).boxed()),
        (1, (boxed(), cond.clone().prop_map(Box::new)).prop_map(|(of, only)| Int::Largest(of, only)).boxed()),
        (1, either.prop_map(|(condition, then, otherwise)| Int::Either(condition, then, otherwise)).boxed()),
        (2, boxed().prop_map(Int::Up).boxed()),
        (1, Just(Int::Before).boxed()),
        (1, place().prop_map(Int::Smaller).boxed()),
        (1, beside.prop_map(|(pairing, how, of)| Int::SumBeside(pairing, how, of)).boxed()),
        (2, sum_up.prop_map(|(relation, how, of, only)| Int::SumUp(relation, how, of, only)).boxed()),
    ])
    .boxed()
}

fn deeper_text(below: &Make) -> BoxedStrategy<Text> {
    let boxed = || below.text.clone().prop_map(Box::new);
    prop_oneof![
        2 => below.text.clone(),
        1 => boxed().prop_map(Text::Lower),
        1 => (boxed(), boxed()).prop_map(|(left, right)| Text::Concat(left, right)),
        1 => (boxed(), place()).prop_map(|(of, at)| Text::Followed(of, at)),
        1 => (boxed(), place()).prop_map(|(of, at)| Text::Coalesce(of, at)),
        1 => boxed().prop_map(Text::Up),
    ]
    .boxed()
}

fn deeper_cond(below: &Make) -> BoxedStrategy<Cond> {
    let boxed = || below.cond.clone().prop_map(Box::new);
    let how = among(&[How::Any, How::None, How::All]);
    let sort = among(&[
        conditions::Sort::Text,
        conditions::Sort::Wide,
        conditions::Sort::Big,
        conditions::Sort::Number,
        conditions::Sort::Moment,
        conditions::Sort::Flag,
    ]);
    let case = (sort, boxed(), place(), place());
    prop_oneof![
        2 => leaf(&below.int, &below.text),
        1 => (boxed(), boxed()).prop_map(|(left, right)| Cond::And(left, right)),
        1 => (boxed(), boxed()).prop_map(|(left, right)| Cond::Or(left, right)),
        1 => boxed().prop_map(Cond::Not),
        2 => case.prop_map(|(sort, condition, then, otherwise)| Cond::Case(sort, condition, then, otherwise)),
        2 => (place(), how, boxed()).prop_map(|(relation, how, of)| Cond::Exist(relation, how, of)),
        1 => pairing(below.int.clone(), below.cond.clone()).prop_map(|pairing| Cond::Beside(Box::new(pairing))),
        1 => (below.int.clone(), below.int.clone().prop_map(Box::new), boxed())
            .prop_map(|(of, selected, only)| Cond::InParts(of, selected, only)),
    ]
    .boxed()
}

/// What rows are sorted by, and how.
#[derive(Clone, Debug)]
pub struct Sort {
    pub by: By,
    pub is_descending: bool,
    /// Whether NULL comes first, where that is said.
    pub nulls_first: Option<bool>,
}

#[derive(Clone, Debug)]
pub enum By {
    Int(Int),
    Text(Text),
    Flag(Pick),
    Big(Big),
    Number(Number),
    Moment(Moment),
}

fn sort(make: &Make) -> impl Strategy<Value = Sort> + use<> {
    let by = prop_oneof![
        1 => make.int.clone().prop_map(By::Int),
        2 => place().prop_map(|at| By::Text(Text::Column(at))),
        1 => make.text.clone().prop_map(By::Text),
        1 => place().prop_map(By::Flag),
        1 => place().prop_map(|at| By::Big(Big(at))),
        1 => place().prop_map(|at| By::Number(Number(at))),
        1 => place().prop_map(|at| By::Moment(Moment(at))),
    ];
    (by, any::<bool>(), any::<Option<bool>>()).prop_map(|(by, is_descending, nulls_first)| Sort {
        by,
        is_descending,
        nulls_first,
    })
}

/// Which rows, and in which order.
#[derive(Clone, Debug)]
pub struct Ask {
    pub filters: Vec<Cond>,
    pub order: Vec<Sort>,
    pub limit: Option<u64>,
    pub offset: Option<u64>,
}

pub fn ask(make: &Make) -> impl Strategy<Value = Ask> + use<> {
    let some = || proptest::option::weighted(0.3, 0..6u64);
    (vec(make.cond.clone(), 0..3), vec(sort(make), 0..3), some(), some())
        .prop_map(|(filters, order, limit, offset)| Ask { filters, order, limit, offset })
}
