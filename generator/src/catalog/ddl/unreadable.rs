//! What is said of a statement that cannot be read any further.

use std::ops::Range;

use super::{habits, split::Statement};
use crate::diagnostics::{Diagnostic, UNREADABLE_STATEMENT};

impl Statement {
    /// The error that something else is expected where this was found.
    pub(super) fn expected(&self, what: &str, found: &str, span: Range<usize>) -> Box<Diagnostic> {
        let text = self.source.text.get(span.clone()).unwrap_or_default();
        let habit =
            habits::in_place_of(text).or_else(|| self.is_of_index(span.start).then_some(habits::INDEX));
        let help = habit.map_or_else(|| self.another_form(span.start), str::to_owned);
        Box::new(self.error(UNREADABLE_STATEMENT, format!("expected {what}, {found}"), span).help(help))
    }

    /// Whether `INDEX` or `KEY` stands right before this place where a column or a constraint could begin.
    fn is_of_index(&self, at: usize) -> bool {
        let mut before = self.tokens.iter().rev().filter(|token| token.span.end <= at);
        let mut is_one_of = |words: &[&str]| {
            let text = before.next().and_then(|token| self.source.text.get(token.span.clone()));
            text.is_some_and(|text| words.iter().any(|word| text.eq_ignore_ascii_case(word)))
        };
        is_one_of(&["index", "key"]) && is_one_of(&["(", ","])
    }

    fn another_form(&self, at: usize) -> String {
        format!(
            "mend the statement, or write it in another form that PostgreSQL accepts as well; in a migration that has run, \
             {}",
            self.ways_on(at)
        )
    }

    /// What to do about a statement that cannot be changed, such as one of a migration that has run.
    pub(super) fn ways_on(&self, at: usize) -> String {
        let (line, _) = self.source.line_column(at);
        let file = self.source.path.file_name().unwrap_or_default().to_string_lossy();
        format!(
            "let a server apply the schema: `schema: {{ ddl: …, through: server }}`; or, where the statement changes no \
             table, type or view, say so: `schema: {{ ddl: …, shapes_nothing: [\"{file}:{line}\"] }}`"
        )
    }
}
