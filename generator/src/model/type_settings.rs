//! Whether the types exist whose derives and attributes the manifest gives: an entry for another type would silently do
//! nothing.

use super::{find::Finder, overrides};
use crate::{
    catalog::{Catalog, QName, TypeKind},
    diagnostics::{BAD_ATTRIBUTE, Diagnostic, Diagnostics, REPEATED_ENTRY, UNKNOWN_TYPE, nearest},
    manifest::TypeSettings,
};

/// Reports settings of types that no schema has, for which no Rust type is generated, or that have another entry.
pub(super) fn check(finder: &Finder<'_>, diagnostics: &mut Diagnostics) {
    // A database whose schema could not be read, which is reported, may have any type.
    if !finder.is_complete() {
        return;
    }
    let all = &finder.manifest.type_settings;
    diagnostics.extend(all.iter().filter_map(|settings| mistake(finder, settings)));
}

/// The types of all databases, each with the catalog that it is from.
fn types<'a>(finder: &Finder<'a>) -> impl Iterator<Item = (&'a Catalog, &'a QName, &'a TypeKind)> {
    let catalogs = finder.catalogs.values().map(|loaded| &loaded.catalog);
    catalogs.flat_map(|catalog| catalog.types.iter().map(move |(name, def)| (catalog, name, &def.kind)))
}

fn mistake(finder: &Finder<'_>, settings: &TypeSettings) -> Option<Diagnostic> {
    let is_meant = |name: &QName| settings.is_of(&name.schema, &name.name);
    let found: Vec<_> = types(finder).filter(|(_, name, _)| is_meant(name)).collect();
    let mut generated = found.iter().filter(|(.., kind)| is_generated(kind)).peekable();
    let shown = settings.shown();
    let diagnostic = if generated.peek().is_some() {
        let is_settled = |name: &QName| settings.schema.is_none() && has_own(finder, name);
        if !generated.all(|(_, name, _)| is_settled(name)) {
            return None;
        }
        Diagnostic::error(
            REPEATED_ENTRY,
            format!("`{shown}` has no effect, since the type has an entry with its schema"),
        )
        .help("write all settings in that entry")
    } else if let Some((catalog, name, kind)) = found.first() {
        not_generated(catalog, name, kind, &shown)
    } else if overrides::is_builtin(settings.schema.as_deref(), &settings.name) {
        Diagnostic::error(
            BAD_ATTRIBUTE,
            format!("`{shown}` is a type of PostgreSQL's own, for which no Rust type is generated"),
        )
        .help("give derives and attributes to an enum or a composite type, or name a Rust type of your own that has them")
    } else {
        unknown(finder, settings, &shown)
    };
    Some(diagnostic.at(settings.place.clone()))
}

/// Whether the type has an entry with its schema.
fn has_own(finder: &Finder<'_>, name: &QName) -> bool {
    let mut all = finder.manifest.type_settings.iter();
    all.any(|settings| settings.schema.is_some() && settings.is_of(&name.schema, &name.name))
}

fn is_generated(kind: &TypeKind) -> bool {
    matches!(kind, TypeKind::Enum { .. } | TypeKind::Composite { .. })
}

/// The diagnostic for settings of a domain or a range.
fn not_generated(catalog: &Catalog, name: &QName, kind: &TypeKind, shown: &str) -> Diagnostic {
    let (what, base) = match kind {
        TypeKind::Domain { base, .. } => ("domain", Some(catalog.plain_type(base).name)),
        _ => ("range type", None),
    };
    let base = base.filter(|base| catalog.types.get(base).is_some_and(|def| is_generated(&def.kind)));
    let help = match base {
        Some(base) => format!("its columns have the Rust type of `{base}`: give the settings to that one"),
        None => format!("name a Rust type of your own that has them: `types: {{ {name}: crate::… }}`"),
    };
    let message = format!("`{shown}` is a {what}, for which no Rust type is generated");
    Diagnostic::error(BAD_ATTRIBUTE, message).help(help)
}

fn unknown(finder: &Finder<'_>, settings: &TypeSettings, shown: &str) -> Diagnostic {
    let own: Vec<&QName> =
        types(finder).filter(|(.., kind)| is_generated(kind)).map(|(_, name, _)| name).collect();
    let near = nearest(&settings.name, own.iter().map(|name| name.name.as_str()));
    let help = match near.and_then(|near| own.iter().find(|name| name.name == near)) {
        Some(name) if settings.schema.is_some() => {
            overrides::meant(finder.manifest, settings.schema.as_deref(), name)
        }
        Some(name) => format!("did you mean `{}`?", name.name),
        None => "write `type` or `schema.type`, the name of an enum or a composite type".to_owned(),
    };
    Diagnostic::error(UNKNOWN_TYPE, format!("no schema defines a type `{shown}`")).help(help)
}
