//! Tables that the manifest names without their schema, although several schemas have such a table.
//!
//! Such a name means the table of the app's main schema, or else the only one that is a model. Where neither holds, nobody
//! can know which is meant. The later steps see each such name with its schema.

use std::collections::{BTreeMap, HashMap};

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
        for settings in &mut app.tables {
            let given = settings.table.value.clone();
            let Spanned { value: written, place } = &mut settings.table;
            let table = scope.qualify(written, place, diagnostics).map(|table| (table, String::new()));
            diagnostics.extend(seen.again(table, given, place));
        }
        for end in app.relations.iter_mut().flat_map(|relation| [&mut relation.from, &mut relation.to]) {
            scope.qualify(&mut end.value.0, &end.place, diagnostics);
        }
    }
    columns(&mut qualified, &scopes, diagnostics);
    qualified
}

/// The paths of columns in references and under `types`.
fn columns<'a>(manifest: &mut Manifest, scopes: &[NameScope<'a>], diagnostics: &mut Diagnostics) {
    let mut qualify = |path: &mut ColumnPath, place: &Place| -> Option<(&'a QName, String)> {
        let scope = scopes.iter().find(|scope| scope.app == path.app)?;
        let table = scope.qualify_column(path, place, diagnostics)?;
        Some((table, path.column.clone()))
    };
    let mut entries = Vec::new();
    let mut seen = Entries::default();
    for reference in &mut manifest.references {
        let Spanned { value: path, place } = &mut reference.from;
        let given = written(path, path.schema.as_deref());
        entries.extend(seen.again(qualify(path, place), given, place));
        qualify(&mut reference.to.value, &reference.to.place);
    }
    let mut seen = Entries::default();
    for over in &mut manifest.types {
        if let TypeTarget::Column(path) = &mut over.target.value {
            let given = written(path, path.schema.as_deref());
            entries.extend(seen.again(qualify(path, &over.target.place), given, &over.target.place));
        }
    }
    diagnostics.extend(entries);
}

/// What the names of tables mean in one app.
struct NameScope<'a> {
    app: &'a str,
    main_schema: String,
    models: Vec<&'a QName>,
    /// All tables of the app's database.
    tables: Vec<&'a QName>,
}

impl<'a> NameScope<'a> {
    fn of(manifest: &Manifest, app: &'a App, catalogs: &'a BTreeMap<String, Loaded>) -> Self {
        let loaded = catalogs.get(&app.default_connection.value);
        let models = loaded.map(|loaded| apps::models(manifest, app, loaded)).unwrap_or_default();
        Self {
            app: &app.name.value,
            // What there is to say of it is said where the models are built.
            main_schema: main_schema::of(app, &models, &mut Diagnostics::new()),
            models: models.iter().map(|model| model.name).collect(),
            tables: loaded.map(|loaded| loaded.catalog.tables.keys().collect()).unwrap_or_default(),
        }
    }

    /// The table that a name means. Adds its schema where another table has the name too.
    fn qualify(
        &self,
        written: &mut String,
        place: &Place,
        diagnostics: &mut Diagnostics,
    ) -> Option<&'a QName> {
        match self.meaning(|table| apps::names(written, table))? {
            Meaning::Only(table) => Some(table),
            Meaning::OneOf(table) => {
                *written = join_name([table.schema.as_str(), &table.name]);
                Some(table)
            }
            Meaning::Unknown(tables) => {
                let names = tables.iter().map(|table| table.to_string()).collect();
                diagnostics.push(ambiguous(written, &tables, names).at(place.clone()));
                None
            }
        }
    }

    /// The table that the path of a column means. Adds its schema where another table has the name too.
    fn qualify_column(
        &self,
        path: &mut ColumnPath,
        place: &Place,
        diagnostics: &mut Diagnostics,
    ) -> Option<&'a QName> {
        let is_schema = |table: &QName| path.schema.as_ref().is_none_or(|schema| *schema == table.schema);
        match self.meaning(|table| table.name == path.table && is_schema(table))? {
            Meaning::Only(table) => Some(table),
            Meaning::OneOf(table) => {
                path.schema = Some(table.schema.clone());
                Some(table)
            }
            Meaning::Unknown(tables) => {
                let names = tables.iter().map(|table| written(path, Some(&table.schema))).collect();
                diagnostics.push(ambiguous(&path.table, &tables, names).at(place.clone()));
                None
            }
        }
    }

    /// What a name means; `is_named` says of each table whether it has the name.
    fn meaning(&self, is_named: impl Fn(&QName) -> bool) -> Option<Meaning<'a>> {
        let named = |tables: &[&'a QName]| -> Vec<&'a QName> {
            tables.iter().copied().filter(|table| is_named(table)).collect()
        };
        let (all, models) = (named(&self.tables), named(&self.models));
        if let [] | [_] = all.as_slice() {
            return all.first().copied().map(Meaning::Only);
        }
        let candidates = if models.is_empty() { all } else { models };
        let main = candidates.iter().find(|table| table.schema == self.main_schema);
        Some(match (main, candidates.as_slice()) {
            (Some(table), _) | (None, [table]) => Meaning::OneOf(table),
            _ => Meaning::Unknown(candidates),
        })
    }
}

/// What a name means.
enum Meaning<'a> {
    /// The only table that has it.
    Only(&'a QName),
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
