//! Tests of every codec: a value that is written is read back the same, and no input bytes cause a panic.

use std::ops::Bound;

use bytes::BytesMut;
use postgres_types::{Format, FromSqlOwned, ToSql, Type};
use proptest::{collection::vec, prelude::*};

use postgres_types::Kind;

use super::*;

fn encoded<T: ToSql>(ty: &Type, value: &T) -> Vec<u8> {
    let mut out = BytesMut::new();
    value.to_sql(ty, &mut out).expect("the value has bytes");
    out.to_vec()
}

fn round_trip<T: ToSql + FromSqlOwned + PartialEq>(ty: &Type, value: &T) -> Result<(), TestCaseError> {
    prop_assert!(<T as ToSql>::accepts(ty) && <T as postgres_types::FromSql>::accepts(ty));
    let raw = encoded(ty, value);
    let read = T::from_sql(ty, &raw);
    prop_assert_eq!(read.as_ref().ok(), Some(value));
    // A value that is cut off is never read as another value, nor as if it were complete.
    for end in 0..raw.len() {
        let cut = raw.get(..end).unwrap_or_default();
        prop_assert!(T::from_sql(ty, cut).is_ok_and(|cut| cut != *value) || T::from_sql(ty, cut).is_err());
    }
    Ok(())
}

/// Decodes the bytes: any bytes give a value or an error. A decoded value is encoded and decoded again unchanged.
fn survive<T: ToSql + FromSqlOwned>(ty: &Type, raw: &[u8]) -> Result<(), TestCaseError> {
    let Ok(value) = T::from_sql(ty, raw) else { return Ok(()) };
    if matches!(value.encode_format(ty), Format::Text) {
        return Ok(());
    }
    let mut written = BytesMut::new();
    prop_assert!(value.to_sql(ty, &mut written).is_ok());
    let again = T::from_sql(ty, &written).map(|again| encoded(ty, &again));
    prop_assert_eq!(again.ok(), Some(written.to_vec()));
    Ok(())
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO,
        Just(f64::INFINITY),
        Just(f64::NEG_INFINITY)
    ]
}

fn point() -> impl Strategy<Value = Point> {
    (number(), number()).prop_map(|(x, y)| Point { x, y })
}

fn bound<T: Strategy<Value: Clone>>(value: T) -> impl Strategy<Value = Bound<T::Value>> {
    (value, 0..3).prop_map(|(value, kind)| match kind {
        0 => Bound::Included(value),
        1 => Bound::Excluded(value),
        _ => Bound::Unbounded,
    })
}

fn range<T: Strategy<Value: Clone> + Clone>(value: T) -> impl Strategy<Value = Range<T::Value>> {
    prop_oneof![
        1 => Just(Range::Empty),
        5 => (bound(value.clone()), bound(value)).prop_map(|(lower, upper)| Range::new(lower, upper))
    ]
}

fn query() -> impl Strategy<Value = TsQuery> {
    let term = prop_oneof![
        "[^\0]{0,5}".prop_map(TsQuery::term),
        "[a-z']{1,5}".prop_map(TsQuery::prefix),
        "[a-z]{1,5}".prop_map(|text| TsQuery::weighted(text, [Weight::B, Weight::A]))
    ];
    term.prop_recursive(5, 30, 2, |inner| {
        (inner.clone(), inner, 0..4, any::<u16>()).prop_map(
            |(left, right, operator, distance)| match operator {
                0 => left.and(right),
                1 => left.or(right),
                2 => left.followed_by(distance, right),
                _ => left.negated(),
            },
        )
    })
}

fn document() -> impl Strategy<Value = TsVector> {
    let weight = prop::sample::select(vec![Weight::A, Weight::B, Weight::C, Weight::D]);
    let position = (0_u16..16_384, weight).prop_map(|(place, weight)| Position { place, weight });
    let lexeme = ("[^\0]{0,5}", vec(position, 0..4)).prop_map(|(text, positions)| Lexeme { text, positions });
    vec(lexeme, 0..5).prop_map(TsVector)
}

fn array() -> impl Strategy<Value = Array<Option<i32>>> {
    let dimensions = vec((0_i32..4, -5_i32..5), 0..4);
    (dimensions, vec(any::<Option<i32>>(), 64)).prop_map(|(dimensions, mut values)| {
        let dimensions: Vec<_> =
            dimensions.into_iter().map(|(len, lower_bound)| Dimension { len, lower_bound }).collect();
        let len: i32 = dimensions.iter().map(|dimension| dimension.len).product();
        values.truncate(if dimensions.is_empty() { 0 } else { usize::try_from(len).expect("small") });
        Array::new(dimensions, values).expect("it fits")
    })
}

proptest! {
    #[test]
    fn plain_values(a: i64, b: i32, c: i32, d: u16, six: [u8; 6], eight: [u8; 8], text in "\\PC{0,9}") {
        round_trip(&Type::MONEY, &Money(a))?;
        round_trip(&Type::INTERVAL, &Interval::new(b, c, a))?;
        round_trip(&Type::MACADDR, &MacAddr(six))?;
        round_trip(&Type::MACADDR8, &MacAddr8(eight))?;
        round_trip(&Type::REGCLASS, &Oid(b.cast_unsigned()))?;
        round_trip(&Type::XID, &Xid(b.cast_unsigned()))?;
        round_trip(&Type::XID8, &Xid8(a.cast_unsigned()))?;
        round_trip(&Type::CID, &Cid(b.cast_unsigned()))?;
        round_trip(&Type::TID, &Tid { block: b.cast_unsigned(), offset: d })?;
        round_trip(&Type::JSONPATH, &JsonPath(text.clone()))?;
        round_trip(&Type::XML, &Xml(text.clone()))?;
        round_trip(&Type::REFCURSOR, &RefCursor(text))?;
    }

    #[test]
    fn times_with_zones(microseconds in 0..=86_400_000_000_i64, utc_offset in -57_599..57_600_i32) {
        let value = TimeTz { microseconds, utc_offset };
        round_trip(&Type::TIMETZ, &value)?;
        prop_assert_eq!(value.to_string().parse(), Ok(value));
    }

    #[test]
    fn intervals_as_text(months: i32, days: i32, microseconds in -i64::MAX..) {
        let value = Interval::new(months, days, microseconds);
        prop_assert_eq!(value.to_string().parse(), Ok(value));
    }

    #[test]
    fn bit_strings(bits: Vec<bool>) {
        let value: BitString = bits.iter().copied().collect();
        round_trip(&Type::VARBIT, &value)?;
        prop_assert_eq!(value.iter().collect::<Vec<_>>(), bits);
        prop_assert_eq!(value.to_string().parse(), Ok(value));
    }

    #[test]
    fn numerics(text in "-?[0-9]{1,40}(\\.[0-9]{1,40})?(e-?[0-9]{1,3})?") {
        let value: Numeric = text.parse().expect("a number");
        round_trip(&Type::NUMERIC, &value)?;
        let again: Numeric = value.to_string().parse().expect("a number");
        prop_assert_eq!(again.to_string(), value.to_string());
    }

    #[test]
    fn numerics_compare_as_integers_do(left: i128, right in prop_oneof![any::<i128>(), -20_000..20_000_i128]) {
        prop_assert_eq!(Numeric::from(left).cmp(&Numeric::from(right)), left.cmp(&right));
    }

    #[test]
    fn geometry(a in point(), b in point(), c in number(), points in vec(point(), 0..5), closed: bool) {
        let path = Path { closed, points: points.clone() };
        round_trip(&Type::POINT, &a)?;
        round_trip(&Type::LINE, &Line { a: a.x, b: a.y, c })?;
        round_trip(&Type::LSEG, &LineSegment { start: a, end: b })?;
        round_trip(&Type::BOX, &Rectangle { upper_right: a, lower_left: b })?;
        round_trip(&Type::CIRCLE, &Circle { center: a, radius: c })?;
        round_trip(&Type::POLYGON, &Polygon { points })?;
        round_trip(&Type::PATH, &path)?;
        prop_assert_eq!(path.to_string().parse(), Ok(path));
    }

    #[test]
    fn ranges(numbers in range(any::<i64>()), texts in range("\\PC{0,4}"), several in vec(range(any::<i32>()), 0..4)) {
        round_trip(&Type::INT8_RANGE, &numbers)?;
        round_trip(&Type::INT4MULTI_RANGE, &Multirange(several))?;
        let over_text = Kind::Range(Type::TEXT);
        round_trip(&Type::new("textrange".to_owned(), 99_999, over_text, "public".to_owned()), &texts)?;
    }

    #[test]
    fn text_search(document in document(), query in query()) {
        round_trip(&Type::TS_VECTOR, &document)?;
        round_trip(&Type::TSQUERY, &query)?;
    }

    #[test]
    fn snapshots(a: u64, b: u64, xids: Vec<u64>) {
        let value = Snapshot { xmin: Xid8(a), xmax: Xid8(b), in_progress: xids.into_iter().map(Xid8).collect() };
        round_trip(&Type::PG_SNAPSHOT, &value)?;
        prop_assert_eq!(value.to_string().parse(), Ok(value));
    }

    #[test]
    fn arrays(value in array()) {
        round_trip(&Type::INT4_ARRAY, &value)?;
    }

    /// Short inputs full of small numbers, as the counts and flags of the formats are.
    #[test]
    fn any_bytes(raw in vec(prop_oneof![2 => 0..5_u8, 1 => any::<u8>()], 0..64)) {
        survive::<Money>(&Type::MONEY, &raw)?;
        survive::<Interval>(&Type::INTERVAL, &raw)?;
        survive::<TimeTz>(&Type::TIMETZ, &raw)?;
        survive::<MacAddr>(&Type::MACADDR, &raw)?;
        survive::<Tid>(&Type::TID, &raw)?;
        survive::<JsonPath>(&Type::JSONPATH, &raw)?;
        survive::<Xml>(&Type::XML, &raw)?;
        survive::<BitString>(&Type::VARBIT, &raw)?;
        survive::<Numeric>(&Type::NUMERIC, &raw)?;
        survive::<Line>(&Type::LINE, &raw)?;
        survive::<Path>(&Type::PATH, &raw)?;
        survive::<Polygon>(&Type::POLYGON, &raw)?;
        survive::<Range<i32>>(&Type::INT4_RANGE, &raw)?;
        survive::<Multirange<i32>>(&Type::INT4MULTI_RANGE, &raw)?;
        survive::<TsVector>(&Type::TS_VECTOR, &raw)?;
        survive::<TsQuery>(&Type::TSQUERY, &raw)?;
        survive::<Snapshot>(&Type::PG_SNAPSHOT, &raw)?;
        survive::<Array<Option<i32>>>(&Type::INT4_ARRAY, &raw)?;
        survive::<Array<Range<i32>>>(&Type::INT4_RANGE_ARRAY, &raw)?;
    }
}

#[cfg(all(feature = "serde", feature = "json"))]
mod json {
    use serde::{Serialize, de::DeserializeOwned};

    use super::*;

    fn same<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T, expected: &str) {
        assert_eq!(serde_json::to_string(value).expect("JSON"), expected);
        assert_eq!(&serde_json::from_str::<T>(expected).expect("a value"), value);
    }

    #[test]
    fn a_value_is_its_text_its_number_or_its_fields() {
        same(&Interval::new(1, 0, 0), r#""1 mon""#);
        same(&Numeric::NAN, r#""NaN""#);
        same(&Point::new(1.0, 0.5), r#""(1,0.5)""#);
        same(&Oid(7), "7");
        same(&Money(-7), "-7");
        same(&Range::from(1..3), r#"{"lower":1,"upper":3,"bounds":"[)"}"#);
        same(&TsQuery::term("a").negated(), r#"["Not",{"Term":{"text":"a","weights":[],"prefix":false}}]"#);
        let array = Array::try_from(vec![1, 2]).expect("it fits");
        same(&array, r#"{"dimensions":[{"len":2,"lower_bound":1}],"values":[1,2]}"#);
    }

    #[test]
    fn what_must_fit_is_checked() {
        assert!(serde_json::from_str::<Array<i32>>(r#"{"dimensions":[],"values":[1]}"#).is_err());
        assert!(serde_json::from_str::<TsQuery>(r#"["Not"]"#).is_err());
        assert!(serde_json::from_str::<MacAddr>(r#""00""#).is_err());
    }
}
