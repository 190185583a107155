//! Looks up types, written as SQL, in a complete catalog.

use super::{
    reader::Reader,
    split::Statements,
    types::{self, TypeName},
};
use crate::{
    catalog::{Catalog, QName, SqlType, TypeKind},
    diagnostics::Source,
};

/// A type as SQL writes it, if the catalog has it: `numeric(12,2)`, `mood[]`, `_mood`. A name without a schema is
/// looked for in `pg_catalog`, then in `public`.
pub fn parse_type(text: &str, catalog: &Catalog) -> Option<SqlType> {
    let source = Source::new("", text);
    let statement = Statements::new(&source, 0..text.len()).next()?;
    let mut reader = Reader::new(&statement);
    let written = types::read(&mut reader).ok().filter(|_| reader.is_end())?;
    let schema = written.name.schema.as_deref();
    if let Some(name) = find_type(schema, &written.name.name, catalog) {
        return Some(types::sql_type(&written, name));
    }
    // PostgreSQL names an array type `_` and its element's type.
    let element = written.name.name.strip_prefix('_').and_then(|name| find_type(schema, name, catalog));
    if let Some(element) = element {
        return Some(types::sql_type(&written, element).into_array());
    }
    Some(types::sql_type(&written, of_extension(&written, catalog)?))
}

/// Whether an extension that the schema creates brings a type of that name: its definition is not in the DDL.
pub(crate) fn is_extension_type(name: &QName, catalog: &Catalog) -> bool {
    types::extension_with(&name.name).is_some_and(|extension| catalog.extensions.contains(extension))
}

fn find_type(schema: Option<&str>, name: &str, catalog: &Catalog) -> Option<QName> {
    let is_type = |name: &QName| {
        (name.schema == "pg_catalog" && types::is_builtin(&name.name))
            || catalog.types.contains_key(name)
            || catalog.tables.contains_key(name)
            || is_multirange(name, catalog)
    };
    let in_schema = |schema: &str| Some(QName::new(schema, name)).filter(is_type);
    match schema {
        Some(schema) => in_schema(schema),
        None => ["pg_catalog", "public"].into_iter().find_map(in_schema),
    }
}

fn is_multirange(name: &QName, catalog: &Catalog) -> bool {
    catalog
        .types
        .values()
        .any(|def| matches!(&def.kind, TypeKind::Range { multirange, .. } if multirange == name))
}

fn of_extension(written: &TypeName, catalog: &Catalog) -> Option<QName> {
    let schema = written.name.schema.as_deref().unwrap_or("public");
    let name = QName::new(schema, &written.name.name);
    is_extension_type(&name, catalog).then_some(name)
}
