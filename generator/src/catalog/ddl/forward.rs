//! The statements of a schema that are sent to a server one by one, and which of them it may refuse.

use std::{ops::Range, sync::Arc};

use super::split::{self, Statements};
use crate::diagnostics::{Diagnostic, Source};

/// The statements that take a schema forward, as byte ranges of their text.
pub(crate) struct Forward<'a>(Statements<'a>);

impl<'a> Forward<'a> {
    /// The statements of a source.
    pub(crate) fn of(source: &'a Arc<Source>) -> Self {
        Self(Statements::new(source, 0..source.text.len()))
    }

    /// The diagnostics of cutting the text into statements.
    pub(crate) fn into_problems(self) -> Vec<Diagnostic> {
        self.0.problems
    }
}

impl Iterator for Forward<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        // The data of `COPY … FROM stdin` are passed over, and its statement with them.
        self.0
            .by_ref()
            .find(|statement| !split::is_copy_from_stdin(statement))
            .map(|statement| statement.span())
    }
}

/// Whether a statement makes, changes or names databases: the one that the schema is applied to is another.
pub(crate) fn is_about_databases(text: &str) -> bool {
    begins_with(text, &["create database", "alter database", "drop database", "comment on database"])
}

/// Whether a statement says who may do what, and nothing else.
pub(crate) fn is_about_roles(text: &str) -> bool {
    let words = ["grant", "revoke", "alter default privileges", "create policy", "alter policy", "set role"];
    begins_with(text, &words) || text.to_ascii_lowercase().contains(" owner to ")
}

fn begins_with(text: &str, list: &[&str]) -> bool {
    let words: Vec<String> = text.split_whitespace().take(3).map(str::to_ascii_lowercase).collect();
    let text = format!("{} ", words.join(" "));
    list.iter().any(|words| text.starts_with(&format!("{words} ")))
}
