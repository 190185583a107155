//! The JSON of ranges: `{"lower":1,"upper":5,"bounds":"[)"}`, with PostgreSQL's brackets for ends that belong to the range
//! (`[`, `]`) and for those that do not, or that are not there (`(`, `)`). An empty range has the bounds `empty`.

use std::ops::Bound;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::Range;

/// A range as its JSON has it.
#[derive(Serialize, Deserialize)]
#[serde(rename = "Range")]
struct RangeJson<T> {
    lower: Option<T>,
    upper: Option<T>,
    #[serde(default)]
    bounds: Bounds,
}

/// Which ends belong to the range.
#[derive(Clone, Copy, Default, Serialize, Deserialize)]
enum Bounds {
    #[default]
    #[serde(rename = "[)")]
    Lower,
    #[serde(rename = "[]")]
    Both,
    #[serde(rename = "(]")]
    Upper,
    #[serde(rename = "()")]
    Neither,
    #[serde(rename = "empty")]
    Empty,
}

impl<T: Serialize> Serialize for Range<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self::Span { lower, upper } = self else {
            let empty = RangeJson::<T> { lower: None, upper: None, bounds: Bounds::Empty };
            return empty.serialize(serializer);
        };
        let is_included = |bound: &Bound<T>| matches!(bound, Bound::Included(_));
        let bounds = match (is_included(lower), is_included(upper)) {
            (true, true) => Bounds::Both,
            (true, false) => Bounds::Lower,
            (false, true) => Bounds::Upper,
            (false, false) => Bounds::Neither,
        };
        RangeJson { lower: value(lower.as_ref()), upper: value(upper.as_ref()), bounds }.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Range<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let RangeJson { lower, upper, bounds } = RangeJson::deserialize(deserializer)?;
        let (has_lower, has_upper) = match bounds {
            Bounds::Lower => (true, false),
            Bounds::Both => (true, true),
            Bounds::Upper => (false, true),
            Bounds::Neither => (false, false),
            Bounds::Empty if lower.is_none() && upper.is_none() => return Ok(Self::Empty),
            Bounds::Empty => {
                return Err(de::Error::custom(
                    "a range with the bounds `empty` has neither `lower` nor `upper`",
                ));
            }
        };
        Ok(Self::new(bound(lower, has_lower), bound(upper, has_upper)))
    }
}

fn value<T>(bound: Bound<T>) -> Option<T> {
    match bound {
        Bound::Included(value) | Bound::Excluded(value) => Some(value),
        Bound::Unbounded => None,
    }
}

fn bound<T>(value: Option<T>, is_included: bool) -> Bound<T> {
    match value {
        Some(value) if is_included => Bound::Included(value),
        Some(value) => Bound::Excluded(value),
        None => Bound::Unbounded,
    }
}

#[cfg(all(test, feature = "json"))]
mod tests {
    use super::*;

    #[test]
    fn ranges_as_json() {
        let (one, five) = (Bound::Included(1), Bound::Excluded(5));
        for (range, json) in [
            (Range::new(one, five), r#"{"lower":1,"upper":5,"bounds":"[)"}"#),
            (Range::new(one, Bound::Included(5)), r#"{"lower":1,"upper":5,"bounds":"[]"}"#),
            (Range::new(Bound::Excluded(1), Bound::Included(5)), r#"{"lower":1,"upper":5,"bounds":"(]"}"#),
            (Range::new(one, Bound::Unbounded), r#"{"lower":1,"upper":null,"bounds":"[)"}"#),
            (Range::new(Bound::Unbounded, five), r#"{"lower":null,"upper":5,"bounds":"()"}"#),
            (Range::new(Bound::Unbounded, Bound::Unbounded), r#"{"lower":null,"upper":null,"bounds":"()"}"#),
            (Range::Empty, r#"{"lower":null,"upper":null,"bounds":"empty"}"#),
        ] {
            assert_eq!(serde_json::to_string(&range).unwrap(), json);
            assert_eq!(serde_json::from_str::<Range<i32>>(json).unwrap(), range);
        }
        let short: Range<i32> = serde_json::from_str(r#"{"lower":1,"upper":5}"#).unwrap();
        assert_eq!(short, (1..5).into());
        for wrong in [r#"{"lower":1,"upper":5,"bounds":"empty"}"#, r#"{"lower":1,"upper":5,"bounds":"[["}"#] {
            assert!(serde_json::from_str::<Range<i32>>(wrong).is_err(), "{wrong}");
        }
    }
}
