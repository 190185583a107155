//! Samples, kept by work and peer until all rounds are done, then written in the order they first came in.

use ormgen_bench_report::{Cell, Writer};

use crate::{Result, process::Usage};

/// The samples of one group.
#[derive(Debug)]
pub struct Samples {
    group: &'static str,
    cells: Vec<Cell>,
}

impl Samples {
    /// None yet.
    pub const fn of(group: &'static str) -> Self {
        Self { group, cells: Vec::new() }
    }

    /// One more sample of some work.
    pub fn add(&mut self, shape: &str, size: &str, peer: &str, unit: &str, value: f64) {
        let same = |cell: &&mut Cell| cell.shape == shape && cell.size == size && cell.peer == peer;
        if let Some(cell) = self.cells.iter_mut().find(same) {
            cell.samples.push(value);
            return;
        }
        self.cells.push(Cell {
            group: self.group.to_owned(),
            shape: shape.to_owned(),
            size: size.to_owned(),
            peer: peer.to_owned(),
            unit: unit.to_owned(),
            samples: vec![value],
            note: None,
        });
    }

    /// Time on the clock, time of processors, and the most memory.
    pub fn add_usage(&mut self, shape: &str, size: &str, peer: &str, usage: Usage) {
        self.add(shape, size, peer, "µs", usage.wall.as_secs_f64() * 1e6);
        let processor = format!("{shape}, processor time");
        self.add(&processor, size, peer, "µs", usage.processor.as_secs_f64() * 1e6);
        let memory = format!("{shape}, peak memory");
        self.add(&memory, size, peer, "MiB", usage.memory as f64 / f64::from(1 << 20));
    }

    /// What one table more takes, for work that was done in two sizes.
    pub fn add_growth(&mut self, shape: &str, few: usize, many: usize) {
        let of = |count: usize| -> Vec<Cell> {
            let same = |cell: &&Cell| cell.shape == shape && cell.size == tables(count);
            self.cells.iter().filter(same).cloned().collect()
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

    /// Writes what was gathered, and says so.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn write(self, out: &mut Writer) -> Result<()> {
        for cell in &self.cells {
            out.cell(cell)?;
        }
        eprintln!("{}", self.group);
        Ok(())
    }
}

/// A size, as the report names it.
pub fn tables(count: usize) -> String {
    format!("{count} tables")
}
