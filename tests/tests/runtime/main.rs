//! What the runtime promises, seen on real servers through the generated code of a shop with two databases.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed, its helpers included")]

mod across;
mod cache;
mod changes;
mod commits;
mod connections;
mod copy;
mod errors;
mod inserts;
mod libpq;
mod loading;
mod lost;
mod many;
mod many_to_many;
mod properties;
mod queries;
mod raw;
mod reading;
mod references;
mod relations;
mod routing;
mod secrets;
mod spans;
mod statements;
mod streams;
mod tags;
mod testing;
mod tls;
mod together;
mod tortoise;
mod transactions;
mod writing;

use ormgen_tests::shop as support;
