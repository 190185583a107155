//! What a pool promises, tried against real servers: what is acknowledged is stored once, nothing hangs, nothing that
//! others do to its connections is lost on it, and sharing them is never slower than a connection to each.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed, its helpers included")]

mod callers;
mod clean;
mod closing;
mod dropped;
mod effects;
mod failover;
mod faults;
mod finds;
mod foreign;
mod group_commit;
mod lost_commits;
mod lost_writes;
mod many_pools;
mod metrics;
mod network;
mod pgbouncer;
mod pgpool;
mod plans;
mod poolers;
mod replicas;
mod runtimes;
mod savepoints;
mod session_state;
mod shared;
mod silence;
mod standby;
mod streams;
mod tenants;
mod waiting;

use ormgen_tests::shop as support;
