//! What a pool promises, tried against real servers: what is acknowledged is stored once, nothing hangs, nothing that
//! others do to its connections is lost on it, and sharing them is never slower than a connection to each.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed, its helpers included")]

mod callers;
mod clean;
mod effects;
mod finds;
// Need `ConnectionConfig::group_commit`, `Closed`, `Reset` and `Error::SessionState`:
// mod closing;
// mod group_commit;
// mod session_state;
mod network;
mod pgbouncer;
mod plans;
mod savepoints;
mod shared;
mod standby;
mod streams;
mod waiting;

use ormgen_tests::shop as support;
