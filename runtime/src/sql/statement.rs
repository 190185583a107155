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
    /// The model's table as SQL names it; empty where it is no model's.
    pub table: &'static str,
    /// What is done with the model: `find`, `insert`, …
    pub verb: &'static str,
    pub intent: Intent,
    /// The columns that its rows begin with, for an error that names one. Empty where they are no model's.
    pub columns: &'static [ColumnDef],
    /// Whether it may read and change any table: SQL of the caller's own.
    pub is_free: bool,
    /// Whether it may call anything: text of the caller's own is in it.
    pub calls_unknown: bool,
    /// With what others it may be sent.
    pub sharing: Sharing,
    /// Why it cannot be sent, where SQL has no way to say what it says.
    pub refused: Option<&'static str>,
}

/// With what others a statement may be sent while it waits for a connection.
#[derive(Clone, Copy, Debug)]
#[doc(hidden)]
pub enum Sharing {
    /// It has a connection to itself: it may do anything.
    Alone,
    /// It reads tables and calls nothing that could do more, so that it may even be sent again.
    Read,
    /// So does this one, which finds a row by its key; and the text that finds many: it takes an array for each value,
    /// and gives each row's place in them as one more column, the last.
    Find(fn() -> String),
    /// It changes one row: it may share a commit, where the program asked for that.
    Commit,
}

impl<'a> Statement<'a> {
    pub fn new(sql: impl Into<Cow<'static, str>>, values: Values<'a>, intent: Intent) -> Self {
        Self {
            sql: sql.into(),
            values,
            model: "",
            table: "",
            verb: "",
            intent,
            columns: &[],
            is_free: false,
            calls_unknown: false,
            sharing: Sharing::Alone,
            refused: None,
        }
    }

    /// The same, as what is done with a model.
    pub fn named(self, model: &'static str, verb: &'static str) -> Self {
        Self { model, verb, ..self }
    }

    /// The same, of a model's table.
    pub fn on(self, table: &'static str) -> Self {
        Self { table, ..self }
    }

    /// The same, whose rows begin with these columns.
    pub fn rows_of(self, columns: &'static [ColumnDef]) -> Self {
        Self { columns, ..self }
    }

    /// The same, of the caller's own text.
    pub fn free(self) -> Self {
        Self { is_free: true, calls_unknown: true, ..self }
    }

    /// The same, which may be sent with others, unless it may call anything.
    pub fn shared(self, sharing: Sharing) -> Self {
        if self.calls_unknown { self } else { Self { sharing, ..self } }
    }

    /// The same once it is sent: its values are needed no more.
    pub fn sent(self) -> Statement<'static> {
        let Self {
            sql,
            values: _,
            model,
            table,
            verb,
            intent,
            columns,
            is_free,
            calls_unknown,
            sharing,
            refused,
        } = self;
        Statement {
            sql,
            values: Values::new(),
            model,
            table,
            verb,
            intent,
            columns,
            is_free,
            calls_unknown,
            sharing,
            refused,
        }
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
