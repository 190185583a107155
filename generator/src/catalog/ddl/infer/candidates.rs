//! The functions and operators of a name: the server's own, those of the extensions that the DDL creates, and the
//! functions that the DDL defines.

use super::{kinds::Kinds, overloads::Candidate};
use crate::catalog::{
    QName, SqlType, TypeKind,
    builtins::{self, TypeRef},
    ddl::session::{Function, Session},
};

/// How many arguments a call gives.
#[derive(Clone, Copy)]
pub(super) enum Count {
    Each(usize),
    /// The last one is the list of a `VARIADIC` parameter as a whole.
    WithList(usize),
}

impl Count {
    const fn arguments(self) -> usize {
        match self {
            Self::Each(count) | Self::WithList(count) => count,
        }
    }
}

/// The functions of that name that take so many arguments. Of two that take the same types the first is meant.
pub(super) fn functions<'a>(session: &'a Session, name: &[String], count: Count) -> Vec<Candidate<'a>> {
    let Some((last, qualifier)) = name.split_last() else { return Vec::new() };
    let schema = qualifier.last().map(String::as_str);
    let own = builtins::functions(last).filter(|function| is_called(session, function.extension, schema));
    let own = own.filter_map(|function| of_server(&function, count));
    let schemas: Vec<&str> = match schema {
        Some(schema) => vec![schema],
        None => session.search_path.iter().map(String::as_str).collect(),
    };
    let defined = schemas.into_iter().flat_map(|schema| {
        let name = QName::new(schema, last);
        let functions = session.functions.get(&name).into_iter().flatten();
        let constructor = constructor(session, &name, count.arguments());
        let declared = functions.filter_map(|function| of_ddl(session, function, count));
        let mut of_schema: Vec<Candidate<'a>> = declared.chain(constructor).collect();
        // Of two in one schema, the one that takes the arguments without a `VARIADIC` parameter.
        of_schema.sort_by_key(|candidate| candidate.is_spread);
        of_schema
    });
    let mut found: Vec<Candidate<'a>> = Vec::new();
    // The server looks into `pg_catalog` first, unless the search path names it further behind.
    let catalog_first =
        session.search_path.iter().position(|schema| schema == "pg_catalog").unwrap_or(0) == 0;
    let mut add = |candidate: Candidate<'a>| {
        if found.iter().all(|other| other.arguments != candidate.arguments) {
            found.push(candidate);
        }
    };
    if catalog_first {
        own.chain(defined).for_each(&mut add);
    } else {
        defined.chain(own).for_each(&mut add);
    }
    found
}

/// Whether a name with that schema, or without one, may mean something of `pg_catalog` or of an extension.
fn is_called(session: &Session, extension: Option<&str>, schema: Option<&str>) -> bool {
    match (extension, schema) {
        (None, schema) => schema.is_none_or(|schema| schema == "pg_catalog"),
        (Some(extension), None) => session.catalog.extensions.contains(extension),
        (Some(extension), Some(schema)) => {
            session.extension_schemas.get(extension).is_some_and(|home| home == schema)
        }
    }
}

fn of_server(function: &builtins::BuiltinFunction, count: Count) -> Option<Candidate<'static>> {
    let least = function.arguments.len() - function.defaults.min(function.arguments.len());
    let (arguments, is_spread) = taken(&function.arguments, least, function.is_variadic, count)?;
    Some(Candidate { arguments, is_spread, result: function.result, columns: function.columns.clone() })
}

fn of_ddl<'a>(session: &'a Session, function: &'a Function, count: Count) -> Option<Candidate<'a>> {
    let kinds = Kinds(session);
    let named = |ty: &'a SqlType| TypeRef { home: &ty.name.schema, name: &ty.name.name, array: ty.array };
    let input = |ty: &'a SqlType| kinds.reference(ty).unwrap_or(TypeRef::builtin("unknown"));
    let output = |ty: &'a SqlType| kinds.reference(ty).unwrap_or_else(|| named(ty));
    let inputs: Vec<TypeRef<'a>> = function.inputs.iter().map(input).collect();
    let is_variadic = function.arguments.end == usize::MAX;
    let (arguments, is_spread) = taken(&inputs, function.arguments.start, is_variadic, count)?;
    let columns = function.columns.iter().map(|(name, ty)| (name.as_str(), output(ty)));
    Some(Candidate { arguments, is_spread, result: output(&function.returns), columns: columns.collect() })
}

/// The function that makes a range of its bounds, or a multirange of its ranges: it has the type's name.
fn constructor<'a>(session: &'a Session, name: &QName, count: usize) -> Option<Candidate<'a>> {
    let (range, def) = session.catalog.types.iter().find(|(range, def)| match &def.kind {
        TypeKind::Range { multirange, .. } => *range == name || multirange == name,
        _ => false,
    })?;
    let TypeKind::Range { subtype, multirange } = &def.kind else { return None };
    let named = |name: &'a QName| TypeRef { home: &name.schema, name: &name.name, array: false };
    let (arguments, made) = if range == name {
        let bound = Kinds(session).reference(subtype)?;
        let all = [bound, bound, TypeRef::builtin("text")];
        (all.get(..count).filter(|_| count >= 2)?.to_vec(), range)
    } else {
        (vec![named(range); count], multirange)
    };
    Some(Candidate { arguments, is_spread: false, result: named(made), columns: Vec::new() })
}

/// The types of so many arguments, and whether a `VARIADIC` parameter takes several of them or one; none where the function does not take as many.
fn taken<'t>(
    declared: &[TypeRef<'t>],
    least: usize,
    is_variadic: bool,
    count: Count,
) -> Option<(Vec<TypeRef<'t>>, bool)> {
    let is_list = matches!(count, Count::WithList(_));
    let count = count.arguments();
    if is_list || !is_variadic || count < declared.len() {
        let taken = declared.get(..count).filter(|_| count >= least)?;
        return Some((taken.to_vec(), false));
    }
    let (last, before) = declared.split_last()?;
    let element = match last.builtin_name() {
        Some("anyarray") => TypeRef::builtin("anyelement"),
        Some("anycompatiblearray") => TypeRef::builtin("anycompatible"),
        _ => TypeRef { array: false, ..*last },
    };
    let mut arguments = before.to_vec();
    arguments.resize(count, element);
    Some((arguments, true))
}

/// The operators of that name with as many operands.
pub(super) fn operators<'a>(
    session: &'a Session,
    name: &str,
    schema: Option<&str>,
    is_binary: bool,
) -> Vec<Candidate<'a>> {
    let called = builtins::operators(name).filter(|operator| {
        operator.left.is_some() == is_binary && is_called(session, operator.extension, schema)
    });
    let candidate = |operator: builtins::Operator| Candidate {
        arguments: operator.left.into_iter().chain([operator.right]).collect(),
        is_spread: false,
        result: operator.result,
        columns: Vec::new(),
    };
    called.map(candidate).collect()
}
