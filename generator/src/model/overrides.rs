//! Whether the types and columns that the manifest overrides exist: a misspelled override would silently do nothing.

use std::collections::BTreeSet;

use super::{find::Finder, std_types, types};
use crate::{
    catalog::{Catalog, QName, SqlType, TypeKind, parse_type},
    diagnostics::{Diagnostic, Diagnostics, OUT_OF_REACH, Place, TYPE_NOT_READ, UNKNOWN_TYPE, nearest},
    manifest::{Layout, Manifest, Spanned, TypeTarget},
};

/// Reports overrides of types and columns that no schema has, and Rust types that cannot be used for them.
pub(super) fn check(finder: &Finder<'_>, diagnostics: &mut Diagnostics) {
    let mut known: Option<BTreeSet<&QName>> = None;
    // A database whose schema could not be read, which is reported, may have any type.
    let is_complete = finder.is_complete();
    if finder.manifest.output.layout == Layout::Crates {
        diagnostics
            .extend(derives(finder.manifest).filter_map(|derive| out_of_reach(derive, DERIVE_IN_REACH)));
    }
    for over in &finder.manifest.types {
        let place = &over.target.place;
        if finder.manifest.output.layout == Layout::Crates {
            diagnostics.extend(out_of_reach(&over.rust, TYPE_IN_REACH));
        }
        match &over.target.value {
            TypeTarget::Column(path) => {
                let Some(column) = finder.column(path, place, diagnostics) else { continue };
                let catalog = finder.catalogs.get(&column.database.alias).map(|loaded| &loaded.catalog);
                if let (Some(catalog), Some(ty)) = (catalog, column.sql_type()) {
                    diagnostics.extend(not_read(catalog, ty, &column.title(), &over.rust));
                }
            }
            TypeTarget::Type { schema, name } => {
                if is_complete {
                    let known = known.get_or_insert_with(|| {
                        finder.catalogs.values().flat_map(|loaded| names(&loaded.catalog)).collect()
                    });
                    diagnostics.extend(unknown(finder.manifest, (schema.as_deref(), name), known, place));
                }
                diagnostics.extend(type_not_read(finder, (schema.as_deref(), name), &over.rust));
            }
        }
    }
}

/// The diagnostic for a Rust type that cannot read a type of one of the databases.
fn type_not_read(
    finder: &Finder<'_>,
    (schema, name): (Option<&str>, &str),
    rust: &Spanned<String>,
) -> Option<Diagnostic> {
    let of_catalog = |catalog: &Catalog| {
        let own = names(catalog).find(|own| own.name == name && schema.is_none_or(|it| it == own.schema));
        let builtin = || is_builtin(schema, name).then(|| QName::builtin(name));
        let ty = SqlType::new(own.cloned().or_else(builtin)?);
        let shown = schema.map_or_else(|| name.to_owned(), |schema| format!("{schema}.{name}"));
        not_read(catalog, &ty, &shown, rust)
    };
    finder.catalogs.values().find_map(|loaded| of_catalog(&loaded.catalog))
}

/// The diagnostic for a Rust type that cannot read values of that SQL type. `what` has the type.
fn not_read(catalog: &Catalog, ty: &SqlType, what: &str, rust: &Spanned<String>) -> Option<Diagnostic> {
    if !std_types::refuses(catalog, ty, &rust.value) {
        return None;
    }
    let base = catalog.plain_type(ty);
    let is = if base.to_string() == what || base.name.name == what {
        format!("`{base}`")
    } else {
        format!("`{base}`, which `{what}` is")
    };
    let help = match std_types::usual(catalog, ty) {
        Some(usual) => format!(
            "write `{usual}`, as it is without this entry, or a type of your own that implements `FromSql` and `ToSql`"
        ),
        None => {
            "remove this entry: ormgen makes a Rust type of it; or write a type of your own that implements \
                 `FromSql` and `ToSql`"
                .to_owned()
        }
    };
    let message = format!("`{}` cannot hold a value of {is}", rust.value);
    Some(Diagnostic::error(TYPE_NOT_READ, message).at(rust.place.clone()).help(help))
}

/// The derives of the manifest: of all structs, of those of one table, of one type.
fn derives(manifest: &Manifest) -> impl Iterator<Item = &Spanned<String>> {
    let tables = manifest.apps.iter().flat_map(|app| &app.tables).flat_map(|table| &table.derives);
    let types = manifest.type_settings.iter().flat_map(|ty| &ty.derives);
    manifest.output.derives.iter().chain(tables).chain(types)
}

const TYPE_IN_REACH: &str = "name a type of `ormgen_runtime::types` or of the standard library, or leave out `layout: crates`: \
    modules reach the types of your own package";

const DERIVE_IN_REACH: &str = "remove it, or leave out `layout: crates`: modules reach the macros of the packages that your own \
    package depends on";

/// The diagnostic for a Rust type or a derive macro that begins where a generated package reaches nothing.
fn out_of_reach(rust: &Spanned<String>, help: &str) -> Option<Diagnostic> {
    let path = unreached(&rust.value)?;
    let message = format!("with `layout: crates`, the generated packages do not reach `{path}`");
    Some(Diagnostic::error(OUT_OF_REACH, message).at(rust.place.clone()).help(help))
}

/// A path in a Rust type that begins where a generated package reaches nothing: it depends on the runtime alone.
fn unreached(rust: &str) -> Option<&str> {
    const REACHED: [&str; 5] = ["ormgen_runtime", "types", "std", "core", "alloc"];
    let paths = rust.split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':');
    paths
        .map(|path| path.trim_matches(':'))
        .find(|path| path.split_once("::").is_some_and(|(first, _)| !REACHED.contains(&first)))
}

/// The help that names the type which was meant. What stands before a type's name is a schema: an app's name there is a
/// likely mistake, as columns are named with their app.
pub(super) fn meant(manifest: &Manifest, schema: Option<&str>, ty: &QName) -> String {
    let app = manifest.apps.iter().find(|app| Some(app.name.value.as_str()) == schema);
    match app {
        Some(app) => format!(
            "a type is named with its schema, and `{}` is an app: write `{ty}`, or the type's name alone",
            app.name.value
        ),
        None => format!("did you mean `{ty}`?"),
    }
}

fn unknown(
    manifest: &Manifest,
    (schema, name): (Option<&str>, &str),
    known: &BTreeSet<&QName>,
    place: &Place,
) -> Option<Diagnostic> {
    let is_own = |own: &&&QName| own.name == name && schema.is_none_or(|schema| schema == own.schema);
    if known.iter().any(|own| is_own(&own)) {
        return None;
    }
    let shown = schema.map_or_else(|| name.to_owned(), |schema| format!("{schema}.{name}"));
    if is_builtin(schema, name) {
        let message = format!("no column has the type `{shown}`, so this entry has no effect");
        let help = "remove it, or name the type that the columns have";
        return Some(Diagnostic::warning(UNKNOWN_TYPE, message).at(place.clone()).help(help));
    }
    let candidates =
        known.iter().map(|own| own.name.as_str()).chain(types::BUILTIN.iter().map(|(name, _)| *name));
    let help = match (another_word(&shown), nearest(name, candidates)) {
        (Some(own), _) => format!("write `{own}`, which is PostgreSQL's own name for it"),
        (None, Some(near)) => match known.iter().find(|own| own.name == near && schema.is_some()) {
            Some(own) => meant(manifest, schema, own),
            None => format!("did you mean `{near}`?"),
        },
        (None, None) => "write `type` or `schema.type`, or `app.table.column` for one column".to_owned(),
    };
    let message = format!("no schema defines a type `{shown}`, and no column has it");
    Some(Diagnostic::error(UNKNOWN_TYPE, message).at(place.clone()).help(help))
}

/// Whether the name in the manifest means a type of PostgreSQL's own.
pub(super) fn is_builtin(schema: Option<&str>, name: &str) -> bool {
    let own = QName::builtin(name);
    schema.is_none_or(|schema| schema == "pg_catalog")
        && (types::builtin(&own).is_some() || types::unsupported(&own).is_some())
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
