//! Applies one statement to the session: a module for each kind of statement.

mod alter_column;
mod alter_table;
mod attached;
mod blocks;
mod child_constraints;
mod comments;
mod constraints;
mod conversions;
mod create_table;
mod domains;
mod drops;
mod effects;
mod escapes;
mod foreign_keys;
mod functions;
mod guards;
mod indexes;
mod indirect;
mod inherit;
mod like;
mod parts;
mod refused;
mod refused_alter;
mod refused_columns;
mod refused_types;
mod schemas;
mod sequences;
mod table_columns;
mod target;
mod type_changes;
mod user_types;
mod views;

use super::{
    reader::{Outcome, Reader},
    session::Session,
    split::{Expression, Statement},
    syntax::{self, ParsedStatement, queries::Query},
};
use crate::diagnostics::UNREADABLE_STATEMENT;

pub(super) use self::foreign_keys::with_target_columns;

/// Reads and applies the statement at whose start the reader is.
pub(super) fn statement(session: &mut Session, reader: &Reader<'_>) -> Outcome {
    let command = syntax::read(&mut reader.clone())?;
    escapes::check(session, reader.statement, &command)?;
    apply(session, reader.statement, command)
}

fn apply(session: &mut Session, statement: &Statement, command: ParsedStatement) -> Outcome {
    match command {
        ParsedStatement::CreateTable(written) => create_table::create(session, statement, written)?,
        ParsedStatement::AlterTable(written) => alter_table::alter(session, statement, written)?,
        ParsedStatement::CreateIndex(written) => indexes::create(session, statement, written)?,
        ParsedStatement::AlterIndex(written) => indexes::alter(session, statement, written)?,
        ParsedStatement::CreateView(written) => views::create(session, statement, written)?,
        ParsedStatement::CreateType(written) => user_types::create(session, statement, written)?,
        ParsedStatement::AlterType(written) => user_types::alter(session, statement, written)?,
        ParsedStatement::CreateDomain(written) => domains::create(session, statement, written)?,
        ParsedStatement::AlterDomain(written) => domains::alter(session, statement, written)?,
        ParsedStatement::CreateSequence(written) => sequences::create(session, statement, written)?,
        ParsedStatement::AlterSequence(written) => sequences::alter(session, statement, written)?,
        ParsedStatement::CreateSchema(written) => schemas::create(session, statement, written, element)?,
        ParsedStatement::RenameSchema(written) => schemas::rename(session, statement, written)?,
        ParsedStatement::CreateExtension(written) => schemas::create_extension(session, written),
        ParsedStatement::MoveExtension(written) => schemas::move_extension(session, written),
        ParsedStatement::CreateCollation(name) => schemas::create_collation(session, &name),
        ParsedStatement::SetPath(path) => schemas::set_path(session, path),
        ParsedStatement::Drop(written) => drops::drop(session, statement, &written)?,
        ParsedStatement::Comment(written) => comments::comment(session, statement, written)?,
        ParsedStatement::CreateFunction(written) => functions::create(session, statement, written),
        ParsedStatement::CreateAggregate(written) => functions::create_aggregate(session, &written),
        ParsedStatement::AlterFunction(written) => functions::alter(session, written)?,
        ParsedStatement::DropFunctions(written) => functions::drop(session, statement, &written)?,
        ParsedStatement::DropCollations(written) => functions::drop_collation(session, statement, &written)?,
        ParsedStatement::CreateOperator(written) => conversions::create_operator(session, written),
        ParsedStatement::DropOperators(written) => conversions::drop_operator(session, statement, &written)?,
        ParsedStatement::CreateCast(written) => conversions::create_cast(session, &written),
        ParsedStatement::DropCast(written) => conversions::drop_cast(session, statement, written)?,
        ParsedStatement::Attachment(written) => attached::apply(session, statement, written)?,
        ParsedStatement::Block(text) => blocks::run(session, statement, text, self::statement)?,
        ParsedStatement::Query(query) => apply_query(session, statement, query)?,
        ParsedStatement::Data(tokens) => {
            let tokens = Reader::over(statement, &tokens);
            effects::check_drop(session, &tokens)?;
            effects::check_calls(session, &tokens)?;
            indirect::check(session, &tokens)?;
        }
        // A session that takes rows as they come runs no triggers.
        ParsedStatement::Nothing if statement.begins_with(&["set", "session_replication_role"]) => {
            session.trigger_events.clear();
        }
        ParsedStatement::Nothing => escapes::set(session, statement),
    }
    Ok(())
}

/// A statement inside `CREATE SCHEMA`.
fn element(session: &mut Session, whole: &Statement, element: &Expression) -> Outcome {
    statement(session, &Reader::over(whole, element))
}

/// A query on its own shapes nothing, but for `SELECT … INTO`, a search path and the functions that it calls.
fn apply_query(session: &mut Session, statement: &Statement, query: Query) -> Outcome {
    let (tokens, into) = match query {
        Query::SetConfig(path) => {
            path.into_iter().for_each(|path| schemas::set_path(session, path));
            return Ok(());
        }
        Query::Other { tokens, into } => (tokens, into),
    };
    effects::check_calls(session, &Reader::over(statement, &tokens))?;
    indirect::check(session, &Reader::over(statement, &tokens))?;
    match into {
        Some(span) => {
            let ways_on = statement.ways_on(span.start);
            let problem = statement.error(UNREADABLE_STATEMENT, "`SELECT … INTO` makes a table", span);
            Err(Box::new(
                problem.help(format!(
                    "write `CREATE TABLE … AS SELECT …`; in a migration that has run, {ways_on}"
                )),
            ))
        }
        None => Ok(()),
    }
}
