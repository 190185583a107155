//! SQL text, the values that go beside it, and the buffer that dynamic statements are written into.
//!
//! A value never enters the text: it becomes `$n`. Identifiers come from generated code, already quoted.

mod column;
mod identifier;
mod param;
mod parts;
mod scope;

use std::{borrow::Cow, fmt};

use postgres_types::ToSql;

pub use self::{column::ColumnDef, parts::Parts};
pub(crate) use self::{
    identifier::{quoted, unquoted},
    param::Param,
    parts::Subquery,
    scope::{Link, Scope},
};

/// A value on its way to the server.
pub type Value<'a> = &'a (dyn ToSql + Sync);

/// The values of one statement, in the order of `$1`, `$2`, …
pub type Values<'a> = Vec<Value<'a>>;

/// A value that an expression owns.
pub type Owned = Box<dyn ToSql + Sync + Send>;

/// What a statement does to the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(hidden)]
pub enum Intent {
    Read,
    Write,
}

/// A statement and what to call it in a span.
#[derive(Debug)]
pub(crate) struct Call {
    /// The text.
    pub sql: Cow<'static, str>,
    /// The model's name.
    pub model: &'static str,
    /// What is done with it: `find`, `insert`, …
    pub verb: &'static str,
    /// Whether it may be about any table: SQL of the caller's own.
    pub is_free: bool,
    /// With what others it may be sent.
    pub sharing: Sharing,
}

/// With what others a statement may be sent while it waits for a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sharing {
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

impl Call {
    pub fn new(sql: impl Into<Cow<'static, str>>, model: &'static str, verb: &'static str) -> Self {
        Self { sql: sql.into(), model, verb, is_free: false, sharing: Sharing::Alone }
    }

    /// The same, of the caller's own text.
    pub fn free(self) -> Self {
        Self { is_free: true, ..self }
    }

    /// The same, which may be sent with others.
    pub fn sharing(self, sharing: Sharing) -> Self {
        Self { sharing, ..self }
    }
}

/// Bytes that few statements are longer than.
const USUAL_LENGTH: usize = 256;

/// A statement in the making.
#[derive(Debug)]
pub struct SqlWriter<'a> {
    text: String,
    values: Values<'a>,
    /// Whether the program's own text is in it.
    has_own: bool,
    /// What a column is called.
    pub(crate) scope: Scope,
}

impl<'a> SqlWriter<'a> {
    /// A statement that reads or changes this table.
    pub fn new(table: &'static str) -> Self {
        let text = String::with_capacity(USUAL_LENGTH);
        Self { text, values: Values::new(), has_own: false, scope: Scope::new(table) }
    }

    pub fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    pub fn value(&mut self, value: Value<'a>) -> &mut Self {
        self.values.push(value);
        self.text.push('$');
        push_number(&mut self.text, self.values.len() as u64);
        self
    }

    /// Each item, with `separator` between them.
    pub fn list<T>(
        &mut self,
        separator: &str,
        items: impl IntoIterator<Item = T>,
        mut each: impl FnMut(&mut Self, T),
    ) -> &mut Self {
        for (at, item) in items.into_iter().enumerate() {
            if at > 0 {
                self.push(separator);
            }
            each(self, item);
        }
        self
    }

    pub fn number(&mut self, number: u64) -> &mut Self {
        push_number(&mut self.text, number);
        self
    }

    /// Text of the program's own, which may call anything.
    pub(crate) fn own(&mut self, text: &str) -> &mut Self {
        self.has_own = true;
        self.push(text)
    }

    /// With what others a statement may be sent that reads this from tables.
    pub(crate) fn sharing(&self) -> Sharing {
        if self.has_own { Sharing::Alone } else { Sharing::Read }
    }

    /// With what others a statement may be sent that changes one row.
    pub(crate) fn commit_sharing(&self) -> Sharing {
        if self.has_own { Sharing::Alone } else { Sharing::Commit }
    }

    pub fn finish(self) -> (String, Values<'a>) {
        (self.text, self.values)
    }
}

/// Most numbers are those of values and tables: one digit.
fn push_number(text: &mut String, number: u64) {
    match u32::try_from(number).ok().and_then(|number| char::from_digit(number, 10)) {
        Some(digit) => text.push(digit),
        // Writing to a String cannot fail.
        None => drop(fmt::Write::write_fmt(text, format_args!("{number}"))),
    }
}
