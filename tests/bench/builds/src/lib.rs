//! Generators and compilers as child processes: how long they take, and how much memory.

pub mod crates;
pub mod emit;
pub mod process;
pub mod results;

/// What goes wrong.
pub type Error = Box<dyn std::error::Error>;
/// Or not.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// How many columns every table has.
pub const COLUMNS: usize = 12;
