//! `bit` and `varbit`.

use std::{cmp::Ordering, fmt, str::FromStr};

use bytes::{BufMut, BytesMut};

use super::{
    ParseError,
    wire::{ByteReader, WireResult, codec, serde_as_text, write_count},
};

/// A value of type `bit` or `bit varying`: `101`.
///
/// The order is PostgreSQL's: bit by bit, then by length
/// (<https://www.postgresql.org/docs/current/datatype-bit.html>). Binary format: `varbit_send`.
///
/// ```
/// # use ormgen_runtime::types::BitString;
/// let flags: BitString = [true, false, true].into_iter().collect();
/// assert_eq!(flags.to_string(), "101");
/// assert_eq!(flags.get(2), Some(true));
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct BitString {
    /// Eight bits per byte, the first bit in the highest place. The unused bits of the last byte are zero.
    bytes: Vec<u8>,
    bits: usize,
}

impl BitString {
    /// The first `bits` bits of the bytes, from the highest bit of the first byte on; none if there are fewer.
    pub fn from_bytes(mut bytes: Vec<u8>, bits: usize) -> Option<Self> {
        let needed = bits.div_ceil(8);
        if bytes.len() < needed {
            return None;
        }
        bytes.truncate(needed);
        if let (Some(last), used @ 1..) = (bytes.last_mut(), bits % 8) {
            *last &= !(u8::MAX >> used);
        }
        Some(Self { bytes, bits })
    }

    /// The number of bits.
    pub fn len(&self) -> usize {
        self.bits
    }

    /// Whether the string has no bits.
    pub fn is_empty(&self) -> bool {
        self.bits == 0
    }

    /// The bit at this index, counted from zero from the left.
    pub fn get(&self, index: usize) -> Option<bool> {
        if index >= self.bits {
            return None;
        }
        let byte = self.bytes.get(index / 8)?;
        Some(byte & (0x80 >> (index % 8)) != 0)
    }

    /// The bits from the left.
    pub fn iter(&self) -> impl Iterator<Item = bool> + '_ {
        (0..self.bits).map_while(|index| self.get(index))
    }

    /// The bits as bytes, eight bits per byte, the first bit in the highest place; the last byte is filled up with
    /// zeros.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn read(reader: &mut ByteReader<'_>) -> WireResult<Self> {
        let bits = usize::try_from(reader.i32()?)?;
        let bytes = reader.bytes(bits.div_ceil(8))?;
        Self::from_bytes(bytes.to_vec(), bits).ok_or_else(|| "the value is shorter than its bits".into())
    }

    fn write(&self, out: &mut BytesMut) -> WireResult<()> {
        write_count(self.bits, out)?;
        out.put_slice(&self.bytes);
        Ok(())
    }
}

codec!(BitString, [BIT, VARBIT]);
serde_as_text!(BitString);

impl FromIterator<bool> for BitString {
    fn from_iter<I: IntoIterator<Item = bool>>(iter: I) -> Self {
        let mut value = Self::default();
        for bit in iter {
            let place = value.bits % 8;
            if place == 0 {
                value.bytes.push(0);
            }
            if let (Some(last), true) = (value.bytes.last_mut(), bit) {
                *last |= 0x80 >> place;
            }
            value.bits += 1;
        }
        value
    }
}

impl Ord for BitString {
    fn cmp(&self, other: &Self) -> Ordering {
        self.bytes.cmp(&other.bytes).then(self.bits.cmp(&other.bits))
    }
}

impl PartialOrd for BitString {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for BitString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.iter().try_for_each(|bit| f.write_str(if bit { "1" } else { "0" }))
    }
}

impl fmt::Debug for BitString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BitString({self})")
    }
}

/// Parses zeros and ones.
impl FromStr for BitString {
    type Err = ParseError;

    fn from_str(text: &str) -> std::result::Result<Self, ParseError> {
        let bit = |c| match c {
            '0' => Ok(false),
            '1' => Ok(true),
            _ => Err(ParseError::new("bit varying")),
        };
        text.chars().map(bit).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bits_after_the_last_do_not_count() {
        assert_eq!(BitString::from_bytes(vec![0xff, 0xff], 9), "111111111".parse().ok());
        assert_eq!(BitString::from_bytes(vec![0xff], 9), None);
        assert_eq!(BitString::from_bytes(vec![0xff], 0), Some(BitString::default()));
    }

    #[test]
    fn order_and_text() {
        let sorted = ["", "0", "00", "01", "011111111", "1", "10", "101"];
        let mut values: Vec<BitString> = sorted.iter().rev().filter_map(|text| text.parse().ok()).collect();
        values.sort();
        assert_eq!(values.iter().map(BitString::to_string).collect::<Vec<_>>(), sorted);
        assert!("102".parse::<BitString>().is_err());
    }
}
