//! Encoded values that own their bytes: a statement that shares a connection is answered even if its caller goes
//! away.

use std::{cmp::Ordering, error::Error as StdError, fmt, ops::Range};

use bytes::BytesMut;
use postgres_types::{Format, IsNull, Kind, ToSql, Type, to_sql_checked};
use smallvec::SmallVec;

use crate::{
    sql::{Param, Values},
    types::wire::write_array,
};

/// The encoded values of a statement, in one buffer.
pub(super) struct Encoded {
    buffer: BytesMut,
    cells: SmallVec<[Cell; 2]>,
}

/// The place of one value in the buffer.
struct Cell {
    /// The value's bytes; none for NULL.
    bytes: Option<Range<usize>>,
    format: Format,
}

/// The length in bytes that the values of most statements do not exceed.
const USUAL_LENGTH: usize = 64;

/// Encodes the values of a statement. None if one of them does not fit its type: running the statement gives the
/// error.
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

    /// The values in the form that the driver takes.
    pub fn values(&self) -> impl ExactSizeIterator<Item = EncodedValue<'_>> {
        self.cells.iter().map(|cell| self.value(cell))
    }

    /// Compares the last values of two statements, then those before them, byte by byte.
    pub fn cmp_from_last(&self, other: &Self) -> Ordering {
        self.last_first().cmp(other.last_first())
    }

    /// Whether all values are binary: elements of arrays cannot be sent as text.
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

/// One encoded value of a statement.
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

/// An array with one value of each of many statements.
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

/// `Debug` hides the value, as the driver logs the values of each statement in that form.
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
