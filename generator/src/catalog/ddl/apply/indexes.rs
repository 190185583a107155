//! Applies `CREATE INDEX` and `ALTER INDEX`.

use std::collections::BTreeSet;

use super::{
    super::{
        expressions::columns_in,
        identifiers,
        infer::column_under_cast,
        mentions, named_columns,
        objects::Kind,
        reader::Outcome,
        session::{Session, missing, missing_part},
        split::{Expression, Statement},
        syntax::indexes::{AlterIndex, CreateIndex, IndexChange},
    },
    constraints::{element_names, plain_column},
    inherit,
    parts::{index_name, put_index},
    refused,
    target::rename_to,
};
use crate::{
    catalog::{Index, QName},
    diagnostics::UNREADABLE_STATEMENT,
};

/// Applies `CREATE [UNIQUE] INDEX …`.
pub(super) fn create(session: &mut Session, statement: &Statement, written: CreateIndex) -> Outcome {
    let CreateIndex { unique, if_not_exists, name, only, table, method, nulls_not_distinct, .. } = written;
    let CreateIndex { elements, included, condition, .. } = written;
    let table = session.table_name(statement, &table)?;
    if let Some(given) = &name {
        let full = QName::new(&table.schema, &given.name);
        if if_not_exists && session.objects.relation(&full).is_some() {
            return Ok(());
        }
        session.check_free(statement, &full, given.span.clone())?;
    }
    let references =
        references(session, statement, &table, elements.iter().chain(&included).chain(&condition));
    let column_names: Vec<_> = elements.iter().chain(&included).cloned().collect();
    let column_names = identifiers::index_column_names(&element_names(statement, &column_names));
    let name = match name {
        Some(given) => given.name,
        None => index_name(session, &table, &column_names),
    };
    let is_column =
        |name: &String| session.catalog.tables.get(&table).is_some_and(|t| t.column(name).is_some());
    let under_cast = |element: &Expression| {
        column_under_cast(session, &session.catalog.tables.get(&table)?.columns, &statement.text(element))
    };
    let columns: Vec<_> = elements
        .iter()
        .map(|element| plain_column(statement, element).or_else(|| under_cast(element)))
        .collect();
    if let Some(position) = columns.iter().position(|column| column.as_ref().is_some_and(|c| !is_column(c))) {
        let wrong = columns.into_iter().nth(position).flatten().unwrap_or_default();
        let span = elements.get(position).map_or(0..0, |element| element.span.clone());
        return Err(Box::new(missing_part(statement, &table.name, "column", &wrong, span, None)));
    }
    for element in elements.iter().chain(&included).chain(&condition) {
        named_columns::check(session, statement, &table, element)?;
    }
    let over_expressions = elements.iter().zip(&columns).filter(|(_, column)| column.is_none());
    let expressions = over_expressions.map(|(element, _)| statement.text(element)).collect();
    if unique {
        let key: Vec<String> = columns.iter().flatten().cloned().collect();
        refused::check_key(session, statement, &table, &key, &statement.span())?;
    }
    let predicate = condition.as_ref().map(|condition| statement.text(condition));
    let partial = predicate.is_some();
    let index = Index { name, unique, method, columns, expressions, partial, predicate, nulls_not_distinct };
    put_index(session, &table, index.clone(), references, column_names);
    if let Some(id) = session.objects.relation(&table) {
        for expression in elements.iter().chain(&condition) {
            mentions::record(session, &id.index(&index.name), &statement.text(expression));
        }
    }
    if !only {
        inherit::index_to_partitions(session, &table, &index);
    }
    Ok(())
}

fn references<'e>(
    session: &Session,
    statement: &Statement,
    table: &QName,
    expressions: impl Iterator<Item = &'e Expression>,
) -> BTreeSet<String> {
    let Some(table) = session.catalog.tables.get(table) else { return BTreeSet::new() };
    expressions
        .flat_map(|expression| columns_in(statement, expression, |name| table.column(name).is_some()))
        .collect()
}

/// Applies `ALTER INDEX …`.
pub(super) fn alter(session: &mut Session, statement: &Statement, written: AlterIndex) -> Outcome {
    let name = written.name;
    let Some(found) = session.find_relation(&name) else {
        // It may be one of which the text does not tell whether it is there.
        return if written.if_exists || session.untold_index.is_some() {
            Ok(())
        } else {
            Err(Box::new(missing(statement, "index", &name.name, name.span.clone(), None)))
        };
    };
    if !matches!(session.objects.relation_kind(&found), Some(Kind::Index(_))) {
        let message = format!("`{}` is no index", name.name);
        return Err(Box::new(
            statement.error(UNREADABLE_STATEMENT, message, name.span).help("use the `ALTER` of what it is"),
        ));
    }
    match written.change? {
        IndexChange::RenameTo(new) => rename_to(session, statement, &found, new),
        IndexChange::PassedOver => Ok(()),
    }
}

/// Expressions of indexes are columns where the column has the type by now that it is cast to.
pub(super) fn find_columns(session: &mut Session, table: &QName) {
    let Some(found) = session.catalog.tables.get(table) else { return };
    let mut indexes = found.indexes.clone();
    for index in &mut indexes {
        let mut expressions = std::mem::take(&mut index.expressions).into_iter();
        for place in index.columns.iter_mut().filter(|column| column.is_none()) {
            let Some(text) = expressions.next() else { break };
            *place = column_under_cast(session, &found.columns, &text);
            index.expressions.extend(place.is_none().then_some(text));
        }
    }
    if let Some(table) = session.catalog.tables.get_mut(table) {
        table.indexes = indexes;
    }
}
