//! Databases of a test's own: copies of those that the connections lead to.

use std::{
    env, fmt,
    ops::Deref,
    process,
    sync::atomic::{AtomicU32, Ordering},
    thread,
};

use crate::{
    config::{ConnectionConfig, Endpoint, ServerAddress, Template},
    databases::DatabaseSet,
    error::{Alias, Error, Result},
    executor::{Executor, Writer},
    model::Database,
    pool::{Target, connect},
    sql::quoted,
};

/// The databases of one test: a copy of each database that the manifest's connections lead to, with the rows that it has.
/// The copies are dropped with this value, also when the test panics.
///
/// `D` is the generated `Databases`. A `&TestDatabases<Databases>` is an executor as a `&Databases` is, and has its
/// pools as fields.
///
/// ```
/// # mod db { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/guide.rs")); }
/// # use db::{Databases, orders::*};
/// use ormgen_runtime::{Result, prelude::*, testing::TestDatabases};
///
/// // With `#[tokio::test]`.
/// async fn a_tag_gets_a_key() -> Result<()> {
///     let dbs = TestDatabases::<Databases>::copy().await?;
///     let tag = Tag::insert(NewTag { name: "sale".into() }).one(&dbs).await?;
///     assert_eq!(Tag::find(tag.id).one(&dbs).await?.name, "sale");
///     Ok(())
/// }
/// ```
///
/// A copy is made by the server (`CREATE DATABASE … TEMPLATE …`), in about as much time as copying its files takes. The
/// user of the connection owns the database and has the right `CREATEDB`, or is a superuser; the server has a database
/// `postgres` to connect to meanwhile; and no other session is connected to the database that is copied: the server waits
/// five seconds for sessions to end, then refuses. Connections to one database share one copy, and replicas are left out.
pub struct TestDatabases<D> {
    databases: D,
    /// Dropped after the pools.
    _copies: Copies,
}

impl<D: DatabaseSet> TestDatabases<D> {
    /// Copies the database of each connection of the manifest, found by the environment variables that it names.
    ///
    /// If the future is dropped before it completes (a test's timeout), the server goes on copying, and nobody drops that copy.
    ///
    /// # Errors
    /// [`Error::Config`] for a variable that is not set, [`Error::Connect`]
    /// for a server that cannot be reached; the server's error where it refuses to copy.
    pub async fn copy() -> Result<Self> {
        Self::copy_of(D::settings()).await
    }

    /// Copies the database of each of these connections.
    ///
    /// # Errors
    /// The errors of [`copy`](Self::copy).
    pub async fn copy_of(connections: Vec<ConnectionConfig>) -> Result<Self> {
        let mut copies = Copies(Vec::new());
        let mut settings = Vec::with_capacity(connections.len());
        for connection in connections {
            let name = copies.of(&connection).await?;
            settings.push(to_database(&connection, &name)?);
        }
        Ok(Self { databases: D::lazy(settings)?, _copies: copies })
    }
}

impl<D> Deref for TestDatabases<D> {
    type Target = D;

    fn deref(&self) -> &D {
        &self.databases
    }
}

impl<D: fmt::Debug> fmt::Debug for TestDatabases<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TestDatabases").field(&self.databases).finish()
    }
}

impl<D: Database, E: Executor<D>> Executor<D> for TestDatabases<E> {
    fn target(&self) -> Target<'_> {
        self.databases.target()
    }
}

impl<D: Database, E: Writer<D>> Writer<D> for TestDatabases<E> {}

/// A database that was copied, and its copy.
struct CopiedDatabase {
    hosts: Vec<(String, u16)>,
    original: String,
    copy: String,
    /// The way to another database of the server, from which the copy can be dropped.
    server: ServerAddress,
    /// The connection's name, for errors.
    alias: Alias,
}

/// The copies that exist. They are dropped with this value.
struct Copies(Vec<CopiedDatabase>);

impl Copies {
    /// The name of the copy of a connection's database, which is made where there is none.
    async fn of(&mut self, connection: &ConnectionConfig) -> Result<String> {
        let primary = connection.resolve(variable)?.primary;
        // As libpq: a database that is not named is called like the user.
        let original = primary
            .database
            .clone()
            .or(primary.user.clone())
            .or_else(|| variable("USER"))
            .unwrap_or_default();
        let is_same = |known: &&CopiedDatabase| known.hosts == primary.hosts && known.original == original;
        if let Some(known) = self.0.iter().find(is_same) {
            return Ok(known.copy.clone());
        }
        let mut server = primary.clone();
        server.database = Some("postgres".to_owned());
        let alias: Alias = connection.alias.as_str().into();
        let copy = loop {
            let name = name_of_copy(&original);
            let create = format!("CREATE DATABASE {} TEMPLATE {}", quoted(&name), quoted(&original));
            match run_on(&server, &alias, create).await {
                Ok(()) => break name,
                Err(error) if error.sqlstate().is_some_and(|code| EXISTS.contains(&code)) => {}
                Err(error) => return Err(error),
            }
        };
        self.0.push(CopiedDatabase { hosts: primary.hosts, original, copy: copy.clone(), server, alias });
        Ok(copy)
    }
}

impl Drop for Copies {
    /// On a thread of its own: whatever runs the test can neither wait here nor go on after a panic.
    fn drop(&mut self) {
        let copies = std::mem::take(&mut self.0);
        let drop_all = || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                for CopiedDatabase { copy, server, alias, .. } in copies {
                    if let Err(error) = run_on(&server, &alias, drop_statement(&copy)).await {
                        tracing::warn!(database = copy, "a test's database was not dropped: {error}");
                    }
                }
            });
            std::io::Result::Ok(())
        };
        if !matches!(thread::spawn(drop_all).join(), Ok(Ok(()))) {
            tracing::warn!("the test's databases were not dropped");
        }
    }
}

/// What the server says if there is a database of that name, also one that is being created.
const EXISTS: [&str; 2] = ["42P04", "23505"];

/// Runs a statement on a connection of its own: a pool could wait for one of the test's pools, whose thread waits here.
async fn run_on(server: &ServerAddress, alias: &Alias, statement: String) -> Result<()> {
    let client = connect(server, alias).await?;
    client.batch_execute(&statement).await.map_err(|error| Error::from_driver(alias, error))
}

fn drop_statement(name: &str) -> String {
    format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quoted(name))
}

/// A name that no other test of this process has. One of another process may have it: in another container, whose processes
/// have the same numbers, or one that ended before it could drop its copies.
fn name_of_copy(original: &str) -> String {
    /// PostgreSQL cuts names after 63 bytes.
    const LONGEST: usize = 63;
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let suffix = format!("_test_{}_{}", process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    let mut name = original.to_owned();
    while name.len() + suffix.len() > LONGEST {
        name.pop();
    }
    name + &suffix
}

/// The same connection to another database of the same server, without replicas.
fn to_database(connection: &ConnectionConfig, name: &str) -> Result<ConnectionConfig> {
    let mut connection = connection.clone();
    connection.replicas.clear();
    let Endpoint::Url(url) = &connection.endpoint else { return Ok(connection.database(name)) };
    // The parameter `dbname` has precedence over the URL's path.
    let separator = if url.resolve(variable)?.expose().contains('?') { '&' } else { '?' };
    let encoded = percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC);
    connection.endpoint =
        Endpoint::Url(Template::from(format!("{}{separator}dbname={encoded}", url.as_written())));
    Ok(connection)
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok()
}
