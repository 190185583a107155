//! What the tests share.

pub mod cli;
pub mod server;
