//! The types of expressions.

use sqlparser::ast::{
    AccessExpr, BinaryOperator, DataType, Expr, Ident, Query, Subscript, UnaryOperator, Value,
};

use super::{
    super::{
        reader::{ObjectName, Reader},
        split::Statements,
        types as written,
    },
    analysis::{Analysis, fields},
    common::{base, common},
    folded::{fold, parts},
    range_table::{RangeTable, ResolvedName},
    types::{Col, Type},
};
use crate::{
    catalog::{QName, SqlType},
    diagnostics::Source,
};

impl Analysis<'_> {
    /// An expression's type, as a column without a name; the columns that it names count as read.
    pub(super) fn expression(&mut self, expr: &Expr, scope: &RangeTable<'_>) -> Col {
        match expr {
            Expr::Identifier(ident) => self.named(std::slice::from_ref(ident), scope),
            Expr::CompoundIdentifier(idents) => self.named(idents, scope),
            Expr::Nested(inner) => self.expression(inner, scope),
            Expr::Collate { expr, collation } => {
                let mut col = self.expression(expr, scope);
                let mut name = parts(collation);
                let (name, schema) = (name.pop().unwrap_or_default(), name.pop());
                let written = ObjectName { schema, name, span: 0..0 };
                let known = |name: &QName| self.session.objects.collation(name).is_some();
                let of_ddl = self.session.look_up(&written, known);
                let schema = || written.schema.clone().unwrap_or_else(|| "pg_catalog".into());
                col.collation = Some(of_ddl.unwrap_or_else(|| QName::new(schema(), &written.name)));
                col
            }
            Expr::CompoundFieldAccess { root, access_chain } => self.access(root, access_chain, scope),
            _ => Col::new("", self.type_of(expr, scope)),
        }
    }

    fn named(&mut self, written: &[Ident], scope: &RangeTable<'_>) -> Col {
        let name: Vec<String> = written.iter().map(fold).collect();
        if let Some(ty) = called_without_parentheses(written) {
            return Col::new("", Type::builtin(ty));
        }
        if scope.is_ambiguous(&name) {
            self.note_ambiguous(written);
            return Col::new("", Type::Unknown);
        }
        match scope.find(&name) {
            ResolvedName::Column(col) => {
                self.reads_column(&col);
                col
            }
            ResolvedName::Row(Some(table)) => Col::new("", Type::Known(SqlType::new(table))),
            ResolvedName::Row(None) => Col::new("", Type::Unknown),
            ResolvedName::Nothing => {
                if let Some(ty) = self.system_column(&name, scope) {
                    return Col::new("", ty);
                }
                self.note_missing(written, &name, scope);
                Col::new("", Type::Unknown)
            }
        }
    }

    pub(super) fn access(&mut self, root: &Expr, chain: &[AccessExpr], scope: &RangeTable<'_>) -> Col {
        let (mut col, mut rest) = match (chain, self.fields_of_call(root, scope)) {
            ([AccessExpr::Dot(Expr::Identifier(field)), rest @ ..], Some(fields)) => {
                let found = fields.into_iter().find(|column| column.name == fold(field));
                (found.unwrap_or_else(|| Col::new("", Type::Unknown)), rest)
            }
            _ => self.start_of_access(root, chain, scope),
        };
        while let Some((first, others)) = rest.split_first() {
            let AccessExpr::Dot(field) = first else {
                let is_field = |access: &AccessExpr| matches!(access, AccessExpr::Dot(_));
                let end = rest.iter().position(is_field).unwrap_or(rest.len());
                let (subscripts, after) = rest.split_at(end);
                col = Col::new("", self.subscripted(col.ty, subscripts, scope));
                rest = after;
                continue;
            };
            let (Type::Known(ty), Expr::Identifier(field)) = (&col.ty, field) else {
                return Col::new("", Type::Unknown);
            };
            let name = fold(field);
            let fields = fields(self.session, &self.session.catalog.base_type(ty));
            let found = fields.and_then(|fields| fields.iter().find(|field| field.name == name).cloned());
            col = found.unwrap_or_else(|| Col::new("", Type::Unknown));
            rest = others;
        }
        Col { origin: None, ..col }
    }

    /// What a chain begins with, and the rest of the chain. In `b.levels[1]` the column is `b.levels`, and `b` may be an
    /// alias.
    fn start_of_access<'c>(
        &mut self,
        root: &Expr,
        chain: &'c [AccessExpr],
        scope: &RangeTable<'_>,
    ) -> (Col, &'c [AccessExpr]) {
        let (inner, is_nested) =
            if let Expr::Nested(inner) = root { (&**inner, true) } else { (root, false) };
        let mut written: Vec<Ident> = match inner {
            Expr::Identifier(ident) => vec![ident.clone()],
            Expr::CompoundIdentifier(idents) => idents.clone(),
            _ => return (self.expression(root, scope), chain),
        };
        // `(b).lamp` is a field of the column `b`, if there is one.
        let name: Vec<String> = written.iter().map(fold).collect();
        if is_nested && matches!(scope.find(&name), ResolvedName::Column(_)) {
            return (self.expression(root, scope), chain);
        }
        for (at, access) in chain.iter().enumerate() {
            let AccessExpr::Dot(Expr::Identifier(ident)) = access else { break };
            let qualifier: Vec<String> = written.iter().map(fold).collect();
            written.push(ident.clone());
            if scope.source(&qualifier).is_some() {
                return (self.named(&written, scope), chain.get(at + 1..).unwrap_or_default());
            }
        }
        (self.expression(root, scope), chain)
    }

    /// `a[1][2]` is an element, however many dimensions there are; with a slice among them, `a[1:2][3]`, an array.
    fn subscripted(&mut self, ty: Type, subscripts: &[AccessExpr], scope: &RangeTable<'_>) -> Type {
        let mut is_slice = false;
        for subscript in subscripts {
            match subscript {
                AccessExpr::Subscript(Subscript::Index { index }) => {
                    self.expression(index, scope);
                }
                AccessExpr::Subscript(Subscript::Slice { .. }) => is_slice = true,
                AccessExpr::Dot(_) => {}
            }
        }
        let ty = base(self.session, ty);
        if is_slice { ty } else { ty.element() }
    }

    /// A type as it is written in a cast.
    pub(super) fn written_type(&self, data_type: &DataType) -> Type {
        let text = data_type.to_string();
        let source = Source::new("", text.as_str());
        let Some(statement) = Statements::new(&source, 0..text.len()).next() else { return Type::Unknown };
        let Ok(ty) = written::read(&mut Reader::new(&statement)) else { return Type::Unknown };
        self.session
            .find_type(&ty.name)
            .map_or(Type::Unknown, |name| Type::Known(written::sql_type(&ty, name)))
    }

    fn type_of(&mut self, expr: &Expr, scope: &RangeTable<'_>) -> Type {
        match expr {
            Expr::Value(value) => literal(&value.value),
            Expr::TypedString(typed) => self.typed_literal(&typed.data_type),
            Expr::Interval(interval) => {
                let fields = [&interval.leading_field, &interval.last_field];
                let fields: Vec<String> =
                    fields.into_iter().flatten().map(|field| field.to_string().to_lowercase()).collect();
                let modifier = Some(fields.join(" to ")).filter(|fields| !fields.is_empty());
                Type::Known(SqlType { modifier, ..SqlType::builtin("interval") })
            }
            Expr::Cast { expr, data_type, .. } => {
                self.expression(expr, scope);
                self.written_type(data_type)
            }
            Expr::UnaryOp { op, expr } => self.unary(*op, expr, scope),
            Expr::BinaryOp { .. } => self.binary(expr, scope),
            Expr::Case { .. } => self.case(expr, scope),
            Expr::Function(function) => self.call(function, scope),
            Expr::Subquery(query) => self.first_column(query, scope),
            Expr::Array(array) => {
                let elements: Vec<Type> =
                    array.elem.iter().map(|element| self.expression(element, scope).ty).collect();
                let common = self.common_of(&elements);
                if common.is_array() { common } else { common.array() }
            }
            Expr::Tuple(_) => Type::builtin("record"),
            _ => self.call_in_words(expr, scope).unwrap_or_else(|| self.condition(expr, scope)),
        }
    }

    fn case(&mut self, expr: &Expr, scope: &RangeTable<'_>) -> Type {
        let Expr::Case { operand, conditions, else_result, .. } = expr else { return Type::Unknown };
        if let Some(operand) = operand {
            self.expression(operand, scope);
        }
        let mut branches = Vec::with_capacity(conditions.len() + 1);
        for branch in conditions {
            self.expression(&branch.condition, scope);
            branches.push(self.expression(&branch.result, scope).ty);
        }
        // The server looks at ELSE first.
        let otherwise = else_result.as_ref().map_or(Type::Literal, |expr| self.expression(expr, scope).ty);
        branches.insert(0, otherwise);
        self.common_of(&branches)
    }

    /// The first column of a query that stands for a value.
    pub(super) fn first_column(&mut self, query: &Query, scope: &RangeTable<'_>) -> Type {
        let selected = match self.query(query, Some(scope)) {
            Ok(list) => list.into_iter().next(),
            Err(problem) => {
                self.note_problem(problem);
                None
            }
        };
        match selected.map_or(Type::Unknown, |first| first.col.ty) {
            // A literal is text by then.
            Type::Literal => Type::builtin("text"),
            ty => ty,
        }
    }

    /// `char 'x'` and `bit '101'` have no length, unlike a column of these types.
    fn typed_literal(&self, data_type: &DataType) -> Type {
        let has_modifier = data_type.to_string().contains('(');
        match self.written_type(data_type) {
            Type::Known(ty)
                if !has_modifier && !ty.array && matches!(ty.name.name.as_str(), "bpchar" | "bit") =>
            {
                Type::Known(ty).plain()
            }
            ty => ty,
        }
    }

    /// Everything that is true or false.
    fn condition(&mut self, expr: &Expr, scope: &RangeTable<'_>) -> Type {
        let operands: Vec<&Expr> = match expr {
            Expr::IsFalse(a)
            | Expr::IsNotFalse(a)
            | Expr::IsTrue(a)
            | Expr::IsNotTrue(a)
            | Expr::IsNull(a)
            | Expr::IsNotNull(a)
            | Expr::IsUnknown(a)
            | Expr::IsNotUnknown(a) => vec![a],
            Expr::IsDistinctFrom(a, b) | Expr::IsNotDistinctFrom(a, b) => vec![a, b],
            Expr::IsJson { expr, .. } | Expr::IsNormalized { expr, .. } => vec![expr],
            Expr::InList { expr, list, .. } => std::iter::once(&**expr).chain(list).collect(),
            Expr::InSubquery { expr, subquery, .. } => {
                let _ = self.query(subquery, Some(scope));
                vec![expr]
            }
            Expr::Exists { subquery, .. } => {
                let _ = self.query(subquery, Some(scope));
                Vec::new()
            }
            Expr::Between { expr, low, high, .. } => vec![expr, low, high],
            Expr::Like { expr, pattern, .. }
            | Expr::ILike { expr, pattern, .. }
            | Expr::SimilarTo { expr, pattern, .. } => vec![expr, pattern],
            Expr::AnyOp { left, right, .. } | Expr::AllOp { left, right, .. } => vec![left, right],
            _ => return Type::Unknown,
        };
        for operand in operands {
            self.expression(operand, scope);
        }
        Type::builtin("bool")
    }

    fn unary(&mut self, op: UnaryOperator, expr: &Expr, scope: &RangeTable<'_>) -> Type {
        match (op, expr) {
            // The sign belongs to the number.
            (UnaryOperator::Minus, Expr::Value(value)) if matches!(value.value, Value::Number(..)) => {
                Type::builtin(number(&format!("-{}", value.value)))
            }
            _ => {
                let ty = self.expression(expr, scope).ty;
                self.prefixed(op, &ty)
            }
        }
    }

    /// A chain of operators is as deep as it is long: its left side is walked, not descended.
    fn binary(&mut self, expr: &Expr, scope: &RangeTable<'_>) -> Type {
        let mut chain: Vec<(&BinaryOperator, &Expr)> = Vec::new();
        let mut leftmost = expr;
        while let Expr::BinaryOp { left, op, right } = leftmost {
            chain.push((op, right));
            leftmost = left;
        }
        let mut ty = self.expression(leftmost, scope).ty;
        for (op, right) in chain.into_iter().rev() {
            let right = self.expression(right, scope).ty;
            ty = self.operation(op, &ty, &right);
        }
        ty
    }

    /// One type for several expressions; text where all are literals.
    pub(super) fn common_of(&self, types: &[Type]) -> Type {
        match common(self.session, types) {
            Type::Literal => Type::builtin("text"),
            ty => ty,
        }
    }
}

/// The type of a function whose name is a reserved word and that sqlparser reads as a column.
fn called_without_parentheses(written: &[Ident]) -> Option<&'static str> {
    match written {
        [Ident { value, quote_style: None, .. }] => match value.to_ascii_lowercase().as_str() {
            "current_role" | "current_schema" | "current_catalog" | "session_user" => Some("name"),
            "system_user" => Some("text"),
            _ => None,
        },
        _ => None,
    }
}

fn literal(value: &Value) -> Type {
    match value {
        Value::Number(digits, _) => Type::builtin(number(digits)),
        Value::Boolean(_) => Type::builtin("bool"),
        Value::HexStringLiteral(_) | Value::SingleQuotedByteStringLiteral(_) => Type::builtin("bit"),
        Value::NationalStringLiteral(_) => Type::builtin("bpchar"),
        _ => Type::Literal,
    }
}

/// The type of a number as written. Manual: "Numeric Constants".
fn number(digits: &str) -> &'static str {
    let digits = digits.replace('_', "");
    if digits.parse::<i32>().is_ok() {
        "int4"
    } else if digits.parse::<i64>().is_ok() {
        "int8"
    } else {
        "numeric"
    }
}
