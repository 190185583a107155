//! The models of a database while relations are added to them.

use std::collections::HashMap;

use super::{
    data::{AppModel, ColumnModel, Database, TableModel},
    keys::Uncomparable,
    names,
    naming::{Named, Request, Resolved, distinct},
};
use crate::{
    catalog::{Catalog, QName, Table},
    manifest,
};

/// The position of a model: the index of its app in the database and of its table in the app.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Spot {
    app: usize,
    table: usize,
}

/// The position of each table's model.
pub(super) fn spots(database: &Database) -> HashMap<QName, Spot> {
    let mut spots = HashMap::new();
    for (app, of_app) in database.apps.iter().enumerate() {
        for (table, model) in of_app.tables.iter().enumerate() {
            spots.insert(model.qname.clone(), Spot { app, table });
        }
    }
    spots
}

/// The model at that position.
pub(super) fn model_mut(database: &mut Database, spot: Spot) -> Option<&mut TableModel> {
    database.apps.get_mut(spot.app).and_then(|app| app.tables.get_mut(spot.table))
}

/// A database's models, and the manifest's apps that they belong to.
#[derive(Clone, Copy)]
pub(super) struct Models<'a> {
    pub database: &'a Database,
    pub apps: &'a [&'a manifest::App],
}

impl<'a> Models<'a> {
    pub fn get(&self, spot: Spot) -> Option<&'a TableModel> {
        self.database.apps.get(spot.app).and_then(|app| app.tables.get(spot.table))
    }

    /// The app of the model at that position.
    pub fn app(&self, spot: Spot) -> Option<&'a manifest::App> {
        self.apps.get(spot.app).copied()
    }

    pub fn columns(&self, spot: Spot, names: &[String]) -> Result<Vec<&'a ColumnModel>, Uncomparable> {
        let columns = self.get(spot).map_or(&[][..], |table| &table.columns);
        names
            .iter()
            .map(|name| columns.iter().find(|column| column.sql_name == *name).ok_or(Uncomparable::LeftOut))
            .collect()
    }

    /// The table, as names are made from it.
    pub fn named<'n>(&self, spot: Spot, name: &'n QName) -> Named<'n>
    where
        'a: 'n,
    {
        let main_schema = self.database.apps.get(spot.app).map_or("", |app| &app.main_schema);
        match self.app(spot) {
            Some(app) => names::named_in(app, name, main_schema),
            None => Named::new(&name.schema, &name.name, main_schema),
        }
    }

    /// The struct at `spot`.
    pub fn name(&self, spot: Spot) -> &'a str {
        self.get(spot).map_or("", |table| table.name.as_str())
    }

    /// The struct at `to`, as the file of the table at `from` names it.
    pub fn path(&self, from: Spot, to: Spot) -> String {
        if from == to {
            return "Self".to_owned();
        }
        let app: Option<&AppModel> = self.database.apps.get(to.app);
        let name = self.name(to);
        match app.and_then(|app| app.module.as_ref()) {
            Some(module) if from.app != to.app => format!("super::super::{module}::{name}"),
            _ => format!("super::{name}"),
        }
    }
}

/// Names for constants that are added to a model. The constants that it has so far keep their names.
pub(super) fn named_beside<'a>(
    constants: impl Iterator<Item = &'a String>,
    requests: impl Iterator<Item = Request>,
) -> impl Iterator<Item = Resolved> {
    let taken: Vec<Request> = constants.map(|constant| Request::taken(constant)).collect();
    let count = taken.len();
    distinct(taken.into_iter().chain(requests)).into_iter().skip(count)
}

/// Whether at most one row can have these columns' values, among the rows that are read from the table: those of the tables
/// that inherit from it are too, and no key of its own binds them
/// (<https://www.postgresql.org/docs/current/ddl-inherit.html#DDL-INHERIT-CAVEATS>).
pub(super) fn is_unique_when_read(
    catalog: &Catalog,
    name: &QName,
    table: &Table,
    columns: &[String],
) -> bool {
    is_unique(table, columns) && !catalog.tables.values().any(|child| child.inherits.contains(name))
}

/// Whether at most one row of the table itself can have these columns' values.
pub(super) fn is_unique(table: &Table, columns: &[String]) -> bool {
    let within = |key: &[String]| key.iter().all(|column| columns.contains(column));
    let indexes = table.indexes.iter().filter(|index| index.unique && !index.partial);
    table.primary_key.iter().chain(&table.uniques).any(|key| within(&key.columns))
        || indexes.into_iter().any(|index| {
            let names: Option<Vec<String>> = index.columns.iter().cloned().collect();
            names.is_some_and(|names| within(&names))
        })
}
