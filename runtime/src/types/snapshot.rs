//! `pg_snapshot` and its older name `txid_snapshot`.

use std::{fmt, str::FromStr};

use bytes::{BufMut, BytesMut};

use super::{
    ParseError, Xid8,
    wire::{ByteReader, WireResult, codec, serde_as_text, write_count},
};

/// A snapshot of transactions: which of them a query sees, such as `10:20:10,14,15`.
///
/// Binary format: `pg_snapshot_send`
/// (<https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SNAPSHOT>).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Snapshot {
    /// The lowest transaction that was still in progress.
    pub xmin: Xid8,
    /// One past the highest transaction that had ended.
    pub xmax: Xid8,
    /// The transactions between `xmin` and `xmax` that were in progress, in order.
    pub in_progress: Vec<Xid8>,
}

impl Snapshot {
    fn read(reader: &mut ByteReader<'_>) -> WireResult<Self> {
        let count = usize::try_from(reader.i32()?)?;
        let (xmin, xmax) = (Xid8(reader.u64()?), Xid8(reader.u64()?));
        reader.expect_items(count, size_of::<u64>())?;
        let in_progress = reader.items(count, |reader| reader.u64().map(Xid8))?;
        Ok(Self { xmin, xmax, in_progress })
    }

    fn write(&self, out: &mut BytesMut) -> WireResult<()> {
        write_count(self.in_progress.len(), out)?;
        out.put_u64(self.xmin.0);
        out.put_u64(self.xmax.0);
        self.in_progress.iter().for_each(|xid| out.put_u64(xid.0));
        Ok(())
    }

    fn parse(text: &str) -> Option<Self> {
        let (xmin, rest) = text.split_once(':')?;
        let (xmax, list) = rest.split_once(':')?;
        let in_progress = match list {
            "" => Some(Vec::new()),
            list => list.split(',').map(|xid| xid.parse().ok()).collect(),
        };
        Some(Self { xmin: xmin.parse().ok()?, xmax: xmax.parse().ok()?, in_progress: in_progress? })
    }
}

codec!(Snapshot, [PG_SNAPSHOT, TXID_SNAPSHOT]);
serde_as_text!(Snapshot);

impl fmt::Display for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:", self.xmin, self.xmax)?;
        for (index, xid) in self.in_progress.iter().enumerate() {
            let separator = if index == 0 { "" } else { "," };
            write!(f, "{separator}{xid}")?;
        }
        Ok(())
    }
}

impl FromStr for Snapshot {
    type Err = ParseError;

    fn from_str(text: &str) -> std::result::Result<Self, ParseError> {
        Self::parse(text).ok_or(ParseError::new("pg_snapshot"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text() {
        for text in ["10:20:10,14,15", "10:10:"] {
            assert_eq!(text.parse::<Snapshot>().map(|snapshot| snapshot.to_string()).as_deref(), Ok(text));
        }
        for bad in ["", "10", "10:20", "10:20:,", "a:20:"] {
            assert!(bad.parse::<Snapshot>().is_err(), "{bad}");
        }
    }
}
