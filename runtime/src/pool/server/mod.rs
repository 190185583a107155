//! The connections to one server, idle or leased, and the callers that wait for one.

mod closing;
mod shown;
mod waiting;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use futures_util::FutureExt;
use tokio::{runtime::Handle, sync::oneshot};

use super::{
    commit,
    connector::{Connector, Opened, Role},
    group, home,
    known::{Knowledge, worth},
    lease::Lease,
    neighbours::Neighbours,
    opening::Opening,
    params::encode,
    queue::{Answer, Asking, Given, Next, Queue, Wants},
    session::Session,
    tags::Tags,
    upkeep::{self, Upkeep},
};
use crate::{
    cache::Caches,
    config::{ConnectionConfig, PoolConfig, ServerAddress},
    error::{Alias, Error, Result},
    observe,
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
    /// The connection used last is taken first, so that the others reach their idle timeout.
    idle: Vec<Idle>,
    /// The callers that wait for a connection; there are none while a connection is idle.
    queue: Queue,
    /// How many connections are open, idle or leased.
    open: usize,
    /// Connections that are being opened.
    opening: usize,
    /// Connections that were opened before this moment lead to a server that no longer takes writes.
    renewed: Option<Instant>,
    /// The server's error, if its last answer to an attempt to connect was that it takes no more connections.
    no_room: Option<Arc<Error>>,
    closed: bool,
    upkeep: bool,
}

impl State {
    /// The connection used last, or the last one that is driven for as long as this caller waits, if there is one.
    fn take_idle(&mut self) -> Option<Idle> {
        match self.idle.iter().rposition(|idle| idle.session.is_driven_here()) {
            Some(place) => Some(self.idle.remove(place)),
            None => self.idle.pop(),
        }
    }

    /// How many connections more the waiting callers need, if there may be `most` in all.
    fn missing(&self, most: usize) -> usize {
        self.queue.len().min(most.saturating_sub(self.open)).saturating_sub(self.opening)
    }
}

struct Idle {
    session: Arc<Session>,
    since: Instant,
}

impl Idle {
    /// Whether it may be used without a check that it is still alive.
    fn is_trusted(&self) -> bool {
        self.was_used_lately() && self.session.is_driven_here()
    }

    fn was_used_lately(&self) -> bool {
        let trusted = (self.session.round_trip() * TRUSTED_ROUND_TRIPS).clamp(TRUSTED, TRUSTED_AT_MOST);
        self.since.elapsed() < trusted
    }
}

/// How a statement on a pool is run.
pub(crate) enum Asked {
    /// The caller runs the statement on this connection, which no other caller uses.
    Connection(Lease),
    /// The statement was run together with others, with this answer.
    Answer(Answer),
}

/// The result of looking for an idle connection.
enum Found {
    /// An idle connection, and whether it may be used without a check that it is still alive.
    Connection(Lease, bool),
    Queued(u64, oneshot::Receiver<Given>),
    Closed,
}

/// How long an idle connection is trusted to be alive without a check: one second, and longer where the round trip is
/// long, so that checks take only a small part of the time; but not as long as firewalls take to forget a connection.
const TRUSTED: Duration = Duration::from_secs(1);
const TRUSTED_ROUND_TRIPS: u32 = 64;
const TRUSTED_AT_MOST: Duration = Duration::from_secs(20);

/// The least time that an idle connection has to answer a check.
const PATIENCE: Duration = Duration::from_secs(1);

impl Server {
    pub fn new(
        server: &ServerAddress,
        role: Role,
        config: &ConnectionConfig,
        tags: &[(String, String)],
        alias: &Alias,
        caches: &Arc<Caches>,
    ) -> Result<Arc<Self>> {
        let knowledge = Arc::new(Knowledge::with(Tags::of(tags)));
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
        server.start_what_is_missing(server.state());
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

    pub fn caches(&self) -> &Caches {
        &self.caches
    }

    /// Makes an open connection into a session of this pool.
    pub fn session(&self, opened: Opened) -> Session {
        Session::new(opened, Arc::clone(&self.alias), Arc::clone(&self.knowledge))
    }

    pub fn settings(&self) -> &PoolConfig {
        &self.settings
    }

    /// Takes a connection that no other caller uses.
    pub async fn lease(self: &Arc<Self>) -> Result<Lease> {
        match self.take_trusted() {
            Some(lease) => Ok(lease),
            None => self.connection_by(self.deadline()).boxed().await,
        }
    }

    /// Connects, unless a connection is open already.
    pub async fn ready(self: &Arc<Self>) -> Result<()> {
        self.lease().await.map(drop)
    }

    /// Opens a connection beside those of the pool, for a question that is not to wait until one of them is free. None if
    /// the server has no room for it, or does not answer.
    pub async fn beside(&self) -> Option<Session> {
        let seat = self.neighbours.enter()?;
        let opened = self.connector.open(seat, self.settings.acquire_timeout).await.ok()?;
        Some(self.session(opened))
    }

    /// Takes a connection for a statement, or gives the statement's answer if it was sent together with others.
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

    /// Has the server describe a write that never ran on this pool, as its values are encoded as the types that the
    /// server expects. One of the waiting callers does so for all.
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
            // If the server cannot parse the statement, running it gives the same error, which its caller gets then.
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

    /// When a caller that asks now has waited for `acquire_timeout`.
    fn deadline(&self) -> tokio::time::Instant {
        tokio::time::Instant::now() + self.settings.acquire_timeout
    }

    /// What a statement waits for: its own connection, or that another caller sends it together with others.
    fn wants(&self, statement: &Statement<'_>, commits: bool) -> Wants {
        let for_many = match statement.sharing {
            Sharing::Read => None,
            Sharing::Find(text) => Some(text),
            Sharing::Commit if commits => None,
            Sharing::Commit | Sharing::Alone => return Wants::Connection,
        };
        let is_write = matches!(statement.sharing, Sharing::Commit);
        // A statement that never ran on this pool first runs alone: neither its duration nor its types are known.
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

    /// Takes an idle connection that was in use a moment ago.
    fn take_trusted(self: &Arc<Self>) -> Option<Lease> {
        let mut state = self.state();
        let idle = state.idle.pop_if(|idle| idle.is_trusted() && idle.session.is_usable())?;
        drop(state);
        observe::waited(&self.alias, Duration::ZERO);
        Some(self.lend(idle.session))
    }

    /// Takes an idle connection, or puts the caller into the queue. The queue takes `wants`, and
    /// [`Wants::Connection`] is left in its place.
    fn find(self: &Arc<Self>, wants: &mut Wants) -> Found {
        let mut state = self.state();
        if state.closed {
            return Found::Closed;
        }
        while let Some(idle) = state.take_idle() {
            if idle.session.is_usable() {
                drop(state);
                let is_trusted = idle.is_trusted();
                return Found::Connection(self.lend(idle.session), is_trusted);
            }
            state.open -= 1;
        }
        let (number, told) = state.queue.push(std::mem::replace(wants, Wants::Connection), home::here());
        self.start_what_is_missing(state);
        Found::Queued(number, told)
    }

    fn lend(self: &Arc<Self>, session: Arc<Session>) -> Lease {
        session.written().tells(&self.caches);
        session.starts_anew();
        Lease::new(session, Arc::clone(self))
    }

    /// Checks whether an idle connection still answers. If it does not answer in time, it is closed together with all
    /// other idle connections that are no more to be trusted.
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
                self.close_silent(lease);
                false
            }
        }
    }

    /// Takes a connection back, and hands it to the next waiting caller.
    pub fn give_back(self: &Arc<Self>, session: Arc<Session>) {
        let mut state = self.state();
        let is_left_behind = state.renewed.is_some_and(|renewed| session.opened() < renewed);
        if state.closed || !session.is_usable() || self.is_old(&session) || is_left_behind {
            state.open -= 1;
            self.start_what_is_missing(state);
            return;
        }
        let open = state.open;
        let Some(next) = state.queue.next(session.round_trip(), open, session.home()) else {
            // Another pool waits for room on the server and needs this connection's place more.
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
            // If the caller is gone, the lease is dropped here, which gives the connection back again.
            Next::One(waiter) => drop(waiter.tell.send(Given::Connection(lease))),
            Next::Reads(waiters) => drop(runtime.spawn(group::run(lease, waiters))),
            Next::Writes(waiters) => drop(runtime.spawn(commit::run(lease, waiters))),
        }
    }

    /// Removes a connection that cannot be given back.
    pub fn discard(self: &Arc<Self>, session: &Session) {
        session.break_off();
        let mut state = self.state();
        state.open -= 1;
        self.start_what_is_missing(state);
    }

    fn is_old(&self, session: &Session) -> bool {
        self.settings.max_lifetime.is_some_and(|limit| session.age(Instant::now()) > limit)
    }

    /// Starts the openings that the waiting callers need, up to `max_size` connections in all, and the upkeep.
    ///
    /// It lets go of the state first: a runtime that ends drops a task while it is spawned, and a task that is dropped
    /// says so to the state (`it_ends_whoever_waits_for_a_connection`).
    fn start_what_is_missing(self: &Arc<Self>, mut state: MutexGuard<'_, State>) {
        if state.closed {
            return;
        }
        let Ok(runtime) = Handle::try_current() else { return };
        let missing = state.missing(self.settings.max_size);
        state.opening += missing;
        let needs_upkeep = !std::mem::replace(&mut state.upkeep, true);
        drop(state);
        for _ in 0..missing {
            runtime.spawn(Opening::new(Arc::clone(self)).run());
        }
        if needs_upkeep {
            runtime.spawn(upkeep::run(Upkeep::of(self), self.settings.clone()));
        }
    }

    /// Opens a connection, if there is room for one more. An error goes to the callers in the queue, not to the
    /// caller of this.
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

    /// Gives the error to the callers that were waiting when the attempt to connect began (up to number `asked`).
    /// Returns whether others still wait.
    pub fn cannot_open(&self, error: Error, asked: u64) -> bool {
        let mut state = self.state();
        // Some of the leased connections may be lost, without their callers knowing it yet.
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

    /// The number of the caller that came last.
    pub fn last_asked(&self) -> u64 {
        self.state().queue.last_number()
    }

    /// Whether a caller waits for a connection.
    pub fn is_waited_for(&self) -> bool {
        let state = self.state();
        !state.closed && !state.queue.is_empty()
    }

    /// Notes that the server takes no more connections for now.
    pub fn found_no_room(&self, error: Error) {
        self.state().no_room = Some(Arc::new(error));
    }

    /// Takes in a connection that was counted as one that is being opened. There is no moment at which it counts as
    /// neither: another one would be opened in its place (`nothing_is_lost_or_done_twice` saw nine of eight).
    pub fn opened(self: &Arc<Self>, session: Session) {
        let mut state = self.state();
        state.opening -= 1;
        state.open += 1;
        state.no_room = None;
        drop(state);
        self.give_back(Arc::new(session));
    }

    /// Notes that no connection came of an opening. Callers that it was for, of other runtimes than the one that ends
    /// or come at the last moment, ask again and start another.
    pub fn opening_ended(&self) {
        let mut state = self.state();
        state.opening -= 1;
        let left = match state.missing(self.settings.max_size) {
            0 => Vec::new(),
            _ => state.queue.drain_to(u64::MAX),
        };
        drop(state);
        for waiter in left {
            drop(waiter.tell.send(Given::Alone));
        }
    }

    /// Notes that the upkeep task ended: with its runtime, or with the pool.
    pub fn upkeep_ended(&self) {
        self.state().upkeep = false;
    }

    fn closed_error(&self) -> Error {
        Error::PoolClosed { connection: Arc::clone(&self.alias) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
