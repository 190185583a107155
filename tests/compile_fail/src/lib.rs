//! The generated code that the cases are written against.

/// Two databases, and a reference between them: the code of an example.
#[path = "../../../examples/axum-service/src/db/mod.rs"]
pub mod shop;

pub mod keyless;
pub mod own;
pub mod typed;
