//! The executors that peers run in.

use tokio::runtime::{Builder, Runtime};

use crate::peers::Result;

/// For what one task does. With more threads, chance decides whether the task and the one that drives its connection
/// share one, which is the difference between 20 and 60 µs for a small statement, whatever the library.
///
/// # Errors
/// Those of the operating system.
pub fn one_thread() -> Result<Runtime> {
    Ok(Builder::new_current_thread().enable_all().build()?)
}

/// For what many tasks do.
///
/// # Errors
/// Those of the operating system.
pub fn all_threads() -> Result<Runtime> {
    Ok(Builder::new_multi_thread().enable_all().build()?)
}
