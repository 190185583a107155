//! Functions that the generated code of composite types calls. A composite's binary form is the number of its fields,
//! then each field's type, length and value (record_send, src/backend/utils/adt/rowtypes.c).

use bytes::{Buf, BufMut};
use postgres_types::{FromSql, IsNull, Kind, ToSql, Type};

use super::{BoxError, BytesMut, base, exact, plain, wire::write_value};

/// Whether a type is the composite with this name.
pub fn accepts(ty: &Type, name: &str) -> bool {
    matches!(ty.kind(), Kind::Composite(_)) && ty.name() == name
}

/// Reads a composite's fields one after the other.
#[derive(Debug)]
pub struct Reader<'a> {
    types: std::slice::Iter<'a, postgres_types::Field>,
    raw: &'a [u8],
}

impl<'a> Reader<'a> {
    /// A reader of the fields of one value.
    ///
    /// # Errors
    /// If `ty` is not a composite, or the value has another number of fields.
    pub fn new(ty: &'a Type, mut raw: &'a [u8]) -> Result<Self, BoxError> {
        let Kind::Composite(fields) = ty.kind() else { return Err("not a composite type".into()) };
        let count = raw.try_get_i32()?;
        if usize::try_from(count) != Ok(fields.len()) {
            return Err(
                format!("the type `{}` has {} fields, the value {count}", ty.name(), fields.len()).into()
            );
        }
        Ok(Self { types: fields.iter(), raw })
    }

    /// Reads the next field's value.
    ///
    /// # Errors
    /// If the value does not fit `T`.
    pub fn get<T: FromSql<'a> + 'static>(&mut self) -> Result<T, BoxError> {
        let Some(field) = self.types.next() else { return Err("the composite type has fewer fields".into()) };
        let ty = &*plain(field.type_());
        if !T::accepts(ty) {
            return Err(format!("the field `{}` is of type `{ty}`", field.name()).into());
        }
        let _oid = self.raw.try_get_u32()?;
        let length = self.raw.try_get_i32()?;
        let Ok(length) = usize::try_from(length) else { return T::from_sql_null(ty) };
        let Some((value, rest)) = self.raw.split_at_checked(length) else {
            return Err("the composite value is cut off".into());
        };
        self.raw = rest;
        exact::read(ty, value)
    }
}

/// Writes a composite's fields.
///
/// # Errors
/// If `ty` has other fields.
pub fn write(ty: &Type, out: &mut BytesMut, values: &[&(dyn ToSql + Sync)]) -> Result<IsNull, BoxError> {
    let Kind::Composite(fields) = ty.kind() else { return Err("not a composite type".into()) };
    if fields.len() != values.len() {
        return Err(
            format!("the type `{}` has {} fields, not {}", ty.name(), fields.len(), values.len()).into()
        );
    }
    out.put_i32(i32::try_from(fields.len())?);
    for (field, value) in fields.iter().zip(values) {
        out.put_u32(field.type_().oid());
        write_value(out, |out| value.to_sql_checked(base(field.type_()), out))?;
    }
    Ok(IsNull::No)
}
