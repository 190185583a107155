//! A statement on its way to the server.

use std::{borrow::Cow, fmt};

use super::{ColumnDef, Values};

/// What a statement does to the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(hidden)]
pub enum Intent {
    Read,
    Write,
}

/// A statement, and what is told of it in spans and errors.
#[doc(hidden)]
pub struct Statement<'a> {
    /// The text.
    pub sql: Cow<'static, str>,
    /// The values of `$1`, `$2`, … in it.
    pub values: Values<'a>,
    /// The name of the model that it reads or changes.
    pub model: &'static str,
    /// What is done with the model: `find`, `insert`, …
    pub verb: &'static str,
    pub intent: Intent,
    /// The columns that its rows begin with, for an error that names one. Empty where they are no model's.
    pub columns: &'static [ColumnDef],
    /// Whether it may read and change any table: SQL of the caller's own.
    pub is_free: bool,
}

impl<'a> Statement<'a> {
    pub fn new(sql: impl Into<Cow<'static, str>>, values: Values<'a>, intent: Intent) -> Self {
        Self { sql: sql.into(), values, model: "", verb: "", intent, columns: &[], is_free: false }
    }

    /// The same, as what is done with a model.
    pub fn named(self, model: &'static str, verb: &'static str) -> Self {
        Self { model, verb, ..self }
    }

    /// The same, whose rows begin with these columns.
    pub fn rows_of(self, columns: &'static [ColumnDef]) -> Self {
        Self { columns, ..self }
    }

    /// The same, of the caller's own text.
    pub fn free(self) -> Self {
        Self { is_free: true, ..self }
    }

    /// The same once it is sent: its values are needed no more.
    pub fn sent(self) -> Statement<'static> {
        let Self { sql, values: _, model, verb, intent, columns, is_free } = self;
        Statement { sql, values: Values::new(), model, verb, intent, columns, is_free }
    }
}

/// The text without its values, which stay secret.
impl fmt::Debug for Statement<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Statement")
            .field("sql", &self.sql)
            .field("intent", &self.intent)
            .finish_non_exhaustive()
    }
}
