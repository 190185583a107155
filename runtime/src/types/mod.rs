//! Rust types for PostgreSQL's types.
//!
//! Types of the usual crates are re-exported, so that generated code and its users need no other dependency; this
//! crate defines types for what those crates do not cover. Each of them uses PostgreSQL's binary format, as the named
//! `…_send` and `…_recv` functions of `src/backend/utils/adt` define it. A decoder accepts any bytes: it gives a
//! value or an error, never panics, and never allocates more than the length of its input accounts for.
//!
//! `Display` and `FromStr`, where a type has them, use PostgreSQL's text form with its default settings. With the
//! feature `serde`, a type with both is serialized as that text, or as a number if it is one; other types as their
//! fields.
//!
//! A value that a type cannot hold exactly is an error when it is read, never rounded, wrapped or cut off (`exact`):
//!
//! | type | cannot hold | type that can, and how the manifest asks for it |
//! | --- | --- | --- |
//! | [`Decimal`] | `numeric` beyond 28 digits, `NaN`, `Infinity` | [`Numeric`], the default for a `numeric` that is not declared with a precision up to 28 |
//! | chrono's dates and timestamps | `infinity`, `-infinity` | [`OrInfinity`]: `types: { infinity: kept }` |
//! | chrono's dates and timestamps | dates after the year 262142 | a type of your own |
//! | [`NaiveTime`] | `24:00:00` | [`Time`]: `types: { time: ormgen_runtime::types::Time }` |
//! | [`JsonValue`] | a number that is no 64-bit integer and has more digits than an `f64` | [`JsonText`]: `types: { jsonb: … }`, or the feature `json-numbers` |
//! | `Vec<T>` | NULL elements | `Vec<Option<T>>`: `types: { arrays: nullable }` |
//! | `Vec<T>` | several dimensions, a first subscript other than 1 | [`Array<Option<T>>`](Array): `types: { arrays: any }` |
//!
//! chrono's nanoseconds are truncated to the server's microseconds when they are sent.
//!
//! <https://www.postgresql.org/docs/current/datatype.html>

mod array;
mod bits;
pub mod composite;
mod domain;
pub mod enumeration;
pub(crate) mod exact;
mod geometric;
mod identifiers;
mod infinity;
mod interval;
#[cfg(feature = "json")]
mod json;
mod money;
mod network;
mod numeric;
mod range;
#[cfg(feature = "serde")]
mod range_json;
mod snapshot;
mod text;
mod text_search;
mod time;
mod timetz;
mod vector;
pub(crate) mod wire;

use std::{collections::HashMap, fmt};

#[doc(hidden)]
pub use self::enumeration::enum_by_label;
pub use bytes::BytesMut;
pub use postgres_types::{FromSql, IsNull, PgLsn, ToSql, Type, to_sql_checked};

#[cfg(feature = "json")]
pub use self::json::JsonText;
#[cfg(feature = "chrono")]
pub use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
#[cfg(feature = "cidr")]
pub use cidr::{IpCidr, IpInet};
#[cfg(feature = "json")]
pub use postgres_types::Json;
#[cfg(feature = "decimal")]
pub use rust_decimal::Decimal;
#[cfg(feature = "json")]
pub use serde_json::Value as JsonValue;
#[cfg(feature = "uuid")]
pub use uuid::Uuid;

pub use self::{
    array::{Array, Dimension, ShapeError},
    bits::BitString,
    enumeration::{Enum, UnknownLabel},
    geometric::{Circle, Line, LineSegment, Path, Point, Polygon, Rectangle},
    identifiers::{Cid, Oid, Tid, Xid, Xid8},
    infinity::OrInfinity,
    interval::Interval,
    money::Money,
    network::{MacAddr, MacAddr8},
    numeric::Numeric,
    range::{Multirange, Range},
    snapshot::Snapshot,
    text::{JsonPath, RefCursor, Xml},
    text_search::{Lexeme, Position, TsQuery, TsQueryError, TsQueryItem, TsVector, Weight},
    time::Time,
    timetz::TimeTz,
    vector::Vector,
};
pub(crate) use self::{
    domain::{base, plain},
    range::PointRange,
};

/// The error type of the driver's traits for reading and writing values.
pub type BoxError = Box<dyn std::error::Error + Sync + Send>;

/// A value of the extension `hstore` (<https://www.postgresql.org/docs/current/hstore.html>).
pub type HStore = HashMap<String, Option<String>>;

/// The text is not a value of the type that it was parsed as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    what: &'static str,
}

impl ParseError {
    pub(crate) const fn new(what: &'static str) -> Self {
        Self { what }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the text is not a value of type `{}`", self.what)
    }
}

impl std::error::Error for ParseError {}

#[cfg(test)]
mod tests;
