//! Applies `ALTER TABLE` (and `ALTER VIEW`, `ALTER FOREIGN TABLE`, …). Manual: ALTER TABLE.

use super::{
    super::{
        column_rename, dependencies,
        dependents::{self, Drop},
        named_columns,
        objects::{Address, Kind},
        reader::{Ident, ObjectName, Outcome, Reader},
        session::{Session, missing_part},
        split::{Statement, found},
        syntax::{
            alter_table::{AlterAction, AlterTable, ColumnChange, ConstraintChange, Pass, TableChange},
            columns::{ColumnDraft, Constraint},
        },
    },
    alter_column, child_constraints, constraints, create_table, effects, indirect, inherit, parts, refused,
    refused_alter,
    table_columns::build,
    target::{Target, move_to_schema, rename_to},
};
use crate::{
    catalog::{Column, ForeignKey, Object, QName},
    diagnostics::{DUPLICATE_OBJECT, IMPOSSIBLE_DEFINITION},
};

/// Applies `ALTER TABLE …`.
pub(super) fn alter(session: &mut Session, statement: &Statement, written: AlterTable) -> Outcome {
    let table = match session.find_relation(&written.name) {
        Some(found) if session.objects.relation_kind(&found) == Some(Kind::Table) => found,
        Some(found) => return alter_other(session, statement, &found, written),
        None if written.if_exists => return Ok(()),
        None => session.table_name(statement, &written.name)?,
    };
    indirect::note_disabled(session, statement, &table);
    let target = Target { table, only: written.only };
    match written.change? {
        TableChange::RenameTo(new) => rename_to(session, statement, &target.table, new),
        TableChange::SetSchema(schema) => move_to_schema(session, statement, &target.table, &schema),
        TableChange::RenameConstraint(old, new) => {
            child_constraints::rename(session, statement, &target, &old, new)
        }
        TableChange::RenameColumn(old, new) => rename_column(session, statement, &target, &old, &new),
        TableChange::Actions(actions) => apply_all(session, statement, &target, actions),
    }
}

/// An index or sequence may be renamed and moved by `ALTER TABLE` as well.
fn alter_other(session: &mut Session, statement: &Statement, name: &QName, written: AlterTable) -> Outcome {
    let is_passed_over = |action: &AlterAction| matches!(action, AlterAction::PassedOver);
    match written.change? {
        TableChange::RenameTo(new) => rename_to(session, statement, name, new),
        TableChange::SetSchema(schema) => move_to_schema(session, statement, name, &schema),
        TableChange::Actions(actions) if actions.iter().all(is_passed_over) => Ok(()),
        _ => {
            let found = found(&statement.source.text[written.change_span.clone()]);
            Err(statement.expected("an action of `ALTER TABLE`", &found, written.change_span))
        }
    }
}

fn rename_column(
    session: &mut Session,
    statement: &Statement,
    target: &Target,
    old: &Ident,
    new: &Ident,
) -> Outcome {
    parts::check_columns(session, statement, &target.table, std::slice::from_ref(old))?;
    refused::check_inherited(session, statement, target, old)?;
    refused::check_name(statement, &new.name, &new.span)?;
    for member in target.members(session) {
        if column_of(session, &member, &new.name).is_some() {
            return Err(Box::new(duplicate_column(statement, &member, new)));
        }
        column_rename::rename(session, &member, &old.name, &new.name);
    }
    Ok(())
}

/// Applies the actions of one statement in the server's order: constraints come after all columns are there.
fn apply_all(
    session: &mut Session,
    statement: &Statement,
    target: &Target,
    mut actions: Vec<AlterAction>,
) -> Outcome {
    actions.sort_by_key(AlterAction::pass);
    refused_alter::check_identity_null(session, statement, target, &actions)?;
    let is_retyped = |action: &AlterAction| match action {
        AlterAction::AlterColumn { column, change: ColumnChange::Type { .. } } => Some(column.clone()),
        _ => None,
    };
    let retyped: Vec<Ident> = actions.iter().filter_map(is_retyped).collect();
    let is_late = |action: &AlterAction| action.pass() > Pass::AddConstraint;
    let late = actions.split_off(actions.iter().position(is_late).unwrap_or(actions.len()));
    let mut added = Vec::new();
    for action in actions {
        apply(session, statement, target, action, &mut added)?;
    }
    refused_alter::check_foreign_keys(session, statement, &target.table, &retyped)?;
    constraints::add(session, statement, &target.table, added, target.only)?;
    for action in late {
        apply(session, statement, target, action, &mut Vec::new())?;
    }
    Ok(())
}

fn column_of<'s>(session: &'s Session, table: &QName, name: &str) -> Option<&'s Column> {
    session.catalog.tables.get(table).and_then(|table| table.column(name))
}

fn duplicate_column(statement: &Statement, table: &QName, column: &Ident) -> crate::diagnostics::Diagnostic {
    let message = format!("`{}` has a column `{}` already", table.name, column.name);
    statement
        .error(DUPLICATE_OBJECT, message, column.span.clone())
        .help("take one of the two out, or write `IF NOT EXISTS` where the first is to hold")
}

/// Applies one action; constraints are collected.
fn apply(
    session: &mut Session,
    statement: &Statement,
    target: &Target,
    action: AlterAction,
    added: &mut Vec<Vec<Constraint>>,
) -> Outcome {
    let table = &target.table;
    match action {
        AlterAction::AddColumn { if_not_exists, column } => {
            return add_column(session, statement, target, *column, if_not_exists, added);
        }
        AlterAction::AddConstraint(constraint) => added.push(vec![*constraint]),
        AlterAction::DropColumn { if_exists, column, cascade } => {
            return drop_column(session, statement, target, &column, if_exists, cascade);
        }
        AlterAction::DropConstraint { if_exists, name, cascade } => {
            return child_constraints::drop(session, statement, target, &name, if_exists, cascade);
        }
        AlterAction::AlterConstraint { name, changes } => {
            if let Some(column) = parts::not_null_named(session, table, &name.name) {
                changes.iter().for_each(|change| pass_on(session, table, &column, *change));
                return Ok(());
            }
            return each_foreign_key(session, statement, table, &name, |key| {
                changes.iter().for_each(|change| change_key(key, *change));
            });
        }
        AlterAction::ValidateConstraint(name) => return validate(session, statement, table, &name),
        AlterAction::AlterColumn { column, change } => {
            return alter_column::apply(session, statement, target, &column, change);
        }
        AlterAction::AttachPartition(child) => return attach(session, statement, table, &child),
        AlterAction::DetachPartition(child) => {
            let child = session.table_name(statement, &child)?;
            unlink(session, table, &child);
        }
        AlterAction::Inherit(parent) => return inherit_from(session, statement, table, &parent),
        AlterAction::NoInherit(parent) => {
            let parent = session.table_name(statement, &parent)?;
            unlink(session, &parent, table);
        }
        AlterAction::Of(ty) => create_table::make_typed(session, table, &ty),
        AlterAction::NotOf => {
            let of = session.state_of(table).of.take();
            if let (Some(id), Some(of)) = (session.objects.relation(table), of) {
                session.objects.undepend(&id.whole(), of);
            }
        }
        AlterAction::PassedOver => {}
    }
    Ok(())
}

fn change_key(key: &mut ForeignKey, change: ConstraintChange) {
    match change {
        ConstraintChange::Deferrable(on) => key.deferrable = on,
        ConstraintChange::Deferred(on) => key.deferred = on,
        ConstraintChange::Enforced(on) => (key.enforced, key.validated) = (on, on),
        ConstraintChange::Inherited(_) => {}
    }
}

/// A NOT NULL is one of the children's as well, or no longer passed on to new ones.
fn pass_on(session: &mut Session, table: &QName, column: &str, change: ConstraintChange) {
    match change {
        ConstraintChange::Inherited(true) => {
            session.state_of(table).own_not_nulls.remove(column);
            parts::set_not_null(session, table, column, true);
        }
        ConstraintChange::Inherited(false) => {
            session.state_of(table).own_not_nulls.insert(column.to_owned());
        }
        _ => {}
    }
}

/// A foreign key or a NOT NULL that was not checked when it was added holds from now on.
fn validate(session: &mut Session, statement: &Statement, table: &QName, name: &Ident) -> Outcome {
    if let Some(column) = session.state_of(table).unvalidated_not_nulls.remove(&name.name) {
        parts::set_not_null(session, table, &column, true);
        return Ok(());
    }
    each_foreign_key(session, statement, table, name, |key| key.validated = true)
}

fn add_column(
    session: &mut Session,
    statement: &Statement,
    target: &Target,
    draft: ColumnDraft,
    if_not_exists: bool,
    added: &mut Vec<Vec<Constraint>>,
) -> Outcome {
    if column_of(session, &target.table, &draft.name.name).is_some() {
        if if_not_exists {
            return Ok(());
        }
        return Err(Box::new(duplicate_column(statement, &target.table, &draft.name)));
    }
    refused::check_add_column(session, statement, target, &draft.name)?;
    // The rows that are there get the default at once.
    draft
        .default
        .iter()
        .try_for_each(|default| effects::check_calls(session, &Reader::over(statement, default)))?;
    let column = build(session, statement, &target.table, &draft, None)?;
    for member in target.members(session) {
        if column_of(session, &member, &column.name).is_some() {
            continue;
        }
        let is_child = member != target.table;
        let mut column = column.clone();
        if is_child {
            column.identity = None;
            session.state_of(&member).inherited.insert(column.name.clone());
        }
        let object = Object::Column(member.clone(), column.name.clone());
        session.places.insert(object, statement.place(draft.name.span.clone()));
        let name = column.name.clone();
        if let Some(table) = session.catalog.tables.get_mut(&member) {
            table.columns.push(column);
        }
        dependencies::of_column(session, &member, &name);
    }
    for sequence in std::mem::take(&mut session.new_owned_sequences) {
        dependencies::of_sequence(session, &sequence);
    }
    if let Some((expression, _)) = &draft.generated {
        named_columns::check_generated(session, statement, &target.table, expression)?;
    }
    if let Some(name) = &draft.not_null_name {
        session.state_of(&target.table).not_nulls.insert(name.name.clone(), draft.name.name.clone());
    }
    added.push(draft.constraints);
    Ok(())
}

fn drop_column(
    session: &mut Session,
    statement: &Statement,
    target: &Target,
    column: &Ident,
    if_exists: bool,
    cascade: bool,
) -> Outcome {
    if column_of(session, &target.table, &column.name).is_none() && if_exists {
        return Ok(());
    }
    parts::check_columns(session, statement, &target.table, std::slice::from_ref(column))?;
    refused::check_drop_column(session, statement, target, column)?;
    let (mut originals, mut going) = (Vec::new(), Vec::new());
    for member in target.members(session) {
        let kept = member != target.table && keeps_column(session, &member, &going, &column.name);
        if !kept && column_of(session, &member, &column.name).is_some() {
            originals.extend(session.objects.relation(&member).map(|id| id.column(&column.name)));
            originals.extend(own_keys(session, &member, &column.name));
            going.push(member);
        }
    }
    // What `ONLY` leaves with the children is theirs from now on.
    for child in session.children(&target.table).iter().filter(|_| target.only) {
        session.state_of(child).inherited.remove(&column.name);
    }
    let drop = Drop { originals, what: &column.name, span: column.span.clone(), cascade };
    dependents::drop(session, statement, drop)
}

/// Whether the column is the child's own, or comes from another parent that has it.
fn keeps_column(session: &Session, child: &QName, going: &[QName], column: &str) -> bool {
    let is_own = !session.state(child).is_some_and(|state| state.inherited.contains(column));
    let mut parents =
        session.catalog.tables.get(child).into_iter().flat_map(|t| t.partition_of.iter().chain(&t.inherits));
    is_own || parents.any(|parent| !going.contains(parent) && column_of(session, parent, column).is_some())
}

/// The foreign keys of a column go with it, those that point to their own table too.
fn own_keys(session: &Session, table: &QName, column: &str) -> Vec<Address> {
    let Some(id) = session.objects.relation(table) else { return Vec::new() };
    let keys = session.catalog.tables.get(table).map(|table| table.foreign_keys.as_slice());
    let own = keys.unwrap_or_default().iter().filter(|key| key.columns.iter().any(|c| c == column));
    own.map(|key| id.constraint(&key.name)).collect()
}

fn each_foreign_key(
    session: &mut Session,
    statement: &Statement,
    table: &QName,
    name: &Ident,
    change: impl Fn(&mut ForeignKey),
) -> Outcome {
    if !parts::has_constraint(session, table, &name.name) {
        let owner = &table.name;
        return Err(Box::new(missing_part(
            statement,
            owner,
            "constraint",
            &name.name,
            name.span.clone(),
            None,
        )));
    }
    for member in session.family(table) {
        let keys = session.catalog.tables.get_mut(&member).map(|table| table.foreign_keys.iter_mut());
        keys.into_iter().flatten().filter(|key| key.name == name.name).for_each(&change);
    }
    Ok(())
}

fn attach(session: &mut Session, statement: &Statement, parent: &QName, written: &ObjectName) -> Outcome {
    let child = session.table_name(statement, written)?;
    inherit::check_partition(session, statement, parent, &child, written)?;
    if session.catalog.tables.get(&child).is_some_and(|table| table.partition_of.is_some()) {
        let message = format!("`{}` is a partition already", child.name);
        return Err(Box::new(
            statement
                .error(IMPOSSIBLE_DEFINITION, message, written.span.clone())
                .help("detach it from the other table first"),
        ));
    }
    refused::check_child(session, statement, parent, &child, &written.span)?;
    refused::check_keys_of_parent(session, statement, parent, &child, &written.span)?;
    if let Some(table) = session.catalog.tables.get_mut(&child) {
        table.partition_of = Some(parent.clone());
    }
    become_child(session, parent, &child);
    // A partition's columns are its parent's from now on; a table that inherits keeps its own.
    let columns =
        session.catalog.tables.get(&child).map(|table| table.columns.as_slice()).unwrap_or_default();
    let columns = columns.iter().map(|column| column.name.clone()).collect();
    inherit::mark_inherited(session, &child, columns);
    Ok(())
}

fn inherit_from(session: &mut Session, statement: &Statement, child: &QName, parent: &ObjectName) -> Outcome {
    let found = session.table_name(statement, parent)?;
    if session.family(child).contains(&found) {
        let message = format!("`{}` cannot inherit from `{}`", child.name, found.name);
        return Err(Box::new(
            statement
                .error(IMPOSSIBLE_DEFINITION, message, parent.span.clone())
                .help("name a table that does not itself inherit from it"),
        ));
    }
    if session.catalog.tables.get(child).is_some_and(|table| table.inherits.contains(&found)) {
        let message = format!("`{}` inherits from `{}` already", child.name, found.name);
        return Err(Box::new(
            statement.error(DUPLICATE_OBJECT, message, parent.span.clone()).help("take this action out"),
        ));
    }
    refused::check_child(session, statement, &found, child, &parent.span)?;
    if let Some(table) = session.catalog.tables.get_mut(child) {
        table.inherits.push(found.clone());
    }
    become_child(session, &found, child);
    Ok(())
}

/// Links the two, and asks of the child's columns what the parent asks of them.
fn become_child(session: &mut Session, parent: &QName, child: &QName) {
    inherit::link(session, parent, child);
    let columns = session.catalog.tables.get(parent).map(|table| table.columns.clone()).unwrap_or_default();
    let own = session.state_of(parent).own_not_nulls.clone();
    for column in columns.iter().filter(|column| !column.nullable && !own.contains(&column.name)) {
        parts::set_not_null(session, child, &column.name, true);
    }
}

/// Ends an inheritance: the child keeps all its columns and constraints.
fn unlink(session: &mut Session, parent: &QName, child: &QName) {
    if let (Some(child_id), Some(parent_id)) =
        (session.objects.relation(child), session.objects.relation(parent))
    {
        session.state_of(parent).children.retain(|other| *other != child_id);
        session.objects.undepend(&child_id.whole(), parent_id);
    }
    if let Some(table) = session.catalog.tables.get_mut(child) {
        table.partition_of.take_if(|other| other == parent);
        table.inherits.retain(|other| other != parent);
    }
    inherit::keep_as_own(session, child);
}
