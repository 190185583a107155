//! Columns that the manifest names by `app.table.column`, found in the model.

use std::collections::BTreeMap;

use super::{
    apps,
    data::{ColumnModel, Database, TableModel},
    names,
    naming::Named,
    spots::{is_unique, is_unique_when_read},
    target,
};
use crate::{
    catalog::{Catalog, Loaded, QName, SqlType, Table},
    diagnostics::{Diagnostic, Diagnostics, Place, UNKNOWN_COLUMN, UNKNOWN_TABLE, nearest},
    manifest::{App, ColumnPath, Manifest, UnknownChoice, ValueChoices, join_name},
};

/// Finds columns in the databases of a model.
pub(super) struct Finder<'a> {
    pub manifest: &'a Manifest,
    pub databases: &'a [Database],
    pub catalogs: &'a BTreeMap<String, Loaded>,
}

/// A column, with its table, app and database.
pub(super) struct FoundColumn<'a> {
    pub database: &'a Database,
    pub app_module: Option<&'a str>,
    pub table: &'a TableModel,
    pub column: &'a ColumnModel,
    pub sql: &'a Table,
    catalog: &'a Catalog,
    app: &'a App,
    main_schema: &'a str,
}

impl<'a> FoundColumn<'a> {
    /// The struct, as the root's child modules name it.
    pub fn path(&self) -> String {
        let app = self.app_module.map(|module| format!("{module}::")).unwrap_or_default();
        format!("super::{}::{app}{}", self.database.module, self.table.name)
    }

    /// The table, as names are made from it.
    pub fn named(&self) -> Named<'_> {
        names::named_in(self.app, &self.table.qname, self.main_schema)
    }

    /// Whether at most one row can have a value of it: the schema says so, or the manifest.
    pub fn is_unique(&self) -> bool {
        let columns = std::slice::from_ref(&self.column.sql_name);
        is_unique(self.sql, columns) || apps::says_key(self.app, &self.table.qname, columns)
    }

    /// Whether at most one row that is read from its table can have a value of it.
    pub fn is_unique_when_read(&self) -> bool {
        let columns = std::slice::from_ref(&self.column.sql_name);
        is_unique_when_read(self.catalog, &self.table.qname, self.sql, columns)
            || apps::says_key(self.app, &self.table.qname, columns)
    }

    /// Its SQL type.
    pub fn sql_type(&self) -> Option<&'a SqlType> {
        self.sql.column(&self.column.sql_name).map(|column| &column.ty)
    }

    /// Its SQL type, for messages.
    pub fn ty(&self) -> String {
        self.sql_type().map(SqlType::to_string).unwrap_or_default()
    }

    /// `table.column`, for docs and messages.
    pub fn title(&self) -> String {
        target::title(&self.table.qname.name, &self.column.sql_name)
    }
}

impl<'a> Finder<'a> {
    /// Whether the schemas of all databases could be read.
    pub fn is_complete(&self) -> bool {
        self.manifest.databases().iter().all(|(alias, _)| self.catalogs.contains_key(*alias))
    }

    /// The column of that path. Reports a path to no column.
    pub fn column(
        &self,
        path: &ColumnPath,
        place: &Place,
        diagnostics: &mut Diagnostics,
    ) -> Option<FoundColumn<'a>> {
        let app = self.manifest.apps.iter().find(|app| app.name.value == path.app)?;
        let database =
            self.databases.iter().find(|database| database.alias == app.default_connection.value)?;
        let of_app = database.apps.iter().find(|known| known.name == path.app)?;
        let Some(table) = of_app.tables.iter().find(|table| is_table(path, table)) else {
            let message = format!("the app `{}` has no model of a table `{}`", path.app, path.table);
            // Names are suggested with their schema if the manifest's has one.
            let shown = |table: &TableModel| match path.schema {
                Some(_) => table.qname.to_string(),
                None => table.qname.name.clone(),
            };
            let names: Vec<String> = of_app.tables.iter().map(shown).collect();
            let written =
                path.schema.iter().chain([&path.table]).map(String::as_str).collect::<Vec<_>>().join(".");
            let near = nearest(&written, names.iter().map(String::as_str));
            if let Some(left_out) = self.left_out(path, app, &database.alias) {
                diagnostics.push(left_out.at(place.clone()));
                return None;
            }
            let diagnostic = Diagnostic::error(UNKNOWN_TABLE, message);
            diagnostics.push(match self.type_behind_app(path, &database.alias) {
                Some(ty) => {
                    let help = format!("a type is named without the app: `types: {{ {ty}: … }}`");
                    diagnostic.at(place.clone()).help(help)
                }
                None => missing(diagnostic, place, near),
            });
            return None;
        };
        let catalog = &self.catalogs.get(&database.alias)?.catalog;
        let sql = catalog.tables.get(&table.qname)?;
        let Some(column) = table.columns.iter().find(|column| column.sql_name == path.column) else {
            diagnostics.extend(without(self.manifest.values, app, (table, sql), path, place));
            return None;
        };
        Some(FoundColumn {
            database,
            app_module: of_app.module.as_deref(),
            table,
            column,
            sql,
            catalog,
            app,
            main_schema: &of_app.main_schema,
        })
    }

    /// The diagnostic for a table that is in the schema, and that the manifest makes no model of the path's app.
    fn left_out(&self, path: &ColumnPath, app: &App, alias: &str) -> Option<Diagnostic> {
        let mut tables = self.catalogs.get(alias)?.catalog.tables.iter();
        let is_it = |table: &QName| {
            table.name == path.table && path.schema.as_ref().is_none_or(|schema| *schema == table.schema)
        };
        let (table, sql) = tables.find(|(table, _)| is_it(table))?;
        let apps = self.databases.iter().filter(|database| database.alias == alias).flat_map(|of| &of.apps);
        let other = apps.into_iter().find(|app| app.tables.iter().any(|model| model.qname == *table));
        let message = format!("the app `{}` has no model of the table `{table}`", path.app);
        let help = match other {
            Some(other) => {
                let right = join_name([other.name.as_str(), &path.table, &path.column]);
                format!("it is a model of the app `{}`: write `{right}`", other.name)
            }
            None => apps::why_no_model(table, sql, app),
        };
        Some(Diagnostic::error(UNKNOWN_TABLE, message).help(help))
    }

    /// The type that a path names if it is read as `app.schema.type`.
    fn type_behind_app(&self, path: &ColumnPath, alias: &str) -> Option<QName> {
        let name = QName::new(&path.table, &path.column);
        let types = &self.catalogs.get(alias)?.catalog.types;
        (path.schema.is_none() && types.contains_key(&name)).then_some(name)
    }
}

fn is_table(path: &ColumnPath, table: &TableModel) -> bool {
    table.qname.name == path.table && path.schema.as_ref().is_none_or(|schema| *schema == table.qname.schema)
}

/// The diagnostic that the model of a table has no such column; none if that was reported with the column itself.
fn without(
    choices: ValueChoices,
    app: &App,
    (table, sql): (&TableModel, &Table),
    path: &ColumnPath,
    place: &Place,
) -> Option<Diagnostic> {
    if sql.column(&path.column).is_none() {
        let message = format!("the table `{}` has no column `{}`", table.qname, path.column);
        let near = nearest(&path.column, sql.columns.iter().map(|column| column.name.as_str()));
        return Some(missing(Diagnostic::error(UNKNOWN_COLUMN, message), place, near));
    }
    let settings = app.tables.iter().filter(|settings| apps::names(&settings.table.value, &table.qname));
    let mut columns = settings.flat_map(|settings| &settings.columns);
    let is_skipped = columns.any(|settings| settings.skip && settings.column.value == path.column);
    let by = match choices.unknown {
        _ if is_skipped => "skip: true",
        Some(UnknownChoice::Skipped) => "types: { unknown: skipped }",
        Some(UnknownChoice::Refused) | None => return None,
    };
    let message = format!("the column `{}` of `{}` is left out by `{by}`", path.column, table.qname);
    let help = format!("remove `{by}`, or this entry");
    Some(Diagnostic::error(UNKNOWN_COLUMN, message).at(place.clone()).help(help))
}

fn missing(diagnostic: Diagnostic, place: &Place, near: Option<&str>) -> Diagnostic {
    diagnostic.at(place.clone()).help(match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => "write it as `app.table.column`, or `app.schema.table.column`".to_owned(),
    })
}
