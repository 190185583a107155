//! The open connections to one server: some handed out one by one, some shared by all.

use std::{
    error::Error as StdError,
    fmt,
    ops::Deref,
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};

use deadpool::managed::{Manager as _, Object, PoolError, TimeoutType};
use futures_util::{
    FutureExt,
    future::{Either, select},
};
use tokio::runtime::Handle;

use super::{
    lane::{Answer, Lane, Sent},
    lanes::{Lanes, Pick},
    maintain,
    manager::Manager,
    params::encode,
    pulse::Start,
    session::Session,
};
use crate::{
    config::{ConnectionConfig, PoolConfig, ServerAddress},
    error::{Alias, Error, Result},
    sql,
};

/// The pool of one server.
#[derive(Debug)]
pub(super) struct Server {
    pool: deadpool::managed::Pool<Manager>,
    /// None where every statement has a connection of its own.
    lanes: Option<Arc<Lanes>>,
    acquire_timeout: Duration,
    alias: Alias,
}

/// A place for one statement.
enum Seat {
    /// And when it was found free.
    Lane(Arc<Lane>, Instant),
    Alone(Lease),
}

/// What became of a statement that may share a connection.
pub(crate) enum Asked {
    Answer(Answer),
    /// It is to run on this one.
    Alone(Lease),
}

/// An error that several callers are told.
#[derive(Debug)]
struct Told(Arc<Error>);

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for Told {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}

impl Server {
    pub fn new(server: &ServerAddress, config: &ConnectionConfig, alias: &Alias) -> Result<Self> {
        let settings = &config.pool;
        let shared = settings.shared();
        let own = PoolConfig {
            max_size: settings.max_size - shared,
            min_idle: settings.min_idle.saturating_sub(shared),
            ..settings.clone()
        };
        let manager = Manager::new(server, config, Arc::clone(alias))?;
        let pool = deadpool::managed::Pool::builder(manager)
            .max_size(own.max_size)
            .wait_timeout(Some(settings.acquire_timeout))
            .create_timeout(Some(settings.acquire_timeout))
            .recycle_timeout(Some(settings.acquire_timeout))
            .runtime(deadpool::Runtime::Tokio1)
            .build()
            .map_err(|error| Error::Connect { connection: Arc::clone(alias), source: Box::new(error) })?;
        let lanes = (shared > 0).then(|| Lanes::new(&pool, settings, alias));
        maintain::spawn(&pool, &own, lanes.as_ref());
        Ok(Self { pool, lanes, acquire_timeout: settings.acquire_timeout, alias: Arc::clone(alias) })
    }

    /// A connection for the caller alone.
    pub async fn lease(&self) -> Result<Lease> {
        match self.pool.get().await {
            Ok(object) => Ok(Lease { session: Arc::clone(&object), object: Some(object) }),
            Err(error) => Err(self.refused(error)),
        }
    }

    /// Connects, unless there is a connection.
    pub async fn ready(&self) -> Result<()> {
        match &self.lanes {
            Some(lanes) => self.seat(lanes).await.map(drop),
            None => self.lease().await.map(drop),
        }
    }

    /// Runs a statement on a lane, or else says on which connection it has to run.
    pub async fn ask(&self, call: &sql::Statement<'_>) -> Result<Asked> {
        let Some(lanes) = &self.lanes else { return self.lease().await.map(Asked::Alone) };
        // Who closes the pool waits for what was sent, also while it changes its place.
        let mut begun = None;
        loop {
            let (lane, at) = match self.seat(lanes).await {
                Ok(Seat::Lane(lane, at)) => (lane, at),
                Ok(Seat::Alone(lease)) => return Ok(Asked::Alone(lease)),
                Err(Error::PoolClosed { .. }) if begun.is_some() => break,
                Err(error) => return Err(error),
            };
            let statement = match lane.session.prepare(call).await {
                Err(Error::Cancelled { .. }) => break,
                prepared => prepared?,
            };
            let Some(params) = encode(&statement, &call.values) else { break };
            match lane.send(call, statement, params, at) {
                Sent::Waiting(answer) => {
                    let start = answer.begins().await;
                    if start == Start::Answer {
                        return Ok(Asked::Answer(answer));
                    }
                    begun = Some(self.pool.manager().count());
                    if start == Start::Alone {
                        break;
                    }
                }
                Sent::Passed => {}
                Sent::Failed(error) => return Err(error),
            }
        }
        match self.lease().await {
            Err(Error::PoolClosed { .. }) if begun.is_some() => self.beside().await,
            lease => lease,
        }
        .map(Asked::Alone)
    }

    /// A connection that the pool knows nothing of: for a statement that was under way when the pool was closed.
    async fn beside(&self) -> Result<Lease> {
        let session = self.pool.manager().create().await?;
        Ok(Lease { session, object: None })
    }

    /// A place for one statement.
    async fn seat(&self, lanes: &Arc<Lanes>) -> Result<Seat> {
        match lanes.pick() {
            Pick::Lane(lane, at) => Ok(Seat::Lane(lane, at)),
            pick => self.wait_for_seat(lanes, pick).boxed().await,
        }
    }

    async fn wait_for_seat(&self, lanes: &Arc<Lanes>, mut pick: Pick) -> Result<Seat> {
        loop {
            match pick {
                Pick::Lane(lane, at) => return Ok(Seat::Lane(lane, at)),
                Pick::Opening(opening) => opening.await.map_err(|error| self.told(error))?,
                Pick::Closed => return Err(self.refused(PoolError::Closed)),
                Pick::Full => break,
            }
            pick = lanes.pick();
        }
        let mut lease = pin!(self.lease());
        loop {
            match select(lease.as_mut(), pin!(lanes.freed())).await {
                Either::Left((lease, _)) => return lease.map(Seat::Alone),
                Either::Right(_) => {}
            }
            if let Pick::Lane(lane, at) = lanes.pick() {
                return Ok(Seat::Lane(lane, at));
            }
        }
    }

    pub fn close(&self) {
        self.pool.close();
        self.lanes.iter().for_each(|lanes| lanes.close());
    }

    /// Waits until the last connection is gone.
    pub async fn closed(&self) {
        if let Some(lanes) = &self.lanes {
            lanes.closed().await;
        }
        self.pool.manager().all_gone().await;
    }

    pub fn size(&self) -> usize {
        self.pool.status().size + self.lanes.as_ref().map_or(0, |lanes| lanes.size())
    }

    /// What one caller's attempt to connect told, for another one that waited for it.
    fn told(&self, error: Arc<Error>) -> Error {
        Error::Connect { connection: Arc::clone(&self.alias), source: Box::new(Told(error)) }
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
    /// None while it is dropped, and if it is not of the pool.
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
        pool.manager().cancel(&object.cancel_token()).await;
    }
    drop(Object::take(object));
}
