//! SQL text, the values that go beside it, and the buffer that dynamic statements are written into.
//!
//! A value never enters the text: it becomes `$n`. Identifiers come from generated code, already quoted.

mod alike;
mod bound;
mod changes;
mod column;
mod common;
mod effect;
mod ends;
mod identifier;
mod own;
mod param;
mod parts;
mod scope;
mod sql_type;
mod statement;
mod words;

use std::fmt;

use postgres_types::ToSql;

pub(crate) use self::{
    bound::{Bound, equal, same},
    changes::changes,
    common::DerivedRows,
    effect::Effect,
    ends::Ends,
    identifier::{last_name, quoted, unquoted},
    own::Own,
    param::Param,
    parts::{Aggregation, Subquery, UNSORTED, same_subquery},
    scope::{AliasedTable, Beside, Link, Scope},
    sql_type::Told,
};
pub use self::{
    column::ColumnDef,
    parts::Parts,
    sql_type::SqlType,
    statement::{Intent, MOST_VALUES, Sharing, Statement},
};

/// A value on its way to the server.
pub type Value<'a> = &'a (dyn ToSql + Sync);

/// The values of one statement, in the order of `$1`, `$2`, …
pub type Values<'a> = Vec<Value<'a>>;

/// A value that an expression owns.
pub type Owned = Box<dyn ToSql + Sync + Send>;

/// A length in bytes that few statements exceed.
const USUAL_LENGTH: usize = 256;

const NEGATIVE: &str = "a number of rows, of `limit` or `offset`, is less than zero: let it be at least 0";

/// A statement in the making.
#[derive(Debug)]
pub struct SqlWriter<'a> {
    text: String,
    values: Values<'a>,
    /// Whether text of the caller's own is in it.
    calls_unknown: bool,
    /// Whether a view is read, whose own query may call any function.
    pub(crate) reads_view: bool,
    /// Expressions whose text has to be the same at each place.
    alike: Vec<alike::Alike<'a>>,
    /// Why the statement cannot be sent, if it cannot.
    refused: Option<&'static str>,
    /// Whether a filter is being written, which looks at each row alone, so that what is made of several rows has no
    /// place in it.
    is_of_rows: bool,
    /// The tables in scope, which decide what a column is called.
    pub(crate) scope: Scope<'a>,
    /// The common table expressions, `WITH …`, in their order.
    common: Vec<common::CommonTable>,
    /// Where in the text the statement begins: behind `EXPLAIN`, if it is explained.
    start: usize,
    /// The names of the models whose rows the common table expressions change.
    also_changed: Vec<&'static str>,
}

impl<'a> SqlWriter<'a> {
    /// A writer of a statement that reads or changes this table.
    pub fn new(table: &'static str) -> Self {
        let text = String::with_capacity(USUAL_LENGTH);
        Self {
            text,
            values: Values::new(),
            calls_unknown: false,
            reads_view: false,
            alike: Vec::new(),
            refused: None,
            is_of_rows: false,
            scope: Scope::new(table),
            common: Vec::new(),
            start: 0,
            also_changed: Vec::new(),
        }
    }

    pub fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Writes by which collation the expression before it is compared, if one has to be said.
    pub(crate) fn collate(&mut self, collation: Option<&str>) -> &mut Self {
        match collation {
            Some(collation) => self.push(" COLLATE ").push(collation),
            None => self,
        }
    }

    /// Writes text of the caller's own, which may call any function.
    pub(crate) fn push_own(&mut self, text: &str) -> &mut Self {
        self.calls_unknown = true;
        self.push(text)
    }

    /// Writes a word that stands before the whole statement, `WITH …` included.
    pub(crate) fn push_before(&mut self, text: &str) -> &mut Self {
        self.push(text);
        self.start = self.text.len();
        self
    }

    pub fn value(&mut self, value: Value<'a>) -> &mut Self {
        self.values.push(value);
        self.text.push('$');
        push_number(&mut self.text, self.values.len() as u64);
        self
    }

    /// Writes a cast of what is written to this type, if there is one.
    pub(crate) fn cast(&mut self, to: Option<&'static str>) -> &mut Self {
        match to {
            Some(name) => self.push("::").push(name),
            None => self,
        }
    }

    /// Writes each item, with `separator` between them.
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

    /// Writes a text constant of ormgen's own or of the program's source, in quotes. A text with a backslash is written as
    /// an escape string, which says the same whether the server's `standard_conforming_strings` is on or off
    /// (`keys_with_a_backslash_mean_the_same_for_every_server`).
    pub(crate) fn constant(&mut self, text: &'static str) -> &mut Self {
        self.text.push_str(if text.contains('\\') { "E'" } else { "'" });
        for c in text.chars() {
            if matches!(c, '\'' | '\\') {
                self.text.push(c);
            }
            self.text.push(c);
        }
        self.text.push('\'');
        self
    }

    /// Refuses a statement that asks for something that SQL cannot express: it is not sent, and `why` is the reason.
    pub(crate) fn refuse(&mut self, why: &'static str) {
        self.refused.get_or_insert(why);
    }

    /// Writes what the server has to tell apart, unless it cannot.
    pub(crate) fn told_apart(&mut self, why_not: Option<&'static str>, parts: &'a Parts) {
        if let Some(why) = why_not {
            self.refuse(why);
        }
        parts.write(self);
    }

    /// Writes a condition that looks at each row alone: a filter.
    pub(crate) fn of_rows(&mut self, write: impl FnOnce(&mut Self)) {
        let before = std::mem::replace(&mut self.is_of_rows, true);
        write(self);
        self.is_of_rows = before;
    }

    /// Notes that something is written that is made of several rows. Within a filter it refuses the statement, and says
    /// `why`.
    pub(crate) fn of_several_rows(&mut self, why: &'static str) {
        if self.is_of_rows {
            self.refuse(why);
        }
    }

    pub fn number(&mut self, number: u64) -> &mut Self {
        push_number(&mut self.text, number);
        self
    }

    /// Writes `LIMIT` and `OFFSET`. These are numbers, not text: they are safe in the statement, and help the planner.
    pub(crate) fn cut(&mut self, limit: Option<i64>, offset: Option<i64>) -> &mut Self {
        for (keyword, rows) in [(" LIMIT ", limit), (" OFFSET ", offset)] {
            match rows.map(u64::try_from) {
                None => {}
                Some(Ok(rows)) => {
                    self.push(keyword).number(rows);
                }
                Some(Err(_)) => self.refuse(NEGATIVE),
            }
        }
        self
    }

    /// The written text and its values, as a statement.
    pub fn finish(mut self, intent: Intent) -> Statement<'a> {
        self.put_common_first();
        let Self { calls_unknown, reads_view, refused, also_changed, .. } = self;
        let intent = if also_changed.is_empty() { intent } else { Intent::Write };
        let statement = Statement::new(self.text, self.values, intent);
        Statement { calls_unknown, reads_view, refused, also_changed, ..statement }
    }

    /// The written text, without its values.
    pub fn into_text(mut self) -> String {
        self.put_common_first();
        self.text
    }
}

/// Appends a number. Most numbers are those of values and tables, and have one digit.
fn push_number(text: &mut String, number: u64) {
    match u32::try_from(number).ok().and_then(|number| char::from_digit(number, 10)) {
        Some(digit) => text.push(digit),
        // Writing to a String cannot fail.
        None => drop(fmt::Write::write_fmt(text, format_args!("{number}"))),
    }
}
