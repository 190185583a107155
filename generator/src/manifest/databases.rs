//! Which apps share a database.

use super::{App, Manifest};

impl Manifest {
    /// The apps of each database, with the alias of its default connection: apps with one default connection share one
    /// database. Databases and apps come in the manifest's order.
    pub fn databases(&self) -> Vec<(&str, Vec<&App>)> {
        let mut databases: Vec<(&str, Vec<&App>)> = Vec::new();
        for app in &self.apps {
            let alias = app.default_connection.value.as_str();
            if databases.iter().all(|(known, _)| *known != alias) {
                databases.push((alias, self.apps_of(alias).collect()));
            }
        }
        databases
    }

    /// The apps of the database whose default connection has this alias, in the manifest's order.
    pub fn apps_of(&self, database: &str) -> impl Iterator<Item = &App> {
        self.apps.iter().filter(move |app| app.default_connection.value == database)
    }
}
