//! What compiling generated code costs: `compile [--quick|--full] ORMGEN CARGO_LOCK FOLDER RESULTS`.
//!
//! A crate for each library, of the same tables, all dependencies built before the clock runs. `--quick` only checks
//! 20 tables; `--full` builds 500 in release as well, and dependencies in release from nothing.

use std::{
    collections::HashSet,
    env, fs,
    path::{Path, PathBuf},
    time::Duration,
};

use ormgen_bench_builds::{
    Result, changed,
    crates::{Crate, PEERS, Peer},
    of,
    process::{self, Ended},
    results::{MIB, Samples, tables},
};
use ormgen_bench_report::Writer;

const GROUP: &str = "Compiling generated code";
const ABOUT: &str = "A library crate of the generated code of tables with 12 columns and a program that reads one row, \
dependencies built before; the largest process counts as peak memory. ormgen: `ormgen build`. diesel: `schema.rs` as \
print-schema writes it by default, with all tables in one `allow_tables_to_appear_in_same_query!`, which grows with \
the square of their number (500 need a higher `recursion_limit`); a struct to read and one to insert for each table. \
sea-orm: entities as its generator writes them. Half a minute or more is measured once.";

/// How much is measured.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Effort {
    Quick,
    Usual,
    Full,
}

/// What Cargo does; each does all that those before it do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Work {
    Check,
    Debug,
    Release,
}

impl Work {
    const fn name(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Debug => "debug build",
            Self::Release => "release build",
        }
    }

    const fn command(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Debug | Self::Release => "build",
        }
    }

    const fn profile(self) -> &'static str {
        match self {
            Self::Check | Self::Debug => "dev",
            Self::Release => "release",
        }
    }

    /// Where the program is built, if it is.
    const fn folder(self) -> Option<&'static str> {
        match self {
            Self::Check => None,
            Self::Debug => Some("debug"),
            Self::Release => Some("release"),
        }
    }
}

/// What is measured with so many tables.
struct Step {
    tables: usize,
    peers: &'static [Peer],
    /// In how many rounds.
    works: &'static [(Work, usize)],
}

/// From few tables to many: who takes too long with few is not asked for more.
const fn steps(effort: Effort) -> &'static [Step] {
    const CHECK: (Work, usize) = (Work::Check, 3);
    const HUNDRED: Step =
        Step { tables: 100, peers: &PEERS, works: &[CHECK, (Work::Debug, 2), (Work::Release, 1)] };
    // A third point on ormgen's line.
    const BETWEEN: Step = Step { tables: 250, peers: &[Peer::Ormgen], works: &[CHECK] };
    match effort {
        Effort::Quick => &[Step { tables: 20, peers: &PEERS, works: &[(Work::Check, 1)] }],
        Effort::Usual => {
            &[HUNDRED, BETWEEN, Step { tables: 500, peers: &PEERS, works: &[CHECK, (Work::Debug, 1)] }]
        }
        Effort::Full => &[
            HUNDRED,
            BETWEEN,
            Step { tables: 500, peers: &PEERS, works: &[CHECK, (Work::Debug, 2), (Work::Release, 1)] },
        ],
    }
}

fn main() -> Result<()> {
    let mut args = env::args().skip(1).peekable();
    let effort = if args.next_if(|arg| arg == "--quick").is_some() {
        Effort::Quick
    } else if args.next_if(|arg| arg == "--full").is_some() {
        Effort::Full
    } else {
        Effort::Usual
    };
    // Cargo runs in the crates' folders.
    let paths = args.map(std::path::absolute).collect::<Result<Vec<PathBuf>, _>>()?;
    let [ormgen, lock, folder, results] = paths.as_slice() else {
        return Err("usage: compile [--quick|--full] ORMGEN CARGO_LOCK FOLDER RESULTS".into());
    };
    let mut out = Writer::create(&results.join("compile.jsonl"))?;
    out.group(GROUP, ABOUT, Peer::Ormgen.name())?;
    let (samples, stopped, long) = (Samples::of(GROUP), Vec::new(), Vec::new());
    let mut bench = Bench { effort, ormgen, lock, folder, out, samples, stopped, long };
    process::limit_memory()?;
    let measured = bench.run();
    // Nothing that was measured is lost where something else failed.
    bench.samples.write(&mut bench.out)?;
    measured
}

struct Bench<'a> {
    effort: Effort,
    ormgen: &'a Path,
    lock: &'a Path,
    folder: &'a Path,
    out: Writer,
    samples: Samples,
    /// Who took too long or failed, at what, and what the report says instead of anything that takes longer.
    stopped: Vec<(Peer, Work, String)>,
    /// Who took [`LONG`] for what, on how many tables.
    long: Vec<(Peer, Work, usize)>,
}

/// One round is enough of what takes longer: noise is little of it.
const LONG: Duration = Duration::from_secs(30);

impl Bench<'_> {
    fn run(&mut self) -> Result<()> {
        for peer in PEERS {
            self.dependencies(&self.open(peer, 1)?)?;
        }
        let steps = steps(self.effort);
        let mut random = fastrand::Rng::with_seed(5);
        for step in steps {
            self.step(step, &mut random)?;
        }
        let sizes: Vec<usize> = steps.iter().map(|step| step.tables).collect();
        for work in ["check", "check, processor time", "debug build", "release build", "binary, release"] {
            self.samples.add_growths(work, &sizes);
        }
        self.samples.write(&mut self.out)
    }

    /// All rounds of one number of tables; then their results are safe.
    fn step(&mut self, step: &Step, random: &mut fastrand::Rng) -> Result<()> {
        let rounds = step.works.iter().map(|(_, rounds)| *rounds).max().unwrap_or_default();
        let mut order = step.peers.to_vec();
        for round in 0..rounds {
            random.shuffle(&mut order);
            for &peer in &order {
                for &(work, rounds) in step.works {
                    if round < rounds && !self.long.contains(&(peer, work, step.tables)) {
                        self.measure(peer, work, step.tables)?;
                    }
                }
            }
            eprintln!("{} tables, round {} of {rounds}", step.tables, round + 1);
        }
        self.samples.write(&mut self.out)
    }

    /// The crate of a peer, with so many tables. Each peer has one folder, whose dependencies are built once.
    fn open(&self, peer: Peer, count: usize) -> Result<Crate> {
        Crate::create(peer, &self.folder.join(peer.name()), self.lock, self.ormgen, &of(count))
    }

    /// Builds the dependencies for all that is measured later, and counts them.
    fn dependencies(&mut self, krate: &Crate) -> Result<()> {
        let peer = krate.peer.name();
        for work in [Work::Debug, Work::Release] {
            if self.effort > Effort::Quick {
                self.build_dependencies(krate, work)?;
            }
        }
        process::run(&mut cargo(krate, Work::Check))?;
        let tree =
            process::output(krate.cargo("tree").args(["--edges=normal,build", "--prefix=none", "--quiet"]))?;
        // A crate that stands in the tree again is marked with a star.
        let crates: HashSet<&str> = tree.lines().map(|line| line.trim_end_matches(" (*)")).collect();
        let count = crates.len().saturating_sub(1);
        self.samples.add("crates in the tree", "itself left out", peer, "crates", count as f64);
        eprintln!("dependencies of {peer}");
        self.samples.write(&mut self.out)
    }

    /// From nothing, and measured; what takes minutes in release only if it was never done, or much is to be measured.
    fn build_dependencies(&mut self, krate: &Crate, work: Work) -> Result<()> {
        let folder = krate.target().join(work.folder().unwrap_or_default());
        let again = self.effort == Effort::Full || work == Work::Debug;
        if folder.exists() && !again {
            process::run(&mut cargo(krate, work))?;
            return Ok(());
        }
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        let usage = process::run(&mut cargo(krate, work))?;
        let name = format!("{} of the dependencies", work.name());
        self.samples.add_usage(&name, "from nothing", krate.peer.name(), usage);
        Ok(())
    }

    /// Some work from nothing but dependencies, then again after a column changed.
    fn measure(&mut self, peer: Peer, work: Work, count: usize) -> Result<()> {
        let (name, size) = (work.name(), tables(count));
        let mut runs = vec![(name.to_owned(), of(count))];
        // Release builds begin anew anyway.
        if work != Work::Release {
            runs.push((format!("{name} after a column changed"), changed(count)));
        }
        let krate = self.open(peer, count)?;
        process::run(krate.cargo("clean").args([
            "--package=tables",
            "--quiet",
            "--profile",
            work.profile(),
        ]))?;
        for (name, tables) in runs {
            if let Some(why) = self.too_much(peer, work) {
                self.samples.leave(&name, &size, peer.name(), &why, None);
                continue;
            }
            krate.generate(&tables)?;
            let ended = process::measure(&mut cargo(&krate, work))?;
            if matches!(ended, Ended::InTime(usage) if usage.wall >= LONG) {
                self.long.push((peer, work, count));
            }
            if !self.samples.add_ended(&name, &size, peer.name(), ended) {
                self.stopped.push((peer, work, format!("not tried: {name} of {size} did not end")));
            }
        }
        if self.too_much(peer, work).is_some() {
            return Ok(());
        }
        if let Some(folder) = work.folder() {
            let bytes = fs::metadata(krate.target().join(folder).join("tables"))?.len();
            self.samples.add(&format!("binary, {folder}"), &size, peer.name(), "MiB", bytes as f64 / MIB);
        }
        Ok(())
    }

    /// Why some work is not worth trying: less was too much.
    fn too_much(&self, peer: Peer, work: Work) -> Option<String> {
        let stopped = self.stopped.iter().find(|(who, less, _)| *who == peer && *less <= work);
        stopped.map(|(_, _, why)| why.clone())
    }
}

fn cargo(krate: &Crate, work: Work) -> std::process::Command {
    let mut cargo = krate.cargo(work.command());
    cargo.args(["--quiet", "--profile", work.profile()]);
    cargo
}
