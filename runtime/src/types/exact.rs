//! Refuses values that a type of another crate would silently round, wrap or cut off when it reads them.
//!
//! This crate cannot change how these types implement the driver's traits, which give another value than the server
//! has:
//! - rust_decimal's [`Decimal`](super::Decimal) rounds a `numeric` that does not fit its 96 bits and 28 decimals;
//! - chrono's [`NaiveTime`](super::NaiveTime) reads `24:00:00` as `00:00:00`;
//! - serde_json's [`JsonValue`](super::JsonValue) makes an `f64` of a number that is no 64-bit integer.
//!
//! Every reader of a value runs these checks first: for a row's columns, and for elements of arrays, ranges and
//! composites.

use postgres_types::{FromSql, Kind, Type};

use super::wire::{ByteReader, WireResult};

/// Checks that a type holds the value of these bytes, of a scalar type, exactly.
type Check = fn(&Type, &[u8]) -> WireResult<()>;

/// Reads a value inside an array, range or composite.
pub(super) fn read<'a, T: FromSql<'a> + 'static>(ty: &Type, raw: &'a [u8]) -> WireResult<T> {
    check::<T>(ty, raw)?;
    T::from_sql(ty, raw)
}

/// Reads a value that may be NULL, inside an array, range or composite.
pub(super) fn read_nullable<'a, T: FromSql<'a> + 'static>(ty: &Type, raw: Option<&'a [u8]>) -> WireResult<T> {
    raw.map_or_else(|| T::from_sql_null(ty), |raw| read(ty, raw))
}

/// Refuses a value that `T` would not hold exactly.
#[inline]
pub(crate) fn check<T: 'static>(ty: &Type, raw: &[u8]) -> WireResult<()> {
    match check_of::<T>() {
        None => Ok(()),
        Some(check) => check_each(check, ty, raw),
    }
}

fn check_each(check: Check, ty: &Type, raw: &[u8]) -> WireResult<()> {
    let Kind::Array(element) = ty.kind() else { return check(ty, raw) };
    ByteReader::read(raw, |reader| {
        let dimensions = reader.count(2 * size_of::<i32>())?;
        // Skips the flag for NULLs, the element's type, and the length and lower bound of each dimension.
        reader.bytes((2 + 2 * dimensions) * size_of::<i32>())?;
        while !reader.is_empty() {
            reader.value()?.map_or(Ok(()), |value| check(element, value))?;
        }
        Ok(())
    })
}

/// The check that `T` needs, for itself or inside the driver's containers; the compiler resolves it for each `T`.
#[inline]
#[cfg_attr(
    not(any(feature = "decimal", feature = "chrono", feature = "json")),
    expect(clippy::extra_unused_type_parameters, reason = "without these features no type needs a check")
)]
fn check_of<T: 'static>() -> Option<Check> {
    #[cfg(feature = "decimal")]
    if is_or_holds::<T, super::Decimal>() {
        return Some(decimal);
    }
    #[cfg(feature = "chrono")]
    if is_or_holds::<T, super::NaiveTime>() {
        return Some(time);
    }
    #[cfg(feature = "json")]
    if is_or_holds::<T, super::JsonValue>() || is_or_holds::<T, super::Json<super::JsonValue>>() {
        return Some(super::json::check);
    }
    None
}

/// Whether `T` is `X`, or a container of `X` whose elements the driver reads.
#[cfg(any(feature = "decimal", feature = "chrono", feature = "json"))]
#[inline]
fn is_or_holds<T: 'static, X: 'static>() -> bool {
    use std::any::TypeId;
    let own = TypeId::of::<T>();
    own == TypeId::of::<X>()
        || own == TypeId::of::<Option<X>>()
        || own == TypeId::of::<Vec<X>>()
        || own == TypeId::of::<Option<Vec<X>>>()
        || own == TypeId::of::<Vec<Option<X>>>()
        || own == TypeId::of::<Option<Vec<Option<X>>>>()
}

/// The number of digits that [`Decimal`](super::Decimal) has after the point.
#[cfg(feature = "decimal")]
const MAX_DECIMALS: i32 = 28;

#[cfg(feature = "decimal")]
fn decimal(_: &Type, raw: &[u8]) -> WireResult<()> {
    match ByteReader::read(raw, fits_decimal)? {
        true => Ok(()),
        false => {
            Err("the number does not fit a `Decimal` exactly, which has 28 digits and no NaN or infinity: \
                      `types::Numeric` holds it"
                .into())
        }
    }
}

/// Whether a `numeric` is a whole number below 2^96, divided by a power of ten up to 10^28. Binary format:
/// `numeric_send`.
#[cfg(feature = "decimal")]
fn fits_decimal(reader: &mut ByteReader<'_>) -> WireResult<bool> {
    /// The bits of the sign that mark NaN and the infinities.
    const SPECIAL: u16 = 0xC000;
    /// The number of decimal digits in one digit of base 10000.
    const GROUP: i32 = 4;
    /// A number with more groups than this has more digits than any `Decimal`.
    const MOST_GROUPS: usize = 9;

    let count = usize::from(reader.u16()?);
    let (weight, sign, _scale) = (i32::from(reader.i16()?), reader.u16()?, reader.u16()?);
    let groups = reader.bytes(count * size_of::<u16>())?;
    if sign & SPECIAL == SPECIAL || count > MOST_GROUPS {
        return Ok(false);
    }
    let number = groups.chunks_exact(2).fold(0_u128, |number, group| {
        number * 10_000 + group.iter().fold(0, |digit, byte| digit << 8 | u128::from(*byte))
    });
    if number == 0 {
        return Ok(true);
    }
    let mut decimals = GROUP * (i32::try_from(count)? - 1 - weight);
    let mut number = number;
    while decimals > 0 && number.is_multiple_of(10) {
        number /= 10;
        decimals -= 1;
    }
    // The server leaves out zeros at the end of the digits before the point.
    let zeros = u32::try_from(-decimals).ok().and_then(|zeros| 10_u128.checked_pow(zeros)).unwrap_or(1);
    let fits = (-MAX_DECIMALS..=MAX_DECIMALS).contains(&decimals);
    Ok(fits && number.checked_mul(zeros).is_some_and(|number| number < 1 << 96))
}

#[cfg(feature = "chrono")]
fn time(_: &Type, raw: &[u8]) -> WireResult<()> {
    match ByteReader::read(raw, ByteReader::i64)? {
        super::Time::DAY => {
            Err("the time `24:00:00` has no place in a `NaiveTime`: `types::Time` holds it".into())
        }
        _ => Ok(()),
    }
}

#[cfg(all(test, feature = "decimal"))]
mod tests {
    use bytes::BytesMut;
    use postgres_types::ToSql;
    use proptest::prelude::*;

    use super::*;
    use crate::types::{Decimal, Numeric};

    fn read_decimal(numeric: &Numeric) -> Option<Decimal> {
        let mut raw = BytesMut::new();
        numeric.to_sql(&Type::NUMERIC, &mut raw).expect("a number has bytes");
        read(&Type::NUMERIC, &raw).ok()
    }

    proptest! {
        /// A value is read as the number that was sent, and what rust_decimal can hold is not refused.
        #[test]
        fn a_decimal_is_exact_or_refused(text in "-?[0-9]{1,32}(\\.[0-9]{1,32})?(e-?[0-9]{1,2})?") {
            let numeric: Numeric = text.parse().expect("a number");
            let expected = Decimal::try_from(&numeric).ok();
            let read = read_decimal(&numeric);
            prop_assert_eq!(read.map(Numeric::from), expected.map(Numeric::from));
        }
    }

    #[test]
    fn the_edges_of_a_decimal() {
        let cases = [
            ("0", true),
            ("0.0000000000000000000000000000000000000000", true),
            ("79228162514264337593543950335", true),
            ("79228162514264337593543950336", false),
            ("7922816251426433759354395033.5", true),
            ("7922816251426433759354395033.6", false),
            ("12345678901234567890123456789.5", false),
            ("0.0000000000000000000000000001", true),
            ("0.00000000000000000000000000015", false),
            ("1e28", true),
            ("1e29", false),
            ("1e-60", false),
            ("1e131071", false),
            ("1.5000000000000000000000000000000000000000", true),
            ("NaN", false),
            ("-Infinity", false),
        ];
        for (text, fits) in cases {
            let numeric: Numeric = text.parse().expect("a number");
            let read = read_decimal(&numeric);
            assert_eq!(read.is_some(), fits, "{text}");
            assert!(read.is_none_or(|decimal| Numeric::from(decimal) == numeric), "{text}");
        }
    }
}
