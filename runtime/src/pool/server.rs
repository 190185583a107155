//! The connections to one server: idle, or on loan; and the callers that wait for one.

use std::{
    error::Error as StdError,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use futures_util::FutureExt;
use tokio::{runtime::Handle, sync::oneshot};

use super::{
    commit,
    connector::Connector,
    group,
    known::{Knowledge, worth},
    lease::Lease,
    params::encode,
    queue::{Answer, Asking, Given, Next, Queue, Wants},
    session::Session,
    upkeep,
};
use crate::{
    cache::Caches,
    config::{ConnectionConfig, PoolConfig, ServerAddress},
    error::{Alias, Error, Result},
    sql::{Sharing, Statement},
};

/// The connections to one server.
pub(super) struct Server {
    connector: Connector,
    settings: PoolConfig,
    alias: Alias,
    caches: Arc<Caches>,
    knowledge: Arc<Knowledge>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The one used last is taken first, so that the others can grow old.
    idle: Vec<Idle>,
    /// Callers that wait; there are none while a connection is idle.
    queue: Queue,
    /// Connections that are open, whoever has them.
    open: usize,
    /// Connections that are being opened.
    opening: usize,
    closed: bool,
    upkeep: bool,
}

struct Idle {
    session: Arc<Session>,
    since: Instant,
}

/// How a statement on a pool goes on.
pub(crate) enum Asked {
    /// It runs on this connection, which is its own.
    Connection(Lease),
    /// It ran, together with others.
    Answer(Answer),
}

/// What a caller finds when it asks for a connection.
enum Found {
    /// And how long it was idle.
    Connection(Lease, Duration),
    Queued(u64, oneshot::Receiver<Given>),
    Closed,
}

/// How long a connection may have been idle and still be trusted without being asked.
const TRUSTED: Duration = Duration::from_secs(1);

/// How long a connection that was silent has to answer, at least.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long after a connection could not be opened another is tried, for those that still wait.
const RETRY: Duration = Duration::from_millis(200);

impl Server {
    pub fn new(
        server: &ServerAddress,
        config: &ConnectionConfig,
        alias: &Alias,
        caches: &Arc<Caches>,
    ) -> Result<Arc<Self>> {
        let knowledge = Arc::<Knowledge>::default();
        let connector = Connector::new(server, config.pooler, Arc::clone(alias), Arc::clone(&knowledge))?;
        let server = Arc::new(Self {
            connector,
            settings: config.pool.clone(),
            alias: Arc::clone(alias),
            caches: Arc::clone(caches),
            knowledge,
            state: Mutex::default(),
        });
        server.keep_up(&mut server.state());
        Ok(server)
    }

    pub fn connector(&self) -> &Connector {
        &self.connector
    }

    pub fn settings(&self) -> &PoolConfig {
        &self.settings
    }

    /// A connection for the caller alone.
    pub async fn lease(self: &Arc<Self>) -> Result<Lease> {
        match self.take_trusted() {
            Some(lease) => Ok(lease),
            None => self.wait_for_connection().boxed().await,
        }
    }

    /// Connects, unless there is a connection.
    pub async fn ready(self: &Arc<Self>) -> Result<()> {
        self.lease().await.map(drop)
    }

    /// A connection for a statement, or its answer where it was sent with others.
    pub async fn ask(self: &Arc<Self>, statement: &Statement<'_>, commits: bool) -> Result<Asked> {
        match self.take_trusted() {
            Some(lease) => Ok(Asked::Connection(lease)),
            None => self.wait(self.wants(statement, commits)).boxed().await,
        }
    }

    async fn wait_for_connection(self: &Arc<Self>) -> Result<Lease> {
        loop {
            if let Asked::Connection(lease) = self.wait(Wants::Connection).await? {
                return Ok(lease);
            }
        }
    }

    /// What a statement waits for: a connection, unless somebody else may send it with others.
    fn wants(&self, statement: &Statement<'_>, commits: bool) -> Wants {
        // One that was never run here is run alone first: nothing is known of it.
        let asking = self.knowledge.get(&statement.sql).and_then(|known| {
            let (work, for_many) = match statement.sharing {
                Sharing::Read => (known.work()?, None),
                Sharing::Find(text) => (known.work()?, Some(text)),
                Sharing::Commit if commits => (Duration::ZERO, None),
                Sharing::Commit | Sharing::Alone => return None,
            };
            let types = known.params()?;
            Some(Asking { values: encode(&types, &statement.values)?, types, for_many, work, known })
        });
        match asking {
            Some(asking) if matches!(statement.sharing, Sharing::Commit) => Wants::Write(asking),
            Some(asking) => Wants::Read(asking),
            None => Wants::Connection,
        }
    }

    /// Waits until `wants` is given, no longer than `acquire_timeout` whatever was tried in between.
    async fn wait(self: &Arc<Self>, mut wants: Wants) -> Result<Asked> {
        let deadline = tokio::time::Instant::now() + self.settings.acquire_timeout;
        loop {
            let given = match self.find(&mut wants) {
                Found::Closed => return Err(self.closed_error()),
                Found::Connection(lease, idle) => {
                    if idle < TRUSTED || self.answers(&lease, deadline).await {
                        return Ok(Asked::Connection(lease));
                    }
                    continue;
                }
                Found::Queued(number, told) => self.hear(number, told, deadline).await?,
            };
            match given {
                Given::Connection(lease) => return Ok(Asked::Connection(lease)),
                Given::Answer(answer) => return Ok(Asked::Answer(answer)),
                Given::Failed(error) => return Err(error),
                // What was wanted went into the queue: a connection is what is left in its place.
                Given::Alone => {}
            }
        }
    }

    /// Waits for what a caller in the queue is given.
    async fn hear(
        &self,
        number: u64,
        mut told: oneshot::Receiver<Given>,
        deadline: tokio::time::Instant,
    ) -> Result<Given> {
        let given = match tokio::time::timeout_at(deadline, &mut told).await {
            Ok(given) => given,
            Err(_) if self.state().queue.remove(number) => {
                let connection = Arc::clone(&self.alias);
                return Err(Error::PoolTimeout { connection, waited: self.settings.acquire_timeout });
            }
            // It has been served: its statement is on its way, or a connection is.
            Err(_) => told.await,
        };
        // Whoever was to answer ended with its runtime.
        given.map_err(|_| Error::OutcomeUnknown { connection: Arc::clone(&self.alias) })
    }

    /// A connection that was in use a moment ago.
    fn take_trusted(self: &Arc<Self>) -> Option<Lease> {
        let mut state = self.state();
        let idle = state.idle.pop_if(|idle| idle.since.elapsed() < TRUSTED && idle.session.is_usable())?;
        drop(state);
        Some(self.lend(idle.session))
    }

    /// A connection, or a place in the queue. What is wanted goes there, and [`Wants::Connection`] stays in its place.
    fn find(self: &Arc<Self>, wants: &mut Wants) -> Found {
        let mut state = self.state();
        if state.closed {
            return Found::Closed;
        }
        while let Some(idle) = state.idle.pop() {
            if idle.session.is_usable() {
                drop(state);
                return Found::Connection(self.lend(idle.session), idle.since.elapsed());
            }
            state.open -= 1;
        }
        let (number, told) = state.queue.push(std::mem::replace(wants, Wants::Connection));
        self.open_more(&mut state);
        self.keep_up(&mut state);
        Found::Queued(number, told)
    }

    fn lend(self: &Arc<Self>, session: Arc<Session>) -> Lease {
        session.written().tells(&self.caches);
        Lease::new(session, Arc::clone(self))
    }

    /// Asks a connection that was silent for a while whether it is there. If it does not answer in time, no other that
    /// was silent for as long is trusted either.
    async fn answers(&self, lease: &Lease, deadline: tokio::time::Instant) -> bool {
        let patience = tokio::time::Instant::now() + PATIENCE.max(worth(lease.round_trip()));
        match tokio::time::timeout_at(patience.min(deadline), lease.batch("")).await {
            Ok(answer) => answer.is_ok(),
            Err(_) => {
                tracing::warn!(
                    connection = &*self.alias,
                    "a connection that was idle does not answer, and is closed"
                );
                lease.break_off();
                self.close_silent();
                false
            }
        }
    }

    fn close_silent(&self) {
        let mut state = self.state();
        let (silent, trusted): (Vec<_>, Vec<_>) =
            std::mem::take(&mut state.idle).into_iter().partition(|idle| idle.since.elapsed() >= TRUSTED);
        state.idle = trusted;
        state.open -= silent.len();
        drop(state);
        silent.iter().for_each(|idle| idle.session.break_off());
    }

    /// Takes a connection back, and hands it to whoever waits.
    pub fn give_back(self: &Arc<Self>, session: Arc<Session>) {
        let mut state = self.state();
        if state.closed || !session.is_usable() || self.is_old(&session) {
            state.open -= 1;
            self.open_more(&mut state);
            return;
        }
        let open = state.open;
        let Some(next) = state.queue.next(session.round_trip(), open) else {
            state.idle.push(Idle { session, since: Instant::now() });
            return;
        };
        drop(state);
        let runtime = session.runtime().clone();
        let lease = self.lend(session);
        match next {
            // One that is not taken comes back here when it is dropped.
            Next::One(waiter) => drop(waiter.tell.send(Given::Connection(lease))),
            Next::Reads(waiters) => drop(runtime.spawn(group::run(lease, waiters))),
            Next::Writes(waiters) => drop(runtime.spawn(commit::run(lease, waiters))),
        }
    }

    /// A connection that cannot be given back is gone.
    pub fn discard(self: &Arc<Self>, session: &Session) {
        session.break_off();
        let mut state = self.state();
        state.open -= 1;
        self.open_more(&mut state);
    }

    fn is_old(&self, session: &Session) -> bool {
        self.settings.max_lifetime.is_some_and(|limit| session.age(Instant::now()) > limit)
    }

    /// Opens as many connections as callers wait for, and there may be.
    fn open_more(self: &Arc<Self>, state: &mut State) {
        if state.closed {
            return;
        }
        let Ok(runtime) = Handle::try_current() else { return };
        while state.opening < state.queue.len() && state.open + state.opening < self.settings.max_size {
            state.opening += 1;
            runtime.spawn(Opening(Arc::clone(self)).run());
        }
    }

    /// Opens a connection, should there be room for one more. Whoever needs it learns what is wrong, not the caller.
    pub async fn open_idle(self: &Arc<Self>) {
        let opening = {
            let mut state = self.state();
            if state.closed || state.open + state.opening >= self.settings.max_size {
                return;
            }
            state.opening += 1;
            Opening(Arc::clone(self))
        };
        opening.run().await;
    }

    /// Tells those that waited when a connection was tried, up to the caller `asked`, that none can be opened. Whether
    /// somebody still waits.
    fn cannot_open(&self, error: Error, asked: u64) -> bool {
        let mut state = self.state();
        // Of those on loan some may be lost, though whoever has them does not know it yet.
        if self.connector.count_open() > 0 {
            return !state.queue.is_empty();
        }
        let waiters = state.queue.drain_to(asked);
        let others_wait = !state.queue.is_empty();
        drop(state);
        let error = Arc::new(error);
        for waiter in waiters {
            let told = Box::new(Told(Arc::clone(&error)));
            let error = Error::Connect { connection: Arc::clone(&self.alias), source: told };
            drop(waiter.tell.send(Given::Failed(error)));
        }
        others_wait
    }

    fn keep_up(self: &Arc<Self>, state: &mut State) {
        if !state.upkeep
            && let Ok(runtime) = Handle::try_current()
        {
            state.upkeep = true;
            runtime.spawn(upkeep::run(Arc::downgrade(self), self.settings.clone()));
        }
    }

    /// The upkeep ended: with its runtime, or with the pool.
    pub fn upkeep_ended(&self) {
        self.state().upkeep = false;
    }

    /// Closes connections that are old, lost or were idle for long, and tells how many idle ones are missing.
    pub fn close_idle(&self) -> Option<usize> {
        let mut state = self.state();
        if state.closed {
            return None;
        }
        let mut spare = state.idle.len().saturating_sub(self.settings.min_idle);
        let before = state.idle.len();
        state.idle.retain(|idle| {
            let unused = self.settings.idle_timeout.is_some_and(|limit| idle.since.elapsed() > limit);
            let close = !idle.session.is_usable() || self.is_old(&idle.session) || (unused && spare > 0);
            spare = spare.saturating_sub(usize::from(close));
            !close
        });
        state.open -= before - state.idle.len();
        Some(self.settings.min_idle.saturating_sub(state.idle.len()))
    }

    /// Answers everyone who waits, and takes no more callers. Connections on loan are closed when they come back.
    pub fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        let idle = std::mem::take(&mut state.idle);
        state.open -= idle.len();
        let waiters = state.queue.drain_to(u64::MAX);
        drop(state);
        for waiter in waiters {
            drop(waiter.tell.send(Given::Failed(self.closed_error())));
        }
    }

    /// Waits until the last connection is gone, or `within` is over; how many are left.
    pub async fn closed(&self, within: Duration) -> usize {
        let _ = tokio::time::timeout(within, self.connector.all_gone()).await;
        self.connector.count_open()
    }

    pub fn size(&self) -> usize {
        self.state().open
    }

    fn closed_error(&self) -> Error {
        Error::PoolClosed { connection: Arc::clone(&self.alias) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection that is being opened. It has its place among those that there may be.
struct Opening(Arc<Server>);

impl Opening {
    async fn run(self) {
        let timeout = self.0.settings.acquire_timeout;
        loop {
            let asked = self.0.state().queue.last_number();
            let opened = tokio::time::timeout(timeout, self.0.connector.open()).await;
            let error = match opened {
                Ok(Ok(session)) => return self.opened(session),
                Ok(Err(error)) => error,
                Err(_) => {
                    let source = format!("no answer within {timeout:?}").into();
                    Error::Connect { connection: Arc::clone(&self.0.alias), source }
                }
            };
            if !self.0.cannot_open(error, asked) {
                return;
            }
            tokio::time::sleep(RETRY).await;
        }
    }

    fn opened(self, session: Session) {
        self.0.state().open += 1;
        let server = Arc::clone(&self.0);
        drop(self);
        server.give_back(Arc::new(session));
    }
}

impl Drop for Opening {
    fn drop(&mut self) {
        self.0.state().opening -= 1;
    }
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

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        f.debug_struct("Server")
            .field("alias", &self.alias)
            .field("open", &state.open)
            .field("idle", &state.idle.len())
            .field("waiting", &state.queue.len())
            .finish_non_exhaustive()
    }
}
