//! A host of a server, and how to connect to it.

use std::{net::IpAddr, time::Duration};

use tokio_postgres::Config;

use crate::config::ServerAddress;

/// One of the server's hosts, and how to connect to it.
pub(super) struct Host {
    pub name: String,
    pub port: u16,
    /// The host's address, if the settings give it: then its name is not looked up.
    pub address: Option<IpAddr>,
    pub config: Config,
    /// The settings that `config` was made from.
    pub settings: ServerAddress,
    /// How long each of the host's addresses has to answer, if there are other addresses or other hosts.
    pub patience: Duration,
}

impl Host {
    /// How to connect now: with the password that the password file has by now, if there is one
    /// (`a_password_file_that_changes_is_read_again`).
    pub fn config_now(&self) -> Config {
        let mut config = self.config.clone();
        if let Some(password) = self.settings.password_of_file(&self.name, self.port) {
            config.password(password.expose());
        }
        config
    }
}
