//! Ranges and multiranges over any element type, built-in and user-defined.

use std::{
    fmt,
    ops::{self, Bound},
};

use bytes::{BufMut, BytesMut};
use postgres_types::{FromSql, IsNull, Kind, ToSql, Type};

use super::{
    BoxError, exact,
    wire::{ByteReader, WireResult, write_count, write_value},
};

/// A value of a range type (<https://www.postgresql.org/docs/current/rangetypes.html>).
///
/// The server rewrites ranges over discrete types (`int4range`, `int8range`, `daterange`) as `[lower,upper)`, and a
/// range that contains nothing as [`Range::Empty`]: a range may come back in another form than it was sent in.
/// Equality here compares the bounds as they are. The server refuses a lower bound above the upper one.
/// Binary format: `range_send`. As JSON: `{"lower":9,"upper":17,"bounds":"[)"}`.
///
/// ```
/// # use ormgen_runtime::types::Range;
/// let hours: Range<i32> = (9..17).into();
/// assert_eq!(hours.to_string(), "[9,17)");
/// assert!(hours.contains(&9) && !hours.contains(&17));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Range<T> {
    /// The range that contains no value.
    Empty,
    /// The range of the values between two bounds.
    Span {
        /// The lower bound.
        lower: Bound<T>,
        /// The upper bound.
        upper: Bound<T>,
    },
}

/// A value of a multirange type: ranges in order that neither overlap nor touch (PostgreSQL 14).
///
/// The server sorts and joins the ranges that it is sent. Binary format: `multirange_send`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Multirange<T>(pub Vec<Range<T>>);

/// A value as the range that has it and no other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct PointRange<T>(pub T);

/// The flags of the binary format: `rangetypes.h`.
mod flag {
    pub(super) const EMPTY: u8 = 0x01;
    pub(super) const LOWER_INCLUDED: u8 = 0x02;
    pub(super) const UPPER_INCLUDED: u8 = 0x04;
    pub(super) const LOWER_UNBOUNDED: u8 = 0x08;
    pub(super) const UPPER_UNBOUNDED: u8 = 0x10;
}

impl<T> Range<T> {
    /// The range between two bounds.
    pub const fn new(lower: Bound<T>, upper: Bound<T>) -> Self {
        Self::Span { lower, upper }
    }

    /// The lower bound; none if the range is empty.
    pub const fn lower(&self) -> Option<&Bound<T>> {
        match self {
            Self::Empty => None,
            Self::Span { lower, .. } => Some(lower),
        }
    }

    /// The upper bound; none if the range is empty.
    pub const fn upper(&self) -> Option<&Bound<T>> {
        match self {
            Self::Empty => None,
            Self::Span { upper, .. } => Some(upper),
        }
    }

    /// Whether the range contains the value.
    pub fn contains(&self, value: &T) -> bool
    where
        T: PartialOrd,
    {
        match self {
            Self::Empty => false,
            Self::Span { lower, upper } => {
                ops::RangeBounds::contains(&(lower.as_ref(), upper.as_ref()), value)
            }
        }
    }

    /// The range of these bounds, each put through `value`.
    pub(crate) fn map<U>(self, value: impl Fn(T) -> U) -> Range<U> {
        match self {
            Self::Empty => Range::Empty,
            Self::Span { lower, upper } => Range::new(lower.map(&value), upper.map(&value)),
        }
    }

    /// Reads a range over this element type.
    fn read<'a>(element: &Type, reader: &mut ByteReader<'a>) -> WireResult<Self>
    where
        T: FromSql<'a> + 'static,
    {
        let flags = reader.u8()?;
        if flags & flag::EMPTY != 0 {
            return Ok(Self::Empty);
        }
        let mut bound = |unbounded, included| {
            if flags & unbounded != 0 {
                return Ok(Bound::Unbounded);
            }
            let value = exact::read(element, reader.value()?.ok_or("a bound is null")?)?;
            Ok::<_, BoxError>(if flags & included != 0 {
                Bound::Included(value)
            } else {
                Bound::Excluded(value)
            })
        };
        let lower = bound(flag::LOWER_UNBOUNDED, flag::LOWER_INCLUDED)?;
        let upper = bound(flag::UPPER_UNBOUNDED, flag::UPPER_INCLUDED)?;
        Ok(Self::Span { lower, upper })
    }

    fn write(&self, element: &Type, out: &mut BytesMut) -> WireResult<IsNull>
    where
        T: ToSql,
    {
        let Self::Span { lower, upper } = self else {
            out.put_u8(flag::EMPTY);
            return Ok(IsNull::No);
        };
        let flag = |bound: &Bound<T>, unbounded, included| match bound {
            Bound::Unbounded => unbounded,
            Bound::Included(_) => included,
            Bound::Excluded(_) => 0,
        };
        out.put_u8(
            flag(lower, flag::LOWER_UNBOUNDED, flag::LOWER_INCLUDED)
                | flag(upper, flag::UPPER_UNBOUNDED, flag::UPPER_INCLUDED),
        );
        for bound in [lower, upper] {
            let (Bound::Included(value) | Bound::Excluded(value)) = bound else { continue };
            if write_value(out, |out| value.to_sql(element, out))? {
                return Err("a bound of a range cannot be null".into());
            }
        }
        Ok(IsNull::No)
    }
}

impl<T> From<ops::Range<T>> for Range<T> {
    fn from(range: ops::Range<T>) -> Self {
        Self::new(Bound::Included(range.start), Bound::Excluded(range.end))
    }
}

impl<T> From<ops::RangeInclusive<T>> for Range<T> {
    fn from(range: ops::RangeInclusive<T>) -> Self {
        let (start, end) = range.into_inner();
        Self::new(Bound::Included(start), Bound::Included(end))
    }
}

impl<T> From<ops::RangeFrom<T>> for Range<T> {
    fn from(range: ops::RangeFrom<T>) -> Self {
        Self::new(Bound::Included(range.start), Bound::Unbounded)
    }
}

impl<T> From<ops::RangeTo<T>> for Range<T> {
    fn from(range: ops::RangeTo<T>) -> Self {
        Self::new(Bound::Unbounded, Bound::Excluded(range.end))
    }
}

impl<T> From<ops::RangeFull> for Range<T> {
    fn from(_: ops::RangeFull) -> Self {
        Self::new(Bound::Unbounded, Bound::Unbounded)
    }
}

impl<T> FromIterator<Range<T>> for Multirange<T> {
    fn from_iter<I: IntoIterator<Item = Range<T>>>(ranges: I) -> Self {
        Self(ranges.into_iter().collect())
    }
}

impl<'a, T: FromSql<'a> + 'static> FromSql<'a> for Range<T> {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> WireResult<Self> {
        let Kind::Range(element) = ty.kind() else { return Err(not_a("range", ty)) };
        ByteReader::read(raw, |reader| Self::read(element, reader))
    }

    fn accepts(ty: &Type) -> bool {
        matches!(ty.kind(), Kind::Range(element) if T::accepts(element))
    }
}

impl<T: ToSql> ToSql for Range<T> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> WireResult<IsNull> {
        let Kind::Range(element) = ty.kind() else { return Err(not_a("range", ty)) };
        self.write(element, out)
    }

    fn accepts(ty: &Type) -> bool {
        matches!(ty.kind(), Kind::Range(element) if T::accepts(element))
    }

    postgres_types::to_sql_checked!();
}

impl<T: ToSql> ToSql for PointRange<T> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> WireResult<IsNull> {
        Range::new(Bound::Included(&self.0), Bound::Included(&self.0)).to_sql(ty, out)
    }

    fn accepts(ty: &Type) -> bool {
        Range::<T>::accepts(ty)
    }

    postgres_types::to_sql_checked!();
}

impl<'a, T: FromSql<'a> + 'static> FromSql<'a> for Multirange<T> {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> WireResult<Self> {
        let element = multirange_element(ty, T::accepts).ok_or_else(|| not_a("multirange", ty))?;
        ByteReader::read(raw, |reader| {
            let count = reader.count(size_of::<i32>())?;
            let range = |reader: &mut ByteReader<'a>| {
                let raw = reader.value()?.ok_or("a range is null")?;
                ByteReader::read(raw, |reader| Range::read(element, reader))
            };
            reader.items(count, range).map(Self)
        })
    }

    fn accepts(ty: &Type) -> bool {
        multirange_element(ty, T::accepts).is_some()
    }
}

impl<T: ToSql> ToSql for Multirange<T> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> WireResult<IsNull> {
        let element = multirange_element(ty, T::accepts).ok_or_else(|| not_a("multirange", ty))?;
        write_count(self.0.len(), out)?;
        for range in &self.0 {
            write_value(out, |out| range.write(element, out))?;
        }
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        multirange_element(ty, T::accepts).is_some()
    }

    postgres_types::to_sql_checked!();
}

/// The type of a multirange's elements, if `accepts` accepts it.
///
/// tokio-postgres does not look up the element of a user-defined multirange: such a type looks like any simple type
/// that is not built in. The element is then taken to be the built-in type that `T` stands for; a user-defined
/// element type cannot be found out.
fn multirange_element(ty: &Type, accepts: impl Fn(&Type) -> bool) -> Option<&Type> {
    match ty.kind() {
        Kind::Multirange(element) => Some(element).filter(|element| accepts(element)),
        Kind::Simple if Type::from_oid(ty.oid()).is_none() => {
            ELEMENTS.iter().find(|element| accepts(element))
        }
        _ => None,
    }
}

/// The built-in types with an order, which a range type needs. Types with the same Rust type have the same format.
const ELEMENTS: &[Type] = &[
    Type::INT4,
    Type::INT8,
    Type::NUMERIC,
    Type::FLOAT8,
    Type::TIMESTAMPTZ,
    Type::TIMESTAMP,
    Type::DATE,
    Type::TIME,
    Type::TEXT,
    Type::INET,
    Type::CIDR,
    Type::UUID,
    Type::FLOAT4,
    Type::INT2,
    Type::INTERVAL,
    Type::TIMETZ,
    Type::MONEY,
    Type::MACADDR,
    Type::MACADDR8,
    Type::VARBIT,
    Type::BYTEA,
    Type::BOOL,
    Type::CHAR,
    Type::OID,
    Type::PG_LSN,
    Type::XID8,
    Type::TID,
    Type::JSONB,
    Type::TS_VECTOR,
    Type::TSQUERY,
];

fn not_a(what: &str, ty: &Type) -> BoxError {
    format!("`{}` is not a {what} type over this element", ty.name()).into()
}

impl<T: fmt::Display> fmt::Display for Range<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Span { lower, upper } = self else { return f.write_str("empty") };
        f.write_str(if matches!(lower, Bound::Included(_)) { "[" } else { "(" })?;
        write_bound(lower, f)?;
        f.write_str(",")?;
        write_bound(upper, f)?;
        f.write_str(if matches!(upper, Bound::Included(_)) { "]" } else { ")" })
    }
}

impl<T: fmt::Display> fmt::Display for Multirange<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (index, range) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "," };
            write!(f, "{separator}{range}")?;
        }
        f.write_str("}")
    }
}

/// PostgreSQL's `range_bound_escape`.
fn write_bound<T: fmt::Display>(bound: &Bound<T>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (Bound::Included(value) | Bound::Excluded(value)) = bound else { return Ok(()) };
    let text = value.to_string();
    let special = |c: char| matches!(c, '"' | '\\' | '(' | ')' | '[' | ']' | ',') || c.is_ascii_whitespace();
    if !text.is_empty() && !text.contains(special) {
        return f.write_str(&text);
    }
    let escaped = text.replace('\\', "\\\\").replace('"', "\"\"");
    write!(f, "\"{escaped}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text() {
        let cases = [
            (Range::Empty, "empty"),
            (("a".."b").into(), "[a,b)"),
            (("".."a b").into(), "[\"\",\"a b\")"),
            (("\\"..="\"").into(), "[\"\\\\\",\"\"\"\"]"),
            (Range::new(Bound::Excluded("a"), Bound::Unbounded), "(a,)"),
            ((..).into(), "(,)"),
        ];
        for (range, text) in cases {
            assert_eq!(range.to_string(), text);
        }
        let ranges: Multirange<i32> = [(1..2).into(), (5..).into()].into_iter().collect();
        assert_eq!(ranges.to_string(), "{[1,2),[5,)}");
        assert_eq!(Multirange::<i32>::default().to_string(), "{}");
    }

    #[test]
    fn a_range_holds_what_is_between_its_bounds() {
        let range = Range::from(1..=3);
        assert_eq!([0, 1, 3, 4].map(|value| range.contains(&value)), [false, true, true, false]);
        assert!(!Range::Empty.contains(&1));
        assert_eq!(range.lower(), Some(&Bound::Included(1)));
        assert_eq!(Range::<i32>::Empty.upper(), None);
    }

    #[test]
    fn only_a_range_over_the_element_is_accepted() {
        assert!(<Range<i32> as ToSql>::accepts(&Type::INT4_RANGE));
        assert!(!<Range<i32> as ToSql>::accepts(&Type::INT8_RANGE));
        assert!(!<Range<i32> as ToSql>::accepts(&Type::INT4));
        assert!(<Multirange<i32> as ToSql>::accepts(&Type::INT4MULTI_RANGE));
        assert!(!<Multirange<i32> as ToSql>::accepts(&Type::INT4_RANGE));
        let own = Type::new("floatmultirange".to_owned(), 99_999, Kind::Simple, "public".to_owned());
        assert!(<Multirange<f64> as ToSql>::accepts(&own));
    }

    #[test]
    fn a_null_bound_is_refused() {
        let range = Range::new(Bound::Included(None::<i32>), Bound::Unbounded);
        assert!(range.to_sql(&Type::INT4_RANGE, &mut BytesMut::new()).is_err());
        assert!(Range::<Option<i32>>::from_sql(&Type::INT4_RANGE, b"\x10\xff\xff\xff\xff").is_err());
    }
}
