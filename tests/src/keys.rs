//! A key's type of a program's own.

use std::error::Error;

use ormgen_runtime::functions::Summed;
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

ormgen_runtime::column_type! {
    /// An amount in cents.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd)]
    pub struct Cents(pub i64);
}

ormgen_runtime::column_type! {
    /// An amount in cents that is small.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub struct SmallCents(pub i32);
}

impl Summed for Cents {
    type Sum = Self;
    type Average = Self;
}

impl Summed for SmallCents {
    type Sum = Self;
    type Average = Self;
}
