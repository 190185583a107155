//! The result of analysing a query: its columns and the tables that it reads, or why the analysis failed.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use sqlparser::tokenizer::Span;

use crate::{
    catalog::{QName, SqlType},
    diagnostics::{Code, Diagnostic, UNKNOWN_VIEW_COLUMNS},
};

/// A column of a query.
pub(in crate::catalog::ddl) struct OutputColumn {
    pub(in crate::catalog::ddl) name: String,
    pub(in crate::catalog::ddl) ty: SqlType,
    pub(in crate::catalog::ddl) collation: Option<QName>,
    /// Its bytes in the source, where they are known.
    pub(in crate::catalog::ddl) span: Option<Range<usize>>,
}

/// The result of analysing a query.
pub(in crate::catalog::ddl) struct Inferred {
    pub(in crate::catalog::ddl) columns: Vec<OutputColumn>,
    /// The tables it reads, with the columns it names of them.
    pub(in crate::catalog::ddl) reads: BTreeMap<QName, BTreeSet<String>>,
    /// The names in it that stand for nothing.
    pub(in crate::catalog::ddl) missing: Vec<MissingName>,
    /// What deserves a look.
    pub(in crate::catalog::ddl) warning: Option<Diagnostic>,
}

/// A name that stands for nothing.
pub(in crate::catalog::ddl) struct MissingName {
    pub(in crate::catalog::ddl) message: String,
    pub(in crate::catalog::ddl) help: String,
    /// Its bytes in the source.
    pub(in crate::catalog::ddl) span: Range<usize>,
}

/// `CREATE RECURSIVE VIEW name (columns)`: the query may read the view itself.
#[derive(Clone, Copy)]
pub(in crate::catalog::ddl) struct Recursive<'a> {
    pub(in crate::catalog::ddl) name: &'a str,
    pub(in crate::catalog::ddl) columns: &'a [String],
}

/// What stops the analysis of a query as a whole.
pub(super) struct QueryError {
    pub(super) code: Code,
    pub(super) message: String,
    pub(super) help: String,
    pub(super) span: Option<Span>,
}

impl QueryError {
    /// Not even the names of the columns can be known.
    pub(super) fn unknown_columns(message: impl Into<String>, span: Span) -> Self {
        Self {
            code: UNKNOWN_VIEW_COLUMNS,
            message: message.into(),
            help:
                "name the columns, with casts where their types matter; or leave the view out of the app's \
                   `models`, or give the app a snapshot of the live database"
                    .into(),
            span: Some(span),
        }
    }
}
