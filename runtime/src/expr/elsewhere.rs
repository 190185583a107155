//! The names that SQL and other libraries have for what a value does, for the errors that say what to write here.
//!
//! A name is a hidden method on our own types, under a condition that nothing fulfils, so that it is never found in
//! place of another method, not even of one that a program's own trait has.

use super::{Aggregate, Expr, Number, OrderBy, SameAs};
use crate::model::Column;

/// Declares what is missing: a trait that nothing implements, and what the compiler says of it.
macro_rules! missing {
    ($row:ident $text:tt) => {
        #[diagnostic::on_unimplemented(message = $text, label = "there is no method of this name")]
        #[doc(hidden)]
        pub trait $row {
            type Done;

            fn done() -> Self::Done;
        }
    };
}

/// Gives types the names of what is missing.
///
/// A type does not have a method whose condition it does not fulfil, and the error says why, whatever the arguments.
/// Not so where a trait in scope has the name too (`Iterator`, `Fetch`), or where the type is not wholly known: such a
/// name comes after a `;` with its arguments, and is a method that the type has, but cannot call. As it takes
/// `&mut self`, the compiler tries it last.
macro_rules! lacks {
    ($row:ident($($name:ident)* $(; $($common:ident($($argument:ident)*))+)?)
        $([$($generics:tt)*] $on:ty),+) => {
        $crate::expr::lacks!(@each [$row] [$($name)*] [$($($common($($argument)*))+)?] $([$($generics)*] $on),+);
    };
    (@each $row:tt $names:tt $common:tt $([$($generics:tt)*] $on:ty),+) => {
        $($crate::expr::lacks!(@one $row $names $common [$($generics)*] $on);)+
    };
    (@one [$row:ident] [$($name:ident)*] [$($common:ident($($argument:ident)*))*] [$($generics:tt)*] $on:ty) => {
        #[doc(hidden)]
        impl<$($generics)*> $on
        where
            Self: $row,
        {
            $(pub fn $name(&mut self) {})*
        }

        #[doc(hidden)]
        impl<$($generics)*> $on {
            $(pub fn $common<R: $row, $($argument),*>(&mut self, $(_: $argument),*) -> R::Done
            where
                Self: $crate::expr::SameAs<R>,
            {
                R::done()
            })*
        }
    };
}
pub(crate) use {lacks, missing};

macro_rules! values {
    ($row:ident $names:tt: $text:tt) => {
        missing!($row $text);
        lacks!($row $names [M, T, K] Column<M, T, K>, [M, T, K] Aggregate<M, T, K>, [M, T, K, P] Expr<M, T, K, P>);
    };
}

values!(InList(in_ in_list is_any_of eq_any; any(A)): "write `.is_in(&ids)` for one of a list");
values!(NotInList(not_in_list is_not_in ne_all nin): "write `.not_in(&ids)` for none of a list");
values!(InSubquery(in_subquery in_select): "write `.in_query(Order::query().select(Order::CUSTOMER_ID))`");
values!(Equals(equals equal eq_to): "write `.eq(value)` for `=`, and `.is_null()` for `IS NULL`");
values!(Differs(neq not_eq not_equal not_equals): "write `.ne(value)` for `<>`");
values!(AtLeast(gt_eq gteq greater_or_equal; ge(A)): "write `.gte(value)` for `>=`");
values!(AtMost(lt_eq lteq less_or_equal; le(A)): "write `.lte(value)` for `<=`");
values!(IsNull(isnull is_none is_missing): "write `.is_null()` for `IS NULL`");
values!(IsNotNull(notnull not_null is_some is_present is_set has_value): "write `.is_not_null()` for `IS NOT NULL`");
values!(IsTrue(is_true is_false):
    "write the `bool` itself as the condition: `.filter(Customer::ACTIVE)`, `.filter(!Customer::ACTIVE)`");
values!(Negated(not_like not_ilike not_between not_contains):
    "write `!` before the condition: `!Customer::NAME.like(\"A%\")`");
values!(IgnoresCase(icontains istartswith iendswith iexact):
    "write `.contains_ignore_case(\"ada\")`, or `starts_with_ignore_case`, `ends_with_ignore_case`, `eq_ignore_case`");
values!(StartsWith(startswith has_prefix): "write `.starts_with(\"A\")`");
values!(EndsWith(endswith has_suffix): "write `.ends_with(\"a\")`");
values!(LikeAny(like_any ilike_any):
    "write `Filter::any(patterns.iter().map(|pattern| Customer::NAME.ilike(*pattern)))`");
values!(Matches(regex iregex regexp similar_to):
    "write `.matches(\"^A\")` for `~`, `.matches_ignore_case(\"^a\")` for `~*`");
values!(Function(lower upper trim substr replace concat abs round floor ceil nullif greatest least):
    "write this as a function around the value, as in `functions::lower(Customer::NAME).eq(\"ada\")`");
values!(InLowerCase(to_lowercase to_lower): "write `functions::lower(Customer::NAME)`");
values!(InUpperCase(to_uppercase to_upper): "write `functions::upper(Customer::NAME)`");
values!(Length(length char_length; len()): "write `functions::length(Customer::NAME)` for the length of a text");
values!(Aggregated(avg average count_distinct array_agg string_agg; sum() min() max() count()):
    "write an aggregate around the value, as in `functions::sum(Order::TOTAL)`; `count_of(…)` counts values");
values!(Calculated(add plus sub minus mul times div divide modulo):
    "write `Order::TOTAL + 1`; there are `+`, `-`, `*`, `/`, `%`");
values!(OrElse(or unwrap_or_default if_null ifnull nvl; coalesce(A) unwrap_or(A)):
    "write `functions::coalesce(value, 0)` for another value in place of NULL");
values!(Labelled(named; alias(A) as_(A) label(A)):
    "write no name: `.select((a, b))` gives tuples, and `.read_as::<Line>()` makes them structs of `row!`");
values!(CastAs(cast cast_as to_type): "write `.cast_to::<String>()`");
values!(NullsLast(nulls_last nulls_first):
    "write the direction first: `.asc().nulls_last()`, `.desc().nulls_last()`");
values!(PartOfDate(extract date_part year month day hour dow):
    "write `functions::extract(functions::DatePart::Year, Order::PLACED_AT)`");
values!(DateOf(date to_date): "write `.cast_to::<NaiveDate>()` for the date of a time");
values!(AtKey(json_get get_json json_extract get_path arrow):
    "write `.json_at([\"size\", \"width\"])` for JSON at a key, `.text_at([\"color\"])` for its text");

missing!(Directed "write the direction once: `Customer::NAME.desc()`, or `Customer::order(\"-name\")?` of a name");
lacks!(Directed(; asc() desc()) [M] OrderBy<M>);

// A `bool` has an `or` of its own. The value of a sub-query belongs to a model that is not known yet, so that the error
// about what it lacks would not say why.
impl<M, T: Number, K, P> Expr<M, T, K, P> {
    #[doc(hidden)]
    pub fn or<R: OrElse, A>(&mut self, _: A) -> R::Done
    where
        Self: SameAs<R>,
    {
        R::done()
    }
}
