//! Reads and writes PostgreSQL's binary formats. Bounds are checked here, so that codecs need no checks of their own.

use std::str;

use bytes::{BufMut, BytesMut};
use postgres_types::{IsNull, Type};

use super::BoxError;

/// The result of reading or writing a value.
pub(super) type WireResult<T> = std::result::Result<T, BoxError>;

/// The bytes of a value that have not been read yet.
pub(super) struct ByteReader<'a>(&'a [u8]);

/// One method per number type; all read big-endian.
macro_rules! read_numbers {
    ($($name:ident: $type:ty),+) => {
        $(pub(super) fn $name(&mut self) -> WireResult<$type> {
            self.chunk().map(<$type>::from_be_bytes)
        })+
    };
}

impl<'a> ByteReader<'a> {
    /// Reads the beginning of a value.
    pub(super) fn new(raw: &'a [u8]) -> Self {
        Self(raw)
    }

    /// Reads a whole value; bytes left over are an error.
    pub(super) fn read<T>(raw: &'a [u8], read: impl FnOnce(&mut Self) -> WireResult<T>) -> WireResult<T> {
        let mut reader = Self(raw);
        let value = read(&mut reader)?;
        if reader.0.is_empty() { Ok(value) } else { Err("the value is longer than its format says".into()) }
    }

    read_numbers!(u8: u8, i16: i16, u16: u16, i32: i32, u32: u32, i64: i64, u64: u64, f32: f32, f64: f64);

    /// Reads the number of items that follow, each of which takes at least `width` bytes.
    ///
    /// A count that the bytes cannot hold is refused before anything is allocated for it.
    pub(super) fn count(&mut self, width: usize) -> WireResult<usize> {
        let count = usize::try_from(self.i32()?)?;
        self.expect_items(count, width)?;
        Ok(count)
    }

    /// Refuses a number of items that the remaining bytes cannot hold.
    pub(super) fn expect_items(&self, count: usize, width: usize) -> WireResult<()> {
        match count.checked_mul(width) {
            Some(bytes) if bytes <= self.0.len() => Ok(()),
            _ => Err("the value is shorter than its item count says".into()),
        }
    }

    /// Reads items one after the other.
    pub(super) fn items<T>(
        &mut self,
        count: usize,
        mut read: impl FnMut(&mut Self) -> WireResult<T>,
    ) -> WireResult<Vec<T>> {
        (0..count).map(|_| read(self)).collect()
    }

    /// Reads a value after its length; none for NULL.
    pub(super) fn value(&mut self) -> WireResult<Option<&'a [u8]>> {
        match self.i32()? {
            -1 => Ok(None),
            length => self.bytes(usize::try_from(length)?).map(Some),
        }
    }

    /// Reads a text that ends in a zero byte.
    pub(super) fn c_string(&mut self) -> WireResult<&'a str> {
        let end = self.0.iter().position(|&byte| byte == 0).ok_or("a text does not end")?;
        let text = self.bytes(end)?;
        self.u8()?;
        Ok(str::from_utf8(text)?)
    }

    /// Reads `count` bytes.
    pub(super) fn bytes(&mut self, count: usize) -> WireResult<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(count).ok_or("the value ends too early")?;
        self.0 = rest;
        Ok(bytes)
    }

    /// Whether all bytes have been read.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes all remaining bytes.
    pub(super) fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.0)
    }

    pub(super) fn chunk<const N: usize>(&mut self) -> WireResult<[u8; N]> {
        let (chunk, rest) = self.0.split_first_chunk().ok_or("the value ends too early")?;
        self.0 = rest;
        Ok(*chunk)
    }
}

/// Writes the number of items that follow.
pub(super) fn write_count(count: usize, out: &mut BytesMut) -> WireResult<()> {
    out.put_i32(i32::try_from(count).map_err(|_| "the value has too many items")?);
    Ok(())
}

/// Writes a text and the zero byte that ends it.
pub(super) fn write_c_string(text: &str, out: &mut BytesMut) -> WireResult<()> {
    if text.contains('\0') {
        return Err("a text cannot contain a zero byte".into());
    }
    out.put_slice(text.as_bytes());
    out.put_u8(0);
    Ok(())
}

/// Writes a value after its length, and returns whether it is NULL.
pub(crate) fn write_value(
    out: &mut BytesMut,
    write: impl FnOnce(&mut BytesMut) -> WireResult<IsNull>,
) -> WireResult<bool> {
    let at = out.len();
    out.put_i32(-1);
    let IsNull::No = write(out)? else { return Ok(true) };
    let length = i32::try_from(out.len() - at - 4).map_err(|_| "the value is too long")?;
    if let Some(place) = out.get_mut(at..at + 4) {
        place.copy_from_slice(&length.to_be_bytes());
    }
    Ok(false)
}

/// Writes values as a one-dimensional array of this element type: the binary form that array_recv reads
/// (src/backend/utils/adt/arrayfuncs.c). `write` writes one value.
pub(crate) fn write_array<V>(
    out: &mut BytesMut,
    element: &Type,
    values: impl ExactSizeIterator<Item = V>,
    mut write: impl FnMut(V, &mut BytesMut) -> WireResult<IsNull>,
) -> WireResult<()> {
    out.put_i32(1); // dimensions
    let has_null = out.len();
    out.put_i32(0);
    out.put_u32(element.oid());
    out.put_i32(i32::try_from(values.len())?);
    out.put_i32(1); // lower bound
    for value in values {
        if write_value(out, |out| write(value, out))?
            && let Some(place) = out.get_mut(has_null..has_null + 4)
        {
            place.copy_from_slice(&1i32.to_be_bytes());
        }
    }
    Ok(())
}

/// Implements `FromSql` and `ToSql` for a type with `read(&mut ByteReader) -> WireResult<Self>` and
/// `write(&self, &mut BytesMut) -> WireResult<()>`, for the PostgreSQL types in brackets.
macro_rules! codec {
    ($type:ty, [$($accepted:ident),+]) => {
        codec!(@from $type, { postgres_types::accepts!($($accepted),+); });
        codec!(@to $type, { postgres_types::accepts!($($accepted),+); });
    };
    // A type of an extension has no fixed OID: it is recognized by its name.
    ($type:ty, named $name:literal) => {
        codec!(@from $type, { fn accepts(ty: &postgres_types::Type) -> bool { ty.name() == $name } });
        codec!(@to $type, { fn accepts(ty: &postgres_types::Type) -> bool { ty.name() == $name } });
    };
    (@from $type:ty, { $($accepts:tt)+ }) => {
        impl<'a> postgres_types::FromSql<'a> for $type {
            fn from_sql(_: &postgres_types::Type, raw: &'a [u8]) -> $crate::types::wire::WireResult<Self> {
                $crate::types::wire::ByteReader::read(raw, Self::read)
            }

            $($accepts)+
        }
    };
    (@to $type:ty, { $($accepts:tt)+ }) => {
        impl postgres_types::ToSql for $type {
            fn to_sql(
                &self,
                _: &postgres_types::Type,
                out: &mut bytes::BytesMut,
            ) -> $crate::types::wire::WireResult<postgres_types::IsNull> {
                self.write(out)?;
                Ok(postgres_types::IsNull::No)
            }

            $($accepts)+
            postgres_types::to_sql_checked!();
        }
    };
}
pub(super) use codec;

/// Implements serde's traits for a type with `Display` and `FromStr`: its serialized form is its text.
macro_rules! serde_as_text {
    ($($type:ty),+) => {$(
        #[cfg(feature = "serde")]
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        #[cfg(feature = "serde")]
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )+};
}
pub(super) use serde_as_text;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_beyond_the_bytes_is_refused() {
        for (bytes, expected) in [
            (&[0, 0, 0, 1, 7][..], true),
            (&[0, 0, 0, 2, 7], false),
            (&[127, 255, 255, 255], false),
            (&[255; 4], false),
        ] {
            let read = ByteReader::read(bytes, |reader| {
                reader.count(1)?;
                reader.rest();
                Ok(())
            });
            assert_eq!(read.is_ok(), expected, "{bytes:?}");
        }
    }

    #[test]
    fn left_over_bytes_are_refused() {
        assert!(ByteReader::read(&[1], ByteReader::u8).is_ok());
        assert!(ByteReader::read(&[1, 2], ByteReader::u8).is_err());
    }

    #[test]
    fn a_written_value_has_its_length() {
        let mut out = BytesMut::new();
        let null = write_value(&mut out, |out| {
            out.put_slice(b"abc");
            Ok(IsNull::No)
        });
        assert!(matches!(null, Ok(false)));
        assert!(matches!(write_value(&mut out, |_| Ok(IsNull::Yes)), Ok(true)));
        assert_eq!(out.as_ref(), b"\0\0\0\x03abc\xff\xff\xff\xff");
    }
}
