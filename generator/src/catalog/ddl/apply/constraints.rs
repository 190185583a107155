//! Adds constraints to a table: their names, what they imply, and the constraints that the table's children get.
//!
//! Manual: "Constraints"; the order in which a statement's constraints are made is the server's, as their names
//! depend on it.

use std::collections::BTreeSet;

use super::{
    super::{
        expressions::columns_in,
        identifiers, index_names,
        infer::implied_name,
        named_columns,
        reader::{Ident, Outcome, Reader},
        session::{Session, missing_part},
        split::{Expression, Statement},
        syntax::columns::{Constraint, ConstraintKind, ExclusionDraft, KeyDraft},
    },
    foreign_keys, inherit, parts,
    parts::{
        check_columns, column_names, has_constraint, key_name, name_for, put_check, put_exclusion, put_key,
        register, set_not_null,
    },
    refused, refused_columns,
};
use crate::{
    catalog::{Check, Key, QName},
    diagnostics::IMPOSSIBLE_DEFINITION,
};

/// Adds the constraints of one statement: checks, then keys with the primary key first, then foreign keys. Keys are one
/// where they are the same and stand in the same list: `CREATE TABLE` has one list, `ALTER TABLE` one for each action
/// (since PostgreSQL 13).
pub(super) fn add(
    session: &mut Session,
    statement: &Statement,
    table: &QName,
    lists: Vec<Vec<Constraint>>,
    only: bool,
) -> Outcome {
    let (mut keys, mut foreign_keys) = (Vec::new(), Vec::new());
    for list in lists {
        let mut of_list = Vec::new();
        add_checks(session, statement, table, list, &mut of_list, &mut foreign_keys)?;
        keys.extend(without_duplicates(of_list));
    }
    for constraint in keys {
        match &constraint.kind {
            ConstraintKind::Key(key) => add_key(session, statement, table, &constraint, key, only)?,
            ConstraintKind::Exclusion(exclusion) => {
                add_exclusion(session, statement, table, &constraint, exclusion)?;
            }
            _ => {}
        }
    }
    for constraint in &foreign_keys {
        if let ConstraintKind::ForeignKey(key) = &constraint.kind {
            foreign_keys::add(session, statement, table, constraint, key)?;
        }
    }
    Ok(())
}

/// Adds the checks among the constraints, and sorts out the others.
fn add_checks(
    session: &mut Session,
    statement: &Statement,
    table: &QName,
    constraints: Vec<Constraint>,
    keys: &mut Vec<Constraint>,
    foreign_keys: &mut Vec<Constraint>,
) -> Outcome {
    for constraint in constraints {
        match constraint.kind {
            ConstraintKind::Check(ref expression) => {
                let expression = expression.clone();
                add_check(session, statement, table, &constraint, &expression)?;
            }
            ConstraintKind::NotNull(ref column) => {
                check_columns(session, statement, table, std::slice::from_ref(column))?;
                add_not_null(session, table, column, &constraint);
            }
            ConstraintKind::Key(_) | ConstraintKind::Exclusion(_) => keys.push(constraint),
            ConstraintKind::ForeignKey(_) => foreign_keys.push(constraint),
        }
    }
    Ok(())
}

/// `UNIQUE PRIMARY KEY` is one key; the primary key comes first (`transformIndexConstraints`).
fn without_duplicates(mut keys: Vec<Constraint>) -> Vec<Constraint> {
    keys.sort_by_key(|key| !matches!(&key.kind, ConstraintKind::Key(draft) if draft.primary));
    let mut kept: Vec<Constraint> = Vec::new();
    for key in keys {
        let same = kept.iter_mut().find(|prior| match (&prior.kind, &key.kind) {
            (ConstraintKind::Key(a), ConstraintKind::Key(b)) => {
                !(a.primary && b.primary)
                    && column_names(&a.columns).eq(column_names(&b.columns))
                    && column_names(&a.included).eq(column_names(&b.included))
                    && a.nulls_not_distinct == b.nulls_not_distinct
                    && (prior.deferrable, prior.deferred) == (key.deferrable, key.deferred)
                    && a.index.is_none()
                    && b.index.is_none()
            }
            _ => false,
        });
        match same {
            Some(prior) => prior.name = prior.name.take().or(key.name),
            None => kept.push(key),
        }
    }
    kept
}

/// Adds a NOT NULL. One that was added unchecked may not hold for the existing rows, so the column stays nullable.
fn add_not_null(session: &mut Session, table: &QName, column: &Ident, constraint: &Constraint) {
    let name = constraint.name.as_ref().map_or_else(
        || identifiers::choose(&table.name, &column.name, "not_null", |_| false),
        |name| name.name.clone(),
    );
    let state = session.state_of(table);
    if constraint.validated {
        state.not_nulls.insert(name, column.name.clone());
        if constraint.no_inherit {
            state.own_not_nulls.insert(column.name.clone());
            parts::set_own_not_null(session, table, &column.name, true);
        } else {
            state.own_not_nulls.remove(&column.name);
            set_not_null(session, table, &column.name, true);
        }
    } else {
        state.unvalidated_not_nulls.insert(name, column.name.clone());
    }
}

fn add_check(
    session: &mut Session,
    statement: &Statement,
    table: &QName,
    constraint: &Constraint,
    expression: &Expression,
) -> Outcome {
    if constraint.name.as_ref().is_some_and(|given| is_inherited_check(session, table, &given.name)) {
        constraint.name.iter().for_each(|given| inherit::state_check(session, table, &given.name));
        return Ok(());
    }
    refused_columns::check_no_query(statement, expression, "a check")?;
    if constraint.no_inherit && session.is_partitioned(table) {
        let message = format!("`{}` is partitioned: its partitions have all its checks", table.name);
        let help = "leave `NO INHERIT` out";
        return Err(Box::new(
            statement.error(IMPOSSIBLE_DEFINITION, message, constraint.span.clone()).help(help),
        ));
    }
    named_columns::check(session, statement, table, expression)?;
    let columns = columns_in(statement, expression, |name| {
        session.catalog.tables.get(table).is_some_and(|table| table.column(name).is_some())
    });
    let name = name_for(session, statement, table, constraint, |session| {
        let only = columns.first().filter(|_| columns.len() == 1).map_or("", String::as_str);
        identifiers::choose(&table.name, only, "check", |name| session.constraint_taken(&table.schema, name))
    })?;
    let check = Check { name, expression: statement.text(expression) };
    let family = if constraint.no_inherit { vec![table.clone()] } else { session.family(table) };
    for member in family {
        if has_constraint(session, &member, &check.name) {
            continue;
        }
        register(session, statement, &member, &check.name, constraint);
        if member != *table {
            session.state_of(&member).inherited_checks.insert(check.name.clone());
        }
        put_check(session, &member, check.clone(), columns.clone());
    }
    if constraint.no_inherit {
        session.state_of(table).own.insert(check.name);
    }
    Ok(())
}

/// A check of the same name as one that the table has from its parent is that one.
fn is_inherited_check(session: &Session, table: &QName, name: &str) -> bool {
    let has = |table: &QName| {
        session
            .catalog
            .tables
            .get(table)
            .is_some_and(|table| table.checks.iter().any(|check| check.name == name))
    };
    let found = session.catalog.tables.get(table);
    has(table) && found.is_some_and(|found| found.inherits.iter().chain(&found.partition_of).any(has))
}

fn add_key(
    session: &mut Session,
    statement: &Statement,
    table: &QName,
    constraint: &Constraint,
    draft: &KeyDraft,
    only: bool,
) -> Outcome {
    if let Some(index) = &draft.index {
        key_from_index(session, statement, table, constraint, draft, index)?;
        let columns = session.catalog.tables.get(table).and_then(|table| table.primary_key.as_ref());
        let columns = columns.filter(|_| draft.primary && !only).map(|key| key.columns.clone());
        columns.iter().flatten().for_each(|column| set_not_null(session, table, column, true));
        return Ok(());
    }
    let all: Vec<Ident> = draft.columns.iter().chain(&draft.included).cloned().collect();
    check_columns(session, statement, table, &all)?;
    check_repeated(statement, &draft.columns)?;
    let columns: Vec<String> = column_names(&draft.columns).map(str::to_owned).collect();
    let included: Vec<String> = column_names(&draft.included).map(str::to_owned).collect();
    let name = name_for(session, statement, table, constraint, |session| {
        key_name(session, table, draft.primary, &index_names::of_columns(&columns, &included))
    })?;
    check_one_primary(session, statement, table, draft, constraint)?;
    refused::check_key(session, statement, table, &columns, &constraint.span)?;
    refused_columns::check_key(session, statement, table, draft)?;
    if only && draft.primary {
        refused::check_null_in_partitions(session, statement, table, &columns, &constraint.span)?;
    }
    if constraint.name.is_some() {
        session.check_free(statement, &QName::new(&table.schema, &name), constraint.span.clone())?;
    }
    let key = Key {
        name,
        columns,
        deferrable: constraint.deferrable,
        deferred: constraint.deferred,
        nulls_not_distinct: draft.nulls_not_distinct,
    };
    register(session, statement, table, &key.name, constraint);
    put_key(session, table, key.clone(), draft.primary, included.clone());
    if !only {
        // A table that inherits has no such key, but its columns hold no NULL either.
        for column in key.columns.iter().filter(|_| draft.primary) {
            set_not_null(session, table, column, true);
        }
        inherit::key_to_partitions(session, table, &key, draft.primary, &included);
    }
    Ok(())
}

fn check_one_primary(
    session: &Session,
    statement: &Statement,
    table: &QName,
    draft: &KeyDraft,
    constraint: &Constraint,
) -> Outcome {
    let has_one = session.catalog.tables.get(table).is_some_and(|table| table.primary_key.is_some());
    if !(draft.primary && has_one) {
        return Ok(());
    }
    let message = format!("`{}` has a primary key already", table.name);
    Err(Box::new(
        statement
            .error(IMPOSSIBLE_DEFINITION, message, constraint.span.clone())
            .help("take one of the two out; a key of two columns is written `PRIMARY KEY (a, b)`"),
    ))
}

fn check_repeated(statement: &Statement, columns: &[Ident]) -> Outcome {
    let mut seen = BTreeSet::new();
    match columns.iter().find(|column| !seen.insert(&column.name)) {
        Some(twice) => Err(Box::new(
            statement
                .error(
                    IMPOSSIBLE_DEFINITION,
                    format!("the key names `{}` twice", twice.name),
                    twice.span.clone(),
                )
                .help("name each column once"),
        )),
        None => Ok(()),
    }
}

/// `ADD CONSTRAINT … USING INDEX`: the index takes the constraint's name.
fn key_from_index(
    session: &mut Session,
    statement: &Statement,
    table: &QName,
    constraint: &Constraint,
    draft: &KeyDraft,
    index: &Ident,
) -> Outcome {
    let found =
        session.catalog.tables.get(table).and_then(|t| t.indexes.iter().position(|i| i.name == index.name));
    let Some(position) = found else {
        let owner = &table.name;
        return Err(Box::new(missing_part(statement, owner, "index", &index.name, index.span.clone(), None)));
    };
    let name = name_for(session, statement, table, constraint, |_| index.name.clone())?;
    check_one_primary(session, statement, table, draft, constraint)?;
    let Some(removed) = session.catalog.tables.get_mut(table).map(|table| table.indexes.remove(position))
    else {
        return Ok(());
    };
    if let Some(id) = session.objects.relation(&QName::new(&table.schema, &index.name)) {
        session.objects.remove(id);
    }
    let state = session.state_of(table);
    let names = state.carried.remove(&index.name).unwrap_or_default();
    state.references.remove(&index.name);
    if let Some(names) = state.index_names.remove(&index.name) {
        state.index_names.insert(name.clone(), names);
    }
    let included = names.into_iter().skip(removed.columns.len()).collect();
    let key = Key {
        name,
        columns: removed.columns.into_iter().flatten().collect(),
        deferrable: constraint.deferrable,
        deferred: constraint.deferred,
        nulls_not_distinct: removed.nulls_not_distinct,
    };
    register(session, statement, table, &key.name, constraint);
    put_key(session, table, key, draft.primary, included);
    Ok(())
}

/// The columns' part of an index's name: expressions count by the name they would have in a query.
pub(super) fn element_names(statement: &Statement, elements: &[Expression]) -> Vec<String> {
    elements
        .iter()
        .map(|element| match plain_column(statement, element) {
            Some(column) => column,
            None => implied_name(&statement.text(element)).unwrap_or_else(|| "expr".into()),
        })
        .collect()
}

/// The column that an index element is, if it is one and no expression.
pub(super) fn plain_column(statement: &Statement, element: &Expression) -> Option<String> {
    let mut tokens = Reader::over(statement, element);
    while let Ok(inside) = tokens.clone().parenthesized() {
        let mut whole = tokens.clone();
        whole.skip_group();
        if !whole.is_end() {
            return None;
        }
        tokens = Reader::over(statement, &inside);
    }
    tokens.ident().ok().filter(|_| tokens.is_end()).map(|ident| ident.name)
}

fn add_exclusion(
    session: &mut Session,
    statement: &Statement,
    table: &QName,
    constraint: &Constraint,
    draft: &ExclusionDraft,
) -> Outcome {
    draft.elements.iter().try_for_each(|element| named_columns::check(session, statement, table, element))?;
    let own_columns = identifiers::index_column_names(&element_names(statement, &draft.elements));
    let name = name_for(session, statement, table, constraint, |session| {
        let joined = identifiers::join_columns(own_columns.iter().map(String::as_str));
        session.choose_relation_name(&table.schema, &table.name, &joined, "excl", true)
    })?;
    let columns = columns_in(statement, &draft.definition, |name| {
        session.catalog.tables.get(table).is_some_and(|table| table.column(name).is_some())
    });
    register(session, statement, table, &name, constraint);
    let check = Check { name, expression: format!("EXCLUDE {}", statement.text(&draft.definition)) };
    put_exclusion(session, table, check, columns, own_columns);
    Ok(())
}
