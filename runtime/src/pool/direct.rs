//! One connection outside any pool: for the generator, which reads a schema and goes.

use tokio_postgres::Client;

#[cfg(feature = "tls")]
use super::tls;
use crate::{
    config::ServerAddress,
    error::{Alias, Error, Result},
};

/// Connects to a server, encrypted as its settings say. The connection's driver is a task that ends with the client.
///
/// # Errors
/// [`Error::Connect`] if the server cannot be reached or refuses; its source is the driver's error. A setting that
/// cannot be used is [`Error::Config`].
pub async fn connect(server: &ServerAddress, alias: &str) -> Result<Client> {
    let alias: Alias = alias.into();
    let config = server.to_pg_config()?;
    #[cfg(feature = "tls")]
    let connected = config.connect(tls::connector(&server.tls, &alias)?).await;
    #[cfg(not(feature = "tls"))]
    let connected = config.connect(tokio_postgres::NoTls).await;
    let (client, driver) = connected.map_err(|error| Error::not_connected(&alias, Box::new(error)))?;
    tokio::spawn(async move {
        if let Err(error) = driver.await {
            tracing::debug!(connection = &*alias, %error, "connection lost");
        }
    });
    Ok(client)
}
