//! The connections to one server: idle, or on loan; and the callers that wait for one.

mod closing;

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use futures_util::FutureExt;
use tokio::{runtime::Handle, sync::oneshot};

use super::{
    commit,
    connector::{Connector, Opened, Role},
    group,
    known::{Knowledge, worth},
    lease::Lease,
    neighbours::Neighbours,
    opening::Opening,
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
    role: Role,
    neighbours: Arc<Neighbours>,
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
    /// Connections that were opened before lead to a server that takes no writes any more.
    renewed: Option<Instant>,
    /// The server's last answer to a connection, where it was that it takes no more of them.
    no_room: Option<Arc<Error>>,
    closed: bool,
    upkeep: bool,
}

struct Idle {
    session: Arc<Session>,
    since: Instant,
}

impl Idle {
    fn is_trusted(&self) -> bool {
        let trusted = (self.session.round_trip() * TRUSTED_ROUND_TRIPS).clamp(TRUSTED, TRUSTED_AT_MOST);
        self.since.elapsed() < trusted
    }
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
    /// And whether it may be used without being asked whether it is there.
    Connection(Lease, bool),
    Queued(u64, oneshot::Receiver<Given>),
    Closed,
}

/// How long a connection may have been idle and still be trusted without being asked: a second, and longer where asking
/// takes long, so that it is never more than a small part of the time; but not as long as firewalls take to forget one.
const TRUSTED: Duration = Duration::from_secs(1);
const TRUSTED_ROUND_TRIPS: u32 = 64;
const TRUSTED_AT_MOST: Duration = Duration::from_secs(20);

/// How long a connection that was silent has to answer, at least.
const PATIENCE: Duration = Duration::from_secs(1);

impl Server {
    pub fn new(
        server: &ServerAddress,
        role: Role,
        config: &ConnectionConfig,
        alias: &Alias,
        caches: &Arc<Caches>,
    ) -> Result<Arc<Self>> {
        let knowledge = Arc::<Knowledge>::default();
        let connector = Connector::new(server, role, config.pooler, Arc::clone(alias))?;
        let neighbours = Neighbours::at(connector.host(), config.max_connections);
        let server = Arc::new(Self {
            role,
            neighbours,
            connector,
            settings: config.pool.clone(),
            alias: Arc::clone(alias),
            caches: Arc::clone(caches),
            knowledge,
            state: Mutex::default(),
        });
        server.neighbours.join(&server);
        server.keep_up(&mut server.state());
        Ok(server)
    }

    pub fn connector(&self) -> &Connector {
        &self.connector
    }

    pub fn neighbours(&self) -> &Arc<Neighbours> {
        &self.neighbours
    }

    pub fn alias(&self) -> &Alias {
        &self.alias
    }

    /// An open connection as one of this pool's.
    pub fn session(&self, opened: Opened) -> Session {
        Session::new(opened, Arc::clone(&self.alias), Arc::clone(&self.knowledge))
    }

    pub fn settings(&self) -> &PoolConfig {
        &self.settings
    }

    /// A connection for the caller alone.
    pub async fn lease(self: &Arc<Self>) -> Result<Lease> {
        match self.take_trusted() {
            Some(lease) => Ok(lease),
            None => self.connection_by(self.deadline()).boxed().await,
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
            None => self.ask_in_turn(statement, commits).boxed().await,
        }
    }

    async fn ask_in_turn(self: &Arc<Self>, statement: &Statement<'_>, commits: bool) -> Result<Asked> {
        let deadline = self.deadline();
        if commits && matches!(statement.sharing, Sharing::Commit) {
            self.describe(statement, deadline).await?;
        }
        self.wait(self.wants(statement, commits), deadline).await
    }

    /// Has a write described that was never run here: its values are written as the types that the server says. One of
    /// those that wait sees to it for all.
    async fn describe(
        self: &Arc<Self>,
        statement: &Statement<'_>,
        deadline: tokio::time::Instant,
    ) -> Result<()> {
        let known = self.knowledge.of(&statement.sql);
        if known.params().is_some() {
            return Ok(());
        }
        let _turn = known.describing.lock().await;
        if known.params().is_none() {
            // What the server refuses to read it refuses to run as well: whoever asked is told then.
            drop(self.connection_by(deadline).await?.prepare(statement).await);
        }
        Ok(())
    }

    async fn connection_by(self: &Arc<Self>, deadline: tokio::time::Instant) -> Result<Lease> {
        loop {
            if let Asked::Connection(lease) = self.wait(Wants::Connection, deadline).await? {
                return Ok(lease);
            }
        }
    }

    /// The end of `acquire_timeout`, for a caller that asks now.
    fn deadline(&self) -> tokio::time::Instant {
        tokio::time::Instant::now() + self.settings.acquire_timeout
    }

    /// What a statement waits for: a connection, unless somebody else may send it with others.
    fn wants(&self, statement: &Statement<'_>, commits: bool) -> Wants {
        let for_many = match statement.sharing {
            Sharing::Read => None,
            Sharing::Find(text) => Some(text),
            Sharing::Commit if commits => None,
            Sharing::Commit | Sharing::Alone => return Wants::Connection,
        };
        let is_write = matches!(statement.sharing, Sharing::Commit);
        // One that was never run here is run alone first: nothing is known of it.
        let asking = self.knowledge.get(&statement.sql).and_then(|known| {
            let work = if is_write { Duration::ZERO } else { known.work()? };
            let types = known.params()?;
            Some(Asking { values: encode(&types, &statement.values)?, types, for_many, work, known })
        });
        match asking {
            Some(asking) if is_write => Wants::Write(asking),
            Some(asking) => Wants::Read(asking),
            None => Wants::Connection,
        }
    }

    /// Waits until `wants` is given, not beyond the deadline whatever was tried in between.
    async fn wait(self: &Arc<Self>, mut wants: Wants, deadline: tokio::time::Instant) -> Result<Asked> {
        loop {
            let given = match self.find(&mut wants) {
                Found::Closed => return Err(self.closed_error()),
                Found::Connection(lease, is_trusted) => {
                    if is_trusted || self.answers(&lease, deadline).await {
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
            Err(_) if self.state().queue.remove(number) => return Err(self.waited_too_long()),
            // It has been served: its statement is on its way, or a connection is.
            Err(_) => told.await,
        };
        // Whoever was to answer ended with its runtime.
        given.map_err(|_| Error::OutcomeUnknown { connection: Arc::clone(&self.alias) })
    }

    /// What a caller is told that got no connection in time: what the server said, where it let none in.
    fn waited_too_long(&self) -> Error {
        let no_room = self.state().no_room.clone().filter(|_| self.connector.count_open() == 0);
        no_room.map_or_else(
            || Error::PoolTimeout {
                connection: Arc::clone(&self.alias),
                waited: self.settings.acquire_timeout,
            },
            |error| Error::shared(&error),
        )
    }

    /// A connection that was in use a moment ago.
    fn take_trusted(self: &Arc<Self>) -> Option<Lease> {
        let mut state = self.state();
        let idle = state.idle.pop_if(|idle| idle.is_trusted() && idle.session.is_usable())?;
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
                let is_trusted = idle.is_trusted();
                return Found::Connection(self.lend(idle.session), is_trusted);
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

    /// Takes a connection back, and hands it to whoever waits.
    pub fn give_back(self: &Arc<Self>, session: Arc<Session>) {
        let mut state = self.state();
        let is_left_behind = state.renewed.is_some_and(|renewed| session.opened() < renewed);
        if state.closed || !session.is_usable() || self.is_old(&session) || is_left_behind {
            state.open -= 1;
            self.open_more(&mut state);
            return;
        }
        let open = state.open;
        let Some(next) = state.queue.next(session.round_trip(), open) else {
            // Its place is worth more to another pool.
            if self.neighbours.are_waiting() {
                state.open -= 1;
                return;
            }
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
            runtime.spawn(Opening::new(Arc::clone(self)).run());
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
            Opening::new(Arc::clone(self))
        };
        opening.run().await;
    }

    /// Tells those that waited when a connection was tried, up to the caller `asked`, that none can be opened. Whether
    /// somebody still waits.
    pub fn cannot_open(&self, error: Error, asked: u64) -> bool {
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
            drop(waiter.tell.send(Given::Failed(Error::shared(&error))));
        }
        others_wait
    }

    /// Who asked last.
    pub fn last_asked(&self) -> u64 {
        self.state().queue.last_number()
    }

    /// Whether somebody waits for a connection.
    pub fn is_waited_for(&self) -> bool {
        let state = self.state();
        !state.closed && !state.queue.is_empty()
    }

    /// The server takes no more connections, for now.
    pub fn found_no_room(&self, error: Error) {
        self.state().no_room = Some(Arc::new(error));
    }

    pub fn opened(self: &Arc<Self>, session: Session) {
        let mut state = self.state();
        state.open += 1;
        state.no_room = None;
        drop(state);
        self.give_back(Arc::new(session));
    }

    pub fn opening_ended(&self) {
        self.state().opening -= 1;
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

    /// Its host and port.
    pub fn host(&self) -> String {
        self.connector.host()
    }

    /// Connections in use, and callers that wait for one.
    pub fn busy(&self) -> usize {
        let state = self.state();
        state.open - state.idle.len() + state.queue.len()
    }

    /// How many connections are open, how many of them are idle, and how many callers wait.
    pub fn counts(&self) -> (usize, usize, usize) {
        let state = self.state();
        (state.open, state.idle.len(), state.queue.len())
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
