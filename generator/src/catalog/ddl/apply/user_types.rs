//! `CREATE TYPE` and `ALTER TYPE`. Manual: CREATE TYPE.

use super::{
    super::{
        column_rename, dependencies,
        dependents::{self, Drop},
        identifiers,
        objects::{Kind, Part},
        reader::{ObjectName, Outcome, Reader},
        remove, rename,
        session::{Session, missing},
        split::Statement,
        types,
    },
    table_columns::collation_of,
    target::{accept_cascade, move_to_schema},
};
use crate::{
    catalog::{Column, Object, QName, TypeDef, TypeKind},
    diagnostics::{DUPLICATE_OBJECT, Diagnostic, IMPOSSIBLE_DEFINITION},
};

/// `CREATE TYPE …`, after `TYPE`.
pub(super) fn create(session: &mut Session, reader: &mut Reader<'_>) -> Outcome {
    let name = reader.object_name()?;
    let full = session.new_name(&name);
    if reader.accept("as enum") {
        reader.expect("(")?;
        let labels = if reader.is(")") { Vec::new() } else { reader.list(Reader::string)? };
        reader.expect(")")?;
        reader.finish()?;
        return add(session, reader.statement, &full, &name, TypeKind::Enum { labels });
    }
    if reader.accept("as range") {
        let kind = range(session, reader, &full)?;
        reader.finish()?;
        let multirange = match &kind {
            TypeKind::Range { multirange, .. } => Some(multirange.clone()),
            _ => None,
        };
        add(session, reader.statement, &full, &name, kind)?;
        if let Some(multirange) = multirange {
            session.add_base_type(&multirange, None);
        }
        return Ok(());
    }
    if reader.accept("as") {
        reader.expect("(")?;
        let fields =
            if reader.is(")") { Vec::new() } else { reader.list(|reader| field(session, reader))? };
        reader.expect(")")?;
        reader.finish()?;
        session.check_free(reader.statement, &full, name.span.clone())?;
        return add(session, reader.statement, &full, &name, TypeKind::Composite { fields });
    }
    // A shell type, or a base type with the C functions behind it: a name is all that is known of it.
    if reader.is("(") {
        reader.parenthesized()?;
    }
    reader.finish()?;
    if session.objects.user_type(&full).is_none() {
        session.add_base_type(&full, None);
    }
    Ok(())
}

/// Adds a type under a name that no type has.
pub(super) fn add(
    session: &mut Session,
    statement: &Statement,
    full: &QName,
    name: &ObjectName,
    kind: TypeKind,
) -> Outcome {
    if session.catalog.types.contains_key(full) {
        return Err(Box::new(already(statement, "type", &name.name, name.span.clone())));
    }
    session.places.insert(Object::Type(full.clone()), statement.place(name.span.clone()));
    let composite = matches!(kind, TypeKind::Composite { .. });
    session.objects.create(if composite { Kind::Composite } else { Kind::Type }, full);
    session.catalog.types.insert(full.clone(), TypeDef { kind, comment: None });
    dependencies::of_type(session, full);
    Ok(())
}

fn already(statement: &Statement, what: &str, name: &str, span: std::ops::Range<usize>) -> Diagnostic {
    statement
        .error(DUPLICATE_OBJECT, format!("there is a {what} `{name}` already"), span)
        .help("take one of the two out, or drop the first before the second")
}

fn range(session: &mut Session, reader: &mut Reader<'_>, full: &QName) -> Outcome<TypeKind> {
    let options = reader.parenthesized()?;
    let mut options = reader.within(&options);
    let mut multirange = QName::new(&full.schema, identifiers::multirange(&full.name));
    let mut subtype = None;
    options.list(|options| {
        if options.accept("subtype =") {
            let written = types::read(options)?;
            subtype = Some(session.sql_type(options.statement, &written));
        } else if options.accept("multirange_type_name =") {
            let name = options.object_name()?;
            multirange = QName::new(name.schema.unwrap_or_else(|| full.schema.clone()), name.name);
        } else {
            options.expression()?;
        }
        Ok(())
    })?;
    options.finish()?;
    let subtype = subtype.ok_or_else(|| reader.expected("`SUBTYPE = …` between the parentheses"))?;
    Ok(TypeKind::Range { subtype, multirange })
}

/// `name type [COLLATE c]`.
fn field(session: &mut Session, reader: &mut Reader<'_>) -> Outcome<Column> {
    let name = reader.ident()?;
    let written = types::read(reader)?;
    let mut column = Column::new(name.name, session.sql_type(reader.statement, &written));
    if reader.accept("collate") {
        let collation = reader.object_name()?;
        column.collation = collation_of(session, &column.ty, &collation);
    }
    Ok(column)
}

/// The user's type of that name, or the error that there is none.
pub(super) fn user_type(session: &mut Session, statement: &Statement, name: &ObjectName) -> Outcome<QName> {
    let found = session
        .find_type(name)
        .filter(|name| session.catalog.types.contains_key(name) || session.base_types.contains_key(name));
    found.ok_or_else(|| {
        let near = session.suggest(&name.name, |session| {
            session.catalog.types.keys().map(|name| name.name.as_str()).collect()
        });
        Box::new(missing(statement, "type", &name.name, name.span.clone(), near.as_deref()))
    })
}

/// `ALTER TYPE …`, after `TYPE`.
pub(super) fn alter(session: &mut Session, reader: &mut Reader<'_>) -> Outcome {
    let written = reader.object_name()?;
    let name = user_type(session, reader.statement, &written)?;
    if rename_or_move(session, reader, &name)? {
        return Ok(());
    }
    if reader.accept("add value") {
        return add_value(session, reader, &name);
    }
    if reader.accept("rename value") {
        let span = reader.span();
        let old = reader.string()?;
        reader.expect("to")?;
        let new = reader.string()?;
        reader.finish()?;
        let labels = labels(session, reader.statement, &name, &written)?;
        let Some(label) = labels.iter_mut().find(|label| **label == old) else {
            return Err(Box::new(missing(reader.statement, "label", &old, span, None)));
        };
        label.clone_from(&new);
        super::super::labels::rename(session, &name, &old, &new);
        return Ok(());
    }
    if reader.accept("rename attribute") {
        let old = reader.ident()?;
        reader.expect("to")?;
        let new = reader.ident()?;
        accept_cascade(reader);
        reader.finish()?;
        let fields = fields(session, reader.statement, &name, &written)?;
        let Some(field) = fields.iter_mut().find(|field| field.name == old.name) else {
            return Err(Box::new(missing(reader.statement, "attribute", &old.name, old.span, None)));
        };
        field.name.clone_from(&new.name);
        if let Some(id) = session.objects.user_type(&name) {
            session.objects.rename_part(&id.column(&old.name), &Part::Column(new.name.clone()));
        }
        for table in session.tables_of(&name) {
            column_rename::rename(session, &table, &old.name, &new.name);
        }
        return Ok(());
    }
    if reader.accept("set (") {
        reader.skip_rest();
        return Ok(());
    }
    reader.list(|reader| attribute_action(session, reader, &name, &written))?;
    reader.finish()
}

/// `RENAME TO`, `SET SCHEMA`, `OWNER TO`; whether it was one of these.
pub(super) fn rename_or_move(session: &mut Session, reader: &mut Reader<'_>, name: &QName) -> Outcome<bool> {
    if reader.accept("rename to") {
        let new = reader.ident()?;
        reader.finish()?;
        let to = QName::new(&name.schema, &new.name);
        session.check_free(reader.statement, &to, new.span)?;
        rename(session, name, &to);
    } else if reader.accept("set schema") {
        let schema = reader.ident()?;
        reader.finish()?;
        if session.objects.relation(name).is_some() {
            move_to_schema(session, reader.statement, name, &schema)?;
        } else {
            let written =
                ObjectName { schema: Some(schema.name.clone()), name: name.name.clone(), span: schema.span };
            let to = session.new_name(&written);
            rename(session, name, &to);
        }
    } else if reader.accept("owner to") {
        reader.skip_rest();
    } else {
        return Ok(false);
    }
    Ok(true)
}

fn rename(session: &mut Session, old: &QName, new: &QName) {
    if session.objects.relation(old).is_some() {
        rename::rename(session, old, new);
    } else {
        rename::rename_type(session, old, new);
    }
}

fn labels<'s>(
    session: &'s mut Session,
    statement: &Statement,
    name: &QName,
    written: &ObjectName,
) -> Outcome<&'s mut Vec<String>> {
    match session.catalog.types.get_mut(name).map(|def| &mut def.kind) {
        Some(TypeKind::Enum { labels }) => Ok(labels),
        _ => Err(wrong_kind(statement, written, "an enum")),
    }
}

fn fields<'s>(
    session: &'s mut Session,
    statement: &Statement,
    name: &QName,
    written: &ObjectName,
) -> Outcome<&'s mut Vec<Column>> {
    match session.catalog.types.get_mut(name).map(|def| &mut def.kind) {
        Some(TypeKind::Composite { fields }) => Ok(fields),
        _ => Err(wrong_kind(statement, written, "a composite type")),
    }
}

/// The error that a type is of another sort.
pub(super) fn wrong_kind(statement: &Statement, written: &ObjectName, kind: &str) -> Box<Diagnostic> {
    let message = format!("`{}` is not {kind}", written.name);
    let help = format!("name {kind}, or use the `ALTER` of what it is");
    Box::new(statement.error(IMPOSSIBLE_DEFINITION, message, written.span.clone()).help(help))
}

fn add_value(session: &mut Session, reader: &mut Reader<'_>, name: &QName) -> Outcome {
    let if_not_exists = reader.accept("if not exists");
    let span = reader.span();
    let label = reader.string()?;
    let (before, after) = (reader.accept("before"), reader.accept("after"));
    let neighbour = if before || after { Some((reader.span(), reader.string()?)) } else { None };
    reader.finish()?;
    let written = ObjectName { schema: None, name: name.name.clone(), span: span.clone() };
    let labels = labels(session, reader.statement, name, &written)?;
    if labels.contains(&label) {
        return if if_not_exists {
            Ok(())
        } else {
            Err(Box::new(already(reader.statement, "label", &label, span)))
        };
    }
    let at = match neighbour {
        None => labels.len(),
        Some((span, neighbour)) => match labels.iter().position(|label| *label == neighbour) {
            Some(at) => at + usize::from(after),
            None => return Err(Box::new(missing(reader.statement, "label", &neighbour, span, None))),
        },
    };
    labels.insert(at, label);
    Ok(())
}

/// `ADD ATTRIBUTE`, `DROP ATTRIBUTE`, `ALTER ATTRIBUTE`. The tables that are made of the type change with it.
fn attribute_action(
    session: &mut Session,
    reader: &mut Reader<'_>,
    name: &QName,
    written: &ObjectName,
) -> Outcome {
    if reader.accept("add attribute") {
        return add_attribute(session, reader, name, written);
    }
    let dropped = reader.accept("drop attribute");
    if !dropped {
        reader.expect("alter attribute")?;
    }
    let if_exists = dropped && reader.accept("if exists");
    let attribute = reader.ident()?;
    let found = fields(session, reader.statement, name, written)?
        .iter()
        .position(|field| field.name == attribute.name);
    let Some(at) = found else {
        accept_cascade(reader);
        return if if_exists {
            Ok(())
        } else {
            Err(Box::new(missing(reader.statement, "attribute", &attribute.name, attribute.span, None)))
        };
    };
    if dropped {
        let cascade = accept_cascade(reader);
        check_typed_tables(session, reader.statement, name, &attribute.span, cascade)?;
        remove::drop_attribute(session, name, &attribute.name);
        return Ok(());
    }
    reader.accept("set data");
    reader.expect("type")?;
    let ty = types::read(reader)?;
    let ty = session.sql_type(reader.statement, &ty);
    let collation = if reader.accept("collate") { Some(reader.object_name()?) } else { None };
    let cascade = accept_cascade(reader);
    check_typed_tables(session, reader.statement, name, &attribute.span, cascade)?;
    let collation = collation.and_then(|collation| collation_of(session, &ty, &collation));
    if let Some(field) = fields(session, reader.statement, name, written)?.get_mut(at) {
        (field.ty, field.collation) = (ty.clone(), collation.clone());
    }
    dependencies::of_type(session, name);
    for table in session.tables_of(name) {
        let columns = session.catalog.tables.get_mut(&table).map(|table| table.columns.iter_mut());
        for column in columns.into_iter().flatten().filter(|column| column.name == attribute.name) {
            (column.ty, column.collation) = (ty.clone(), collation.clone());
        }
        dependencies::of_column(session, &table, &attribute.name);
    }
    Ok(())
}

fn add_attribute(
    session: &mut Session,
    reader: &mut Reader<'_>,
    name: &QName,
    written: &ObjectName,
) -> Outcome {
    let span = reader.span();
    let field = field(session, reader)?;
    let cascade = accept_cascade(reader);
    check_typed_tables(session, reader.statement, name, &span, cascade)?;
    let fields = fields(session, reader.statement, name, written)?;
    if fields.iter().any(|other| other.name == field.name) {
        return Err(Box::new(already(reader.statement, "attribute", &field.name, span)));
    }
    fields.push(field.clone());
    dependencies::of_type(session, name);
    for table in session.tables_of(name) {
        let object = Object::Column(table.clone(), field.name.clone());
        session.places.insert(object, reader.place(span.clone()));
        if let Some(table) = session.catalog.tables.get_mut(&table) {
            table.columns.push(field.clone());
        }
        dependencies::of_column(session, &table, &field.name);
    }
    Ok(())
}

/// A type of which tables are made changes with `CASCADE` only.
fn check_typed_tables(
    session: &Session,
    statement: &Statement,
    name: &QName,
    span: &std::ops::Range<usize>,
    cascade: bool,
) -> Outcome {
    if cascade {
        return Ok(());
    }
    let tables = session.tables_of(name);
    let ids = tables.iter().filter_map(|table| session.objects.relation(table));
    let addresses: Vec<_> = ids.map(crate::catalog::ddl::objects::Id::whole).collect();
    let message = format!("`{}` cannot be changed", name.name);
    dependents::refuse(session, statement, &message, span.clone(), &addresses.iter().collect::<Vec<_>>())
}

/// `DROP TYPE` and `DROP DOMAIN`, for one name.
pub(super) fn drop(
    session: &mut Session,
    statement: &Statement,
    written: &ObjectName,
    if_exists: bool,
    cascade: bool,
) -> Outcome {
    let name = match user_type(session, statement, written) {
        Ok(name) => name,
        Err(_) if if_exists => return Ok(()),
        Err(problem) => return Err(problem),
    };
    let originals = session.objects.user_type(&name).map(|id| id.whole()).into_iter().collect();
    dependents::drop(
        session,
        statement,
        Drop { originals, what: &written.name, span: written.span.clone(), cascade },
    )
}
