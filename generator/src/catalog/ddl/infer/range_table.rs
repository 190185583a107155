//! What a query's `FROM` makes visible: PostgreSQL's range table.

use std::sync::Arc;

use sqlparser::ast::TableAlias;

use super::{
    folded::fold,
    types::{Col, Columns, Type},
};
use crate::catalog::QName;

/// Something in `FROM` that columns can be named of.
pub(super) struct FromItem {
    pub(super) name: String,
    /// The table, as long as no alias hides its name.
    pub(super) table: Option<QName>,
    /// None where they cannot be known.
    pub(super) columns: Option<Columns>,
    /// Whether there may be more columns, or some of these may not be there.
    pub(super) is_partial: bool,
    /// Whether it is a function's single values, which its own name stands for too.
    pub(super) scalar: bool,
}

/// More columns than this are not followed; the server's own limit for a query's result is 1664.
pub(super) const MAX_COLUMNS: usize = 20_000;

/// Puts one list behind the other without moving a long first one.
pub(super) fn append<T>(list: &mut Vec<T>, mut more: Vec<T>) {
    if list.is_empty() {
        *list = more;
    } else {
        list.append(&mut more);
    }
}

/// What a query's expressions can name; `outer` is the query around it.
pub(super) struct RangeTable<'o> {
    pub(super) sources: Vec<FromItem>,
    /// The columns of `*`, in which `USING` has merged some.
    pub(super) star: Vec<Col>,
    /// Whether there are columns that cannot be known.
    pub(super) open: bool,
    outer: Option<&'o RangeTable<'o>>,
}

/// The column or row that a qualified or plain name refers to.
pub(super) enum ResolvedName {
    Column(Col),
    /// A table's whole row.
    Row(Option<QName>),
    Nothing,
}

impl<'o> RangeTable<'o> {
    pub(super) fn new(outer: Option<&'o RangeTable<'o>>) -> Self {
        Self { sources: Vec::new(), star: Vec::new(), open: false, outer }
    }

    pub(super) fn absorb(&mut self, item: Item) {
        append(&mut self.sources, item.sources);
        append(&mut self.star, item.star);
        self.open |= item.open;
    }

    /// The source of that name, here or in a query around this one.
    pub(super) fn source(&self, name: &[String]) -> Option<&FromItem> {
        let found = match name {
            [table] => self.sources.iter().find(|source| source.name == *table),
            [.., schema, table] => self.sources.iter().find(|source| {
                source.table.as_ref().is_some_and(|known| known.schema == *schema && known.name == *table)
            }),
            [] => None,
        };
        found.or_else(|| self.outer.and_then(|outer| outer.source(name)))
    }

    /// This scope and those of the queries around it.
    fn scopes(&self) -> impl Iterator<Item = &RangeTable<'o>> + Clone {
        std::iter::successors(Some(self), |scope| scope.outer)
    }

    /// Whether a name may be that of a column which cannot be known.
    pub(super) fn has_unknown_columns(&self) -> bool {
        self.scopes().any(|scope| {
            let is_unknown = |source: &FromItem| source.columns.is_none() || source.is_partial;
            scope.open || scope.sources.iter().any(is_unknown)
        })
    }

    /// The names of all that columns can be named of.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.scopes().flat_map(|scope| &scope.sources).map(|source| source.name.as_str())
    }

    /// The names of all columns.
    pub(super) fn columns(&self) -> impl Iterator<Item = &str> + Clone {
        self.scopes().flat_map(|scope| &scope.star).map(|column| column.name.as_str())
    }

    /// Whether two tables have a column of that name, which is written without a table.
    pub(super) fn is_ambiguous(&self, name: &[String]) -> bool {
        let [column] = name else { return false };
        let is_partial = self.sources.iter().any(|source| source.is_partial);
        !is_partial && self.star.iter().filter(|col| col.name == *column).count() > 1
    }

    pub(super) fn find(&self, name: &[String]) -> ResolvedName {
        let Some((column, qualifier)) = name.split_last() else { return ResolvedName::Nothing };
        if !qualifier.is_empty() {
            let columns = self.source(qualifier).and_then(|source| source.columns.as_ref());
            let found = columns.and_then(|columns| columns.iter().find(|col| col.name == *column));
            return found.cloned().map_or(ResolvedName::Nothing, ResolvedName::Column);
        }
        if let Some(col) = self.star.iter().find(|col| col.name == *column) {
            return ResolvedName::Column(col.clone());
        }
        if self.open {
            return ResolvedName::Nothing;
        }
        match (self.sources.iter().find(|source| source.name == *column), self.outer) {
            (Some(source), _) => match source.columns.as_deref().map(Vec::as_slice) {
                Some([only]) if source.scalar => ResolvedName::Column(only.clone()),
                _ => ResolvedName::Row(source.table.clone()),
            },
            (None, Some(outer)) => outer.find(name),
            (None, None) => ResolvedName::Nothing,
        }
    }
}

/// One item of `FROM`, joins included.
pub(super) struct Item {
    pub(super) sources: Vec<FromItem>,
    pub(super) star: Vec<Col>,
    pub(super) open: bool,
}

impl Item {
    pub(super) fn of(name: String, table: Option<QName>, columns: Option<Columns>) -> Self {
        let star = columns.as_ref().map(|columns| columns.to_vec()).unwrap_or_default();
        Self {
            star,
            open: columns.is_none(),
            sources: vec![FromItem { name, table, columns, is_partial: false, scalar: false }],
        }
    }
    /// Its columns can be named, but not be listed.
    pub(super) fn of_some_version(mut self) -> Self {
        self.open = true;
        self.sources.iter_mut().for_each(|source| source.is_partial = true);
        self
    }
}

/// The names that an alias gives to the columns.
pub(super) fn alias_columns(alias: Option<&TableAlias>) -> Vec<String> {
    alias.map(|alias| alias.columns.iter().map(|column| fold(&column.name)).collect()).unwrap_or_default()
}

pub(super) fn renamed(mut columns: Vec<Col>, names: &[String]) -> Columns {
    for (column, name) in columns.iter_mut().zip(names) {
        column.name.clone_from(name);
    }
    Arc::new(columns)
}

/// An alias's column names are all that is known.
pub(super) fn only_names(names: &[String]) -> Option<Columns> {
    (!names.is_empty()).then(|| Arc::new(names.iter().map(|name| Col::new(name, Type::Unknown)).collect()))
}
