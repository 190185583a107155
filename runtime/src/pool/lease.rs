//! The open connections to one server, handed out one by one.

use std::{ops::Deref, sync::Arc, time::Duration};

use deadpool::managed::{Object, PoolError, TimeoutType};
use tokio::runtime::Handle;

use super::{maintain, manager::Manager, session::Session};
use crate::{
    Result,
    config::{ConnectionConfig, ServerAddress},
    error::{Alias, Error},
};

/// The pool of one server.
#[derive(Debug)]
pub(super) struct Servers {
    pool: deadpool::managed::Pool<Manager>,
    acquire_timeout: Duration,
    alias: Alias,
}

impl Servers {
    pub fn new(server: &ServerAddress, config: &ConnectionConfig, alias: &Alias) -> Result<Self> {
        let settings = &config.pool;
        let manager = Manager::new(server, config, Arc::clone(alias))?;
        let pool = deadpool::managed::Pool::builder(manager)
            .max_size(settings.max_size)
            .wait_timeout(Some(settings.acquire_timeout))
            .create_timeout(Some(settings.acquire_timeout))
            .recycle_timeout(Some(settings.acquire_timeout))
            .runtime(deadpool::Runtime::Tokio1)
            .build()
            .map_err(|error| Error::Connect { connection: Arc::clone(alias), source: Box::new(error) })?;
        maintain::spawn(&pool, settings);
        Ok(Self { pool, acquire_timeout: settings.acquire_timeout, alias: Arc::clone(alias) })
    }

    pub async fn lease(&self) -> Result<Lease> {
        match self.pool.get().await {
            Ok(object) => Ok(Lease { session: Arc::clone(&object), object: Some(object) }),
            Err(error) => Err(self.refused(error)),
        }
    }

    pub fn close(&self) {
        self.pool.close();
    }

    /// Waits until the last connection is gone.
    pub async fn closed(&self) {
        self.pool.manager().all_gone().await;
    }

    pub fn size(&self) -> usize {
        self.pool.status().size
    }

    fn refused(&self, error: PoolError<Error>) -> Error {
        let connection = Arc::clone(&self.alias);
        match error {
            PoolError::Backend(error) => error,
            PoolError::Closed => Error::PoolClosed { connection },
            PoolError::Timeout(TimeoutType::Wait) => {
                Error::PoolTimeout { connection, waited: self.acquire_timeout }
            }
            PoolError::Timeout(_) => {
                let source = format!("no answer within {:?}", self.acquire_timeout).into();
                Error::Connect { connection, source }
            }
            other => Error::Connect { connection, source: Box::new(other) },
        }
    }
}

/// A connection on loan; it goes back to its pool when dropped.
#[derive(Debug)]
pub(crate) struct Lease {
    session: Arc<Session>,
    /// None while it is dropped.
    object: Option<Object<Manager>>,
}

impl Deref for Lease {
    type Target = Session;
    fn deref(&self) -> &Session {
        &self.session
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        // Whatever it was that held the connection, it is over.
        self.session.written().tell();
        if !self.session.take_abandoned() {
            return;
        }
        if let (Some(object), Ok(runtime)) = (self.object.take(), Handle::try_current()) {
            runtime.spawn(settle(object));
        }
    }
}

/// How long the server may take to finish what nobody waits for.
const GRACE: Duration = Duration::from_millis(100);

/// Gives a connection back when the server is done with it. One that takes long is told to stop and given up: the
/// request to cancel goes its own way, and could come late and hit the statement of whoever had the connection next.
async fn settle(object: Object<Manager>) {
    // The server answers in order: once this is answered, all before it is.
    if tokio::time::timeout(GRACE, object.batch("")).await.is_ok() {
        return;
    }
    if let Some(pool) = Object::pool(&object) {
        pool.manager().cancel(&object).await;
    }
    drop(Object::take(object));
}
