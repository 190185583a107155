//! Applies one statement to the session: a module for each kind of statement.

mod alter_column;
mod alter_table;
mod attached;
mod blocks;
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
mod schemas;
mod sequences;
mod table_columns;
mod target;
mod user_types;
mod views;

use super::{
    reader::{Outcome, Reader},
    session::Session,
    split::{Expression, Statement},
    syntax::{self, Command, queries::Query},
};
use crate::diagnostics::UNREADABLE_STATEMENT;

pub(super) use self::foreign_keys::with_target_columns;

/// Reads and applies the statement at whose start the reader is.
pub(super) fn statement(session: &mut Session, reader: &Reader<'_>) -> Outcome {
    let command = syntax::read(&mut reader.clone())?;
    apply(session, reader.statement, command)
}

fn apply(session: &mut Session, statement: &Statement, command: Command) -> Outcome {
    match command {
        Command::CreateTable(written) => create_table::create(session, statement, written)?,
        Command::AlterTable(written) => alter_table::alter(session, statement, written)?,
        Command::CreateIndex(written) => indexes::create(session, statement, written)?,
        Command::AlterIndex(written) => indexes::alter(session, statement, written)?,
        Command::CreateView(written) => views::create(session, statement, written)?,
        Command::CreateType(written) => user_types::create(session, statement, written)?,
        Command::AlterType(written) => user_types::alter(session, statement, written)?,
        Command::CreateDomain(written) => domains::create(session, statement, written)?,
        Command::AlterDomain(written) => domains::alter(session, statement, written)?,
        Command::CreateSequence(written) => sequences::create(session, statement, written)?,
        Command::AlterSequence(written) => sequences::alter(session, statement, written)?,
        Command::CreateSchema(written) => schemas::create(session, statement, written, element)?,
        Command::RenameSchema(written) => schemas::rename(session, statement, written)?,
        Command::CreateExtension(written) => schemas::create_extension(session, written),
        Command::MoveExtension(written) => schemas::move_extension(session, written),
        Command::CreateCollation(name) => schemas::create_collation(session, &name),
        Command::SetPath(path) => schemas::set_path(session, path),
        Command::Drop(written) => drops::drop(session, statement, &written)?,
        Command::Comment(written) => comments::comment(session, statement, written)?,
        Command::CreateFunction(written) => functions::create(session, statement, written),
        Command::CreateAggregate(written) => functions::create_aggregate(session, &written),
        Command::AlterFunction(written) => functions::alter(session, written)?,
        Command::DropFunctions(written) => functions::drop(session, statement, &written)?,
        Command::DropCollations(written) => functions::drop_collation(session, statement, &written)?,
        Command::CreateOperator(written) => conversions::create_operator(session, written),
        Command::DropOperators(written) => conversions::drop_operator(session, statement, &written)?,
        Command::CreateCast(written) => conversions::create_cast(session, &written),
        Command::DropCast(written) => conversions::drop_cast(session, statement, written)?,
        Command::Attachment(written) => attached::apply(session, statement, written),
        Command::Block(text) => blocks::run(session, statement, text, self::statement)?,
        Command::Query(query) => apply_query(session, statement, query)?,
        Command::Data(tokens) => {
            let tokens = Reader::over(statement, &tokens);
            effects::check_drop(session, &tokens)?;
            effects::check_calls(session, &tokens)?;
        }
        Command::Nothing => {}
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
    match into {
        Some(span) => Err(Box::new(
            statement
                .error(UNREADABLE_STATEMENT, "`SELECT … INTO` makes a table", span)
                .help("write `CREATE TABLE … AS SELECT …`"),
        )),
        None => Ok(()),
    }
}
