//! `vector` of the extension pgvector (<https://github.com/pgvector/pgvector>).

use std::{fmt, str::FromStr};

use bytes::{BufMut, BytesMut};

use super::{
    ParseError,
    wire::{ByteReader, WireResult, codec, serde_as_text},
};

/// A value of type `vector`: `[1,2.5,3]`.
///
/// The server refuses a vector that is empty or has elements that are not finite. Binary format: pgvector's
/// `vector_send`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Vector(pub Vec<f32>);

impl Vector {
    fn read(reader: &mut ByteReader<'_>) -> WireResult<Self> {
        let (count, _unused) = (usize::from(reader.u16()?), reader.u16()?);
        reader.expect_items(count, size_of::<f32>())?;
        reader.items(count, ByteReader::f32).map(Self)
    }

    fn write(&self, out: &mut BytesMut) -> WireResult<()> {
        let count = i16::try_from(self.0.len()).map_err(|_| "the vector has too many elements")?;
        out.put_i16(count);
        out.put_i16(0);
        self.0.iter().for_each(|&number| out.put_f32(number));
        Ok(())
    }

    fn parse(text: &str) -> Option<Self> {
        let list = text.trim().strip_prefix('[')?.strip_suffix(']')?;
        let numbers: Option<_> = list.split(',').map(|number| number.trim().parse().ok()).collect();
        numbers.map(Self)
    }
}

codec!(Vector, named "vector");
serde_as_text!(Vector);

impl From<Vec<f32>> for Vector {
    fn from(numbers: Vec<f32>) -> Self {
        Self(numbers)
    }
}

impl fmt::Display for Vector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        for (index, number) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "," };
            write!(f, "{separator}{number}")?;
        }
        f.write_str("]")
    }
}

impl FromStr for Vector {
    type Err = ParseError;

    fn from_str(text: &str) -> std::result::Result<Self, ParseError> {
        Self::parse(text).ok_or(ParseError::new("vector"))
    }
}

#[cfg(test)]
mod tests {
    use postgres_types::{FromSql, Kind, ToSql, Type};

    use super::*;

    #[test]
    fn text() {
        let vector = Vector(vec![1.0, 2.5, -3.0]);
        assert_eq!(vector.to_string(), "[1,2.5,-3]");
        assert_eq!("[1, 2.5,-3]".parse(), Ok(vector));
        for bad in ["", "[]", "[1,]", "1,2", "[a]"] {
            assert!(bad.parse::<Vector>().is_err(), "{bad}");
        }
    }

    #[test]
    fn bytes() {
        let ty = Type::new("vector".to_owned(), 99_999, Kind::Simple, "public".to_owned());
        let raw = [&[0, 2, 0, 0][..], &1.0_f32.to_be_bytes(), &(-2.0_f32).to_be_bytes()].concat();
        let vector = Vector::from_sql(&ty, &raw).expect("a vector");
        assert_eq!(vector, Vector(vec![1.0, -2.0]));
        let mut out = BytesMut::new();
        vector.to_sql(&ty, &mut out).expect("its bytes");
        assert_eq!(out.as_ref(), raw);
        assert!(<Vector as ToSql>::accepts(&ty) && !<Vector as ToSql>::accepts(&Type::TEXT));
    }
}
