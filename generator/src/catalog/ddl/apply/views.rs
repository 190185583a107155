//! Applies `CREATE VIEW`, `CREATE MATERIALIZED VIEW`, and the columns of `CREATE TABLE … AS`.

use super::{
    super::{
        dependencies,
        infer::{self, Recursive},
        reader::{Ident, ObjectName, Outcome, Reader},
        session::{Session, TEMPORARY},
        split::{Expression, Statement},
        syntax::views::CreateView,
    },
    effects, indirect,
};
use crate::{
    catalog::{Column, Object, QName, Table, TableKind},
    diagnostics::{DUPLICATE_OBJECT, IMPOSSIBLE_DEFINITION, NO_SUCH_OBJECT, UNKNOWN_VIEW_COLUMNS},
};

/// Applies `CREATE VIEW …`.
pub(super) fn create(session: &mut Session, statement: &Statement, written: CreateView) -> Outcome {
    let CreateView { form, if_not_exists, mut name, names, query } = written;
    if form.temporary {
        name.schema = Some(TEMPORARY.into());
    }
    let full = session.new_name(&name);
    if if_not_exists && session.objects.relation(&full).is_some() {
        return Ok(());
    }
    let kind = if form.materialized { TableKind::MaterializedView } else { TableKind::View };
    let replaced =
        session.catalog.tables.get(&full).filter(|table| form.replace && table.kind == kind).cloned();
    if replaced.is_none() {
        session.check_free(statement, &full, name.span.clone())?;
    }
    let names_of_recursion: Vec<String> = names.iter().map(|ident| ident.name.clone()).collect();
    let recursive = form.recursive.then_some(Recursive { name: &name.name, columns: &names_of_recursion });
    add(session, statement, (&full, &name), kind, (&names, &query, recursive))?;
    if let (Some(old), Some(new)) = (replaced, session.catalog.tables.get_mut(&full)) {
        if let Some(message) = why_not_replaced(&old, new) {
            let help = "drop the view first, or keep its columns and put new ones behind them";
            return Err(Box::new(statement.error(IMPOSSIBLE_DEFINITION, message, name.span).help(help)));
        }
        new.comment = old.comment;
        for column in &mut new.columns {
            let before = old.columns.iter().find(|before| before.name == column.name);
            column.comment = before.and_then(|before| before.comment.clone());
        }
    }
    Ok(())
}

/// What keeps one view from replacing another: the server lets it add columns at the end, no more.
fn why_not_replaced(old: &Table, new: &Table) -> Option<String> {
    old.columns.iter().enumerate().find_map(|(at, before)| {
        let name = &before.name;
        let Some(now) = new.columns.get(at) else {
            return Some(format!("the view that is replaced has a column `{name}`, which this one lacks"));
        };
        if now.name != *name {
            return Some(format!("the view that is replaced has `{name}` in the place of `{}`", now.name));
        }
        let is_known = !before.ty.is_unknown() && !now.ty.is_unknown();
        let is_other = before.ty.name != now.ty.name || before.ty.array != now.ty.array;
        (is_known && is_other).then(|| {
            format!("`{name}` of the view that is replaced has the type `{}`, not `{}`", before.ty, now.ty)
        })
    })
}

/// Adds a table or view whose columns are a query's.
pub(super) fn add_columns_of(
    session: &mut Session,
    statement: &Statement,
    name: (&QName, &ObjectName),
    kind: TableKind,
    names: &[Ident],
    query: &Expression,
) -> Outcome {
    add(session, statement, name, kind, (names, query, None))
}

/// A query that is run at once must not call a function that shapes a table. `WITH NO DATA` behind it puts that off.
fn check_run(session: &Session, statement: &Statement, kind: TableKind, query: &Expression) -> Outcome {
    let second = statement.tokens.get(query.tokens.end + 1);
    let is_put_off =
        second.is_some_and(|token| statement.source.text[token.span.clone()].eq_ignore_ascii_case("no"));
    if kind == TableKind::View || is_put_off {
        return Ok(());
    }
    effects::check_calls(session, &Reader::over(statement, query))?;
    indirect::check(session, &Reader::over(statement, query))
}

fn add(
    session: &mut Session,
    statement: &Statement,
    (full, written): (&QName, &ObjectName),
    kind: TableKind,
    (names, query, recursive): (&[Ident], &Expression, Option<Recursive<'_>>),
) -> Outcome {
    check_run(session, statement, kind, query)?;
    let inferred = infer::query(session, statement, query, recursive, names.len())?;
    if let Some(warning) = inferred.warning {
        session.report(warning);
    }
    let mistake =
        |name: infer::MissingName| statement.error(NO_SUCH_OBJECT, name.message, name.span).help(name.help);
    session.missing_names.extend(inferred.missing.into_iter().map(mistake));
    if names.len() > inferred.columns.len() {
        let extra = names.get(inferred.columns.len()).map_or(0..0, |name| name.span.clone());
        let message = format!("`{}` has more column names than its query has columns", written.name);
        return Err(Box::new(
            statement
                .error(IMPOSSIBLE_DEFINITION, message, extra)
                .help("name as many columns as the query selects"),
        ));
    }
    let mut table = Table::new(kind);
    for (at, output) in inferred.columns.into_iter().enumerate() {
        let name = names.get(at);
        let mut column = Column::new(name.map_or(&output.name, |name| &name.name), output.ty);
        column.collation = output.collation;
        if table.column(&column.name).is_some() {
            let message = format!("`{}` has two columns `{}`", written.name, column.name);
            let help = "give each column of the query its own name with `AS`";
            return Err(Box::new(
                statement
                    .error(DUPLICATE_OBJECT, message, output.span.unwrap_or(written.span.clone()))
                    .help(help),
            ));
        }
        let span =
            output.span.or_else(|| name.map(|n| n.span.clone())).unwrap_or_else(|| written.span.clone());
        session.places.insert(Object::Column(full.clone(), column.name.clone()), statement.place(span));
        table.columns.push(column);
    }
    if table.columns.is_empty() {
        let message = format!("ormgen does not know the columns of `{}`", written.name);
        return Err(Box::new(
            statement
                .error(UNKNOWN_VIEW_COLUMNS, message, written.span.clone())
                .help("let the query select at least one column"),
        ));
    }
    session.add_table(full, table, statement, written.span.clone());
    if kind == TableKind::Table {
        dependencies::of_table(session, full);
    } else {
        dependencies::of_view(session, full, &inferred.reads, &statement.text(query));
    }
    Ok(())
}
