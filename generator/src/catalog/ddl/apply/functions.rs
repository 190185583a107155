//! Applies `CREATE FUNCTION` and its kin: the result type is kept for views that call the function, and the callers for its
//! drop. Functions are not in the catalog.
//!
//! A function that is not understood is skipped; a view that calls it reports a column whose type is then unknown.

use super::{
    super::{
        dependencies,
        dependents::{self, Drop},
        mentions,
        objects::{Id, Kind},
        reader::Outcome,
        reads, rename,
        session::{Function, Session},
        split::Statement,
        syntax::{
            functions::{
                AlterFunction, BodyPart, CreateAggregate, CreateFunction, DropCollations, DropFunctions,
                FunctionDeclaration, Returns, Signature,
            },
            words::NameChange,
        },
        types::{self, TypeName},
    },
    effects,
};
use crate::{
    catalog::{QName, SqlType, TypeKind},
    diagnostics::NOT_PROVABLE,
};

/// Applies `CREATE FUNCTION …`. Nothing is reported: the function may be in any language and form.
pub(super) fn create(session: &mut Session, statement: &Statement, written: CreateFunction) {
    let Some(name) = written.name.map(|name| session.new_name(&name)) else { return };
    if let Some(declaration) = written.declaration {
        let id = remember(session, &name, &declaration);
        for part in &written.parts {
            match part {
                BodyPart::Expression(part) => {
                    reads::of_expression(session, &id.whole(), None, &statement.text(part));
                }
                BodyPart::Statement(part) => {
                    reads::of_statement(session, &id.whole(), &statement.text(part));
                }
            }
        }
    }
    if let Some(text) = written.text {
        if effects::body_shapes(session, &text) {
            session.shaping_functions.insert(name);
        } else {
            session.shaping_functions.remove(&name);
        }
    }
}

/// Applies `CREATE AGGREGATE …`: it returns what its final function does, or its state.
pub(super) fn create_aggregate(session: &mut Session, written: &CreateAggregate) {
    let inputs: Vec<SqlType> = written.inputs.iter().map(|ty| quiet_type(session, ty.as_ref())).collect();
    let returns = match &written.final_function {
        Some(last) => {
            let found = session.look_up(last, |name| session.functions.contains_key(name));
            let function = found.and_then(|name| session.functions.get(&name)?.first());
            function.map_or_else(SqlType::unknown, |function| function.returns.clone())
        }
        None => quiet_type(session, written.state.as_ref()),
    };
    let full = session.new_name(&written.name);
    let count = inputs.len();
    let id = add(session, &full, inputs, count..count, returns, Vec::new());
    if let Some(step) = &written.step_function {
        mentions::depend_on_function(session, &id.whole(), step, count + 1);
    }
    if let Some(last) = &written.final_function {
        mentions::depend_on_function(session, &id.whole(), last, 1);
    }
}

/// Adds a function, or replaces the one that takes the same types.
fn add(
    session: &mut Session,
    name: &QName,
    inputs: Vec<SqlType>,
    arguments: std::ops::Range<usize>,
    returns: SqlType,
    columns: Vec<(String, SqlType)>,
) -> Id {
    let known = session.functions.get(name).into_iter().flatten().find(|function| function.inputs == inputs);
    let id = known.map(|function| function.id);
    let id = id.unwrap_or_else(|| session.objects.create(Kind::Function, name));
    let used: Vec<SqlType> = inputs.iter().chain([&returns]).cloned().collect();
    let functions = session.functions.entry(name.clone()).or_default();
    functions.retain(|function| function.id != id);
    functions.push(Function { id, inputs, arguments, returns, columns });
    session.objects.forget(&id.whole());
    for ty in &used {
        dependencies::on_type(session, &id.whole(), ty);
    }
    id
}

fn remember(session: &mut Session, name: &QName, written: &FunctionDeclaration) -> Id {
    let parameters = &written.parameters;
    let outputs = parameters.iter().filter(|parameter| parameter.is_output);
    let mut columns: Vec<(String, SqlType)> = outputs
        .enumerate()
        .map(|(at, output)| {
            let name = if output.name.is_empty() { format!("column{}", at + 1) } else { output.name.clone() };
            (name, quiet_type(session, Some(&output.ty)))
        })
        .collect();
    let mut returns = match columns.as_slice() {
        [(_, only)] => only.clone(),
        _ => SqlType::builtin("record"),
    };
    // A value without a name of its own has the function's.
    if parameters.iter().filter(|parameter| parameter.is_output).all(|output| output.name.is_empty())
        && columns.len() == 1
    {
        columns.clear();
    }
    match &written.returns {
        Returns::Table(table) => {
            let typed = table.iter().map(|(name, ty)| (name.clone(), quiet_type(session, Some(ty))));
            columns = typed.collect();
            // `RETURNS TABLE (a type)` is `RETURNS SETOF type` with a name.
            if let [(_, only)] = columns.as_slice() {
                returns = only.clone();
            }
        }
        Returns::Type(ty) if columns.is_empty() => {
            returns = quiet_type(session, Some(ty));
            columns = row_columns(session, &returns);
        }
        Returns::Type(_) | Returns::Unsaid => {}
    }
    let inputs = parameters.iter().filter(|parameter| parameter.is_input);
    let least = inputs.clone().filter(|p| !p.has_default).count();
    let input_types: Vec<SqlType> = inputs.map(|p| quiet_type(session, Some(&p.ty))).collect();
    let most = if parameters.iter().any(|p| p.is_variadic) { usize::MAX } else { input_types.len() };
    add(session, name, input_types, least..most, returns, columns)
}

/// The columns of a row type; none for any other type.
fn row_columns(session: &Session, ty: &SqlType) -> Vec<(String, SqlType)> {
    let columns = match (session.catalog.tables.get(&ty.name), session.catalog.types.get(&ty.name)) {
        (Some(table), _) => table.columns.as_slice(),
        (None, Some(def)) => match &def.kind {
            TypeKind::Composite { fields } => fields.as_slice(),
            _ => &[],
        },
        _ => &[],
    };
    columns.iter().filter(|_| !ty.array).map(|column| (column.name.clone(), column.ty.clone())).collect()
}

/// The type, or the unknown one; nothing is reported.
fn quiet_type(session: &Session, written: Option<&TypeName>) -> SqlType {
    let known = |written: &TypeName| {
        let name = session.find_type(&written.name)?;
        Some(SqlType { modifier: None, ..types::sql_type(written, name) })
    };
    written.and_then(known).unwrap_or_else(SqlType::unknown)
}

/// The function that is meant; none where the DDL does not define it.
fn find(session: &Session, signature: &Signature) -> Option<Id> {
    let name = session.look_up(&signature.name, |name| session.functions.contains_key(name))?;
    let functions = session.functions.get(&name)?;
    let inputs = signature.inputs.as_ref();
    let inputs: Option<Vec<SqlType>> =
        inputs.map(|inputs| inputs.iter().map(|ty| quiet_type(session, Some(ty))).collect());
    match (inputs, functions.as_slice()) {
        (None, [only]) => Some(only.id),
        (None, _) => None,
        (Some(inputs), all) => {
            all.iter().find(|function| function.inputs == inputs).map(|function| function.id)
        }
    }
}

/// Applies `DROP FUNCTION …`.
pub(super) fn drop(session: &mut Session, statement: &Statement, written: &DropFunctions) -> Outcome {
    let DropFunctions { if_exists, ref signatures, cascade } = *written;
    let mut originals = Vec::new();
    for signature in signatures {
        match find(session, signature) {
            Some(id) => originals.push(id.whole()),
            None if cascade && !if_exists => {
                let message =
                    format!("ormgen does not know what needs the function `{}`", signature.name.name);
                let span = signature.name.span.clone();
                let help = format!(
                    "leave `CASCADE` out; in a migration that has run, {}",
                    statement.ways_on(span.start)
                );
                return Err(Box::new(statement.error(NOT_PROVABLE, message, span).help(help)));
            }
            None => {}
        }
    }
    let Some(first) = signatures.first() else { return Ok(()) };
    let drop = Drop { originals, what: &first.name.name, span: first.name.span.clone(), cascade };
    dependents::drop(session, statement, drop)
}

/// Applies `ALTER FUNCTION …`: only its name matters.
pub(super) fn alter(session: &mut Session, written: AlterFunction) -> Outcome {
    let Some(id) = find(session, &written.signature) else { return Ok(()) };
    let name = session.objects.name(id).clone();
    let new = match written.change? {
        Some(NameChange::RenameTo(new)) => QName::new(&name.schema, new.name),
        Some(NameChange::SetSchema(schema)) => QName::new(schema.name, &name.name),
        Some(NameChange::OwnerTo) | None => return Ok(()),
    };
    rename::rename_function(session, id, &new);
    Ok(())
}

/// Applies `DROP COLLATION …`.
pub(super) fn drop_collation(
    session: &mut Session,
    statement: &Statement,
    written: &DropCollations,
) -> Outcome {
    let DropCollations { ref names, cascade } = *written;
    let ids = names.iter().filter_map(|name| {
        let found = session.look_up(name, |name| session.objects.collation(name).is_some())?;
        session.objects.collation(&found)
    });
    let originals = ids.map(Id::whole).collect();
    let Some(first) = names.first() else { return Ok(()) };
    let drop = Drop { originals, what: &first.name, span: first.span.clone(), cascade };
    dependents::drop(session, statement, drop)
}
