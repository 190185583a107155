//! Statements as they were written: plain data, and the functions that read it from tokens.
//!
//! Nothing here knows what is in the catalog. Names stay as they were written, with their places, and expressions stay
//! ranges of tokens; [`apply`](super::apply) finds what they mean. A part that matters only if an object is there
//! (`ALTER … IF EXISTS`) is an [`Outcome`] in the data, as its mistakes matter only then.

pub(super) mod alter_table;
pub(super) mod attached;
pub(super) mod calls;
pub(super) mod columns;
pub(super) mod comments;
pub(super) mod conversions;
pub(super) mod data;
pub(super) mod domains;
pub(super) mod drops;
pub(super) mod functions;
pub(super) mod indexes;
pub(super) mod procedural;
pub(super) mod queries;
pub(super) mod schemas;
pub(super) mod sequences;
pub(super) mod tables;
pub(super) mod types;
pub(super) mod views;
pub(super) mod words;

use std::ops::Range;

use self::{
    alter_table::AlterTable,
    attached::Attachment,
    comments::Comment,
    conversions::{CreateCast, CreateOperator, DropCast, DropOperators},
    domains::{AlterDomain, CreateDomain},
    drops::DropObjects,
    functions::{AlterFunction, CreateAggregate, CreateFunction, DropCollations, DropFunctions},
    indexes::{AlterIndex, CreateIndex},
    queries::{Query, SearchPath},
    schemas::{CreateExtension, CreateSchema, MoveExtension, RenameSchema},
    sequences::{AlterSequence, CreateSequence},
    tables::CreateTable,
    types::{AlterType, CreateType},
    views::CreateView,
};
use super::{
    classify::{Dropped, StatementKind, classify},
    reader::{ObjectName, Outcome, Reader},
    split::Expression,
};
use crate::{
    catalog::TableKind,
    diagnostics::{Diagnostic, NESTED_TOO_DEEPLY, UNKNOWN_STATEMENT, nearest},
};

/// A statement as it was read.
pub(super) enum ParsedStatement {
    CreateTable(CreateTable),
    AlterTable(AlterTable),
    CreateIndex(CreateIndex),
    AlterIndex(AlterIndex),
    CreateView(CreateView),
    CreateType(CreateType),
    AlterType(AlterType),
    CreateDomain(CreateDomain),
    AlterDomain(AlterDomain),
    CreateSequence(CreateSequence),
    AlterSequence(AlterSequence),
    CreateSchema(CreateSchema),
    RenameSchema(RenameSchema),
    CreateExtension(CreateExtension),
    MoveExtension(MoveExtension),
    CreateCollation(ObjectName),
    SetPath(SearchPath),
    Drop(DropObjects),
    Comment(Comment),
    CreateFunction(CreateFunction),
    CreateAggregate(CreateAggregate),
    AlterFunction(AlterFunction),
    DropFunctions(DropFunctions),
    DropCollations(DropCollations),
    CreateOperator(CreateOperator),
    DropOperators(DropOperators),
    CreateCast(CreateCast),
    DropCast(DropCast),
    Attachment(Attachment),
    /// A `DO` block: the token that is its text.
    Block(Range<usize>),
    Query(Query),
    /// A statement on data or on what the catalog does not hold: what it calls or drops may still shape tables.
    Data(Expression),
    /// Shapes nothing.
    Nothing,
}

/// Reads a statement. What shapes tables, types and the like is read to its end; of the others only the part is read
/// that views, drops and blocks need to know.
pub(super) fn read(reader: &mut Reader<'_>) -> Outcome<ParsedStatement> {
    let start = reader.clone();
    let kind = classify(reader);
    match kind {
        StatementKind::PassedOver => Ok(ParsedStatement::Data(start.clone().rest())),
        StatementKind::Begin
        | StatementKind::Commit
        | StatementKind::Rollback
        | StatementKind::Savepoint
        | StatementKind::RollbackTo => Ok(ParsedStatement::Nothing),
        StatementKind::Reset => {
            Ok(schemas::reset(reader).map_or(ParsedStatement::Nothing, ParsedStatement::SetPath))
        }
        StatementKind::Select => queries::statement(reader).map(ParsedStatement::Query),
        StatementKind::Unknown => Err(unknown(&start)),
        StatementKind::CreateFunction
        | StatementKind::CreateAggregate
        | StatementKind::CreateOperator
        | StatementKind::CreateCast
        | StatementKind::DropCast
        | StatementKind::CreateAttached(_)
        | StatementKind::AlterAttached(_)
        | StatementKind::DropAttached(_) => Ok(aside(reader, kind)),
        StatementKind::DropOperator => conversions::drop_operator(reader).map(ParsedStatement::DropOperators),
        StatementKind::Do => {
            check_depth(reader)?;
            Ok(ParsedStatement::Block(block(reader)))
        }
        StatementKind::CreateCollation => {
            schemas::create_collation(reader).map(ParsedStatement::CreateCollation)
        }
        shapes_objects => {
            check_depth(reader)?;
            let command = shape(reader, shapes_objects)?;
            reader.finish()?;
            Ok(command)
        }
    }
}

/// Reads a statement on what is not in the catalog; nothing of one that is not understood.
fn aside(reader: &mut Reader<'_>, kind: StatementKind) -> ParsedStatement {
    let command = match kind {
        StatementKind::CreateFunction => Some(ParsedStatement::CreateFunction(functions::create(reader))),
        StatementKind::CreateAggregate => {
            functions::create_aggregate(reader).ok().map(ParsedStatement::CreateAggregate)
        }
        StatementKind::CreateOperator => {
            conversions::create_operator(reader).map(ParsedStatement::CreateOperator)
        }
        StatementKind::CreateCast => conversions::create_cast(reader).map(ParsedStatement::CreateCast),
        StatementKind::DropCast => conversions::drop_cast(reader).map(ParsedStatement::DropCast),
        StatementKind::CreateAttached(what) => attachment(attached::create(reader, what)),
        StatementKind::AlterAttached(what) => attachment(attached::alter(reader, what)),
        StatementKind::DropAttached(what) => attachment(attached::drop(reader, what)),
        _ => None,
    };
    command.unwrap_or(ParsedStatement::Nothing)
}

fn attachment(read: Outcome<Option<Attachment>>) -> Option<ParsedStatement> {
    read.ok().flatten().map(ParsedStatement::Attachment)
}

/// After `DO`: the token that is the block's text.
fn block(reader: &mut Reader<'_>) -> Range<usize> {
    if reader.accept("language") {
        reader.advance();
    }
    reader.span()
}

/// A statement that is read to its end must not nest too deeply.
fn check_depth(reader: &Reader<'_>) -> Outcome {
    let Some(span) = &reader.statement.too_deep else { return Ok(()) };
    let message = "the parentheses of this statement nest more deeply than ormgen reads";
    Err(Box::new(
        reader
            .error(NESTED_TOO_DEEPLY, message, span.clone())
            .help("take superfluous parentheses out, or split the statement"),
    ))
}

/// Reads a statement that shapes tables, types and the like.
fn shape(reader: &mut Reader<'_>, kind: StatementKind) -> Outcome<ParsedStatement> {
    Ok(match kind {
        StatementKind::CreateTable { temporary } => {
            ParsedStatement::CreateTable(tables::create(reader, TableKind::Table, temporary)?)
        }
        StatementKind::CreateForeignTable => {
            ParsedStatement::CreateTable(tables::create(reader, TableKind::Foreign, false)?)
        }
        StatementKind::AlterTable => {
            alter_table::read(reader)?.map_or(ParsedStatement::Nothing, ParsedStatement::AlterTable)
        }
        StatementKind::CreateIndex { unique } => {
            ParsedStatement::CreateIndex(indexes::create(reader, unique)?)
        }
        StatementKind::AlterIndex => {
            indexes::alter(reader)?.map_or(ParsedStatement::Nothing, ParsedStatement::AlterIndex)
        }
        StatementKind::CreateView(form) => ParsedStatement::CreateView(views::create(reader, form)?),
        StatementKind::CreateType => ParsedStatement::CreateType(types::create(reader)?),
        StatementKind::AlterType => ParsedStatement::AlterType(types::alter(reader)?),
        StatementKind::CreateDomain => ParsedStatement::CreateDomain(domains::create(reader)?),
        StatementKind::AlterDomain => ParsedStatement::AlterDomain(domains::alter(reader)?),
        StatementKind::CreateSequence { temporary } => {
            ParsedStatement::CreateSequence(sequences::create(reader, temporary)?)
        }
        StatementKind::AlterSequence => ParsedStatement::AlterSequence(sequences::alter(reader)?),
        StatementKind::CreateSchema => ParsedStatement::CreateSchema(schemas::create(reader)?),
        StatementKind::AlterSchema => {
            schemas::alter(reader)?.map_or(ParsedStatement::Nothing, ParsedStatement::RenameSchema)
        }
        StatementKind::CreateExtension => {
            ParsedStatement::CreateExtension(schemas::create_extension(reader)?)
        }
        StatementKind::AlterExtension => {
            schemas::alter_extension(reader)?.map_or(ParsedStatement::Nothing, ParsedStatement::MoveExtension)
        }
        StatementKind::Set => {
            schemas::set(reader)?.map_or(ParsedStatement::Nothing, ParsedStatement::SetPath)
        }
        StatementKind::Comment => {
            comments::read(reader)?.map_or(ParsedStatement::Nothing, ParsedStatement::Comment)
        }
        StatementKind::Drop(Dropped::Function) => ParsedStatement::DropFunctions(functions::drop(reader)?),
        StatementKind::Drop(Dropped::Collation) => {
            ParsedStatement::DropCollations(functions::drop_collation(reader)?)
        }
        StatementKind::AlterFunction => ParsedStatement::AlterFunction(functions::alter(reader)?),
        StatementKind::Drop(what) => ParsedStatement::Drop(drops::read(reader, what)?),
        StatementKind::ImportForeignSchema => return schemas::import(reader),
        StatementKind::CreateCollation
        | StatementKind::CreateFunction
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
        | StatementKind::Unknown => ParsedStatement::Nothing,
    })
}

fn unknown(reader: &Reader<'_>) -> Box<Diagnostic> {
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
