//! Measures pools under load and prints what they did, beside a pool written by hand:
//!
//!     tests/run --exec tests/bench/target/release/pool --work select-by-key --tasks 64,256 --who hand,ormgen
//!
//! Without words it measures the whole matrix; `--quick` a part of it. A folder as the last word keeps the results there,
//! for the report.

use ormgen_bench_runtime::{
    peers::Result,
    pool::{self, Options},
};

fn main() -> Result<()> {
    pool::measure(&Options::parse(std::env::args().skip(1))?)
}
