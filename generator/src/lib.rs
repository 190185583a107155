//! Generates one typed Rust module per PostgreSQL database from a YAML manifest.

pub mod catalog;
pub mod diagnostics;
pub mod manifest;
pub mod model;
pub mod render;
pub mod write;
