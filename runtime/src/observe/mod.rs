//! What is reported of each statement: a span with OpenTelemetry's names, a log line if it was slow, and metrics.
//!
//! Nothing here reads a statement's values, and nothing is computed that is not collected: a span's fields are
//! formatted only by a subscriber that records them, and the clock is read only where a bound for slow statements is
//! set or the feature `metrics` is on.

#[cfg(feature = "metrics")]
mod metrics;
#[cfg(not(feature = "metrics"))]
#[path = "nothing.rs"]
mod metrics;

use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use tracing::{Instrument, Span, field::Empty};

use crate::{
    error::{Alias, Error, Result},
    sql::{Intent, Statement},
};

#[cfg(feature = "cache")]
pub(crate) use metrics::looked_up;
pub(crate) use metrics::{lag, pool, waited};

/// How many connections to a server there are, and how many callers wait for one.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ConnectionCounts {
    /// How many connections may be open.
    pub most: usize,
    /// How many connections are open.
    pub open: usize,
    /// How many of the open connections no caller uses.
    pub idle: usize,
    /// How many callers wait for a connection.
    pub waiting: usize,
}

/// From how many nanoseconds on a statement counts as slow.
static SLOW: AtomicU64 = AtomicU64::new(NEVER);

const NEVER: u64 = u64::MAX;

/// The name of a statement's span.
const QUERY: &str = "query";

/// Logs each statement of the program that takes at least `bound` as a warning of `tracing`.
///
/// The time includes the wait for a connection and the program's own reading of the rows. The warning has the
/// statement's summary, the text where it is SQL of the program's own, and not its values. With `None`, as at the start, no statement is logged.
///
/// ```
/// use std::time::Duration;
///
/// ormgen_runtime::log_slow_statements(Duration::from_millis(500));
/// ormgen_runtime::log_slow_statements(None);
/// ```
pub fn log_slow_statements(bound: impl Into<Option<Duration>>) {
    let nanos = |bound: Duration| u64::try_from(bound.as_nanos()).unwrap_or(NEVER);
    SLOW.store(bound.into().map_or(NEVER, nanos), Ordering::Relaxed);
}

/// Runs a statement within its span, and reports its time and its error.
pub(crate) async fn watched<T>(
    connection: &Alias,
    statement: &Statement<'_>,
    work: impl Future<Output = Result<T>>,
) -> Result<T> {
    let span = span(connection, statement);
    let began = (cfg!(feature = "metrics") || SLOW.load(Ordering::Relaxed) != NEVER).then(Instant::now);
    let done = work.instrument(span.clone()).await;
    if let Err(error) = &done {
        span.record("error.type", error.sqlstate().unwrap_or(error.kind()));
        error.sqlstate().map(|code| span.record("db.response.status_code", code));
    }
    if let Some(began) = began {
        tell(connection, statement, began.elapsed(), done.as_ref().err());
    }
    done
}

/// The server that a statement runs on.
#[derive(Default)]
pub(crate) struct ServedBy<'a> {
    /// The server's host, or the path of its socket.
    pub address: &'a str,
    pub port: Option<u16>,
    pub database: &'a str,
}

/// Adds the server to the span of the statement under way: the server is chosen after the span has begun.
pub(crate) fn served_by<'a>(place: impl FnOnce() -> ServedBy<'a>) {
    let span = Span::current();
    // The program's own spans may have fields of these names, which are not for us to fill in.
    if !span.metadata().is_some_and(|span| span.target() == module_path!() && span.name() == QUERY) {
        return;
    }
    let ServedBy { address, port, database } = place();
    span.record("server.address", address).record("db.namespace", database);
    port.map(|port| span.record("server.port", port));
}

/// A span of a statement: the stable names of OpenTelemetry's conventions for databases
/// (<https://opentelemetry.io/docs/specs/semconv/database/>), and ormgen's own words for what the program did.
fn span(connection: &Alias, statement: &Statement<'_>) -> Span {
    let Statement { model, verb, table, .. } = *statement;
    tracing::debug_span!(
        QUERY,
        otel.name = %Summary(statement),
        otel.kind = "client",
        connection = &**connection,
        model,
        statement = verb,
        db.system.name = "postgresql",
        db.collection.name = (!table.is_empty()).then_some(table),
        db.operation.name = operation(statement),
        db.query.summary = %Summary(statement),
        db.namespace = Empty,
        db.response.status_code = Empty,
        server.address = Empty,
        server.port = Empty,
        error.type = Empty,
    )
}

fn tell(connection: &Alias, statement: &Statement<'_>, took: Duration, error: Option<&Error>) {
    if took.as_nanos() >= SLOW.load(Ordering::Relaxed).into() {
        let Statement { model, verb, is_free, .. } = *statement;
        tracing::warn!(
            connection = &**connection,
            model,
            statement = verb,
            db.query.summary = %Summary(statement),
            // It stands in the program's source, and its values are apart.
            db.query.text = is_free.then_some(&*statement.sql),
            milliseconds = took.as_millis(),
            "slow statement"
        );
    }
    metrics::record(connection, statement, took, error);
}

/// The SQL command that the statement begins with; a word for the statement's intent where it begins with no known one.
fn operation(statement: &Statement<'_>) -> &'static str {
    const WORDS: [&str; 6] = ["SELECT", "INSERT", "UPDATE", "DELETE", "COPY", "MERGE"];
    let text = statement.sql.trim_start();
    let begins = |word: &&&str| text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    match (WORDS.iter().find(begins), statement.intent) {
        (Some(word), _) => word,
        (None, Intent::Read) => "SELECT",
        (None, Intent::Write) => "EXECUTE",
    }
}

/// A statement's summary as OpenTelemetry defines it, with few different values: `SELECT public.customers`.
struct Summary<'a>(&'a Statement<'a>);

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(statement) = self;
        f.write_str(operation(statement))?;
        match (statement.table, statement.model) {
            ("", "") => Ok(()),
            ("", database) => write!(f, " {database}"),
            (table, _) => write!(f, " {table}"),
        }
    }
}
