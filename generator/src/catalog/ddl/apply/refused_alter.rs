//! What the server refuses of `ALTER COLUMN`, although each part of the statement can be read: a column gets its value from
//! one place. Only what every version refuses is refused here.

use super::{
    super::{
        comparable,
        reader::{Ident, Outcome},
        session::Session,
        split::Statement,
        syntax::{
            alter_table::{AlterAction, ColumnChange},
            columns::ConstraintKind,
        },
    },
    refused_columns::check_identity_type,
    target::Target,
};
use crate::{
    catalog::{Column, QName},
    diagnostics::IMPOSSIBLE_DEFINITION,
};

fn refuse(statement: &Statement, message: String, column: &Ident, help: &str) -> Outcome {
    Err(Box::new(statement.error(IMPOSSIBLE_DEFINITION, message, column.span.clone()).help(help)))
}

fn column<'s>(session: &'s Session, target: &Target, name: &Ident) -> Option<&'s Column> {
    session.catalog.tables.get(&target.table)?.column(&name.name)
}

/// What the column is fits the change.
pub(super) fn check(
    session: &Session,
    statement: &Statement,
    target: &Target,
    name: &Ident,
    change: &ColumnChange,
) -> Outcome {
    let Some(column) = column(session, target, name) else { return Ok(()) };
    let (is_identity, is_generated) = (column.identity.is_some(), column.generated.is_some());
    // From PostgreSQL 17 on, a partition has its parent's identity.
    let is_partition =
        session.catalog.tables.get(&target.table).is_some_and(|table| table.partition_of.is_some());
    let (what, help) = match change {
        ColumnChange::SetDefault(_) | ColumnChange::DropDefault if is_identity => {
            ("is an identity column: it has no default", "drop the identity first: `DROP IDENTITY`")
        }
        ColumnChange::SetDefault(_) | ColumnChange::DropDefault if is_generated => {
            ("is a generated column: it has no default", "drop its expression first: `DROP EXPRESSION`")
        }
        ColumnChange::DropIdentity { if_exists: false } | ColumnChange::SetIdentity(_)
            if !is_identity && !is_partition =>
        {
            ("is no identity column", "take this action out, or write `DROP IDENTITY IF EXISTS`")
        }
        ColumnChange::DropExpression { if_exists: false } if !is_generated => {
            ("is no generated column", "take this action out, or write `DROP EXPRESSION IF EXISTS`")
        }
        ColumnChange::AddIdentity(_) if is_identity => {
            ("is an identity column already", "change it: `SET GENERATED ALWAYS`")
        }
        ColumnChange::AddIdentity(_) if column.default.is_some() => {
            ("has a default already", "drop the default first: `ALTER COLUMN … DROP DEFAULT`")
        }
        ColumnChange::AddIdentity(_) if is_generated => {
            ("is a generated column", "drop its expression first: `DROP EXPRESSION`")
        }
        ColumnChange::AddIdentity(_) => return check_identity_type(statement, name, &column.ty),
        _ => return Ok(()),
    };
    refuse(statement, format!("`{}` {what}", name.name), name, help)
}

/// A column that becomes an identity is NOT NULL, before or by the same statement.
pub(super) fn check_identity_null(
    session: &Session,
    statement: &Statement,
    target: &Target,
    actions: &[AlterAction],
) -> Outcome {
    for action in actions {
        let AlterAction::AlterColumn { column: name, change: ColumnChange::AddIdentity(_) } = action else {
            continue;
        };
        let may_be_null = column(session, target, name).is_some_and(|column| column.nullable);
        if may_be_null && !actions.iter().any(|action| makes_not_null(action, name)) {
            let message = format!("`{}` may be NULL, and an identity column may not", name.name);
            return refuse(statement, message, name, "set it NOT NULL first: `ALTER COLUMN … SET NOT NULL`");
        }
    }
    Ok(())
}

fn makes_not_null(action: &AlterAction, name: &Ident) -> bool {
    match action {
        AlterAction::AlterColumn { column, change: ColumnChange::SetNotNull } => column.name == name.name,
        AlterAction::AddConstraint(constraint) => match &constraint.kind {
            ConstraintKind::Key(key) => key.primary,
            ConstraintKind::NotNull(column) => column.name == name.name,
            _ => false,
        },
        _ => false,
    }
}

/// Foreign keys from and to a column of another type compare it with the other side as before.
pub(super) fn check_foreign_keys(
    session: &Session,
    statement: &Statement,
    table: &QName,
    changed: &[Ident],
) -> Outcome {
    for name in changed {
        let has = |columns: &[String]| columns.contains(&name.name);
        for (from, found) in &session.catalog.tables {
            let keys = found.foreign_keys.iter().filter(|key| {
                (from == table && has(&key.columns)) || (key.target == *table && has(&key.target_columns))
            });
            let problem = keys.filter_map(|key| comparable::uncomparable(session, from, key)).next();
            if let Some((message, _)) = problem {
                let help = "drop the foreign key first, and add it again once both columns have their types";
                return refuse(statement, message, name, help);
            }
        }
    }
    Ok(())
}
