//! What became of a commit whose answer was lost: the server is asked for it on another connection.
//!
//! A transaction's number is asked for right before its COMMIT, in the same go: the server answers the one before it begins
//! with the other, so that no round trip is spent. Where the connection breaks during the COMMIT, another one asks what
//! became of that number (<https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SNAPSHOT>). After a
//! failover the number may be another transaction's: a timeline goes with it, which each promotion changes.
//!
//! The question costs the server a statement for each transaction. It is therefore prepared, from a session's second
//! transaction on, and the timeline, which stays while the session takes writes, is asked for once.

use std::{sync::Arc, time::Duration};

use futures_util::future::join;
use tokio::time::{sleep, timeout};
use tokio_postgres::{SimpleQueryMessage, SimpleQueryRow};

use super::{known::Text, lease::Lease, server::Server, session::Session};
use crate::error::{Alias, Error, Result};

/// The name of the file that the server writes now, which begins with its timeline; and the question for an outcome, which
/// a server of another make may lack. One in recovery refuses it.
const PROBE: &str = "SELECT pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_insert_lsn()), \
     pg_catalog.pg_xact_status(pg_catalog.pg_current_xact_id_if_assigned())";

/// The transaction's number, where it has written anything. In a transaction in which a statement failed the server
/// refuses it, as any statement.
const NUMBER: &str = "SELECT pg_catalog.pg_current_xact_id_if_assigned()::pg_catalog.text";

/// COMMIT of a transaction in which a statement failed undoes it and reports no error. Any other statement does report
/// it, and stops what comes after it in the same message
/// (<https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-MULTI-STATEMENT>).
const COMMIT_UNLESS_FAILED: &str = "SELECT; COMMIT";

/// Between two questions for a transaction that the server has not ended yet.
const PAUSE: Duration = Duration::from_millis(50);

/// A transaction as its server knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Number {
    number: u64,
    timeline: String,
}

/// What is known of a commit's transaction.
enum Before {
    /// Its number.
    Written(Number),
    /// It has written nothing, or had failed: there is nothing to be stored.
    Nothing,
    /// The server did not say.
    Unknown,
}

impl Session {
    /// Begins a transaction. The first one on a session also learns whether the server can be asked for outcomes; the
    /// second has the question prepared.
    pub(crate) async fn begin(&self, begin: &str) -> Result<()> {
        match self.timeline() {
            None => self.begin_and_probe(begin).await,
            Some(Some(_)) if self.ready(NUMBER).is_none() => {
                // That the question can be asked is known: it cannot fail the transaction.
                let question = Text::from(NUMBER);
                join(self.prepare_text(&question), self.batch(begin)).await.1
            }
            Some(_) => self.batch(begin).await,
        }
    }

    async fn begin_and_probe(&self, begin: &str) -> Result<()> {
        let probe = self.heard(self.client().simple_query(PROBE));
        // Sent in this order: what the server says to the first cannot fail the transaction.
        let (probed, begun) = join(probe, self.batch(begin)).await;
        match probed {
            Ok(answer) => {
                let file = first_row(&answer).and_then(|row| row.get(0));
                self.set_timeline(file.and_then(timeline));
            }
            Err(error) if error.as_db_error().is_some() => self.set_timeline(None),
            Err(_) => {}
        }
        begun
    }

    /// Sends COMMIT, with the question for the transaction's number before it where the server can be asked.
    async fn send_commit(&self) -> (Before, Result<()>) {
        let Some(Some(timeline)) = self.timeline() else {
            return (Before::Unknown, self.batch(COMMIT_UNLESS_FAILED).await);
        };
        match join(self.number(), self.batch("COMMIT")).await {
            (Ok(number), done) => (Before::of(number, timeline), done),
            // The COMMIT behind it had nothing to commit, and says no word about it.
            (Err(error), done) if error.as_db_error().is_some() => {
                (Before::Nothing, done.and_then(|()| Err(self.sort(error))))
            }
            (Err(_), done) => (Before::Unknown, done),
        }
    }

    /// The number of the transaction that is open, where it has written anything.
    async fn number(&self) -> Result<Option<String>, tokio_postgres::Error> {
        // SQL of the caller's own may have deallocated it.
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

    /// What the server says of a transaction: `committed`, `aborted` or `in progress`. None where it is not the server
    /// that the transaction was on, or has forgotten it.
    async fn status(&self, of: &Number) -> Option<String> {
        let question = format!(
            "SELECT pg_catalog.pg_xact_status('{}'), \
             pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_insert_lsn())",
            of.number
        );
        let answer = self.heard(self.client().simple_query(&question)).await.ok()?;
        let row = first_row(&answer)?;
        let is_same = row.get(1).and_then(timeline)? == of.timeline;
        row.get(0).filter(|_| is_same).map(str::to_owned)
    }
}

impl Before {
    fn of(number: Option<String>, timeline: &str) -> Self {
        match number.map(|number| number.parse()) {
            None => Self::Nothing,
            Some(Ok(number)) => Self::Written(Number { number, timeline: timeline.to_owned() }),
            Some(Err(_)) => Self::Unknown,
        }
    }
}

/// The timeline of a file of the write-ahead log: the first 8 of its digits.
fn timeline(file: &str) -> Option<&str> {
    file.get(..8)
}

fn first_row(answer: &[SimpleQueryMessage]) -> Option<&SimpleQueryRow> {
    answer.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    })
}

/// How a COMMIT ended.
pub(crate) enum Ended {
    /// The server answered.
    Answered(Result<()>),
    /// The connection broke after it was sent.
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
        let (before, done) = self.send_commit().await;
        match done {
            Err(Error::ConnectionLost { connection, source, .. }) => {
                // On a connection that was lost before, COMMIT was not sent.
                let before = if was_usable { before } else { Before::Nothing };
                Ended::Unanswered(Unanswered {
                    connection,
                    source,
                    before,
                    server: Arc::clone(self.server()),
                })
            }
            done => Ended::Answered(done),
        }
    }
}

impl Unanswered {
    /// Finds out what became of it. The lost connection has to be given back before: it may be the only one.
    ///
    /// # Errors
    /// [`Error::NotCommitted`] if it is not committed, [`Error::OutcomeUnknown`] if nobody knows.
    pub(crate) async fn settle(self) -> Result<()> {
        let Self { connection, source, before, server } = self;
        let is_committed = match before {
            Before::Nothing => Some(false),
            Before::Unknown => None,
            Before::Written(number) => outcome(&server, &number).await,
        };
        match is_committed {
            Some(true) => Ok(()),
            Some(false) => Err(Error::NotCommitted { connection, source }),
            None => Err(Error::OutcomeUnknown { connection }),
        }
    }
}

/// Whether the transaction is committed, as far as the server tells within `acquire_timeout`.
async fn outcome(server: &Arc<Server>, of: &Number) -> Option<bool> {
    let ask = async {
        loop {
            let status = match server.lease().await {
                Ok(lease) => lease.status(of).await?,
                Err(Error::PoolClosed { .. }) => return None,
                // It may be starting again.
                Err(_) => String::new(),
            };
            match status.as_str() {
                "committed" => return Some(true),
                "aborted" => return Some(false),
                _ => sleep(PAUSE).await,
            }
        }
    };
    timeout(server.settings().acquire_timeout, ask).await.ok().flatten()
}
