//! Whether other servers may have stored what a server refused to commit.
//!
//! The servers of foreign tables commit first, one after the other, and the server itself looks for conflicts between
//! transactions only after that (`CommitTransaction`, src/backend/access/transam/xact.c; `pgfdw_xact_callback`,
//! contrib/postgres_fdw/connection.c). So an error at that time undoes nothing of what another server has committed by then,
//! and where a server of foreign tables gave no answer, or a cancel request ended the wait for it, it may have committed, too.

use std::sync::Arc;

use tokio_postgres::error::{DbError, SqlState};

use super::session::Session;
use crate::error::{Error, is_conflict};

/// How many servers have foreign tables in this database.
const FOREIGN_SERVERS: &str = "SELECT pg_catalog.count(DISTINCT ftserver) FROM pg_catalog.pg_foreign_table";

/// What `postgres_fdw` sends to commit, which its errors name in their context, whatever the language of their words.
const COMMIT_THERE: &str = "COMMIT TRANSACTION";

/// The function that looks for conflicts between transactions at the very last.
const LAST_LOOK: &str = "PreCommit_CheckForSerializationFailure";

/// How many servers must have foreign tables for one of them to have stored what ended with this error, at a COMMIT
/// (`is_commit`) or in a statement that is a transaction by itself. None if nothing is stored anywhere.
fn servers_needed(error: &DbError, is_commit: bool) -> Option<u64> {
    let class = error.code().code().get(..2).unwrap_or_default();
    let is_there = error.where_().is_some_and(|place| place.contains(COMMIT_THERE));
    let is_of_link = ["08", "HV"].contains(&class);
    let is_open = error.routine() == Some(LAST_LOOK)
        || is_there && is_of_link
        || is_commit && (is_conflict(error) || is_of_link || *error.code() == SqlState::QUERY_CANCELED);
    match (is_open, is_there) {
        (true, _) => Some(1),
        // The one that refused has stored nothing.
        (false, true) => Some(2),
        (false, false) => None,
    }
}

impl Session {
    /// What the caller is told of an error at a COMMIT (`is_commit`), or of a statement outside of a transaction:
    /// [`Error::OutcomeUnknown`] if another server may have stored what it did
    /// (`a_conflict_at_the_commit_beside_a_foreign_table_is_not_run_again`,
    /// `what_another_server_may_have_stored_is_not_told_as_refused`).
    pub(crate) async fn as_told(&self, error: Error, is_commit: bool) -> Error {
        match error.db_error() {
            Some(db) if self.may_have_changed() && self.may_be_stored_elsewhere(db, is_commit).await => {
                Error::OutcomeUnknown { connection: Arc::clone(self.alias()) }
            }
            _ => error,
        }
    }

    /// Whether another server may have stored what ended with this error.
    pub(super) async fn may_be_stored_elsewhere(&self, error: &DbError, is_commit: bool) -> bool {
        let Some(needed) = servers_needed(error, is_commit) else { return false };
        match self.first_row(FOREIGN_SERVERS).await {
            Ok(row) => {
                let count = row.and_then(|row| row.get(0)?.parse::<u64>().ok());
                count.is_none_or(|count| count >= needed)
            }
            Err(_) => true,
        }
    }
}
