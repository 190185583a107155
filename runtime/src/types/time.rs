//! `time`, including the end of the day, `24:00:00`.

use std::{fmt, str::FromStr};

use bytes::{BufMut, BytesMut};

use super::{
    ParseError,
    timetz::{parse_clock, write_clock},
    wire::{ByteReader, WireResult, codec, serde_as_text},
};

/// A time of day from `00:00:00` to `24:00:00`, the last of which [`NaiveTime`](super::NaiveTime) cannot hold.
///
/// Binary format: `time_send` (<https://www.postgresql.org/docs/current/datatype-datetime.html>).
///
/// ```
/// # use ormgen_runtime::types::Time;
/// let closing: Time = "24:00".parse()?;
/// assert_eq!(closing, Time::MAX);
/// # Ok::<(), ormgen_runtime::types::ParseError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time {
    microseconds: i64,
}

impl Time {
    /// The number of microseconds in a day.
    pub(super) const DAY: i64 = 86_400_000_000;

    /// `24:00:00`.
    pub const MAX: Self = Self { microseconds: Self::DAY };

    /// The time this many microseconds after midnight; none beyond `24:00:00`.
    pub const fn from_microseconds(microseconds: i64) -> Option<Self> {
        if microseconds < 0 || microseconds > Self::DAY { None } else { Some(Self { microseconds }) }
    }

    /// Microseconds since midnight, up to 86,400,000,000.
    pub const fn microseconds(self) -> i64 {
        self.microseconds
    }

    fn read(reader: &mut ByteReader<'_>) -> WireResult<Self> {
        Self::from_microseconds(reader.i64()?).ok_or_else(|| "the time is out of range".into())
    }

    fn write(self, out: &mut BytesMut) -> WireResult<()> {
        out.put_i64(self.microseconds);
        Ok(())
    }
}

codec!(Time, [TIME]);
serde_as_text!(Time);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_clock(self.microseconds.unsigned_abs(), f)
    }
}

/// Parses the form that `Display` writes; the seconds may be left out.
impl FromStr for Time {
    type Err = ParseError;

    fn from_str(text: &str) -> std::result::Result<Self, ParseError> {
        parse_clock(text).and_then(Self::from_microseconds).ok_or(ParseError::new("time"))
    }
}

/// Truncates to microseconds, the server's unit. A leap second becomes the second after it.
#[cfg(feature = "chrono")]
impl From<super::NaiveTime> for Time {
    fn from(time: super::NaiveTime) -> Self {
        use chrono::Timelike;
        let seconds = i64::from(time.num_seconds_from_midnight());
        Self { microseconds: (seconds * 1_000_000 + i64::from(time.nanosecond() / 1000)).min(Self::DAY) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text() {
        for text in ["00:00:00", "24:00:00", "23:59:59.999999", "12:00:00.5"] {
            assert_eq!(text.parse::<Time>().map(|time| time.to_string()).as_deref(), Ok(text));
        }
        for bad in ["24:00:01", "25:00", "-1:00", ""] {
            assert!(bad.parse::<Time>().is_err(), "{bad}");
        }
    }
}
