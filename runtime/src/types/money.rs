//! `money`.

use bytes::{BufMut, BytesMut};

use super::wire::{ByteReader, WireResult, codec};

/// A value of type `money`: a number of the currency's smallest units, such as cents.
///
/// The server's setting `lc_monetary` defines the currency, and how many units make a whole one. The value does not
/// hold them, and so has no text form here (<https://www.postgresql.org/docs/current/datatype-money.html>).
/// Binary format: `cash_send`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Money(pub i64);

impl Money {
    fn read(reader: &mut ByteReader<'_>) -> WireResult<Self> {
        reader.i64().map(Self)
    }

    fn write(self, out: &mut BytesMut) -> WireResult<()> {
        out.put_i64(self.0);
        Ok(())
    }
}

codec!(Money, [MONEY]);
