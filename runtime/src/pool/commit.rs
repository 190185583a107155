//! Writes of single rows that waited together and share a commit, if the program asked for it.
//!
//! They are pipelined as one transaction. If all succeed, each caller gets its own result once the commit is
//! confirmed. If one fails, the server undoes all of them, and each is run again by itself, unless another server may have
//! stored its part of them. Only here may a statement that changes something run twice, hence only on request.

use std::{cmp::Ordering, sync::Arc};

use tokio::sync::oneshot;
use tokio_postgres::{Client, error::Severity};

use super::{
    group::{go_alone, prepared_in_time},
    lease::Lease,
    params::Encoded,
    pipeline::{self, DriverResult, Pipelined},
    queue::{Answer, Asking, Given, Waiter, Wants},
    session::Session,
    statements::Prepared,
};
use crate::error::Error;

/// Begins the transaction. If a write has to wait for a lock, the group is given up: the lock's holder may itself
/// wait for another write of the group, which the server cannot see.
const BEGIN: &str = "BEGIN; SET LOCAL lock_timeout = '50ms'";

/// After a failed statement, `COMMIT` by itself rolls the transaction back and reports no error
/// (<https://www.postgresql.org/docs/current/sql-commit.html>). The empty `SELECT` before it does report an error,
/// and the server skips the statements after it in the same message
/// (<https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-MULTI-STATEMENT>).
pub(super) const COMMIT_UNLESS_FAILED: &str = "SELECT; COMMIT";

/// Runs the writes and answers their callers.
pub(super) async fn run(lease: Lease, waiters: Vec<Waiter>) {
    let Some(mut writes) = prepare(&lease, waiters).await else { return };
    writes.sort_by(Write::in_order);
    let (callers, mut writes): (Vec<_>, Vec<_>) = writes.into_iter().map(Write::into_parts).unzip();
    // The driver reads an answer only after those before it are taken, so they are taken in the order of sending.
    let mut begin = pipeline::batch(lease.client(), BEGIN);
    let mut commit = pipeline::batch(lease.client(), COMMIT_UNLESS_FAILED);
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
    let verdict = match Verdict::of(&begun, &outcomes, &committed) {
        Verdict::Committed | Verdict::Apart if lease.check_standbys().is_err() => Verdict::Unknown,
        // What is run again has to be stored nowhere.
        Verdict::Undone if may_be_stored_elsewhere(&lease, &committed).await => Verdict::Unknown,
        verdict => verdict,
    };
    if matches!(verdict, Verdict::Undone) {
        // The failed transaction is still open on the server: the connection's next caller must not run in it.
        drop(lease.batch("ROLLBACK").await.inspect_err(|_| lease.break_off()));
    }
    for (caller, outcome) in callers.into_iter().zip(outcomes) {
        // A caller that is gone needs no answer. It told the caches too early, when it went away.
        if caller.send(verdict.given(&lease, outcome)).is_err() {
            lease.server().caches().all_written();
        }
    }
}

/// Prepares the writes. None if that takes unexpectedly long; all callers are then told to ask alone.
async fn prepare(lease: &Lease, waiters: Vec<Waiter>) -> Option<Vec<Write>> {
    let mut writes = Vec::with_capacity(waiters.len());
    let mut rest = waiters.into_iter();
    while let Some(Waiter { wants, tell, .. }) = rest.next() {
        let Wants::Write(asking) = wants else { continue };
        let sql = &asking.known.sql;
        let preparation = lease.prepare_text(sql, asking.known.labels());
        let Some(prepared) = prepared_in_time(lease, preparation).await else {
            go_alone(tell);
            writes.into_iter().for_each(|write: Write| go_alone(write.caller));
            rest.for_each(|waiter| go_alone(waiter.tell));
            return None;
        };
        writes.extend(Write::of(asking, tell, prepared.ok(), lease));
    }
    Some(writes)
}

/// How the transaction of a group ended.
enum Verdict {
    Committed,
    /// The server has undone the transaction: each write has to run by itself.
    Undone,
    /// The transaction was not begun, so that each write was committed or failed by itself.
    Apart,
    /// The connection was lost: the transaction may be stored, or not.
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

/// Whether the COMMIT of a group was refused when other servers may have stored their part of it
/// (`a_group_that_another_server_may_have_stored_is_not_run_again`).
async fn may_be_stored_elsewhere(session: &Session, committed: &DriverResult<()>) -> bool {
    match committed.as_ref().map_err(tokio_postgres::Error::as_db_error) {
        Err(Some(error)) => session.may_be_stored_elsewhere(error, true).await,
        _ => false,
    }
}

/// Whether the server refused a statement but keeps the connection: a transaction with such a statement stores
/// nothing.
fn is_refusal(error: &tokio_postgres::Error) -> bool {
    error.as_db_error().is_some_and(|db| db.parsed_severity() == Some(Severity::Error))
}

/// A prepared write with its values and its caller.
struct Write {
    prepared: Prepared,
    values: Encoded,
    caller: oneshot::Sender<Given>,
    client: Arc<Client>,
}

impl Write {
    /// None if the write cannot be sent this way: its caller is then told to ask alone.
    fn of(
        asking: Asking,
        caller: oneshot::Sender<Given>,
        prepared: Option<Prepared>,
        session: &Session,
    ) -> Option<Self> {
        // The values were encoded as the types of the time when the statement was last prepared.
        let types = asking.types;
        match prepared.filter(|prepared| prepared.statement.params() == &*types) {
            Some(prepared) => {
                let client = Arc::clone(session.client());
                Some(Self { prepared, values: asking.values, caller, client })
            }
            None => {
                go_alone(caller);
                None
            }
        }
    }

    /// The order of writes in a group. All groups lock their rows in the same order, so that no two wait for each
    /// other: by their values from the last to the first, as an update or a delete has its row's key last
    /// (`tests/tests/pool/group_commit.rs`).
    fn in_order(&self, other: &Self) -> Ordering {
        self.values
            .cmp_from_last(&other.values)
            .then_with(|| self.prepared.known.sql.cmp(&other.prepared.known.sql))
    }

    fn into_parts(self) -> (oneshot::Sender<Given>, Pipelined<Answer>) {
        (self.caller, pipeline::one(&self.client, &self.prepared.statement, self.values))
    }
}
