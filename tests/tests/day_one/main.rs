//! What a user writes on the first day: it compiles as it stands, and does what it says.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod accepted;
mod column_types;
mod inserts;
mod json;
mod owned_streams;
mod pages;
mod phrases;
mod spawned;

use ormgen_tests::shop as support;
