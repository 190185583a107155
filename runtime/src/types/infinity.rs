//! Dates and timestamps that may be infinite.

use std::{fmt, str::FromStr};

use bytes::{BufMut, BytesMut};
use postgres_types::{FromSql, IsNull, ToSql, Type};

use super::wire::{ByteReader, WireResult};

/// A date or a timestamp, or one of PostgreSQL's two infinities, before and after all of them
/// (<https://www.postgresql.org/docs/current/datatype-datetime.html#DATATYPE-DATETIME-SPECIAL-VALUES>).
///
/// The setting `types: { infinity: kept }` in the manifest makes `date`, `timestamp` and `timestamptz` this type,
/// also as bounds of ranges. The variants are in the server's order.
///
/// ```
/// # use ormgen_runtime::types::{NaiveDate, OrInfinity};
/// let today = NaiveDate::from_ymd_opt(2026, 11, 26).ok_or("no date")?;
/// let until: OrInfinity<NaiveDate> = "infinity".parse()?;
/// assert!(OrInfinity::from(today) < until);
/// assert_eq!(until.value(), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OrInfinity<T> {
    /// `-infinity`: before every other value.
    NegInfinity,
    /// A finite date or timestamp.
    Value(T),
    /// `infinity`: after every other value.
    Infinity,
}

impl<T> OrInfinity<T> {
    /// The date or timestamp; none if it is infinite.
    pub fn value(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::NegInfinity | Self::Infinity => None,
        }
    }
}

impl<T> From<T> for OrInfinity<T> {
    fn from(value: T) -> Self {
        Self::Value(value)
    }
}

fn accepts(ty: &Type) -> bool {
    matches!(*ty, Type::DATE | Type::TIMESTAMP | Type::TIMESTAMPTZ)
}

/// The server sends the least and the greatest number for the infinities: `DATEVAL_NOBEGIN` and `DATEVAL_NOEND`,
/// `DT_NOBEGIN` and `DT_NOEND`.
impl<'a, T: FromSql<'a>> FromSql<'a> for OrInfinity<T> {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> WireResult<Self> {
        let (least, greatest) = if *ty == Type::DATE {
            let days = ByteReader::read(raw, ByteReader::i32)?;
            (days == i32::MIN, days == i32::MAX)
        } else {
            let microseconds = ByteReader::read(raw, ByteReader::i64)?;
            (microseconds == i64::MIN, microseconds == i64::MAX)
        };
        match (least, greatest) {
            (true, _) => Ok(Self::NegInfinity),
            (_, true) => Ok(Self::Infinity),
            _ => T::from_sql(ty, raw).map(Self::Value),
        }
    }

    fn accepts(ty: &Type) -> bool {
        accepts(ty) && T::accepts(ty)
    }
}

impl<T: ToSql> ToSql for OrInfinity<T> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> WireResult<IsNull> {
        let is_greatest = match self {
            Self::Value(value) => return value.to_sql(ty, out),
            Self::NegInfinity => false,
            Self::Infinity => true,
        };
        match (*ty == Type::DATE, is_greatest) {
            (true, true) => out.put_i32(i32::MAX),
            (true, false) => out.put_i32(i32::MIN),
            (false, true) => out.put_i64(i64::MAX),
            (false, false) => out.put_i64(i64::MIN),
        }
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        accepts(ty) && T::accepts(ty)
    }

    postgres_types::to_sql_checked!();
}

impl<T: fmt::Display> fmt::Display for OrInfinity<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NegInfinity => f.write_str(NEG_INFINITY),
            Self::Value(value) => value.fmt(f),
            Self::Infinity => f.write_str(INFINITY),
        }
    }
}

const INFINITY: &str = "infinity";
const NEG_INFINITY: &str = "-infinity";

/// Parses `infinity`, `-infinity`, or the text of a value.
impl<T: FromStr> FromStr for OrInfinity<T> {
    type Err = T::Err;

    fn from_str(text: &str) -> std::result::Result<Self, T::Err> {
        match text {
            INFINITY => Ok(Self::Infinity),
            NEG_INFINITY => Ok(Self::NegInfinity),
            _ => text.parse().map(Self::Value),
        }
    }
}

/// Serializes as `"infinity"`, `"-infinity"`, or as the value itself.
#[cfg(feature = "serde")]
mod serde_form {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{INFINITY, NEG_INFINITY, OrInfinity};

    impl<T: Serialize> Serialize for OrInfinity<T> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            match self {
                Self::NegInfinity => serializer.serialize_str(NEG_INFINITY),
                Self::Value(value) => value.serialize(serializer),
                Self::Infinity => serializer.serialize_str(INFINITY),
            }
        }
    }

    /// serde tries the variants in order, so the word for an infinity comes first.
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Form<T> {
        Word(Word),
        Value(T),
    }

    #[derive(Deserialize)]
    enum Word {
        #[serde(rename = "infinity")]
        Infinity,
        #[serde(rename = "-infinity")]
        NegInfinity,
    }

    impl<'de, T: Deserialize<'de>> Deserialize<'de> for OrInfinity<T> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            Ok(match Form::deserialize(deserializer)? {
                Form::Word(Word::Infinity) => Self::Infinity,
                Form::Word(Word::NegInfinity) => Self::NegInfinity,
                Form::Value(value) => Self::Value(value),
            })
        }
    }
}
