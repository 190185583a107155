//! The types of `ormgen_runtime::types` and the generator's table of them, against a real server.

mod columns;
mod extremes;
mod facts;
mod refused;
mod round_trip;
mod values;
