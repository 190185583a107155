//! Generators and compilers as child processes: how long they take, and how much memory.

pub mod crates;
pub mod emit;
pub mod process;
pub mod results;

use ormgen_bench::{Shape, Table};

/// What goes wrong.
pub type Error = Box<dyn std::error::Error>;
/// Or not.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// How many columns every table has.
pub const COLUMNS: usize = 12;

/// So many tables of [`COLUMNS`] columns.
pub fn of(count: usize) -> Vec<Table> {
    ormgen_bench::tables(Shape { tables: count, columns: COLUMNS })
}

/// The same with a column of one table renamed.
pub fn changed(count: usize) -> Vec<Table> {
    let mut tables = of(count);
    if let Some(column) = tables.get_mut(count / 2).and_then(|table| table.columns.last_mut()) {
        column.name.push_str("_changed");
    }
    tables
}
