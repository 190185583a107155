//! The names of the items in a database's module, and reports of names that differ from the wanted ones.

use std::collections::HashMap;

use super::{
    apps::{self, Chosen},
    data::TableModel,
    naming::{self, Named, Request, Resolved, distinct},
    user_types,
};
use crate::{
    catalog::{Loaded, Object, QName},
    diagnostics::{Diagnostic, Diagnostics, NAME_TAKEN, Place, RENAMED},
    manifest::{App, Manifest, Spanned, TableSettings},
};

/// The names of all items in a database's module.
pub(super) struct DatabaseNames<'a> {
    pub structs: HashMap<&'a QName, String>,
    pub inserts: HashMap<&'a QName, String>,
    pub types: HashMap<QName, String>,
}

impl<'a> DatabaseNames<'a> {
    pub fn settle(
        manifest: &Manifest,
        marker: &str,
        apps: &[(&App, &str)],
        chosen: &[Vec<Chosen<'a>>],
        loaded: &'a Loaded,
        diagnostics: &mut Diagnostics,
    ) -> Self {
        let by_app = apps.iter().zip(chosen);
        let tables: Vec<(&Chosen<'a>, Named<'_>)> = by_app
            .flat_map(|((app, main), tables)| {
                tables.iter().map(move |table| (table, named(app, table, main)))
            })
            .collect();
        let main = tables.first().map_or("public", |(_, named)| named.main_schema);
        let types: Vec<&QName> = user_types::named(&loaded.catalog).collect();
        let requests = std::iter::once(Request::taken(marker))
            .chain(tables.iter().map(|(_, named)| {
                Request::structure(*named, manifest.output.singular).beside(marker).named(named.given)
            }))
            .chain(types.iter().map(|name| Request::user_type(Named::new(&name.schema, &name.name, main))));
        let mut answers = distinct(requests).into_iter().skip(1);
        let given_names: Vec<&Spanned<String>> =
            tables.iter().filter_map(|(chosen, _)| chosen.settings?.name.as_ref()).collect();
        refuse_reserved(&given_names, diagnostics);
        let structs: HashMap<&QName, String> = tables
            .iter()
            .zip(&mut answers)
            .map(|((chosen, named), answer)| {
                let given = chosen.settings.and_then(|settings| settings.name.as_ref());
                let claim = given.map(|name| GivenName { name, holder: holder(name, marker, &tables) });
                let place = loaded.places.get(&Object::Table(chosen.name.clone()));
                let what = format!("the table `{}`", chosen.name);
                let path = format!("tables: {{ {}: {{ name: … }} }}", chosen.name);
                report(&what, &path, &answer, claim, &given_names, place, diagnostics);
                let reserved = named.reserved(manifest.output.singular);
                if let (Some(reserved), None) = (reserved, given) {
                    diagnostics
                        .extend(kept_off(&reserved, &what, &path, &answer).map(|it| it.at(place.cloned())));
                }
                (chosen.name, answer.rust)
            })
            .collect();
        let types: HashMap<QName, String> = types
            .iter()
            .zip(&mut answers)
            .map(|(name, answer)| {
                report_type(name, &answer, loaded, diagnostics);
                ((*name).clone(), answer.rust)
            })
            .collect();
        let inserts = inserts(marker, &tables, &structs, &types);
        for (chosen, answer) in tables.iter().map(|(chosen, _)| chosen).zip(&inserts) {
            diagnostics.extend(renamed_insert(chosen, answer, &given_names, loaded));
        }
        let named = |((chosen, _), answer): (&(&Chosen<'a>, _), Resolved)| (chosen.name, answer.rust);
        let inserts = tables.iter().zip(inserts).map(named).collect();
        Self { structs, inserts, types }
    }
}

/// The names of the tables' insert structs. Where one clashes with a table's or a type's, the insert struct gets another name.
fn inserts(
    marker: &str,
    tables: &[(&Chosen<'_>, Named<'_>)],
    structs: &HashMap<&QName, String>,
    types: &HashMap<QName, String>,
) -> Vec<Resolved> {
    let taken = structs.values().chain(types.values()).map(String::as_str).chain([marker]);
    let taken: Vec<Request> = taken.map(Request::taken).collect();
    let count = taken.len();
    let wanted =
        tables.iter().map(|(chosen, _)| Request::insert(structs.get(chosen.name).map_or("", String::as_str)));
    distinct(taken.into_iter().chain(wanted)).into_iter().skip(count).collect()
}

/// The report of an insert struct whose name differs from the wanted one, where the name that the manifest gives to
/// another struct is written, if that is the cause.
fn renamed_insert(
    chosen: &Chosen<'_>,
    answer: &Resolved,
    given_names: &[&Spanned<String>],
    loaded: &Loaded,
) -> Option<Diagnostic> {
    let wanted = answer.renamed_from.as_ref().filter(|_| !chosen.table.is_view())?;
    let name = chosen.name;
    let message = format!(
        "the struct for new rows of the table `{name}` is called `{}` in Rust, since {}",
        answer.rust,
        answer.reason()
    );
    let cause = given_names.iter().find(|given| given.value == *wanted).map(|given| given.place.clone());
    let place = cause.or_else(|| loaded.places.get(&Object::Table(name.clone())).cloned());
    let help =
        format!("choose another name for one of the two, such as `tables: {{ {name}: {{ name: … }} }}`");
    Some(Diagnostic::warning(RENAMED, message).at(place).help(help))
}

/// A table of the app, as names are made from it: the manifest's name of its struct, and its name without the prefix that
/// the app's tables share.
pub(super) fn named_in<'a>(app: &'a App, name: &'a QName, main_schema: &'a str) -> Named<'a> {
    let settings = app.tables.iter().find(|settings| apps::names(&settings.table.value, name));
    named_by(app, settings, name, main_schema)
}

/// The same of a table whose settings are known.
pub(super) fn named<'a>(app: &'a App, chosen: &Chosen<'a>, main_schema: &'a str) -> Named<'a> {
    named_by(app, chosen.settings, chosen.name, main_schema)
}

fn named_by<'a>(
    app: &'a App,
    settings: Option<&'a TableSettings>,
    name: &'a QName,
    main_schema: &'a str,
) -> Named<'a> {
    let given = settings.and_then(|settings| settings.name.as_ref()).map(|name| name.value.as_str());
    let prefix = app.table_prefix.as_ref().map_or("", |prefix| &prefix.value);
    let base = name.name.strip_prefix(prefix).map(|base| base.trim_start_matches('_'));
    let base = base.filter(|base| !base.is_empty()).unwrap_or(&name.name);
    Named { base, given, ..Named::new(&name.schema, &name.name, main_schema) }
}

/// What else has, or is given, the name that the manifest gives to a table.
fn holder(name: &Spanned<String>, marker: &str, tables: &[(&Chosen<'_>, Named<'_>)]) -> Option<String> {
    if name.value == marker {
        return Some(format!("the database's own type is called `{marker}`, by its connection"));
    }
    let is_other = |other: &Spanned<String>| other.value == name.value && other.place != name.place;
    let (other, _) = tables.iter().find(|(chosen, _)| {
        chosen.settings.and_then(|settings| settings.name.as_ref()).is_some_and(is_other)
    })?;
    Some(format!("the manifest gives this name to the table `{}` too", other.name))
}

/// A name that the manifest gives, and what else has it.
pub(super) struct GivenName<'a> {
    pub name: &'a Spanned<String>,
    /// A sentence about the other object, where it is known.
    pub holder: Option<String>,
}

impl<'a> GivenName<'a> {
    /// A name of a relation or a reference, which stands beside the constants of these columns.
    pub fn beside(name: &'a Spanned<String>, table: &TableModel) -> Self {
        let column = table.columns.iter().find(|column| column.constant == name.value);
        let holder = column.map(|column| format!("the column `{}` has this name", column.sql_name));
        Self { name, holder }
    }
}

/// Reports a name that differs from the wanted one: a warning if ormgen has chosen another, an error if the manifest
/// gives a name that is taken or invalid. `given` is the name that the manifest gives to this object, `all_given` are
/// those that it gives to the other objects of the scope, and `path` is where the manifest would name this one.
pub(super) fn report(
    what: &str,
    path: &str,
    answer: &Resolved,
    given: Option<GivenName<'_>>,
    all_given: &[&Spanned<String>],
    place: Option<&Place>,
    diagnostics: &mut Diagnostics,
) {
    let Some(wanted) = &answer.renamed_from else { return };
    let taken_by = all_given.iter().find(|name| name.value == *wanted);
    diagnostics.push(match (given, taken_by) {
        (Some(GivenName { name, holder }), _) => {
            let holder = holder.unwrap_or_else(|| {
                "another object of the same module or struct has this name, or it is no valid Rust name"
                    .to_owned()
            });
            Diagnostic::error(NAME_TAKEN, format!("{what} cannot be called `{}`", name.value))
                .at(name.place.clone())
                .help(format!("{holder}: choose another"))
        }
        (None, Some(taken_by)) => {
            Diagnostic::error(NAME_TAKEN, format!("`{wanted}` is already the name of {what}"))
                .at(taken_by.place.clone())
                .help(format!("choose another name here, or give {what} another one: `{path}`"))
        }
        (None, None) => Diagnostic::warning(
            RENAMED,
            format!("{what} is called `{}` in Rust, since {}", answer.rust, answer.reason()),
        )
        .at(place.cloned())
        .help(format!("choose a name in the manifest: `{path}`")),
    });
}

/// The report of a table whose name was kept off `reserved`, which generated code uses for something else.
fn kept_off(reserved: &str, what: &str, path: &str, answer: &Resolved) -> Option<Diagnostic> {
    let is_kept_off = answer.rust.strip_suffix("Row") == Some(reserved);
    is_kept_off.then(|| {
        let message =
            format!("{what} is called `{}` in Rust, since `{reserved}` is a name of Rust's own", answer.rust);
        let help = format!("choose a name in the manifest, `{}` too: `{path}`", answer.rust);
        Diagnostic::warning(RENAMED, message).help(help)
    })
}

/// Reports a type's name that differs from the wanted one. The manifest cannot give names to types.
fn report_type(name: &QName, answer: &Resolved, loaded: &Loaded, diagnostics: &mut Diagnostics) {
    if answer.renamed_from.is_none() {
        return;
    }
    let message = format!("the type `{name}` is called `{}` in Rust, since {}", answer.rust, answer.reason());
    diagnostics.push(
        Diagnostic::warning(RENAMED, message)
            .at(loaded.places.get(&Object::Type(name.clone())).cloned())
            .help(
                "rename one of the two in the schema, or name the other one in the manifest if it is a table",
            ),
    );
}

/// Reports struct names that would hide names that generated code uses without a path.
fn refuse_reserved(given: &[&Spanned<String>], diagnostics: &mut Diagnostics) {
    for name in given.iter().filter(|name| naming::RESERVED_TYPES.contains(&name.value.as_str())) {
        let message = format!(
            "a struct cannot be called `{}`, since generated code uses this name for something else",
            name.value
        );
        diagnostics
            .push(Diagnostic::error(NAME_TAKEN, message).at(name.place.clone()).help("choose another name"));
    }
}
