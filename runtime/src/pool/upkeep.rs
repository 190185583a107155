//! A task per server that closes connections that are too old or were idle for too long, and keeps `min_idle` open.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use super::server::Server;
use crate::{
    config::PoolConfig,
    observe::{self, ConnectionCounts},
};

/// The longest pause between two checks of a pool; each check also reports the pool's size to the metrics.
const PAUSE: Duration = Duration::from_secs(if cfg!(feature = "metrics") { 1 } else { 30 });

/// Checks the server's connections until its pool is closed or dropped.
pub(super) async fn run(upkeep: Upkeep, settings: PoolConfig) {
    let place = upkeep.0.upgrade().map(|server| (Arc::clone(server.alias()), server.host()));
    check(&upkeep.0, &settings).await;
    // A gauge shows its last value for ever, also that of a pool that is gone.
    if let Some((alias, host)) = place.filter(|_| cfg!(feature = "metrics")) {
        observe::pool(&alias, &host, ConnectionCounts::default());
    }
}

async fn check(server: &Weak<Server>, settings: &PoolConfig) {
    let shortest = settings.idle_timeout.into_iter().chain(settings.max_lifetime).min();
    let pause = shortest.map_or(PAUSE, |limit| (limit / 4).clamp(Duration::from_millis(50), PAUSE));
    while let Some(server) = server.upgrade() {
        let Some(missing) = server.close_idle() else { return };
        if cfg!(feature = "metrics") {
            observe::pool(server.alias(), &server.host(), server.counts());
        }
        futures_util::future::join_all((0..missing).map(|_| server.open_idle())).await;
        drop(server);
        tokio::time::sleep(pause).await;
    }
}

/// Notes when the task ends, also when it ends with its runtime: the next caller then starts another.
///
/// It is made before the task: a runtime that has ended drops the task before it runs.
pub(super) struct Upkeep(Weak<Server>);

impl Upkeep {
    pub fn of(server: &Arc<Server>) -> Self {
        Self(Arc::downgrade(server))
    }
}

impl Drop for Upkeep {
    fn drop(&mut self) {
        if let Some(server) = self.0.upgrade() {
            server.upkeep_ended();
        }
    }
}
