//! A database of people, whose keys the tests choose: what is stored, and how often, can be told row by row.

use std::path::Path;

use ormgen_runtime::{Error, config::ConnectionConfig, prelude::*};

use crate::{
    generated::visits::{
        Databases,
        people::{NewPerson, Person},
    },
    server::{Server, TestDb},
};

/// A new database for people on that server.
pub async fn people_on(server: &Server) -> TestDb {
    let db = server.create_database("people").await;
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/visits/people.sql");
    db.batch(&std::fs::read_to_string(schema).expect("the schema can be read")).await;
    db
}

/// A new database on that server whose people are the rows of another database.
pub async fn people_of(remote: &TestDb, server: &Server) -> TestDb {
    let db = people_on(server).await;
    let foreign = remote.as_foreign_server("remote");
    db.batch(&format!(
        "{foreign} DROP TABLE people CASCADE;
         CREATE FOREIGN TABLE people (id bigint NOT NULL, name text NOT NULL) SERVER remote"
    ))
    .await;
    db
}

/// The databases of a program whose people are at that URL; the others are there as well, and not used.
pub fn databases(url: &str, settings: impl Fn(ConnectionConfig) -> ConnectionConfig) -> Databases {
    let connections = ["people", "people_eu", "log"].map(|alias| settings(ConnectionConfig::new(alias, url)));
    Databases::lazy(connections.into()).expect("the settings are right")
}

/// A person of that number.
pub fn person(id: i64) -> NewPerson {
    NewPerson { id, name: format!("p{id}") }
}

/// Stores a person of that number.
///
/// # Errors
/// Those of the pool and of the server.
pub async fn store(dbs: &Databases, id: i64) -> Result<(), Error> {
    Person::insert(person(id)).execute(dbs).await.map(drop)
}
