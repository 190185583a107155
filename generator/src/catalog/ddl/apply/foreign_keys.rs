//! Foreign keys: their names and targets. A target that does not exist yet, or never will, is no error here.

use super::{
    super::{
        comparable, identifiers,
        reader::Outcome,
        session::{Session, Unresolved},
        split::Statement,
        syntax::columns::{Constraint, ForeignKeyDraft},
    },
    inherit,
    parts::{check_columns, column_names, name_for, put_foreign_key, register},
};
use crate::{
    catalog::{ForeignKey, QName},
    diagnostics::{Diagnostic, IMPOSSIBLE_DEFINITION, NO_SUCH_OBJECT},
};

/// Adds a foreign key as it was written.
pub(super) fn add(
    session: &mut Session,
    statement: &Statement,
    table: &QName,
    constraint: &Constraint,
    draft: &ForeignKeyDraft,
) -> Outcome {
    check_columns(session, statement, table, &draft.columns)?;
    if !draft.target_columns.is_empty() && draft.target_columns.len() != draft.columns.len() {
        return Err(Box::new(count_mismatch(
            statement,
            constraint,
            draft.columns.len(),
            draft.target_columns.len(),
        )));
    }
    check_lists(statement, draft)?;
    let name = name_for(session, statement, table, constraint, |session| {
        let joined = identifiers::join_columns(column_names(&draft.columns));
        identifiers::choose(&table.name, &joined, "fkey", |name| {
            session.constraint_taken(&table.schema, name)
        })
    })?;
    let found = session.find_table(&draft.target);
    let key = ForeignKey {
        name,
        columns: column_names(&draft.columns).map(str::to_owned).collect(),
        target_columns: column_names(&draft.target_columns).map(str::to_owned).collect(),
        target: found.clone().unwrap_or_else(|| {
            let schema = draft.target.schema.clone().unwrap_or_else(|| session.creation_schema());
            QName::new(schema, &draft.target.name)
        }),
        on_delete: draft.on_delete,
        on_update: draft.on_update,
        match_full: draft.match_full,
        deferrable: constraint.deferrable,
        deferred: constraint.deferred,
        validated: constraint.validated,
        enforced: constraint.enforced,
        period: draft.period,
    };
    let key = with_target_columns(session, key);
    if let Some(problem) =
        found.is_some().then(|| target_problem(session, statement, constraint, table, &key)).flatten()
    {
        return Err(Box::new(problem));
    }
    register(session, statement, table, &key.name, constraint);
    if found.is_none() {
        session.unresolved.push(Unresolved {
            table: table.clone(),
            constraint: key.name.clone(),
            target: draft.target.clone(),
            search_path: session.search_path.clone(),
        });
    }
    inherit::foreign_key_to_partitions(session, table, &key);
    put_foreign_key(session, table, key);
    Ok(())
}

/// A target's column is named once, and what is set is a column of the key.
fn check_lists(statement: &Statement, draft: &ForeignKeyDraft) -> Outcome {
    let targets = &draft.target_columns;
    let twice = targets
        .iter()
        .enumerate()
        .find(|(at, column)| column_names(&targets[..*at]).any(|c| c == column.name));
    let (message, span, help) = if let Some((_, column)) = twice {
        let help = "name each column of the target once";
        (format!("the foreign key's target names `{}` twice", column.name), &column.span, help)
    } else if let Some(column) =
        draft.set_columns.iter().find(|column| !column_names(&draft.columns).any(|c| c == column.name))
    {
        let help = "name columns of the foreign key behind `SET NULL` and `SET DEFAULT`";
        (format!("`{}` is no column of the foreign key", column.name), &column.span, help)
    } else {
        return Ok(());
    };
    Err(Box::new(statement.error(IMPOSSIBLE_DEFINITION, message, span.clone()).help(help)))
}

fn count_mismatch(statement: &Statement, constraint: &Constraint, from: usize, to: usize) -> Diagnostic {
    statement
        .error(
            IMPOSSIBLE_DEFINITION,
            format!("the foreign key has {from} column(s), and its target {to}"),
            constraint.span.clone(),
        )
        .help("name as many columns of the target as the foreign key has")
}

/// A foreign key that names no columns of its target points to the target's primary key.
pub(in crate::catalog::ddl) fn with_target_columns(session: &Session, mut key: ForeignKey) -> ForeignKey {
    if key.target_columns.is_empty()
        && let Some(primary) = session.catalog.tables.get(&key.target).and_then(|t| t.primary_key.as_ref())
    {
        key.target_columns.clone_from(&primary.columns);
    }
    key
}

/// The mistakes in the columns of an existing target.
fn target_problem(
    session: &Session,
    statement: &Statement,
    constraint: &Constraint,
    table: &QName,
    key: &ForeignKey,
) -> Option<Diagnostic> {
    let target = session.catalog.tables.get(&key.target)?;
    if target.is_view() {
        return Some(
            statement
                .error(IMPOSSIBLE_DEFINITION, format!("`{}` is a view", key.target), constraint.span.clone())
                .help("let the foreign key point to a table"),
        );
    }
    if !key.target_columns.is_empty() && key.target_columns.len() != key.columns.len() {
        return Some(count_mismatch(statement, constraint, key.columns.len(), key.target_columns.len()));
    }
    if let Some(unknown) = key.target_columns.iter().find(|column| target.column(column).is_none()) {
        let message = format!("`{}` has no column `{unknown}`", key.target.name);
        let problem = statement.error(NO_SUCH_OBJECT, message, constraint.span.clone());
        return Some(problem.help("name the column that the foreign key points to"));
    }
    let (message, help) = comparable::uncomparable(session, table, key)?;
    Some(statement.error(IMPOSSIBLE_DEFINITION, message, constraint.span.clone()).help(help))
}
