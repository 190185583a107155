//! `CREATE FUNCTION` and its kin: the result type is kept for views that call the function, and the callers for its
//! drop. Functions are not in the catalog.
//!
//! A function that is not understood is skipped; a view that calls it reports a column whose type is then unknown.

use super::{
    super::{
        dependencies,
        dependents::{self, Drop},
        objects::{Id, Kind},
        reader::{ObjectName, Outcome, Reader},
        reads, rename,
        session::{Function, Session},
        syntax::words::accept_cascade,
        types::{self, TypeName},
    },
    effects,
};
use crate::{
    catalog::{QName, SqlType, TypeKind},
    diagnostics::NOT_PROVABLE,
};

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
pub(super) fn create(session: &mut Session, reader: &mut Reader<'_>) {
    let mut body = reader.clone();
    let name = reader.clone().object_name().map(|name| session.new_name(&name));
    // Nothing is reported: the function may be in any language and form.
    if let Ok(id) = remember(session, reader) {
        needs_of_body(session, body.clone(), id);
    }
    if let (Ok(name), Some(text)) = (name, body_of(&mut body)) {
        if effects::body_shapes(session, &text) {
            session.shaping_functions.insert(name);
        } else {
            session.shaping_functions.remove(&name);
        }
    }
}

/// The body that is a text, `AS $$ … $$`; a body in SQL's own grammar shapes nothing.
fn body_of(reader: &mut Reader<'_>) -> Option<String> {
    while !reader.is_end() {
        if reader.accept("as") {
            return reader.string().ok();
        }
        reader.skip_group();
    }
    None
}

/// What a body in SQL's own grammar needs, `RETURN …` or `BEGIN ATOMIC …; END`. (A text is read when it is called.)
fn needs_of_body(session: &mut Session, mut reader: Reader<'_>, id: Id) {
    while !reader.is_end() && !reader.is("as") {
        if reader.accept("return") {
            if let Ok(expression) = reader.expression() {
                reads::of_expression(session, &id.whole(), None, &reader.text(&expression));
            }
            return;
        }
        if reader.accept("begin atomic") {
            return of_statements(session, reader, id);
        }
        reader.skip_group();
    }
}

/// The statements up to `END`, each of which ends with a semicolon.
fn of_statements(session: &mut Session, mut reader: Reader<'_>, id: Id) {
    while !reader.is_end() {
        let start = reader.at();
        while !reader.is_end() && !reader.is(";") {
            reader.skip_group();
        }
        if reader.is(";") {
            let text = reader.statement.source.text.get(reader.span_from(start)).unwrap_or_default();
            reads::of_statement(session, &id.whole(), text);
        }
        reader.advance();
    }
}

/// After `AGGREGATE`: it returns what its final function does, or its state.
pub(super) fn create_aggregate(session: &mut Session, reader: &mut Reader<'_>) {
    let _ = remember_aggregate(session, reader);
}

fn remember_aggregate(session: &mut Session, reader: &mut Reader<'_>) -> Outcome {
    let name = reader.object_name()?;
    let arguments = reader.parenthesized()?;
    let mut inside = reader.within(&arguments);
    let inputs = aggregate_inputs(session, &mut inside)?;
    let count = inputs.len();
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
    add(session, &full, inputs, count..count, returns, Vec::new());
    Ok(())
}

/// The types of an aggregate's arguments; a form that is not understood counts its arguments only.
fn aggregate_inputs(session: &Session, inside: &mut Reader<'_>) -> Outcome<Vec<SqlType>> {
    if inside.is_end() || inside.is("*") {
        return Ok(Vec::new());
    }
    inside.list(|reader| {
        let mut typed = reader.clone();
        let parameter = parameter(session, &mut typed);
        reader.expression()?;
        Ok(parameter.map_or_else(|_| SqlType::unknown(), |parameter| parameter.ty))
    })
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

fn remember(session: &mut Session, reader: &mut Reader<'_>) -> Outcome<Id> {
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
    let input_types =
        parameters.iter().filter(|parameter| parameter.is_input).map(|p| p.ty.clone()).collect();
    let full = session.new_name(&name);
    Ok(add(session, &full, input_types, least..most, returns, columns))
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
fn quiet_type(session: &Session, written: &TypeName) -> SqlType {
    match session.find_type(&written.name) {
        Some(name) => SqlType { modifier: None, ..types::sql_type(written, name) },
        None => SqlType::unknown(),
    }
}

/// `[mode] [name] type [DEFAULT …]`.
fn parameter(session: &Session, reader: &mut Reader<'_>) -> Outcome<Parameter> {
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

/// `name` or `name(types)`, as `ALTER` and `DROP` have it.
struct Signature {
    name: ObjectName,
    inputs: Option<Vec<SqlType>>,
}

fn signature(session: &Session, reader: &mut Reader<'_>) -> Outcome<Signature> {
    let name = reader.object_name()?;
    if !reader.is("(") {
        return Ok(Signature { name, inputs: None });
    }
    let list = reader.parenthesized()?;
    let mut inside = reader.within(&list);
    if inside.is_end() || inside.is("*") {
        return Ok(Signature { name, inputs: Some(Vec::new()) });
    }
    let parameters = inside.list(|reader| parameter(session, reader))?;
    let inputs = parameters.into_iter().filter(|parameter| parameter.is_input).map(|p| p.ty).collect();
    Ok(Signature { name, inputs: Some(inputs) })
}

/// The function that is meant; none where the DDL does not define it.
fn find(session: &Session, signature: &Signature) -> Option<Id> {
    let name = session.look_up(&signature.name, |name| session.functions.contains_key(name))?;
    let functions = session.functions.get(&name)?;
    match (&signature.inputs, functions.as_slice()) {
        (None, [only]) => Some(only.id),
        (None, _) => None,
        (Some(inputs), all) => {
            all.iter().find(|function| function.inputs == *inputs).map(|function| function.id)
        }
    }
}

/// `DROP FUNCTION`, after the words.
pub(super) fn drop(session: &mut Session, reader: &mut Reader<'_>) -> Outcome {
    let if_exists = reader.accept("if exists");
    let signatures = reader.list(|reader| signature(session, reader))?;
    let cascade = accept_cascade(reader);
    reader.finish()?;
    let mut originals = Vec::new();
    for signature in &signatures {
        match find(session, signature) {
            Some(id) => originals.push(id.whole()),
            None if cascade && !if_exists => {
                let message =
                    format!("ormgen does not know what needs the function `{}`", signature.name.name);
                return Err(Box::new(
                    reader
                        .error(NOT_PROVABLE, message, signature.name.span.clone())
                        .help("leave `CASCADE` out, or apply the schema on a server: `schema: { ddl: …, through: server }`"),
                ));
            }
            None => {}
        }
    }
    let Some(first) = signatures.first() else { return Ok(()) };
    let drop = Drop { originals, what: &first.name.name, span: first.name.span.clone(), cascade };
    dependents::drop(session, reader.statement, drop)
}

/// `ALTER FUNCTION`, after the words: only its name matters.
pub(super) fn alter(session: &mut Session, reader: &mut Reader<'_>) -> Outcome {
    let signature = signature(session, reader)?;
    let Some(id) = find(session, &signature) else {
        reader.skip_rest();
        return Ok(());
    };
    let name = session.objects.name(id).clone();
    let new = if reader.accept("rename to") {
        QName::new(&name.schema, reader.ident()?.name)
    } else if reader.accept("set schema") {
        QName::new(reader.ident()?.name, &name.name)
    } else {
        reader.skip_rest();
        return Ok(());
    };
    reader.finish()?;
    rename::rename_function(session, id, &new);
    Ok(())
}

/// `DROP COLLATION`, after the words.
pub(super) fn drop_collation(session: &mut Session, reader: &mut Reader<'_>) -> Outcome {
    reader.accept("if exists");
    let names = reader.list(Reader::object_name)?;
    let cascade = accept_cascade(reader);
    reader.finish()?;
    let ids = names.iter().filter_map(|name| {
        let found = session.look_up(name, |name| session.objects.collation(name).is_some())?;
        session.objects.collation(&found)
    });
    let originals = ids.map(Id::whole).collect();
    let Some(first) = names.first() else { return Ok(()) };
    dependents::drop(
        session,
        reader.statement,
        Drop { originals, what: &first.name, span: first.span.clone(), cascade },
    )
}
