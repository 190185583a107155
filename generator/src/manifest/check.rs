//! Whether the parts of a manifest fit together: names, connections, references, overrides.

use std::collections::{HashMap, HashSet};

use super::{
    App, ColumnPath, Reference, Spanned, TypeOverride, TypeTarget,
    names::{is_name, is_rust_name, join_name, module_name},
    reader::{ManifestReader, suggest},
};
use crate::diagnostics::{
    BAD_NAME, Diagnostic, LOCAL_REFERENCE, NAME_CLASH, Place, REPEATED_CONNECTION, REPEATED_ENTRY,
    SHARED_CONNECTION, UNKNOWN_APP, UNKNOWN_CONNECTION, UNUSED_CONNECTION, nearest,
};

/// Checks names that become modules or fields in Rust: each can be one, and no two become the same.
pub(super) fn names<'n>(
    reader: &ManifestReader<'_>,
    what: &str,
    names: impl Iterator<Item = &'n Spanned<String>>,
) {
    let mut modules: HashMap<String, &Spanned<String>> = HashMap::new();
    for name in names {
        let module = module_name(&name.value);
        if !is_name(&name.value) {
            let message = format!("`{}` cannot be the name of {what}", name.value);
            reader.error_at(
                BAD_NAME,
                &name.place,
                message,
                "write letters, digits, `_` and `-`, a letter first",
            );
        } else if !is_rust_name(&module) {
            let message =
                format!("`{}` cannot be the name of {what}: `{module}` is a word of Rust", name.value);
            reader.error_at(BAD_NAME, &name.place, message, format!("write `{module}_db`, say"));
        } else if let Some(first) = modules.get(&module).filter(|first| first.value != name.value) {
            let message = format!("`{}` and `{}` are both `{module}` in Rust", first.value, name.value);
            let (line, _) = first.place.line_column();
            let diagnostic =
                Diagnostic::error(NAME_CLASH, message).label(format!("the first is on line {line}"));
            reader.note(diagnostic.at(name.place.clone()).help("rename one"));
        } else {
            modules.insert(module, name);
        }
    }
}

/// Checks that each connection that an app names exists, is named once, and serves one database.
pub(super) fn connections(reader: &ManifestReader<'_>, apps: &[App], aliases: &[Spanned<String>]) {
    let known: HashSet<&str> = aliases.iter().map(|alias| alias.value.as_str()).collect();
    let check = |alias: &Spanned<String>| {
        // It is empty where an app has no `default_connection`, which is reported already.
        if !alias.value.is_empty() && !known.contains(alias.value.as_str()) {
            let message = format!("there is no connection `{}`", alias.value);
            let help = suggest(&alias.value, aliases.iter().map(|alias| alias.value.as_str()));
            reader.error_at(UNKNOWN_CONNECTION, &alias.place, message, help);
        }
    };
    // Which database each connection serves, by the default connection's alias; defaults come first.
    let mut serves: HashMap<&str, &str> = HashMap::new();
    for app in apps {
        check(&app.default_connection);
        serves.insert(&app.default_connection.value, &app.default_connection.value);
    }
    for app in apps {
        let database = app.default_connection.value.as_str();
        let mut seen = HashSet::from([database]);
        for alias in &app.connections {
            check(alias);
            if !seen.insert(&alias.value) {
                let message = format!("the app names the connection `{}` twice", alias.value);
                reader.error_at(REPEATED_CONNECTION, &alias.place, message, "remove it here");
                continue;
            }
            let served = *serves.entry(&alias.value).or_insert(database);
            if served != database {
                let message = format!(
                    "the connection `{}` already serves the models of the database `{served}`",
                    alias.value
                );
                let help = "a connection serves one database: give it a second alias, with the same URL, and name that";
                reader.error_at(SHARED_CONNECTION, &alias.place, message, help);
            }
        }
    }
}

/// Warns of connections that serve no app. Checked only in a manifest without errors: if an app misspells a
/// connection's name, that connection would seem unused.
pub(super) fn unused(reader: &ManifestReader<'_>, apps: &[App], aliases: &[Spanned<String>]) {
    let names = apps.iter().flat_map(|app| app.connections.iter().chain([&app.default_connection]));
    let used: HashSet<&str> = names.map(|alias| alias.value.as_str()).collect();
    for alias in aliases.iter().filter(|alias| !used.contains(alias.value.as_str())) {
        let message = format!("no app uses the connection `{}`", alias.value);
        let help = "name it in an app's `default_connection` or `connections`, or remove it";
        reader.note(Diagnostic::warning(UNUSED_CONNECTION, message).at(alias.place.clone()).help(help));
    }
}

/// Checks that each reference leads from one database to another, and that no two have the same column.
pub(super) fn references(reader: &ManifestReader<'_>, references: &[Reference], apps: &[App]) {
    let mut seen = HashSet::new();
    for reference in references {
        let from = app_of(reader, &reference.from.value, &reference.from.place, apps);
        let to = app_of(reader, &reference.to.value, &reference.to.place, apps);
        if !seen.insert(key(&reference.from.value)) {
            let message = "another reference already starts from this column";
            reader.error_at(REPEATED_ENTRY, &reference.from.place, message, "remove one of the two");
        }
        let (Some(from), Some(to)) = (from, to) else { continue };
        let database = &from.default_connection.value;
        if *database == to.default_connection.value && !database.is_empty() {
            let message = format!("both columns of this reference are in the database `{database}`");
            let end = |path: &ColumnPath| {
                let schema = path.schema.as_deref().into_iter();
                join_name(schema.chain([path.table.as_str(), path.column.as_str()]))
            };
            let help = format!(
                "write a foreign key in the schema, which the server checks, or a relation of the app `{}`, `relations: \
                 [{{ from: {}, to: {} }}]`: queries can join over either",
                from.name.value,
                end(&reference.from.value),
                end(&reference.to.value)
            );
            reader.error_at(LOCAL_REFERENCE, &reference.to.place, message, help);
        }
    }
}

/// Checks that no two overrides are for the same type or column.
pub(super) fn types(reader: &ManifestReader<'_>, types: &[TypeOverride], apps: &[App]) {
    let mut seen = HashSet::new();
    for entry in types {
        let target = match &entry.target.value {
            TypeTarget::Type { schema, name } => vec![schema.as_deref().unwrap_or_default(), name],
            TypeTarget::Column(path) => {
                app_of(reader, path, &entry.target.place, apps);
                key(path).to_vec()
            }
        };
        if !seen.insert(target) {
            let message = "another entry already overrides this type or column";
            reader.error_at(REPEATED_ENTRY, &entry.target.place, message, "remove one of the two");
        }
    }
}

/// The path as it was written. Whether a table without schema is the same as one with it, the schema says, see the
/// model's `qualify`.
fn key(path: &ColumnPath) -> [&str; 4] {
    [&path.app, path.schema.as_deref().unwrap_or_default(), &path.table, &path.column]
}

fn app_of<'a>(
    reader: &ManifestReader<'_>,
    path: &ColumnPath,
    place: &Place,
    apps: &'a [App],
) -> Option<&'a App> {
    let app = apps.iter().find(|app| app.name.value == path.app);
    if app.is_none() {
        let message = format!("there is no app `{}`", path.app);
        let names = apps.iter().map(|app| app.name.value.as_str());
        let help = match (nearest(&path.app, names.clone()), &path.schema, apps) {
            // The first of three parts may be meant as the schema.
            (None, None, [app]) => format!(
                "a column is `app.table.column` or `app.schema.table.column`: `{}.{}.{}.{}`, say",
                app.name.value, path.app, path.table, path.column
            ),
            _ => suggest(&path.app, names),
        };
        reader.error_at(UNKNOWN_APP, place, message, help);
    }
    app
}
