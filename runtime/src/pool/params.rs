//! Values as they go over the wire, owned: a statement on a lane is answered whatever becomes of its caller.

use std::{error::Error as StdError, fmt, ops::Range};

use bytes::BytesMut;
use postgres_types::{Format, IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::Statement;

use crate::sql::{Param, Values};

/// The values of a statement, one behind the other.
pub(super) struct Encoded {
    buffer: BytesMut,
    places: Vec<Place>,
}

/// Where a value is.
struct Place {
    /// None for NULL.
    bytes: Option<Range<usize>>,
    format: Format,
}

/// Bytes that the values of few statements exceed.
const USUAL_LENGTH: usize = 64;

/// The values of a statement. None if one does not fit: whoever hands them to the driver learns why.
pub(super) fn encode(statement: &Statement, values: &Values<'_>) -> Option<Encoded> {
    let types = statement.params();
    if types.len() != values.len() {
        return None;
    }
    let mut encoded = Encoded { buffer: BytesMut::new(), places: Vec::with_capacity(types.len()) };
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
        self.places.push(Place { bytes, format: value.encode_format(ty) });
        Some(())
    }

    /// For the driver.
    pub fn values(&self) -> impl ExactSizeIterator<Item = EncodedValue<'_>> {
        self.places.iter().map(|place| EncodedValue {
            bytes: place.bytes.clone().map(|bytes| &self.buffer[bytes]),
            format: place.format,
        })
    }
}

/// One of them.
pub(super) struct EncodedValue<'a> {
    bytes: Option<&'a [u8]>,
    format: Format,
}

impl ToSql for EncodedValue<'_> {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        let Some(bytes) = self.bytes else { return Ok(IsNull::Yes) };
        out.extend_from_slice(bytes);
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        self.format
    }

    to_sql_checked!();
}

/// The driver logs the values of each statement by their `Debug` form.
impl fmt::Debug for EncodedValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}
