//! A guide: from nothing to a program with two databases, and a page a topic.
//!
//! The code on these pages is compiled by this crate's tests, against what ormgen generates for the repository's
//! `examples/shop`: customers in one database, their orders in another. The repository's tests run all of it that
//! stands on these two.
//!
//! - [`tutorial`]: begin here.
//! - [`queries`], [`writing`], [`relations`], [`references`] between databases, [`transactions`].
//! - [`pools`]: connections, replicas, logging, health. [`types`]: what PostgreSQL's types become.
//! - [`tenants`]: a database, a schema or rows for each of many customers.
//! - [`errors`], [`security`], [`testing`], [`build_rs`].
//! - [`manifest`]: every key of a manifest.
//! - [`coming_from`] Tortoise-ORM, sqlx, SeaORM or Diesel.

#[doc = include_str!("../guide/tutorial.md")]
pub mod tutorial {}

#[doc = include_str!("../guide/queries.md")]
pub mod queries {}

#[doc = include_str!("../guide/writing.md")]
pub mod writing {}

#[doc = include_str!("../guide/relations.md")]
pub mod relations {}

#[doc = include_str!("../guide/references.md")]
pub mod references {}

#[doc = include_str!("../guide/transactions.md")]
pub mod transactions {}

#[doc = include_str!("../guide/pools.md")]
pub mod pools {}

#[doc = include_str!("../guide/tenants.md")]
pub mod tenants {}

#[doc = include_str!("../guide/types.md")]
pub mod types {}

#[doc = include_str!("../guide/errors.md")]
pub mod errors {}

#[doc = include_str!("../guide/security.md")]
pub mod security {}

#[doc = include_str!("../guide/testing.md")]
pub mod testing {}

#[doc = include_str!("../guide/build_rs.md")]
pub mod build_rs {}

#[doc = include_str!("../guide/manifest.md")]
pub mod manifest {}

#[doc = include_str!("../guide/coming_from.md")]
pub mod coming_from {}
