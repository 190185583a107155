//! Queries of ormgen, of hand-written tokio-postgres, and of other libraries, side by side: `../run` runs them.

pub mod child;
pub mod closer;
pub mod data;
pub mod peers;
pub mod pool;
pub mod rounds;
pub mod runner;
pub mod threads;
pub mod work;
