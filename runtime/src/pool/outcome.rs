//! Finds out whether a transaction was committed if the answer to its COMMIT was lost: it asks on another connection.
//!
//! The transaction's number is queried right before its COMMIT, in the same batch: the server answers the query
//! before it begins the COMMIT, so that this costs no round trip. If the connection breaks during the COMMIT, another
//! connection asks for the status of that number
//! (<https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SNAPSHOT>). After a failover the
//! number may belong to another transaction: so it is stored with the timeline, which each promotion changes, and with
//! the identifier of the server's data, as another host of the URL may be on a timeline of the same number without being
//! a standby. A crash changes neither, and may lose a number that was given out: the server then gives it to another
//! transaction. So a number is believed to be committed only if the server has not crashed since.
//!
//! The query costs the server one statement per transaction. It is therefore prepared, from a session's second
//! transaction on, and the history, which stays the same for as long as the session lives, is queried only once.

use std::{sync::Arc, time::Duration};

use futures_util::future::join;
use tokio::time::{sleep, timeout};
use tokio_postgres::{SimpleQueryMessage, SimpleQueryRow};

use super::{
    commit::COMMIT_UNLESS_FAILED, known::SqlText, lease::Lease, server::Server, session::Session,
    tags::Labels,
};
use crate::error::{Alias, Error, Result};

/// The timeline of the server's log, as the first 8 digits of its current file's name; the identifier that its data got
/// from `initdb` (`a_server_with_other_data_is_not_believed`); and, behind a space, the time of its last crash, as recovery
/// from a crash begins all statistics anew (`a_number_that_was_given_again_is_not_believed`). Where something else does,
/// the outcome is unknown. A server in recovery refuses it.
macro_rules! history {
    () => {
        "pg_catalog.substr(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_insert_lsn()), 1, 8) \
         OPERATOR(pg_catalog.||) (SELECT system_identifier::pg_catalog.text FROM pg_catalog.pg_control_system()) \
         OPERATOR(pg_catalog.||) ' ' OPERATOR(pg_catalog.||) (SELECT COALESCE(pg_catalog.to_char( \
             pg_catalog.timezone('UTC', stats_reset), 'YYYYMMDDHH24MISSUS'), '') FROM pg_catalog.pg_stat_archiver)"
    };
}

/// Whether transactions of this database may write on other servers too. These commit first: a transaction that was
/// aborted here may be stored there (`a_transaction_on_two_servers_is_not_run_again`).
const REACHES_OTHERS: &str = "EXISTS (SELECT FROM pg_catalog.pg_foreign_server AS s \
         JOIN pg_catalog.pg_foreign_data_wrapper AS w ON w.oid OPERATOR(pg_catalog.=) s.srvfdw \
         WHERE w.fdwhandler OPERATOR(pg_catalog.<>) 0::pg_catalog.oid) \
     OR EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname OPERATOR(pg_catalog.=) 'dblink')";

/// Queries the server's history, and tries the query for a status, which servers of another make may lack.
const PROBE: &str = concat!(
    "SELECT ",
    history!(),
    ", pg_catalog.pg_xact_status(pg_catalog.pg_current_xact_id_if_assigned())"
);

/// Commits a transaction of its own that writes to the log: where the server waits for standbys, it then waits until they
/// have everything before it, too (`a_commit_that_no_standby_has_is_not_acknowledged`).
const BARRIER: &str = "SELECT pg_catalog.pg_logical_emit_message(true, 'ormgen', '')";

/// Queries the transaction's number, if it has written anything. In a transaction in which a statement failed, the
/// server refuses this like any statement.
const NUMBER: &str = "SELECT pg_catalog.pg_current_xact_id_if_assigned()::pg_catalog.text";

/// The pause between two queries for the status of a transaction that has not ended yet.
const PAUSE: Duration = Duration::from_millis(50);

/// A transaction's number, and the history of the server that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
struct TransactionNumber {
    number: u64,
    history: String,
}

/// What is known about a transaction before its COMMIT.
enum Before {
    /// The transaction has written something, and has this number.
    Written(TransactionNumber),
    /// The transaction has written nothing, or COMMIT has rolled it back: nothing is stored.
    Nothing,
    /// The server did not tell the number, or there is none although something ran that may have changed something.
    Unknown,
}

impl Session {
    /// Begins a transaction. The first one of a session also finds out whether the server can be asked for a status;
    /// the second one also prepares the query for a transaction's number.
    pub(crate) async fn begin(&self, begin: &str) -> Result<()> {
        self.set_may_have_changed(false);
        match self.history() {
            None => self.begin_and_probe(begin).await,
            Some(Some(_)) if self.ready(NUMBER).is_none() => {
                // The query has succeeded before, so it cannot fail the transaction.
                let question = SqlText::from(NUMBER);
                join(self.prepare_text(&question, Labels::default()), self.batch(begin)).await.1
            }
            Some(_) => self.batch(begin).await,
        }
    }

    async fn begin_and_probe(&self, begin: &str) -> Result<()> {
        let probe = self.heard(self.client().simple_query(PROBE));
        // The probe is sent before the transaction begins, so that its error cannot fail the transaction.
        let (probed, begun) = join(probe, self.batch(begin)).await;
        match probed {
            Ok(answer) => {
                self.set_history(first_row(&answer).and_then(|row| row.get(0)));
            }
            Err(error) if error.as_db_error().is_some() => self.set_history(None),
            Err(_) => {}
        }
        begun
    }

    /// Sends COMMIT, after the query for the transaction's number if the server can be asked for a status. Also says
    /// whether the server has ended the transaction, committed or not, if it answered.
    async fn send_commit(&self) -> (Before, Result<()>, bool) {
        let Some(Some(history)) = self.history() else {
            let done = self.batch(COMMIT_UNLESS_FAILED).await;
            let is_over = done.is_ok();
            return (Before::Unknown, done, is_over);
        };
        let (before, done) = match join(self.number(), self.batch("COMMIT")).await {
            // What it wrote on other servers, through foreign tables, say, gives it no number here.
            (Ok(None), done) if self.may_have_changed() => (Before::Unknown, done),
            (Ok(number), done) => (Before::of(number, history), done),
            // As a rule the transaction had failed: then the COMMIT behind the query has rolled it back, which it says by
            // its tag alone. pgpool-II 4.3 sometimes gives the query this answer in a transaction that has not failed,
            // and commits it (`tests/tests/pool/pgpool.rs`).
            (Err(error), Ok(())) if error.as_db_error().is_some() && self.has_rolled_back() => {
                (Before::Nothing, Err(self.failed_text(NUMBER, error)))
            }
            (Err(_), done) => (Before::Unknown, done),
        };
        (before, done, true)
    }

    /// The number of the open transaction, if it has written anything.
    async fn number(&self) -> Result<Option<String>, tokio_postgres::Error> {
        // The caller's own SQL text may have deallocated the statement.
        let prepared = self.ready(NUMBER).filter(|_| !self.has_own_statements());
        self.heard(async {
            match prepared {
                Some(prepared) => self.client().query_one(&prepared.statement, &[]).await?.try_get(0),
                None => {
                    let answer = self.client().simple_query(NUMBER).await?;
                    Ok(first_row(&answer).and_then(|row| row.get(0)).map(str::to_owned))
                }
            }
        })
        .await
    }

    /// Asks for the transaction's status.
    async fn status(&self, of: &TransactionNumber) -> CommitStatus {
        let question = format!(
            "SELECT pg_catalog.pg_xact_status('{}'), {}, \
             pg_catalog.current_setting('synchronous_standby_names') OPERATOR(pg_catalog.<>) '', {REACHES_OTHERS}",
            of.number,
            history!()
        );
        match self.heard(self.client().simple_query(&question)).await {
            Ok(answer) => match (CommitStatus::of(first_row(&answer), of), first_row(&answer)) {
                (CommitStatus::Committed, Some(row)) if row.get(2) == Some("t") => self.at_standbys().await,
                (CommitStatus::Aborted, Some(row)) if row.get(3) == Some("t") => CommitStatus::Unknown,
                (status, _) => status,
            },
            // What ended the first connection may have ended this one too, before it was asked.
            Err(error) => self.no_status(error),
        }
    }

    /// Waits until the standbys that the server waits for have what is committed by now: a session that ends while its
    /// COMMIT waits for them leaves a transaction that is committed here, and that a failover would lose.
    async fn at_standbys(&self) -> CommitStatus {
        match self.heard(self.client().simple_query(BARRIER)).await {
            Ok(_) => CommitStatus::Committed,
            Err(error) => self.no_status(error),
        }
    }

    fn no_status(&self, error: tokio_postgres::Error) -> CommitStatus {
        match self.sort(error) {
            Error::ConnectionLost { .. } => CommitStatus::NotYet,
            _ => CommitStatus::Unknown,
        }
    }
}

/// What a server says of a transaction that it was asked about.
enum CommitStatus {
    Committed,
    Aborted,
    /// The transaction is in progress, or there was no answer: ask again.
    NotYet,
    /// The server has other data or is on another timeline than the transaction, has crashed since, has forgotten it, or
    /// does not tell; or it was aborted here, and may be stored on another server.
    Unknown,
}

impl CommitStatus {
    fn of(answer: Option<&SimpleQueryRow>, of: &TransactionNumber) -> Self {
        let Some((history, row)) = answer.and_then(|row| Some((row.get(1)?, row))) else {
            return Self::Unknown;
        };
        if data_of(history) != data_of(&of.history) {
            return Self::Unknown;
        }
        match (row.get(0), history == of.history) {
            (Some("committed"), true) => Self::Committed,
            (Some("aborted"), _) => Self::Aborted,
            (Some("in progress"), true) => Self::NotYet,
            // A crash ends each transaction: the number has been given to another one, as ours was lost with it.
            (Some("in progress"), false) => Self::Aborted,
            // The other one may be committed by now.
            _ => Self::Unknown,
        }
    }
}

impl Before {
    fn of(number: Option<String>, history: &str) -> Self {
        match number.map(|number| number.parse()) {
            None => Self::Nothing,
            Some(Ok(number)) => Self::Written(TransactionNumber { number, history: history.to_owned() }),
            Some(Err(_)) => Self::Unknown,
        }
    }
}

/// The part of a history that a crash does not change.
fn data_of(history: &str) -> &str {
    history.split(' ').next().unwrap_or_default()
}

fn first_row(answer: &[SimpleQueryMessage]) -> Option<&SimpleQueryRow> {
    answer.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    })
}

/// How a COMMIT ended.
pub(crate) enum Ended {
    /// The server answered. `is_over` says whether the transaction has ended, committed or not.
    Answered { done: Result<()>, is_over: bool },
    /// The connection broke before the answer to COMMIT came.
    Unanswered(Unanswered),
}

/// A COMMIT whose answer was lost.
pub(crate) struct Unanswered {
    connection: Alias,
    source: tokio_postgres::Error,
    before: Before,
    server: Arc<Server>,
}

impl Lease {
    /// Commits the transaction on this connection.
    pub(crate) async fn commit(&self) -> Ended {
        let was_usable = self.is_usable();
        let (before, done, is_over) = self.send_commit().await;
        match done {
            Err(Error::ConnectionLost { connection, source, .. }) => {
                // On a connection that had been lost before, COMMIT was not sent.
                let before = if was_usable { before } else { Before::Nothing };
                Ended::Unanswered(Unanswered {
                    connection,
                    source,
                    before,
                    server: Arc::clone(self.server()),
                })
            }
            Err(error) => Ended::Answered { done: Err(self.as_told(error, true).await), is_over },
            done => Ended::Answered { done: done.and_then(|()| self.check_standbys()), is_over },
        }
    }
}

impl Unanswered {
    /// Finds out whether the transaction was committed. The lost connection must be given back first: the pool may
    /// have no other.
    ///
    /// # Errors
    /// [`Error::NotCommitted`] if it was not committed, [`Error::OutcomeUnknown`] if that cannot be found out.
    pub(crate) async fn settle(self) -> Result<()> {
        let Self { connection, source, before, server } = self;
        let is_committed = match before {
            Before::Nothing => Some(false),
            Before::Unknown => None,
            Before::Written(number) => outcome(&server, &number).await,
        };
        // The caches were told when the connection was given back, and may have kept rows since, as they were before.
        server.caches().all_written();
        match is_committed {
            Some(true) => Ok(()),
            Some(false) => Err(Error::NotCommitted { connection, source }),
            None => Err(Error::OutcomeUnknown { connection }),
        }
    }
}

/// Whether the transaction was committed; none if the server does not tell within `acquire_timeout`.
async fn outcome(server: &Arc<Server>, of: &TransactionNumber) -> Option<bool> {
    let ask = async {
        loop {
            let status = match server.lease().await {
                Ok(lease) => lease.status(of).await,
                Err(Error::PoolClosed { .. }) => CommitStatus::Unknown,
                // The server may be restarting.
                Err(_) => CommitStatus::NotYet,
            };
            match status {
                CommitStatus::Committed => return Some(true),
                CommitStatus::Aborted => return Some(false),
                CommitStatus::Unknown => return None,
                CommitStatus::NotYet => sleep(PAUSE).await,
            }
        }
    };
    timeout(server.settings().acquire_timeout, ask).await.ok().flatten()
}
