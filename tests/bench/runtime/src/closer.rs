//! A closer look at one thing, for whoever works on it.

use std::time::{Duration, Instant};

use ormgen_bench_report::numbers::Spread;
use tokio::runtime::Runtime;

use crate::{
    data::{Databases, server},
    peers::{ByHand, Peer, Result},
    rounds, runner,
    threads::{all_threads, one_thread},
    work::{Effort, Task, Work},
};

/// How long something is done for a profiler.
const PROFILED: Duration = Duration::from_secs(5);

/// Rounds of a comparison.
const ROUNDS: usize = 101;

/// Does one thing for some seconds, `PEER WORK SIZE TASKS`, and prints how long one time takes in microseconds.
///
/// # Errors
/// Those of the peer, and for arguments that are not these.
pub fn profile(mut args: impl Iterator<Item = String>) -> Result<()> {
    let peer = args.next().ok_or("expected PEER WORK SIZE TASKS")?;
    let what = What::parse(&mut args)?;
    what.runtime()?.block_on(async {
        let databases = what.databases("profile").await?;
        let peer = runner::by_name(&peer, databases.urls()).await?;
        let again = || peer.sample(what.work, 10 * what.tasks, what.tasks);
        again().await?;
        let (start, mut each) = (Instant::now(), Vec::new());
        while start.elapsed() < PROFILED {
            each.push(again().await?.each.as_secs_f64() * 1e6);
        }
        let spread = Spread::of(&each).ok_or("nothing was done")?;
        println!("{:.1}", spread.median);
        Ok(())
    })
}

/// Does one thing so many times: `PEER WORK SIZE TASKS TIMES`. Two runs of it under callgrind tell how many instructions
/// one time takes, on any machine, however busy.
///
/// # Errors
/// Those of the peer, and for arguments that are not these.
pub fn times(mut args: impl Iterator<Item = String>) -> Result<()> {
    let peer = args.next().ok_or("expected PEER WORK SIZE TASKS TIMES")?;
    let what = What::parse(&mut args)?;
    let times = args.next().ok_or("expected TIMES")?.parse()?;
    one_thread()?.block_on(async {
        let databases = what.databases("times").await?;
        let peer = runner::by_name(&peer, databases.urls()).await?;
        peer.sample(what.work, times, what.tasks).await.map(drop)
    })
}

/// Prints the median and the quartiles of the ratios to the hand-written version: `WORK SIZE TASKS PEER…`.
///
/// # Errors
/// Those of the peers, and for arguments that are not these.
pub fn compare(mut args: impl Iterator<Item = String>) -> Result<()> {
    let what = What::parse(&mut args)?;
    let cells = what.runtime()?.block_on(async {
        let databases = what.databases("compare").await?;
        let mut peers = vec![runner::by_name(ByHand::NAME, databases.urls()).await?];
        for name in args {
            peers.push(runner::by_name(&name, databases.urls()).await?);
        }
        rounds::samples(&what.task(), &databases, &peers, Effort { rounds: ROUNDS, ..Effort::FULL }).await
    })?;
    let by_hand = cells[0].samples.clone();
    for cell in &cells {
        let ratios: Vec<f64> = cell.samples.iter().zip(&by_hand).map(|(one, hand)| one / hand).collect();
        let Spread { low, median, high } = Spread::of(&ratios).ok_or("nothing was done")?;
        println!("{:16} {median:.3} ({low:.3}–{high:.3})", cell.peer);
    }
    Ok(())
}

struct What {
    work: Work,
    size: usize,
    tasks: usize,
}

impl What {
    fn parse(args: &mut impl Iterator<Item = String>) -> Result<Self> {
        let mut next = || args.next().ok_or("expected WORK SIZE TASKS");
        let (work, size, tasks) = (next()?, next()?.parse()?, next()?.parse()?);
        Ok(Self { work: Work::parse(&work, size).ok_or("no such work")?, size, tasks })
    }

    fn runtime(&self) -> Result<Runtime> {
        if self.tasks == 1 { one_thread() } else { all_threads() }
    }

    fn task(&self) -> Task {
        let Self { work, tasks, .. } = *self;
        Task { group: "", shape: "", size: String::new(), work, data: work.data(self.size), tasks }
    }

    /// New ones, with what the work needs.
    async fn databases(&self, purpose: &str) -> Result<Databases> {
        let databases =
            Databases::create(&server(1)?, &server(2)?, &format!("{purpose}_{}", std::process::id())).await?;
        databases.fill(self.work.data(self.size)).await?;
        Ok(databases)
    }
}
