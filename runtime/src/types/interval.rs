//! `interval`.

use std::{fmt, str::FromStr};

use bytes::{BufMut, BytesMut};

use super::{
    ParseError,
    timetz::{number, parse_clock, write_clock},
    wire::{ByteReader, WireResult, codec, serde_as_text},
};

/// A span of time: `1 year 2 mons 3 days 04:05:06.789`.
///
/// Months, days and microseconds are stored separately, because none of them is a fixed number of another: two
/// intervals are equal here when all three are, while PostgreSQL also calls 30 days equal to a month
/// (<https://www.postgresql.org/docs/current/datatype-datetime.html#DATATYPE-INTERVAL-INPUT>). The text form is that
/// of the `IntervalStyle` `postgres`, the default. Binary format: `interval_send`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Interval {
    /// The number of months; a year is twelve of them.
    pub months: i32,
    /// The number of days, which may be of different lengths.
    pub days: i32,
    /// The number of microseconds; hours and minutes are part of it.
    pub microseconds: i64,
}

impl Interval {
    /// `infinity`, which PostgreSQL has since version 17.
    pub const INFINITY: Self = Self::new(i32::MAX, i32::MAX, i64::MAX);

    /// `-infinity`, which PostgreSQL has since version 17.
    pub const NEG_INFINITY: Self = Self::new(i32::MIN, i32::MIN, i64::MIN);

    /// An interval of months, days and microseconds.
    pub const fn new(months: i32, days: i32, microseconds: i64) -> Self {
        Self { months, days, microseconds }
    }

    fn read(reader: &mut ByteReader<'_>) -> WireResult<Self> {
        let (microseconds, days, months) = (reader.i64()?, reader.i32()?, reader.i32()?);
        Ok(Self { months, days, microseconds })
    }

    fn write(self, out: &mut BytesMut) -> WireResult<()> {
        out.put_i64(self.microseconds);
        out.put_i32(self.days);
        out.put_i32(self.months);
        Ok(())
    }

    fn parse(text: &str) -> Option<Self> {
        match text {
            "infinity" => return Some(Self::INFINITY),
            "-infinity" => return Some(Self::NEG_INFINITY),
            _ => {}
        }
        let mut words = text.split_ascii_whitespace().peekable();
        words.peek()?;
        let (mut months, mut days, mut microseconds) = (0_i64, 0_i64, 0_i64);
        while let Some(word) = words.next() {
            let (negative, digits) = split_sign(word);
            if digits.contains(':') {
                microseconds = signed(parse_clock(digits)?, negative);
                continue;
            }
            let value = signed(number(digits)?, negative);
            match words.next()? {
                "year" | "years" => months = months.checked_add(value.checked_mul(12)?)?,
                "mon" | "mons" => months = months.checked_add(value)?,
                "day" | "days" => days = days.checked_add(value)?,
                _ => return None,
            }
        }
        Some(Self { months: months.try_into().ok()?, days: days.try_into().ok()?, microseconds })
    }
}

codec!(Interval, [INTERVAL]);
serde_as_text!(Interval);

fn split_sign(word: &str) -> (bool, &str) {
    match word.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, word.strip_prefix('+').unwrap_or(word)),
    }
}

fn signed(value: i64, negative: bool) -> i64 {
    if negative { -value } else { value }
}

/// PostgreSQL's `EncodeInterval`: each part has its own sign, written if the part is negative or follows a negative
/// one.
impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::INFINITY => return f.write_str("infinity"),
            Self::NEG_INFINITY => return f.write_str("-infinity"),
            _ => {}
        }
        let (mut space, mut plus) = ("", "");
        for (value, unit) in [(self.months / 12, "year"), (self.months % 12, "mon"), (self.days, "day")] {
            if value != 0 {
                let sign = if value > 0 { plus } else { "" };
                let plural = if value == 1 { "" } else { "s" };
                write!(f, "{space}{sign}{value} {unit}{plural}")?;
                space = " ";
                plus = if value < 0 { "+" } else { "" };
            }
        }
        if self.microseconds != 0 || space.is_empty() {
            let sign = if self.microseconds < 0 { "-" } else { plus };
            write!(f, "{space}{sign}")?;
            write_clock(self.microseconds.unsigned_abs(), f)?;
        }
        Ok(())
    }
}

/// Parses the form that `Display` writes, its parts in any order. For other styles, cast a text in SQL.
impl FromStr for Interval {
    type Err = ParseError;

    fn from_str(text: &str) -> std::result::Result<Self, ParseError> {
        Self::parse(text).ok_or(ParseError::new("interval"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text() {
        let cases = [
            ("00:00:00", Interval::default()),
            ("1 year 2 mons 3 days 04:05:06.789", Interval::new(14, 3, 14_706_789_000)),
            ("-1 years -2 mons +3 days -04:05:06", Interval::new(-14, 3, -14_706_000_000)),
            ("-1 days +00:00:00.000001", Interval::new(0, -1, 1)),
            ("1 day", Interval::new(0, 1, 0)),
            ("-178956970 years -8 mons", Interval::new(i32::MIN, 0, 0)),
            ("2562047788:00:54.775807", Interval::new(0, 0, i64::MAX)),
            ("infinity", Interval::INFINITY),
            ("-infinity", Interval::NEG_INFINITY),
        ];
        for (text, value) in cases {
            assert_eq!(value.to_string(), text);
            assert_eq!(text.parse(), Ok(value), "{text}");
        }
    }

    #[test]
    fn what_is_no_interval() {
        for bad in ["", " ", "1", "1 fortnight", "day", "1 day 2", "999999999999 days", "1:2:3:4", "--1 days"]
        {
            assert!(bad.parse::<Interval>().is_err(), "{bad}");
        }
    }
}
