//! What compiling generated code costs: `compile [--quick|--full] ORMGEN CARGO_LOCK FOLDER RESULTS`.
//!
//! A crate for each library, of the same tables, all dependencies built before the clock runs. `--quick` only checks
//! 20 tables; `--full` builds 500 in release as well, and the dependencies from nothing.

use std::{
    collections::HashSet,
    env, fs,
    path::{Path, PathBuf},
};

use ormgen_bench::{Shape, Table};
use ormgen_bench_builds::{
    COLUMNS, Result,
    crates::{Crate, PEERS},
    process,
    results::{Samples, tables},
};
use ormgen_bench_report::Writer;

const GROUP: &str = "Compiling generated code";
const ABOUT: &str = "A library crate of the generated code of tables with 12 columns and a program that reads one row, \
dependencies built before; the largest process counts as peak memory. ormgen: `ormgen build`. diesel: `schema.rs` as \
print-schema writes it, a struct to read and one to insert for each table. sea-orm: entities as its generator writes \
them.";

/// How much is measured.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Effort {
    Quick,
    Usual,
    Full,
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
    out.group(GROUP, ABOUT, "ormgen")?;
    let bench = Bench { effort, ormgen, lock, folder };
    let mut samples = Samples::of(GROUP);
    let measured = bench.run(&mut samples);
    samples.write(&mut out)?;
    measured
}

struct Bench<'a> {
    effort: Effort,
    ormgen: &'a Path,
    lock: &'a Path,
    folder: &'a Path,
}

impl Bench<'_> {
    fn run(&self, samples: &mut Samples) -> Result<()> {
        for peer in PEERS {
            self.dependencies(&self.open(peer, 1)?, samples)?;
        }
        let (sizes, rounds): (&[usize], _) =
            if self.effort == Effort::Quick { (&[20], 1) } else { (&[100, 500], 3) };
        let mut random = fastrand::Rng::with_seed(5);
        let mut order = PEERS;
        for &count in sizes {
            for _ in 0..rounds {
                random.shuffle(&mut order);
                for peer in order {
                    self.measure(&self.open(peer, count)?, count, samples)?;
                }
            }
            eprintln!("{count} tables");
        }
        if let &[few, many] = sizes {
            for work in ["check", "check, processor time", "debug build", "release build", "binary, release"]
            {
                samples.add_growth(work, few, many);
            }
        }
        Ok(())
    }

    /// The crate of a peer, with so many tables. Each peer has one folder, whose dependencies are built once.
    fn open(&self, peer: ormgen_bench_builds::crates::Peer, count: usize) -> Result<Crate> {
        Crate::create(peer, &self.folder.join(peer.name()), self.lock, self.ormgen, &of(count))
    }

    /// Builds the dependencies in every profile that is measured, and counts them.
    fn dependencies(&self, krate: &Crate, samples: &mut Samples) -> Result<()> {
        let peer = krate.peer.name();
        let full = self.effort == Effort::Full;
        if full && krate.target().exists() {
            fs::remove_dir_all(krate.target())?;
        }
        for (name, command, options) in self.profiles(usize::MIN) {
            let usage = process::run(krate.cargo(command).args(options).arg("--quiet"))?;
            if full {
                samples.add_usage(&format!("{name} of the dependencies"), "from nothing", peer, usage);
            }
        }
        let tree =
            process::output(krate.cargo("tree").args(["--edges=normal,build", "--prefix=none", "--quiet"]))?;
        // A crate that stands in the tree again is marked with a star.
        let crates: HashSet<&str> = tree.lines().map(|line| line.trim_end_matches(" (*)")).collect();
        samples.add("crates in the tree", "itself left out", peer, "crates", (crates.len() - 1) as f64);
        Ok(())
    }

    fn profiles(&self, count: usize) -> Vec<(&'static str, &'static str, &'static [&'static str])> {
        let mut profiles: Vec<(_, _, &[&str])> = vec![("check", "check", &[])];
        if self.effort > Effort::Quick {
            profiles.push(("debug build", "build", &[]));
            if count < 500 || self.effort == Effort::Full {
                profiles.push(("release build", "build", &["--release"]));
            }
        }
        profiles
    }

    fn measure(&self, krate: &Crate, count: usize, samples: &mut Samples) -> Result<()> {
        let (peer, size) = (krate.peer.name(), tables(count));
        for (name, command, options) in self.profiles(count) {
            process::run(krate.cargo("clean").args(options).args(["--package=tables", "--quiet"]))?;
            let usage = process::run(krate.cargo(command).args(options).arg("--quiet"))?;
            samples.add_usage(name, &size, peer, usage);
            if command == "check" {
                krate.generate(&changed(count))?;
                let usage = process::run(krate.cargo(command).args(options).arg("--quiet"))?;
                samples.add_usage("check after a column changed", &size, peer, usage);
                krate.generate(&of(count))?;
            } else {
                let profile = if options.is_empty() { "debug" } else { "release" };
                let bytes = fs::metadata(krate.target().join(profile).join("tables"))?.len();
                let mib = bytes as f64 / f64::from(1 << 20);
                samples.add(&format!("binary, {profile}"), &size, peer, "MiB", mib);
            }
        }
        Ok(())
    }
}

fn of(count: usize) -> Vec<Table> {
    ormgen_bench::tables(Shape { tables: count, columns: COLUMNS })
}

/// The same with a column of one table renamed.
fn changed(count: usize) -> Vec<Table> {
    let mut tables = of(count);
    if let Some(column) = tables.get_mut(count / 2).and_then(|table| table.columns.last_mut()) {
        column.name.push_str("_changed");
    }
    tables
}
