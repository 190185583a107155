//! Names, Rust types, relations: the catalog in Rust's words.

pub mod types;
