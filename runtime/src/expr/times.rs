//! Times of `chrono` that stand for one of a column's type: the same instant, or the same day.
//!
//! An `Option` of one does not: with two sorts of `Option` for a column, `set(column, None)` would not compile.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, Utc};

use super::{IntoValue, operand::stands_for};
use crate::types::OrInfinity;

macro_rules! times {
    ($($from:ty => $to:ty, $convert:expr;)*) => {$(
        impl IntoValue<$to> for $from {
            fn into_value(self) -> $to {
                $convert(self)
            }
        }

        stands_for! { [] $from => $to; }
    )*};
}

times! {
    DateTime<FixedOffset> => DateTime<Utc>, |time: DateTime<FixedOffset>| time.to_utc();
    DateTime<FixedOffset> => OrInfinity<DateTime<Utc>>, |time: DateTime<FixedOffset>| OrInfinity::Value(time.to_utc());
    DateTime<Utc> => OrInfinity<DateTime<Utc>>, OrInfinity::Value;
    NaiveDateTime => OrInfinity<NaiveDateTime>, OrInfinity::Value;
    NaiveDate => OrInfinity<NaiveDate>, OrInfinity::Value;
}
