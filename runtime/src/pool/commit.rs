//! Writes of single rows that waited together and now share a commit, where the program asked for it.
//!
//! They are sent in one go as one transaction. If all succeed, each caller is told its own result once the commit is
//! confirmed. If one fails, the server undoes all of them, and each is run again by itself: the one place where a
//! statement that changes something may run twice, hence only on request.

use std::{cmp::Ordering, sync::Arc};

use tokio::sync::oneshot;
use tokio_postgres::{Client, error::Severity};

use super::{
    lease::Lease,
    params::Encoded,
    pipeline::{self, DriverResult, Pipelined},
    queue::{Answer, Given, Waiter, Wants},
    session::Session,
    statements::Prepared,
};
use crate::error::Error;

/// Begins the transaction. A write that has to wait for a lock leaves the others: its holder may itself wait for one of
/// them, which the server cannot see.
const BEGIN: &str = "BEGIN; SET LOCAL lock_timeout = '50ms'";

/// In a transaction in which a statement failed, `COMMIT` alone rolls back and reports no error
/// (<https://www.postgresql.org/docs/current/sql-commit.html>). The empty `SELECT` before it does report one, and the server
/// leaves out what comes after it in the same message.
const COMMIT: &str = "SELECT; COMMIT";

/// Runs the writes and answers their callers.
pub(super) async fn run(lease: Lease, waiters: Vec<Waiter>) {
    let mut writes = Vec::with_capacity(waiters.len());
    for waiter in waiters {
        writes.extend(Write::prepare(waiter, &lease).await);
    }
    writes.sort_by(Write::in_order);
    let (callers, mut writes): (Vec<_>, Vec<_>) = writes.into_iter().map(Write::into_parts).unzip();
    // The driver reads no answer before those in front of it are taken, so they are taken in this order.
    let mut begin = pipeline::batch(lease.client(), BEGIN);
    let mut commit = pipeline::batch(lease.client(), COMMIT);
    begin.send().await;
    for write in &mut writes {
        write.send().await;
    }
    commit.send().await;
    let begun = begin.answer().await;
    let mut outcomes = Vec::with_capacity(writes.len());
    for write in &mut writes {
        outcomes.push(write.answer().await);
    }
    let committed = commit.answer().await;
    let verdict = Verdict::of(&begun, &outcomes, &committed);
    if matches!(verdict, Verdict::Undone) {
        // The failed transaction is still open on the server: the connection's next caller must not be in it.
        drop(lease.batch("ROLLBACK").await.inspect_err(|_| lease.break_off()));
    }
    for (caller, outcome) in callers.into_iter().zip(outcomes) {
        // Whoever is gone need not be told.
        drop(caller.send(verdict.given(&lease, outcome)));
    }
}

/// What became of a transaction.
enum Verdict {
    Committed,
    /// The server has undone it: each write is to be run by itself.
    Undone,
    /// It was not begun, so that each write stood by itself.
    Apart,
    /// The connection was lost: it may be stored, or not.
    Unknown,
}

impl Verdict {
    fn of(begun: &DriverResult<()>, outcomes: &[DriverResult<Answer>], committed: &DriverResult<()>) -> Self {
        let failed =
            outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).chain(committed.as_ref().err());
        match begun {
            Err(error) if is_refusal(error) => Self::Apart,
            Ok(()) if committed.is_ok() && outcomes.iter().all(Result::is_ok) => Self::Committed,
            Ok(()) if { failed }.any(is_refusal) => Self::Undone,
            _ => Self::Unknown,
        }
    }

    fn given(&self, session: &Session, outcome: DriverResult<Answer>) -> Given {
        match (self, outcome) {
            (Self::Undone, _) => Given::Alone,
            (Self::Committed | Self::Apart, Ok(answer)) => Given::Answer(answer),
            (Self::Apart, Err(error)) => Given::Failed(Error::from_driver(session.alias(), error)),
            (Self::Committed, Err(_)) | (Self::Unknown, _) => {
                Given::Failed(Error::OutcomeUnknown { connection: Arc::clone(session.alias()) })
            }
        }
    }
}

/// Whether the server refused a statement and goes on: a transaction with such a statement stores nothing.
fn is_refusal(error: &tokio_postgres::Error) -> bool {
    error.as_db_error().is_some_and(|db| db.parsed_severity() == Some(Severity::Error))
}

/// A write that the server has read.
struct Write {
    prepared: Prepared,
    values: Encoded,
    caller: oneshot::Sender<Given>,
    client: Arc<Client>,
}

impl Write {
    /// None if it cannot be sent so: its caller has to ask alone.
    async fn prepare(waiter: Waiter, session: &Session) -> Option<Self> {
        let Wants::Write(asking) = waiter.wants else { return None };
        let prepared = session.prepare_text(&asking.known.sql).await.ok();
        // The values were written as the types that they had when the statement was last prepared.
        let types = asking.types;
        match prepared.filter(|prepared| prepared.statement.params() == &*types) {
            Some(prepared) => {
                let client = Arc::clone(session.client());
                Some(Self { prepared, values: asking.values, caller: waiter.tell, client })
            }
            None => {
                drop(waiter.tell.send(Given::Alone));
                None
            }
        }
    }

    /// The order in which all transactions like this one lock their rows, so that none waits for one that waits for it:
    /// that of their values from the last to the first, as an update or a delete names its row's key last.
    fn in_order(&self, other: &Self) -> Ordering {
        self.values
            .cmp_from_last(&other.values)
            .then_with(|| self.prepared.known.sql.cmp(&other.prepared.known.sql))
    }

    fn into_parts(self) -> (oneshot::Sender<Given>, Pipelined<Answer>) {
        (self.caller, pipeline::one(&self.client, &self.prepared.statement, self.values))
    }
}
