//! The collations of computed columns: those of what they are computed from.
//!
//! Manual: "Collation Support"; in the server `assign_collations_walker`.

use sqlparser::ast::{
    AccessExpr, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, JoinOperator, Query, Value,
};

use super::{
    analysis::Analysis,
    common::base,
    range_table::RangeTable,
    types::{Col, Type},
};
use crate::catalog::{QName, SqlType};

/// What is known of an expression's collation; without a name it is the database's.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Collation {
    /// The type has none.
    Nothing,
    Implicit(Option<QName>),
    /// Two columns disagree.
    Conflict,
    Explicit(Option<QName>),
}

impl Collation {
    fn strength(&self) -> u8 {
        match self {
            Self::Nothing => 0,
            Self::Implicit(_) => 1,
            Self::Conflict => 2,
            Self::Explicit(_) => 3,
        }
    }

    /// That of an expression made of two (`merge_collation_state`).
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Implicit(a), Self::Implicit(b)) if a == b || b.is_none() => Self::Implicit(a),
            (Self::Implicit(None), Self::Implicit(b)) => Self::Implicit(b),
            (Self::Implicit(_), Self::Implicit(_)) => Self::Conflict,
            (a, b) if b.strength() > a.strength() => b,
            (a, _) => a,
        }
    }
}

impl Analysis<'_> {
    /// An expression of a select list, with its collation.
    pub(super) fn collated(&mut self, expr: &Expr, scope: &RangeTable<'_>) -> Col {
        let col = self.expression(expr, scope);
        if matches!(expr, Expr::Identifier(_) | Expr::CompoundIdentifier(_)) {
            return col;
        }
        // Names that stand for nothing were noted above.
        let noted = self.missing.len();
        let collation = self.collation(expr, scope);
        self.missing.truncate(noted);
        Col { collation: self.told(collation, &col.ty), ..col }
    }

    /// The collation of what is made of these expressions: a column of `VALUES`, what a function in `FROM` gives.
    pub(super) fn collation_of_all(
        &mut self,
        exprs: &[&Expr],
        ty: &Type,
        scope: &RangeTable<'_>,
    ) -> Option<QName> {
        if !self.is_collatable(ty) {
            return None;
        }
        let noted = self.missing.len();
        let all: Vec<Collation> = exprs.iter().map(|expr| self.collation(expr, scope)).collect();
        self.missing.truncate(noted);
        let all = all.into_iter().fold(Collation::Nothing, Collation::and);
        self.told(all, ty)
    }

    fn is_collatable(&self, ty: &Type) -> bool {
        let Type::Known(ty) = ty else { return *ty == Type::Literal };
        let element = Type::Known(SqlType { array: false, ..ty.clone() });
        let Type::Known(base) = base(self.session, element) else { return false };
        let is_builtin = base.name.schema == "pg_catalog"
            && matches!(base.name.name.as_str(), "text" | "varchar" | "bpchar" | "name");
        is_builtin || base.name.name == "citext"
    }

    /// A type's own collation, where it is not the database's.
    fn of_type(&self, ty: &Type) -> Option<QName> {
        const OF_STANDARD: [&str; 3] = ["sql_identifier", "character_data", "yes_or_no"];
        let Type::Known(ty) = ty else { return None };
        let is_c = match ty.name.schema.as_str() {
            "pg_catalog" => ty.name.name == "name",
            "information_schema" => OF_STANDARD.contains(&ty.name.name.as_str()),
            _ => false,
        };
        let c = is_c.then(|| QName::new("pg_catalog", "C"));
        self.session.catalog.collation_of_domain(ty).cloned().or(c)
    }

    /// The collation of a column that two columns are merged into.
    pub(super) fn collation_of_both(&self, a: &Col, b: &Col, ty: &Type) -> Option<QName> {
        let both = self.of_column(a).and(self.of_column(b));
        self.told(both, ty)
    }

    /// Likewise by `USING`: the column of an outer join is the one that is there.
    pub(super) fn collation_of_joined(
        &self,
        operator: &JoinOperator,
        (a, b): (&Col, &Col),
        ty: &Type,
    ) -> Option<QName> {
        match operator {
            JoinOperator::FullOuter(_) => self.collation_of_both(a, b, ty),
            JoinOperator::Right(_) | JoinOperator::RightOuter(_) => self.told(self.of_column(b), ty),
            _ => self.told(self.of_column(a), ty),
        }
    }

    /// A column's collation, where it is not its type's own.
    fn told(&self, collation: Collation, ty: &Type) -> Option<QName> {
        if !self.is_collatable(ty) {
            return None;
        }
        let of_type = self.of_type(ty);
        match collation {
            Collation::Implicit(None) => of_type.map(|_| QName::new("pg_catalog", "default")),
            Collation::Implicit(name) | Collation::Explicit(name) => {
                if name == of_type {
                    None
                } else {
                    name
                }
            }
            Collation::Nothing | Collation::Conflict => None,
        }
    }

    fn of_column(&self, col: &Col) -> Collation {
        if !self.is_collatable(&col.ty) {
            return Collation::Nothing;
        }
        let collation = col.collation.clone().or_else(|| self.of_type(&col.ty));
        Collation::Implicit(collation.filter(|name| *name != QName::new("pg_catalog", "default")))
    }

    fn collation(&mut self, expr: &Expr, scope: &RangeTable<'_>) -> Collation {
        let parts: Vec<&Expr> = match expr {
            Expr::Nested(inner) => return self.collation(inner, scope),
            Expr::Collate { .. } => return Collation::Explicit(self.expression(expr, scope).collation),
            Expr::CompoundFieldAccess { root, access_chain }
                if access_chain.iter().all(|access| matches!(access, AccessExpr::Subscript(_))) =>
            {
                vec![root]
            }
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) | Expr::CompoundFieldAccess { .. } => {
                let col = self.expression(expr, scope);
                return self.of_column(&col);
            }
            Expr::Value(value) => {
                let is_text = !matches!(value.value, Value::Number(..) | Value::Boolean(_));
                return if is_text { Collation::Implicit(None) } else { Collation::Nothing };
            }
            Expr::Subquery(query) => return self.of_query(query, scope),
            Expr::Function(function) => match &function.args {
                FunctionArguments::Subquery(query) => return self.of_query(query, scope),
                _ => arguments(function),
            },
            Expr::Case { conditions, else_result, .. } => {
                let results = conditions.iter().map(|branch| &branch.result);
                results.chain(else_result.as_deref()).collect()
            }
            _ => operands(expr),
        };
        let ty = self.expression(expr, scope).ty;
        if !self.is_collatable(&ty) {
            return Collation::Nothing;
        }
        let parts: Vec<Collation> = parts.into_iter().map(|part| self.collation(part, scope)).collect();
        match parts.into_iter().fold(Collation::Nothing, Collation::and) {
            Collation::Nothing => Collation::Implicit(self.of_type(&ty)),
            found => found,
        }
    }

    /// That of a query's first column.
    fn of_query(&mut self, query: &Query, scope: &RangeTable<'_>) -> Collation {
        let first = self.query(query, Some(scope)).ok().and_then(|list| list.into_iter().next());
        first.map_or(Collation::Nothing, |first| self.of_column(&first.col))
    }
}

/// What a call is given, what it orders by within its group included.
fn arguments(function: &Function) -> Vec<&Expr> {
    let FunctionArguments::List(list) = &function.args else { return Vec::new() };
    given(&list.args).chain(function.within_group.iter().map(|order| &order.expr)).collect()
}

/// The arguments that are expressions.
pub(super) fn given(args: &[FunctionArg]) -> impl Iterator<Item = &Expr> {
    args.iter().filter_map(|argument| match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr))
        | FunctionArg::Named { arg: FunctionArgExpr::Expr(expr), .. }
        | FunctionArg::ExprNamed { arg: FunctionArgExpr::Expr(expr), .. } => Some(expr),
        _ => None,
    })
}

/// The operands of what gives a text. A chain of operators is walked, not descended.
fn operands(expr: &Expr) -> Vec<&Expr> {
    match expr {
        Expr::Cast { expr, .. } | Expr::UnaryOp { expr, .. } => vec![expr],
        Expr::BinaryOp { .. } => {
            let (mut found, mut leftmost) = (Vec::new(), expr);
            while let Expr::BinaryOp { left, right, .. } = leftmost {
                found.push(&**right);
                leftmost = left;
            }
            found.push(leftmost);
            found
        }
        Expr::Array(array) => array.elem.iter().collect(),
        Expr::Substring { expr, substring_from, substring_for, .. } => {
            let bounds = substring_from.iter().chain(substring_for).map(|bound| &**bound);
            std::iter::once(&**expr).chain(bounds).collect()
        }
        Expr::Trim { expr, trim_what, trim_characters, .. } => {
            let what = trim_what.iter().map(|what| &**what).chain(trim_characters.iter().flatten());
            std::iter::once(&**expr).chain(what).collect()
        }
        Expr::Overlay { expr, overlay_what, .. } => vec![expr, overlay_what],
        _ => Vec::new(),
    }
}
