//! Values as they go over the wire, owned: a statement that shares a connection is answered whatever becomes of its
//! caller.

use std::{cmp::Ordering, error::Error as StdError, fmt, ops::Range};

use bytes::BytesMut;
use postgres_types::{Format, IsNull, Kind, ToSql, Type, to_sql_checked};
use smallvec::SmallVec;

use crate::{
    sql::{Param, Values},
    types::wire::write_array,
};

/// The values of a statement, one behind the other.
pub(super) struct Encoded {
    buffer: BytesMut,
    cells: SmallVec<[Cell; 2]>,
}

/// Where a value is.
struct Cell {
    /// None for NULL.
    bytes: Option<Range<usize>>,
    format: Format,
}

/// Bytes that the values of few statements exceed.
const USUAL_LENGTH: usize = 64;

/// The values of a statement. None if one does not fit: whoever hands them to the driver learns why.
pub(super) fn encode(types: &[Type], values: &Values<'_>) -> Option<Encoded> {
    if types.len() != values.len() {
        return None;
    }
    let mut encoded = Encoded { buffer: BytesMut::new(), cells: SmallVec::with_capacity(types.len()) };
    if !types.is_empty() {
        encoded.buffer.reserve(USUAL_LENGTH);
    }
    for (ty, value) in types.iter().zip(values) {
        encoded.push(&Param(value), ty)?;
    }
    Some(encoded)
}

impl Encoded {
    fn push(&mut self, value: &Param<'_>, ty: &Type) -> Option<()> {
        let start = self.buffer.len();
        let bytes = match value.to_sql_checked(ty, &mut self.buffer).ok()? {
            IsNull::Yes => None,
            IsNull::No => Some(start..self.buffer.len()),
        };
        self.cells.push(Cell { bytes, format: value.encode_format(ty) });
        Some(())
    }

    /// For the driver.
    pub fn values(&self) -> impl ExactSizeIterator<Item = EncodedValue<'_>> {
        self.cells.iter().map(|cell| self.value(cell))
    }

    /// An order among the values of statements: that of their last values, then of those before them, byte by byte.
    pub fn cmp_from_last(&self, other: &Self) -> Ordering {
        self.last_first().cmp(other.last_first())
    }

    /// Whether its values can be elements of arrays, which have no place for a value in text.
    pub fn is_binary(&self) -> bool {
        self.cells.iter().all(|cell| matches!(cell.format, Format::Binary))
    }

    fn last_first(&self) -> impl Iterator<Item = Option<&[u8]>> {
        self.cells.iter().rev().map(|cell| self.value(cell).bytes)
    }

    fn value(&self, cell: &Cell) -> EncodedValue<'_> {
        EncodedValue { bytes: cell.bytes.clone().map(|bytes| &self.buffer[bytes]), format: cell.format }
    }
}

/// One of them.
pub(super) struct EncodedValue<'a> {
    bytes: Option<&'a [u8]>,
    format: Format,
}

impl EncodedValue<'_> {
    fn write(&self, out: &mut BytesMut) -> IsNull {
        let Some(bytes) = self.bytes else { return IsNull::Yes };
        out.extend_from_slice(bytes);
        IsNull::No
    }
}

impl ToSql for EncodedValue<'_> {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        Ok(self.write(out))
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        self.format
    }

    to_sql_checked!();
}

/// One value of each of many statements, as an array.
pub(super) struct ArrayOf<'a> {
    pub statements: &'a [Encoded],
    pub value: usize,
}

impl ToSql for ArrayOf<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        let Kind::Array(element) = ty.kind() else { return Err("not an array".into()) };
        write_array(out, element, self.statements.iter(), |statement, out| {
            let cell = statement.cells.get(self.value).ok_or("a statement lacks the value")?;
            Ok(statement.value(cell).write(out))
        })?;
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        matches!(ty.kind(), Kind::Array(_))
    }

    to_sql_checked!();
}

/// The driver logs the values of each statement by their `Debug` form.
impl fmt::Debug for EncodedValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl fmt::Debug for ArrayOf<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}
