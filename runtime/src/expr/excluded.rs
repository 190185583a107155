//! `excluded`: the row that an insert could not store, as an upsert sees it.

use super::Expr;
use crate::{
    model::{Column, Kind},
    sql::{Parts, SqlType},
};

/// In an upsert, the column's value in the row that was to be inserted; the column itself means the existing row's
/// value: `.do_update_set(Customer::VISITS, Customer::VISITS + excluded(Customer::VISITS))`.
///
/// Anywhere else the server refuses it: only `ON CONFLICT DO UPDATE` has such a row
/// (<https://www.postgresql.org/docs/current/sql-insert.html#SQL-ON-CONFLICT>).
pub fn excluded<M, T, K: Kind>(column: Column<M, T, K>) -> Expr<M, T, K> {
    Expr::typed(Parts::excluded(column.def.name), SqlType::of(&column.def))
}
