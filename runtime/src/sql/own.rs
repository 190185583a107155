//! Values that a program binds to SQL of its own, where nothing has seen to it that their types fit.

use std::error::Error as StdError;

use bytes::BytesMut;
use postgres_types::{Format, IsNull, ToSql, Type, WrongType, to_sql_checked};

use crate::error::Result;

/// A value whose type the server's may not be. The driver tells the two types; this says what to write instead.
#[derive(Debug, PartialEq)]
pub(crate) struct Own<T>(pub T);

impl<T: ToSql> ToSql for Own<T> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        self.0.to_sql_checked(ty, out).map_err(|error| match error.downcast::<WrongType>() {
            Ok(wrong) => format!("{wrong}: {}", advice(ty)).into(),
            Err(error) => error,
        })
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, ty: &Type) -> Format {
        self.0.encode_format(ty)
    }

    to_sql_checked!();
}

/// What to write where a value is of another type than the server's.
fn advice(ty: &Type) -> String {
    let of_rust = match *ty {
        Type::BOOL => "`bool`",
        Type::INT2 => "`i16`",
        Type::INT4 => "`i32`",
        Type::INT8 => "`i64`",
        Type::FLOAT4 => "`f32`",
        Type::FLOAT8 => "`f64`",
        Type::NUMERIC => "`Decimal` or `Numeric`",
        Type::TEXT | Type::VARCHAR => "`&str` or `String`",
        Type::UUID => "`Uuid`",
        Type::DATE => "`NaiveDate`",
        Type::TIMESTAMP => "`NaiveDateTime`",
        Type::TIMESTAMPTZ => "`DateTime<Utc>`",
        Type::JSON | Type::JSONB => "`serde_json::Value` or `Json<…>`",
        _ => "the Rust type for it",
    };
    format!("bind {of_rust}, or name the type that is bound in the SQL, as in `$1::int8` for an `i64`")
}
