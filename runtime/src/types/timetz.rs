//! `time with time zone`, and the clock format that [`Interval`](super::Interval) shares with it.

use std::{fmt, str::FromStr};

use bytes::{BufMut, BytesMut};

use super::{
    ParseError,
    wire::{ByteReader, WireResult, codec, serde_as_text},
};

/// A time of day with its offset from UTC: `13:37:00.5+05:30`.
///
/// PostgreSQL's manual advises against the type
/// (<https://www.postgresql.org/docs/current/datatype-datetime.html>). Two values are equal when both their fields
/// are. Binary format: `timetz_send`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct TimeTz {
    /// Microseconds since midnight, up to 86,400,000,000 (`24:00:00`).
    pub microseconds: i64,
    /// Seconds that the time zone is ahead of UTC, less than 16 hours either way.
    pub utc_offset: i32,
}

impl TimeTz {
    const DAY: i64 = 86_400_000_000;
    const ZONES: i32 = 16 * 3600;

    fn read(reader: &mut ByteReader<'_>) -> WireResult<Self> {
        let microseconds = reader.i64()?;
        // In the binary format, and only there, west is positive.
        let west = reader.i32()?;
        Self::checked(microseconds, west.saturating_neg()).ok_or_else(|| "the time is out of range".into())
    }

    fn write(self, out: &mut BytesMut) -> WireResult<()> {
        out.put_i64(self.microseconds);
        out.put_i32(self.utc_offset.saturating_neg());
        Ok(())
    }

    fn checked(microseconds: i64, utc_offset: i32) -> Option<Self> {
        let valid = (0..=Self::DAY).contains(&microseconds) && utc_offset.abs() < Self::ZONES;
        valid.then_some(Self { microseconds, utc_offset })
    }

    fn parse(text: &str) -> Option<Self> {
        let (time, sign, zone) = match text.split_once('+') {
            Some((time, zone)) => (time, 1, zone),
            None => text.split_once('-').map(|(time, zone)| (time, -1, zone))?,
        };
        let mut parts = zone.split(':');
        let hours = parts.next()?;
        let (minutes, seconds) = (parts.next().unwrap_or("00"), parts.next().unwrap_or("00"));
        if parts.next().is_some() {
            return None;
        }
        let (hours, minutes, seconds) = (number(hours)?, number(minutes)?, number(seconds)?);
        if minutes >= 60 || seconds >= 60 {
            return None;
        }
        let offset = i32::try_from(hours)
            .ok()?
            .checked_mul(3600)?
            .checked_add(i32::try_from(minutes * 60 + seconds).ok()?)?;
        Self::checked(parse_clock(time)?, sign * offset)
    }
}

codec!(TimeTz, [TIMETZ]);
serde_as_text!(TimeTz);

impl fmt::Display for TimeTz {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_clock(self.microseconds.unsigned_abs(), f)?;
        let sign = if self.utc_offset < 0 { '-' } else { '+' };
        let offset = self.utc_offset.unsigned_abs();
        let (hours, minutes, seconds) = (offset / 3600, offset / 60 % 60, offset % 60);
        write!(f, "{sign}{hours:02}")?;
        if minutes != 0 || seconds != 0 {
            write!(f, ":{minutes:02}")?;
        }
        if seconds != 0 {
            write!(f, ":{seconds:02}")?;
        }
        Ok(())
    }
}

/// Parses the form that `Display` writes; the seconds may be left out.
impl FromStr for TimeTz {
    type Err = ParseError;

    fn from_str(text: &str) -> std::result::Result<Self, ParseError> {
        Self::parse(text).ok_or(ParseError::new("time with time zone"))
    }
}

/// Writes `HH:MM:SS`, and the fraction if there is one, without the zeros at its end.
pub(super) fn write_clock(microseconds: u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (seconds, mut fraction) = (microseconds / 1_000_000, microseconds % 1_000_000);
    write!(f, "{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)?;
    if fraction == 0 {
        return Ok(());
    }
    let mut width = 6;
    while fraction.is_multiple_of(10) {
        fraction /= 10;
        width -= 1;
    }
    write!(f, ".{fraction:0width$}")
}

/// Parses `HH:MM`, `HH:MM:SS` or `HH:MM:SS.ffffff` into microseconds. The hours may exceed a day.
pub(super) fn parse_clock(text: &str) -> Option<i64> {
    let mut parts = text.split(':');
    let (hours, minutes) = (number(parts.next()?)?, number(parts.next()?)?);
    let (seconds, fraction) = match parts.next() {
        Some(seconds) => seconds.split_once('.').unwrap_or((seconds, "0")),
        None => ("0", "0"),
    };
    let seconds = number(seconds)?;
    if parts.next().is_some() || minutes >= 60 || seconds > 60 || fraction.len() > 6 {
        return None;
    }
    let scale = 10_i64.checked_pow(6_u32.checked_sub(u32::try_from(fraction.len()).ok()?)?)?;
    let seconds = hours.checked_mul(3600)?.checked_add(minutes * 60 + seconds)?;
    seconds.checked_mul(1_000_000)?.checked_add(number(fraction)? * scale)
}

/// Parses a number without a sign.
pub(super) fn number(text: &str) -> Option<i64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text() {
        let cases = [
            ("00:00:00+00", 0, 0),
            ("13:37:00.5+05:30", 49_020_500_000, 19_800),
            ("24:00:00-15:59:59", TimeTz::DAY, -57_599),
            ("23:59:59.999999+15:59:59", TimeTz::DAY - 1, 57_599),
            ("00:00:00.000001-00:30", 1, -1800),
        ];
        for (text, microseconds, utc_offset) in cases {
            let value = TimeTz { microseconds, utc_offset };
            assert_eq!(value.to_string(), text);
            assert_eq!(text.parse(), Ok(value));
        }
        assert_eq!("12:30+1".parse(), Ok(TimeTz { microseconds: 45_000_000_000, utc_offset: 3600 }));
    }

    #[test]
    fn what_is_no_time() {
        for bad in [
            "",
            "12:00:00",
            "25:00:00+00",
            "12:60:00+00",
            "12:00:00+16",
            "12:00:00+00:60",
            "12:00:00+00:9223372036854775807",
            "12:00:00.1234567+00",
            "1-2-3",
            "99999999999999999999:00+00",
            "12:00:00+99999999999",
            "+:+",
        ] {
            assert!(bad.parse::<TimeTz>().is_err(), "{bad}");
        }
    }
}
