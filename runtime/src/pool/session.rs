//! One connection to a server and the statements prepared on it.

use std::{
    borrow::Cow,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use futures_util::{FutureExt, TryStreamExt};
use tokio::sync::{oneshot, watch};
use tokio_postgres::{
    CancelToken, Client, Row, RowStream, Statement,
    error::{DbError, SqlState},
};

use super::{
    pulse::Pulse,
    statements::{Claim, Statements},
};
use crate::{
    cache::Written,
    error::{Alias, Error, Result, stale_plan},
    sql::{self, Param},
};

/// An open connection.
pub struct Session {
    client: Arc<Client>,
    alias: Alias,
    statements: Arc<Statements>,
    /// A lane's.
    pulse: Option<Arc<Pulse>>,
    /// A caller went away before its statement was answered: the server may still be at work on it.
    abandoned: AtomicBool,
    /// The server said good-bye, or the socket broke: the driver may take a moment longer to notice.
    lost: AtomicBool,
    written: Written,
}

impl Session {
    pub(super) fn new(client: Client, alias: Alias, pulse: Option<Arc<Pulse>>) -> Self {
        let (statements, abandoned, lost, written) = Default::default();
        Self { client: Arc::new(client), alias, statements, pulse, abandoned, lost, written }
    }

    pub(super) fn client(&self) -> &Arc<Client> {
        &self.client
    }

    /// What was written on it that others are to be told of.
    pub(crate) fn written(&self) -> &Written {
        &self.written
    }

    pub(crate) fn alias(&self) -> &Alias {
        &self.alias
    }

    pub(super) fn is_usable(&self) -> bool {
        !self.lost.load(Ordering::Relaxed) && !self.client.is_closed()
    }

    /// Notes that a statement was sent whose answer nobody waits for.
    pub(crate) fn abandon(&self) {
        self.abandoned.store(true, Ordering::Relaxed);
    }

    /// Whether there was such a statement since this was last asked.
    pub(super) fn take_abandoned(&self) -> bool {
        self.abandoned.swap(false, Ordering::Relaxed)
    }

    /// What stops the statement that the server is at work on.
    pub(super) fn cancel_token(&self) -> CancelToken {
        self.client.cancel_token()
    }

    /// Runs a statement and streams its rows.
    pub(crate) async fn query(&self, call: &sql::Statement<'_>) -> Result<RowStream> {
        self.heard(async {
            let statement = self.prepare(call).await?;
            let rows = self.client.query_raw(&statement, call.values.iter().map(Param)).await;
            rows.map_err(|error| self.failed(call, error))
        })
        .await
    }

    /// Runs a statement and collects its rows.
    pub(crate) async fn rows(&self, call: &sql::Statement<'_>) -> Result<Vec<Row>> {
        self.heard(async {
            let rows = self.query(call).await?;
            rows.try_collect().await.map_err(|error| self.failed(call, error))
        })
        .await
    }

    /// Runs a statement and counts the rows it touched.
    pub(crate) async fn execute(&self, call: &sql::Statement<'_>) -> Result<u64> {
        self.heard(async {
            let statement = self.prepare(call).await?;
            let count = self.client.execute_raw(&statement, call.values.iter().map(Param)).await;
            count.map_err(|error| self.failed(call, error))
        })
        .await
    }

    /// Runs statements that take no values, as text.
    pub(crate) async fn batch(&self, sql: &str) -> Result<()> {
        let done = self.heard(self.client.batch_execute(sql)).await;
        done.map_err(|error| self.sort(error))
    }

    /// Waits for an answer; if the caller goes away first, the session knows.
    pub(super) async fn heard<T>(&self, answer: impl Future<Output = T>) -> T {
        let unheard = Unheard(self);
        let answer = answer.await;
        std::mem::forget(unheard);
        answer
    }

    /// Sends ROLLBACK without waiting for it: whatever is sent on this connection later comes after it.
    pub(crate) fn roll_back(&self) {
        self.send("ROLLBACK");
    }

    /// Sends statements without waiting for them.
    pub(crate) fn send(&self, sql: &'static str) {
        // The driver sends a statement when it is first polled, and passes over the answer nobody waits for.
        let _ = self.client.batch_execute(sql).now_or_never();
    }

    pub(super) async fn prepare(&self, call: &sql::Statement<'_>) -> Result<Statement> {
        match self.statements.ready(&call.sql) {
            Some(statement) => Ok(statement),
            // Boxed, as it is rare: every query's future would be as large as this one, and its type as deep.
            None => self.prepare_once(call.sql.clone()).boxed().await.map_err(|error| self.sort(error)),
        }
    }

    /// However many ask for a statement at the same time, one prepares it and the others wait.
    async fn prepare_once(&self, sql: Cow<'static, str>) -> Result<Statement, tokio_postgres::Error> {
        loop {
            match self.statements.claim(&sql) {
                Claim::Ready(statement) => return Ok(statement),
                Claim::Wait(mut coming) => while coming.changed().await.is_ok() {},
                Claim::Mine(done) => {
                    let prepared = self.prepare_apart(sql.clone(), done).await;
                    // No answer if the task ended with its runtime.
                    return match prepared {
                        Ok(prepared) => prepared,
                        Err(_) => self.client.prepare(&sql).await,
                    };
                }
            }
        }
    }

    /// Prepares in a task of its own: a caller that is dropped, or not polled, must not keep the others waiting.
    fn prepare_apart(
        &self,
        sql: Cow<'static, str>,
        done: watch::Sender<()>,
    ) -> oneshot::Receiver<Result<Statement, tokio_postgres::Error>> {
        let (client, statements) = (Arc::clone(&self.client), Arc::clone(&self.statements));
        let pulse = self.pulse.clone();
        let (tell, told) = oneshot::channel();
        tokio::spawn(async move {
            let preparing = client.prepare(&sql);
            let prepared = match &pulse {
                Some(pulse) => pulse.watch(preparing).await,
                None => preparing.await,
            };
            statements.settle(sql, prepared.as_ref().ok());
            drop(done);
            // Nobody may be left to tell.
            let _ = tell.send(prepared);
        });
        told
    }

    /// Sorts an error; a statement whose plan no longer fits the table, or that someone deallocated, is prepared
    /// anew the next time.
    pub(crate) fn failed(&self, call: &sql::Statement<'_>, error: tokio_postgres::Error) -> Error {
        let gone = |db: &DbError| *db.code() == SqlState::INVALID_SQL_STATEMENT_NAME;
        if error.as_db_error().is_some_and(|db| stale_plan(db) || gone(db)) {
            self.statements.forget(&call.sql);
        }
        self.sort(error)
    }

    fn sort(&self, error: tokio_postgres::Error) -> Error {
        let error = Error::from_driver(&self.alias, error);
        if matches!(error, Error::ConnectionLost { .. }) {
            self.lost.store(true, Ordering::Relaxed);
        }
        error
    }
}

/// An answer that has not come.
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
