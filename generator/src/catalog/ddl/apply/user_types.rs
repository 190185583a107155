//! Applies `CREATE TYPE` and `ALTER TYPE`. Manual: CREATE TYPE.

use super::{
    super::{
        attribute_rename, column_rename, dependencies,
        dependents::{self, Drop},
        identifiers, labels as label_names,
        objects::{Kind, Part},
        reader::{Ident, ObjectName, Outcome},
        remove, rename,
        session::{Session, missing},
        split::Statement,
        syntax::{
            types::{
                AlterType, AttributeChange, CreateType, LabelSide, TypeChange, TypeForm, WrittenAttribute,
                WrittenLabel,
            },
            words::NameChange,
        },
    },
    table_columns::collation_of,
    target::move_to_schema,
};
use crate::{
    catalog::{Column, Object, QName, TypeDef, TypeKind},
    diagnostics::{DUPLICATE_OBJECT, Diagnostic, IMPOSSIBLE_DEFINITION},
};

/// Applies `CREATE TYPE …`.
pub(super) fn create(session: &mut Session, statement: &Statement, written: CreateType) -> Outcome {
    let name = written.name;
    let full = session.new_name(&name);
    match written.form {
        TypeForm::Enum(written) => {
            let labels = distinct(statement, written)?;
            add(session, statement, &full, &name, TypeKind::Enum { labels })
        }
        TypeForm::Range { subtype, multirange } => {
            let subtype = session.sql_type(statement, &subtype);
            let multirange = match multirange {
                Some(name) => QName::new(name.schema.unwrap_or_else(|| full.schema.clone()), name.name),
                None => QName::new(&full.schema, identifiers::multirange(&full.name)),
            };
            let kind = TypeKind::Range { subtype, multirange: multirange.clone() };
            add(session, statement, &full, &name, kind)?;
            session.add_base_type(&multirange, None);
            Ok(())
        }
        TypeForm::Composite(attributes) => {
            let fields =
                attributes.into_iter().map(|attribute| field(session, statement, attribute)).collect();
            session.check_free(statement, &full, name.span.clone())?;
            add(session, statement, &full, &name, TypeKind::Composite { fields })
        }
        TypeForm::Base => {
            if session.objects.user_type(&full).is_none() {
                session.add_base_type(&full, None);
            }
            Ok(())
        }
    }
}

/// The labels of a new enum, of which each is another.
fn distinct(statement: &Statement, written: Vec<WrittenLabel>) -> Outcome<Vec<String>> {
    let mut labels: Vec<String> = Vec::with_capacity(written.len());
    for label in written {
        if labels.contains(&label.text) {
            let message = format!("the enum has the label `{}` twice", label.text);
            let problem = statement.error(DUPLICATE_OBJECT, message, label.span);
            return Err(Box::new(problem.help("take one of the two out")));
        }
        labels.push(label.text);
    }
    Ok(labels)
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

fn field(session: &mut Session, statement: &Statement, written: WrittenAttribute) -> Column {
    let mut column = Column::new(written.name.name, session.sql_type(statement, &written.ty));
    if let Some(collation) = &written.collation {
        column.collation = collation_of(session, &column.ty, collation);
    }
    column
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

/// Applies `ALTER TYPE …`.
pub(super) fn alter(session: &mut Session, statement: &Statement, written: AlterType) -> Outcome {
    let name = user_type(session, statement, &written.name)?;
    match written.change? {
        TypeChange::Name(change) => change_name(session, statement, &name, change),
        TypeChange::AddValue { if_not_exists, label, neighbour } => {
            add_value(session, statement, &name, if_not_exists, label, neighbour)
        }
        TypeChange::RenameValue(old, new) => {
            let labels = labels(session, statement, &name, &written.name)?;
            if labels.contains(&new.text) && labels.contains(&old.text) {
                return Err(Box::new(already(statement, "label", &new.text, new.span)));
            }
            let Some(label) = labels.iter_mut().find(|label| **label == old.text) else {
                return Err(Box::new(missing(statement, "label", &old.text, old.span, None)));
            };
            label.clone_from(&new.text);
            label_names::rename(session, &name, &old.text, &new.text);
            Ok(())
        }
        TypeChange::RenameAttribute(old, new) => {
            rename_attribute(session, statement, (&name, &written.name), old, new)
        }
        TypeChange::Attributes(changes) => changes
            .into_iter()
            .try_for_each(|change| attribute_action(session, statement, &name, &written.name, change)),
        TypeChange::PassedOver => Ok(()),
    }
}

fn rename_attribute(
    session: &mut Session,
    statement: &Statement,
    (name, written): (&QName, &ObjectName),
    old: Ident,
    new: Ident,
) -> Outcome {
    let at = existing(session, statement, (name, written), &old)?;
    attribute_rename::rename(session, name, &old.name, &new.name);
    if let Some(field) = fields(session, statement, name, written)?.get_mut(at) {
        field.name.clone_from(&new.name);
    }
    if let Some(id) = session.objects.user_type(name) {
        session.objects.rename_part(&id.column(&old.name), &Part::Column(new.name.clone()));
    }
    for table in session.tables_of(name) {
        column_rename::rename(session, &table, &old.name, &new.name);
    }
    Ok(())
}

/// Applies `RENAME TO`, `SET SCHEMA` or `OWNER TO`.
pub(super) fn change_name(
    session: &mut Session,
    statement: &Statement,
    name: &QName,
    change: NameChange,
) -> Outcome {
    match change {
        NameChange::RenameTo(new) => {
            let to = QName::new(&name.schema, &new.name);
            session.check_free(statement, &to, new.span)?;
            rename(session, name, &to);
        }
        NameChange::SetSchema(schema) if session.objects.relation(name).is_some() => {
            move_to_schema(session, statement, name, &schema)?;
        }
        NameChange::SetSchema(schema) => {
            let written =
                ObjectName { schema: Some(schema.name), name: name.name.clone(), span: schema.span };
            let to = session.new_name(&written);
            rename(session, name, &to);
        }
        NameChange::OwnerTo => {}
    }
    Ok(())
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

fn add_value(
    session: &mut Session,
    statement: &Statement,
    name: &QName,
    if_not_exists: bool,
    label: WrittenLabel,
    neighbour: Option<(LabelSide, WrittenLabel)>,
) -> Outcome {
    let written = ObjectName { schema: None, name: name.name.clone(), span: label.span.clone() };
    let labels = labels(session, statement, name, &written)?;
    if labels.contains(&label.text) {
        return if if_not_exists {
            Ok(())
        } else {
            Err(Box::new(already(statement, "label", &label.text, label.span)))
        };
    }
    let at = match neighbour {
        None => labels.len(),
        Some((side, neighbour)) => match labels.iter().position(|label| *label == neighbour.text) {
            Some(at) => at + usize::from(side == LabelSide::After),
            None => return Err(Box::new(missing(statement, "label", &neighbour.text, neighbour.span, None))),
        },
    };
    labels.insert(at, label.text);
    Ok(())
}

/// Applies `ADD ATTRIBUTE`, `DROP ATTRIBUTE` or `ALTER ATTRIBUTE`. The tables that are made of the type change with it.
fn attribute_action(
    session: &mut Session,
    statement: &Statement,
    name: &QName,
    written: &ObjectName,
    change: AttributeChange,
) -> Outcome {
    match change {
        AttributeChange::Add { attribute, cascade } => {
            add_attribute(session, statement, (name, written), attribute, cascade)
        }
        AttributeChange::Drop { if_exists, name: attribute, cascade } => {
            if if_exists && position(session, statement, (name, written), &attribute)?.is_none() {
                return Ok(());
            }
            existing(session, statement, (name, written), &attribute)?;
            check_typed_tables(session, statement, name, &attribute.span, cascade)?;
            remove::drop_attribute(session, name, &attribute.name);
            Ok(())
        }
        AttributeChange::Alter { attribute, cascade } => {
            alter_attribute(session, statement, (name, written), &attribute, cascade)
        }
    }
}

/// Where an attribute stands in the type.
fn position(
    session: &mut Session,
    statement: &Statement,
    (name, written): (&QName, &ObjectName),
    attribute: &Ident,
) -> Outcome<Option<usize>> {
    let fields = fields(session, statement, name, written)?;
    Ok(fields.iter().position(|field| field.name == attribute.name))
}

/// Likewise, or the error that it is not there.
fn existing(
    session: &mut Session,
    statement: &Statement,
    of: (&QName, &ObjectName),
    attribute: &Ident,
) -> Outcome<usize> {
    position(session, statement, of, attribute)?.ok_or_else(|| {
        Box::new(missing(statement, "attribute", &attribute.name, attribute.span.clone(), None))
    })
}

fn alter_attribute(
    session: &mut Session,
    statement: &Statement,
    (name, written): (&QName, &ObjectName),
    attribute: &WrittenAttribute,
    cascade: bool,
) -> Outcome {
    let at = existing(session, statement, (name, written), &attribute.name)?;
    let ty = session.sql_type(statement, &attribute.ty);
    check_typed_tables(session, statement, name, &attribute.name.span, cascade)?;
    let collation = attribute.collation.as_ref();
    let collation = collation.and_then(|collation| collation_of(session, &ty, collation));
    if let Some(field) = fields(session, statement, name, written)?.get_mut(at) {
        (field.ty, field.collation) = (ty.clone(), collation.clone());
    }
    dependencies::of_type(session, name);
    for table in session.tables_of(name) {
        let columns = session.catalog.tables.get_mut(&table).map(|table| table.columns.iter_mut());
        for column in columns.into_iter().flatten().filter(|column| column.name == attribute.name.name) {
            (column.ty, column.collation) = (ty.clone(), collation.clone());
        }
        dependencies::of_column(session, &table, &attribute.name.name);
    }
    Ok(())
}

fn add_attribute(
    session: &mut Session,
    statement: &Statement,
    (name, written): (&QName, &ObjectName),
    attribute: WrittenAttribute,
    cascade: bool,
) -> Outcome {
    let span = attribute.name.span.clone();
    let field = field(session, statement, attribute);
    check_typed_tables(session, statement, name, &span, cascade)?;
    let fields = fields(session, statement, name, written)?;
    if fields.iter().any(|other| other.name == field.name) {
        return Err(Box::new(already(statement, "attribute", &field.name, span)));
    }
    fields.push(field.clone());
    dependencies::of_type(session, name);
    for table in session.tables_of(name) {
        let object = Object::Column(table.clone(), field.name.clone());
        session.places.insert(object, statement.place(span.clone()));
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
