//! What a benchmark measured, one JSON object a line, and what is made of it.
//!
//! A benchmark writes a file of lines with a [`Writer`]; the program `report` reads all files of a folder.

pub mod lines;
pub mod loaded;
pub mod markdown;
pub mod numbers;
pub mod plot;
pub mod summary;
pub mod table;

pub use lines::{Cell, Line, Unfinished, Writer};
pub use loaded::Loaded;
