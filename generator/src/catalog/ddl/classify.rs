//! Which statements shape a table, and which are knowingly passed over. A statement that is in neither list is an
//! error, so that nothing is silently left out.

use super::{objects::Attached, reader::Reader};

/// What a statement is, by its leading words; the reader stands after them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Statement {
    CreateTable {
        temporary: bool,
    },
    CreateForeignTable,
    CreateView(Form),
    CreateType,
    CreateDomain,
    CreateSequence {
        temporary: bool,
    },
    CreateIndex {
        unique: bool,
    },
    CreateSchema,
    CreateExtension,
    CreateCollation,
    CreateFunction,
    CreateAggregate,
    CreateOperator,
    CreateCast,
    DropCast,
    AlterFunction,
    CreateAttached(Attached),
    AlterAttached(Attached),
    DropAttached(Attached),
    AlterTable,
    AlterIndex,
    AlterSequence,
    AlterType,
    AlterDomain,
    AlterSchema,
    AlterExtension,
    Comment,
    Drop(Dropped),
    Set,
    Reset,
    ImportForeignSchema,
    /// A query, which shapes nothing unless it sets the search path or makes a table with `INTO`.
    Select,
    /// A block of procedural code, which may do anything.
    Do,
    Begin,
    Rollback,
    /// `SAVEPOINT`; the reader stands at its name.
    Savepoint,
    /// `ROLLBACK TO`; the reader stands at its name.
    RollbackTo,
    Commit,
    /// Shapes no table.
    PassedOver,
    Unknown,
}

/// What the words before `VIEW` say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Form {
    pub(super) replace: bool,
    pub(super) recursive: bool,
    pub(super) temporary: bool,
    pub(super) materialized: bool,
}

/// What a `DROP` takes away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dropped {
    Table,
    ForeignTable,
    View,
    MaterializedView,
    Index,
    Sequence,
    Type,
    Schema,
    Extension,
    /// A function, procedure or aggregate.
    Function,
    Collation,
}

/// Statements that shape no table, whatever follows.
const PASSED_OVER: &[&str] = &[
    "analyse",
    "analyze",
    "call",
    "checkpoint",
    "close",
    "cluster",
    "copy",
    "deallocate",
    "declare",
    "delete",
    "discard",
    "execute",
    "explain",
    "fetch",
    "grant",
    "insert",
    "listen",
    "load",
    "lock",
    "merge",
    "move",
    "notify",
    "prepare",
    "reassign owned",
    "refresh materialized view",
    "reindex",
    "release",
    "revoke",
    "security label",
    "show",
    "truncate",
    "unlisten",
    "update",
    "vacuum",
];

/// What may be created, altered and dropped without shaping a table.
const OTHER_OBJECTS: &[&str] = &[
    "access method",
    "aggregate",
    "cast",
    "collation",
    "conversion",
    "database",
    "default conversion",
    "default privileges",
    "event trigger",
    "foreign data wrapper",
    "function",
    "group",
    "language",
    "large object",
    "operator",
    "owned",
    "procedural language",
    "procedure",
    "role",
    "routine",
    "server",
    "subscription",
    "system",
    "tablespace",
    "text search",
    "transform",
    "trusted language",
    "trusted procedural language",
    "user",
    "user mapping",
];

/// Reads the leading words.
pub(super) fn classify(reader: &mut Reader<'_>) -> Statement {
    let first = reader.peek(0).to_ascii_lowercase();
    match first.as_str() {
        "create" => create(reader),
        "alter" => alter(reader),
        "drop" => drop(reader),
        "comment" if reader.accept("comment on") => Statement::Comment,
        "set" => taken(reader, Statement::Set),
        "reset" => taken(reader, Statement::Reset),
        "select" | "with" | "values" | "table" | "(" => Statement::Select,
        "do" => taken(reader, Statement::Do),
        "begin" | "start" => Statement::Begin,
        "commit" | "end" => Statement::Commit,
        "rollback" | "abort" => rollback(reader),
        "savepoint" => taken(reader, Statement::Savepoint),
        "import" => Statement::ImportForeignSchema,
        _ if begins_with(reader, PASSED_OVER) => Statement::PassedOver,
        _ => Statement::Unknown,
    }
}

fn taken(reader: &mut Reader<'_>, statement: Statement) -> Statement {
    reader.advance();
    statement
}

fn begins_with(reader: &Reader<'_>, list: &[&str]) -> bool {
    list.iter().any(|words| reader.sees(words))
}

/// `ROLLBACK` or `ROLLBACK TO`; of a prepared transaction nothing is known.
fn rollback(reader: &mut Reader<'_>) -> Statement {
    reader.advance();
    let _ = reader.accept("work") || reader.accept("transaction");
    if reader.accept("to") {
        reader.accept("savepoint");
        return Statement::RollbackTo;
    }
    if reader.is("prepared") { Statement::PassedOver } else { Statement::Rollback }
}

fn create(reader: &mut Reader<'_>) -> Statement {
    reader.advance();
    let replace = reader.accept("or replace");
    let _ = reader.accept("global") || reader.accept("local");
    let temporary = reader.accept("temporary") || reader.accept("temp");
    reader.accept("unlogged");
    let simple = [
        ("table", Statement::CreateTable { temporary }),
        ("foreign table", Statement::CreateForeignTable),
        ("type", Statement::CreateType),
        ("domain", Statement::CreateDomain),
        ("sequence", Statement::CreateSequence { temporary }),
        ("unique index", Statement::CreateIndex { unique: true }),
        ("index", Statement::CreateIndex { unique: false }),
        ("schema", Statement::CreateSchema),
        ("extension", Statement::CreateExtension),
        ("collation", Statement::CreateCollation),
        ("function", Statement::CreateFunction),
        ("procedure", Statement::CreateFunction),
        ("aggregate", Statement::CreateAggregate),
        ("operator", Statement::CreateOperator),
        ("cast", Statement::CreateCast),
    ];
    if let Some((_, statement)) = simple.into_iter().find(|(words, _)| reader.accept(words)) {
        return statement;
    }
    let recursive = reader.accept("recursive");
    let materialized = reader.accept("materialized");
    if reader.accept("view") {
        return Statement::CreateView(Form { replace, recursive, temporary, materialized });
    }
    attached(reader).map_or_else(|| other(reader), Statement::CreateAttached)
}

/// What belongs to a table and is not in the catalog.
fn attached(reader: &mut Reader<'_>) -> Option<Attached> {
    let kinds = [
        ("trigger", Attached::Trigger),
        ("constraint trigger", Attached::Trigger),
        ("policy", Attached::Policy),
        ("rule", Attached::Rule),
        ("publication", Attached::Publication),
        ("statistics", Attached::Statistics),
    ];
    kinds.into_iter().find(|(words, _)| reader.accept(words)).map(|(_, kind)| kind)
}

fn other(reader: &Reader<'_>) -> Statement {
    if begins_with(reader, OTHER_OBJECTS) { Statement::PassedOver } else { Statement::Unknown }
}

fn alter(reader: &mut Reader<'_>) -> Statement {
    reader.advance();
    let simple = [
        ("table", Statement::AlterTable),
        ("foreign table", Statement::AlterTable),
        ("view", Statement::AlterTable),
        ("materialized view", Statement::AlterTable),
        ("index", Statement::AlterIndex),
        ("sequence", Statement::AlterSequence),
        ("type", Statement::AlterType),
        ("domain", Statement::AlterDomain),
        ("schema", Statement::AlterSchema),
        ("extension", Statement::AlterExtension),
        ("function", Statement::AlterFunction),
        ("procedure", Statement::AlterFunction),
        ("routine", Statement::AlterFunction),
        ("aggregate", Statement::AlterFunction),
    ];
    match simple.into_iter().find(|(words, _)| reader.accept(words)) {
        Some((_, statement)) => statement,
        None => attached(reader).map_or_else(|| other(reader), Statement::AlterAttached),
    }
}

fn drop(reader: &mut Reader<'_>) -> Statement {
    reader.advance();
    if reader.accept("cast") {
        return Statement::DropCast;
    }
    let simple = [
        ("table", Dropped::Table),
        ("foreign table", Dropped::ForeignTable),
        ("view", Dropped::View),
        ("materialized view", Dropped::MaterializedView),
        ("index", Dropped::Index),
        ("sequence", Dropped::Sequence),
        ("type", Dropped::Type),
        ("domain", Dropped::Type),
        ("schema", Dropped::Schema),
        ("extension", Dropped::Extension),
        ("function", Dropped::Function),
        ("procedure", Dropped::Function),
        ("routine", Dropped::Function),
        ("aggregate", Dropped::Function),
        ("collation", Dropped::Collation),
    ];
    match simple.into_iter().find(|(words, _)| reader.accept(words)) {
        Some((_, dropped)) => Statement::Drop(dropped),
        None => attached(reader).map_or_else(|| other(reader), Statement::DropAttached),
    }
}
