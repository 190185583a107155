//! `numeric` without limits, for numbers that [`Decimal`](super::Decimal) cannot hold.

use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    str::FromStr,
};

use bytes::{BufMut, BytesMut};

use super::{
    ParseError,
    wire::{ByteReader, WireResult, codec, serde_as_text},
};

/// A value of type `numeric` of any precision, `NaN` and the infinities included.
///
/// The type stores and passes on numbers; it does not calculate. Equality and order are PostgreSQL's: by value, so
/// that
/// `1.0` equals `1.00`, and with `NaN` equal to itself and above everything
/// (<https://www.postgresql.org/docs/current/datatype-numeric.html>). Binary format: `numeric_send`.
///
/// ```
/// # use ormgen_runtime::types::Numeric;
/// let price: Numeric = "1.50".parse()?;
/// assert_eq!(price.to_string(), "1.50");
/// assert_eq!(price, "1.5".parse()?);
/// assert!(price < Numeric::NAN);
/// # Ok::<(), ormgen_runtime::types::ParseError>(())
/// ```
#[derive(Clone)]
pub struct Numeric(NumericValue);

#[derive(Clone)]
enum NumericValue {
    NegInfinity,
    Finite(Finite),
    Infinity,
    NaN,
}

/// `digits[0] * 10000^weight + digits[1] * 10000^(weight - 1) + …`, with no zero at either end.
#[derive(Clone, Default)]
struct Finite {
    negative: bool,
    weight: i16,
    digits: Vec<u16>,
    /// The number of decimals to show; at least as many as the digits have.
    scale: u16,
}

/// The values of the binary format's `sign` field: `numeric.c`.
mod sign {
    pub(super) const POSITIVE: u16 = 0x0000;
    pub(super) const NEGATIVE: u16 = 0x4000;
    pub(super) const NAN: u16 = 0xC000;
    pub(super) const INFINITY: u16 = 0xD000;
    pub(super) const NEG_INFINITY: u16 = 0xF000;
}

/// `NUMERIC_DSCALE_MAX`.
const MAX_SCALE: u16 = 0x3FFF;
/// The most digits before the point that the weight can express.
const MAX_INTEGER_DIGITS: i64 = 131_072;
const BASE: u16 = 10_000;
/// The number of decimal digits in one digit of base 10000.
const GROUP: usize = 4;

impl Numeric {
    /// `NaN`, not a number.
    pub const NAN: Self = Self(NumericValue::NaN);

    /// `Infinity`, above every number (PostgreSQL 14).
    pub const INFINITY: Self = Self(NumericValue::Infinity);

    /// `-Infinity`, below every number (PostgreSQL 14).
    pub const NEG_INFINITY: Self = Self(NumericValue::NegInfinity);

    /// The number of decimals that the text form shows; none if the value is not a finite number.
    pub fn scale(&self) -> Option<u16> {
        match &self.0 {
            NumericValue::Finite(finite) => Some(finite.scale),
            _ => None,
        }
    }

    /// Whether the value is neither `NaN` nor an infinity.
    pub fn is_finite(&self) -> bool {
        matches!(self.0, NumericValue::Finite(_))
    }

    fn read(reader: &mut ByteReader<'_>) -> WireResult<Self> {
        let count = usize::from(reader.u16()?);
        let (weight, sign, scale) = (reader.i16()?, reader.u16()?, reader.u16()?);
        reader.expect_items(count, size_of::<u16>())?;
        let digits = reader.items(count, ByteReader::u16)?;
        if digits.iter().any(|&digit| digit >= BASE) || scale > MAX_SCALE {
            return Err("the number is malformed".into());
        }
        let negative = match sign {
            sign::POSITIVE => false,
            sign::NEGATIVE => true,
            sign::NAN => return Ok(Self::NAN),
            sign::INFINITY => return Ok(Self::INFINITY),
            sign::NEG_INFINITY => return Ok(Self::NEG_INFINITY),
            _ => return Err("the number's sign is malformed".into()),
        };
        let finite =
            Finite::normal(negative, weight.into(), digits, scale).ok_or("the number is out of range")?;
        Ok(Self(NumericValue::Finite(finite)))
    }

    fn write(&self, out: &mut BytesMut) -> WireResult<()> {
        let empty = Finite::default();
        let (sign, finite) = match &self.0 {
            NumericValue::NegInfinity => (sign::NEG_INFINITY, &empty),
            NumericValue::Infinity => (sign::INFINITY, &empty),
            NumericValue::NaN => (sign::NAN, &empty),
            NumericValue::Finite(finite) if finite.negative => (sign::NEGATIVE, finite),
            NumericValue::Finite(finite) => (sign::POSITIVE, finite),
        };
        out.put_u16(u16::try_from(finite.digits.len())?);
        out.put_i16(finite.weight);
        out.put_u16(sign);
        out.put_u16(finite.scale);
        finite.digits.iter().for_each(|&digit| out.put_u16(digit));
        Ok(())
    }

    fn parse(text: &str) -> Option<Self> {
        let text = text.trim_matches([' ', '\t', '\n', '\r']);
        let (negative, number) = match text.strip_prefix('-') {
            Some(number) => (true, number),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        if ["infinity", "inf"].iter().any(|name| number.eq_ignore_ascii_case(name)) {
            return Some(if negative { Self::NEG_INFINITY } else { Self::INFINITY });
        }
        if text.eq_ignore_ascii_case("nan") {
            return Some(Self::NAN);
        }
        Finite::parse(negative, number).map(|finite| Self(NumericValue::Finite(finite)))
    }
}

codec!(Numeric, [NUMERIC]);
serde_as_text!(Numeric);

impl Finite {
    /// Removes zeros at either end; none if PostgreSQL has no number so large or with so many decimals.
    fn normal(negative: bool, weight: i64, mut digits: Vec<u16>, scale: u16) -> Option<Self> {
        let end = digits.iter().rposition(|&digit| digit != 0).map_or(0, |last| last + 1);
        digits.truncate(end);
        let leading = digits.iter().take_while(|&&digit| digit == 0).count();
        digits.drain(..leading);
        if digits.is_empty() {
            return Some(Self { scale, ..Self::default() });
        }
        let weight = weight - i64::try_from(leading).ok()?;
        let decimals = decimals(weight, &digits)?;
        let scale = scale.max(u16::try_from(decimals.max(0)).ok()?);
        let weight = i16::try_from(weight).ok()?;
        (scale <= MAX_SCALE).then_some(Self { negative, weight, digits, scale })
    }

    /// Parses digits, a point and an exponent.
    fn parse(negative: bool, text: &str) -> Option<Self> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?.into()),
            None => (text, 0_i64),
        };
        let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits: Vec<u8> =
            [integer, fraction].concat().bytes().map(decimal_digit).collect::<Option<_>>()?;
        if digits.is_empty() {
            return None;
        }
        let decimals = i64::try_from(fraction.len()).ok()? - exponent;
        let scale = u16::try_from(decimals.max(0)).ok().filter(|&scale| scale <= MAX_SCALE)?;
        let significant =
            digits.get(digits.iter().position(|&digit| digit != 0).unwrap_or(digits.len())..)?;
        // How many of the significant digits are before the point; the point may lie outside of them.
        let before_point = i64::try_from(significant.len()).ok()? - decimals;
        if significant.is_empty() {
            return Some(Self { scale, ..Self::default() });
        }
        if before_point > MAX_INTEGER_DIGITS {
            return None;
        }
        let group = i64::try_from(GROUP).ok()?;
        let weight = (before_point + group - 1).div_euclid(group) - 1;
        let padding = usize::try_from((weight + 1) * group - before_point).ok()?;
        Self::normal(negative, weight, groups(padding, significant), scale)
    }

    fn cmp(&self, other: &Self) -> Ordering {
        let sign = |finite: &Self| match (finite.digits.is_empty(), finite.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        };
        let magnitude = || self.weight.cmp(&other.weight).then_with(|| self.digits.cmp(&other.digits));
        sign(self)
            .cmp(&sign(other))
            .then_with(|| if self.negative { magnitude().reverse() } else { magnitude() })
    }

    /// The digit of base 10000 at this weight.
    fn digit(&self, weight: i32) -> u16 {
        let index = usize::try_from(i32::from(self.weight) - weight);
        index.ok().and_then(|index| self.digits.get(index)).copied().unwrap_or(0)
    }
}

/// The number of decimals that the digits need.
fn decimals(weight: i64, digits: &[u16]) -> Option<i64> {
    let groups = i64::try_from(digits.len()).ok()? - 1 - weight;
    let mut last = *digits.last()?;
    let mut zeros = 0;
    while last != 0 && last % 10 == 0 {
        last /= 10;
        zeros += 1;
    }
    Some(groups * i64::try_from(GROUP).ok()? - zeros)
}

/// Converts decimal digits, after `padding` zeros, to digits of base 10000.
fn groups(padding: usize, decimal: &[u8]) -> Vec<u16> {
    let padded: Vec<u8> = std::iter::repeat_n(0, padding).chain(decimal.iter().copied()).collect();
    let digit = |chunk: &[u8], place| u16::from(chunk.get(place).copied().unwrap_or(0));
    padded
        .chunks(GROUP)
        .map(|chunk| (0..GROUP).fold(0, |sum, place| sum * 10 + digit(chunk, place)))
        .collect()
}

fn decimal_digit(byte: u8) -> Option<u8> {
    byte.is_ascii_digit().then(|| byte - b'0')
}

impl Ord for Numeric {
    fn cmp(&self, other: &Self) -> Ordering {
        let rank = |value: &NumericValue| match value {
            NumericValue::NegInfinity => 0,
            NumericValue::Finite(_) => 1,
            NumericValue::Infinity => 2,
            NumericValue::NaN => 3,
        };
        match (&self.0, &other.0) {
            (NumericValue::Finite(left), NumericValue::Finite(right)) => left.cmp(right),
            (left, right) => rank(left).cmp(&rank(right)),
        }
    }
}

impl PartialOrd for Numeric {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Numeric {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Numeric {}

/// The hash leaves out the scale, which does not count for equality.
impl Hash for Numeric {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::mem::discriminant(&self.0).hash(state);
        if let NumericValue::Finite(finite) = &self.0 {
            (finite.negative, finite.weight, &finite.digits).hash(state);
        }
    }
}

impl Default for Numeric {
    fn default() -> Self {
        Self(NumericValue::Finite(Finite::default()))
    }
}

impl fmt::Display for Numeric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            NumericValue::NegInfinity => f.write_str("-Infinity"),
            NumericValue::Infinity => f.write_str("Infinity"),
            NumericValue::NaN => f.write_str("NaN"),
            NumericValue::Finite(finite) => finite.fmt(f),
        }
    }
}

impl fmt::Display for Finite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.negative {
            f.write_str("-")?;
        }
        let highest = i32::from(self.weight).max(0);
        write!(f, "{}", self.digit(highest))?;
        (0..highest).rev().try_for_each(|weight| write!(f, "{:04}", self.digit(weight)))?;
        if self.scale == 0 {
            return Ok(());
        }
        f.write_str(".")?;
        let scale = usize::from(self.scale);
        let full = scale / GROUP;
        let weights = (i32::MIN..0).rev();
        weights.clone().take(full).try_for_each(|weight| write!(f, "{:04}", self.digit(weight)))?;
        match (scale % GROUP, weights.clone().nth(full)) {
            (width @ 1.., Some(weight)) => {
                let digit = format!("{:04}", self.digit(weight));
                f.write_str(digit.get(..width).unwrap_or_default())
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for Numeric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Numeric({self})")
    }
}

/// Parses digits with a point and an exponent, `NaN` or `Infinity`.
impl FromStr for Numeric {
    type Err = ParseError;

    fn from_str(text: &str) -> std::result::Result<Self, ParseError> {
        Self::parse(text).ok_or(ParseError::new("numeric"))
    }
}

macro_rules! from_integer {
    ($($type:ty),+) => {$(
        impl From<$type> for Numeric {
            fn from(value: $type) -> Self {
                let digits = value.unsigned_abs().to_string();
                Finite::parse(value < 0, &digits).map_or_else(Self::default, |finite| Self(NumericValue::Finite(finite)))
            }
        }
    )+};
}

from_integer!(i16, i32, i64, i128);

#[cfg(feature = "decimal")]
impl From<super::Decimal> for Numeric {
    fn from(value: super::Decimal) -> Self {
        // The text of a `Decimal` is digits and a point, which always parses.
        value.to_string().parse().unwrap_or_default()
    }
}

/// Converts exactly, or fails.
#[cfg(feature = "decimal")]
impl TryFrom<&Numeric> for super::Decimal {
    type Error = rust_decimal::Error;

    fn try_from(value: &Numeric) -> std::result::Result<Self, rust_decimal::Error> {
        let text = value.to_string();
        // The number may have more zeros at its end than there is room for; they do not change its value, and can be
        // cut.
        Self::from_str_exact(&text).or_else(|error| match text.split_once('.') {
            Some(_) => Self::from_str_exact(text.trim_end_matches('0').trim_end_matches('.')),
            None => Err(error),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numeric(text: &str) -> Numeric {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn text() {
        let cases = [
            ("0", "0"),
            ("-0.00", "0.00"),
            ("+1.50", "1.50"),
            (".5", "0.5"),
            ("5.", "5"),
            ("10000", "10000"),
            ("-123456789.000012340", "-123456789.000012340"),
            ("1e10", "10000000000"),
            ("1.5e-7", "0.00000015"),
            ("12345e-3", "12.345"),
            ("0e-5", "0.00000"),
            ("000123", "123"),
            ("nan", "NaN"),
            ("-inf", "-Infinity"),
            ("Infinity", "Infinity"),
        ];
        for (written, shown) in cases {
            assert_eq!(numeric(written).to_string(), shown, "{written}");
        }
        for bad in [
            "",
            "-",
            ".",
            "e5",
            "1e",
            "1.2.3",
            "--1",
            "1x",
            "-nan",
            "1e999999",
            "1e-99999",
            "１",
            "1e99999999999",
        ] {
            assert!(bad.parse::<Numeric>().is_err(), "{bad}");
        }
    }

    #[test]
    fn order() {
        let sorted = [
            "-Infinity",
            "-1e131071",
            "-10000.5",
            "-10000",
            "-0.0001",
            "0",
            "0.00001",
            "0.5",
            "9999",
            "1e16000",
            "Infinity",
            "NaN",
        ];
        let values: Vec<Numeric> = sorted.iter().map(|text| numeric(text)).collect();
        assert!(values.is_sorted_by(|left, right| left < right));
        assert_eq!(numeric("1.0"), numeric("1.000"));
    }

    #[test]
    fn limits() {
        assert_eq!(numeric("1e131071").to_string().len(), 131_072);
        assert_eq!(numeric("1e-16383").scale(), Some(16_383));
        assert_eq!(Numeric::from(i64::MIN).to_string(), i64::MIN.to_string());
    }

    #[cfg(feature = "decimal")]
    #[test]
    fn decimals() {
        use crate::types::Decimal;

        for text in ["0", "-1.50", "79228162514264337593543950335", "0.0000000000000000000000000001"] {
            let decimal: Decimal = text.parse().expect("a decimal");
            assert_eq!(
                Decimal::try_from(&Numeric::from(decimal)).map(|decimal| decimal.to_string()).as_deref(),
                Ok(text)
            );
        }
        let padded = numeric("800000000000000000000000.00000");
        assert_eq!(Decimal::try_from(&padded).ok(), "800000000000000000000000".parse().ok());
        for text in ["NaN", "Infinity", "79228162514264337593543950336", "1e-29"] {
            assert!(Decimal::try_from(&numeric(text)).is_err(), "{text}");
        }
    }
}
