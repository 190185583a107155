//! The names of columns without an alias, as the server names them (`FigureColname`).

use sqlparser::ast::{
    AccessExpr, BinaryOperator, Expr, FunctionArguments, Query, SelectItem, SetExpr, TrimWhereField, Value,
};

use super::{super::types as names_of_types, folded::fold};
use crate::catalog::ddl::{reader::Reader, split::Statements};

/// The strength of a name: a weak one is replaced by the name of the expression around it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum LabelStrength {
    Weak,
    Strong,
}

/// The name of a column of that expression; `?column?` without one.
pub(super) fn label(expr: &Expr) -> String {
    implied(expr).unwrap_or_else(|| "?column?".into())
}

/// The name, if there is one.
pub(super) fn implied(expr: &Expr) -> Option<String> {
    figure(expr).map(|(name, _)| name)
}

fn strong(name: &str) -> Option<(String, LabelStrength)> {
    Some((name.to_owned(), LabelStrength::Strong))
}

fn figure(expr: &Expr) -> Option<(String, LabelStrength)> {
    match expr {
        Expr::Identifier(ident) => strong(&fold(ident)),
        Expr::CompoundIdentifier(idents) => strong(&fold(idents.last()?)),
        Expr::CompoundFieldAccess { root, access_chain } => {
            let field = access_chain.iter().rev().find_map(|access| match access {
                AccessExpr::Dot(field) => Some(field),
                AccessExpr::Subscript(_) => None,
            });
            field.map_or_else(|| figure(root), figure)
        }
        Expr::Nested(inner) | Expr::Collate { expr: inner, .. } => figure(inner),
        Expr::Function(function) => {
            let name = fold(function.name.0.last()?.as_ident()?);
            if name == "array" && matches!(function.args, FunctionArguments::Subquery(_)) {
                return strong("array");
            }
            strong(if name == "ceil" { "ceil" } else { &name })
        }
        Expr::Cast { expr, data_type, .. } => over(figure(expr), &type_label(&data_type.to_string())),
        Expr::TypedString(typed) => weak(&type_label(&typed.data_type.to_string())),
        Expr::Interval(_) => weak("interval"),
        Expr::Value(value) if matches!(value.value, Value::NationalStringLiteral(_)) => weak("bpchar"),
        Expr::Case { else_result, .. } => over(else_result.as_deref().and_then(figure), "case"),
        Expr::Exists { negated: false, .. } => strong("exists"),
        Expr::Subquery(query) => subquery(query).map(|name| (name, LabelStrength::Strong)),
        Expr::Array(_) => strong("array"),
        Expr::Tuple(_) => strong("row"),
        Expr::Extract { .. } => strong("extract"),
        Expr::Ceil { .. } => strong("ceil"),
        Expr::Floor { .. } => strong("floor"),
        Expr::Position { .. } => strong("position"),
        Expr::Substring { shorthand, .. } => strong(if *shorthand { "substr" } else { "substring" }),
        Expr::Overlay { .. } => strong("overlay"),
        Expr::AtTimeZone { .. } => strong("timezone"),
        Expr::BinaryOp { op: BinaryOperator::Overlaps, .. } => strong("overlaps"),
        Expr::IsNormalized { negated: false, .. } => strong("is_normalized"),
        Expr::Trim { trim_where, .. } => strong(match trim_where {
            Some(TrimWhereField::Leading) => "ltrim",
            Some(TrimWhereField::Trailing) => "rtrim",
            _ => "btrim",
        }),
        _ => None,
    }
}

fn weak(name: &str) -> Option<(String, LabelStrength)> {
    Some((name.to_owned(), LabelStrength::Weak))
}

/// The inner name where it is a strong one.
fn over(inner: Option<(String, LabelStrength)>, outer: &str) -> Option<(String, LabelStrength)> {
    inner.filter(|(_, strength)| *strength == LabelStrength::Strong).or_else(|| weak(outer))
}

/// A type's own name without its schema: `int4` for `integer`.
fn type_label(written: &str) -> String {
    let source = crate::diagnostics::Source::new("", written);
    let statement = Statements::new(&source, 0..written.len()).next();
    let read = statement.and_then(|statement| names_of_types::read(&mut Reader::new(&statement)).ok());
    read.map_or_else(|| written.to_lowercase(), |ty| ty.name.name)
}

/// The first column's name.
fn subquery(query: &Query) -> Option<String> {
    let mut body = &*query.body;
    loop {
        match body {
            SetExpr::Query(query) => body = &query.body,
            SetExpr::SetOperation { left, .. } => body = left,
            SetExpr::Values(_) => return Some("column1".into()),
            SetExpr::Select(select) => {
                return match select.projection.first()? {
                    SelectItem::ExprWithAlias { alias, .. } => Some(fold(alias)),
                    SelectItem::UnnamedExpr(expr) => implied(expr),
                    _ => None,
                };
            }
            _ => return None,
        }
    }
}
