//! A write whose connection was lost may run on at its server. The caches of references are told of it when it is given
//! up, and could keep a row since that was read before the write is committed: so they are told until the server no longer
//! works on it (`a_lost_write_that_is_stored_later_outdates_caches`).

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use super::{server::Server, session::Session};
use crate::error::{Error, Result};

/// The pause between two questions to the server.
const PAUSE: Duration = Duration::from_millis(200);

/// How many times the caches are told where the server does not name the process: a pooler names another one.
const BLINDLY: u32 = 300;

/// Tells the caches of a write on this lost connection until it has ended.
pub(super) fn outlast(server: &Arc<Server>, session: &Session) {
    if session.may_have_changed() && server.caches().are_used() {
        let process = session.is_own().then(|| session.process());
        session.runtime().spawn(tell(Arc::downgrade(server), process));
    }
}

async fn tell(server: Weak<Server>, process: Option<i32>) {
    let mut times = 0;
    loop {
        tokio::time::sleep(PAUSE).await;
        let Some(server) = server.upgrade().filter(|server| !server.is_closed()) else { return };
        let runs = match process {
            Some(process) => runs(&server, process).await,
            None => Ok(times < BLINDLY),
        };
        server.caches().all_written();
        times += 1;
        // Without an answer nothing is known: the server may have been cut off together with the connection.
        if matches!(runs, Ok(false) | Err(Error::PoolClosed { .. })) {
            return;
        }
    }
}

/// Whether the server still has this process.
async fn runs(server: &Arc<Server>, process: i32) -> Result<bool> {
    let question =
        format!("SELECT FROM pg_catalog.pg_stat_activity WHERE pid OPERATOR(pg_catalog.=) {process}");
    Ok(server.lease().await?.first_row(&question).await?.is_some())
}
