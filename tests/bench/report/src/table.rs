//! Lines as tables: a row for each piece of work, a column for each peer, in the order they first came in.

use crate::{
    lines::{Cell, Fact, Group, Line},
    numbers::Spread,
};

/// All that was measured.
#[derive(Debug, Default)]
pub struct Results {
    /// One for each group.
    pub tables: Vec<Table>,
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
    /// What the peers took, by their place among [`Table::peers`]; and the unit.
    pub cells: Vec<(usize, Spread, String)>,
}

impl Table {
    /// A row's cell of a peer: what it took, beside what the baseline took as 1.
    pub fn cell<'r>(&self, row: &'r Row, peer: usize) -> Option<(&'r Spread, &'r str, Option<f64>)> {
        let find = |peer| row.cells.iter().find(|(place, ..)| *place == peer);
        let (_, spread, unit) = find(peer)?;
        let baseline = self.peers.iter().position(|name| *name == self.group.baseline).and_then(find);
        let ratio = baseline.map(|(_, baseline, _)| spread.median / baseline.median);
        Some((spread, unit, ratio.filter(|ratio| ratio.is_finite())))
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
            }
        }
        results.tables.retain(|table| !table.rows.is_empty());
        results
    }

    fn add(&mut self, cell: Cell) {
        let Some(spread) = Spread::of(&cell.samples) else { return };
        let table = self.table(&cell);
        let peer = place(&mut table.peers, |peer| *peer == cell.peer, || cell.peer.clone());
        let same = |row: &Row| row.shape == cell.shape && row.size == cell.size;
        let new = || Row { shape: cell.shape.clone(), size: cell.size.clone(), cells: Vec::new() };
        let row = place(&mut table.rows, same, new);
        table.rows[row].cells.push((peer, spread, cell.unit));
        if let Some(note) = cell.note.filter(|note| !table.notes.contains(note)) {
            table.notes.push(note);
        }
    }

    /// A group that nobody introduced is compared with the first that comes.
    fn table(&mut self, cell: &Cell) -> &mut Table {
        let new = || Table {
            group: Group { group: cell.group.clone(), about: String::new(), baseline: cell.peer.clone() },
            peers: Vec::new(),
            rows: Vec::new(),
            notes: Vec::new(),
        };
        let at = place(&mut self.tables, |table| table.group.group == cell.group, new);
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

    fn cell(peer: &str, sample: f64) -> Line {
        let [group, shape, size] = ["Queries", "find", "1 row"].map(str::to_owned);
        let (peer, unit, note) = (peer.to_owned(), "µs".to_owned(), None);
        Line::Cell(Cell { group, shape, size, peer, unit, samples: vec![sample], note })
    }

    #[test]
    fn each_beside_the_baseline() {
        let group = Group { group: "Queries".into(), about: "Times.".into(), baseline: "by hand".into() };
        let results = Results::of(vec![Line::Group(group), cell("other", 30.0), cell("by hand", 20.0)]);
        let table = &results.tables[0];
        assert_eq!(table.peers, ["other", "by hand"]);
        let (spread, _, ratio) = table.cell(&table.rows[0], 0).unwrap();
        assert_eq!((spread.median, ratio), (30.0, Some(1.5)));
    }
}
