//! A catalog as a file: readable, one line for each column, in a stable order, so that a diff shows what changed.
//!
//! [`write`] and [`read`] are each other's inverse. No I/O happens here.

mod emit;
mod names;
mod shape;

use std::sync::Arc;

use serde::Deserialize;

use super::Catalog;
use crate::diagnostics::{BAD_SNAPSHOT, Diagnostic, Diagnostics, Place, SNAPSHOT_VERSION, Source};
use shape::SnapshotShape;

pub use shape::VERSION;

/// The start of a snapshot's first line; the version of ormgen follows. It differs from the mark of generated code, as
/// a build may remove files with that mark.
pub const MARK: &str = "# Snapshot by ormgen";

/// Writes a catalog as the text of a snapshot.
///
/// # Errors
/// Only if ormgen itself has a bug.
pub fn write(catalog: &Catalog) -> Result<String, Diagnostics> {
    let value = serde_yaml::to_value(SnapshotShape::from(catalog)).map_err(|error| {
        let message = format!("a catalog cannot be written as a snapshot: {error}");
        Diagnostics::from(Diagnostic::error(crate::diagnostics::INTERNAL, message))
    })?;
    let version = env!("CARGO_PKG_VERSION");
    Ok(format!("{MARK} {version}: `ormgen introspect` writes this file\n{}", emit::emit(&value)))
}

/// Reads the catalog from the text of a snapshot.
///
/// # Errors
/// If the text is no snapshot, or one of a version that is not known; with the place, as far as it can be told.
pub fn read(source: &Arc<Source>) -> Result<Catalog, Diagnostics> {
    check_version(source)?;
    let shape: SnapshotShape = serde_yaml::from_str(&source.text).map_err(|error| syntax(source, &error))?;
    shape.into_catalog().map_err(|problem| {
        let at = problem.near.as_deref().and_then(|text| find_word(&source.text, text));
        bad(source, at, problem.message)
    })
}

/// The position of a text that is a whole word, not a part of one.
fn find_word(text: &str, word: &str) -> Option<std::ops::Range<usize>> {
    let is_apart = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    let mut found = text.match_indices(word).map(|(at, _)| at..at + word.len());
    found.find(|at| is_apart(text[..at.start].chars().next_back()) && is_apart(text[at.end..].chars().next()))
}

fn check_version(source: &Arc<Source>) -> Result<(), Diagnostics> {
    #[derive(Deserialize)]
    #[serde(expecting = "a snapshot")]
    struct Head {
        snapshot: Option<u32>,
    }
    let head: Head = serde_yaml::from_str(&source.text).map_err(|error| syntax(source, &error))?;
    match head.snapshot {
        Some(VERSION) => Ok(()),
        None => {
            let diagnostic = Diagnostic::error(BAD_SNAPSHOT, "this is no snapshot: it has no key `snapshot`");
            Err(diagnostic
                .in_file(&source.path)
                .help("`ormgen introspect` writes snapshots; DDL ends in `.sql`")
                .into())
        }
        Some(other) => {
            let key = source.text.find("snapshot:").unwrap_or_default();
            let line = source.text.get(key..).and_then(|rest| rest.lines().next()).map_or(0, str::len);
            let message =
                format!("this snapshot is of version {other}, and this ormgen knows version {VERSION}");
            Err(Diagnostic::error(SNAPSHOT_VERSION, message)
                .at(Place::new(source, key..key + line))
                .help("update ormgen, or write it again with `ormgen introspect`")
                .into())
        }
    }
}

fn syntax(source: &Arc<Source>, error: &serde_yaml::Error) -> Diagnostics {
    let text = error.to_string();
    let message = text.split(" at line ").next().unwrap_or_default().to_owned();
    let span = error.location().map(|location| {
        let at = location.index().min(source.text.len());
        let line = source.text.get(at..).and_then(|rest| rest.lines().next()).map_or(0, str::len);
        at..at + line
    });
    bad(source, span, message)
}

fn bad(source: &Arc<Source>, span: Option<std::ops::Range<usize>>, message: String) -> Diagnostics {
    let diagnostic = Diagnostic::error(BAD_SNAPSHOT, format!("this snapshot cannot be read: {message}"));
    let diagnostic = match span {
        Some(span) => diagnostic.at(Place::new(source, span)),
        None => diagnostic.in_file(&source.path),
    };
    diagnostic.help("write it again with `ormgen introspect`").into()
}

#[cfg(test)]
mod tests;
