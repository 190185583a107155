//! Prints how many allocations some work of a peer makes: `counted PEER WORK SIZE BLOG ACCOUNTS`.
//!
//! Everything runs in one thread, the tasks that drive connections too: all of them are counted.

use allocation_counter::measure;
use ormgen_bench_runtime::{child::Job, peers::Result, runner};

/// Times the work is done before and while it is counted.
const TIMES: usize = 20;

fn main() -> Result<()> {
    let job = Job::parse(std::env::args().skip(1))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let peer = runtime.block_on(runner::by_name(&job.peer, &job.urls))?;
    let count = |times| {
        let mut outcome = Ok(());
        let counted = measure(|| outcome = runtime.block_on(peer.sample(job.work, times, 1)).map(drop));
        let inserts = measure(|| peer.make_inserts(job.work, times));
        outcome.map(|()| counted.count_total.saturating_sub(inserts.count_total))
    };
    // What is made once falls out of the difference.
    count(TIMES)?;
    let (fewer, more) = (count(TIMES)?, count(2 * TIMES)?);
    println!("{}", more.saturating_sub(fewer) as f64 / TIMES as f64);
    Ok(())
}
