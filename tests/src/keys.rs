//! A key's type of a program's own.

use std::error::Error;

use ormgen_runtime::types::{BytesMut, FromSql, IsNull, ToSql, Type, to_sql_checked};

/// A text that is not sent where it is empty.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Choosy(pub String);

impl ToSql for Choosy {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        if self.0.is_empty() {
            return Err("an empty text is no key".into());
        }
        self.0.to_sql(ty, out)
    }

    fn accepts(ty: &Type) -> bool {
        <String as ToSql>::accepts(ty)
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Choosy {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        String::from_sql(ty, raw).map(Self)
    }

    fn accepts(ty: &Type) -> bool {
        <String as FromSql>::accepts(ty)
    }
}
