//! The matrix, cell by cell. In each, whoever is compared takes turns in rounds, in an order shuffled for each round.

use std::time::Duration;

use ormgen_bench_report::{Loaded, Writer};
use tokio::runtime::Builder;

use crate::{
    data::Databases,
    peers::{POOL, Result, Urls},
    pool::{
        load::{Load, Storage},
        options::Options,
        servers::Servers,
        subject::{Subject, Who},
    },
    runner::server_name,
    threads::{all_threads, one_thread},
};

/// The same shuffles in every run.
const SEED: u64 = 5;

/// Measures what the options name, prints each cell, and keeps it where the options say so.
///
/// # Errors
/// Those of the servers and of the file system. A peer that fails has a cell that says why.
pub fn measure(options: &Options) -> Result<()> {
    let mut out = match &options.folder {
        Some(folder) => Some(Writer::create(&folder.join("pool.jsonl"))?),
        None => None,
    };
    // The owner's connections have a thread to themselves: they live longer than the runtimes that are measured.
    let owner = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let mut servers = owner.block_on(Servers::create())?;
    if let Some(out) = &mut out {
        let version = owner.block_on(servers.databases(Storage::Forgetful).version())?;
        out.fact("PostgreSQL", &version)?;
    }
    for load in &options.loads {
        owner.block_on(servers.databases(load.storage()).fill(load.data()))?;
        for distance in &options.distances {
            let urls = servers.urls(load.storage(), *distance)?;
            let row = Row {
                load: *load,
                distance: *distance,
                urls,
                databases: servers.databases(load.storage()),
                options,
            };
            row.measure(out.as_mut())?;
        }
    }
    Ok(())
}

/// A work at a distance.
struct Row<'a> {
    load: Load,
    distance: Duration,
    urls: Urls,
    databases: &'a Databases,
    options: &'a Options,
}

/// Someone who is measured, and what came of it in one cell.
struct Entrant {
    who: Who,
    subject: Box<dyn Subject>,
    loaded: Loaded,
}

impl Row<'_> {
    /// One task and many run in runtimes of their own, and everyone has a pool of their own in each.
    fn measure(&self, mut out: Option<&mut Writer>) -> Result<()> {
        for alone in [true, false] {
            let numbers = self.options.tasks.iter().copied().filter(|tasks| (*tasks == 1) == alone);
            let numbers: Vec<usize> = numbers.collect();
            if !numbers.is_empty() {
                let runtime = if alone { one_thread()? } else { all_threads()? };
                runtime.block_on(self.cells(&numbers, out.as_deref_mut()))?;
            }
        }
        Ok(())
    }

    async fn cells(&self, numbers: &[usize], mut out: Option<&mut Writer>) -> Result<()> {
        let mut subjects = Vec::new();
        for who in self.options.who(self.load, self.distance) {
            subjects.push((who, who.connect(&self.urls).await?));
        }
        for tasks in numbers {
            subjects = self.cell(subjects, *tasks, out.as_deref_mut()).await?;
        }
        Ok(())
    }

    async fn cell(
        &self,
        subjects: Vec<(Who, Box<dyn Subject>)>,
        tasks: usize,
        out: Option<&mut Writer>,
    ) -> Result<Vec<(Who, Box<dyn Subject>)>> {
        let mut entrants: Vec<Entrant> = subjects
            .into_iter()
            .map(|(who, subject)| Entrant { who, loaded: self.loaded(subject.name(), tasks), subject })
            .collect();
        let step = self.warm_up(&mut entrants, tasks).await?;
        let (rounds, time) = self.options.rounds_of(step);
        let mut order: Vec<usize> = (0..entrants.len()).collect();
        let mut random = fastrand::Rng::with_seed(SEED);
        for _ in 0..rounds {
            random.shuffle(&mut order);
            for place in &order {
                self.sample(&mut entrants[*place], tasks, time).await?;
            }
        }
        for Entrant { subject, loaded, .. } in &mut entrants {
            loaded.connections = self.databases.connections(&server_name(subject.name())).await?;
        }
        let cells: Vec<Loaded> = entrants.iter().map(|entrant| entrant.loaded.clone()).collect();
        print!("{}", ormgen_bench_report::loaded::text(&cells));
        if let Some(out) = out {
            out.loaded(&cells)?;
        }
        self.keep(entrants).await
    }

    /// Has everyone open connections and prepare statements, and finds how long a step takes the first of them.
    async fn warm_up(&self, entrants: &mut [Entrant], tasks: usize) -> Result<Duration> {
        let mut step = Duration::ZERO;
        for (place, entrant) in entrants.iter_mut().enumerate() {
            // As many as need every connection; more would take long to get done.
            self.sample(entrant, tasks.min(2 * POOL), self.options.time / 2).await?;
            if let (0, Some(micros)) = (place, entrant.loaded.p50.first()) {
                step = Duration::from_secs_f64(micros / 1e6);
            }
            entrant.loaded.forget_rounds();
        }
        Ok(step)
    }

    /// One more round of someone, unless an earlier one failed.
    async fn sample(&self, entrant: &mut Entrant, tasks: usize, time: Duration) -> Result<()> {
        let Entrant { subject, loaded, .. } = entrant;
        if loaded.failed.is_some() {
            return Ok(());
        }
        if self.load.inserts() {
            self.databases.clear_users().await?;
        }
        match subject.drive(self.load, tasks, time).await {
            Ok(driven) => loaded.add(driven.rate, driven.p50, driven.p99, driven.steps),
            Err(error) => loaded.failed = Some(error.to_string()),
        }
        Ok(())
    }

    /// Whoever failed gets a new pool for the next cell.
    async fn keep(&self, entrants: Vec<Entrant>) -> Result<Vec<(Who, Box<dyn Subject>)>> {
        let mut kept = Vec::new();
        for Entrant { who, subject, loaded } in entrants {
            let failed = loaded.failed.is_some();
            kept.push((who, if failed { who.connect(&self.urls).await? } else { subject }));
        }
        Ok(kept)
    }

    fn loaded(&self, peer: &str, tasks: usize) -> Loaded {
        let distance = u64::try_from(self.distance.as_millis()).unwrap_or(u64::MAX);
        Loaded::new(self.load.name(), distance, tasks, peer)
    }
}
