//! The types that expressions have while a query is analysed, and how several become one.
//!
//! Manual: "Type Conversion", "UNION, CASE, and Related Constructs".

use std::sync::Arc;

use super::super::session::Session;
use crate::catalog::{QName, SqlType, TypeKind};

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

    /// The name of a built-in type that is no array.
    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Self::Known(ty) if ty.name.schema == "pg_catalog" && !ty.array => Some(&ty.name.name),
            _ => None,
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

    /// What an array holds.
    pub(super) fn element(self) -> Self {
        match self {
            Self::Known(ty) if ty.array => Self::Known(SqlType { array: false, ..ty }),
            Self::Known(ty) if ty.name == QName::builtin("int2vector") => Self::builtin("int2"),
            Self::Known(ty) if ty.name == QName::builtin("oidvector") => Self::builtin("oid"),
            Self::Known(ty) if ty.name == QName::builtin("jsonb") => Self::builtin("jsonb"),
            _ => Self::Unknown,
        }
    }
}

/// A domain's base type, which operators and functions see.
pub(super) fn base(session: &Session, ty: Type) -> Type {
    match ty {
        Type::Known(ty) => Type::Known(session.catalog.base_type(&ty)),
        other => other,
    }
}

/// What a range or multirange ranges over.
pub(super) fn subtype(session: &Session, ty: &Type) -> Option<Type> {
    let Type::Known(ty) = ty else { return None };
    if ty.array {
        return None;
    }
    if let Some(TypeKind::Range { subtype, .. }) = session.catalog.types.get(&ty.name).map(|def| &def.kind) {
        return Some(Type::of(subtype));
    }
    let builtin = match ty.name.name.as_str() {
        "int4range" | "int4multirange" => "int4",
        "int8range" | "int8multirange" => "int8",
        "numrange" | "nummultirange" => "numeric",
        "tsrange" | "tsmultirange" => "timestamp",
        "tstzrange" | "tstzmultirange" => "timestamptz",
        "daterange" | "datemultirange" => "date",
        _ => return None,
    };
    (ty.name.schema == "pg_catalog").then(|| Type::builtin(builtin))
}

/// One type for the branches of a CASE, of a UNION's column and the like (`select_common_type`).
pub(super) fn common(session: &Session, types: &[Type]) -> Type {
    if types.contains(&Type::Unknown) {
        return Type::Unknown;
    }
    let Some(first) = types.first() else { return Type::Unknown };
    if types.iter().all(|ty| ty == first) {
        return first.clone();
    }
    // The modifier stays only where all agree on it; a literal has none.
    if let Type::Known(first) = first {
        let same =
            |ty: &Type| matches!(ty, Type::Known(ty) if ty.name == first.name && ty.array == first.array);
        if types.iter().all(same) {
            return Type::Known(SqlType { modifier: None, ..first.clone() });
        }
    }
    let mut chosen = Type::Literal;
    for ty in types {
        let ty = base(session, ty.clone()).plain();
        chosen = match (&chosen, &ty) {
            (_, Type::Literal) => chosen,
            (Type::Literal, _) => ty,
            (a, b) if a == b => chosen,
            (a, b) => match (a.name(), b.name()) {
                (Some(from), Some(to)) => {
                    if category(from) != category(to) {
                        return Type::Unknown;
                    }
                    if !is_preferred(from) && converts(from, to) && !converts(to, from) { ty } else { chosen }
                }
                _ => return Type::Unknown,
            },
        };
    }
    chosen
}

/// `typcategory` of the types that take part in implicit conversions.
fn category(name: &str) -> char {
    match name {
        "int2" | "int4" | "int8" | "numeric" | "float4" | "float8" | "money" | "oid" => 'N',
        name if name.starts_with("reg") => 'N',
        "text" | "varchar" | "bpchar" | "name" => 'S',
        "date" | "timestamp" | "timestamptz" | "time" | "timetz" => 'D',
        "bit" | "varbit" => 'V',
        "inet" | "cidr" => 'I',
        "interval" => 'T',
        "bool" => 'B',
        _ => 'U',
    }
}

fn is_preferred(name: &str) -> bool {
    matches!(name, "text" | "float8" | "oid" | "bool" | "timestamptz" | "interval" | "inet" | "varbit")
}

/// Whether one converts to the other without a cast. Manual: "Type Conversion"; the server's `pg_cast`.
fn converts(from: &str, to: &str) -> bool {
    const NUMBERS: [&str; 6] = ["int2", "int4", "int8", "numeric", "float4", "float8"];
    const TIMES: [&str; 3] = ["date", "timestamp", "timestamptz"];
    let upwards = |list: &[&str]| {
        let place = |name| list.iter().position(|other| *other == name);
        matches!((place(from), place(to)), (Some(from), Some(to)) if from < to)
    };
    match (from, to) {
        ("text" | "varchar" | "bpchar", "text" | "varchar" | "bpchar") => true,
        ("name", "text") | ("time", "timetz") | ("cidr", "inet") => true,
        ("bit", "varbit") | ("varbit", "bit") => true,
        ("int2" | "int4" | "int8", "oid") => true,
        _ => upwards(&NUMBERS) || upwards(&TIMES),
    }
}

/// The wider of two numbers' types, for arithmetic.
pub(super) fn wider(left: &str, right: &str) -> Option<&'static str> {
    const NUMBERS: [&str; 6] = ["int2", "int4", "int8", "numeric", "float4", "float8"];
    let place = |name| NUMBERS.iter().position(|other| *other == name);
    let (left, right) = (place(left)?, place(right)?);
    // Of mixed pairs with a float, `float8` is the preferred one.
    let widest = if left != right && left.max(right) >= 4 { 5 } else { left.max(right) };
    NUMBERS.get(widest).copied()
}
