//! A statement on its way to the server.

use std::{borrow::Cow, fmt};

use super::{ColumnDef, Values};

/// Whether a statement reads or changes rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(hidden)]
pub enum Intent {
    Read,
    Write,
}

/// A statement, and what spans and errors say about it.
#[doc(hidden)]
pub struct Statement<'a> {
    /// The statement's text.
    pub sql: Cow<'static, str>,
    /// The values of `$1`, `$2`, … in it.
    pub values: Values<'a>,
    /// The name of the model that the statement reads or changes.
    pub model: &'static str,
    /// The names of the models of other tables that the statement changes as well.
    pub also_changed: Vec<&'static str>,
    /// The model's table as SQL names it; empty where the statement is for no model.
    pub table: &'static str,
    /// What is done with the model: `find`, `insert`, …
    pub verb: &'static str,
    pub intent: Intent,
    /// The columns that the returned rows begin with, for an error that names one. Empty where they are no model's.
    pub columns: &'static [ColumnDef],
    /// Whether the statement may read and change any table: it is SQL of the caller's own.
    pub is_free: bool,
    /// Whether the statement may call any function: text of the caller's own is in it.
    pub calls_unknown: bool,
    /// Whether the statement reads a view beside its model's table: the view's own query may call any function.
    pub reads_view: bool,
    /// With which other statements it may be sent.
    pub sharing: Sharing,
    /// Whether other statements are sent on its connection before its last row is read.
    pub is_interleaved: bool,
    /// Why the statement cannot be sent, where it asks for something that SQL cannot express.
    pub refused: Option<&'static str>,
}

/// The most values of a statement: the protocol counts them in 16 bits
/// (<https://www.postgresql.org/docs/current/protocol-message-formats.html>, Bind). The server takes a text that names more,
/// and its answer, which counts them too, is not to be read: the connection would be lost
/// (`a_request_with_too_many_values_loses_no_connection`).
pub const MOST_VALUES: usize = u16::MAX as usize;

/// With which other statements a statement may be sent while it waits for a connection.
#[derive(Clone, Copy, Debug)]
#[doc(hidden)]
pub enum Sharing {
    /// With none: it has a connection to itself, as it may do anything.
    Alone,
    /// With other reads: it reads tables and calls no function that could do more, so that it may even be sent again.
    Read,
    /// As [`Read`](Self::Read), for a statement that finds a row by its key. The function gives the text of a statement
    /// that finds many rows: it takes an array for each value, and returns each row's place in the arrays as one more
    /// column, the last.
    Find(fn() -> String),
    /// With other writes: it changes one row, and may share a commit with them where the program asked for that.
    Commit,
}

impl<'a> Statement<'a> {
    pub fn new(sql: impl Into<Cow<'static, str>>, values: Values<'a>, intent: Intent) -> Self {
        Self {
            sql: sql.into(),
            values,
            model: "",
            also_changed: Vec::new(),
            table: "",
            verb: "",
            intent,
            columns: &[],
            is_free: false,
            calls_unknown: false,
            reads_view: false,
            sharing: Sharing::Alone,
            is_interleaved: false,
            refused: None,
        }
    }

    /// Why the statement is not sent, if it is not.
    pub fn why_not_sent(&self) -> Option<&'static str> {
        const TOO_MANY: &str = "a statement has at most 65,535 values: a list of values goes as one with `is_in`, and \
                                what a client may ask for is better limited to far fewer";
        self.refused.or_else(|| (self.values.len() > MOST_VALUES).then_some(TOO_MANY))
    }

    /// This statement, with the model and what is done with it.
    pub fn named(self, model: &'static str, verb: &'static str) -> Self {
        Self { model, verb, ..self }
    }

    /// This statement, with its model's table.
    pub fn on(self, table: &'static str) -> Self {
        Self { table, ..self }
    }

    /// This statement, with the columns that its rows begin with.
    pub fn rows_of(self, columns: &'static [ColumnDef]) -> Self {
        Self { columns, ..self }
    }

    /// This statement, marked as the caller's own text.
    pub fn free(self) -> Self {
        Self { is_free: true, calls_unknown: true, ..self }
    }

    /// This statement, whose rows are read while other statements are sent on its connection.
    pub fn interleaved(self) -> Self {
        Self { is_interleaved: true, ..self }
    }

    /// This statement, which may be sent with others, unless it may call any function.
    pub fn shared(self, sharing: Sharing) -> Self {
        if self.calls_unknown || self.reads_view { self } else { Self { sharing, ..self } }
    }

    /// This statement without its values, which are not needed once it is sent.
    pub fn sent(self) -> Statement<'static> {
        let Self {
            sql,
            values: _,
            model,
            also_changed,
            table,
            verb,
            intent,
            columns,
            is_free,
            calls_unknown,
            reads_view,
            sharing,
            is_interleaved,
            refused,
        } = self;
        Statement {
            sql,
            values: Values::new(),
            model,
            also_changed,
            table,
            verb,
            intent,
            columns,
            is_free,
            calls_unknown,
            reads_view,
            sharing,
            is_interleaved,
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
