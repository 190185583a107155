//! The pieces that expressions are made of.

use std::{fmt, sync::Arc};

use postgres_types::ToSql;
use smallvec::SmallVec;

use super::{ColumnDef, Link, SqlWriter};

/// A piece of an expression.
#[derive(Clone)]
pub(crate) enum Part {
    /// Text of ormgen's own: an operator, a parenthesis, a function's name.
    Text(&'static str),
    /// Text of the program's own: what it calls is not known.
    Own(&'static str),
    /// A column of the row that the expression is for.
    Column(&'static str),
    /// Several, with commas between them.
    Columns(&'static [ColumnDef]),
    /// A value: it becomes `$n`.
    Value(Arc<dyn ToSql + Sync + Send>),
    /// The place of a selected column, which SQL takes as a number alone, never as `$n`.
    Position(u16),
    /// An expression for the one row that a relation leads to.
    Across(Box<Across>),
    /// A statement in parentheses.
    Subquery(Arc<dyn Subquery>),
}

/// An expression for another row. In a box: all pieces would be as large as it.
#[derive(Clone)]
pub(crate) struct Across {
    link: Link,
    is_optional: bool,
    parts: Parts,
}

/// A statement within another.
pub(crate) trait Subquery: Send + Sync {
    fn write<'a>(&'a self, sql: &mut SqlWriter<'a>);
}

/// The pieces of an expression, in the order of its text. Most have five at most, as `(a = $1)` has: those are kept
/// without an allocation.
#[derive(Clone, Default)]
pub struct Parts(SmallVec<[Part; 5]>);

impl Parts {
    fn of(first: Part) -> Self {
        let mut parts = SmallVec::new();
        parts.push(first);
        Self(parts)
    }

    pub(crate) fn column(name: &'static str) -> Self {
        Self::of(Part::Column(name))
    }

    /// Several, with commas between them.
    pub(crate) fn columns(columns: &'static [ColumnDef]) -> Self {
        Self::of(Part::Columns(columns))
    }

    pub(crate) fn value(value: impl ToSql + Sync + Send + 'static) -> Self {
        Self::of(Part::Value(Arc::new(value)))
    }

    /// These parts, for the row that `link` leads to. `is_optional`: there may be none.
    pub(crate) fn behind(self, link: Link, is_optional: bool) -> Self {
        Self::of(Part::Across(Box::new(Across { link, is_optional, parts: self })))
    }

    pub(crate) fn subquery(subquery: impl Subquery + 'static) -> Self {
        Self::of(Part::Subquery(Arc::new(subquery)))
    }

    pub(crate) fn position(column: u16) -> Self {
        Self::of(Part::Position(column))
    }

    /// A column of the row that an insert could not store. Its name is text here: as a column it would become one of
    /// the table's.
    pub(crate) fn excluded(column: &'static str) -> Self {
        Self::default().text("excluded.").text(column)
    }

    /// Each of `items`, with `separator` between them.
    pub(crate) fn joined(separator: &'static str, items: impl IntoIterator<Item = Self>) -> Self {
        let mut joined = Self::default();
        for (at, item) in items.into_iter().enumerate() {
            if at > 0 {
                joined = joined.text(separator);
            }
            joined = joined.then(item);
        }
        joined
    }

    #[must_use]
    pub(crate) fn text(mut self, text: &'static str) -> Self {
        self.0.push(Part::Text(text));
        self
    }

    #[must_use]
    pub(crate) fn own_text(mut self, text: &'static str) -> Self {
        self.0.push(Part::Own(text));
        self
    }

    #[must_use]
    pub(crate) fn then(mut self, mut other: Self) -> Self {
        self.0.append(&mut other.0);
        self
    }

    /// `before`, these parts, `after`.
    pub(crate) fn between(mut self, before: &'static str, after: &'static str) -> Self {
        self.0.insert(0, Part::Text(before));
        self.text(after)
    }

    /// The rows that it reaches over relations, and what it says of each.
    pub(crate) fn across(&self) -> impl Iterator<Item = (&Link, bool, &Self)> {
        self.0.iter().filter_map(|part| match part {
            Part::Across(across) => Some((&across.link, across.is_optional, &across.parts)),
            _ => None,
        })
    }

    pub(crate) fn write<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        for part in &self.0 {
            match part {
                Part::Text(text) => drop(sql.push(text)),
                Part::Own(text) => drop(sql.push_own(text)),
                Part::Column(name) => drop(sql.column(name)),
                Part::Columns(columns) => drop(sql.columns(columns)),
                Part::Value(value) => drop(sql.value(&**value)),
                Part::Position(column) => drop(sql.number((*column).into())),
                Part::Across(across) => sql.across(&across.link, &across.parts),
                Part::Subquery(subquery) => subquery.write(sql),
            }
        }
    }
}

/// The text without its values, which stay secret. `row` stands for the table.
impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sql = SqlWriter::new("row");
        self.write(&mut sql);
        f.write_str(&sql.into_text())
    }
}
