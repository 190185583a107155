//! `CREATE FUNCTION`: what it returns is remembered for views that call it. Functions are not in the catalog.
//!
//! A function that is not understood is passed over: a view that calls it says so where it matters.

use super::super::{
    reader::{Outcome, Reader},
    session::{Function, Session},
    types::{self, TypeName},
};
use crate::catalog::{SqlType, TypeKind};

/// A parameter: its mode's words, name and type.
struct Parameter {
    is_input: bool,
    is_output: bool,
    is_variadic: bool,
    has_default: bool,
    name: String,
    ty: SqlType,
}

/// After `FUNCTION`.
pub(super) fn create(session: &mut Session<'_>, reader: &mut Reader<'_>) {
    // Nothing is reported: the function may be in any language and form.
    let _ = remember(session, reader);
}

/// After `AGGREGATE`: it returns what its final function does, or its state.
pub(super) fn create_aggregate(session: &mut Session<'_>, reader: &mut Reader<'_>) {
    let _ = remember_aggregate(session, reader);
}

fn remember_aggregate(session: &mut Session<'_>, reader: &mut Reader<'_>) -> Outcome {
    let name = reader.object_name()?;
    let arguments = reader.parenthesized()?;
    let mut inside = reader.within(&arguments);
    let count = if inside.is_end() || inside.is("*") { 0 } else { inside.list(Reader::expression)?.len() };
    let options = reader.parenthesized()?;
    let mut options = reader.within(&options);
    let mut returns = SqlType::unknown();
    let mut last = None;
    options.list(|options| {
        if options.accept("stype =") {
            returns = quiet_type(session, &types::read(options)?);
        } else if options.accept("finalfunc =") {
            last = Some(options.object_name()?);
        } else if !options.is_end() {
            options.expression()?;
        }
        Ok(())
    })?;
    if let Some(last) = last {
        let found = session.look_up(&last, |name| session.functions.contains_key(name));
        let function = found.and_then(|name| session.functions.get(&name)?.first());
        returns = function.map_or_else(SqlType::unknown, |function| function.returns.clone());
    }
    let full = session.new_name(&name);
    let function = Function { arguments: count..count, returns, columns: Vec::new() };
    session.functions.entry(full).or_default().push(function);
    Ok(())
}

fn remember(session: &mut Session<'_>, reader: &mut Reader<'_>) -> Outcome {
    let name = reader.object_name()?;
    let list = reader.parenthesized()?;
    let mut inside = reader.within(&list);
    let parameters =
        if inside.is_end() { Vec::new() } else { inside.list(|reader| parameter(session, reader))? };
    let mut columns: Vec<(String, SqlType)> = Vec::new();
    for output in parameters.iter().filter(|parameter| parameter.is_output) {
        columns.push((output.name.clone(), output.ty.clone()));
    }
    let mut returns = match columns.as_slice() {
        [(_, only)] => only.clone(),
        _ => SqlType::builtin("record"),
    };
    if reader.accept("returns table") {
        let list = reader.parenthesized()?;
        let mut inside = reader.within(&list);
        columns = inside.list(|reader| {
            let name = reader.label()?.name;
            let ty = types::read(reader)?;
            Ok((name, quiet_type(session, &ty)))
        })?;
    } else if reader.accept("returns") {
        let written = types::read(reader)?;
        let declared = quiet_type(session, &written);
        if columns.is_empty() {
            columns = row_columns(session, &declared);
            returns = declared;
        }
    }
    let inputs = parameters.iter().filter(|parameter| parameter.is_input);
    let least = inputs.clone().filter(|p| !p.has_default && !p.is_variadic).count();
    let most = if parameters.iter().any(|p| p.is_variadic) { usize::MAX } else { inputs.count() };
    let full = session.new_name(&name);
    let known = session.functions.entry(full).or_default();
    known.retain(|other| other.arguments != (least..most));
    known.push(Function { arguments: least..most, returns, columns });
    Ok(())
}

/// The columns of a row type; none for any other type.
fn row_columns(session: &Session<'_>, ty: &SqlType) -> Vec<(String, SqlType)> {
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
fn quiet_type(session: &Session<'_>, written: &TypeName) -> SqlType {
    match session.find_type(&written.name) {
        Some(name) => SqlType { modifier: None, ..types::sql_type(written, name) },
        None => SqlType::unknown(),
    }
}

/// `[mode] [name] type [DEFAULT …]`.
fn parameter(session: &Session<'_>, reader: &mut Reader<'_>) -> Outcome<Parameter> {
    let is_variadic = reader.accept("variadic");
    let out = reader.accept("out");
    let inout = reader.accept("inout");
    let inout = inout || reader.accept("in out");
    reader.accept("in");
    let ends = |reader: &Reader<'_>| {
        reader.is_end() || reader.is(",") || reader.is("default") || reader.is("=") || reader.is(":=")
    };
    let mut unnamed = reader.clone();
    let (name, ty) = match types::read(&mut unnamed) {
        Ok(ty) if ends(&unnamed) => {
            *reader = unnamed;
            (String::new(), ty)
        }
        _ => (reader.label()?.name, types::read(reader)?),
    };
    let has_default = !reader.is_end() && !reader.is(",");
    while !reader.is_end() && !reader.is(",") {
        reader.skip_group();
    }
    let ty = quiet_type(session, &ty);
    Ok(Parameter { is_input: !out, is_output: out || inout, is_variadic, has_default, name, ty })
}
