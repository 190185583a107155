//! `CREATE INDEX` and `ALTER INDEX`.

use std::collections::BTreeSet;

use super::{
    super::{
        expressions::columns_in,
        identifiers, mentions,
        objects::Kind,
        reader::{Outcome, Reader},
        rename,
        session::{Session, missing, missing_part},
        split::{Expression, Statement},
    },
    columns::index_element,
    constraints::{element_names, plain_column},
    inherit,
    parts::{index_name, put_index},
};
use crate::{
    catalog::{Index, QName},
    diagnostics::UNREADABLE_STATEMENT,
};

/// `CREATE [UNIQUE] INDEX …`, after `INDEX`. Manual: CREATE INDEX.
pub(super) fn create(session: &mut Session, reader: &mut Reader<'_>, unique: bool) -> Outcome {
    reader.accept("concurrently");
    let if_not_exists = reader.accept("if not exists");
    let name = if reader.is("on") { None } else { Some(reader.ident()?) };
    reader.expect("on")?;
    let only = reader.accept("only");
    let table = reader.object_name()?;
    let method = if reader.accept("using") { reader.ident()?.name } else { "btree".into() };
    let elements = element_list(reader)?;
    let included = if reader.accept("include") { element_list(reader)? } else { Vec::new() };
    let nulls_not_distinct = reader.accept("nulls not distinct");
    let _ = nulls_not_distinct || reader.accept("nulls distinct");
    if reader.accept("with") {
        reader.parenthesized()?;
    }
    if reader.accept("tablespace") {
        reader.ident()?;
    }
    let condition = if reader.accept("where") { Some(reader.expression()?) } else { None };
    reader.finish()?;

    let table = session.table_name(reader.statement, &table)?;
    if let Some(given) = &name {
        let full = QName::new(&table.schema, &given.name);
        if if_not_exists && session.objects.relation(&full).is_some() {
            return Ok(());
        }
        session.check_free(reader.statement, &full, given.span.clone())?;
    }
    let references =
        references(session, reader.statement, &table, elements.iter().chain(&included).chain(&condition));
    let column_names: Vec<_> = elements.iter().chain(&included).cloned().collect();
    let column_names = identifiers::index_column_names(&element_names(reader.statement, &column_names));
    let name = match name {
        Some(given) => given.name,
        None => index_name(session, &table, &column_names),
    };
    let is_column =
        |name: &String| session.catalog.tables.get(&table).is_some_and(|t| t.column(name).is_some());
    let columns: Vec<_> = elements.iter().map(|element| plain_column(reader.statement, element)).collect();
    if let Some(position) = columns.iter().position(|column| column.as_ref().is_some_and(|c| !is_column(c))) {
        let wrong = columns.into_iter().nth(position).flatten().unwrap_or_default();
        let span = elements.get(position).map_or(0..0, |element| element.span.clone());
        return Err(Box::new(missing_part(reader.statement, &table.name, "column", &wrong, span, None)));
    }
    let over_expressions = elements.iter().zip(&columns).filter(|(_, column)| column.is_none());
    let expressions = over_expressions.map(|(element, _)| reader.text(element)).collect();
    let predicate = condition.as_ref().map(|condition| reader.text(condition));
    let partial = predicate.is_some();
    let index = Index { name, unique, method, columns, expressions, partial, predicate, nulls_not_distinct };
    put_index(session, &table, index.clone(), references, column_names);
    if let Some(id) = session.objects.relation(&table) {
        for expression in elements.iter().chain(&condition) {
            mentions::record(session, &id.index(&index.name), &reader.text(expression));
        }
    }
    if only {
        session.state_of(&table).own.insert(index.name);
    } else {
        inherit::index_to_partitions(session, &table, &index);
    }
    Ok(())
}

fn element_list(reader: &mut Reader<'_>) -> Outcome<Vec<Expression>> {
    let list = reader.parenthesized()?;
    let mut inside = reader.within(&list);
    let elements = inside.list(index_element)?;
    inside.finish()?;
    Ok(elements)
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

/// `ALTER INDEX …`, after `INDEX`.
pub(super) fn alter(session: &mut Session, reader: &mut Reader<'_>) -> Outcome {
    if reader.accept("all in tablespace") {
        reader.skip_rest();
        return Ok(());
    }
    let if_exists = reader.accept("if exists");
    let name = reader.object_name()?;
    let Some(found) = session.find_relation(&name) else {
        return if if_exists {
            reader.skip_rest();
            Ok(())
        } else {
            Err(Box::new(missing(reader.statement, "index", &name.name, name.span.clone(), None)))
        };
    };
    if !matches!(session.objects.relation_kind(&found), Some(Kind::Index(_))) {
        let message = format!("`{}` is no index", name.name);
        return Err(Box::new(
            reader.error(UNREADABLE_STATEMENT, message, name.span).help("use the `ALTER` of what it is"),
        ));
    }
    if reader.accept("rename to") {
        let new = reader.ident()?;
        reader.finish()?;
        let target = QName::new(&found.schema, &new.name);
        session.check_free(reader.statement, &target, new.span)?;
        rename::rename(session, &found, &target);
        return Ok(());
    }
    // What is left changes where an index is kept or how it is searched, or ties it to its partitioned table's.
    let known = ["attach partition", "set", "reset", "alter", "depends on", "no depends on"];
    if known.iter().any(|words| reader.accept(words)) {
        reader.skip_rest();
        return Ok(());
    }
    Err(reader.expected("`RENAME TO`, `ATTACH PARTITION`, `SET`, `RESET` or `ALTER COLUMN`"))
}
