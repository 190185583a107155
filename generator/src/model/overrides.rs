//! Whether the types and columns that the manifest overrides exist: a misspelled override would silently do nothing.

use std::collections::BTreeSet;

use super::{find::Finder, types};
use crate::{
    catalog::{Catalog, QName, SqlType, TypeKind, parse_type},
    diagnostics::{Diagnostic, Diagnostics, OUT_OF_REACH, Place, UNKNOWN_TYPE, nearest},
    manifest::{Layout, TypeTarget},
};

/// Reports overrides of types and columns that no schema has.
pub(super) fn check(finder: &Finder<'_>, diagnostics: &mut Diagnostics) {
    let mut known: Option<BTreeSet<&QName>> = None;
    // A database whose schema could not be read, which is reported, may have any type.
    let is_complete =
        finder.manifest.databases().iter().all(|(alias, _)| finder.catalogs.contains_key(*alias));
    for over in &finder.manifest.types {
        let place = &over.target.place;
        if finder.manifest.output.layout == Layout::Crates
            && let Some(path) = out_of_reach(&over.rust.value)
        {
            diagnostics.push(
                Diagnostic::error(
                    OUT_OF_REACH,
                    format!("with `layout: crates`, the generated packages do not reach `{path}`"),
                )
                .at(over.rust.place.clone())
                .help(
                    "name a type of `ormgen_runtime::types` or of the standard library, or leave out `layout: crates`: \
                     modules reach the types of your own package",
                ),
            );
        }
        match &over.target.value {
            TypeTarget::Column(path) => {
                finder.column(path, place, diagnostics);
            }
            TypeTarget::Type { schema, name } if is_complete => {
                let known = known.get_or_insert_with(|| {
                    finder.catalogs.values().flat_map(|loaded| names(&loaded.catalog)).collect()
                });
                diagnostics.extend(unknown(schema.as_deref(), name, known, place));
            }
            TypeTarget::Type { .. } => {}
        }
    }
}

/// A path in a Rust type that begins where a generated package reaches nothing: it depends on the runtime alone.
fn out_of_reach(rust: &str) -> Option<&str> {
    const REACHED: [&str; 5] = ["ormgen_runtime", "types", "std", "core", "alloc"];
    let paths = rust.split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':');
    paths
        .map(|path| path.trim_matches(':'))
        .find(|path| path.split_once("::").is_some_and(|(first, _)| !REACHED.contains(&first)))
}

fn unknown(schema: Option<&str>, name: &str, known: &BTreeSet<&QName>, place: &Place) -> Option<Diagnostic> {
    let is_own = |own: &&&QName| own.name == name && schema.is_none_or(|schema| schema == own.schema);
    let is_builtin = schema.is_none_or(|schema| schema == "pg_catalog") && is_builtin(&QName::builtin(name));
    if is_builtin || known.iter().any(|own| is_own(&own)) {
        return None;
    }
    let shown = schema.map_or_else(|| name.to_owned(), |schema| format!("{schema}.{name}"));
    let candidates =
        known.iter().map(|own| own.name.as_str()).chain(types::BUILTIN.iter().map(|(name, _)| *name));
    let help = match (another_word(&shown), nearest(name, candidates)) {
        (Some(own), _) => format!("write `{own}`, which is PostgreSQL's own name for it"),
        (None, Some(near)) => match known.iter().find(|own| own.name == near && schema.is_some()) {
            Some(own) => format!("did you mean `{own}`?"),
            None => format!("did you mean `{near}`?"),
        },
        (None, None) => "write `type` or `schema.type`, or `app.table.column` for one column".to_owned(),
    };
    let message = format!("no schema defines a type `{shown}`, and no column has it");
    Some(Diagnostic::error(UNKNOWN_TYPE, message).at(place.clone()).help(help))
}

fn is_builtin(name: &QName) -> bool {
    types::builtin(name).is_some() || types::unsupported(name).is_some()
}

/// `integer` is another word for `int4`.
fn another_word(text: &str) -> Option<String> {
    let ty = parse_type(text, &Catalog::default())?;
    (!ty.array && ty.name.schema == "pg_catalog").then_some(ty.name.name)
}

/// The types that a schema defines, and those that it uses: an extension's are defined nowhere.
fn names(catalog: &Catalog) -> impl Iterator<Item = &QName> {
    let tables = catalog.tables.values().flat_map(|table| &table.columns).map(|column| &column.ty.name);
    let inner = catalog.types.values().flat_map(|definition| match &definition.kind {
        TypeKind::Composite { fields } => fields.iter().map(|field| &field.ty).collect(),
        TypeKind::Domain { base: inner, .. } | TypeKind::Range { subtype: inner, .. } => vec![inner],
        TypeKind::Enum { .. } => Vec::<&SqlType>::new(),
    });
    catalog.types.keys().chain(tables).chain(inner.map(|ty| &ty.name))
}
