//! Types whose value is a text that the server interprets: `refcursor`, `jsonpath`, `xml`.

use std::{fmt, str};

use bytes::{BufMut, BytesMut};

use super::wire::{ByteReader, WireResult, codec};

/// The name of a cursor. Binary format: `textsend`
/// (<https://www.postgresql.org/docs/current/plpgsql-cursors.html>).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RefCursor(pub String);

/// A path into a JSON document: `$."a"[*]?(@ > 1)`.
///
/// The server checks the path and rewrites it in its own form (`$.a` becomes `$."a"`). Binary format: `jsonpath_send`
/// (<https://www.postgresql.org/docs/current/datatype-json.html#DATATYPE-JSONPATH>).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct JsonPath(pub String);

/// An XML document or content. The server keeps the text as it is, except for its declaration. Binary format:
/// `xml_send`
/// (<https://www.postgresql.org/docs/current/datatype-xml.html>).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Xml(pub String);

macro_rules! text {
    ($type:ident, $accepted:ident) => {
        codec!($type, [$accepted]);

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<String> for $type {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl From<&str> for $type {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl From<&String> for $type {
            fn from(text: &String) -> Self {
                Self(text.clone())
            }
        }
    };
}

text!(RefCursor, REFCURSOR);
text!(JsonPath, JSONPATH);
text!(Xml, XML);

impl RefCursor {
    fn read(reader: &mut ByteReader<'_>) -> WireResult<Self> {
        read_text(reader).map(Self)
    }

    fn write(&self, out: &mut BytesMut) -> WireResult<()> {
        write_text(&self.0, out)
    }
}

impl Xml {
    fn read(reader: &mut ByteReader<'_>) -> WireResult<Self> {
        read_text(reader).map(Self)
    }

    fn write(&self, out: &mut BytesMut) -> WireResult<()> {
        write_text(&self.0, out)
    }
}

impl JsonPath {
    /// The only version of the binary format.
    const VERSION: u8 = 1;

    fn read(reader: &mut ByteReader<'_>) -> WireResult<Self> {
        match reader.u8()? {
            Self::VERSION => read_text(reader).map(Self),
            version => Err(format!("version {version} of `jsonpath` is not known").into()),
        }
    }

    fn write(&self, out: &mut BytesMut) -> WireResult<()> {
        out.put_u8(Self::VERSION);
        write_text(&self.0, out)
    }
}

fn read_text(reader: &mut ByteReader<'_>) -> WireResult<String> {
    Ok(str::from_utf8(reader.rest())?.to_owned())
}

fn write_text(text: &str, out: &mut BytesMut) -> WireResult<()> {
    out.put_slice(text.as_bytes());
    Ok(())
}
