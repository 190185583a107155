//! Reads a catalog from a running server.
//!
//! One read-only transaction, a fixed number of queries ([`queries`]) sent at once, and pure code from their rows
//! ([`answers`]) to the catalog ([`assemble`]). Nothing on the server is changed or locked, and each wait has a limit:
//! any failure becomes a diagnostic with the connection's alias ([`failure`]).

mod answers;
mod assemble;

mod failure;
mod queries;
mod spelling;

use std::{env, future::Future, time::Duration};

use futures_util::future::join_all;
use ormgen_config::{ConnectionConfig, ServerAddress};
use tokio_postgres::{Client, Row, error::SqlState};

pub(super) use self::spelling::{CatalogExpression, spell};
use self::{
    answers::Answers,
    assemble::{Changed, assemble},
    failure::Where,
    queries::{COUNT, OLDEST, Version},
};
pub(super) use self::{assemble::unwrapped, failure::Failure};
use super::Catalog;
use crate::diagnostics::Diagnostics;

/// The longest wait for a lock on a table.
const LOCK_TIMEOUT: Duration = Duration::from_secs(5);

/// The longest time for one query, unless the connection's settings give another.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(60);

/// The number of times that a schema is read again if it changes meanwhile.
const ATTEMPTS: usize = 3;

/// Reads the schemas of these connections' primaries at the same time; reports each as soon as it is read.
///
/// Variables are looked up in the environment.
pub fn read_all(
    connections: &[&ConnectionConfig],
    done: impl Fn(&str, &Result<Catalog, Diagnostics>) + Sync,
) -> Vec<Result<Catalog, Diagnostics>> {
    let read = async |connection: &&ConnectionConfig| {
        let result = read(connection).await.map_err(|failure| failure.diagnostics(&connection.alias));
        done(&connection.alias, &result);
        result
    };
    let broken = |what: String| {
        let failed = connections.iter().map(|connection| {
            Err(Failure::System(format!("no connection can be made: {what}")).diagnostics(&connection.alias))
        });
        failed.collect()
    };
    block_on(|| join_all(connections.iter().map(read))).unwrap_or_else(broken)
}

/// Runs a future to its end on a new thread, as the caller may be inside an async runtime, in which none can be
/// started.
pub(super) fn block_on<T: Send, F: Future<Output = T>>(
    start: impl FnOnce() -> F + Send,
) -> Result<T, String> {
    let run = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        Ok(runtime.map_err(|error| error.to_string())?.block_on(start()))
    };
    std::thread::scope(|scope| {
        scope.spawn(run).join().unwrap_or_else(|_| Err("the thread that reads ended early".to_owned()))
    })
}

async fn read(connection: &ConnectionConfig) -> Result<Catalog, Failure> {
    let resolved = connection.resolve(|name| env::var(name).ok()).map_err(Failure::Settings)?;
    let client = connect(&resolved.primary, connection).await?;
    read_within(&client, connection.statement_timeout.unwrap_or(STATEMENT_TIMEOUT)).await
}

/// Reads the schema over an open connection.
pub(super) async fn read_with(client: &Client) -> Result<Catalog, Failure> {
    read_within(client, STATEMENT_TIMEOUT).await
}

async fn read_within(client: &Client, timeout: Duration) -> Result<Catalog, Failure> {
    let version = version(client).await.map_err(|error| Failure::Query(error, Vec::new()))?;
    if version.major() < OLDEST {
        return Err(Failure::TooOld(version));
    }
    for _ in 0..ATTEMPTS {
        match attempt(client, version, timeout).await {
            Ok(Ok(catalog)) => return Ok(catalog),
            Ok(Err(Changed)) => {}
            Err(error) if is_change(&error) => roll_back(client).await,
            Err(error) => {
                let locked = locked(client, &error).await;
                return Err(Failure::Query(error, locked));
            }
        }
    }
    Err(Failure::Changed)
}

/// A connection on which every name is the server's own. A database's owner may have set a `search_path` for it in which
/// functions of theirs hide the server's: they would run as the user who reads
/// (`a_database_runs_nothing_as_the_user_who_reads_it`).
async fn connect(server: &ServerAddress, connection: &ConnectionConfig) -> Result<Client, Failure> {
    let patience = connection.pool.acquire_timeout;
    let connecting = ormgen_runtime::generated::connect(server, &connection.alias);
    let client = match tokio::time::timeout(patience, connecting).await {
        Ok(connected) => connected.map_err(|error| Failure::Connect(Where::from(server), error))?,
        Err(_) => return Err(Failure::ConnectTimeout(Where::from(server), patience)),
    };
    let own = client.batch_execute("SET search_path TO ''").await;
    own.map_err(|error| Failure::Query(error, Vec::new()))?;
    Ok(client)
}

async fn version(client: &Client) -> Result<Version, tokio_postgres::Error> {
    let row = client.query_typed_one(queries::VERSION, &[]).await?;
    Ok(Version(u32::try_from(row.try_get::<_, i64>(0)?).unwrap_or_default()))
}

/// One look at the whole schema. All queries are sent before the first answer is read.
async fn attempt(
    client: &Client,
    version: Version,
    timeout: Duration,
) -> Result<Result<Catalog, Changed>, tokio_postgres::Error> {
    client.batch_execute(&begin(timeout)).await?;
    let texts = queries::all(version);
    let mut answers: [Vec<Row>; COUNT] = Default::default();
    let results = join_all(texts.iter().map(|text| client.query_typed(text, &[]))).await;
    // In their order: once one has failed, the server refuses those behind it.
    for (answer, result) in answers.iter_mut().zip(results) {
        *answer = result?;
    }
    client.batch_execute("COMMIT").await?;
    Ok(assemble(Answers::read(&answers)?))
}

/// With no search path every name is printed with its schema; the other settings decide how values are printed.
fn begin(timeout: Duration) -> String {
    format!(
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL search_path TO ''; \
         SET LOCAL lock_timeout TO {}; SET LOCAL statement_timeout TO {}; SET LOCAL timezone TO 'UTC'; \
         SET LOCAL datestyle TO 'ISO'; SET LOCAL intervalstyle TO 'postgres'; SET LOCAL extra_float_digits TO 1; \
         SET LOCAL bytea_output TO 'hex'; SET LOCAL quote_all_identifiers TO off",
        LOCK_TIMEOUT.as_millis(),
        timeout.as_millis(),
    )
}

/// Whether the server failed on an object that was dropped meanwhile: "cache lookup failed", "could not open relation".
fn is_change(error: &tokio_postgres::Error) -> bool {
    error.code().is_some_and(|code| {
        [SqlState::INTERNAL_ERROR, SqlState::UNDEFINED_TABLE, SqlState::UNDEFINED_OBJECT].contains(code)
    })
}

async fn roll_back(client: &Client) {
    // What matters failed already; a connection that is gone shows at the next statement.
    let _ = client.batch_execute("ROLLBACK").await;
}

/// Who holds what, if it was a lock that was waited for.
async fn locked(client: &Client, error: &tokio_postgres::Error) -> Vec<String> {
    if error.code() != Some(&SqlState::LOCK_NOT_AVAILABLE) {
        return Vec::new();
    }
    roll_back(client).await;
    let rows = client.query_typed(queries::LOCKED, &[]).await.unwrap_or_default();
    let shown = |row: &Row| {
        let (table, process): (String, i32) = (row.try_get(0).ok()?, row.try_get(1).ok()?);
        Some(format!("`{table}` by process {process}"))
    };
    rows.iter().filter_map(shown).collect()
}
