//! `ALTER TABLE` (and `ALTER VIEW`, `ALTER FOREIGN TABLE`, …): names and actions. Manual: ALTER TABLE.

use super::{
    super::{
        dependents,
        reader::{Ident, ObjectName, Outcome, Reader},
        relations,
        session::{Relation, Session, missing_part},
    },
    alter_column,
    columns::{self, Constraint},
    constraints, create_table, inherit, parts,
    table_columns::build,
    target::{Target, accept_cascade, move_to_schema, rename_pair},
};
use crate::{
    catalog::{Column, Object, QName},
    diagnostics::{DUPLICATE_OBJECT, IMPOSSIBLE_DEFINITION},
};

/// `ALTER TABLE …`, after `TABLE`.
pub(super) fn alter(session: &mut Session<'_>, reader: &mut Reader<'_>) -> Outcome {
    if reader.accept("all in tablespace") {
        reader.skip_rest();
        return Ok(());
    }
    let if_exists = reader.accept("if exists");
    let only = reader.accept("only");
    let name = if reader.accept("(") {
        let name = reader.object_name()?;
        reader.expect(")")?;
        name
    } else {
        reader.object_name()?
    };
    reader.accept("*");
    let found = session.find_relation(&name);
    let table = match found {
        Some(found) if session.relations.get(&found) == Some(&Relation::Table) => found,
        Some(found) => return alter_other(session, reader, &found),
        None if if_exists => {
            reader.skip_rest();
            return Ok(());
        }
        None => session.table_name(reader, &name)?,
    };
    let target = Target { table, only };
    if reader.accept("rename") {
        return rename(session, reader, &target);
    }
    if reader.accept("set schema") {
        let schema = reader.ident()?;
        reader.finish()?;
        return move_to_schema(session, reader, &target.table, &schema);
    }
    let mut added = Vec::new();
    loop {
        action(session, reader, &target, &mut added)?;
        if !reader.accept(",") {
            break;
        }
    }
    reader.finish()?;
    // As the server does: constraints come after all columns of the statement are there.
    constraints::add(session, reader, &target.table, added, only)
}

/// An index or sequence may be renamed and moved by `ALTER TABLE` as well.
fn alter_other(session: &mut Session<'_>, reader: &mut Reader<'_>, name: &QName) -> Outcome {
    if reader.accept("rename to") {
        let new = reader.ident()?;
        reader.finish()?;
        let target = QName::new(&name.schema, &new.name);
        session.check_free(reader, &target, new.span)?;
        relations::rename(session, name, &target);
        return Ok(());
    }
    if reader.accept("set schema") {
        let schema = reader.ident()?;
        reader.finish()?;
        return move_to_schema(session, reader, name, &schema);
    }
    pass_over(reader)
}

/// After `RENAME`.
fn rename(session: &mut Session<'_>, reader: &mut Reader<'_>, target: &Target) -> Outcome {
    if reader.accept("to") {
        let new = reader.ident()?;
        reader.finish()?;
        let to = QName::new(&target.table.schema, &new.name);
        session.check_free(reader, &to, new.span)?;
        relations::rename(session, &target.table, &to);
        return Ok(());
    }
    if reader.accept("constraint") {
        let (old, new) = rename_pair(reader)?;
        for member in target.members(session) {
            let found = relations::rename_constraint(session, &member, &old.name, &new.name);
            if !found && member == target.table {
                let owner = &target.table.name;
                return Err(Box::new(missing_part(reader, owner, "constraint", &old.name, old.span, None)));
            }
        }
        return Ok(());
    }
    reader.accept("column");
    let (old, new) = rename_pair(reader)?;
    parts::check_columns(session, reader, &target.table, std::slice::from_ref(&old))?;
    for member in target.members(session) {
        if column_of(session, &member, &new.name).is_some() {
            return Err(Box::new(duplicate_column(reader, &member, &new)));
        }
        relations::rename_column(session, &member, &old.name, &new.name);
    }
    Ok(())
}

fn column_of<'s>(session: &'s Session<'_>, table: &QName, name: &str) -> Option<&'s Column> {
    session.catalog.tables.get(table).and_then(|table| table.column(name))
}

fn duplicate_column(reader: &Reader<'_>, table: &QName, column: &Ident) -> crate::diagnostics::Diagnostic {
    let message = format!("`{}` has a column `{}` already", table.name, column.name);
    reader
        .error(DUPLICATE_OBJECT, message, column.span.clone())
        .help("take one of the two out, or write `IF NOT EXISTS` where the first is to hold")
}

fn action(
    session: &mut Session<'_>,
    reader: &mut Reader<'_>,
    target: &Target,
    added: &mut Vec<Constraint>,
) -> Outcome {
    if reader.accept("add") {
        if let Some(constraint) = columns::table_constraint(reader)? {
            added.push(constraint);
            return Ok(());
        }
        reader.accept("column");
        return add_column(session, reader, target, added);
    }
    if reader.accept("drop constraint") {
        return drop_constraint(session, reader, target);
    }
    if reader.accept("drop") {
        reader.accept("column");
        return drop_column(session, reader, target);
    }
    if reader.accept("alter constraint") {
        return alter_constraint(session, reader, &target.table);
    }
    if reader.accept("alter") {
        reader.accept("column");
        return alter_column::alter(session, reader, target);
    }
    if reader.accept("validate constraint") {
        let name = reader.ident()?;
        return each_foreign_key(session, reader, &target.table, &name, |key| key.validated = true);
    }
    if reader.accept("attach partition") {
        return attach(session, reader, &target.table);
    }
    if reader.accept("detach partition") {
        let child = reader.object_name()?;
        let _ = reader.accept("concurrently") || reader.accept("finalize");
        let child = session.table_name(reader, &child)?;
        unlink(session, &target.table, &child);
        return Ok(());
    }
    if reader.accept("inherit") {
        let parent = reader.object_name()?;
        return inherit_from(session, reader, &target.table, &parent);
    }
    if reader.accept("no inherit") {
        let parent = reader.object_name()?;
        let parent = session.table_name(reader, &parent)?;
        unlink(session, &parent, &target.table);
        return Ok(());
    }
    pass_over(reader)
}

/// Actions that change how a table is kept or who may use it, and no column.
fn pass_over(reader: &mut Reader<'_>) -> Outcome {
    const KNOWN: [&str; 20] = [
        "owner to",
        "enable",
        "disable",
        "force row level security",
        "no force row level security",
        "replica identity",
        "cluster on",
        "set without",
        "set tablespace",
        "set logged",
        "set unlogged",
        "set (",
        "set access method",
        "reset (",
        "options (",
        "not of",
        "of",
        "depends on extension",
        "no depends on extension",
        "set statistics",
    ];
    if !KNOWN.iter().any(|words| reader.sees(words)) {
        return Err(reader.expected("an action of `ALTER TABLE`"));
    }
    while !reader.is_end() && !reader.is(",") {
        reader.skip_group();
    }
    Ok(())
}

fn add_column(
    session: &mut Session<'_>,
    reader: &mut Reader<'_>,
    target: &Target,
    added: &mut Vec<Constraint>,
) -> Outcome {
    let if_not_exists = reader.accept("if not exists");
    let draft = columns::column(reader)?;
    if column_of(session, &target.table, &draft.name.name).is_some() {
        if if_not_exists {
            return Ok(());
        }
        return Err(Box::new(duplicate_column(reader, &target.table, &draft.name)));
    }
    let column = build(session, reader, &target.table, &draft, None)?;
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
        session.places.insert(object, reader.place(draft.name.span.clone()));
        if let Some(table) = session.catalog.tables.get_mut(&member) {
            table.columns.push(column);
        }
    }
    added.extend(draft.constraints);
    Ok(())
}

fn drop_column(session: &mut Session<'_>, reader: &mut Reader<'_>, target: &Target) -> Outcome {
    let if_exists = reader.accept("if exists");
    let column = reader.ident()?;
    let cascade = accept_cascade(reader);
    if column_of(session, &target.table, &column.name).is_none() && if_exists {
        return Ok(());
    }
    parts::check_columns(session, reader, &target.table, std::slice::from_ref(&column))?;
    for member in target.members(session) {
        let kept = member != target.table && keeps_column(session, &member, &column.name);
        if kept || column_of(session, &member, &column.name).is_none() {
            continue;
        }
        let mut others = dependents::of_column(session, &member, &column.name);
        others.retain(|other| !is_own_key(session, other, &member, &column.name));
        if !cascade {
            let what = format!("`{}` cannot be dropped", column.name);
            dependents::refuse(reader, &what, column.span.clone(), &others)?;
        }
        dependents::drop_all(session, others);
        relations::drop_column(session, &member, &column.name);
    }
    Ok(())
}

/// Whether the column is the child's own, or comes from a parent that still has it.
fn keeps_column(session: &Session<'_>, child: &QName, column: &str) -> bool {
    let is_own = !session.table_states.get(child).is_some_and(|state| state.inherited.contains(column));
    let mut parents =
        session.catalog.tables.get(child).into_iter().flat_map(|t| t.partition_of.iter().chain(&t.inherits));
    is_own || parents.any(|parent| column_of(session, parent, column).is_some())
}

/// A foreign key of the column itself goes with it.
fn is_own_key(session: &Session<'_>, other: &dependents::Dependent, table: &QName, column: &str) -> bool {
    let dependents::Dependent::ForeignKey(owner, name) = other else { return false };
    let keys = session.catalog.tables.get(table).map(|table| table.foreign_keys.as_slice());
    owner == table
        && keys
            .unwrap_or_default()
            .iter()
            .any(|key| key.name == *name && key.columns.iter().any(|c| c == column))
}

fn drop_constraint(session: &mut Session<'_>, reader: &mut Reader<'_>, target: &Target) -> Outcome {
    let if_exists = reader.accept("if exists");
    let name = reader.ident()?;
    let cascade = accept_cascade(reader);
    if !parts::has_constraint(session, &target.table, &name.name) {
        if if_exists {
            return Ok(());
        }
        let owner = &target.table.name;
        let problem = missing_part(reader, owner, "constraint", &name.name, name.span, None)
            .help("name one of the table's constraints, or write `IF EXISTS` where it may be missing");
        return Err(Box::new(problem));
    }
    let table = session.catalog.tables.get(&target.table);
    let key =
        table.and_then(|t| t.primary_key.iter().chain(&t.uniques).find(|key| key.name == name.name)).cloned();
    if let Some(key) = &key {
        let others = dependents::keys_to(session, &target.table, |columns| columns == key.columns);
        if !cascade {
            dependents::refuse(reader, &format!("`{}` cannot be dropped", name.name), name.span, &others)?;
        }
        dependents::drop_all(session, others);
    }
    let members = target.members(session);
    relations::drop_constraint(session, &target.table, &name.name);
    for member in members.into_iter().skip(1) {
        drop_from_child(session, &member, &name.name, key.as_ref().map(|key| key.columns.as_slice()));
    }
    Ok(())
}

/// A partition's key has a name of its own; its checks and foreign keys have the parent's.
fn drop_from_child(session: &mut Session<'_>, child: &QName, name: &str, key: Option<&[String]>) {
    let Some(table) = session.catalog.tables.get(child) else { return };
    let name = match key {
        Some(_) if table.partition_of.is_none() => return,
        Some(columns) => {
            let keys = table.primary_key.iter().chain(&table.uniques);
            let Some(key) = keys.into_iter().find(|key| key.columns == columns) else { return };
            key.name.clone()
        }
        None => name.to_owned(),
    };
    relations::drop_constraint(session, child, &name);
}

fn each_foreign_key(
    session: &mut Session<'_>,
    reader: &Reader<'_>,
    table: &QName,
    name: &Ident,
    change: impl Fn(&mut crate::catalog::ForeignKey),
) -> Outcome {
    if !parts::has_constraint(session, table, &name.name) {
        let owner = &table.name;
        return Err(Box::new(missing_part(reader, owner, "constraint", &name.name, name.span.clone(), None)));
    }
    for member in session.family(table) {
        let keys = session.catalog.tables.get_mut(&member).map(|table| table.foreign_keys.iter_mut());
        keys.into_iter().flatten().filter(|key| key.name == name.name).for_each(&change);
    }
    Ok(())
}

fn alter_constraint(session: &mut Session<'_>, reader: &mut Reader<'_>, table: &QName) -> Outcome {
    let name = reader.ident()?;
    loop {
        if reader.accept("not deferrable") {
            each_foreign_key(session, reader, table, &name, |key| {
                (key.deferrable, key.deferred) = (false, false);
            })?;
        } else if reader.accept("deferrable") {
            each_foreign_key(session, reader, table, &name, |key| key.deferrable = true)?;
        } else if reader.accept("initially deferred") {
            each_foreign_key(session, reader, table, &name, |key| {
                (key.deferrable, key.deferred) = (true, true);
            })?;
        } else if reader.accept("initially immediate") {
            each_foreign_key(session, reader, table, &name, |key| key.deferred = false)?;
        } else if reader.accept("not enforced") || reader.accept("enforced") || reader.accept("inherit") {
        } else if !reader.accept("no inherit") {
            return Ok(());
        }
    }
}

fn attach(session: &mut Session<'_>, reader: &mut Reader<'_>, parent: &QName) -> Outcome {
    let written = reader.object_name()?;
    create_table::bounds(reader)?;
    let child = session.table_name(reader, &written)?;
    inherit::check_partition(session, reader, parent, &child, &written)?;
    if let Some(table) = session.catalog.tables.get_mut(&child) {
        if table.partition_of.is_some() {
            let message = format!("`{}` is a partition already", child.name);
            return Err(Box::new(
                reader
                    .error(IMPOSSIBLE_DEFINITION, message, written.span)
                    .help("detach it from the other table first"),
            ));
        }
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

fn inherit_from(
    session: &mut Session<'_>,
    reader: &Reader<'_>,
    child: &QName,
    parent: &ObjectName,
) -> Outcome {
    let found = session.table_name(reader, parent)?;
    if session.family(child).contains(&found) {
        let message = format!("`{}` cannot inherit from `{}`", child.name, found.name);
        return Err(Box::new(
            reader
                .error(IMPOSSIBLE_DEFINITION, message, parent.span.clone())
                .help("name a table that does not itself inherit from it"),
        ));
    }
    if let Some(table) = session.catalog.tables.get_mut(child) {
        if table.inherits.contains(&found) {
            let message = format!("`{}` inherits from `{}` already", child.name, found.name);
            return Err(Box::new(
                reader.error(DUPLICATE_OBJECT, message, parent.span.clone()).help("take this action out"),
            ));
        }
        table.inherits.push(found.clone());
    }
    become_child(session, &found, child);
    Ok(())
}

/// Links the two, and asks of the child's columns what the parent asks of them.
fn become_child(session: &mut Session<'_>, parent: &QName, child: &QName) {
    inherit::link(session, parent, child);
    let columns = session.catalog.tables.get(parent).map(|table| table.columns.clone()).unwrap_or_default();
    for column in columns.iter().filter(|column| !column.nullable) {
        parts::set_not_null(session, child, &column.name, true);
    }
}

/// The child keeps all it has.
fn unlink(session: &mut Session<'_>, parent: &QName, child: &QName) {
    session.state_of(parent).children.retain(|other| other != child);
    session.state_of(child).inherited.clear();
    if let Some(table) = session.catalog.tables.get_mut(child) {
        table.partition_of.take_if(|other| other == parent);
        table.inherits.retain(|other| other != parent);
    }
}
