//! What the server refuses of inheritance, partitions, keys and names of columns, although each part of the statement can be
//! read. Only what every version refuses is refused here.

use std::ops::Range;

use super::{
    super::{
        reader::{Ident, Outcome},
        session::Session,
        split::Statement,
    },
    target::Target,
};
use crate::{
    catalog::{Column, QName},
    diagnostics::IMPOSSIBLE_DEFINITION,
};

fn refuse(statement: &Statement, message: String, span: &Range<usize>, help: &str) -> Outcome {
    Err(Box::new(statement.error(IMPOSSIBLE_DEFINITION, message, span.clone()).help(help)))
}

fn column<'s>(session: &'s Session, table: &QName, name: &str) -> Option<&'s Column> {
    session.catalog.tables.get(table)?.column(name)
}

/// A table's column does not have the name of one that every table has.
pub(super) fn check_name(statement: &Statement, name: &str, span: &Range<usize>) -> Outcome {
    const SYSTEM: [&str; 6] = ["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"];
    if !SYSTEM.contains(&name) {
        return Ok(());
    }
    refuse(
        statement,
        format!("every table has a column `{name}` of the server's own"),
        span,
        "give the column another name",
    )
}

/// A key of a partitioned table has the columns that its rows, and those of its partitions, are parted by.
pub(super) fn check_key(
    session: &Session,
    statement: &Statement,
    table: &QName,
    columns: &[String],
    span: &Range<usize>,
) -> Outcome {
    for member in session.family(table).iter().filter(|member| session.is_partitioned(member)) {
        let Some(key) = session.state(member).map(|state| &state.partition_key) else { continue };
        let lacking = key.columns.iter().find(|column| !columns.contains(column));
        let message = match lacking {
            Some(column) => format!("the key lacks `{column}`, by which `{}` is partitioned", member.name),
            None if key.has_expression => {
                format!("`{}` is partitioned by an expression, so that it cannot have a key", member.name)
            }
            None => continue,
        };
        return refuse(
            statement,
            message,
            span,
            "a key of a partitioned table has all columns of `PARTITION BY`",
        );
    }
    Ok(())
}

/// Likewise, the keys that a partition gets from its parent.
pub(super) fn check_keys_of_parent(
    session: &Session,
    statement: &Statement,
    parent: &QName,
    child: &QName,
    span: &Range<usize>,
) -> Outcome {
    if !session.is_partitioned(parent) || !session.is_partitioned(child) {
        return Ok(());
    }
    let Some(table) = session.catalog.tables.get(parent) else { return Ok(()) };
    let mut keys = table.primary_key.iter().chain(&table.uniques);
    keys.try_for_each(|key| check_key(session, statement, child, &key.columns, span))
}

/// A primary key of the parent alone finds no column that may be NULL in its partitions.
pub(super) fn check_null_in_partitions(
    session: &Session,
    statement: &Statement,
    table: &QName,
    columns: &[String],
    span: &Range<usize>,
) -> Outcome {
    for child in session.children(table).iter().filter(|_| session.is_partitioned(table)) {
        let may_be_null =
            columns.iter().find(|name| column(session, child, name).is_some_and(|column| column.nullable));
        if let Some(name) = may_be_null {
            let message = format!("`{name}` of the partition `{}` may be NULL", child.name);
            return refuse(statement, message, span, "leave `ONLY` out, or set it NOT NULL there first");
        }
    }
    Ok(())
}

/// A table that becomes a child has its parent's columns, and nothing less strict; a partition has no others.
pub(super) fn check_child(
    session: &Session,
    statement: &Statement,
    parent: &QName,
    child: &QName,
    span: &Range<usize>,
) -> Outcome {
    let (Some(above), Some(below)) = (session.catalog.tables.get(parent), session.catalog.tables.get(child))
    else {
        return Ok(());
    };
    let help = "give it the columns of its parent";
    for wanted in &above.columns {
        let name = &wanted.name;
        let message = match below.column(name) {
            None => format!("`{}` lacks the column `{name}` of `{}`", child.name, parent.name),
            Some(own) if own.ty.name != wanted.ty.name || own.ty.array != wanted.ty.array => {
                format!("`{name}` of `{}` has another type than that of `{}`", child.name, parent.name)
            }
            Some(own) if own.nullable && !wanted.nullable && !is_own_not_null(session, parent, name) => {
                format!("`{name}` of `{}` may be NULL, and that of `{}` may not", child.name, parent.name)
            }
            Some(_) => continue,
        };
        return refuse(statement, message, span, help);
    }
    let further = below.columns.iter().find(|own| above.column(&own.name).is_none());
    match further.filter(|_| session.is_partitioned(parent)) {
        Some(own) => {
            let message =
                format!("`{}` has a column `{}` that `{}` lacks", child.name, own.name, parent.name);
            refuse(statement, message, span, help)
        }
        None => Ok(()),
    }
}

/// Whether the NOT NULL of a parent's column is not passed on.
fn is_own_not_null(session: &Session, parent: &QName, column: &str) -> bool {
    session.state(parent).is_some_and(|state| state.own_not_nulls.contains(column))
}

/// A column is not added to a partition, nor to a parent alone.
pub(super) fn check_add_column(
    session: &Session,
    statement: &Statement,
    target: &Target,
    new: &Ident,
) -> Outcome {
    check_name(statement, &new.name, &new.span)?;
    let table = session.catalog.tables.get(&target.table);
    if table.is_some_and(|table| table.partition_of.is_some()) {
        let message = format!("`{}` is a partition: it has its parent's columns", target.table.name);
        return refuse(statement, message, &new.span, "add the column to the parent");
    }
    if target.only && !session.children(&target.table).is_empty() {
        let message = format!("`{}` has children, which would lack the column", target.table.name);
        return refuse(statement, message, &new.span, "leave `ONLY` out");
    }
    Ok(())
}

/// A column that rows are parted by is not dropped, nor one that a parent has as well.
pub(super) fn check_drop_column(
    session: &Session,
    statement: &Statement,
    target: &Target,
    dropped: &Ident,
) -> Outcome {
    if let Some(parent) = other_parent(session, &[], &target.table, &dropped.name) {
        let message =
            format!("`{}` has the column `{}` from `{}`", target.table.name, dropped.name, parent.name);
        return refuse(statement, message, &dropped.span, "drop the column of the parent");
    }
    let parted = |table: &&QName| {
        session.state(table).is_some_and(|state| state.partition_key.columns.contains(&dropped.name))
    };
    if let Some(table) = target.members(session).iter().find(parted) {
        let message = format!("`{}` is partitioned by `{}`", table.name, dropped.name);
        return refuse(statement, message, &dropped.span, "make the table anew without the column");
    }
    if target.only && session.is_partitioned(&target.table) && !session.children(&target.table).is_empty() {
        let message = format!("the partitions of `{}` would keep the column", target.table.name);
        return refuse(statement, message, &dropped.span, "leave `ONLY` out");
    }
    Ok(())
}

/// The child's other parent that has the column, if it has one beside those that are changed as well.
fn other_parent<'s>(session: &'s Session, changed: &[QName], child: &QName, name: &str) -> Option<&'s QName> {
    let table = session.catalog.tables.get(child)?;
    let mut parents = table.inherits.iter().chain(&table.partition_of);
    parents.find(|parent| !changed.contains(parent) && column(session, parent, name).is_some())
}

/// A column that is inherited from a parent as well, or that children have, is not renamed or retyped alone.
pub(super) fn check_inherited(
    session: &Session,
    statement: &Statement,
    target: &Target,
    changed: &Ident,
) -> Outcome {
    if target.only && !session.children(&target.table).is_empty() {
        let message =
            format!("the children of `{}` have the column `{}`, too", target.table.name, changed.name);
        return refuse(statement, message, &changed.span, "leave `ONLY` out");
    }
    let members = target.members(session);
    for member in &members {
        if let Some(parent) = other_parent(session, &members, member, &changed.name) {
            let message =
                format!("`{}` has the column `{}` from `{}`, too", member.name, changed.name, parent.name);
            return refuse(
                statement,
                message,
                &changed.span,
                "change the column of the table that it is inherited from",
            );
        }
    }
    Ok(())
}

/// A column of an identity, or one that the partitioned parent has NOT NULL, stays so.
pub(super) fn check_drop_not_null(
    session: &Session,
    statement: &Statement,
    target: &Target,
    changed: &Ident,
) -> Outcome {
    let own = column(session, &target.table, &changed.name);
    if own.is_some_and(|own| own.identity.is_some()) {
        let message = format!("`{}` is an identity column", changed.name);
        return refuse(statement, message, &changed.span, "drop the identity first: `DROP IDENTITY`");
    }
    let parent = session.catalog.tables.get(&target.table).and_then(|table| table.partition_of.as_ref());
    let is_strict =
        |parent: &&QName| column(session, parent, &changed.name).is_some_and(|above| !above.nullable);
    match parent.filter(is_strict) {
        Some(parent) => {
            let message = format!("`{}` is NOT NULL in `{}`", changed.name, parent.name);
            refuse(statement, message, &changed.span, "change the column of the parent")
        }
        None => Ok(()),
    }
}
