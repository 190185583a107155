//! Values as they go over the wire, owned: a statement on a lane is answered whatever becomes of its caller.

use std::{error::Error as StdError, fmt};

use bytes::{Bytes, BytesMut};
use postgres_types::{Format, IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::Statement;

use crate::sql::{Param, Values};

/// One value.
pub(super) struct Encoded {
    /// None for NULL.
    bytes: Option<Bytes>,
    format: Format,
}

/// The values of a statement. None if one does not fit: whoever hands them to the driver learns why.
pub(super) fn encode(statement: &Statement, values: &Values<'_>) -> Option<Vec<Encoded>> {
    let types = statement.params();
    if types.len() != values.len() {
        return None;
    }
    let mut buffer = BytesMut::new();
    types.iter().zip(values).map(|(ty, value)| encode_one(&Param(value), ty, &mut buffer)).collect()
}

fn encode_one(value: &Param<'_>, ty: &Type, buffer: &mut BytesMut) -> Option<Encoded> {
    let null = matches!(value.to_sql_checked(ty, buffer).ok()?, IsNull::Yes);
    let bytes = buffer.split().freeze();
    Some(Encoded { bytes: (!null).then_some(bytes), format: value.encode_format(ty) })
}

impl ToSql for Encoded {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        let Some(bytes) = &self.bytes else { return Ok(IsNull::Yes) };
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
impl fmt::Debug for Encoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}
