//! Samples, kept by work and peer until their rounds are done, then written in the order they first came in.

use ormgen_bench_report::{Cell, Line, Unfinished, Writer};

use crate::{
    Result,
    process::{Ended, LIMIT, Usage},
};

/// The samples of one group.
#[derive(Debug)]
pub struct Samples {
    group: &'static str,
    lines: Vec<Line>,
    written: usize,
}

impl Samples {
    /// None yet.
    pub const fn of(group: &'static str) -> Self {
        Self { group, lines: Vec::new(), written: 0 }
    }

    /// One more sample of some work.
    pub fn add(&mut self, shape: &str, size: &str, peer: &str, unit: &str, value: f64) {
        let same = |line: &&mut Line| is_cell(line, shape, size, peer);
        if let Some(Line::Cell(cell)) = self.lines.iter_mut().find(same) {
            cell.samples.push(value);
            return;
        }
        self.lines.push(Line::Cell(Cell {
            group: self.group.to_owned(),
            shape: shape.to_owned(),
            size: size.to_owned(),
            peer: peer.to_owned(),
            unit: unit.to_owned(),
            samples: vec![value],
            note: None,
        }));
    }

    /// Time on the clock, time of processors, and the most memory.
    pub fn add_usage(&mut self, shape: &str, size: &str, peer: &str, usage: Usage) {
        self.add(shape, size, peer, "µs", usage.wall.as_secs_f64() * 1e6);
        self.add(&format!("{shape}{PROCESSOR}"), size, peer, "µs", usage.processor.as_secs_f64() * 1e6);
        self.add(&format!("{shape}{MEMORY}"), size, peer, "MiB", usage.memory as f64 / MIB);
    }

    /// What a process took, or that it did not end well: then what it took in earlier rounds does not count. A peer
    /// that fails, of memory say, is no reason to end the run.
    ///
    /// Says whether it ended well.
    pub fn add_ended(&mut self, shape: &str, size: &str, peer: &str, ended: Ended) -> bool {
        let (why, at_least) = match ended {
            Ended::InTime(usage) => {
                self.add_usage(shape, size, peer, usage);
                return true;
            }
            Ended::Stopped => {
                (format!("over {} s, stopped", LIMIT.as_secs()), Some(LIMIT.as_secs_f64() * 1e6))
            }
            Ended::Failed(message) => {
                eprintln!("{peer}, {size}: {message}");
                let why = if message.contains("memory allocation") { "out of memory" } else { "failed" };
                (why.to_owned(), None)
            }
        };
        let of_it = ["", PROCESSOR, MEMORY].map(|what| format!("{shape}{what}"));
        self.lines.retain(|line| !of_it.iter().any(|shape| is_cell(line, shape, size, peer)));
        self.leave(shape, size, peer, &why, at_least);
        false
    }

    /// Work that a peer did not get done, with what it took at least. What is known of that work already stays: the
    /// first reason, or the samples of earlier rounds.
    pub fn leave(&mut self, shape: &str, size: &str, peer: &str, why: &str, at_least: Option<f64>) {
        let known = |line| is_cell(line, shape, size, peer) || is_unfinished(line, shape, size, peer);
        if self.lines.iter().any(known) {
            return;
        }
        self.lines.push(Line::Unfinished(Unfinished {
            group: self.group.to_owned(),
            shape: shape.to_owned(),
            size: size.to_owned(),
            peer: peer.to_owned(),
            why: why.to_owned(),
            at_least,
        }));
    }

    /// What one table more takes, from each size to the next and over all.
    pub fn add_growths(&mut self, shape: &str, sizes: &[usize]) {
        for pair in sizes.windows(2) {
            self.add_growth(shape, pair[0], pair[1]);
        }
        if let [first, _, .., last] = sizes {
            self.add_growth(shape, *first, *last);
        }
    }

    fn add_growth(&mut self, shape: &str, few: usize, many: usize) {
        let of = |count: usize| -> Vec<Cell> {
            let size = tables(count);
            let cells = self.lines.iter().filter_map(|line| match line {
                Line::Cell(cell) if cell.shape == shape && cell.size == size => Some(cell.clone()),
                _ => None,
            });
            cells.collect()
        };
        let (less, more) = (of(few), of(many));
        let size = format!("each table from {few} to {many}");
        for more in more {
            let Some(less) = less.iter().find(|less| less.peer == more.peer) else { continue };
            for (more_time, less_time) in more.samples.iter().zip(&less.samples) {
                let each = (more_time - less_time) / (many - few) as f64;
                self.add(shape, &size, &more.peer, &more.unit, each);
            }
        }
    }

    /// Writes what was gathered since the last time: nothing may be added to that any more.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn write(&mut self, out: &mut Writer) -> Result<()> {
        for line in &self.lines[self.written..] {
            out.line(line)?;
        }
        self.written = self.lines.len();
        Ok(())
    }
}

const PROCESSOR: &str = ", processor time";
const MEMORY: &str = ", peak memory";
/// Bytes.
pub const MIB: f64 = (1 << 20) as f64;

fn is_cell(line: &Line, shape: &str, size: &str, peer: &str) -> bool {
    matches!(line, Line::Cell(cell) if cell.shape == shape && cell.size == size && cell.peer == peer)
}

fn is_unfinished(line: &Line, shape: &str, size: &str, peer: &str) -> bool {
    matches!(line, Line::Unfinished(work) if work.shape == shape && work.size == size && work.peer == peer)
}

/// A size, as the report names it.
pub fn tables(count: usize) -> String {
    format!("{count} tables")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn usage(seconds: u64) -> Usage {
        Usage { wall: Duration::from_secs(seconds), processor: Duration::ZERO, memory: 0 }
    }

    #[test]
    fn of_stopped_work_only_that_is_left() {
        let mut samples = Samples::of("Compiling");
        assert!(samples.add_ended("check", "20 tables", "slow", Ended::InTime(usage(299))));
        assert!(!samples.add_ended("check", "20 tables", "slow", Ended::Stopped));
        samples.leave("check", "20 tables", "slow", "not tried", None);
        let [Line::Unfinished(unfinished)] = samples.lines.as_slice() else { panic!("{samples:?}") };
        assert_eq!((unfinished.why.as_str(), unfinished.at_least), ("over 300 s, stopped", Some(300e6)));
        assert!(!samples.add_ended("build", "20 tables", "slow", Ended::Failed("no such file".into())));
        assert!(matches!(samples.lines.last(), Some(Line::Unfinished(work)) if work.why == "failed"));
    }

    #[test]
    fn growth_is_that_of_each_table_round_by_round() {
        let mut samples = Samples::of("Compiling");
        for (count, seconds) in [(100, [2, 3]), (500, [6, 11])] {
            for seconds in seconds {
                samples.add_usage("check", &tables(count), "ours", usage(seconds));
            }
        }
        samples.add_growths("check", &[100, 500]);
        let Some(Line::Cell(cell)) = samples.lines.last() else { panic!("{samples:?}") };
        assert_eq!((cell.size.as_str(), &cell.samples), ("each table from 100 to 500", &vec![1e4, 2e4]));
    }
}
