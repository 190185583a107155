//! One pool per connection, bound by its type to one database.

mod copy;
mod direct;
mod janitor;
mod lane;
mod lanes;
mod lease;
mod maintain;
mod manager;
mod params;
mod pulse;
mod read_only;
mod session;
mod slot;
mod source;
mod statements;
mod target;
#[cfg(feature = "tls")]
mod tls;

use std::{
    fmt,
    marker::PhantomData,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use crate::{
    cache::Caches,
    config::ConnectionConfig,
    error::{Alias, Result},
    model::Database,
    sql::{Intent, Statement},
};

pub(crate) use copy::{NextRow, fits};
pub use direct::connect;
pub(crate) use lane::Answer;
use lease::Server;
pub(crate) use lease::{Asked, Lease};
pub use read_only::ReadOnly;
pub use session::Session;
pub(crate) use target::Queried;
pub use target::Target;

/// The connections to one server (and the replicas that follow it), which serve the models of database `D`.
///
/// `&Pool<D>` is an executor. A few of the connections are *lanes*, which any number of statements use at the same time
/// (`lanes` in the manifest; 2 unless told otherwise). A transaction, [`connection`](Self::connection), a stream and an
/// insert of many rows have one of the others to themselves, and so has each statement on
/// [`exclusive`](Self::exclusive), or where `lanes` is 0. `max_size` counts all of them.
///
/// A statement that holds up others on its lane for more than 50 ms is cancelled, which undoes it, and run again on a
/// connection of its own. Session state (`SET`, temporary tables, advisory locks) belongs on a
/// [`connection`](Self::connection): no two statements on the pool need be on the same session.
///
/// Cloning is cheap and gives another handle of the same pool.
///
/// ```
/// # mod shop { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/shop.rs")); }
/// # use shop::*;
/// # use ormgen_runtime::{prelude::*};
/// use ormgen_runtime::{Pool, Result};
///
/// async fn example(crm: &Pool<Crm>) -> Result<()> {
///     let ada = Customer::find(1).one(crm).await?;
///     crm.transaction(async |tx| ada.update().set(Customer::VISITS, Customer::VISITS + 1).execute(tx).await).await?;
///     let from_a_replica = Customer::query().all(crm.read_only()).await?;
///     println!("{} customers", from_a_replica.len());
///     Ok(())
/// }
/// ```
pub struct Pool<D> {
    shared: Arc<Shared>,
    database: PhantomData<fn() -> D>,
}

/// What a pool is, whatever its database.
#[derive(Debug)]
pub struct Shared {
    alias: Alias,
    primary: Server,
    replicas: Vec<Server>,
    next_replica: AtomicUsize,
    caches: Arc<Caches>,
}

impl<D: Database> Pool<D> {
    /// A pool as its settings say. Nothing is connected yet; variables are looked up in the environment.
    ///
    /// # Errors
    /// [`Error::Config`](crate::Error::Config) if a variable is not set, or a setting cannot be used.
    pub fn new(config: &ConnectionConfig) -> Result<Self> {
        let resolved = config.resolve(|name| std::env::var(name).ok())?;
        let alias: Alias = config.alias.as_str().into();
        let open = |server| Server::new(server, config, &alias);
        let shared = Shared {
            primary: open(&resolved.primary)?,
            replicas: resolved.replicas.iter().map(open).collect::<Result<_>>()?,
            next_replica: AtomicUsize::new(0),
            caches: Arc::default(),
            alias,
        };
        Ok(Self { shared: Arc::new(shared), database: PhantomData })
    }

    /// Connects once, to the primary and to each replica, so that what is wrong is known now.
    ///
    /// # Errors
    /// [`Error::Connect`](crate::Error::Connect) if a server cannot be reached or refuses.
    pub async fn ready(&self) -> Result<()> {
        for server in self.shared.servers() {
            server.ready().await?;
        }
        Ok(())
    }

    /// The name of the connection that this pool serves.
    pub fn alias(&self) -> &str {
        &self.shared.alias
    }

    /// One connection, for work that must stay on the same session (`SET`, advisory locks, temporary tables).
    ///
    /// # Errors
    /// Those of taking a connection.
    pub async fn connection(&self) -> Result<Connection<D>> {
        let lease = self.shared.lease(Intent::Write).await?;
        Ok(Connection { lease, unknown: AtomicBool::new(false), database: PhantomData })
    }

    /// An executor that reads from the primary even where the pool has replicas.
    pub fn primary(&self) -> Primary<'_, D> {
        Primary { pool: self }
    }

    /// An executor that gives each statement a connection of its own, as transactions have, in place of one that many
    /// statements share: for a statement that is known to take long, and for a call of a function whose work is not
    /// undone when the statement is cancelled.
    ///
    /// `Report::query().order_by(Report::ID.asc()).all(dbs.orders.exclusive()).await?`
    pub fn exclusive(&self) -> Exclusive<'_, D> {
        Exclusive { pool: self }
    }

    /// An executor that only reads, from a replica where there is one. A write on it does not compile.
    pub fn read_only(&self) -> ReadOnly<'_, D> {
        ReadOnly::new(&self.shared)
    }

    /// Waits until every connection is given back, and closes them. Whoever asks for one from now on gets
    /// [`Error::PoolClosed`](crate::Error::PoolClosed).
    pub async fn close(&self) {
        for server in self.shared.servers() {
            server.close();
        }
        for server in self.shared.servers() {
            server.closed().await;
        }
    }

    /// How many connections are open now, those to replicas included.
    pub fn size(&self) -> usize {
        self.shared.servers().map(Server::size).sum()
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }
}

impl Shared {
    pub(crate) fn alias(&self) -> &Alias {
        &self.alias
    }

    pub(crate) async fn lease(&self, intent: Intent) -> Result<Lease> {
        let lease = self.server(intent).lease().await?;
        lease.written().tells(&self.caches);
        Ok(lease)
    }

    pub(crate) async fn ask(&self, intent: Intent, statement: &Statement<'_>) -> Result<Asked> {
        self.server(intent).ask(statement).await
    }

    fn server(&self, intent: Intent) -> &Server {
        match intent {
            Intent::Read => self.reader(),
            Intent::Write => &self.primary,
        }
    }

    pub(crate) fn caches(&self) -> &Arc<Caches> {
        &self.caches
    }

    /// The replicas take turns; where there is none, the primary serves.
    fn reader(&self) -> &Server {
        let turn = self.next_replica.fetch_add(1, Ordering::Relaxed);
        self.replicas.get(turn % self.replicas.len().max(1)).unwrap_or(&self.primary)
    }

    /// A connection to each server: to the primary, then to each replica.
    pub(crate) fn lease_each(&self) -> impl Iterator<Item = impl Future<Output = Result<Lease>>> {
        self.servers().map(Server::lease)
    }

    fn servers(&self) -> impl Iterator<Item = &Server> {
        std::iter::once(&self.primary).chain(&self.replicas)
    }
}

impl<D> Clone for Pool<D> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), database: PhantomData }
    }
}

impl<D: Database> fmt::Debug for Pool<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("database", &D::NAME).field("connection", &self.alias()).finish()
    }
}

/// One connection, until it is dropped. `&Connection<D>` is an executor.
///
/// ```
/// # mod shop { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/shop.rs")); }
/// # use shop::*;
/// # use ormgen_runtime::{prelude::*};
/// # use ormgen_runtime::Result;
/// async fn example(dbs: &Databases) -> Result<()> {
///     let connection = dbs.crm.connection().await?;
///     connection.batch("SET search_path = archive").await?;
///     let archived = Customer::query().count(&connection).await?;
///     connection.batch("RESET search_path").await?;
///     println!("{archived} archived");
///     Ok(())
/// }
/// ```
#[derive(Debug)]
pub struct Connection<D> {
    lease: Lease,
    /// The caller ran SQL of their own, which may have left a transaction open.
    unknown: AtomicBool,
    database: PhantomData<fn() -> D>,
}

impl<D> Connection<D> {
    pub(crate) fn session(&self) -> &Session {
        &self.lease
    }

    /// Runs SQL text of one or more statements that take no values: `SET`, `LOCK`, DDL.
    ///
    /// A transaction begun this way and not ended is rolled back when the connection is given back. What is set
    /// here stays on the server's session for whoever gets the connection next; end with `RESET`, or use
    /// `SET LOCAL` in a transaction.
    ///
    /// # Errors
    /// Those of the server.
    pub async fn batch(&self, sql: &str) -> Result<()> {
        self.unknown.store(true, Ordering::Relaxed);
        let done = self.lease.batch(sql).await;
        self.lease.written().note_all();
        self.lease.written().tell();
        done
    }
}

impl<D> Drop for Connection<D> {
    fn drop(&mut self) {
        if self.unknown.load(Ordering::Relaxed) {
            self.lease.roll_back();
        }
    }
}

/// A pool whose reads go to the primary. See [`Pool::primary`].
#[derive(Debug)]
pub struct Primary<'a, D: Database> {
    pool: &'a Pool<D>,
}

/// A pool that gives each statement a connection of its own. See [`Pool::exclusive`].
#[derive(Debug)]
pub struct Exclusive<'a, D: Database> {
    pool: &'a Pool<D>,
}

impl<'a, D: Database> Primary<'a, D> {
    pub(crate) fn pool(&self) -> &'a Pool<D> {
        self.pool
    }
}

impl<'a, D: Database> Exclusive<'a, D> {
    pub(crate) fn pool(&self) -> &'a Pool<D> {
        self.pool
    }
}
