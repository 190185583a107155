//! Applies one statement to the session: a module for each kind of statement.

mod alter_actions;
mod alter_column;
mod alter_table;
mod attached;
mod blocks;
mod columns;
mod comments;
mod constraints;
mod conversions;
mod create_table;
mod domains;
mod drops;
mod effects;
mod foreign_keys;
mod functions;
mod guards;
mod indexes;
mod inherit;
mod like;
mod parts;
mod procedural;
mod schemas;
mod sequences;
mod table_columns;
mod target;
mod user_types;
mod views;

use super::{
    classify::{Dropped, StatementKind, classify},
    reader::{Outcome, Reader},
    session::Session,
};
use crate::{
    catalog::TableKind,
    diagnostics::{NESTED_TOO_DEEPLY, UNKNOWN_STATEMENT, UNREADABLE_STATEMENT, nearest},
};

pub(super) use self::foreign_keys::with_target_columns;

/// Applies the statement at whose start the reader is.
pub(super) fn statement(session: &mut Session, reader: &mut Reader<'_>) -> Outcome {
    let start = reader.clone();
    let kind = classify(reader);
    if kind == StatementKind::PassedOver {
        effects::check_drop(session, &start)?;
        return effects::check_calls(session, &start);
    }
    if let Some(span) = &reader.statement.too_deep
        && shapes(kind)
    {
        let message = "the parentheses of this statement nest more deeply than ormgen reads";
        return Err(Box::new(
            reader
                .error(NESTED_TOO_DEEPLY, message, span.clone())
                .help("take superfluous parentheses out, or split the statement"),
        ));
    }
    apply(session, reader, &start, kind)
}

/// Whether a statement of that kind is read to its end.
fn shapes(kind: StatementKind) -> bool {
    !matches!(
        kind,
        StatementKind::Begin
            | StatementKind::Commit
            | StatementKind::Rollback
            | StatementKind::Savepoint
            | StatementKind::RollbackTo
            | StatementKind::Reset
            | StatementKind::Select
            | StatementKind::CreateFunction
            | StatementKind::CreateAggregate
            | StatementKind::CreateCollation
            | StatementKind::CreateOperator
            | StatementKind::CreateCast
            | StatementKind::DropCast
            | StatementKind::DropOperator
            | StatementKind::CreateAttached(_)
            | StatementKind::AlterAttached(_)
            | StatementKind::DropAttached(_)
            | StatementKind::Unknown
    )
}

/// Applies a statement whose words say what it is. What shapes tables, types and the like is read to its end; of the
/// others only the part is read that views, drops and blocks need to know.
fn apply(session: &mut Session, reader: &mut Reader<'_>, start: &Reader<'_>, kind: StatementKind) -> Outcome {
    match kind {
        StatementKind::CreateFunction => functions::create(session, reader),
        StatementKind::CreateAggregate => functions::create_aggregate(session, reader),
        StatementKind::CreateOperator => conversions::create_operator(session, reader),
        StatementKind::CreateCast => conversions::create_cast(session, reader),
        StatementKind::DropCast => conversions::drop_cast(session, reader)?,
        StatementKind::DropOperator => conversions::drop_operator(session, reader)?,
        StatementKind::CreateAttached(what) => attached::create(session, reader, what),
        StatementKind::AlterAttached(what) => attached::alter(session, reader, what),
        StatementKind::DropAttached(what) => attached::drop(session, reader, what),
        StatementKind::Reset => schemas::reset(session, reader),
        StatementKind::Select => select(session, reader)?,
        StatementKind::Do => blocks::run(session, reader, statement)?,
        StatementKind::Begin
        | StatementKind::Commit
        | StatementKind::Rollback
        | StatementKind::Savepoint
        | StatementKind::RollbackTo
        | StatementKind::PassedOver => {}
        StatementKind::Unknown => return Err(unknown(start)),
        shapes_objects => {
            shape(session, reader, shapes_objects)?;
            reader.finish()?;
        }
    }
    Ok(())
}

/// Applies a statement that shapes tables, types and the like.
fn shape(session: &mut Session, reader: &mut Reader<'_>, kind: StatementKind) -> Outcome {
    match kind {
        StatementKind::CreateTable { temporary } => {
            create_table::create(session, reader, TableKind::Table, temporary)
        }
        StatementKind::CreateForeignTable => create_table::create(session, reader, TableKind::Foreign, false),
        StatementKind::CreateView(form) => views::create(session, reader, form),
        StatementKind::CreateType => user_types::create(session, reader),
        StatementKind::CreateDomain => domains::create(session, reader),
        StatementKind::CreateSequence { temporary } => sequences::create(session, reader, temporary),
        StatementKind::CreateIndex { unique } => indexes::create(session, reader, unique),
        StatementKind::CreateSchema => schemas::create(session, reader, statement),
        StatementKind::CreateExtension => schemas::create_extension(session, reader),
        StatementKind::CreateCollation => schemas::create_collation(session, reader),
        StatementKind::AlterTable => alter_table::alter(session, reader),
        StatementKind::AlterIndex => indexes::alter(session, reader),
        StatementKind::AlterSequence => sequences::alter(session, reader),
        StatementKind::AlterType => user_types::alter(session, reader),
        StatementKind::AlterDomain => domains::alter(session, reader),
        StatementKind::AlterSchema => schemas::alter(session, reader),
        StatementKind::AlterExtension => schemas::alter_extension(session, reader),
        StatementKind::Comment => comments::comment(session, reader),
        StatementKind::AlterFunction => functions::alter(session, reader),
        StatementKind::Drop(Dropped::Function) => functions::drop(session, reader),
        StatementKind::Drop(Dropped::Collation) => functions::drop_collation(session, reader),
        StatementKind::Drop(what) => drops::drop(session, reader, what),
        StatementKind::Set => schemas::set(session, reader),
        StatementKind::ImportForeignSchema => schemas::import(reader),
        StatementKind::CreateFunction
        | StatementKind::CreateAggregate
        | StatementKind::CreateOperator
        | StatementKind::CreateCast
        | StatementKind::DropCast
        | StatementKind::DropOperator
        | StatementKind::CreateAttached(_)
        | StatementKind::AlterAttached(_)
        | StatementKind::DropAttached(_)
        | StatementKind::Reset
        | StatementKind::Select
        | StatementKind::Do
        | StatementKind::Begin
        | StatementKind::Commit
        | StatementKind::Rollback
        | StatementKind::Savepoint
        | StatementKind::RollbackTo
        | StatementKind::PassedOver
        | StatementKind::Unknown => Ok(()),
    }
}

/// A query on its own shapes nothing, but for `SELECT … INTO`, a search path and the functions that it calls.
fn select(session: &mut Session, reader: &mut Reader<'_>) -> Outcome {
    if reader.is("select") {
        let mut call = reader.clone();
        call.advance();
        if schemas::set_config(session, &mut call)? {
            return Ok(());
        }
    }
    effects::check_calls(session, reader)?;
    let mut outside = reader.clone();
    while !outside.is_end() {
        // `WITH … INSERT INTO`, `MERGE INTO`: the table is there.
        if ["insert", "update", "delete", "merge"].iter().any(|word| outside.is(word)) {
            return Ok(());
        }
        if outside.is("into") {
            return Err(Box::new(
                reader
                    .error(UNREADABLE_STATEMENT, "`SELECT … INTO` makes a table", outside.span())
                    .help("write `CREATE TABLE … AS SELECT …`"),
            ));
        }
        outside.skip_group();
    }
    Ok(())
}

fn unknown(reader: &Reader<'_>) -> Box<crate::diagnostics::Diagnostic> {
    const WORDS: [&str; 14] = [
        "create", "alter", "drop", "comment", "set", "select", "insert", "update", "delete", "grant",
        "revoke", "copy", "begin", "commit",
    ];
    let words: Vec<&str> =
        (0..3).map(|ahead| reader.peek(ahead)).take_while(|word| !word.is_empty()).collect();
    let help = match nearest(words.first().copied().unwrap_or_default(), WORDS) {
        Some(word) if !reader.is(word) => format!("did you mean `{}`?", word.to_uppercase()),
        _ => "mend it, or move it to a file that is not part of the app's `schema`".into(),
    };
    let shown: String = words.join(" ").chars().take(60).collect();
    let message = format!("the statement `{shown} …` is of a kind that is not known");
    Box::new(reader.error(UNKNOWN_STATEMENT, message, reader.span()).help(help))
}
