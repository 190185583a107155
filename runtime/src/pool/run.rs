//! How a statement runs on a pool: on which of its servers, and how many times.

use std::sync::Arc;

use futures_util::FutureExt;
use tokio_postgres::Row;

use super::{
    Shared,
    server::{Asked, Server},
    session::EachRow,
};
use crate::{
    config::Reads,
    error::{Error, Result},
    observe,
    sql::{Intent, Sharing, Statement},
};

impl Shared {
    /// Runs a statement on its own connection, or together with others if it may be shared.
    pub(crate) async fn run(
        &self,
        intent: Intent,
        statement: &Statement<'_>,
        each: EachRow<'_>,
        commits: bool,
    ) -> Result<u64> {
        match (intent, self.reads) {
            (Intent::Read, Reads::Replicas) => self.read(None, statement, each).boxed().await,
            _ => run_on(&self.primary, statement, each, commits || self.group_commit).await,
        }
    }

    /// Runs a read on a replica. Runs it on the primary if no replica is fit, or if the chosen replica fails before
    /// its first row.
    pub(crate) async fn read(
        &self,
        after: Option<u64>,
        statement: &Statement<'_>,
        each: EachRow<'_>,
    ) -> Result<u64> {
        let mut has_rows = false;
        let mut counted = |row: &Row| {
            has_rows = true;
            each(row)
        };
        let read = match after {
            None => match self.replicas.choose() {
                Some(replica) => {
                    Some((Arc::clone(replica), run_on(replica, statement, &mut counted, false).await))
                }
                None => None,
            },
            // No other connection will do than the one whose server has what the read is to see.
            Some(position) => match self.replicas.caught_up(position).await {
                Some(lease) => {
                    Some((Arc::clone(lease.server()), lease.run_apart(statement, &mut counted).await))
                }
                None => None,
            },
        };
        match read {
            None => {}
            Some((replica, Err(error)))
                if !has_rows && self.may_go_elsewhere(&replica, statement, &error) => {}
            Some((_, done)) => return done,
        }
        run_on(&self.primary, statement, each, false).await
    }

    /// Whether a read failed because of the replica, and may run again on another server.
    fn may_go_elsewhere(&self, replica: &Arc<Server>, statement: &Statement<'_>, error: &Error) -> bool {
        let only_reads = only_reads(statement);
        match error {
            Error::Connect { .. } | Error::Refused { .. } | Error::TooManyConnections { .. } => {}
            Error::ConnectionLost { .. } if only_reads => {}
            // The primary changed rows that the read needed
            // (https://www.postgresql.org/docs/current/hot-standby.html#HOT-STANDBY-CONFLICT).
            Error::Serialization { .. } => return only_reads,
            _ => return false,
        }
        self.replicas.leave_out(replica);
        true
    }
}

/// Runs a statement on its own connection, or together with others if it may be shared. A read is sent once more if
/// its connection turns out to be dead, as it changes nothing. A write is never sent again.
pub(super) async fn run_on(
    server: &Arc<Server>,
    statement: &Statement<'_>,
    each: EachRow<'_>,
    commits: bool,
) -> Result<u64> {
    let mut is_again = !only_reads(statement);
    loop {
        let lease = match server.ask(statement, commits).await? {
            Asked::Connection(lease) => lease,
            Asked::Answer(answer) => {
                observe::served_by(|| server.connector().place());
                answer.rows.iter().try_for_each(each)?;
                return Ok(answer.touched);
            }
        };
        match lease.run_apart(statement, each).await {
            Err(Error::ConnectionLost { .. }) if lease.was_found_dead() && !is_again => is_again = true,
            done => return done,
        }
    }
}

/// Whether a statement is a read that ormgen generated: it changes nothing, however often it runs.
pub(super) fn only_reads(statement: &Statement<'_>) -> bool {
    matches!(statement.sharing, Sharing::Read | Sharing::Find(_))
}
