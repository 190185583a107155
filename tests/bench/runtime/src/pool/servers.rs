//! The servers that pools are measured on, and proxies that put them at a distance.

use std::{collections::HashMap, net::SocketAddr, time::Duration};

use crate::{
    data::{self, Databases},
    peers::{Result, Urls},
    pool::{load::Storage, proxy},
};

/// Databases on servers of each kind, with all that is read under load.
pub struct Servers {
    forgetful: Databases,
    durable: Databases,
    slow: Databases,
    /// By server and round trip.
    proxies: HashMap<(SocketAddr, Duration), SocketAddr>,
}

impl Servers {
    /// Of `tests/run --exec`: the first one, and the third one made durable.
    ///
    /// # Errors
    /// Those of the servers.
    pub async fn create() -> Result<Self> {
        let (first, third) = (data::server(1)?, data::server(3)?);
        data::make_durable(&third).await?;
        let suffix = std::process::id();
        let create =
            async |server: &str, kind| Databases::create(server, server, &format!("{kind}_{suffix}")).await;
        let servers = Self {
            forgetful: create(&first, "forgetful").await?,
            durable: create(&third, "durable").await?,
            slow: create(&third, "slow").await?,
            proxies: HashMap::new(),
        };
        servers.forgetful.fill_for_pools().await?;
        servers.slow.delay_commits().await?;
        Ok(servers)
    }

    /// The databases on a server of some kind, as their owner sees them: without a distance.
    pub fn databases(&self, storage: Storage) -> &Databases {
        match storage {
            Storage::Forgetful => &self.forgetful,
            Storage::Durable => &self.durable,
            Storage::Slow => &self.slow,
        }
    }

    /// Where peers find them, so far away.
    ///
    /// # Errors
    /// Those of starting a proxy.
    pub fn urls(&mut self, storage: Storage, distance: Duration) -> Result<Urls> {
        let urls = self.databases(storage).urls().clone();
        if distance.is_zero() {
            return Ok(urls);
        }
        Ok(Urls { blog: self.far(&urls.blog, distance)?, accounts: self.far(&urls.accounts, distance)? })
    }

    fn far(&mut self, url: &str, distance: Duration) -> Result<String> {
        let parts = url.rsplit_once('@').and_then(|(user, place)| Some((user, place.split_once('/')?)));
        let (user, (server, database)) = parts.ok_or("a URL has a user, a server and a database")?;
        let server: SocketAddr = server.parse()?;
        let address = match self.proxies.get(&(server, distance)) {
            Some(address) => *address,
            None => proxy::start(server, distance)?,
        };
        self.proxies.insert((server, distance), address);
        Ok(format!("{user}@{address}/{database}"))
    }
}
