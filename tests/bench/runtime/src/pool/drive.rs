//! Tasks that do the same work over and over, and what that gives.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use hdrhistogram::Histogram;
use tokio::{
    task::{JoinHandle, JoinSet},
    time::{sleep, timeout},
};

use crate::{
    peers::{POOL, Result},
    pool::{load::Load, steps::Steps},
};

/// Longer than any work takes that does not hang.
const LIMIT: Duration = Duration::from_secs(60);

/// How often the large result is read that [`Load::Large`] has beside its steps.
const ASIDE: Duration = Duration::from_millis(100);

/// What some tasks got done.
#[derive(Clone, Copy, Debug)]
pub struct Driven {
    /// Steps a second.
    pub rate: f64,
    /// Half of the steps took less, in microseconds.
    pub p50: f64,
    /// All but one of a hundred steps took less.
    pub p99: f64,
    /// How many steps there were.
    pub steps: u64,
}

/// What one task did.
struct Done {
    /// How long each of its steps took, in nanoseconds.
    steps: Vec<u64>,
    /// When the last one ended.
    end: Instant,
}

/// Has tasks begin steps for some time, each as soon as its last one ended, and waits for those that are under way.
///
/// The rate counts all of them, over the time until the pool has nothing more to do. That is when the last step ended
/// on each connection: the last ones of so many tasks as there are connections, whose mean it is, as with the end of
/// the very last one a step would count that others had no part in.
///
/// # Errors
/// The first one of a step, and that of work which does not end.
pub async fn drive<S: Steps>(steps: S, load: Load, tasks: usize, time: Duration) -> Result<Driven> {
    let aside = (load == Load::Large).then(|| Aside::start(steps.clone()));
    let start = Instant::now();
    let mut running = JoinSet::new();
    for task in 0..tasks {
        running.spawn(repeat(steps.clone(), load, task as u64, start + time));
    }
    let all = async {
        let mut all = Vec::with_capacity(tasks);
        while let Some(done) = running.join_next().await {
            all.push(done??);
        }
        Result::Ok(all)
    };
    let done = timeout(LIMIT, all).await.map_err(|_| format!("not done after {} s", LIMIT.as_secs()))??;
    if let Some(aside) = aside {
        aside.stop().await?;
    }
    summary(start, done)
}

async fn repeat<S: Steps>(steps: S, load: Load, task: u64, until: Instant) -> Result<Done> {
    let mut random = fastrand::Rng::with_seed(task);
    let mut took = Vec::with_capacity(4096);
    let mut start = Instant::now();
    loop {
        steps.step(load, random.u64(..)).await?;
        let end = Instant::now();
        took.push(u64::try_from((end - start).as_nanos())?);
        if end >= until {
            return Ok(Done { steps: took, end });
        }
        start = end;
    }
}

fn summary(start: Instant, mut done: Vec<Done>) -> Result<Driven> {
    done.sort_by_key(|done| std::cmp::Reverse(done.end));
    let last = &done[..done.len().min(POOL)];
    let busy: f64 = last.iter().map(|done| (done.end - start).as_secs_f64()).sum::<f64>() / last.len() as f64;
    let mut histogram = Histogram::<u64>::new(3)?;
    for step in done.iter().flat_map(|done| &done.steps) {
        histogram.record(*step)?;
    }
    let micros = |quantile| histogram.value_at_quantile(quantile) as f64 / 1e3;
    let steps = histogram.len();
    Ok(Driven { rate: steps as f64 / busy, p50: micros(0.5), p99: micros(0.99), steps })
}

/// The task that reads large results.
struct Aside {
    stop: Arc<AtomicBool>,
    task: JoinHandle<Result<()>>,
}

impl Aside {
    fn start<S: Steps>(steps: S) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let task = tokio::spawn(async move {
            while !stopped.load(Ordering::Relaxed) {
                let start = Instant::now();
                steps.aside().await?;
                sleep(ASIDE.saturating_sub(start.elapsed())).await;
            }
            Ok(())
        });
        Self { stop, task }
    }

    async fn stop(mut self) -> Result<()> {
        self.stop.store(true, Ordering::Relaxed);
        timeout(LIMIT, &mut self.task).await.map_err(|_| "the large result did not end")??
    }
}

/// Where a step fails, nobody waits for the large result.
impl Drop for Aside {
    fn drop(&mut self) {
        self.task.abort();
    }
}
