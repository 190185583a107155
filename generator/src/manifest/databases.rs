//! Which apps share a database.

use super::{App, Manifest};

impl Manifest {
    /// The apps of each database, with the alias of its default connection: apps with one default connection share one
    /// database. Databases and apps come in the manifest's order.
    pub fn databases(&self) -> Vec<(&str, Vec<&App>)> {
        let mut databases: Vec<(&str, Vec<&App>)> = Vec::new();
        for app in &self.apps {
            let alias = app.default_connection.value.as_str();
            match databases.iter_mut().find(|(known, _)| *known == alias) {
                Some((_, apps)) => apps.push(app),
                None => databases.push((alias, vec![app])),
            }
        }
        databases
    }
}
