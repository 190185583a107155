//! Relations that the manifest defines where the schema has no foreign key: as foreign keys that no server enforces.

use super::{apps, spots::is_unique, target::no_key};
use crate::{
    catalog::{Action, ForeignKey, Loaded, QName, Table},
    diagnostics::{Diagnostic, Diagnostics, UNKNOWN_COLUMN, UNKNOWN_TABLE, nearest},
    manifest::{App, RelationSettings, Spanned},
};

/// A relation of the manifest.
pub(super) struct OwnRelation<'a> {
    pub settings: &'a RelationSettings,
    /// The table that holds the key.
    pub child: &'a QName,
    /// The key, which no server checks: the row that it refers to may not exist.
    pub key: ForeignKey,
    /// Whether the manifest says that the key's columns identify a row of the child.
    pub is_key: bool,
}

/// The relations of the apps. Reports tables and columns that do not exist, and targets that are no key.
pub(super) fn of<'a>(
    apps: &[&'a App],
    loaded: &'a Loaded,
    diagnostics: &mut Diagnostics,
) -> Vec<OwnRelation<'a>> {
    let all = apps.iter().flat_map(|app| &app.relations);
    all.filter_map(|settings| one(apps, settings, loaded, diagnostics)).collect()
}

fn one<'a>(
    apps: &[&'a App],
    settings: &'a RelationSettings,
    loaded: &'a Loaded,
    diagnostics: &mut Diagnostics,
) -> Option<OwnRelation<'a>> {
    let (from, to) = (end(&settings.from, loaded, diagnostics), end(&settings.to, loaded, diagnostics));
    let (child, target) = (from?, to?);
    let columns = settings.from.value.1.clone();
    let target_columns = &settings.to.value.1;
    let target_table = loaded.catalog.tables.get(target)?;
    let is_key = |table: &QName, columns| apps.iter().any(|app| apps::says_key(app, table, columns));
    if !is_key(target, target_columns) && !is_unique(target_table, target_columns) {
        diagnostics.push(no_key(target_table, &target.name, target_columns).at(settings.to.place.clone()));
    }
    Some(OwnRelation {
        is_key: is_key(child, &columns),
        key: ForeignKey {
            // No constraint can have this name. The same columns may refer to rows of several tables.
            name: format!("\0{}\0{target}\0{}", columns.join("\0"), target_columns.join("\0")),
            columns,
            target: target.clone(),
            target_columns: target_columns.clone(),
            on_delete: Action::NoAction,
            on_update: Action::NoAction,
            match_full: false,
            deferrable: false,
            deferred: false,
            validated: false,
            enforced: false,
            period: false,
        },
        settings,
        child,
    })
}

/// The table of one end, if it exists and has the columns.
fn end<'a>(
    end: &Spanned<(String, Vec<String>)>,
    loaded: &'a Loaded,
    diagnostics: &mut Diagnostics,
) -> Option<&'a QName> {
    let (written, columns) = &end.value;
    let tables = || loaded.catalog.tables.iter();
    let found: Option<(&QName, &Table)> = tables().find(|(name, _)| apps::names(written, name));
    let Some((name, table)) = found else {
        let near = nearest(written, tables().map(|(name, _)| name.name.as_str()));
        let message = format!("there is no table or view `{written}` in this database");
        diagnostics.push(Diagnostic::error(UNKNOWN_TABLE, message).at(end.place.clone()).help(match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "write `table.column` or `schema.table.column`".to_owned(),
        }));
        return None;
    };
    let missing = columns.iter().find(|column| table.column(column).is_none());
    if let Some(column) = missing {
        let near = nearest(column, table.columns.iter().map(|column| column.name.as_str()));
        let message = format!("the table `{name}` has no column `{column}`");
        diagnostics.push(Diagnostic::error(UNKNOWN_COLUMN, message).at(end.place.clone()).help(match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "name a column of the table or view".to_owned(),
        }));
    }
    missing.is_none().then_some(name)
}
