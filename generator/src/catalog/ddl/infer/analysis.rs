//! The state of the analysis of one statement's query.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use sqlparser::tokenizer::Span;

use super::{
    super::session::Session,
    answer::MissingName,
    lines::Lines,
    types::{Col, Columns, Type},
};
use crate::catalog::{QName, SqlType, TypeKind};

/// A column of a select list.
pub(super) struct Selected {
    pub(super) col: Col,
    pub(super) span: Option<Span>,
}

/// The analysis of one statement's query.
pub(super) struct Analysis<'a> {
    pub(super) session: &'a Session,
    pub(super) lines: &'a Lines<'a>,
    /// `WITH` queries, the innermost last; without columns where those cannot be known.
    pub(super) ctes: Vec<(String, Option<Columns>)>,
    pub(super) reads: BTreeMap<QName, BTreeSet<String>>,
    pub(super) missing: Vec<MissingName>,
}

impl<'a> Analysis<'a> {
    pub(super) fn new(session: &'a Session, lines: &'a Lines<'a>) -> Self {
        Self { session, lines, ctes: Vec::new(), reads: BTreeMap::new(), missing: Vec::new() }
    }

    /// Notes that the query reads a table, or a column of it.
    pub(super) fn reads(&mut self, table: &QName, column: Option<&str>) {
        let columns = self.reads.entry(table.clone()).or_default();
        if let Some(column) = column
            && !columns.contains(column)
        {
            columns.insert(column.to_owned());
        }
    }

    pub(super) fn reads_column(&mut self, col: &Col) {
        if let Some((table, column)) = &col.origin {
            self.reads(table, Some(column));
        }
    }
}

/// The fields of a row type.
pub(super) fn fields(session: &Session, ty: &SqlType) -> Option<Columns> {
    let columns = match session.catalog.types.get(&ty.name).map(|def| &def.kind) {
        Some(TypeKind::Composite { fields }) => fields,
        _ => &session.catalog.tables.get(&ty.name)?.columns,
    };
    let col = |column: &crate::catalog::Column| Col {
        collation: column.collation.clone(),
        ..Col::new(&column.name, Type::of(&column.ty))
    };
    (!ty.array).then(|| Arc::new(columns.iter().map(col).collect()))
}

/// The columns as others see them, with the names that an alias gives to the first of them.
pub(super) fn columns_named(selected: Vec<Selected>, names: &[String]) -> Columns {
    let mut columns: Vec<Col> = selected.into_iter().map(|selected| selected.col).collect();
    for column in &mut columns {
        // What a query gives is no table's column any more, and a literal is text by then.
        column.origin = None;
        if column.ty == Type::Literal {
            column.ty = Type::builtin("text");
        }
    }
    for (column, name) in columns.iter_mut().zip(names) {
        column.name.clone_from(name);
    }
    Arc::new(columns)
}
