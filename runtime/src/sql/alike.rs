//! Expressions that a statement has in several places: what it groups, sorts or makes rows distinct by, and selects as
//! well.
//!
//! The server takes `a / $1` and `a / $2` for two expressions, whatever the values are, and so refuses to group by the
//! one and select the other (<https://www.postgresql.org/docs/current/sql-select.html#SQL-GROUPBY>). An expression with
//! values is therefore written once, and its text is copied to each further place.

use std::ops::Range;

use super::{SqlWriter, parts::Part};
use crate::sql::Parts;

/// An expression whose text has to be the same at each place in the statement.
#[derive(Debug)]
pub(super) struct Alike<'a> {
    parts: &'a Parts,
    /// The table whose row the expression is for: the same columns of another row are another expression.
    row: usize,
    text: Copied,
}

/// Where the expression is in the statement's text.
#[derive(Debug)]
enum Copied {
    /// It is not written yet.
    No,
    /// It is being written.
    Begun,
    /// It is written, at this place.
    At(Range<usize>),
}

impl<'a> SqlWriter<'a> {
    /// From here on gives each of these expressions of the current row the same text wherever it is written.
    /// Expressions without a value have the same text anyway.
    pub(crate) fn repeat(&mut self, expressions: impl IntoIterator<Item = &'a Parts>) {
        let row = self.scope.current();
        let expressions = expressions.into_iter().filter(|parts| parts.varies());
        self.alike.extend(expressions.map(|parts| Alike { parts, row, text: Copied::No }));
    }

    /// Repeats no more expressions for rows of this table and those after it, which are out of scope.
    pub(super) fn forget_alike(&mut self, table: usize) {
        self.alike.retain(|alike| alike.row < table);
    }

    /// Writes the repeated expression that `parts` begin with, if there is one, and returns how many parts it has.
    pub(super) fn write_alike(&mut self, parts: &'a [Part]) -> Option<usize> {
        if self.alike.is_empty() {
            return None;
        }
        let row = self.scope.current();
        let begins = |alike: &Alike<'_>| {
            alike.row == row && !matches!(alike.text, Copied::Begun) && alike.parts.begin(parts)
        };
        let found = self.alike.iter().enumerate().filter(|(_, alike)| begins(alike));
        let (which, length) =
            found.map(|(which, alike)| (which, alike.parts.len())).max_by_key(|(_, length)| *length)?;
        if let Some(Alike { text: Copied::At(range), .. }) = self.alike.get(which) {
            let text = self.text.get(range.clone()).unwrap_or_default().to_owned();
            self.push(&text);
            return Some(length);
        }
        self.mark(which, Copied::Begun);
        let start = self.text.len();
        super::parts::write(parts.get(..length).unwrap_or_default(), self);
        self.mark(which, Copied::At(start..self.text.len()));
        Some(length)
    }

    fn mark(&mut self, which: usize, text: Copied) {
        if let Some(alike) = self.alike.get_mut(which) {
            alike.text = text;
        }
    }
}
