//! Relations that the manifest defines where the schema has no foreign key: as foreign keys that no server enforces.

use std::collections::BTreeSet;

use super::{
    apps,
    spots::is_unique,
    target::{no_key, of_whole_key},
};
use crate::{
    catalog::{Action, ForeignKey, Loaded, QName, Table},
    diagnostics::{
        Diagnostic, Diagnostics, RELATION_OF_KEY, REPEATED_ENTRY, UNKNOWN_COLUMN, UNKNOWN_TABLE, nearest,
    },
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

/// The relations of the apps. Reports tables and columns that do not exist, targets that are no key, and relations that
/// are there twice.
pub(super) fn of<'a>(
    apps: &[&'a App],
    loaded: &'a Loaded,
    diagnostics: &mut Diagnostics,
) -> Vec<OwnRelation<'a>> {
    let all = apps.iter().flat_map(|app| &app.relations);
    let relations: Vec<OwnRelation<'a>> =
        all.filter_map(|settings| one(apps, settings, loaded, diagnostics)).collect();
    let mut seen = BTreeSet::new();
    for relation in &relations {
        if seen.insert((relation.child, &relation.key.target, pairs(&relation.key))) {
            diagnostics.extend(of_foreign_key(relation, loaded));
        } else {
            let message = "another relation already leads from these columns to those";
            let place = relation.settings.from.place.clone();
            diagnostics
                .push(Diagnostic::error(REPEATED_ENTRY, message).at(place).help("remove one of the two"));
        }
    }
    relations
}

/// The key's columns, each with the one that it refers to.
fn pairs(key: &ForeignKey) -> BTreeSet<(&String, &String)> {
    key.columns.iter().zip(&key.target_columns).collect()
}

/// The warning that a foreign key of the schema makes this relation too: the two then get each a name that tells them
/// apart.
fn of_foreign_key(relation: &OwnRelation<'_>, loaded: &Loaded) -> Option<Diagnostic> {
    let OwnRelation { child, key, settings, .. } = relation;
    let mut keys = loaded.catalog.tables.get(*child)?.foreign_keys.iter();
    let same =
        keys.find(|other| !other.period && other.target == key.target && pairs(other) == pairs(key))?;
    let message = format!("the foreign key `{}` of `{child}` gives this relation already", same.name);
    let help = format!(
        "remove this entry; to give the foreign key's relation another name, write \
         `tables: {{ {child}: {{ relations: {{ ITS_NAME: OTHER_NAME }} }} }}`"
    );
    Some(Diagnostic::warning(RELATION_OF_KEY, message).at(settings.from.place.clone()).help(help))
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
        let no_key = no_key(target_table, &target.name, target_columns).at(settings.to.place.clone());
        diagnostics.push(of_whole_key(no_key, target_table, target_columns));
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
