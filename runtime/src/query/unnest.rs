//! The values of one column, sent as one array.

use std::error::Error as StdError;

use bytes::{BufMut, BytesMut};
use postgres_types::{IsNull, Kind, ToSql, Type, to_sql_checked};

use crate::{
    sql::{Param, Value},
    types::composite::write_value,
};

/// One column of rows that stand one after the other.
#[derive(Debug)]
pub(super) struct ColumnOf<'c> {
    cells: &'c [Value<'c>],
    column: usize,
    width: usize,
}

impl<'c> ColumnOf<'c> {
    /// Every column of rows of `width` values each.
    pub fn all(cells: &'c [Value<'c>], width: usize) -> Vec<Self> {
        (0..width).map(|column| Self::new(cells, column, width)).collect()
    }

    /// One column of rows of `width` values each.
    pub fn new(cells: &'c [Value<'c>], column: usize, width: usize) -> Self {
        Self { cells, column, width }
    }

    fn values(&self) -> impl ExactSizeIterator<Item = &Value<'c>> {
        self.cells.iter().skip(self.column).step_by(self.width)
    }
}

/// The binary form of a one-dimensional array, as array_recv reads it (src/backend/utils/adt/arrayfuncs.c).
impl ToSql for ColumnOf<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        let Kind::Array(element) = ty.kind() else { return Err("not an array".into()) };
        out.put_i32(1); // dimensions
        let has_null = out.len();
        out.put_i32(0);
        out.put_u32(element.oid());
        out.put_i32(i32::try_from(self.values().len())?);
        out.put_i32(1); // lower bound
        for value in self.values() {
            if let IsNull::Yes = write_value(&Param(value), element, out)? {
                out[has_null..has_null + 4].copy_from_slice(&1i32.to_be_bytes());
            }
        }
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        matches!(ty.kind(), Kind::Array(_))
    }

    to_sql_checked!();
}
