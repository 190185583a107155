//! Rust types for PostgreSQL types that the usual crates do not cover.
