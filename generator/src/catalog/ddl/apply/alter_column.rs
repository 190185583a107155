//! `ALTER TABLE … ALTER COLUMN …`. Manual: ALTER TABLE.

use super::{
    super::{
        defaults, dependencies, dependents, index_names, named_columns,
        reader::{Ident, ObjectName, Outcome},
        remove,
        session::Session,
        split::Statement,
        syntax::{alter_table::ColumnChange, columns::IdentityDraft},
        types::TypeName,
    },
    indexes, parts, refused, refused_alter, refused_columns, refused_types,
    table_columns::{add_identity_sequence, collation_of, default_text},
    target::Target,
    type_changes,
};
use crate::{catalog::Column, diagnostics::IMPOSSIBLE_DEFINITION};

/// Applies one change.
pub(super) fn apply(
    session: &mut Session,
    statement: &Statement,
    target: &Target,
    column: &Ident,
    what: ColumnChange,
) -> Outcome {
    parts::check_columns(session, statement, &target.table, std::slice::from_ref(column))?;
    refused_alter::check(session, statement, target, column, &what)?;
    match what {
        ColumnChange::Type { ty, collation, using } => {
            if !using {
                type_changes::check(session, statement, target, column, &ty)?;
            }
            return retype(session, statement, target, column, &ty, collation.as_ref());
        }
        ColumnChange::SetDefault(default) => {
            named_columns::check_default(session, statement, &default)?;
            let ty = target.type_of(session, column);
            defaults::check_text(session, statement, &ty, &default)?;
            let text = default_text(session, &ty, statement.text(&default));
            change(session, target, column, |column| column.default.clone_from(&text));
        }
        ColumnChange::DropDefault => change(session, target, column, |column| column.default = None),
        ColumnChange::SetNotNull if target.only => {
            change(session, target, column, |column| column.nullable = false);
        }
        ColumnChange::SetNotNull => {
            session.state_of(&target.table).own_not_nulls.remove(&column.name);
            parts::set_not_null(session, &target.table, &column.name, true);
        }
        ColumnChange::DropNotNull => return drop_not_null(session, statement, target, column),
        ColumnChange::SetExpression(expression) => {
            named_columns::check_generated(session, statement, &target.table, &expression)?;
            let text = statement.text(&expression);
            change(session, target, column, |column| {
                if let Some(generated) = &mut column.generated {
                    generated.expression.clone_from(&text);
                }
            });
        }
        ColumnChange::DropExpression { .. } => {
            change(session, target, column, |column| column.generated = None)
        }
        ColumnChange::AddIdentity(draft) => add_identity(session, target, column, &draft),
        ColumnChange::SetIdentity(kind) => {
            change(session, &own(target), column, |column| column.identity = Some(kind));
        }
        ColumnChange::DropIdentity { .. } => drop_identity(session, target, column),
        ColumnChange::PassedOver => {}
    }
    Ok(())
}

/// The table alone, without what inherits from it.
fn own(target: &Target) -> Target {
    Target { table: target.table.clone(), only: true }
}

fn add_identity(session: &mut Session, target: &Target, column: &Ident, draft: &IdentityDraft) {
    change(session, &own(target), column, |column| {
        (column.identity, column.nullable) = (Some(draft.kind), false);
    });
    add_identity_sequence(session, &target.table, &column.name, draft);
    for sequence in std::mem::take(&mut session.new_owned_sequences) {
        dependencies::of_sequence(session, &sequence);
    }
}

fn drop_identity(session: &mut Session, target: &Target, column: &Ident) {
    let had = session.catalog.tables.get(&target.table).and_then(|table| table.column(&column.name));
    if had.is_some_and(|column| column.identity.is_some()) {
        change(session, &own(target), column, |column| column.identity = None);
        for sequence in remove::owned_by(session, &target.table, &column.name) {
            remove::drop_sequence(session, &sequence);
        }
    }
}

fn change(session: &mut Session, target: &Target, column: &Ident, change: impl Fn(&mut Column)) {
    for member in target.members(session) {
        let table = session.catalog.tables.get_mut(&member);
        if let Some(found) = table.and_then(|t| t.columns.iter_mut().find(|c| c.name == column.name)) {
            change(found);
        }
        dependencies::of_column(session, &member, &column.name);
    }
}

fn retype(
    session: &mut Session,
    statement: &Statement,
    target: &Target,
    column: &Ident,
    written: &TypeName,
    collation: Option<&ObjectName>,
) -> Outcome {
    let readers = dependents::readers_of_column(session, &target.table, &column.name);
    let what = format!("the type of `{}` cannot be changed", column.name);
    dependents::refuse(session, statement, &what, column.span.clone(), &readers.iter().collect::<Vec<_>>())
        .map_err(|problem| {
        Box::new(problem.help("drop what reads the column first, and create it again afterwards"))
    })?;
    refused::check_inherited(session, statement, target, column)?;
    let ty = session.sql_type(statement, written);
    refused_types::check(session, statement, column, &ty)?;
    let table = session.catalog.tables.get(&target.table);
    if table.and_then(|table| table.column(&column.name)).is_some_and(|column| column.identity.is_some()) {
        refused_columns::check_identity_type(statement, column, &ty)?;
    }
    let collation = collation.and_then(|collation| collation_of(session, &ty, collation));
    change(session, target, column, |column| {
        column.ty = ty.clone();
        column.collation.clone_from(&collation);
    });
    for member in target.members(session) {
        index_names::renew(session, &member, &column.name);
        indexes::find_columns(session, &member);
    }
    Ok(())
}

fn drop_not_null(session: &mut Session, statement: &Statement, target: &Target, column: &Ident) -> Outcome {
    let primary = session.catalog.tables.get(&target.table).and_then(|table| table.primary_key.as_ref());
    if primary.is_some_and(|key| key.columns.contains(&column.name)) {
        let message = format!("`{}` is part of the primary key", column.name);
        return Err(Box::new(
            statement
                .error(IMPOSSIBLE_DEFINITION, message, column.span.clone())
                .help("drop the primary key first: its columns are never null"),
        ));
    }
    refused::check_drop_not_null(session, statement, target, column)?;
    if session.state_of(&target.table).own_not_nulls.remove(&column.name) {
        parts::set_own_not_null(session, &target.table, &column.name, false);
    } else {
        change(session, target, column, |column| column.nullable = true);
    }
    Ok(())
}
