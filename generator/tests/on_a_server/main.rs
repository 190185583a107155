//! The catalog of the DDL source is the catalog of a server that ran the same DDL. Each test starts a server of its own
//! from the programs on this machine.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed, its helpers included")]

mod cases;
mod command;
mod histories;
mod migrations;
mod random;
mod views;

use ormgen::{
    catalog::{Catalog, ddl, drift, drift_spelling::without_spellings, live},
    diagnostics::{Diagnostics, Severity, Source},
    scratch::Server,
};
use ormgen_runtime::config::ConnectionConfig;
use tokio_postgres::SimpleQueryMessage;

/// A server, and a thread's runtime to talk to it.
struct Judge {
    server: Server,
    runtime: tokio::runtime::Runtime,
}

/// One connection; statements are answered at once.
struct Connection<'j> {
    judge: &'j Judge,
    client: tokio_postgres::Client,
}

impl Judge {
    fn start() -> Self {
        let server = Server::start().expect("a PostgreSQL server on this machine");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Self { server, runtime }
    }

    fn connect(&self, database: &str) -> Connection<'_> {
        let url = self.server.url(database);
        let client = self.runtime.block_on(async {
            let (client, driver) =
                tokio_postgres::connect(&url, tokio_postgres::NoTls).await.expect("a connection");
            tokio::spawn(driver);
            client
        });
        Connection { judge: self, client }
    }

    /// A new, empty database.
    fn database(&self, name: &str) -> Connection<'_> {
        let outside = self.connect("postgres");
        outside
            .run(&format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)"))
            .expect("nothing of that name");
        outside.run(&format!("CREATE DATABASE \"{name}\" TEMPLATE template0")).expect("a database");
        self.connect(name)
    }

    /// What differs between a catalog and a database, as `ormgen diff` tells it.
    fn differences(&self, database: &str, ours: &Catalog) -> Vec<String> {
        let connection = ConnectionConfig::new("judge", self.server.url(database));
        let theirs = live::read_all(&[&connection], |_, _| {}).remove(0).expect("a catalog");
        let differences = drift::compare(ours, &theirs);
        let left =
            without_spellings(&connection, &[], ours, &theirs, differences).expect("a server that answers");
        left.iter().map(ToString::to_string).collect()
    }
}

impl Connection<'_> {
    /// The rows of a query, each value as text; NULL is empty.
    fn rows<const COLUMNS: usize>(&self, sql: &str) -> Vec<[String; COLUMNS]> {
        let messages = self.judge.runtime.block_on(self.client.simple_query(sql)).expect("rows");
        let row = |message| match message {
            SimpleQueryMessage::Row(row) => {
                Some(std::array::from_fn(|at| row.get(at).unwrap_or_default().to_owned()))
            }
            _ => None,
        };
        messages.into_iter().filter_map(row).collect()
    }

    fn run(&self, sql: &str) -> Result<(), String> {
        let result = self.judge.runtime.block_on(self.client.batch_execute(sql));
        result.map_err(|error| {
            error.as_db_error().map_or_else(|| error.to_string(), |error| error.message().to_owned())
        })
    }
}

/// The catalog of a text, and the errors in it as `CODE message`.
fn interpret(texts: &[(String, String)]) -> (Catalog, Vec<String>) {
    let sources: Vec<_> =
        texts.iter().map(|(name, text)| Source::new(name.as_str(), text.as_str())).collect();
    let mut diagnostics = Diagnostics::new();
    let loaded = ddl::interpret(&sources, &mut diagnostics);
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
    (loaded.catalog, errors.map(|error| format!("{} {}", error.code.id, error.message)).collect())
}
