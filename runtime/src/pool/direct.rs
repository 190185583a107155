//! One connection outside any pool: for the generator, which reads a schema and goes.

use tokio_postgres::Client;

use super::{
    connector::{Connector, Role},
    neighbours::Neighbours,
};
use crate::{
    config::{Pooler, ServerAddress},
    error::{Alias, Error, Result},
};

/// Connects to a server, encrypted as its settings say. The connection's driver is a task that ends with the client.
///
/// Its statements have no names, whoever's the session is: nothing is known of what stands between, and a schema is read
/// by a few statements.
///
/// # Errors
/// [`Error::Connect`] if the server cannot be reached or refuses; its source is the driver's error. A setting that
/// cannot be used is [`Error::Config`].
pub async fn connect(server: &ServerAddress, alias: &str) -> Result<Client> {
    let alias: Alias = alias.into();
    // The generator says itself how long a statement of its own may take.
    let mut server = server.clone();
    server.statement_timeout = None;
    let connector = Connector::new(&server, Role::Replica, Some(Pooler::Transaction), alias.clone())?;
    let neighbours = Neighbours::at(connector.host(), None);
    match neighbours.enter() {
        Some(seat) => Ok(connector.open(seat).await?.client),
        None => Err(Error::Connect { connection: alias, source: "the server has no room".into() }),
    }
}
