//! Which tables become models of which app.

use std::collections::HashMap;

use globset::{Glob, GlobMatcher};

use crate::{
    catalog::{Loaded, Object, QName, Table},
    diagnostics::{
        APP_WITHOUT_TABLES, Diagnostic, Diagnostics, GLOB_WITHOUT_MATCH, TABLE_IN_TWO_APPS, UNKNOWN_TABLE,
        nearest,
    },
    manifest::{App, Manifest, Schema, Spanned, TableSettings, split_name},
};

/// A table and what the manifest says of it.
pub(super) struct Chosen<'a> {
    pub name: &'a QName,
    pub table: &'a Table,
    pub settings: Option<&'a TableSettings>,
}

/// Chooses the tables of each app, by name. Reports globs and settings that match nothing, and tables that two apps
/// have.
pub(super) fn choose<'a>(
    manifest: &Manifest,
    apps: &[&'a App],
    loaded: &'a Loaded,
    diagnostics: &mut Diagnostics,
) -> Vec<Vec<Chosen<'a>>> {
    let mut owners: HashMap<&QName, &App> = HashMap::new();
    let mut chosen = Vec::with_capacity(apps.len());
    for app in apps {
        let tables = of_app(app, &own_tables(manifest, app, loaded), diagnostics);
        for table in &tables {
            if let Some(owner) = owners.insert(table.name, app) {
                diagnostics.push(in_two_apps(table.name, owner, app));
            }
        }
        chosen.push(tables);
    }
    chosen
}

/// The tables that become models of the app, without what the manifest says of them.
pub(super) fn models<'a>(manifest: &Manifest, app: &App, loaded: &'a Loaded) -> Vec<Chosen<'a>> {
    chosen(app, &own_tables(manifest, app, loaded), &Patterns::of(app))
}

/// The tables of the app's schema.
fn own_tables<'a>(manifest: &Manifest, app: &App, loaded: &'a Loaded) -> Vec<(&'a QName, &'a Table)> {
    loaded.catalog.tables.iter().filter(|(name, _)| belongs(manifest, app, name, loaded)).collect()
}

/// Those that the app's globs take.
fn chosen<'a>(app: &App, own: &[(&'a QName, &'a Table)], patterns: &Patterns<'_>) -> Vec<Chosen<'a>> {
    let is_chosen =
        |name: &QName, table: &Table| (app.partitions || table.partition_of.is_none()) && patterns.take(name);
    let taken = own.iter().filter(|(name, table)| is_chosen(name, table));
    taken.map(|&(name, table)| Chosen { name, table, settings: None }).collect()
}

/// Whether the table was read from one of the app's files. The tables of a live server belong to every app.
fn belongs(manifest: &Manifest, app: &App, name: &QName, loaded: &Loaded) -> bool {
    match (&app.schema.value, loaded.places.get(&Object::Table(name.clone()))) {
        (Schema::Files(files), Some(place)) => {
            files.iter().any(|file| manifest.path(file) == place.source.path)
        }
        _ => true,
    }
}

fn of_app<'a>(
    app: &'a App,
    own: &[(&'a QName, &'a Table)],
    diagnostics: &mut Diagnostics,
) -> Vec<Chosen<'a>> {
    if own.is_empty() {
        // The catalog stage has reported that the server could not be read.
        if app.schema.value == Schema::Live {
            return Vec::new();
        }
        diagnostics.push(
            Diagnostic::error(APP_WITHOUT_TABLES, format!("the app `{}` has no tables", app.name.value))
                .at(app.schema.place.clone())
                .help("name a schema that creates tables, or remove the app"),
        );
        return Vec::new();
    }
    let patterns = Patterns::of(app);
    for pattern in patterns.taking.iter().chain(&patterns.leaving_out) {
        if !own.iter().any(|(name, _)| pattern.matches(name)) {
            diagnostics.push(glob_without_match(app, pattern.written, own));
        }
    }
    let mut chosen = chosen(app, own, &patterns);
    for settings in &app.tables {
        match chosen.iter_mut().find(|chosen| names(&settings.table.value, chosen.name)) {
            Some(chosen) => chosen.settings = Some(settings),
            None => diagnostics.push(unknown_table(app, &settings.table, own, &chosen)),
        }
    }
    chosen
}

/// An app's globs, without those that do not parse, which the manifest stage has reported.
pub(crate) struct Patterns<'a> {
    taking: Vec<Pattern<'a>>,
    /// Those that begin with `!`.
    leaving_out: Vec<Pattern<'a>>,
}

impl<'a> Patterns<'a> {
    pub fn of(app: &'a App) -> Self {
        let patterns = app.models.iter().filter_map(Pattern::new);
        let (leaving_out, taking) =
            patterns.partition(|pattern| pattern.written.value.starts_with(LEAVES_OUT));
        Self { taking, leaving_out }
    }

    /// Whether one of them matches the table, or there are none but such as leave tables out, and none of these does.
    pub fn take(&self, name: &QName) -> bool {
        (self.taking.is_empty() || self.taken_by(name).is_some())
            && !self.leaving_out.iter().any(|pattern| pattern.matches(name))
    }

    /// The first one that takes the table.
    fn taken_by(&self, name: &QName) -> Option<&'a Spanned<String>> {
        self.taking.iter().find(|pattern| pattern.matches(name)).map(|pattern| pattern.written)
    }
}

/// What a glob begins with that leaves out the tables it matches.
pub(super) const LEAVES_OUT: char = '!';

struct Pattern<'a> {
    written: &'a Spanned<String>,
    matcher: GlobMatcher,
    /// Whether it is matched against `schema.table`, and not against `table` in any schema.
    is_qualified: bool,
}

impl<'a> Pattern<'a> {
    fn new(written: &'a Spanned<String>) -> Option<Self> {
        let glob = written.value.strip_prefix(LEAVES_OUT).unwrap_or(&written.value);
        let matcher = Glob::new(glob).ok()?.compile_matcher();
        Some(Self { written, matcher, is_qualified: glob.contains('.') })
    }

    fn matches(&self, name: &QName) -> bool {
        if self.is_qualified {
            self.matcher.is_match(name.to_string())
        } else {
            self.matcher.is_match(&name.name)
        }
    }
}

/// Whether a table's name in the manifest, with or without its schema, means this table.
pub(super) fn names(written: &str, name: &QName) -> bool {
    let is_quoted = || {
        split_name(written).is_some_and(|parts| match parts.as_slice() {
            [table] => *table == name.name,
            [schema, table] => *schema == name.schema && *table == name.name,
            _ => false,
        })
    };
    written == name.name || written == name.to_string() || (written.contains('"') && is_quoted())
}

/// Whether the app's `key` of that table says that these columns identify a row.
pub(super) fn says_key(app: &App, table: &QName, columns: &[String]) -> bool {
    let of_table = app.tables.iter().filter(|settings| names(&settings.table.value, table));
    let mut keys = of_table.filter_map(|settings| settings.key.as_ref());
    keys.any(|key| key.value.iter().all(|column| columns.contains(column)))
}

fn glob_without_match(app: &App, pattern: &Spanned<String>, own: &[(&QName, &Table)]) -> Diagnostic {
    let message = format!("`{}` matches no table of the app `{}`", pattern.value, app.name.value);
    let diagnostic = Diagnostic::error(GLOB_WITHOUT_MATCH, message).at(pattern.place.clone());
    diagnostic.help(match nearest(&pattern.value, own.iter().map(|(name, _)| name.name.as_str())) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`*` matches every table; `schema.*` those of one schema; `!…` leaves tables out".to_owned(),
    })
}

/// Why a table of the app's schema is no model of it, and how it becomes one.
pub(super) fn why_no_model(name: &QName, table: &Table, app: &App) -> String {
    why_left_out(table, &[app]).unwrap_or_else(|| {
        format!("`models` leaves the table out: make it take `{}`, or remove this entry", name.name)
    })
}

/// Why a partition is no model of these apps, and how it becomes one.
pub(super) fn why_left_out(table: &Table, apps: &[&App]) -> Option<String> {
    let parent = table.partition_of.as_ref().filter(|_| !apps.iter().any(|app| app.partitions))?;
    Some(format!(
        "it is a partition of `{parent}`: remove this entry, or write `partitions: true` in the app, which makes every \
         partition a model"
    ))
}

fn unknown_table(
    app: &App,
    table: &Spanned<String>,
    own: &[(&QName, &Table)],
    chosen: &[Chosen<'_>],
) -> Diagnostic {
    let diagnostic =
        Diagnostic::error(UNKNOWN_TABLE, format!("there is no model of a table `{}`", table.value))
            .at(table.place.clone());
    if let Some((name, own)) = own.iter().find(|(name, _)| names(&table.value, name)) {
        return diagnostic.help(why_no_model(name, own, app));
    }
    diagnostic.help(match nearest(&table.value, chosen.iter().map(|chosen| chosen.name.name.as_str())) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "name a table of this app, as `table` or `schema.table`".to_owned(),
    })
}

fn in_two_apps(name: &QName, owner: &App, app: &App) -> Diagnostic {
    let message =
        format!("the table `{name}` belongs to the apps `{}` and `{}`", owner.name.value, app.name.value);
    let place = Patterns::of(app).taken_by(name).map_or(&app.name.place, |pattern| &pattern.place);
    Diagnostic::error(TABLE_IN_TWO_APPS, message)
        .at(place.clone())
        .help("give each table to one app with `models: […]`")
}
