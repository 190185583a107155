//! Lists of the statements that shape a table, and of those that are skipped on purpose. A statement in neither list is
//! an error, so that no statement is silently left out.

use super::{objects::Attached, reader::Reader};

/// The kind of a statement, by its leading words; the reader is after them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StatementKind {
    CreateTable {
        temporary: bool,
    },
    CreateForeignTable,
    CreateView(ViewForm),
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
    DropOperator,
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
    /// A block of procedural code, which may contain any statement.
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
pub(super) struct ViewForm {
    pub(super) replace: bool,
    pub(super) recursive: bool,
    pub(super) temporary: bool,
    pub(super) materialized: bool,
}

/// The kind of object that a `DROP` removes.
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
pub(super) fn classify(reader: &mut Reader<'_>) -> StatementKind {
    let first = reader.peek(0).to_ascii_lowercase();
    match first.as_str() {
        "create" => create(reader),
        "alter" => alter(reader),
        "drop" => drop(reader),
        "comment" if reader.accept("comment on") => StatementKind::Comment,
        "set" => taken(reader, StatementKind::Set),
        "reset" => taken(reader, StatementKind::Reset),
        "select" | "with" | "values" | "table" | "(" => StatementKind::Select,
        "do" => taken(reader, StatementKind::Do),
        "begin" | "start" => StatementKind::Begin,
        "commit" | "end" => StatementKind::Commit,
        "rollback" | "abort" => rollback(reader),
        "savepoint" => taken(reader, StatementKind::Savepoint),
        "import" => StatementKind::ImportForeignSchema,
        _ if begins_with(reader, PASSED_OVER) => StatementKind::PassedOver,
        _ => StatementKind::Unknown,
    }
}

fn taken(reader: &mut Reader<'_>, statement: StatementKind) -> StatementKind {
    reader.advance();
    statement
}

fn begins_with(reader: &Reader<'_>, list: &[&str]) -> bool {
    list.iter().any(|words| reader.sees(words))
}

/// `ROLLBACK` or `ROLLBACK TO`; prepared transactions are not followed.
fn rollback(reader: &mut Reader<'_>) -> StatementKind {
    reader.advance();
    let _ = reader.accept("work") || reader.accept("transaction");
    if reader.accept("to") {
        reader.accept("savepoint");
        return StatementKind::RollbackTo;
    }
    if reader.is("prepared") { StatementKind::PassedOver } else { StatementKind::Rollback }
}

fn create(reader: &mut Reader<'_>) -> StatementKind {
    reader.advance();
    let replace = reader.accept("or replace");
    let _ = reader.accept("global") || reader.accept("local");
    let temporary = reader.accept("temporary") || reader.accept("temp");
    reader.accept("unlogged");
    let simple = [
        ("table", StatementKind::CreateTable { temporary }),
        ("foreign table", StatementKind::CreateForeignTable),
        ("type", StatementKind::CreateType),
        ("domain", StatementKind::CreateDomain),
        ("sequence", StatementKind::CreateSequence { temporary }),
        ("unique index", StatementKind::CreateIndex { unique: true }),
        ("index", StatementKind::CreateIndex { unique: false }),
        ("schema", StatementKind::CreateSchema),
        ("extension", StatementKind::CreateExtension),
        ("collation", StatementKind::CreateCollation),
        ("function", StatementKind::CreateFunction),
        ("procedure", StatementKind::CreateFunction),
        ("aggregate", StatementKind::CreateAggregate),
        ("operator", StatementKind::CreateOperator),
        ("cast", StatementKind::CreateCast),
    ];
    if let Some((_, statement)) = simple.into_iter().find(|(words, _)| reader.accept(words)) {
        return statement;
    }
    let recursive = reader.accept("recursive");
    let materialized = reader.accept("materialized");
    if reader.accept("view") {
        return StatementKind::CreateView(ViewForm { replace, recursive, temporary, materialized });
    }
    attached(reader).map_or_else(|| other(reader), StatementKind::CreateAttached)
}

/// The kinds of objects that belong to a table and are not in the catalog.
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

fn other(reader: &Reader<'_>) -> StatementKind {
    if begins_with(reader, OTHER_OBJECTS) { StatementKind::PassedOver } else { StatementKind::Unknown }
}

fn alter(reader: &mut Reader<'_>) -> StatementKind {
    reader.advance();
    let simple = [
        ("table", StatementKind::AlterTable),
        ("foreign table", StatementKind::AlterTable),
        ("view", StatementKind::AlterTable),
        ("materialized view", StatementKind::AlterTable),
        ("index", StatementKind::AlterIndex),
        ("sequence", StatementKind::AlterSequence),
        ("type", StatementKind::AlterType),
        ("domain", StatementKind::AlterDomain),
        ("schema", StatementKind::AlterSchema),
        ("extension", StatementKind::AlterExtension),
        ("function", StatementKind::AlterFunction),
        ("procedure", StatementKind::AlterFunction),
        ("routine", StatementKind::AlterFunction),
        ("aggregate", StatementKind::AlterFunction),
    ];
    match simple.into_iter().find(|(words, _)| reader.accept(words)) {
        Some((_, statement)) => statement,
        None => attached(reader).map_or_else(|| other(reader), StatementKind::AlterAttached),
    }
}

fn drop(reader: &mut Reader<'_>) -> StatementKind {
    reader.advance();
    if reader.accept("cast") {
        return StatementKind::DropCast;
    }
    if reader.is("operator") && !reader.sees("operator class") && !reader.sees("operator family") {
        return taken(reader, StatementKind::DropOperator);
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
        Some((_, dropped)) => StatementKind::Drop(dropped),
        None => attached(reader).map_or_else(|| other(reader), StatementKind::DropAttached),
    }
}
