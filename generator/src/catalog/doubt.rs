//! What the statements that were not applied leave in doubt: one mistake is one error, so a mistake that may only follow
//! from such a statement is not told. The next run, without the first mistake, tells it if it is still there.

use std::collections::HashSet;

use crate::diagnostics::{
    APP_WITHOUT_TABLES, Code, DANGLING_FOREIGN_KEY, Diagnostic, GLOB_WITHOUT_MATCH, NO_SUCH_OBJECT, Place,
    UNDEFINED_TYPE, UNKNOWN_COLUMN, UNKNOWN_RELATION, UNKNOWN_SCHEMA, UNKNOWN_TABLE, UNKNOWN_TYPE,
    UNKNOWN_VIEW_COLUMN,
};

/// The mistakes that something is not there.
const MISSING: &[Code] = &[
    NO_SUCH_OBJECT,
    DANGLING_FOREIGN_KEY,
    UNDEFINED_TYPE,
    UNKNOWN_COLUMN,
    UNKNOWN_RELATION,
    UNKNOWN_SCHEMA,
    UNKNOWN_TABLE,
    UNKNOWN_TYPE,
    UNKNOWN_VIEW_COLUMN,
];

/// The mistakes that no table fits: their place names none.
const WITHOUT_TABLE: &[Code] = &[APP_WITHOUT_TABLES, GLOB_WITHOUT_MATCH];

/// How PostgreSQL names what belongs to a table: `customers_id_seq`, `customers_pkey`.
const SUFFIXES: &[&str] = &["_seq", "_pkey", "_key", "_fkey", "_check", "_excl", "_idx", "_not_null"];

/// The objects that would be there, or be others, if every statement had been applied.
#[derive(Clone, Debug, Default)]
pub struct Doubt {
    /// Their names, without schemas, in lower case.
    names: HashSet<String>,
    /// The statements that name one of them, and so were not applied or make objects in doubt.
    statements: Vec<Place>,
    /// Whether there may be others, as a text does not tell what it does, or could not be read.
    any: bool,
}

impl Doubt {
    /// Notes that an object may be missing, or lack what a statement gives it.
    pub(super) fn add_name(&mut self, name: &str) {
        self.names.insert(name.to_lowercase());
    }

    /// Notes a statement that names an object in doubt: whatever is wrong within it may follow from that.
    pub(super) fn add_statement(&mut self, place: Place) {
        self.statements.push(place);
    }

    /// Notes that any object may be missing.
    pub(super) fn add_any(&mut self) {
        self.any = true;
    }

    /// Whether every statement was applied.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty() && self.statements.is_empty() && !self.any
    }

    /// Whether a mistake may only follow from a statement that was not applied.
    pub fn covers(&self, mistake: &Diagnostic) -> bool {
        let missing = self.any && MISSING.contains(&mistake.code);
        let without_table = !self.is_empty() && WITHOUT_TABLE.contains(&mistake.code);
        missing || without_table || mistake.place.as_ref().is_some_and(|place| self.covers_place(place))
    }

    fn covers_place(&self, place: &Place) -> bool {
        let is_around = |statement: &Place| {
            statement.span.start <= place.span.start
                && place.span.end <= statement.span.end
                && statement.source == place.source
        };
        let marked = place.source.text.get(place.span.clone()).unwrap_or_default();
        self.statements.iter().any(is_around) || self.is_named_in(marked)
    }

    /// Whether a text has the name of an object in doubt as a word of its own.
    pub(super) fn is_named_in(&self, text: &str) -> bool {
        if self.names.is_empty() {
            return false;
        }
        let text = text.to_lowercase();
        let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
        let mut words = text.split(|c| !is_word(c)).filter(|word| !word.is_empty());
        words.any(|word| self.names.contains(word) || self.is_part(word))
            || self.names.iter().any(|name| !name.chars().all(is_word) && text.contains(name))
    }

    /// Whether PostgreSQL gives this name to something that belongs to a table in doubt.
    fn is_part(&self, word: &str) -> bool {
        let begins =
            |name: &String| word.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('_'));
        SUFFIXES.iter().any(|suffix| word.ends_with(suffix)) && self.names.iter().any(begins)
    }
}
