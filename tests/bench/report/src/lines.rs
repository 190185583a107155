//! The lines of a file of results.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
};

use serde::{Deserialize, Serialize};

use crate::loaded::Loaded;

/// One line.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Line {
    /// A measured cell.
    Cell(Cell),
    /// A cell without a measurement.
    Unfinished(Unfinished),
    /// What a pool did under load.
    Loaded(Loaded),
    /// What a group is about; comes before its cells.
    Group(Group),
    /// Something about the machine or the run.
    Fact(Fact),
}

/// What one peer took for one piece of work.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Cell {
    /// The table it stands in.
    pub group: String,
    /// What was done.
    pub shape: String,
    /// How much of it.
    pub size: String,
    /// Who did it.
    pub peer: String,
    /// What the samples count: `µs` is written as the time that fits; anything else stands beside the number.
    pub unit: String,
    /// The measurements.
    pub samples: Vec<f64>,
    /// What a reader has to know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Work that a peer did not get done: its cell says why.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Unfinished {
    /// The table it stands in.
    pub group: String,
    /// What was to be done.
    pub shape: String,
    /// How much of it.
    pub size: String,
    /// Who was to do it.
    pub peer: String,
    /// What the cell says.
    pub why: String,
    /// What it took until it was stopped, in the unit of the other cells of its row: the ratio is more than that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<f64>,
}

/// A table of the report.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Group {
    /// Its title.
    pub group: String,
    /// A sentence or two.
    pub about: String,
    /// The peer that the others are compared with.
    pub baseline: String,
}

/// A name and a value.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Fact {
    /// Such as `PostgreSQL`.
    pub fact: String,
    /// Its version, say.
    pub value: String,
}

/// Writes a file of results, line by line: what was measured before a failure is kept.
pub struct Writer(File);

impl Writer {
    /// A new file, with today's date; its folder is made.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn create(path: &Path) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut writer = Self(File::create(path)?);
        writer.fact("date", &time::OffsetDateTime::now_utc().date().to_string())?;
        Ok(writer)
    }

    /// A cell.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn cell(&mut self, cell: &Cell) -> io::Result<()> {
        self.line(&Line::Cell(cell.clone()))
    }

    /// What pools did under a load.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn loaded(&mut self, cells: &[Loaded]) -> io::Result<()> {
        cells.iter().try_for_each(|cell| self.line(&Line::Loaded(cell.clone())))
    }

    /// A table's title, what it is about, and who the others are compared with.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn group(&mut self, group: &str, about: &str, baseline: &str) -> io::Result<()> {
        let (group, about, baseline) = (group.to_owned(), about.to_owned(), baseline.to_owned());
        self.line(&Line::Group(Group { group, about, baseline }))
    }

    /// Something about the machine or the run; the last value of a name counts.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn fact(&mut self, fact: &str, value: &str) -> io::Result<()> {
        self.line(&Line::Fact(Fact { fact: fact.to_owned(), value: value.to_owned() }))
    }

    /// Any line.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn line(&mut self, line: &Line) -> io::Result<()> {
        let mut text = serde_json::to_string(line)?;
        text.push('\n');
        self.0.write_all(text.as_bytes())
    }
}

/// The lines of every `.jsonl` file in a folder, file by file.
///
/// # Errors
/// Those of the file system, and a line that is none.
pub fn read(folder: &Path) -> io::Result<Vec<Line>> {
    let mut files: Vec<_> =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<_>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "jsonl"));
    // The runtime's results come first.
    files.sort_by_key(|file| (file.file_stem().is_none_or(|stem| stem != "runtime"), file.clone()));
    let mut lines = Vec::new();
    for file in files {
        for line in fs::read_to_string(&file)?.lines() {
            lines.push(serde_json::from_str(line)?);
        }
    }
    Ok(lines)
}
