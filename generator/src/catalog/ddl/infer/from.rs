//! `FROM`: which columns a query can name.

use std::sync::Arc;

use sqlparser::{
    ast::{
        Function, Join, JoinConstraint, JoinOperator, ObjectName, Spanned, TableAlias, TableFactor,
        TableWithJoins,
    },
    tokenizer::Span,
};

use super::{
    super::{reader, session::is_system},
    analysis::{Analysis, columns_named},
    answer::QueryError,
    common::common,
    folded::{fold, parts},
    kinds::Kinds,
    mend::USING_ALIAS,
    range_table::{Item, MAX_COLUMNS, RangeTable, alias_columns, append, only_names, renamed},
    table_functions::Shown,
    types::{Col, Columns, Type},
};
use crate::{
    catalog::{builtins, meant},
    diagnostics::NO_SUCH_OBJECT,
};

impl Analysis<'_> {
    /// Adds an item of `FROM` to the scope. It can name the items to its left, as `LATERAL` needs.
    pub(super) fn add_item(
        &mut self,
        item: &TableWithJoins,
        scope: &mut RangeTable<'_>,
    ) -> Result<(), QueryError> {
        let joined = self.joined(item, scope)?;
        scope.absorb(joined);
        if scope.star.len() > MAX_COLUMNS {
            return Err(QueryError::unknown_columns(
                "the tables here have too many columns",
                item.relation.span(),
            ));
        }
        Ok(())
    }

    fn joined(&mut self, item: &TableWithJoins, scope: &RangeTable<'_>) -> Result<Item, QueryError> {
        let mut left = self.factor(&item.relation, scope)?;
        for join in &item.joins {
            let mut seen = RangeTable::new(Some(scope));
            seen.absorb(left);
            let right = self.factor(&join.relation, &seen)?;
            left = self.join(seen, right, join);
        }
        Ok(left)
    }

    fn join(&mut self, mut left: RangeTable<'_>, right: Item, join: &Join) -> Item {
        let constraint = constraint(&join.join_operator);
        let mut merged: Vec<String> = match constraint {
            Some(JoinConstraint::Using(columns)) => {
                columns.iter().filter_map(|name| parts(name).pop()).collect()
            }
            Some(JoinConstraint::Natural) => {
                let shared =
                    left.star.iter().filter(|col| right.star.iter().any(|other| other.name == col.name));
                shared.map(|col| col.name.clone()).collect()
            }
            _ => Vec::new(),
        };
        append(&mut left.sources, right.sources);
        left.open |= right.open;
        if merged.is_empty() {
            append(&mut left.star, right.star);
        } else {
            let alias = merged.pop_if(|last| last.starts_with(USING_ALIAS));
            left.star = self.merged(&left.star, &right.star, &merged, &join.join_operator);
            if let Some(alias) = alias.as_deref().and_then(|alias| alias.strip_prefix(USING_ALIAS)) {
                let columns = left.star.iter().take(merged.len()).cloned().collect();
                left.sources.extend(Item::of(alias.to_owned(), None, Some(Arc::new(columns))).sources);
            }
        }
        if let Some(JoinConstraint::On(condition)) = constraint {
            self.expression(condition, &left);
        }
        Item { sources: left.sources, star: left.star, open: left.open }
    }

    /// The columns of two tables of which some are one.
    fn merged(
        &mut self,
        left: &[Col],
        right: &[Col],
        merged: &[String],
        operator: &JoinOperator,
    ) -> Vec<Col> {
        let mut star = Vec::with_capacity(left.len() + right.len());
        for name in merged {
            let sides = (left.iter().find(|c| c.name == *name), right.iter().find(|c| c.name == *name));
            if let (Some(a), Some(b)) = sides {
                self.reads_column(a);
                self.reads_column(b);
                let ty = common(self.session, &[a.ty.clone(), b.ty.clone()]);
                let collation = self.collation_of_joined(operator, (a, b), &ty);
                star.push(Col { ty, collation, ..a.clone() });
            } else {
                star.push(Col::new(name, Type::Unknown));
            }
        }
        let others = left.iter().chain(right).filter(|col| !merged.contains(&col.name));
        star.extend(others.cloned());
        star
    }

    fn factor(&mut self, factor: &TableFactor, scope: &RangeTable<'_>) -> Result<Item, QueryError> {
        match factor {
            TableFactor::Table { name, alias, args: Some(args), with_ordinality, .. } => {
                let shown = Shown { alias: alias.as_ref(), ordinality: *with_ordinality };
                Ok(self.table_function(&parts(name), &args.args, shown, scope))
            }
            TableFactor::Function { name, args, alias, with_ordinality, .. } => {
                let shown = Shown { alias: alias.as_ref(), ordinality: *with_ordinality };
                Ok(self.table_function(&parts(name), args, shown, scope))
            }
            TableFactor::Table { name, alias, .. } => self.table(name, alias.as_ref(), factor.span()),
            TableFactor::Derived { subquery, alias, .. } => {
                let names = alias_columns(alias.as_ref());
                let result = self.query(subquery, Some(scope));
                let name = alias.as_ref().map_or_else(String::new, |alias| fold(&alias.name));
                result.map(|selected| Item::of(name, None, Some(columns_named(selected, &names))))
            }
            TableFactor::UNNEST { alias, array_exprs, with_ordinality, .. } => {
                let shown = Shown { alias: alias.as_ref(), ordinality: *with_ordinality };
                Ok(self.unnest(array_exprs, shown, scope))
            }
            TableFactor::NestedJoin { table_with_joins, alias } => {
                let item = self.joined(table_with_joins, scope)?;
                let Some(alias) = alias else { return Ok(item) };
                let columns = (!item.open).then(|| renamed(item.star, &alias_columns(Some(alias))));
                Ok(Item::of(fold(&alias.name), None, columns))
            }
            _ => {
                Ok(self.document_table(factor, scope).unwrap_or_else(|| Item::of(String::new(), None, None)))
            }
        }
    }

    fn table(
        &mut self,
        name: &ObjectName,
        alias: Option<&TableAlias>,
        span: Span,
    ) -> Result<Item, QueryError> {
        let mut written = parts(name);
        let (table, schema) = (written.pop().unwrap_or_default(), written.pop());
        let names = alias_columns(alias);
        let shown = alias.map_or_else(|| table.clone(), |alias| fold(&alias.name));
        if schema.is_none()
            && let Some((_, columns)) = self.ctes.iter().rev().find(|(cte, _)| *cte == table)
        {
            let columns = columns.as_ref().map(|columns| renamed(columns.to_vec(), &names));
            return Ok(Item::of(shown, None, columns));
        }
        let written = reader::ObjectName { schema, name: table, span: 0..0 };
        if let Some(columns) = self.system_columns(&written) {
            let columns = renamed(columns, &names);
            // Another version of the server has more columns, or fewer.
            let is_standard = written.schema.as_deref() == Some("information_schema");
            let item = Item::of(shown, None, Some(columns));
            return Ok(if is_standard { item } else { item.of_some_version() });
        }
        let columns = self.relation(&written, span)?.map(|columns| renamed(columns.to_vec(), &names));
        let columns = columns.or_else(|| only_names(&names));
        let table = self.session.find_table(&written).filter(|_| columns.is_some());
        Ok(Item::of(shown, table, columns))
    }

    /// The columns of a table or view of the server's own.
    fn system_columns(&self, written: &reader::ObjectName) -> Option<Vec<Col>> {
        let schema = written.schema.as_deref().unwrap_or("pg_catalog");
        if !is_system(schema) {
            return None;
        }
        let kinds = Kinds(self.session);
        let column = |(name, ty)| Col::new(name, Type::of(&kinds.sql_type(ty)));
        let columns = builtins::relation(&format!("{schema}.{}", written.name))?;
        Some(columns.into_iter().map(column).collect())
    }

    /// A table's columns; none for a relation of the server's own or of an extension, which are not known.
    pub(super) fn relation(
        &mut self,
        written: &reader::ObjectName,
        span: Span,
    ) -> Result<Option<Columns>, QueryError> {
        let Some(name) = self.session.find_table(written) else {
            return if self.may_exist(written) { Ok(None) } else { Err(self.no_such_table(written, span)) };
        };
        self.reads(&name, None);
        let columns = self.session.catalog.tables.get(&name).map(|table| table.columns.as_slice());
        let col = |column: &crate::catalog::Column| Col {
            collation: column.collation.clone(),
            origin: Some((name.clone(), column.name.clone())),
            ..Col::new(&column.name, Type::of(&column.ty))
        };
        Ok(Some(Arc::new(columns.unwrap_or_default().iter().map(col).collect())))
    }

    fn may_exist(&self, written: &reader::ObjectName) -> bool {
        const OF_EXTENSIONS: [&str; 5] = [
            "geometry_columns",
            "geography_columns",
            "spatial_ref_sys",
            "raster_columns",
            "raster_overviews",
        ];
        let session = self.session;
        let sequence = session.find_relation(written).is_some();
        let unknown_schema = written
            .schema
            .as_ref()
            .is_some_and(|schema| is_system(schema) || !session.catalog.schemas.contains_key(schema));
        let of_extension = !session.catalog.extensions.is_empty()
            && (OF_EXTENSIONS.contains(&written.name.as_str()) || session.unknown_extension.is_some());
        sequence || unknown_schema || of_extension || written.name.starts_with("pg_")
    }

    fn no_such_table(&self, written: &reader::ObjectName, span: Span) -> QueryError {
        QueryError {
            code: NO_SUCH_OBJECT,
            message: format!("there is no table or view `{}`", written.name),
            help: match meant(&written.name, self.session.catalog.tables.keys()) {
                Some(name) => format!("did you mean `{name}`?"),
                None => "create it in this file, or in one that is listed before it".into(),
            },
            span: Some(span),
        }
    }

    /// Reads what stands in the clauses of a call besides its arguments.
    pub(super) fn call_clauses(&mut self, function: &Function, scope: &RangeTable<'_>) {
        if let Some(filter) = &function.filter {
            self.expression(filter, scope);
        }
        if let Some(sqlparser::ast::WindowType::WindowSpec(window)) = &function.over {
            let order = window.order_by.iter().map(|item| &item.expr);
            for expr in window.partition_by.iter().chain(order) {
                self.expression(expr, scope);
            }
        }
    }
}

fn constraint(operator: &JoinOperator) -> Option<&JoinConstraint> {
    match operator {
        JoinOperator::Join(constraint)
        | JoinOperator::Inner(constraint)
        | JoinOperator::Left(constraint)
        | JoinOperator::LeftOuter(constraint)
        | JoinOperator::Right(constraint)
        | JoinOperator::RightOuter(constraint)
        | JoinOperator::FullOuter(constraint)
        | JoinOperator::CrossJoin(constraint) => Some(constraint),
        _ => None,
    }
}
