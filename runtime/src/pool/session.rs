//! A connection to a server, and the statements prepared on it.

mod condition;
mod preparing;

use std::{
    future::poll_fn,
    pin::pin,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Poll, ready},
    time::{Duration, Instant},
};

use futures_util::{FutureExt, Stream, TryStreamExt};
use tokio::runtime::Handle;
use tokio_postgres::{
    CancelToken, Client, Row, RowStream, SimpleQueryMessage, SimpleQueryRow, error::SqlState,
};

use super::{
    connector::{Driver, Farewell, Opened, PeerAddress},
    incoming::CursorNumber,
    known::{Knowledge, Known},
    statements::{Prepared, Statements},
    wire::SessionFacts,
};
use crate::{
    cache::Written,
    error::{Alias, Error, Result},
    observe,
    sql::{self, Param},
};

/// How often a statement is prepared again because its plan no longer fits: once, unless the schema changes anew between
/// the preparation and the statement, as it does where migrations follow each other (`migrations_while_the_program_is_at_work`).
const REPLANS: u32 = 4;

/// Whether a transaction is open: outside of one, `now()` is the start of the statement itself.
const IS_IN_TRANSACTION: &str =
    "SELECT pg_catalog.now() OPERATOR(pg_catalog.<>) pg_catalog.statement_timestamp()";

/// A function that is called with each row as it arrives.
pub(crate) type EachRow<'a> = &'a mut (dyn FnMut(&Row) -> Result<()> + Send);

/// An open connection to a server, and its session.
pub struct Session {
    client: Arc<Client>,
    alias: Alias,
    place: PeerAddress,
    database: Arc<str>,
    driver: Driver,
    is_own: bool,
    facts: Arc<SessionFacts>,
    settings: Option<String>,
    opened: Instant,
    statements: Arc<Statements>,
    knowledge: Arc<Knowledge>,
    /// The shortest time in which the server answered a statement, in nanoseconds.
    round_trip: AtomicU64,
    /// What tells the server's history from another's (`pool/outcome.rs`); none if the server does not tell, unset until it was asked.
    history: OnceLock<Option<String>>,
    state: SessionState,
    written: Written,
}

/// What has happened on a connection since it was opened.
#[derive(Default)]
struct SessionState {
    /// A caller went away before its statement was answered: the server may still be working on it.
    abandoned: AtomicBool,
    /// The caller's own SQL text ran, which may have changed the state of the session.
    free: AtomicBool,
    /// The caller's own SQL text ran, which may have called a function that changes the session.
    ran_own: AtomicBool,
    /// The caller's own SQL text may have prepared or deallocated statements.
    has_own_statements: AtomicBool,
    /// A caller is reading rows one by one.
    is_streaming: AtomicBool,
    /// The number of savepoints set so far.
    savepoints: AtomicU64,
    /// The numbers of the open cursors, one bit each.
    cursors: AtomicU64,
    /// The server refused to write because it, or the transaction, is read-only.
    was_read_only: AtomicBool,
    /// The server ended the connection, or the socket broke: the driver may take a moment longer to notice.
    lost: AtomicBool,
    /// The connection was lost right after a statement was sent, before the server gave any answer.
    found_dead: AtomicBool,
    /// The server refused a statement for a reason that may not occur again if its transaction is repeated.
    conflicted: AtomicBool,
    /// Something ran in the session's transaction that may have changed something.
    may_have_changed: AtomicBool,
    /// How far the server, a replica, had replayed the log when it was last asked on this connection.
    replayed: AtomicU64,
}

impl Session {
    pub(super) fn new(opened: Opened, alias: Alias, knowledge: Arc<Knowledge>) -> Self {
        Self {
            client: Arc::new(opened.client),
            alias,
            place: opened.place,
            database: opened.database,
            driver: opened.driver,
            is_own: opened.is_own,
            facts: opened.facts,
            settings: opened.settings,
            opened: Instant::now(),
            statements: Arc::default(),
            knowledge,
            round_trip: AtomicU64::new(nanos(opened.round_trip)),
            history: OnceLock::new(),
            state: SessionState::default(),
            written: Written::default(),
        }
    }

    /// The SQL that sets up the session, and is run again after a reset.
    pub(super) fn settings(&self) -> Option<&str> {
        self.settings.as_deref()
    }

    pub(super) fn client(&self) -> &Arc<Client> {
        &self.client
    }

    /// What tells the server's history from another's: `Some(None)` if the server does not tell, `None` if it was not
    /// asked yet.
    pub(super) fn history(&self) -> Option<Option<&str>> {
        self.history.get().map(Option::as_deref)
    }

    pub(super) fn set_history(&self, history: Option<&str>) {
        // A session begins one transaction at a time, so no other task has set it.
        let _ = self.history.set(history.map(str::to_owned));
    }

    /// A statement that is already prepared on this connection.
    pub(super) fn ready(&self, sql: &str) -> Option<Prepared> {
        self.statements.ready(sql)
    }

    /// The models whose tables were written in this session; the caches are to be told of them.
    pub(crate) fn written(&self) -> &Written {
        &self.written
    }

    pub(crate) fn alias(&self) -> &Alias {
        &self.alias
    }

    /// The runtime that drives the connection.
    pub(super) fn runtime(&self) -> &Handle {
        &self.driver.runtime
    }

    pub(super) fn is_usable(&self) -> bool {
        !self.state.lost.load(Ordering::Relaxed) && !self.client.is_closed()
    }

    pub(super) fn opened(&self) -> Instant {
        self.opened
    }

    pub(super) fn age(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.opened)
    }

    /// The shortest time in which the server answered a statement.
    pub(super) fn round_trip(&self) -> Duration {
        Duration::from_nanos(self.round_trip.load(Ordering::Relaxed))
    }

    /// Notes how long a statement took that had no other statement before it.
    pub(super) fn measure(&self, known: &Known, took: Duration) {
        let shortest = self.round_trip.load(Ordering::Relaxed);
        let took = nanos(took);
        if took < shortest {
            self.round_trip.store(took, Ordering::Relaxed);
        }
        known.measure(Duration::from_nanos(took.saturating_sub(shortest)));
    }

    /// Notes that a statement was sent whose answer no caller waits for.
    pub(crate) fn abandon(&self) {
        self.state.abandoned.store(true, Ordering::Relaxed);
    }

    /// Whether a statement was sent whose answer no caller waits for.
    pub(super) fn is_abandoned(&self) -> bool {
        self.state.abandoned.load(Ordering::Relaxed)
    }

    /// Notes that the server has answered every statement sent.
    pub(super) fn settled(&self) {
        self.state.abandoned.store(false, Ordering::Relaxed);
    }

    /// Notes that the caller's own SQL text ran, which may have left a transaction open or changed settings.
    pub(crate) fn mark_free(&self, effect: sql::Effect) {
        self.state.free.store(true, Ordering::Relaxed);
        self.note_own();
        if effect.changes_statements() {
            self.state.has_own_statements.store(true, Ordering::Relaxed);
        }
    }

    /// Notes that the caller's own SQL text ran, whose effect on the session nobody may know: it may call functions.
    pub(super) fn note_own(&self) {
        self.state.ran_own.store(true, Ordering::Relaxed);
    }

    /// Whether the caller's own SQL text ran since the last reset, on the connection itself or in one of our statements.
    pub(super) fn has_run_own(&self) -> bool {
        self.state.ran_own.load(Ordering::Relaxed)
    }

    /// Whether the caller's own SQL text prepared or deallocated statements since the last reset.
    pub(super) fn has_own_statements(&self) -> bool {
        self.state.has_own_statements.load(Ordering::Relaxed)
    }

    /// Whether the server refused a statement, since the last call, for a reason that may not occur again if its
    /// transaction is repeated.
    pub(crate) fn take_conflict(&self) -> bool {
        self.state.conflicted.swap(false, Ordering::Relaxed)
    }

    /// Notes whether a caller is reading rows one by one, which would hold up the answer to another statement.
    pub(crate) fn streams(&self, streams: bool) {
        self.state.is_streaming.store(streams, Ordering::Relaxed);
    }

    /// A number that no earlier savepoint of this session has.
    pub(crate) fn savepoint_number(&self) -> u64 {
        self.state.savepoints.fetch_add(1, Ordering::Relaxed)
    }

    /// A number for a new cursor. From the 64th open cursor on they share the last number, which the server refuses.
    pub(super) fn cursor_number(&self) -> CursorNumber<'_> {
        let taken = |open: u64| Some(open | (1 << open.trailing_ones().min(63)));
        let before = self.state.cursors.fetch_update(Ordering::Relaxed, Ordering::Relaxed, taken);
        CursorNumber::new(self, before.unwrap_or_default().trailing_ones().min(63))
    }

    pub(super) fn free_cursor(&self, number: u32) {
        self.state.cursors.fetch_and(!(1 << number), Ordering::Relaxed);
    }

    fn check_idle(&self) -> Result<()> {
        if self.state.is_streaming.load(Ordering::Relaxed) {
            return Err(Error::StreamOpen { connection: Arc::clone(&self.alias) });
        }
        Ok(())
    }

    /// Whether the caller's own SQL text, since the last reset, may have left a transaction open or changed settings.
    pub(crate) fn is_free(&self) -> bool {
        self.state.free.load(Ordering::Relaxed)
    }

    pub(super) fn cleaned(&self) {
        self.state.has_own_statements.store(false, Ordering::Relaxed);
        self.state.free.store(false, Ordering::Relaxed);
        self.state.ran_own.store(false, Ordering::Relaxed);
    }

    /// Notes that the server no longer has the statements that were prepared on this connection.
    pub(super) fn forget_statements(&self) {
        self.statements.clear();
    }

    /// The token that cancels the running statement, and the address to send it to.
    pub(super) fn cancel_token(&self) -> (CancelToken, &PeerAddress) {
        (self.client.cancel_token(), &self.place)
    }

    /// Closes the connection at once, even in the middle of a statement. Callers that wait for an answer get an
    /// error.
    pub(super) fn break_off(&self) {
        self.state.lost.store(true, Ordering::Relaxed);
        self.driver.task.abort();
    }

    /// Runs a statement, hands each row to `each` as it arrives, and counts the rows that it touched.
    pub(crate) async fn run(&self, statement: &sql::Statement<'_>, each: EachRow<'_>) -> Result<u64> {
        self.check_idle()?;
        self.note_change(statement);
        self.heard(async {
            observe::served_by(|| self.served_by());
            let prepared =
                self.prepare(statement).await.inspect_err(|error| self.note_dead(error, Instant::now()))?;
            let sent = Instant::now();
            let values = statement.values.iter().map(Param);
            let rows = self.client.query_raw(&prepared.statement, values).await;
            let rows = rows.map_err(|error| self.failed(statement, error));
            let mut rows = pin!(rows.inspect_err(|error| self.note_dead(error, sent))?);
            // One poll function for all rows: a future per row would save and load its state for each.
            poll_fn(|cx| -> Poll<Result<()>> {
                while let Some(row) = ready!(rows.as_mut().poll_next(cx)) {
                    // If the caller takes no more rows, the rest of the answer is still to come.
                    each(&row.map_err(|error| self.failed(statement, error))?)
                        .inspect_err(|_| self.abandon())?;
                }
                Poll::Ready(Ok(()))
            })
            .await?;
            self.measure(&prepared.known, sent.elapsed());
            Ok(rows.rows_affected().unwrap_or(0))
        })
        .await
    }

    /// As [`run`](Self::run), outside of a transaction: if the server refused the statement because its prepared plan
    /// no longer fits, nothing was done, and the statement is prepared and run again
    /// (`tests/tests/pool/plans.rs`). The statement must have been committed: see [`check_ended`](Self::check_ended).
    pub(crate) async fn run_apart(&self, statement: &sql::Statement<'_>, each: EachRow<'_>) -> Result<u64> {
        let mut left = REPLANS;
        let done = loop {
            match self.run(statement, each).await {
                Err(Error::StalePlan { .. }) if left > 0 && !self.may_be_in_transaction().await? => left -= 1,
                done => break done,
            }
        };
        let done = match done {
            Ok(touched) => Ok(touched),
            // Boxed: each statement's future would be larger by what hardly any of them needs.
            Err(error) => Err(Box::pin(self.as_told(self.apart(statement, error), false)).await),
        };
        if self.is_free() {
            return done.and_then(|touched| self.check_standbys().map(|()| touched));
        }
        let ended = self.check_ended().await;
        done.and_then(|touched| ended.map(|()| touched))
    }

    /// As [`query`](Self::query), outside of a transaction: prepares and runs a statement with a stale plan again.
    pub(crate) async fn query_apart(&self, statement: &sql::Statement<'_>) -> Result<RowStream> {
        let mut left = REPLANS;
        let rows = loop {
            match self.query(statement).await {
                Err(Error::StalePlan { .. }) if left > 0 && !self.may_be_in_transaction().await? => left -= 1,
                rows => break rows,
            }
        };
        rows.map_err(|error| self.apart(statement, error))
    }

    /// Whether the caller's own SQL text has left a transaction open.
    pub(crate) async fn may_be_in_transaction(&self) -> Result<bool> {
        Ok(self.is_free() && self.is_in_transaction().await?)
    }

    /// Whether a transaction is open, which includes one that failed.
    pub(super) async fn is_in_transaction(&self) -> Result<bool> {
        match self.heard(self.client.simple_query(IS_IN_TRANSACTION)).await {
            Ok(answer) => Ok(answer
                .iter()
                .any(|message| matches!(message, SimpleQueryMessage::Row(row) if row.get(0) == Some("t")))),
            Err(error) if error.code() == Some(&SqlState::IN_FAILED_SQL_TRANSACTION) => Ok(true),
            Err(error) => Err(self.sort(error)),
        }
    }

    /// The first row of the answer to a query, as text.
    pub(super) async fn first_row(&self, question: &str) -> Result<Option<SimpleQueryRow>> {
        let answer =
            self.heard(self.client.simple_query(question)).await.map_err(|error| self.sort(error))?;
        Ok(answer.into_iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        }))
    }

    /// Runs a statement and streams its rows.
    pub(crate) async fn query(&self, statement: &sql::Statement<'_>) -> Result<RowStream> {
        self.check_idle()?;
        self.note_change(statement);
        observe::served_by(|| self.served_by());
        self.heard(async {
            let prepared = self.prepare(statement).await?;
            let values = statement.values.iter().map(Param);
            let rows = self.client.query_raw(&prepared.statement, values).await;
            rows.map_err(|error| self.failed(statement, error))
        })
        .await
    }

    /// Runs a statement and collects its rows.
    pub(crate) async fn rows(&self, statement: &sql::Statement<'_>) -> Result<Vec<Row>> {
        self.heard(async {
            let rows = self.query(statement).await?;
            rows.try_collect().await.map_err(|error| self.failed(statement, error))
        })
        .await
    }

    /// Runs SQL text of one or more statements that take no values.
    pub(crate) async fn batch(&self, sql: &str) -> Result<()> {
        self.check_idle()?;
        let done = self.heard(self.client.batch_execute(sql)).await;
        done.map_err(|error| self.sort(error))
    }

    /// Waits for an answer; if the caller goes away first, the session is marked as abandoned.
    pub(super) async fn heard<T>(&self, answer: impl Future<Output = T>) -> T {
        let unheard = Unheard(self);
        let answer = answer.await;
        std::mem::forget(unheard);
        answer
    }

    /// Sends ROLLBACK without waiting for its answer; later statements on this connection run after it.
    pub(crate) fn roll_back(&self) {
        self.send("ROLLBACK");
    }

    /// Sends SQL text without waiting for its answer.
    pub(crate) fn send(&self, sql: &str) {
        // The driver sends a statement when it is first polled, and skips an answer that nobody waits for.
        let _ = self.client.batch_execute(sql).now_or_never();
    }

    /// Converts the driver's error. A statement whose plan no longer fits, or that was deallocated, is prepared anew
    /// the next time; so is one whose values do not fit the types that it was prepared with, as the schema may have changed
    /// since.
    pub(crate) fn failed(&self, statement: &sql::Statement<'_>, error: tokio_postgres::Error) -> Error {
        self.failed_text(&statement.sql, error).of_own_sql(statement.calls_unknown)
    }

    pub(super) fn failed_text(&self, sql: &str, error: tokio_postgres::Error) -> Error {
        let error = self.sort(error);
        let is_of_driver = matches!(&error, Error::Database { source, .. } if source.as_db_error().is_none());
        if is_of_driver || matches!(error, Error::StalePlan { .. }) {
            self.statements.forget(sql);
        }
        error
    }

    pub(super) fn sort(&self, error: tokio_postgres::Error) -> Error {
        if error.code() == Some(&SqlState::READ_ONLY_SQL_TRANSACTION) {
            self.state.was_read_only.store(true, Ordering::Relaxed);
        }
        let mut error = Error::from_driver(&self.alias, error);
        if let Error::ConnectionLost { reason, source, .. } = &mut error {
            self.state.lost.store(true, Ordering::Relaxed);
            if source.as_db_error().is_none() {
                *reason = self.driver.farewell.get().map(Farewell::to_string);
            }
        }
        if error.is_retryable() {
            self.state.conflicted.store(true, Ordering::Relaxed);
        }
        error
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Marks the session as abandoned if it is dropped before the answer has come.
struct Unheard<'s>(&'s Session);

impl Drop for Unheard<'_> {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("alias", &Arc::clone(&self.alias)).finish_non_exhaustive()
    }
}
