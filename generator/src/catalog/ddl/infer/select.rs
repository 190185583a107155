//! Queries, select lists and set operations.

use std::sync::Arc;

use sqlparser::{
    ast::{
        AccessExpr, Distinct, Expr, GroupByExpr, OrderByKind, Query, Select, SelectItem,
        SelectItemQualifiedWildcardKind, SetExpr, Spanned, Values, With,
    },
    tokenizer::Span,
};

use super::{
    analysis::{Analysis, Selected, columns_named, fields},
    answer::{Inferred, OutputColumn, QueryError, Recursive},
    common::common,
    folded::{fold, parts},
    labels::label,
    range_table::RangeTable,
    types::{Col, Columns, Type},
};
use crate::diagnostics::IMPOSSIBLE_DEFINITION;

impl Analysis<'_> {
    pub(super) fn run(
        mut self,
        query: &Query,
        recursive: Option<Recursive<'_>>,
        named: usize,
    ) -> Result<Inferred, QueryError> {
        let selected = match recursive {
            Some(view) => self.recursive(view.name, view.columns, query, None)?,
            None => self.query(query, None)?,
        };
        let unnamed = selected.iter().skip(named).find(|selected| selected.col.name.is_empty());
        if let Some(unnamed) = unnamed {
            let span = unnamed.span.unwrap_or_else(Span::empty);
            return Err(QueryError::unknown_columns("ormgen does not know the name of this column", span));
        }
        let lines = self.lines;
        let output = |selected: Selected| OutputColumn {
            name: selected.col.name,
            ty: selected.col.ty.resolved(),
            collation: selected.col.collation,
            span: selected.span.and_then(|span| lines.bytes(span)),
        };
        Ok(Inferred {
            columns: selected.into_iter().map(output).collect(),
            reads: self.reads,
            missing: self.missing,
            warning: None,
        })
    }

    pub(super) fn query(
        &mut self,
        query: &Query,
        outer: Option<&RangeTable<'_>>,
    ) -> Result<Vec<Selected>, QueryError> {
        let visible = self.ctes.len();
        if let Some(with) = &query.with {
            self.with(with, outer)?;
        }
        let order: Vec<&Expr> = match query.order_by.as_ref().map(|order| &order.kind) {
            Some(OrderByKind::Expressions(items)) => items.iter().map(|item| &item.expr).collect(),
            _ => Vec::new(),
        };
        let result = match &*query.body {
            SetExpr::Select(select) => self.select(select, &order, outer),
            body => self.set(body, outer),
        };
        self.ctes.truncate(visible);
        result
    }

    fn with(&mut self, with: &With, outer: Option<&RangeTable<'_>>) -> Result<(), QueryError> {
        for cte in &with.cte_tables {
            let name = fold(&cte.alias.name);
            let names: Vec<String> = cte.alias.columns.iter().map(|column| fold(&column.name)).collect();
            let result = if with.recursive {
                self.recursive(&name, &names, &cte.query, outer)
            } else {
                self.query(&cte.query, outer)
            };
            // What modifies data has columns only where it returns them; nothing else may name them either.
            let columns = match result {
                Ok(selected) => Some(columns_named(selected, &names)),
                Err(problem) => {
                    if names.is_empty() {
                        return Err(problem);
                    }
                    Some(Arc::new(names.iter().map(|name| Col::new(name, Type::Unknown)).collect()))
                }
            };
            self.ctes.push((name, columns));
        }
        Ok(())
    }

    /// A query that may read itself: its columns are those of its first branch.
    fn recursive(
        &mut self,
        name: &str,
        names: &[String],
        query: &Query,
        outer: Option<&RangeTable<'_>>,
    ) -> Result<Vec<Selected>, QueryError> {
        let SetExpr::SetOperation { left, right, .. } = &*query.body else { return self.query(query, outer) };
        let visible = self.ctes.len();
        if let Some(with) = &query.with {
            self.with(with, outer)?;
        }
        let selected = self.set(left, outer)?;
        let columns =
            selected.iter().map(|selected| Selected { col: selected.col.clone(), span: selected.span });
        self.ctes.push((name.to_owned(), Some(columns_named(columns.collect(), names))));
        // The second branch says nothing of the columns that the first does not; what it reads counts.
        let _ = self.set(right, outer);
        self.ctes.truncate(visible);
        Ok(selected)
    }

    fn set(&mut self, body: &SetExpr, outer: Option<&RangeTable<'_>>) -> Result<Vec<Selected>, QueryError> {
        match body {
            SetExpr::Select(select) => self.select(select, &[], outer),
            SetExpr::Query(query) => self.query(query, outer),
            SetExpr::SetOperation { left, right, .. } => {
                let left = self.set(left, outer)?;
                let right = self.set(right, outer)?;
                if left.len() != right.len() {
                    return Err(uneven(left.len(), right.len(), body.span()));
                }
                Ok(self.union(left, &right))
            }
            SetExpr::Values(values) => {
                let scope = RangeTable::new(outer);
                let width = values.rows.first().map_or(0, |row| row.content.len());
                Ok((0..width).map(|at| self.column_of_values(values, at, &scope)).collect())
            }
            SetExpr::Table(table) => {
                let written = super::super::reader::ObjectName {
                    schema: table.schema_name.clone(),
                    name: table.table_name.clone().unwrap_or_default(),
                    span: 0..0,
                };
                let found = self.relation(&written, body.span())?;
                let columns = found.ok_or_else(|| {
                    QueryError::unknown_columns("ormgen does not know the columns of this table", body.span())
                })?;
                Ok(columns.iter().map(|col| self.star(col, body.span())).collect())
            }
            _ => Err(QueryError::unknown_columns(
                "ormgen does not know the columns of this statement",
                body.span(),
            )),
        }
    }

    /// A column of `VALUES`, from the expressions at that place of each row.
    fn column_of_values(&mut self, values: &Values, at: usize, scope: &RangeTable<'_>) -> Selected {
        let exprs: Vec<&Expr> = values.rows.iter().filter_map(|row| row.content.get(at)).collect();
        let types: Vec<Type> = exprs.iter().map(|expr| self.expression(expr, scope).ty).collect();
        let ty = common(self.session, &types);
        let collation = self.collation_of_all(&exprs, &ty, scope);
        Selected { col: Col { collation, ..Col::new(format!("column{}", at + 1), ty) }, span: None }
    }

    fn union(&self, left: Vec<Selected>, right: &[Selected]) -> Vec<Selected> {
        let merge = |(at, mut selected): (usize, Selected)| {
            if let Some(other) = right.get(at) {
                let ty = match (&selected.col.ty, &other.col.ty) {
                    // Two literals become text as soon as they meet.
                    (Type::Literal, Type::Literal) => Type::builtin("text"),
                    (a, b) => common(self.session, &[a.clone(), b.clone()]),
                };
                selected.col.collation = self.collation_of_both(&selected.col, &other.col, &ty);
                selected.col.ty = ty;
                selected.col.origin = None;
            }
            selected
        };
        left.into_iter().enumerate().map(merge).collect()
    }

    fn select(
        &mut self,
        select: &Select,
        order: &[&Expr],
        outer: Option<&RangeTable<'_>>,
    ) -> Result<Vec<Selected>, QueryError> {
        let mut scope = RangeTable::new(outer);
        for item in &select.from {
            self.add_item(item, &mut scope)?;
        }
        let mut selected = Vec::with_capacity(select.projection.len());
        for item in &select.projection {
            self.item(item, &scope, &mut selected)?;
        }
        self.clauses(select, order, &scope);
        // Manual, "PostgreSQL Limits": a result has at most 1664 columns.
        if selected.len() > 1664 {
            return Err(QueryError::unknown_columns("a query has at most 1664 columns", select.span()));
        }
        Ok(selected)
    }

    /// Adds the columns of one item of the select list.
    fn item(
        &mut self,
        item: &SelectItem,
        scope: &RangeTable<'_>,
        selected: &mut Vec<Selected>,
    ) -> Result<(), QueryError> {
        let columns = match item {
            SelectItem::UnnamedExpr(Expr::CompoundFieldAccess { root, access_chain })
                if is_star(access_chain) =>
            {
                self.fields_of(root, access_chain, scope)
            }
            SelectItem::UnnamedExpr(expr) => {
                let col = Col { name: label(expr), ..self.collated(expr, scope) };
                selected.push(Selected { col, span: Some(expr.span()) });
                return Ok(());
            }
            SelectItem::ExprWithAlias { expr, alias } => {
                let col = Col { name: fold(alias), ..self.collated(expr, scope) };
                selected.push(Selected { col, span: Some(expr.span().union(&alias.span)) });
                return Ok(());
            }
            SelectItem::Wildcard(_) => (!scope.open).then(|| Arc::new(scope.star.clone())),
            SelectItem::QualifiedWildcard(kind, _) => self.qualified_wildcard(kind, scope),
            SelectItem::ExprWithAliases { .. } => {
                return Err(QueryError::unknown_columns("one expression cannot have two names", item.span()));
            }
        };
        let columns = columns.ok_or_else(|| {
            let message = format!("ormgen does not know the columns that `{item}` stands for");
            QueryError::unknown_columns(message, item.span())
        })?;
        selected.extend(columns.iter().map(|col| self.star(col, item.span())));
        Ok(())
    }

    fn star(&mut self, col: &Col, span: Span) -> Selected {
        self.reads_column(col);
        Selected { col: col.clone(), span: Some(span) }
    }

    /// What the other clauses read.
    fn clauses(&mut self, select: &Select, order: &[&Expr], scope: &RangeTable<'_>) {
        let grouped: &[Expr] = match &select.group_by {
            GroupByExpr::Expressions(list, _) => list,
            GroupByExpr::All(_) => &[],
        };
        let distinct: &[Expr] = match &select.distinct {
            Some(Distinct::On(list)) => list,
            _ => &[],
        };
        let filters = select.selection.iter().chain(&select.having);
        for expr in filters.chain(grouped).chain(distinct).chain(order.iter().copied()) {
            self.expression(expr, scope);
        }
    }

    /// The fields of the row before the star.
    fn fields_of(&mut self, root: &Expr, chain: &[AccessExpr], scope: &RangeTable<'_>) -> Option<Columns> {
        let before = chain.split_last().map(|(_, before)| before).unwrap_or_default();
        if before.is_empty()
            && let Some(fields) = self.fields_of_call(root, scope)
        {
            return Some(Arc::new(fields));
        }
        let Type::Known(ty) = self.access(root, before, scope).ty else { return None };
        fields(self.session, &ty)
    }

    /// `t.*`, `schema.t.*`, `(expression).*`.
    fn qualified_wildcard(
        &mut self,
        kind: &SelectItemQualifiedWildcardKind,
        scope: &RangeTable<'_>,
    ) -> Option<Columns> {
        match kind {
            SelectItemQualifiedWildcardKind::ObjectName(name) => {
                scope.source(&parts(name)).filter(|source| !source.is_partial)?.columns.clone()
            }
            SelectItemQualifiedWildcardKind::Expr(expr) => {
                let ty = self.expression(expr, scope).ty;
                let Type::Known(ty) = ty else { return None };
                fields(self.session, &ty)
            }
        }
    }
}

fn uneven(left: usize, right: usize, span: Span) -> QueryError {
    QueryError {
        code: IMPOSSIBLE_DEFINITION,
        message: format!("one side of this set operation has {left} columns, the other {right}"),
        help: "select as many columns on both sides".into(),
        span: Some(span),
    }
}

/// Whether the last access is to all fields.
fn is_star(chain: &[AccessExpr]) -> bool {
    matches!(chain.last(), Some(AccessExpr::Dot(Expr::Identifier(field))) if field.value == super::mend::STAR)
}
