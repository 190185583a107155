//! Applies what concerns schemas, extensions, the search path and collations. Manual: CREATE SCHEMA, CREATE EXTENSION,
//! SET.

use super::super::{
    dependents::{self, Drop},
    objects::{Address, Id, Kind},
    reader::{ObjectName, Outcome},
    rename,
    session::{Session, is_system, missing},
    split::{Expression, Statement},
    syntax::{
        queries::SearchPath,
        schemas::{CreateExtension, CreateSchema, MoveExtension, RenameSchema},
    },
    types,
};
use crate::{
    catalog::QName,
    diagnostics::{DUPLICATE_OBJECT, NOT_PROVABLE},
};

/// Applies `CREATE SCHEMA …`; what is created inside it in the same statement comes after.
pub(super) fn create(
    session: &mut Session,
    statement: &Statement,
    written: CreateSchema,
    create_inside: fn(&mut Session, &Statement, &Expression) -> Outcome,
) -> Outcome {
    let CreateSchema { if_not_exists, name, is_named_by_role, span, elements } = written;
    if is_named_by_role {
        let message = "the schema has the name of the role that is connected";
        let help = "write the schema's name: `CREATE SCHEMA name AUTHORIZATION …`";
        return Err(Box::new(statement.error(NOT_PROVABLE, message, span).help(help)));
    }
    // A schema without tables may be there only because a name mentioned it; `public` is there from the start.
    let exists = session.catalog.schemas.contains_key(&name);
    if exists && !if_not_exists && name != "public" && session.catalog.tables.keys().any(|t| t.schema == name)
    {
        let message = format!("there is a schema `{name}` already");
        return Err(Box::new(
            statement.error(DUPLICATE_OBJECT, message, span).help("write `CREATE SCHEMA IF NOT EXISTS`"),
        ));
    }
    session.catalog.schemas.entry(name.clone()).or_default();
    let outside = std::mem::replace(&mut session.search_path, vec![name]);
    let result = elements.and_then(|elements| {
        elements.iter().try_for_each(|element| create_inside(session, statement, element))
    });
    session.search_path = outside;
    result
}

/// Applies `ALTER SCHEMA … RENAME TO …`.
pub(super) fn rename(session: &mut Session, statement: &Statement, written: RenameSchema) -> Outcome {
    let RenameSchema { old, new } = written;
    let Some(comment) = session.catalog.schemas.remove(&old.name) else {
        return Err(Box::new(missing(statement, "schema", &old.name, old.span, None)));
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
            Err(Box::new(missing(statement, "schema", name, written.span.clone(), None)))
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

/// Applies `CREATE EXTENSION …`: its types become known.
pub(super) fn create_extension(session: &mut Session, written: CreateExtension) {
    let CreateExtension { name, schema, cascade } = written;
    let schema = schema.unwrap_or_else(|| session.creation_schema());
    if cascade && name == "earthdistance" {
        add_extension(session, "cube", &schema);
    }
    add_extension(session, &name, &schema);
}

fn add_extension(session: &mut Session, name: &str, schema: &str) {
    if !session.catalog.extensions.insert(name.to_owned()) {
        return;
    }
    if !is_system(schema) {
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

/// Applies `ALTER EXTENSION … SET SCHEMA …`.
pub(super) fn move_extension(session: &mut Session, written: MoveExtension) {
    let MoveExtension { name, schema } = written;
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

/// Sets the search path, or makes it the default again. `"$user"` is the schema of a role that is not known here.
pub(super) fn set_path(session: &mut Session, path: SearchPath) {
    let schemas = path.schemas.unwrap_or_else(|| session.default_path.clone());
    if path.is_local {
        session.path_after_transaction.get_or_insert_with(|| session.search_path.clone());
    } else {
        session.path_after_transaction = None;
    }
    session.search_path =
        schemas.into_iter().filter(|schema| schema != "$user" && !schema.is_empty()).collect();
}

/// Applies `CREATE COLLATION …`: its name becomes known.
pub(super) fn create_collation(session: &mut Session, name: &ObjectName) {
    let full = session.new_name(name);
    if session.objects.collation(&full).is_none() {
        session.objects.create(Kind::Collation, &full);
    }
}
