//! Lines as tables: a row for each piece of work, a column for each peer, in the order they first came in.

use crate::{
    lines::{Cell, Fact, Group, Line, Unfinished},
    loaded::Loaded,
    numbers::Spread,
};

/// All that was measured.
#[derive(Debug, Default)]
pub struct Results {
    /// One for each group.
    pub tables: Vec<Table>,
    /// What pools did under load.
    pub loaded: Vec<Loaded>,
    /// Names and values.
    pub facts: Vec<Fact>,
}

/// One group.
#[derive(Debug)]
pub struct Table {
    /// What it is.
    pub group: Group,
    /// The columns.
    pub peers: Vec<String>,
    /// The rows.
    pub rows: Vec<Row>,
    /// What readers have to know.
    pub notes: Vec<String>,
}

/// One piece of work.
#[derive(Debug)]
pub struct Row {
    /// What.
    pub shape: String,
    /// How much.
    pub size: String,
    /// What the peers took.
    pub cells: Vec<Taken>,
}

/// What one peer took for one piece of work.
#[derive(Debug)]
pub struct Taken {
    /// Its place among [`Table::peers`].
    pub peer: usize,
    /// The samples, round by round; of unfinished work what it took at least.
    pub samples: Vec<f64>,
    /// What they count.
    pub unit: String,
    /// Why the work was not finished.
    pub unfinished: Option<String>,
}

impl Table {
    /// What a peer took for a row.
    pub fn cell<'r>(&self, row: &'r Row, peer: usize) -> Option<&'r Taken> {
        row.cells.iter().find(|cell| cell.peer == peer)
    }

    /// A peer's ratio to the baseline: the median of the rounds' ratios, as whatever else the machine does at the time
    /// bears on a whole round.
    pub fn ratio(&self, row: &Row, peer: usize) -> Option<f64> {
        let taken = &self.cell(row, peer)?.samples;
        let baseline = self.peers.iter().position(|name| *name == self.group.baseline)?;
        let baseline = &self.cell(row, baseline).filter(|taken| taken.unfinished.is_none())?.samples;
        let ratio = if taken.len() == baseline.len() {
            let ratios: Vec<f64> =
                taken.iter().zip(baseline).map(|(taken, baseline)| taken / baseline).collect();
            Spread::of(&ratios)?.median
        } else {
            Spread::of(taken)?.median / Spread::of(baseline)?.median
        };
        Some(ratio).filter(|ratio| ratio.is_finite())
    }

    /// The column of a peer.
    fn peer(&mut self, name: &str) -> usize {
        place(&mut self.peers, |peer| *peer == name, || name.to_owned())
    }

    /// The row of some work.
    fn row(&mut self, shape: String, size: String) -> &mut Row {
        let same = |row: &Row| row.shape == shape && row.size == size;
        let new = || Row { shape: shape.clone(), size: size.clone(), cells: Vec::new() };
        let at = place(&mut self.rows, same, new);
        &mut self.rows[at]
    }
}

impl Results {
    /// Sorts lines into tables.
    pub fn of(lines: Vec<Line>) -> Self {
        let mut results = Self::default();
        for line in lines {
            match line {
                Line::Fact(fact) => {
                    results.facts.retain(|known| known.fact != fact.fact);
                    results.facts.push(fact);
                }
                Line::Group(group) => {
                    results.tables.push(Table {
                        group,
                        peers: Vec::new(),
                        rows: Vec::new(),
                        notes: Vec::new(),
                    });
                }
                Line::Cell(cell) => results.add(cell),
                Line::Loaded(loaded) => results.loaded.push(loaded),
                Line::Unfinished(unfinished) => results.add_unfinished(unfinished),
            }
        }
        results.tables.retain(|table| !table.rows.is_empty());
        results
    }

    fn add(&mut self, cell: Cell) {
        if cell.samples.is_empty() {
            return;
        }
        let table = self.table(&cell.group, &cell.peer);
        if let Some(note) = cell.note.filter(|note| !table.notes.contains(note)) {
            table.notes.push(note);
        }
        let taken =
            Taken { peer: table.peer(&cell.peer), samples: cell.samples, unit: cell.unit, unfinished: None };
        table.row(cell.shape, cell.size).cells.push(taken);
    }

    fn add_unfinished(&mut self, work: Unfinished) {
        let table = self.table(&work.group, &work.peer);
        let taken = Taken {
            peer: table.peer(&work.peer),
            samples: work.at_least.into_iter().collect(),
            unit: String::new(),
            unfinished: Some(work.why),
        };
        table.row(work.shape, work.size).cells.push(taken);
    }

    /// A group that nobody introduced is compared with the first that comes.
    fn table(&mut self, group: &str, peer: &str) -> &mut Table {
        let new = || Table {
            group: Group { group: group.to_owned(), about: String::new(), baseline: peer.to_owned() },
            peers: Vec::new(),
            rows: Vec::new(),
            notes: Vec::new(),
        };
        let at = place(&mut self.tables, |table| table.group.group == group, new);
        &mut self.tables[at]
    }
}

/// Where something is; it is put at the end where it is not.
fn place<T>(all: &mut Vec<T>, is: impl Fn(&T) -> bool, new: impl FnOnce() -> T) -> usize {
    all.iter().position(is).unwrap_or_else(|| {
        all.push(new());
        all.len() - 1
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(peer: &str, samples: [f64; 3]) -> Line {
        let [group, shape, size] = ["Queries", "find", "1 row"].map(str::to_owned);
        let (peer, unit, note) = (peer.to_owned(), "µs".to_owned(), None);
        Line::Cell(Cell { group, shape, size, peer, unit, samples: samples.into(), note })
    }

    #[test]
    fn each_beside_the_baseline_of_its_round() {
        let group = Group { group: "Queries".into(), about: "Times.".into(), baseline: "by hand".into() };
        let cells = [cell("other", [30.0, 90.0, 15.0]), cell("by hand", [20.0, 60.0, 5.0])];
        let results = Results::of([Line::Group(group)].into_iter().chain(cells).collect());
        let table = &results.tables[0];
        assert_eq!(table.peers, ["other", "by hand"]);
        assert_eq!(table.ratio(&table.rows[0], 0), Some(1.5));
        assert_eq!(table.ratio(&table.rows[0], 1), Some(1.0));
    }
}
