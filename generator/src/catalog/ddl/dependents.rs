//! What stands in the way of a drop, and what goes with it under `CASCADE`.
//!
//! Manual: "Dependency Tracking".

use std::{collections::HashSet, fmt, ops::Range};

use super::{
    identifiers::nextval,
    reader::{Outcome, Reader},
    relations,
    session::Session,
};
use crate::{
    catalog::{QName, SqlType, TypeKind},
    diagnostics::STILL_NEEDED,
};

/// Something that needs what is to be dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Dependent {
    View(QName),
    Child(QName),
    ForeignKey(QName, String),
    Column(QName, String),
    Default(QName, String),
    Type(QName),
    Field(QName, String),
}

impl fmt::Display for Dependent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::View(name) => write!(f, "the view `{name}`"),
            Self::Child(name) => write!(f, "the table `{name}`"),
            Self::ForeignKey(table, name) => write!(f, "the foreign key `{name}` of `{table}`"),
            Self::Column(table, name) => write!(f, "the column `{name}` of `{table}`"),
            Self::Default(table, name) => write!(f, "the default of `{name}` of `{table}`"),
            Self::Field(ty, name) => write!(f, "the attribute `{name}` of `{ty}`"),
            Self::Type(name) => write!(f, "the type `{name}`"),
        }
    }
}

/// The error that something cannot be done because of others.
pub(super) fn refuse(reader: &Reader<'_>, what: &str, span: Range<usize>, others: &[Dependent]) -> Outcome {
    let Some(first) = others.first() else { return Ok(()) };
    let more = if others.len() > 1 { format!(" and {} more", others.len() - 1) } else { String::new() };
    Err(Box::new(
        reader
            .error(STILL_NEEDED, format!("{what}: {first}{more} needs it"), span)
            .help("drop what needs it first, or write `CASCADE` where all of it is to go"),
    ))
}

/// The views that read a table, or one column of it.
pub(super) fn views_reading(session: &Session<'_>, table: &QName, column: Option<&str>) -> Vec<Dependent> {
    let reads = |reads: &std::collections::BTreeMap<QName, std::collections::BTreeSet<String>>| {
        reads.get(table).is_some_and(|columns| column.is_none_or(|column| columns.contains(column)))
    };
    let mut views: Vec<QName> = session
        .table_states
        .iter()
        .filter(|(_, state)| reads(&state.reads))
        .map(|(name, _)| name.clone())
        .collect();
    views.sort();
    views.into_iter().map(Dependent::View).collect()
}

/// What needs a table or view, apart from the tables that go with it.
pub(super) fn of_table(session: &Session<'_>, table: &QName, going: &HashSet<QName>) -> Vec<Dependent> {
    let mut found = views_reading(session, table, None);
    found.retain(|view| !matches!(view, Dependent::View(name) if going.contains(name)));
    let is_partitioned = session.is_partitioned(table);
    for child in session.table_states.get(table).map(|state| state.children.as_slice()).unwrap_or_default() {
        // Partitions go with their table without being asked.
        if !going.contains(child) && !is_partitioned {
            found.push(Dependent::Child(child.clone()));
        }
    }
    for (other, def) in session.catalog.tables.iter().filter(|(other, _)| !going.contains(other)) {
        let keys = def.foreign_keys.iter().filter(|key| key.target == *table);
        found.extend(keys.map(|key| Dependent::ForeignKey(other.clone(), key.name.clone())));
    }
    found.extend(of_type(session, table).into_iter().filter(|dependent| match dependent {
        Dependent::Column(other, _) => !going.contains(other),
        _ => true,
    }));
    found
}

/// Columns and types that use a type.
pub(super) fn of_type(session: &Session<'_>, name: &QName) -> Vec<Dependent> {
    let uses = |ty: &SqlType| ty.name == *name;
    let mut found = Vec::new();
    for (table, def) in &session.catalog.tables {
        for column in def.columns.iter().filter(|column| uses(&column.ty)) {
            found.push(if def.is_view() {
                Dependent::View(table.clone())
            } else {
                Dependent::Column(table.clone(), column.name.clone())
            });
        }
    }
    for (other, def) in session.catalog.types.iter().filter(|(other, _)| *other != name) {
        let whole = match &def.kind {
            TypeKind::Domain { base, .. } => uses(base),
            TypeKind::Range { subtype, .. } => uses(subtype),
            TypeKind::Enum { .. } => false,
            TypeKind::Composite { fields } => {
                let fields = fields.iter().filter(|field| uses(&field.ty));
                found.extend(fields.map(|field| Dependent::Field(other.clone(), field.name.clone())));
                false
            }
        };
        if whole {
            found.push(Dependent::Type(other.clone()));
        }
    }
    found
}

/// Defaults that take their value from a sequence, other than its owner's.
pub(super) fn of_sequence(session: &Session<'_>, name: &QName) -> Vec<Dependent> {
    let default = nextval(name);
    let mut found = Vec::new();
    for (table, def) in &session.catalog.tables {
        let columns = def.columns.iter().filter(|column| column.default.as_ref() == Some(&default));
        found.extend(columns.map(|column| Dependent::Default(table.clone(), column.name.clone())));
    }
    found
}

/// The foreign keys of other columns that point to a column or to all of a key's columns.
pub(super) fn keys_to(
    session: &Session<'_>,
    table: &QName,
    is_meant: impl Fn(&[String]) -> bool,
) -> Vec<Dependent> {
    let mut found = Vec::new();
    for (other, def) in &session.catalog.tables {
        let keys =
            def.foreign_keys.iter().filter(|key| key.target == *table && is_meant(&key.target_columns));
        found.extend(keys.map(|key| Dependent::ForeignKey(other.clone(), key.name.clone())));
    }
    found
}

/// Drops tables and views with all that needs them. Without `cascade`, there must be nothing.
pub(super) fn drop_tables(
    session: &mut Session<'_>,
    reader: &Reader<'_>,
    tables: Vec<(QName, Range<usize>)>,
    cascade: bool,
) -> Outcome {
    let mut going: HashSet<QName> = tables.iter().map(|(name, _)| name.clone()).collect();
    for (name, _) in &tables {
        going.extend(session.family(name).into_iter().filter(|_| session.is_partitioned(name)));
    }
    if !cascade {
        for (name, span) in &tables {
            let others = of_table(session, name, &going);
            refuse(reader, &format!("`{}` cannot be dropped", name.name), span.clone(), &others)?;
        }
    }
    drop_all(session, going.into_iter().map(Dependent::View).collect());
    Ok(())
}

/// Drops everything of a list, and everything that needs it, in turn.
pub(super) fn drop_all(session: &mut Session<'_>, mut work: Vec<Dependent>) {
    while let Some(dependent) = work.pop() {
        match dependent {
            Dependent::View(table) | Dependent::Child(table) => {
                if session.catalog.tables.contains_key(&table) {
                    let partitions = session.table_states.get(&table).map(|state| state.children.clone());
                    work.extend(of_table(session, &table, &HashSet::from([table.clone()])));
                    work.extend(partitions.unwrap_or_default().into_iter().map(Dependent::Child));
                    relations::drop_table(session, &table);
                }
            }
            Dependent::ForeignKey(table, name) => {
                relations::drop_constraint(session, &table, &name);
            }
            Dependent::Column(table, column) => {
                work.extend(of_column(session, &table, &column));
                relations::drop_column(session, &table, &column);
            }
            Dependent::Default(table, column) => {
                let table = session.catalog.tables.get_mut(&table);
                if let Some(column) = table.and_then(|t| t.columns.iter_mut().find(|c| c.name == column)) {
                    column.default = None;
                }
            }
            Dependent::Field(ty, name) => {
                let def = session.catalog.types.get_mut(&ty).map(|def| &mut def.kind);
                if let Some(TypeKind::Composite { fields }) = def {
                    fields.retain(|field| field.name != name);
                }
            }
            Dependent::Type(name) => {
                work.extend(of_type(session, &name));
                relations::drop_type(session, &name);
            }
        }
    }
}

/// What needs a column: views, and foreign keys that point to it.
pub(super) fn of_column(session: &Session<'_>, table: &QName, column: &str) -> Vec<Dependent> {
    let mut found = views_reading(session, table, Some(column));
    found.extend(keys_to(session, table, |columns| columns.iter().any(|other| other == column)));
    found
}
