//! `tsvector` and `tsquery` (<https://www.postgresql.org/docs/current/datatype-textsearch.html>).
//!
//! These types hold what the server computed (`to_tsvector`, `to_tsquery`); this crate does not analyse text.

mod query;

use std::fmt;

use bytes::{BufMut, BytesMut};

pub use self::query::{TsQuery, TsQueryError, TsQueryItem};
use super::wire::{ByteReader, WireResult, codec, write_c_string, write_count};

/// A document as the list of its lexemes: `'cat':3 'fat':2A,4`.
///
/// The server sorts the lexemes and removes duplicates. Binary format: `tsvectorsend`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct TsVector(pub Vec<Lexeme>);

/// A lexeme, and its positions in the document.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Lexeme {
    /// The word in its normal form.
    pub text: String,
    /// The lexeme's positions, in rising order; empty if they were stripped.
    pub positions: Vec<Position>,
}

/// A position of a lexeme in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Position {
    /// The number of the word in the document, counted from 1, up to 16383.
    pub place: u16,
    /// The weight of this position.
    pub weight: Weight,
}

/// The weight of a position in a document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Weight {
    /// The least weight, which the text form leaves out.
    #[default]
    D,
    /// A higher weight than D.
    C,
    /// A higher weight than C.
    B,
    /// The highest weight.
    A,
}

/// Position and weight share 16 bits: `tsearch/ts_type.h`.
const PLACE_BITS: u32 = 14;
const MAX_PLACE: u16 = (1 << PLACE_BITS) - 1;

impl Weight {
    const ALL: [Self; 4] = [Self::D, Self::C, Self::B, Self::A];

    fn number(self) -> u16 {
        match self {
            Self::D => 0,
            Self::C => 1,
            Self::B => 2,
            Self::A => 3,
        }
    }

    fn from_number(number: u16) -> Self {
        Self::ALL.into_iter().find(|weight| weight.number() == number).unwrap_or_default()
    }

    /// The bit of this weight in a search, where weights are a set.
    fn bit(self) -> u8 {
        1 << self.number()
    }

    /// The weights in a set, the highest first, as the server shows them.
    fn in_bits(bits: u8) -> Vec<Self> {
        Self::ALL.into_iter().rev().filter(|weight| bits & weight.bit() != 0).collect()
    }

    fn letter(self) -> &'static str {
        match self {
            Self::D => "D",
            Self::C => "C",
            Self::B => "B",
            Self::A => "A",
        }
    }
}

impl TsVector {
    fn read(reader: &mut ByteReader<'_>) -> WireResult<Self> {
        // The shortest form of a lexeme: an empty text, its zero byte, the number of positions.
        let count = reader.count(1 + size_of::<u16>())?;
        reader.items(count, Lexeme::read).map(Self)
    }

    fn write(&self, out: &mut BytesMut) -> WireResult<()> {
        write_count(self.0.len(), out)?;
        self.0.iter().try_for_each(|lexeme| lexeme.write(out))
    }
}

impl Lexeme {
    fn read(reader: &mut ByteReader<'_>) -> WireResult<Self> {
        let text = reader.c_string()?.to_owned();
        let count = usize::from(reader.u16()?);
        reader.expect_items(count, size_of::<u16>())?;
        let position = |reader: &mut ByteReader<'_>| {
            let bits = reader.u16()?;
            Ok(Position { place: bits & MAX_PLACE, weight: Weight::from_number(bits >> PLACE_BITS) })
        };
        Ok(Self { text, positions: reader.items(count, position)? })
    }

    fn write(&self, out: &mut BytesMut) -> WireResult<()> {
        write_c_string(&self.text, out)?;
        out.put_u16(u16::try_from(self.positions.len())?);
        for position in &self.positions {
            if position.place > MAX_PLACE {
                return Err("a place in a document is 16383 at most".into());
            }
            out.put_u16(position.place | position.weight.number() << PLACE_BITS);
        }
        Ok(())
    }
}

codec!(TsVector, [TS_VECTOR]);

impl fmt::Display for TsVector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, lexeme) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { " " };
            write!(f, "{separator}{lexeme}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Lexeme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&quoted(&self.text))?;
        for (index, position) in self.positions.iter().enumerate() {
            let separator = if index == 0 { ":" } else { "," };
            let weight = if position.weight == Weight::D { "" } else { position.weight.letter() };
            write!(f, "{separator}{}{weight}", position.place)?;
        }
        Ok(())
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_as_text() {
        let position = |place, weight| Position { place, weight };
        let document = TsVector(vec![
            Lexeme { text: "it's".to_owned(), positions: Vec::new() },
            Lexeme { text: "\\".to_owned(), positions: vec![position(2, Weight::A), position(4, Weight::D)] },
        ]);
        assert_eq!(document.to_string(), r"'it''s' '\\':2A,4");
    }
}
