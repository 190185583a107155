//! Finds out about the server when a connection is opened: whether the session is shared, and whether it takes
//! writes.
//!
//! Asking twice and comparing cannot show that a session is not shared: a pooler that shares sessions may give the
//! same one twice. But such a pooler has to give its clients process numbers and keys of its own, or cancel requests
//! would reach whichever client has the session by then. So if the process that answers is the one that was named
//! when the connection was opened, the session is not shared; otherwise it is taken to be shared. (PgBouncer draws
//! its numbers from 2³²: the chance that one of them equals that of the process that answers is that small.)

use std::time::Duration;

use tokio_postgres::{Client, Config, SimpleQueryMessage, config::TargetSessionAttrs};

use super::wire::SessionFacts;
use crate::{config::Pooler, sql::quoted, types::BoxError};

const QUESTION: &str = "SELECT pg_catalog.pg_backend_pid(), pg_catalog.current_setting('transaction_read_only'), \
     pg_catalog.current_setting('client_min_messages')";

const FORGOTTEN_PATH: &str = "a pooler shares the session with other clients, so that the connection's `search_path` would not \
     hold: set it for the role (`ALTER ROLE … SET search_path = …`), or in each transaction \
     (`SELECT set_config('search_path', $1, true)`)";

/// The answers of the server.
pub(super) struct Greeting {
    /// Whether the session belongs to this connection alone until the connection ends.
    pub is_own: bool,
    is_read_only: bool,
    /// Whether the server is told to send no warnings.
    is_silent: bool,
}

/// Asks the server, and has statements named if the session is not shared.
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
    let is_silent = row.and_then(|row| row.get(2)) == Some("error");
    let is_confirmed = process == Some(link.process());
    if is_confirmed {
        link.set_served_directly();
    }
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
    Ok(Greeting { is_own, is_read_only, is_silent })
}

impl Greeting {
    /// Checks that the server and the session are of the kind that the settings ask for.
    pub fn accepts(&self, config: &Config, search_path: &[String]) -> Result<(), BoxError> {
        if !self.is_own && !search_path.is_empty() {
            return Err(FORGOTTEN_PATH.into());
        }
        match config.get_target_session_attrs() {
            TargetSessionAttrs::ReadWrite if self.is_read_only => Err("the server takes no writes".into()),
            TargetSessionAttrs::ReadOnly if !self.is_read_only => Err("the server takes writes".into()),
            _ => Ok(()),
        }
    }

    /// The SQL that sets up the session, if it is its connection's own: its statement timeout, its `search_path`, and that the
    /// server warns of a commit that no standby has (`what_no_longer_waits_for_the_standby_is_not_acknowledged`). It is not among the options of the
    /// connection, as poolers refuse these, or drop them silently.
    pub fn settings(&self, timeout: Option<Duration>, search_path: &[String]) -> Option<String> {
        let timeout = timeout.map(|timeout| format!("SET statement_timeout = {}", timeout.as_millis()));
        let schemas: Vec<String> = search_path.iter().map(|schema| quoted(schema)).collect();
        let path = (!schemas.is_empty()).then(|| format!("SET search_path = {}", schemas.join(", ")));
        let warnings = self.is_silent.then(|| "SET client_min_messages = warning".to_owned());
        let settings: Vec<_> = timeout.into_iter().chain(path).chain(warnings).collect();
        (self.is_own && !settings.is_empty()).then(|| settings.join("; "))
    }
}
