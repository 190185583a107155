//! `macaddr` and `macaddr8`. (`inet` and `cidr` are types of the crate cidr.)

use std::{fmt, str::FromStr};

use bytes::{BufMut, BytesMut};

use super::{
    ParseError,
    wire::{ByteReader, WireResult, codec, serde_as_text},
};

/// A value of type `macaddr`: `08:00:2b:01:02:03`.
///
/// Binary format: `macaddr_send`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MacAddr(pub [u8; 6]);

/// A value of type `macaddr8`: `08:00:2b:01:02:03:04:05`.
///
/// Binary format: `macaddr8_send`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MacAddr8(pub [u8; 8]);

macro_rules! mac_address {
    ($type:ident, $accepted:ident, $name:literal) => {
        impl $type {
            fn read(reader: &mut ByteReader<'_>) -> WireResult<Self> {
                reader.chunk().map(Self)
            }

            fn write(self, out: &mut BytesMut) -> WireResult<()> {
                out.put_slice(&self.0);
                Ok(())
            }
        }

        codec!($type, [$accepted]);
        serde_as_text!($type);

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_pairs(&self.0, f)
            }
        }

        /// Parses pairs of hexadecimal digits with `:` or `-` between them.
        impl FromStr for $type {
            type Err = ParseError;

            fn from_str(text: &str) -> std::result::Result<Self, ParseError> {
                read_pairs(text).map(Self).ok_or(ParseError::new($name))
            }
        }
    };
}

mac_address!(MacAddr, MACADDR, "macaddr");
mac_address!(MacAddr8, MACADDR8, "macaddr8");

fn write_pairs(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (index, byte) in bytes.iter().enumerate() {
        let separator = if index == 0 { "" } else { ":" };
        write!(f, "{separator}{byte:02x}")?;
    }
    Ok(())
}

fn read_pairs<const N: usize>(text: &str) -> Option<[u8; N]> {
    let separator = if text.contains(':') { ':' } else { '-' };
    let bytes: Option<Vec<u8>> = text.split(separator).map(read_pair).collect();
    bytes?.try_into().ok()
}

fn read_pair(text: &str) -> Option<u8> {
    let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if digits { u8::from_str_radix(text, 16).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text() {
        let address = MacAddr([8, 0, 0x2b, 1, 2, 0xff]);
        assert_eq!(address.to_string(), "08:00:2b:01:02:ff");
        assert_eq!("08:00:2b:01:02:ff".parse(), Ok(address));
        assert_eq!("08-00-2B-01-02-FF".parse(), Ok(address));
        for bad in [
            "",
            "08:00:2b:01:02",
            "08:00:2b:01:02:ff:00",
            "08:00:2b:01:02:f",
            "08:00:2b:01:02:+f",
            "08:00-2b:01:02:ff",
        ] {
            assert!(bad.parse::<MacAddr>().is_err(), "{bad}");
        }
        assert_eq!("00:01:02:03:04:05:06:07".parse(), Ok(MacAddr8([0, 1, 2, 3, 4, 5, 6, 7])));
    }
}
