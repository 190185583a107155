//! What a connection learns of its server when it is opened: whose the session is, and what the server takes.
//!
//! Whether the session is the connection's own cannot be found out by asking twice and comparing: a pooler that shares
//! sessions may give the same one twice. But a pooler that does has to hand out process numbers and keys of its own, or
//! requests to cancel would reach whoever has the session by then. So where the process that answers is the one that was
//! named when the connection was opened, nothing shares it; in any other case it is taken to be shared. (PgBouncer's
//! numbers are drawn from 2³²; that one of them is by chance the process that answers is as likely as that.)

use std::time::Duration;

use tokio_postgres::{Client, Config, SimpleQueryMessage, config::TargetSessionAttrs};

use super::wire::SessionFacts;
use crate::{config::Pooler, types::BoxError};

const QUESTION: &str =
    "SELECT pg_catalog.pg_backend_pid(), pg_catalog.current_setting('transaction_read_only')";

/// What was learned.
pub(super) struct Greeting {
    /// Whether the session is the connection's own until it ends.
    pub is_own: bool,
    is_read_only: bool,
}

/// Asks the server, and has statements named where the session is the connection's own.
pub(super) async fn of(
    client: &Client,
    link: &SessionFacts,
    pooler: Option<Pooler>,
) -> Result<Greeting, BoxError> {
    let answer = client.simple_query(QUESTION).await?;
    let row = answer.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    let process = row.and_then(|row| row.get(0)).and_then(|process| process.parse().ok());
    let is_read_only = row.and_then(|row| row.get(1)) == Some("on");
    let is_confirmed = process == Some(link.process());
    let is_own = match pooler {
        None => is_confirmed,
        Some(Pooler::Session) => true,
        Some(Pooler::Transaction) => false,
        Some(Pooler::None) if is_confirmed => true,
        Some(Pooler::None) => {
            return Err("a pooler stands before the server, though the manifest says `pooler: none`".into());
        }
    };
    if is_own {
        link.set_own();
    }
    Ok(Greeting { is_own, is_read_only })
}

impl Greeting {
    /// Whether the server is one that the settings ask for.
    pub fn accepts(&self, config: &Config) -> Result<(), BoxError> {
        match config.get_target_session_attrs() {
            TargetSessionAttrs::ReadWrite if self.is_read_only => Err("the server takes no writes".into()),
            TargetSessionAttrs::ReadOnly if !self.is_read_only => Err("the server takes writes".into()),
            _ => Ok(()),
        }
    }
}

/// Has the server cancel what takes longer, for the whole session. Not among the options of the connection, which
/// poolers refuse, or drop without a word.
pub(super) fn set_timeout(timeout: Duration) -> String {
    format!("SET statement_timeout = {}", timeout.as_millis())
}
