//! Measures every peer and writes what it found to a folder: `runtime [--quick] FOLDER`.
//!
//! The servers are those of `tests/run --exec`: two for reads and for inserts that nobody waits for, a third one that
//! keeps what it is told. `runtime memory PEER WORK SIZE BLOG ACCOUNTS` is how it runs itself to measure memory.
//!
//! `runtime profile PEER WORK SIZE TASKS` does one thing for some seconds, for a profiler to look at:
//!
//!     tests/run --exec perf record -g tests/bench/target/release/runtime profile ormgen users 10000 1
//!
//! `runtime times PEER WORK SIZE TASKS TIMES` does it so many times, for callgrind to count instructions.
//!
//! `runtime compare WORK SIZE TASKS PEER…` prints how peers do on one thing, as ratios to the hand-written version.

use std::{
    env,
    path::{Path, PathBuf},
};

use ormgen_bench_report::{Cell, Writer};
use ormgen_bench_runtime::{
    child::{self, Job},
    closer,
    data::{self, Data, Databases},
    peers::{ByHand, Peer, Result},
    rounds,
    runner::{self, Runner},
    threads::{all_threads, one_thread},
    work::{self, CONCURRENT, DURABLE, Effort, INSERTS, QUERIES, RELATED, Work},
};

fn main() -> Result<()> {
    let mut args = env::args().skip(1).peekable();
    if args.next_if(|first| first == "memory").is_some() {
        return one_thread()?.block_on(memory(Job::parse(args)?));
    }
    if args.next_if(|first| first == "profile").is_some() {
        return closer::profile(args);
    }
    if args.next_if(|first| first == "times").is_some() {
        return closer::times(args);
    }
    if args.next_if(|first| first == "compare").is_some() {
        return closer::compare(args);
    }
    let quick = args.next_if(|first| first == "--quick").is_some();
    let folder: PathBuf = args.next().ok_or("usage: runtime [--quick] FOLDER")?.into();
    let effort = if quick { Effort::QUICK } else { Effort::FULL };
    let mut out = Writer::create(&folder.join("runtime.jsonl"))?;
    one_thread()?.block_on(by_one_task(effort, &mut out))?;
    all_threads()?.block_on(by_many_tasks(effort, &mut out))
}

async fn by_one_task(effort: Effort, out: &mut Writer) -> Result<()> {
    let databases = Databases::create(&data::server(1)?, &data::server(2)?, "one").await?;
    out.fact("PostgreSQL", &databases.version().await?)?;
    headings(out)?;
    let peers = runner::all(databases.urls()).await?;
    rounds::measure(&work::reads(effort), &databases, &peers, effort, out).await?;
    rounds::measure(&work::writes(effort, INSERTS), &databases, &peers, effort, out).await?;
    drop(peers);
    durable(effort, out).await?;
    in_children(&databases, effort, &env::current_exe()?, out).await
}

async fn by_many_tasks(effort: Effort, out: &mut Writer) -> Result<()> {
    let databases = Databases::create(&data::server(1)?, &data::server(2)?, "many").await?;
    let peers = runner::all(databases.urls()).await?;
    rounds::measure(&work::concurrent(), &databases, &peers, effort, out).await?;
    connections(&databases, &peers, out).await
}

async fn durable(effort: Effort, out: &mut Writer) -> Result<()> {
    data::make_durable(&data::server(3)?).await?;
    let databases = Databases::create(&data::server(3)?, &data::server(3)?, "durable").await?;
    let peers = runner::all(databases.urls()).await?;
    rounds::measure(&work::writes(effort, DURABLE), &databases, &peers, effort, out).await
}

fn headings(out: &mut Writer) -> Result<()> {
    let times = "Time of one execution; less is better.";
    for group in [QUERIES, RELATED, CONCURRENT] {
        out.group(group, times, ByHand::NAME)?;
    }
    let inserts =
        "Time of one execution; less is better. By hand: `UNNEST`, and for bulk also a binary `COPY`.";
    for group in [INSERTS, DURABLE] {
        out.group(group, inserts, ByHand::NAME)?;
    }
    out.group(
        CONNECTIONS,
        "Connections that the server holds after 256 tasks selected rows by key.",
        ByHand::NAME,
    )?;
    out.group(MEMORY, "The most memory that a process held that did nothing else.", ByHand::NAME)?;
    let about =
        "What a counting allocator saw in one thread, connections included, per row or per statement.";
    Ok(out.group(ALLOCATIONS, about, ByHand::NAME)?)
}

const CONNECTIONS: &str = "Server connections";
const MEMORY: &str = "Peak memory";
const ALLOCATIONS: &str = "Allocations";

/// How many connections each peer holds now: the last thing measured was many tasks at once.
async fn connections(databases: &Databases, peers: &[Box<dyn Runner>], out: &mut Writer) -> Result<()> {
    for peer in peers.iter().filter(|peer| runner::takes_part(peer.name(), Work::Find)) {
        let count = databases.connections(&runner::server_name(peer.name())).await?;
        let samples = vec![count as f64];
        out.cell(&cell(CONNECTIONS, "select by key", "256 tasks", peer.name(), "connections", samples))?;
    }
    Ok(())
}

/// What is measured in a process of its own, with the data it needs.
async fn in_children(databases: &Databases, effort: Effort, program: &Path, out: &mut Writer) -> Result<()> {
    let counted = program.with_file_name("counted");
    let runs = if effort.quick { 1 } else { 3 };
    let memory = [
        ("every row of one table", 10_000, Work::Users, Data::Users(10_000)),
        ("bulk insert", 100_000, Work::Bulk(100_000), Data::Nothing),
    ];
    for (shape, rows, work, data) in memory {
        databases.fill(data).await?;
        let size = work::count(rows, "row");
        for peer in names(work) {
            let job = job(peer, work, databases);
            let samples = (0..runs).map(|_| job.run(program, &["memory"])).collect::<Result<_>>()?;
            out.cell(&cell(MEMORY, shape, &size, peer, "MiB", samples))?;
        }
    }
    let allocations = [
        ("one row by its key", "per statement", 1, Work::Find, Data::Visits),
        ("every row of one table", "per row of 1,000", 1_000, Work::Users, Data::Users(1_000)),
        ("parents with children", "per row of 11,000", 11_000, Work::Children, Data::Family),
        ("insert", "per statement", 1, Work::Insert(1), Data::Nothing),
        ("bulk insert", "per row of 1,000", 1_000, Work::Bulk(1_000), Data::Nothing),
    ];
    for (shape, size, rows, work, data) in allocations {
        databases.fill(data).await?;
        for peer in names(work) {
            let count = job(peer, work, databases).run(&counted, &[])? / f64::from(rows);
            out.cell(&cell(ALLOCATIONS, shape, size, peer, "", vec![count]))?;
        }
    }
    Ok(())
}

/// Those who take part in some work.
fn names(work: Work) -> impl Iterator<Item = &'static str> {
    runner::ALL.iter().copied().filter(move |peer| runner::takes_part(peer, work))
}

fn job(peer: &str, work: Work, databases: &Databases) -> Job {
    Job { peer: peer.to_owned(), work, urls: databases.urls().clone() }
}

/// The work of a child process: a few times the same, and what it took at most.
async fn memory(job: Job) -> Result<()> {
    let peer = runner::by_name(&job.peer, &job.urls).await?;
    for _ in 0..5 {
        peer.sample(job.work, 1, 1).await?;
    }
    println!("{:.1}", child::peak_memory()?);
    Ok(())
}

fn cell(group: &str, shape: &str, size: &str, peer: &str, unit: &str, samples: Vec<f64>) -> Cell {
    Cell {
        group: group.to_owned(),
        shape: shape.to_owned(),
        size: size.to_owned(),
        peer: peer.to_owned(),
        unit: unit.to_owned(),
        samples,
        note: None,
    }
}
