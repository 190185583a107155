//! A value on its way to the driver.

use std::{error::Error as StdError, fmt};

use bytes::BytesMut;
use postgres_types::{Format, IsNull, ToSql, Type};

use super::Value;
use crate::types::base;

/// A value as the driver takes it: one bound to a domain is written as the domain's base type.
///
/// PostgreSQL sends and receives a domain as its base type, but names the domain where it describes a
/// statement's parameters, and the driver's types know base types only.
pub(crate) struct Param<'a>(pub &'a Value<'a>);

/// The driver logs the values of each statement by their `Debug` form, which therefore shows none.
impl fmt::Debug for Param<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl ToSql for Param<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        self.0.to_sql_checked(base(ty), out)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, ty: &Type) -> Format {
        self.0.encode_format(base(ty))
    }

    fn to_sql_checked(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        self.to_sql(ty, out)
    }
}
