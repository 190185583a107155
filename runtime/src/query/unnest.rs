//! The values of many rows, sent as one array per column; or as lists of values where `UNNEST` would take an array or a
//! composite apart.

use std::{error::Error as StdError, ops::Range};

use bytes::BytesMut;
use postgres_types::{IsNull, Kind, ToSql, Type, to_sql_checked};

use crate::{
    error::Result,
    sql::{ColumnDef, MOST_VALUES, SqlWriter, Value},
    types::{base, wire::write_array},
};

/// One column of values that are stored row after row.
#[derive(Debug)]
pub(super) struct ColumnOf<'c> {
    cells: &'c [Value<'c>],
    column: usize,
    width: usize,
}

impl<'c> ColumnOf<'c> {
    /// All columns of rows of `width` values each.
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
        let plain = base(element);
        write_array(out, element, self.values(), |value, out| value.to_sql_checked(plain, out))?;
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        matches!(ty.kind(), Kind::Array(_))
    }

    to_sql_checked!();
}

/// Writes `UNNEST` of one array per column.
pub(super) fn write_arrays<'b>(
    sql: &mut SqlWriter<'b>,
    columns: impl Iterator<Item = (&'b ColumnDef, &'b ColumnOf<'b>)>,
) {
    sql.push("UNNEST(").list(", ", columns, |sql, (column, values)| {
        sql.value(values).push("::").push(column.sql_type).push("[]");
    });
    sql.push(")");
}

/// The most rows in one list of values.
const MOST_ROWS: usize = 1024;

/// Cuts the rows, of `width` values each, into ranges whose lengths are powers of two, so that a few statement texts
/// serve any number of rows.
pub(super) fn ranges(rows: usize, width: usize) -> impl Iterator<Item = Range<usize>> {
    let most = MOST_ROWS.min(MOST_VALUES / width.max(1)).max(1);
    let mut next = 0;
    std::iter::from_fn(move || {
        let length = 1 << (rows - next).min(most).checked_ilog2()?;
        let range = next..next + length;
        next = range.end;
        Some(range)
    })
}

/// The values of the rows, cut into lists by [`ranges`].
pub(super) fn lists<'c, 'v>(cells: &'c [Value<'v>], width: usize) -> impl Iterator<Item = &'c [Value<'v>]> {
    let rows = cells.len() / width.max(1);
    ranges(rows, width).filter_map(move |rows| cells.get(rows.start * width..rows.end * width))
}
