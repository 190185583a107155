//! The identifiers that the server assigns: of objects, transactions, commands and row versions.

use std::{fmt, num::ParseIntError, str::FromStr};

use bytes::{BufMut, BytesMut};

use super::{
    ParseError,
    wire::{ByteReader, WireResult, codec, serde_as_text},
};

/// An object identifier: a value of `oid` or of one of its aliases (`regclass`, `regtype`, `regproc`, …).
///
/// The text form of an alias is the object's name, which only the server knows. Here it is the number, which the
/// server accepts too. Binary format: `oidsend` (<https://www.postgresql.org/docs/current/datatype-oid.html>).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Oid(pub u32);

/// A transaction identifier. It wraps around, and so has no order. Binary format: `xidsend`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Xid(pub u32);

/// A transaction identifier with its epoch, which does not wrap around. Binary format: `xid8send`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Xid8(pub u64);

/// The number of a command inside its transaction. Binary format: `cidsend`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Cid(pub u32);

/// Implements the binary and the text form of an identifier that is a number.
macro_rules! number {
    ($type:ident, $read:ident, $write:ident, [$($accepted:ident),+]) => {
        impl $type {
            fn read(reader: &mut ByteReader<'_>) -> WireResult<Self> {
                reader.$read().map(Self)
            }

            fn write(self, out: &mut BytesMut) -> WireResult<()> {
                out.$write(self.0);
                Ok(())
            }
        }

        codec!($type, [$($accepted),+]);

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $type {
            type Err = ParseIntError;

            fn from_str(text: &str) -> std::result::Result<Self, ParseIntError> {
                text.parse().map(Self)
            }
        }
    };
}

number!(
    Oid,
    u32,
    put_u32,
    [
        OID,
        REGCLASS,
        REGCOLLATION,
        REGCONFIG,
        REGDICTIONARY,
        REGNAMESPACE,
        REGOPER,
        REGOPERATOR,
        REGPROC,
        REGPROCEDURE,
        REGROLE,
        REGTYPE
    ]
);
number!(Xid, u32, put_u32, [XID]);
number!(Xid8, u64, put_u64, [XID8]);
number!(Cid, u32, put_u32, [CID]);

/// The place of a row version in its table: `(0,1)`. Binary format: `tidsend`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tid {
    /// The number of the page.
    pub block: u32,
    /// The number of the row version on the page.
    pub offset: u16,
}

impl Tid {
    fn read(reader: &mut ByteReader<'_>) -> WireResult<Self> {
        Ok(Self { block: reader.u32()?, offset: reader.u16()? })
    }

    fn write(self, out: &mut BytesMut) -> WireResult<()> {
        out.put_u32(self.block);
        out.put_u16(self.offset);
        Ok(())
    }

    fn parse(text: &str) -> Option<Self> {
        let (block, offset) = text.strip_prefix('(')?.strip_suffix(')')?.split_once(',')?;
        Some(Self { block: block.parse().ok()?, offset: offset.parse().ok()? })
    }
}

codec!(Tid, [TID]);
serde_as_text!(Tid);

impl fmt::Display for Tid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({},{})", self.block, self.offset)
    }
}

impl FromStr for Tid {
    type Err = ParseError;

    fn from_str(text: &str) -> std::result::Result<Self, ParseError> {
        Self::parse(text).ok_or(ParseError::new("tid"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text() {
        let tid = Tid { block: 4_294_967_295, offset: 7 };
        assert_eq!(tid.to_string(), "(4294967295,7)");
        assert_eq!(tid.to_string().parse(), Ok(tid));
        for bad in ["", "(1)", "(1,2", "(1,65536)", "(-1,1)"] {
            assert!(bad.parse::<Tid>().is_err(), "{bad}");
        }
        assert_eq!("18446744073709551615".parse(), Ok(Xid8(u64::MAX)));
        assert!("4294967296".parse::<Oid>().is_err());
    }
}
