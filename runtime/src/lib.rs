//! What the code that ormgen generates calls.

pub mod config;
#[cfg(feature = "client")]
pub mod types;
