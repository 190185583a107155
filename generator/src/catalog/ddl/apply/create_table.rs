//! Applies `CREATE TABLE` in all its forms. Manual: CREATE TABLE, CREATE TABLE AS, CREATE FOREIGN TABLE.

use std::collections::BTreeSet;

use super::{
    super::{
        dependencies, named_columns,
        objects::Strength,
        reader::{Ident, ObjectName, Outcome},
        session::{Session, TEMPORARY, missing},
        split::{Expression, Statement},
        syntax::{
            columns::{ColumnDraft, Constraint},
            tables::{CreateTable, Element, Like, TableBody, TableElements},
        },
        table_state::PartitionKey,
    },
    constraints, inherit, like, refused,
    table_columns::build,
    views,
};
use crate::{
    catalog::{Column, Object, QName, Table, TableKind, TypeKind},
    diagnostics::{DUPLICATE_OBJECT, IMPOSSIBLE_DEFINITION},
};

/// Applies `CREATE [TEMP] TABLE …`.
pub(super) fn create(session: &mut Session, statement: &Statement, written: CreateTable) -> Outcome {
    let mut name = written.name;
    if written.temporary {
        name.schema = Some(TEMPORARY.into());
    }
    let full = session.new_name(&name);
    if written.if_not_exists && session.objects.relation(&full).is_some() {
        return Ok(());
    }
    session.check_free(statement, &full, name.span.clone())?;
    match written.body {
        TableBody::Elements(table) => {
            return apply(session, statement, (&full, &name), table, written.until_commit);
        }
        TableBody::Query(names, query) => {
            views::add_columns_of(session, statement, (&full, &name), TableKind::Table, &names, &query)?;
        }
    }
    if written.until_commit {
        session.dropped_on_commit.extend(session.objects.relation(&full));
    }
    Ok(())
}

fn apply(
    session: &mut Session,
    statement: &Statement,
    (full, name): (&QName, &ObjectName),
    draft: TableElements,
    until_commit: bool,
) -> Outcome {
    let mut table = Table::new(draft.kind);
    table.partition_of =
        draft.partition_of.map(|parent| session.table_name(statement, &parent)).transpose()?;
    for parent in &draft.parents {
        table.inherits.push(session.table_name(statement, parent)?);
    }
    if let Some(parent) = &table.partition_of {
        inherit::check_partition(session, statement, parent, full, name)?;
    }
    let parents: Vec<QName> = table.partition_of.iter().chain(&table.inherits).cloned().collect();
    table.columns = match &draft.of {
        Some(of) => fields(session, statement, of)?,
        None => inherit::columns_of_parents(session, &parents),
    };
    let mut inherited: BTreeSet<String> = BTreeSet::new();
    if draft.of.is_none() {
        inherited.extend(table.columns.iter().map(|column| column.name.clone()));
    }
    let placed = place_elements(session, statement, full, draft.elements, &inherited, &mut table.columns)?;
    check_unique_names(statement, name, &table.columns)?;
    for column in table.columns.iter().filter(|_| table.kind != TableKind::Foreign) {
        refused::check_name(statement, &column.name, &name.span)?;
    }
    for column in &table.columns {
        let object = Object::Column(full.clone(), column.name.clone());
        session.places.entry(object).or_insert_with(|| statement.place(name.span.clone()));
    }
    session.add_table(full, table, statement, name.span.clone());
    let (columns, has_expression) = draft.partition_key;
    let state = session.state_of(full);
    state.partition_key = PartitionKey { columns, has_expression };
    state.own_not_nulls.extend(placed.own_not_nulls);
    state.not_nulls.extend(placed.not_nulls);
    if let Some(of) = &draft.of {
        make_typed(session, full, of);
    }
    dependencies::of_table(session, full);
    if until_commit {
        session.dropped_on_commit.extend(session.objects.relation(full));
    }
    inherited.retain(|column| !placed.own.contains(column));
    inherit::mark_inherited(session, full, inherited);
    for parent in &parents {
        refused::check_keys_of_parent(session, statement, parent, full, &name.span)?;
        inherit::link(session, parent, full);
    }
    for source in &placed.likes {
        like::constraints(session, full, source);
    }
    for expression in &placed.generated {
        named_columns::check_generated(session, statement, full, expression)?;
    }
    constraints::add(session, statement, full, vec![valid(placed.constraints)], false)
}

/// A new table has no rows that could break its constraints: the server ignores `NOT VALID`
/// (`transformFKConstraints`, `transformCheckConstraints`).
fn valid(mut constraints: Vec<Constraint>) -> Vec<Constraint> {
    for constraint in &mut constraints {
        constraint.validated = constraint.enforced;
    }
    constraints
}

/// Notes that a table is made of a composite type: it goes with the type.
pub(super) fn make_typed(session: &mut Session, table: &QName, of: &ObjectName) {
    let of = session.find_type(of).and_then(|of| session.objects.user_type(&of));
    session.state_of(table).of = of;
    if let (Some(table), Some(of)) = (session.objects.relation(table), of) {
        session.objects.depend(table.whole(), of, None, Strength::Normal);
    }
}

/// What is left of the elements once the columns are where they belong.
#[derive(Default)]
struct Placed {
    constraints: Vec<Constraint>,
    likes: Vec<Like>,
    /// The columns that the table defines itself.
    own: BTreeSet<String>,
    /// The columns whose NOT NULL is not passed on.
    own_not_nulls: Vec<String>,
    /// The names of NOT NULL constraints, with their columns.
    not_nulls: Vec<(String, String)>,
    /// The expressions of generated columns.
    generated: Vec<Expression>,
}

fn place_elements(
    session: &mut Session,
    statement: &Statement,
    table: &QName,
    elements: Vec<Element>,
    inherited: &BTreeSet<String>,
    columns: &mut Vec<Column>,
) -> Outcome<Placed> {
    let mut placed = Placed::default();
    let mut seen = BTreeSet::new();
    for element in elements {
        match element {
            Element::Constraint(constraint) => placed.constraints.push(constraint),
            Element::Like(source) => {
                for column in like::columns(session, statement, table, &source)? {
                    add_like(column, inherited, &mut placed, columns);
                }
                placed.likes.push(source);
            }
            Element::Column(column) => {
                if !seen.insert(column.name.name.clone()) {
                    return Err(repeated(statement, &column.name));
                }
                if column.ty.is_some() {
                    placed.own.insert(column.name.name.clone());
                }
                add_column(session, statement, table, &column, columns)?;
                placed.own_not_nulls.extend(column.not_null_alone.then(|| column.name.name.clone()));
                let named = column.not_null_name.iter();
                placed.not_nulls.extend(named.map(|name| (name.name.clone(), column.name.name.clone())));
                placed.generated.extend(column.generated.map(|(expression, _)| expression));
                placed.constraints.extend(column.constraints);
            }
        }
    }
    Ok(placed)
}

/// A column of `LIKE` that a parent has as well is merged with the parent's, in the parent's place.
fn add_like(column: Column, inherited: &BTreeSet<String>, placed: &mut Placed, columns: &mut Vec<Column>) {
    let parent =
        columns.iter_mut().find(|other| other.name == column.name && inherited.contains(&other.name));
    placed.own.insert(column.name.clone());
    match parent {
        Some(parent) => {
            parent.nullable &= column.nullable;
            if column.default.is_some() {
                parent.default = column.default;
            }
            parent.identity = column.identity;
        }
        None => columns.push(column),
    }
}

/// A column that a parent has as well stays in the parent's place.
fn add_column(
    session: &mut Session,
    statement: &Statement,
    table: &QName,
    draft: &ColumnDraft,
    columns: &mut Vec<Column>,
) -> Outcome {
    let object = Object::Column(table.clone(), draft.name.name.clone());
    let place = statement.place(draft.name.span.clone());
    let existing = columns.iter().position(|column| column.name == draft.name.name);
    let parent = existing.and_then(|at| columns.get(at)).cloned();
    if draft.ty.is_none() && parent.is_none() {
        let problem = missing(statement, "inherited column", &draft.name.name, draft.name.span.clone(), None);
        return Err(Box::new(problem));
    }
    let column = build(session, statement, table, draft, parent)?;
    match existing.and_then(|at| columns.get_mut(at)) {
        Some(slot) => *slot = column,
        None => columns.push(column),
    }
    session.places.insert(object, place);
    Ok(())
}

fn repeated(statement: &Statement, name: &Ident) -> Box<crate::diagnostics::Diagnostic> {
    Box::new(
        statement
            .error(
                DUPLICATE_OBJECT,
                format!("the column `{}` is defined twice", name.name),
                name.span.clone(),
            )
            .help("take one of the two out, or give it another name"),
    )
}

fn check_unique_names(statement: &Statement, table: &ObjectName, columns: &[Column]) -> Outcome {
    let mut seen = BTreeSet::new();
    match columns.iter().find(|column| !seen.insert(&column.name)) {
        Some(twice) => {
            Err(repeated(statement, &Ident { name: twice.name.clone(), span: table.span.clone() }))
        }
        None => Ok(()),
    }
}

/// The fields of a composite type, as the columns of a table `OF` it.
fn fields(session: &mut Session, statement: &Statement, of: &ObjectName) -> Outcome<Vec<Column>> {
    let found = session.find_type(of).and_then(|name| session.catalog.types.get(&name));
    match found.map(|def| &def.kind) {
        Some(TypeKind::Composite { fields }) => Ok(fields.clone()),
        Some(_) => Err(Box::new(
            statement
                .error(IMPOSSIBLE_DEFINITION, format!("`{}` is no composite type", of.name), of.span.clone())
                .help("name a type that was made with `CREATE TYPE … AS (…)`"),
        )),
        None => Err(Box::new(missing(statement, "type", &of.name, of.span.clone(), None))),
    }
}
