//! Schemas, extensions, the search path, collations. Manual: CREATE SCHEMA, CREATE EXTENSION, SET.

use super::super::{
    dependents::{self, Drop},
    lex,
    objects::{Address, Id, Kind},
    reader::{ObjectName, Outcome, Reader},
    rename,
    session::Session,
    split::Statement,
    types,
};
use crate::{
    catalog::{QName, identifiers::stored},
    diagnostics::{DUPLICATE_OBJECT, NO_SUCH_OBJECT},
};

/// `CREATE SCHEMA …`, after `SCHEMA`; what is created inside it in the same statement comes after.
pub(super) fn create(
    session: &mut Session,
    reader: &mut Reader<'_>,
    create_inside: impl Fn(&mut Session, &mut Reader<'_>) -> Outcome,
) -> Outcome {
    let if_not_exists = reader.accept("if not exists");
    let span = reader.span();
    let mut name = None;
    if !reader.is("authorization") {
        name = Some(reader.ident()?.name);
    }
    if reader.accept("authorization") {
        let role = reader.label()?;
        name.get_or_insert(role.name);
    }
    let name = name.unwrap_or_default();
    // A schema without tables may be there only because a name mentioned it; `public` is there from the start.
    let exists = session.catalog.schemas.contains_key(&name);
    if exists && !if_not_exists && name != "public" && session.catalog.tables.keys().any(|t| t.schema == name)
    {
        let message = format!("there is a schema `{name}` already");
        return Err(Box::new(
            reader.error(DUPLICATE_OBJECT, message, span).help("write `CREATE SCHEMA IF NOT EXISTS`"),
        ));
    }
    session.catalog.schemas.entry(name.clone()).or_default();
    if reader.is_end() {
        return Ok(());
    }
    let outside = std::mem::replace(&mut session.search_path, vec![name]);
    let result = elements(session, reader, create_inside);
    session.search_path = outside;
    result
}

/// Statements without semicolons, each beginning with `CREATE` or `GRANT`. The server makes tables before the views and
/// indexes of them, wherever they stand.
fn elements(
    session: &mut Session,
    reader: &mut Reader<'_>,
    create_inside: impl Fn(&mut Session, &mut Reader<'_>) -> Outcome,
) -> Outcome {
    let mut elements = Vec::new();
    while !reader.is_end() {
        if !(reader.is("create") || reader.is("grant")) {
            return Err(reader.expected("`CREATE`, `GRANT` or the end of the statement"));
        }
        let mut element = reader.element();
        while !reader.is_end() {
            reader.skip_group();
            let begins =
                ["table", "view", "index", "unique", "sequence", "trigger", "temp", "temporary", "recursive"];
            if reader.is("grant")
                || (reader.is("create") && begins.iter().any(|w| reader.sees(&format!("create {w}"))))
            {
                break;
            }
        }
        element.end_before(reader);
        elements.push(element);
    }
    elements.sort_by_key(turn);
    elements.iter_mut().try_for_each(|element| create_inside(session, element))
}

/// When the server makes an element (`transformCreateSchemaStmtElements`).
fn turn(element: &Reader<'_>) -> u8 {
    let mut words = element.clone();
    words.accept("create");
    let _ = words.accept("temporary") || words.accept("temp");
    match words.peek(0).to_ascii_lowercase().as_str() {
        "sequence" => 0,
        "table" => 1,
        "view" | "recursive" => 2,
        "index" | "unique" => 3,
        "trigger" => 4,
        _ => 5,
    }
}

/// `ALTER SCHEMA …`, after `SCHEMA`.
pub(super) fn alter(session: &mut Session, reader: &mut Reader<'_>) -> Outcome {
    let old = reader.ident()?;
    if reader.accept("owner to") {
        reader.skip_rest();
        return Ok(());
    }
    reader.expect("rename to")?;
    let new = reader.ident()?;
    reader.finish()?;
    let Some(comment) = session.catalog.schemas.remove(&old.name) else {
        return Err(Box::new(super::super::session::missing(
            reader.statement,
            "schema",
            &old.name,
            old.span,
            None,
        )));
    };
    session.catalog.schemas.insert(new.name.clone(), comment);
    let inside: Vec<QName> = session
        .catalog
        .tables
        .keys()
        .chain(session.catalog.types.keys())
        .chain(session.catalog.sequences.keys())
        .chain(session.base_types.keys())
        .chain(session.objects.collations())
        .filter(|name| name.schema == old.name)
        .cloned()
        .collect();
    for name in inside {
        let to = QName::new(&new.name, &name.name);
        if session.objects.relation(&name).is_some() {
            rename::rename(session, &name, &to);
        } else if let Some(collation) = session.objects.collation(&name) {
            session.objects.rename(collation, &to);
        } else {
            rename::rename_type(session, &name, &to);
        }
    }
    let functions: Vec<Id> = session.functions.values().flatten().map(|function| function.id).collect();
    for function in functions {
        let name = session.objects.name(function).clone();
        if name.schema == old.name {
            rename::rename_function(session, function, &QName::new(&new.name, &name.name));
        }
    }
    Ok(())
}

/// `DROP SCHEMA`, for one name.
pub(super) fn drop(
    session: &mut Session,
    statement: &Statement,
    written: &ObjectName,
    if_exists: bool,
    cascade: bool,
) -> Outcome {
    let name = &written.name;
    if !session.catalog.schemas.contains_key(name) {
        return if if_exists {
            Ok(())
        } else {
            Err(Box::new(super::super::session::missing(
                statement,
                "schema",
                name,
                written.span.clone(),
                None,
            )))
        };
    }
    let inside = session.objects.in_schema(name);
    if !cascade {
        let others: Vec<&Address> = inside.iter().collect();
        let message = format!("`{name}` cannot be dropped");
        dependents::refuse(session, statement, &message, written.span.clone(), &others)?;
    }
    let drop = Drop { originals: inside, what: name, span: written.span.clone(), cascade };
    dependents::drop(session, statement, drop)?;
    session.catalog.schemas.remove(name);
    Ok(())
}

/// `CREATE EXTENSION …`, after `EXTENSION`: its types become known.
pub(super) fn create_extension(session: &mut Session, reader: &mut Reader<'_>) -> Outcome {
    reader.accept("if not exists");
    let name = reader.ident()?.name;
    reader.accept("with");
    let mut schema = None;
    let mut cascade = false;
    while !reader.is_end() {
        if reader.accept("schema") {
            schema = Some(reader.ident()?.name);
        } else if reader.accept("version") || reader.accept("from") {
            reader.advance();
        } else if reader.accept("cascade") {
            cascade = true;
        } else {
            return Err(reader.expected("`SCHEMA`, `VERSION` or `CASCADE`"));
        }
    }
    let schema = schema.unwrap_or_else(|| session.creation_schema());
    if cascade && name == "earthdistance" {
        add_extension(session, "cube", &schema);
    }
    add_extension(session, &name, &schema);
    Ok(())
}

fn add_extension(session: &mut Session, name: &str, schema: &str) {
    if !session.catalog.extensions.insert(name.to_owned()) {
        return;
    }
    if !super::super::session::is_system(schema) {
        session.catalog.schemas.entry(schema.to_owned()).or_default();
    }
    session.extension_schemas.insert(name.to_owned(), schema.to_owned());
    match types::of_extension(name) {
        Some(brought) => {
            for ty in brought {
                session.add_base_type(&QName::new(schema, *ty), Some(name.to_owned()));
            }
        }
        None => session.unknown_extension = Some(schema.to_owned()),
    }
}

/// `ALTER EXTENSION …`, after `EXTENSION`.
pub(super) fn alter_extension(session: &mut Session, reader: &mut Reader<'_>) -> Outcome {
    let name = reader.ident()?.name;
    if !reader.accept("set schema") {
        reader.skip_rest();
        return Ok(());
    }
    let schema = reader.ident()?.name;
    reader.finish()?;
    session.catalog.schemas.entry(schema.clone()).or_default();
    let brought: Vec<QName> = session
        .base_types
        .iter()
        .filter(|(_, extension)| extension.as_ref() == Some(&name))
        .map(|(name, _)| name.clone())
        .collect();
    for ty in brought {
        let to = QName::new(&schema, &ty.name);
        rename::rename_type(session, &ty, &to);
    }
    session.extension_schemas.insert(name, schema);
    Ok(())
}

/// `DROP EXTENSION`, for one name.
pub(super) fn drop_extension(
    session: &mut Session,
    statement: &Statement,
    written: &ObjectName,
    cascade: bool,
) -> Outcome {
    let brought: Vec<QName> = session
        .base_types
        .iter()
        .filter(|(_, extension)| extension.as_ref() == Some(&written.name))
        .map(|(name, _)| name.clone())
        .collect();
    let originals = brought.iter().filter_map(|ty| session.objects.user_type(ty)).map(Id::whole).collect();
    let drop = Drop { originals, what: &written.name, span: written.span.clone(), cascade };
    dependents::drop(session, statement, drop)?;
    session.catalog.extensions.remove(&written.name);
    Ok(())
}

/// `SET …`, after `SET`: only the search path matters.
pub(super) fn set(session: &mut Session, reader: &mut Reader<'_>) -> Outcome {
    let is_local = reader.accept("local");
    reader.accept("session");
    let path = if reader.accept("schema") {
        vec![reader.string()?]
    } else if reader.accept("search_path") {
        if !reader.accept("to") {
            reader.expect("=")?;
        }
        if reader.accept("default") { session.default_path.clone() } else { reader.list(path_element)? }
    } else {
        reader.skip_rest();
        return Ok(());
    };
    reader.finish()?;
    if is_local {
        session.path_after_transaction.get_or_insert_with(|| session.search_path.clone());
    } else {
        session.path_after_transaction = None;
    }
    set_path(session, path);
    Ok(())
}

fn path_element(reader: &mut Reader<'_>) -> Outcome<String> {
    if reader.kind(0) == Some(lex::TokenKind::Text) { reader.string() } else { Ok(reader.label()?.name) }
}

/// `RESET …`, after `RESET`.
pub(super) fn reset(session: &mut Session, reader: &Reader<'_>) {
    if reader.is("search_path") || reader.is("all") {
        session.search_path.clone_from(&session.default_path);
        session.path_after_transaction = None;
    }
}

/// `SELECT pg_catalog.set_config('search_path', '…', false)`, as pg_dump writes it. Whether it was that.
pub(super) fn set_config(session: &mut Session, reader: &mut Reader<'_>) -> Outcome<bool> {
    reader.accept("pg_catalog .");
    if !reader.accept("set_config (") {
        return Ok(false);
    }
    if reader.string()?.eq_ignore_ascii_case("search_path") && reader.accept(",") {
        let path = reader.string()?;
        if reader.accept(", true") {
            session.path_after_transaction.get_or_insert_with(|| session.search_path.clone());
        }
        set_path(session, path.split(',').map(|part| stored(part.trim())).collect());
    }
    reader.skip_rest();
    Ok(true)
}

/// `"$user"` is the schema of a role that is not known here.
fn set_path(session: &mut Session, path: Vec<String>) {
    session.search_path = path.into_iter().filter(|schema| schema != "$user" && !schema.is_empty()).collect();
}

/// `CREATE COLLATION …`, after `COLLATION`: its name becomes known.
pub(super) fn create_collation(session: &mut Session, reader: &mut Reader<'_>) -> Outcome {
    reader.accept("if not exists");
    let name = reader.object_name()?;
    let full = session.new_name(&name);
    if session.objects.collation(&full).is_none() {
        session.objects.create(Kind::Collation, &full);
    }
    reader.skip_rest();
    Ok(())
}

/// `IMPORT FOREIGN SCHEMA`: its tables are those of another server.
pub(super) fn import(reader: &Reader<'_>) -> Outcome {
    let message = "`IMPORT FOREIGN SCHEMA` makes tables that only the other server knows";
    Err(Box::new(
        reader
            .error(NO_SUCH_OBJECT, message, reader.statement.span())
            .help("write a `CREATE FOREIGN TABLE` for each table that is used"),
    ))
}
