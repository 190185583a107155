//! Applies one statement to the session: a room for each kind of statement.

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
    classify::{Dropped, Statement, classify},
    reader::{Outcome, Reader},
    session::Session,
};
use crate::{
    catalog::TableKind,
    diagnostics::{NESTED_TOO_DEEPLY, UNKNOWN_STATEMENT, UNREADABLE_STATEMENT, nearest},
};

pub(super) use self::foreign_keys::with_target_columns;

/// Applies the statement that the reader stands at the start of.
pub(super) fn statement(session: &mut Session, reader: &mut Reader<'_>) -> Outcome {
    let start = reader.clone();
    let kind = classify(reader);
    if kind == Statement::PassedOver {
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
fn shapes(kind: Statement) -> bool {
    !matches!(
        kind,
        Statement::Begin
            | Statement::Commit
            | Statement::Rollback
            | Statement::Savepoint
            | Statement::RollbackTo
            | Statement::Reset
            | Statement::Select
            | Statement::CreateFunction
            | Statement::CreateAggregate
            | Statement::CreateCollation
            | Statement::CreateOperator
            | Statement::CreateCast
            | Statement::DropCast
            | Statement::CreateAttached(_)
            | Statement::AlterAttached(_)
            | Statement::DropAttached(_)
            | Statement::Unknown
    )
}

fn apply(session: &mut Session, reader: &mut Reader<'_>, start: &Reader<'_>, kind: Statement) -> Outcome {
    match kind {
        Statement::CreateTable { temporary } => {
            create_table::create(session, reader, TableKind::Table, temporary)?;
        }
        Statement::CreateForeignTable => create_table::create(session, reader, TableKind::Foreign, false)?,
        Statement::CreateView(form) => views::create(session, reader, form)?,
        Statement::CreateType => user_types::create(session, reader)?,
        Statement::CreateDomain => domains::create(session, reader)?,
        Statement::CreateSequence { temporary } => sequences::create(session, reader, temporary)?,
        Statement::CreateIndex { unique } => indexes::create(session, reader, unique)?,
        Statement::CreateSchema => schemas::create(session, reader, statement)?,
        Statement::CreateExtension => schemas::create_extension(session, reader)?,
        Statement::CreateCollation => schemas::create_collation(session, reader)?,
        Statement::CreateFunction => {
            functions::create(session, reader);
            return Ok(());
        }
        Statement::CreateAggregate => {
            functions::create_aggregate(session, reader);
            return Ok(());
        }
        Statement::CreateOperator => {
            conversions::create_operator(session, reader);
            return Ok(());
        }
        Statement::CreateCast => {
            conversions::create_cast(session, reader);
            return Ok(());
        }
        Statement::DropCast => {
            conversions::drop_cast(session, reader);
            return Ok(());
        }
        Statement::CreateAttached(what) => {
            attached::create(session, reader, what);
            return Ok(());
        }
        Statement::AlterAttached(what) => {
            attached::alter(session, reader, what);
            return Ok(());
        }
        Statement::DropAttached(what) => {
            attached::drop(session, reader, what);
            return Ok(());
        }
        Statement::AlterTable => alter_table::alter(session, reader)?,
        Statement::AlterIndex => indexes::alter(session, reader)?,
        Statement::AlterSequence => sequences::alter(session, reader)?,
        Statement::AlterType => user_types::alter(session, reader)?,
        Statement::AlterDomain => domains::alter(session, reader)?,
        Statement::AlterSchema => schemas::alter(session, reader)?,
        Statement::AlterExtension => schemas::alter_extension(session, reader)?,
        Statement::Comment => comments::comment(session, reader)?,
        Statement::AlterFunction => functions::alter(session, reader)?,
        Statement::Drop(Dropped::Function) => functions::drop(session, reader)?,
        Statement::Drop(Dropped::Collation) => functions::drop_collation(session, reader)?,
        Statement::Drop(what) => drops::drop(session, reader, what)?,
        Statement::Set => schemas::set(session, reader)?,
        Statement::Reset => schemas::reset(session, reader),
        Statement::ImportForeignSchema => schemas::import(reader)?,
        Statement::Select => return select(session, reader),
        Statement::Do => return blocks::run(session, reader, statement),
        Statement::Begin
        | Statement::Commit
        | Statement::Rollback
        | Statement::Savepoint
        | Statement::RollbackTo
        | Statement::PassedOver => return Ok(()),
        Statement::Unknown => return Err(unknown(start)),
    }
    if matches!(kind, Statement::Reset) { Ok(()) } else { reader.finish() }
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
