//! Opens one connection outside any pool: for the generator, which only reads a schema.

use std::time::Duration;

use tokio_postgres::Client;

use super::{
    connector::{Connector, Role},
    neighbours::Neighbours,
};
use crate::{
    config::{Pooler, ServerAddress},
    error::{Alias, Error, Result},
};

/// Connects to a server, encrypted as its settings say. The task that drives the connection ends with the client.
///
/// Statements are unnamed, whether or not a pooler shares the session: it is not known whether there is one, and a
/// schema is read with few statements.
///
/// # Errors
/// [`Error::Connect`] if the server cannot be reached or refuses the connection; its source is the driver's error.
/// [`Error::Config`] if a setting cannot be used.
pub async fn connect(server: &ServerAddress, alias: &str) -> Result<Client> {
    let alias: Alias = alias.into();
    // The generator sets the timeout of its own statements, and names everything with its schema.
    let mut server = server.clone();
    server.statement_timeout = None;
    server.search_path.clear();
    let connector = Connector::new(&server, Role::Replica, Some(Pooler::Transaction), alias.clone())?;
    let neighbours = Neighbours::at(connector.host(), None);
    match neighbours.enter() {
        Some(seat) => Ok(connector.open(seat, Duration::MAX).await?.client),
        None => Err(Error::Connect { connection: alias, source: "the server has no room".into() }),
    }
}
