//! The types that expressions have while a query is analysed, and how several become one.
//!
//! Manual: "Type Conversion", "UNION, CASE, and Related Constructs".

use std::sync::Arc;

use crate::catalog::{QName, SqlType};

/// What is known of an expression's type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Type {
    /// Known.
    Known(SqlType),
    /// A literal without a type of its own, or NULL: takes the type that its place asks for, at last `text`.
    Literal,
    /// Not understood.
    Unknown,
}

/// A column that a query can name.
#[derive(Clone, Debug)]
pub(super) struct Col {
    pub(super) name: String,
    pub(super) ty: Type,
    pub(super) collation: Option<QName>,
    /// The table's column behind it.
    pub(super) origin: Option<(QName, String)>,
}

impl Col {
    pub(super) fn new(name: impl Into<String>, ty: Type) -> Self {
        Self { name: name.into(), ty, collation: None, origin: None }
    }
}

/// A shared list of columns.
pub(super) type Columns = Arc<Vec<Col>>;

impl Type {
    pub(super) fn builtin(name: &str) -> Self {
        Self::Known(SqlType::builtin(name))
    }

    /// What a table's or function's column is.
    pub(super) fn of(ty: &SqlType) -> Self {
        if ty.is_unknown() { Self::Unknown } else { Self::Known(ty.clone()) }
    }

    /// As a view's column has it.
    pub(super) fn resolved(self) -> SqlType {
        match self {
            Self::Known(ty) => ty,
            Self::Literal => SqlType::builtin("text"),
            Self::Unknown => SqlType::unknown(),
        }
    }

    /// Without its modifier: what a function or operator gives has none.
    pub(super) fn plain(self) -> Self {
        match self {
            Self::Known(ty) => Self::Known(SqlType { modifier: None, ..ty }),
            other => other,
        }
    }

    pub(super) fn is_array(&self) -> bool {
        matches!(self, Self::Known(ty) if ty.array)
    }

    /// An array of it.
    pub(super) fn array(self) -> Self {
        match self {
            Self::Known(ty) => Self::Known(ty.into_array()),
            Self::Literal => Self::Known(SqlType::builtin("text").into_array()),
            Self::Unknown => Self::Unknown,
        }
    }

    /// What a subscript takes out: an array's element, a number of a point, a value of a document.
    pub(super) fn element(self) -> Self {
        let Self::Known(ty) = self else { return Self::Unknown };
        if ty.array {
            return Self::Known(SqlType { array: false, ..ty });
        }
        if ty.name.schema != "pg_catalog" {
            return Self::Unknown;
        }
        match ty.name.name.as_str() {
            "int2vector" => Self::builtin("int2"),
            "oidvector" => Self::builtin("oid"),
            "jsonb" => Self::builtin("jsonb"),
            "name" => Self::builtin("char"),
            "point" | "line" => Self::builtin("float8"),
            "lseg" | "box" => Self::builtin("point"),
            _ => Self::Unknown,
        }
    }
}
