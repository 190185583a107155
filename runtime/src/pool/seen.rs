//! A position in the write-ahead log of a database: a read that waits for it sees everything that was written before
//! it.

use std::{fmt, marker::PhantomData, str::FromStr};

/// A position in the write-ahead log of database `D`: everything stored before the position was taken lies before it.
///
/// It is small, and can be kept in a cookie or a job: `to_string` writes it in PostgreSQL's own form (`0/16B3748`),
/// `parse` reads it. A replica that has replayed the log up to it shows these writes: see
/// [`Pool::after`](crate::Pool::after).
///
/// ```
/// # mod shop { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/shop.rs")); }
/// # use shop::*;
/// # use ormgen_runtime::{prelude::*};
/// use ormgen_runtime::{Error, Result, Seen};
///
/// async fn rename(dbs: &Databases) -> Result<String> {
///     Customer::find(1).update().set(Customer::NAME, "Ada").execute(dbs).await?;
///     Ok(dbs.crm.seen().await?.to_string()) // for the cookie
/// }
///
/// async fn show(dbs: &Databases, cookie: &str) -> Result<Customer> {
///     match cookie.parse::<Seen<Crm>>() {
///         Ok(seen) => Customer::find(1).one(dbs.crm.after(seen)).await,
///         Err(_) => Customer::find(1).one(dbs.crm.read_only()).await,
///     }
/// }
/// ```
pub struct Seen<D> {
    position: u64,
    database: PhantomData<fn() -> D>,
}

impl<D> Seen<D> {
    pub(super) fn new(position: u64) -> Self {
        Self { position, database: PhantomData }
    }

    pub(super) fn position(self) -> u64 {
        self.position
    }

    /// The later of two positions.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self::new(self.position.max(other.position))
    }
}

/// Parses a `pg_lsn` (<https://www.postgresql.org/docs/current/datatype-pg-lsn.html>).
pub(super) fn parse_position(text: &str) -> Option<u64> {
    let (high, low) = text.split_once('/')?;
    let half = |text: &str| u32::from_str_radix(text, 16).ok().map(u64::from);
    Some(half(high)? << 32 | half(low)?)
}

/// The text is not a position in a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotSeen;

impl fmt::Display for NotSeen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected a place in a log, such as `0/16B3748`")
    }
}

impl std::error::Error for NotSeen {}

impl<D> FromStr for Seen<D> {
    type Err = NotSeen;

    fn from_str(text: &str) -> Result<Self, NotSeen> {
        parse_position(text).map(Self::new).ok_or(NotSeen)
    }
}

impl<D> fmt::Display for Seen<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:X}/{:X}", self.position >> 32, self.position & u64::from(u32::MAX))
    }
}

impl<D> fmt::Debug for Seen<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Seen({self})")
    }
}

impl<D> Clone for Seen<D> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<D> Copy for Seen<D> {}

impl<D> PartialEq for Seen<D> {
    fn eq(&self, other: &Self) -> bool {
        self.position == other.position
    }
}

impl<D> Eq for Seen<D> {}

#[cfg(feature = "serde")]
impl<D> serde::Serialize for Seen<D> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(feature = "serde")]
impl<'de, D> serde::Deserialize<'de> for Seen<D> {
    fn deserialize<S: serde::Deserializer<'de>>(deserializer: S) -> Result<Self, S::Error> {
        let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_written_as_it_is_read() {
        for text in ["0/0", "0/16B3748", "FFFFFFFF/FFFFFFFF", "1/0"] {
            assert_eq!(text.parse::<Seen<()>>().map(|seen| seen.to_string()).as_deref(), Ok(text));
        }
        for text in ["", "/", "1", "0/100000000", "x/1", "-1/0"] {
            assert_eq!(text.parse::<Seen<()>>(), Err(NotSeen), "{text}");
        }
    }
}
