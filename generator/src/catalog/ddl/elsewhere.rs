//! Tables that statements may name though no statement makes them: the server's own, those of an extension, of a migration
//! tool, of a schema that somebody else fills.

use super::{
    reader::{ObjectName, Outcome},
    session::{Session, is_system},
    split::Statement,
};
use crate::catalog::QName;

/// Extensions that bring no tables.
const WITHOUT_TABLES: &[&str] = &[
    "bloom",
    "btree_gin",
    "btree_gist",
    "citext",
    "cube",
    "dict_int",
    "earthdistance",
    "fuzzystrmatch",
    "hstore",
    "intarray",
    "isn",
    "lo",
    "ltree",
    "pg_trgm",
    "pgcrypto",
    "plpgsql",
    "seg",
    "tablefunc",
    "unaccent",
    "uuid-ossp",
    "vector",
];

/// What the names of migration tools' own tables have in them: `schema_migrations`, `flyway_schema_history`.
const OF_TOOLS: [&str; 6] = ["changelog", "history", "internal_metadata", "migration", "revision", "version"];

/// The table or view that a statement is about, which does not shape it. None if it may be made elsewhere; the error that
/// it is missing otherwise.
pub(super) fn table(
    session: &mut Session,
    statement: &Statement,
    name: &ObjectName,
) -> Outcome<Option<QName>> {
    if let Some(found) = session.find_table(name) {
        return Ok(Some(found));
    }
    if session.find_relation(name).is_some() || may_be_elsewhere(session, name) {
        return Ok(None);
    }
    session.table_name(statement, name).map(Some)
}

fn may_be_elsewhere(session: &Session, name: &ObjectName) -> bool {
    let has_tables = |schema: &String| session.catalog.tables.keys().any(|table| table.schema == *schema);
    let of_others = match &name.schema {
        Some(schema) => is_system(schema) || !has_tables(schema),
        None => name.name.starts_with("pg_"),
    };
    let mut extensions = session.catalog.extensions.iter();
    of_others
        || OF_TOOLS.iter().any(|part| name.name.contains(part))
        || extensions.any(|extension| !WITHOUT_TABLES.contains(&extension.as_str()))
        // By the manifest's word a statement makes no table of a model; it may make another one.
        || !session.shapes_nothing.is_empty()
}
