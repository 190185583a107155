//! Rounds of samples: every peer once a round, in an order that is shuffled anew for each.

use std::time::Duration;

use ormgen_bench_report::{Cell, Writer};

use crate::{
    data::Databases,
    peers::{ByHand, Peer, Result},
    runner::{Runner, takes_part},
    work::{Effort, Task, Work},
};

/// The same shuffles in every run.
const SEED: u64 = 5;

/// Times some work before the first sample: PostgreSQL plans a prepared statement anew for its first five executions
/// (<https://www.postgresql.org/docs/current/sql-prepare.html>).
const WARM: usize = 6;

/// Measures tasks one after the other and writes a cell for each peer.
///
/// # Errors
/// Those of the peers, and where two of them did not do the same.
pub async fn measure(
    tasks: &[Task],
    databases: &Databases,
    peers: &[Box<dyn Runner>],
    effort: Effort,
    out: &mut Writer,
) -> Result<()> {
    for task in tasks {
        for cell in samples(task, databases, peers, effort).await? {
            out.cell(&cell)?;
        }
        eprintln!("{}: {}, {}", task.group, task.shape, task.size);
    }
    Ok(())
}

/// A cell for each peer that takes part.
///
/// # Errors
/// Those of [`measure`].
pub async fn samples(
    task: &Task,
    databases: &Databases,
    peers: &[Box<dyn Runner>],
    effort: Effort,
) -> Result<Vec<Cell>> {
    let mut random = fastrand::Rng::with_seed(SEED);
    databases.fill(task.data).await?;
    let mut order: Vec<&dyn Runner> =
        peers.iter().map(AsRef::as_ref).filter(|peer| takes_part(peer.name(), task.work)).collect();
    let mut cells: Vec<Cell> = order.iter().map(|peer| cell(task, peer.name())).collect();
    let times = warm_up(task, databases, &order, effort).await?;
    for _ in 0..effort.rounds_of(task.work) {
        random.shuffle(&mut order);
        for peer in &order {
            make_room(task.work, databases).await?;
            let sample = peer.sample(task.work, times, task.tasks).await?;
            if let Some(cell) = cells.iter_mut().find(|cell| cell.peer == peer.name()) {
                cell.samples.push(micros(sample.each));
            }
        }
    }
    Ok(cells)
}

/// Lets every peer prepare its statements and open its connections, and finds how often the hand-written version does
/// the work in the time of a sample.
async fn warm_up(task: &Task, databases: &Databases, peers: &[&dyn Runner], effort: Effort) -> Result<usize> {
    let heavy = matches!(task.work, Work::Bulk(10_000..));
    let warm = if heavy { 1 } else { WARM * task.tasks };
    let (mut expected, mut times) = (None, 1);
    for peer in peers {
        make_room(task.work, databases).await?;
        let first = peer.sample(task.work, warm, task.tasks).await?;
        if *expected.get_or_insert(first.rows) != first.rows {
            return Err(format!("{}: {} gave {} rows", task.shape, peer.name(), first.rows).into());
        }
        if peer.name() == ByHand::NAME {
            let again = peer.sample(task.work, warm, task.tasks).await?;
            // Many tasks take a while to find their places among the threads.
            let sample = if task.tasks > 1 { 4 * effort.sample } else { effort.sample };
            let wanted = Duration::from_millis(sample).as_secs_f64() / again.each.as_secs_f64();
            times = (wanted as usize).clamp(if heavy { 1 } else { 2 }, 10_000).max(task.tasks);
        }
    }
    Ok(times)
}

/// Empties the tables that are about to be written, so that all find them the same.
async fn make_room(work: Work, databases: &Databases) -> Result<()> {
    match work {
        Work::Insert(_) | Work::Bulk(_) => databases.clear().await,
        _ => Ok(()),
    }
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

fn cell(task: &Task, peer: &str) -> Cell {
    Cell {
        group: task.group.to_owned(),
        shape: task.shape.to_owned(),
        size: task.size.clone(),
        peer: peer.to_owned(),
        unit: "µs".to_owned(),
        samples: Vec::new(),
        note: None,
    }
}
