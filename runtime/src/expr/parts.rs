//! The pieces that expressions are made of.

use std::{fmt, sync::Arc};

use postgres_types::ToSql;

use crate::{column::ColumnDef, scope::Link, sql::SqlWriter};

/// A piece of an expression.
#[derive(Clone)]
pub(crate) enum Part {
    /// Text of ormgen's own: an operator, a parenthesis, a function's name.
    Text(&'static str),
    /// A column of the row that the expression is for.
    Column(&'static str),
    /// A value: it becomes `$n`.
    Value(Arc<dyn ToSql + Sync + Send>),
    /// The place of a selected column, which SQL takes as a number alone, never as `$n`.
    Position(u16),
    /// An expression for the one row that a relation leads to.
    Across { link: Link, is_optional: bool, parts: Parts },
    /// A statement in parentheses.
    Subquery(Arc<dyn Subquery>),
}

/// A statement within another.
pub(crate) trait Subquery: Send + Sync {
    fn write<'a>(&'a self, sql: &mut SqlWriter<'a>);
}

/// The pieces of an expression, in the order of its text.
#[derive(Clone, Default)]
pub struct Parts(Vec<Part>);

impl Parts {
    pub(crate) fn column(name: &'static str) -> Self {
        Self(vec![Part::Column(name)])
    }

    /// Several, with commas between them.
    pub(crate) fn columns(columns: &'static [ColumnDef]) -> Self {
        let all = columns.iter().flat_map(|column| [Part::Text(", "), Part::Column(column.name)]);
        Self(all.skip(1).collect())
    }

    pub(crate) fn value(value: impl ToSql + Sync + Send + 'static) -> Self {
        Self(vec![Part::Value(Arc::new(value))])
    }

    /// These parts, for the row that `link` leads to. `is_optional`: there may be none.
    pub(crate) fn behind(self, link: Link, is_optional: bool) -> Self {
        Self(vec![Part::Across { link, is_optional, parts: self }])
    }

    pub(crate) fn subquery(subquery: impl Subquery + 'static) -> Self {
        Self(vec![Part::Subquery(Arc::new(subquery))])
    }

    pub(crate) fn position(column: u16) -> Self {
        Self(vec![Part::Position(column)])
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
    pub(crate) fn then(mut self, mut other: Self) -> Self {
        self.0.append(&mut other.0);
        self
    }

    /// `before`, these parts, `after`.
    pub(crate) fn between(self, before: &'static str, after: &'static str) -> Self {
        Self(vec![Part::Text(before)]).then(self).text(after)
    }

    /// The rows that it reaches over relations, and what it says of each.
    pub(crate) fn across(&self) -> impl Iterator<Item = (&Link, bool, &Self)> {
        self.0.iter().filter_map(|part| match part {
            Part::Across { link, is_optional, parts } => Some((link, *is_optional, parts)),
            _ => None,
        })
    }

    pub(crate) fn write<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        for part in &self.0 {
            match part {
                Part::Text(text) => drop(sql.push(text)),
                Part::Column(name) => drop(sql.column(name)),
                Part::Value(value) => drop(sql.value(&**value)),
                Part::Position(column) => drop(sql.number((*column).into())),
                Part::Across { link, parts, .. } => sql.across(link, parts),
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
        f.write_str(&sql.finish().0)
    }
}
