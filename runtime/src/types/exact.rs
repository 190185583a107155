//! Refuses values that a type of another crate would silently round, wrap or cut off when it reads them, and those for
//! which it would allocate more than their bytes account for.
//!
//! This crate cannot change how these types implement the driver's traits. Of a `Vec` and an `HStore` they allocate as many
//! places as the bytes claim to have elements: a broken server, or whoever answers in its place, would end the process
//! (`claims_are_not_allocated_for`). Others give another value than the server has:
//! - rust_decimal's [`Decimal`](super::Decimal) rounds a `numeric` that does not fit its 96 bits and 28 decimals;
//! - chrono's [`NaiveTime`](super::NaiveTime) reads `24:00:00` as `00:00:00`;
//! - serde_json's [`JsonValue`](super::JsonValue) makes an `f64` of a number that is no 64-bit integer.
//!
//! Every reader of a value runs these checks first: for a row's columns, and for elements of arrays, ranges and
//! composites.

use postgres_types::{FromSql, Kind, Type};

use super::wire::{ByteReader, WireResult};

/// The length of an array without elements: the number of its dimensions, whether it has NULLs, its elements' type.
const SHORTEST_ARRAY: usize = 3 * size_of::<i32>();

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

/// Refuses a value that `T` would not hold exactly, and one with fewer elements than it claims to have.
#[inline]
pub(crate) fn check<T: 'static>(ty: &Type, raw: &[u8]) -> WireResult<()> {
    // Looking up the kind costs more than reading an integer, which is shorter than any array.
    if raw.len() >= SHORTEST_ARRAY && matches!(ty.kind(), Kind::Array(_)) {
        array_head(&mut ByteReader::new(raw))?;
    }
    match check_of::<T>() {
        None => Ok(()),
        Some(check) => check_each(check, ty, raw),
    }
}

fn check_each(check: Check, ty: &Type, raw: &[u8]) -> WireResult<()> {
    let Kind::Array(element) = ty.kind() else { return check(ty, raw) };
    ByteReader::read(raw, |reader| {
        array_head(reader)?;
        while !reader.is_empty() {
            reader.value()?.map_or(Ok(()), |value| check(element, value))?;
        }
        Ok(())
    })
}

/// Reads what stands before an array's elements, and refuses more elements than there are bytes for.
fn array_head(reader: &mut ByteReader<'_>) -> WireResult<()> {
    let dimensions = reader.count(2 * size_of::<i32>())?;
    let (_has_nulls, _element) = (reader.i32()?, reader.u32()?);
    let mut elements = usize::from(dimensions > 0);
    for _ in 0..dimensions {
        let (length, _lower_bound) = (reader.i32()?, reader.i32()?);
        elements = elements.saturating_mul(usize::try_from(length)?);
    }
    reader.expect_items(elements, size_of::<i32>())
}

/// Refuses more pairs than there are bytes for.
fn pairs(_: &Type, raw: &[u8]) -> WireResult<()> {
    ByteReader::new(raw).count(2 * size_of::<i32>()).map(|_| ())
}

/// The check that `T` needs, for itself or inside the driver's containers; the compiler resolves it for each `T`.
#[inline]
fn check_of<T: 'static>() -> Option<Check> {
    if is_or_holds::<T, super::HStore>() {
        return Some(pairs);
    }
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

#[cfg(test)]
mod counts {
    use super::*;
    use crate::types::HStore;

    /// Without the check the process ends: an allocation of so much fails, and no panic tells of it.
    #[test]
    fn claims_are_not_allocated_for() {
        let array = |lengths: &[i32]| {
            let dimension = |length: &i32| [length.to_be_bytes(), 1_i32.to_be_bytes()].concat();
            let count = i32::try_from(lengths.len()).expect("few").to_be_bytes();
            [
                &count[..],
                &[0; 4],
                &25_u32.to_be_bytes(),
                &lengths.iter().flat_map(dimension).collect::<Vec<_>>(),
            ]
            .concat()
        };
        for lengths in [&[i32::MAX][..], &[i32::MAX; 6], &[-1], &[1], &[2, 0x4000_0000]] {
            let raw = array(lengths);
            assert!(read::<Vec<String>>(&Type::TEXT_ARRAY, &raw).is_err(), "{lengths:?}");
            assert!(read::<Option<Vec<Option<i64>>>>(&Type::INT8_ARRAY, &raw).is_err(), "{lengths:?}");
        }
        for raw in [array(&[]), array(&[0])] {
            assert_eq!(read::<Vec<String>>(&Type::TEXT_ARRAY, &raw).ok(), Some(Vec::new()));
        }
        let hstore = Type::new("hstore".to_owned(), 99_999, Kind::Simple, "public".to_owned());
        for raw in [&[127, 255, 255, 255][..], &[255; 4], &[0, 0, 0, 1, 0, 0, 0, 0], &[]] {
            assert!(read::<HStore>(&hstore, raw).is_err(), "{raw:?}");
            assert!(read::<Option<HStore>>(&hstore, raw).is_err(), "{raw:?}");
        }
        let one = [0, 0, 0, 1, 0, 0, 0, 1, b'k', 0, 0, 0, 1, b'v'];
        assert_eq!(read::<HStore>(&hstore, &one).ok(), Some([("k".to_owned(), Some("v".to_owned()))].into()));
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
