//! What statements on data do with the tables that they name.

use super::super::reader::{ObjectName, Reader};

/// What is done with a table.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Read,
    Insert,
    Update,
    Delete,
    Truncate,
    Refresh,
}

/// A table that a statement names, with cursors at its name and behind it.
pub(crate) struct TouchedTable<'s> {
    pub(crate) verb: Verb,
    pub(crate) name: ObjectName,
    pub(crate) at: Reader<'s>,
    pub(crate) behind: Reader<'s>,
}

/// The tables that are named from the cursor to its end; one of which several things are done comes several times.
pub(crate) fn tables<'s>(reader: &Reader<'s>) -> Vec<TouchedTable<'s>> {
    let (mut ahead, mut tables) = (reader.clone(), Vec::new());
    while !ahead.is_end() {
        let verbs = verbs(&mut ahead);
        let mut behind = ahead.clone();
        match behind.object_name() {
            Ok(name) if !verbs.is_empty() => tables.extend(verbs.into_iter().map(|verb| TouchedTable {
                verb,
                name: name.clone(),
                at: ahead.clone(),
                behind: behind.clone(),
            })),
            _ => {}
        }
        ahead.advance();
    }
    tables
}

/// What the words at the cursor do with the table whose name follows; the cursor is then at the name.
fn verbs(reader: &mut Reader<'_>) -> Vec<Verb> {
    let verbs = match () {
        () if reader.accept("insert into") => vec![Verb::Insert],
        () if reader.accept("merge into") => vec![Verb::Insert, Verb::Update, Verb::Delete],
        () if reader.accept("copy") => vec![Verb::Insert],
        () if reader.accept("delete from") => vec![Verb::Delete],
        () if reader.accept("truncate") => vec![Verb::Truncate],
        () if reader.accept("refresh materialized view") => vec![Verb::Refresh],
        () if reader.accept("for update") || reader.accept("do update") || reader.accept("on update") => {
            vec![]
        }
        () if reader.accept("update") => vec![Verb::Update],
        () if ["from", "join", "using", ",", "table"].iter().any(|word| reader.accept(word)) => {
            vec![Verb::Read]
        }
        () => return Vec::new(),
    };
    while ["table", "only", "concurrently"].iter().any(|word| reader.accept(word)) {}
    verbs
}
