//! Casts of a column to the type that it has: the server leaves them out when it reads an expression, so that an index on
//! `(a::text)` is one on the column `a` (case `index_on_bare_casts`).

use sqlparser::ast::{Expr, FunctionArg, FunctionArgExpr, FunctionArguments};

use super::{
    super::session::Session,
    analysis::Analysis,
    folded::{fold, parts},
    lines::Lines,
    parse::expression,
    types::Type,
};
use crate::catalog::{Column, SqlType};

/// The column, if the text is nothing but such a cast.
pub(in super::super) fn column_under_cast(
    session: &Session,
    columns: &[Column],
    text: &str,
) -> Option<String> {
    let (operand, ty) = cast(session, &expression(text)?)?;
    let Expr::Identifier(name) = bare(&operand) else { return None };
    let name = fold(name);
    columns.iter().any(|column| column.name == name && column.ty == ty).then_some(name)
}

fn bare(expr: &Expr) -> &Expr {
    match expr {
        Expr::Nested(inner) => bare(inner),
        other => other,
    }
}

/// What is cast, and to which type: `a::date`, `CAST(a AS date)`, `date(a)`.
fn cast(session: &Session, expr: &Expr) -> Option<(Expr, SqlType)> {
    match bare(expr) {
        Expr::Cast { expr, data_type, .. } => {
            let lines = Lines::new("", 0..0);
            match Analysis::new(session, &lines).written_type(data_type) {
                Type::Known(ty) => Some((*expr.clone(), ty)),
                _ => None,
            }
        }
        Expr::Function(function) => {
            let name = parts(&function.name).pop()?;
            let is_own = session.functions.keys().any(|function| function.name == name);
            let FunctionArguments::List(list) = &function.args else { return None };
            match list.args.as_slice() {
                [FunctionArg::Unnamed(FunctionArgExpr::Expr(expr))] if !is_own => {
                    Some((expr.clone(), SqlType::builtin(&name)))
                }
                _ => None,
            }
        }
        _ => None,
    }
}
