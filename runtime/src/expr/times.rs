//! Times of `chrono` that stand for one of a column's type: the same instant, or the same day.
//!
//! An `Option` of one does not: with two sorts of `Option` for a column, `set(column, None)` would not compile.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, Utc};

use super::{Anywhere, Assign, IntoValue, Operand, typed::type_of};
use crate::{
    model::{Database, NotNull},
    sql::Parts,
    types::{OrInfinity, PointRange},
};

macro_rules! times {
    ($($from:ty => $to:ty, $convert:expr;)*) => {$(
        impl<M> Operand<M, $to> for $from {
            type Value = $to;
            type Kind = NotNull;
            type Place = Anywhere;
            const IS_VALUE: bool = true;

            fn into_operand(self) -> Parts {
                Parts::value($convert(self))
            }

            fn cast<D: Database>(&self) -> Option<&'static str> {
                Some(type_of::<$to, D>())
            }

            fn into_array(self) -> Parts {
                Parts::value(vec![$convert(self)])
            }

            fn into_point(self) -> Parts {
                Parts::value(PointRange($convert(self)))
            }
        }

        impl<M, K> Assign<M, $to, K> for $from {
            fn into_assigned(self) -> Parts {
                Parts::value($convert(self))
            }
        }

        impl IntoValue<$to> for $from {
            fn into_value(self) -> $to {
                $convert(self)
            }
        }
    )*};
}

times! {
    DateTime<FixedOffset> => DateTime<Utc>, |time: DateTime<FixedOffset>| time.to_utc();
    DateTime<FixedOffset> => OrInfinity<DateTime<Utc>>, |time: DateTime<FixedOffset>| OrInfinity::Value(time.to_utc());
    DateTime<Utc> => OrInfinity<DateTime<Utc>>, OrInfinity::Value;
    NaiveDateTime => OrInfinity<NaiveDateTime>, OrInfinity::Value;
    NaiveDate => OrInfinity<NaiveDate>, OrInfinity::Value;
}
