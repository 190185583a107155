//! Tables that the manifest names without their schema, although several schemas have such a table.
//!
//! Such a name means the table of the app's main schema, or else the only one that is a model. Where neither holds, nobody
//! can know which is meant. The later steps see each such name with its schema.

use std::{
    cell::OnceCell,
    collections::{BTreeMap, HashMap},
};

use super::{apps, main_schema};
use crate::{
    catalog::{Loaded, QName},
    diagnostics::{AMBIGUOUS_TABLE, Diagnostic, Diagnostics, Place, REPEATED_ENTRY},
    manifest::{App, ColumnPath, Manifest, Spanned, TypeTarget, join_name},
};

/// The manifest with the schema of each table whose name alone stands for several. Reports names of which nobody can
/// know what they mean, and entries for one thing of which only one names the schema.
pub(super) fn tables(
    manifest: &Manifest,
    catalogs: &BTreeMap<String, Loaded>,
    diagnostics: &mut Diagnostics,
) -> Manifest {
    let mut qualified = manifest.clone();
    let scopes: Vec<NameScope<'_>> =
        manifest.apps.iter().map(|app| NameScope::of(manifest, app, catalogs)).collect();
    for (app, scope) in qualified.apps.iter_mut().zip(&scopes) {
        let mut seen = Entries::default();
        app.tables.retain_mut(|settings| {
            let given = settings.table.value.clone();
            let Spanned { value: written, place } = &mut settings.table;
            let Ok(table) = scope.qualify(written, place, diagnostics) else { return false };
            diagnostics.extend(seen.again(table.map(|table| (table, String::new())), given, place));
            true
        });
        app.relations.retain_mut(|relation| {
            let ends = [&mut relation.from, &mut relation.to];
            ends.map(|end| scope.qualify(&mut end.value.0, &end.place, diagnostics)).iter().all(Result::is_ok)
        });
    }
    columns(&mut qualified, &scopes, diagnostics);
    qualified
}

/// The paths of columns in references and under `types`.
fn columns<'a>(manifest: &mut Manifest, scopes: &[NameScope<'a>], diagnostics: &mut Diagnostics) {
    let mut entries = Vec::new();
    let mut qualify = |path: &mut ColumnPath, place: &Place, seen: Option<&mut Entries<'a>>| {
        let given = written(path, path.schema.as_deref());
        let Some(scope) = scopes.iter().find(|scope| scope.app.name.value == path.app) else { return true };
        let Ok(table) = scope.qualify_column(path, place, diagnostics) else { return false };
        let thing = table.map(|table| (table, path.column.clone()));
        entries.extend(seen.and_then(|seen| seen.again(thing, given, place)));
        true
    };
    let mut seen = Entries::default();
    manifest.references.retain_mut(|reference| {
        let (from, to) = (&mut reference.from, &mut reference.to);
        let from_is_known = qualify(&mut from.value, &from.place, Some(&mut seen));
        qualify(&mut to.value, &to.place, None) && from_is_known
    });
    let mut seen = Entries::default();
    manifest.types.retain_mut(|over| match &mut over.target.value {
        TypeTarget::Column(path) => qualify(path, &over.target.place, Some(&mut seen)),
        TypeTarget::Type { .. } => true,
    });
    diagnostics.extend(entries);
}

/// A name may mean several tables, which has been reported.
struct Ambiguous;

/// What the names of tables mean in one app.
struct NameScope<'a> {
    manifest: &'a Manifest,
    app: &'a App,
    /// The app's database, if its schema could be read.
    loaded: Option<&'a Loaded>,
    /// Found when the first name stands for several tables: globs and files are compared with every table.
    models: OnceCell<ModelNames<'a>>,
}

/// The models of an app, and its main schema.
struct ModelNames<'a> {
    tables: Vec<&'a QName>,
    main_schema: String,
}

impl<'a> NameScope<'a> {
    fn of(manifest: &'a Manifest, app: &'a App, catalogs: &'a BTreeMap<String, Loaded>) -> Self {
        let loaded = catalogs.get(&app.default_connection.value);
        Self { manifest, app, loaded, models: OnceCell::new() }
    }

    fn models(&self, loaded: &'a Loaded) -> &ModelNames<'a> {
        self.models.get_or_init(|| {
            let models = apps::models(self.manifest, self.app, loaded);
            ModelNames {
                // What there is to say of it is said where the models are built.
                main_schema: main_schema::of(self.app, &models, &mut Diagnostics::new()),
                tables: models.iter().map(|model| model.name).collect(),
            }
        })
    }

    /// The table that a name means, if there is one. Adds its schema where another table has the name too.
    fn qualify(
        &self,
        written: &mut String,
        place: &Place,
        diagnostics: &mut Diagnostics,
    ) -> Result<Option<&'a QName>, Ambiguous> {
        match self.meaning(|table| apps::names(written, table)) {
            Meaning::Only(table) => Ok(table),
            Meaning::OneOf(table) => {
                *written = join_name([table.schema.as_str(), &table.name]);
                Ok(Some(table))
            }
            Meaning::Unknown(tables) => {
                let names = tables.iter().map(|table| table.to_string()).collect();
                diagnostics.push(ambiguous(written, &tables, names).at(place.clone()));
                Err(Ambiguous)
            }
        }
    }

    /// The table that the path of a column means, if there is one. Adds its schema where another table has the name too.
    fn qualify_column(
        &self,
        path: &mut ColumnPath,
        place: &Place,
        diagnostics: &mut Diagnostics,
    ) -> Result<Option<&'a QName>, Ambiguous> {
        let is_schema = |table: &QName| path.schema.as_ref().is_none_or(|schema| *schema == table.schema);
        match self.meaning(|table| table.name == path.table && is_schema(table)) {
            Meaning::Only(table) => Ok(table),
            Meaning::OneOf(table) => {
                path.schema = Some(table.schema.clone());
                Ok(Some(table))
            }
            Meaning::Unknown(tables) => {
                let names = tables.iter().map(|table| written(path, Some(&table.schema))).collect();
                diagnostics.push(ambiguous(&path.table, &tables, names).at(place.clone()));
                Err(Ambiguous)
            }
        }
    }

    /// What a name means; `is_named` says of each table whether it has the name.
    fn meaning(&self, is_named: impl Fn(&QName) -> bool) -> Meaning<'a> {
        let Some(loaded) = self.loaded else { return Meaning::Only(None) };
        let all: Vec<&QName> = loaded.catalog.tables.keys().filter(|table| is_named(table)).collect();
        if let [] | [_] = all.as_slice() {
            return Meaning::Only(all.first().copied());
        }
        let ModelNames { tables, main_schema } = self.models(loaded);
        let models: Vec<&QName> = tables.iter().copied().filter(|table| is_named(table)).collect();
        let candidates = if models.is_empty() { all } else { models };
        let main = candidates.iter().find(|table| table.schema == *main_schema);
        match (main, candidates.as_slice()) {
            (Some(table), _) | (None, [table]) => Meaning::OneOf(table),
            _ => Meaning::Unknown(candidates),
        }
    }
}

/// What a name means.
enum Meaning<'a> {
    /// The only table that has it, if there is one.
    Only(Option<&'a QName>),
    /// This one of the tables that have it.
    OneOf(&'a QName),
    /// Any of these.
    Unknown(Vec<&'a QName>),
}

/// The tables and columns that have an entry, and how the manifest names them.
#[derive(Default)]
struct Entries<'a>(HashMap<(&'a QName, String), String>);

impl<'a> Entries<'a> {
    /// The diagnostic for a second entry that names the same otherwise. Entries of one name have been reported where the
    /// manifest was read.
    fn again(
        &mut self,
        thing: Option<(&'a QName, String)>,
        given: String,
        place: &Place,
    ) -> Option<Diagnostic> {
        let before = self.0.insert(thing?, given.clone())?;
        let message = format!("`{given}` is `{before}`, which has an entry already");
        let diagnostic = Diagnostic::error(REPEATED_ENTRY, message).at(place.clone());
        (before != given).then(|| diagnostic.help("write all of it in one entry"))
    }
}

fn written(path: &ColumnPath, schema: Option<&str>) -> String {
    join_name([path.app.as_str()].into_iter().chain(schema).chain([path.table.as_str(), &path.column]))
}

/// The diagnostic for a name that may mean any of these tables; `names` says what to write for each.
fn ambiguous(written: &str, tables: &[&QName], names: Vec<String>) -> Diagnostic {
    let schemas: Vec<String> = tables.iter().map(|table| format!("`{}`", table.schema)).collect();
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    let message = format!("a table `{written}` is in each of the schemas {}", schemas.join(", "));
    Diagnostic::error(AMBIGUOUS_TABLE, message).help(format!("write {}", names.join(" or ")))
}
