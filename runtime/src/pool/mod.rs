//! Connection pools, one per connection of the manifest, each bound by its type to one database.

mod cancel;
#[cfg(feature = "tls")]
mod certificate;
mod commit;
mod connector;
mod copy;
mod direct;
mod elsewhere;
mod greeting;
mod group;
mod home;
mod host;
mod incoming;
mod known;
mod lease;
mod lost;
mod neighbours;
mod opening;
mod outcome;
mod params;
mod pipeline;
mod queue;
mod read_only;
mod replicas;
mod run;
mod seen;
mod server;
mod session;
mod silence;
mod socket;
mod statements;
mod status;
mod tags;
mod target;
#[cfg(feature = "tls")]
mod tls;
mod unreached;
mod upkeep;
mod ways;
mod wire;

use std::{fmt, marker::PhantomData, sync::Arc, time::Duration};

use futures_util::{FutureExt, future::join_all};

use crate::{
    cache::Caches,
    config::{ConnectionConfig, Reads},
    error::{Alias, Error, Result},
    model::Database,
    sql::{Effect, Intent},
};

use connector::Role;
pub(crate) use copy::{NextRow, ROWS_FOLLOW, fits};
pub use direct::connect;
pub(crate) use lease::Lease;
pub(crate) use outcome::Ended;
pub use read_only::ReadOnly;
pub use replicas::ReplicaStatus;
use replicas::Replicas;
pub use seen::{NotSeen, Seen};
use server::Server;
pub use session::Session;
pub use status::{LastError, Status};
pub(crate) use target::Held;
pub use target::Target;
pub use ways::{Exclusive, GroupCommit, Primary};

/// A pool of connections to one server and its replicas, which serves the models of database `D`.
///
/// `&Pool<D>` is an executor. As long as connections are free, each statement has one to itself; `max_size` in the
/// manifest limits their number. When callers have to wait for a connection, short reads may share one: finds of one
/// model are combined into one statement, and other reads are pipelined. A statement that may change anything is sent
/// once, on a connection to itself: the pool never repeats it, and cancels it only if its future is dropped.
///
/// # A dropped future
/// A future may be dropped before it completes: by a timeout, or by a web framework whose client went away. A statement
/// that was not sent yet is then never sent. The server may take another 100 ms to finish one that was sent; after that
/// the pool asks it to cancel the statement. So **a write whose future is dropped is stored or not**: find out by a
/// read, or run a write that has to be finished in a task of its own (`tokio::spawn`), which is not dropped with its
/// caller. A transaction whose future is dropped is rolled back, also one in a closure; only a commit under way may
/// still take effect. Within a transaction that goes on, a dropped statement is not cancelled: the next one waits for
/// it, and the commit stores it. So drop the transaction too. An `insert_many` stores all of its rows or none.
///
/// A statement holds its connection until its future completes or is dropped. A future that is kept without being
/// polled also holds its connection, while other callers wait for one: poll it (`join!`, a task), or drop it.
///
/// Session state (`SET`, temporary tables, advisory locks) belongs on a [`connection`](Self::connection): two
/// statements that run on the pool may run in different sessions. A statement whose text changes it is refused; what a
/// function of the program's own changes in its session stays there for later callers, also where a transaction calls it:
/// let it set what ends with the transaction, `set_config(…, true)`.
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

/// How long [`Pool::close`] waits for connections to be given back.
pub(crate) const CLOSE_TIMEOUT: Duration = Duration::from_secs(30);

/// The result of closing one or more pools.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Closed {
    /// For each connection of the manifest, how many pooled connections were not given back in time. Each is closed
    /// when it is given back.
    pub left: Vec<(Alias, usize)>,
    /// Connections that were in use and were given back in time.
    pub finished: usize,
    /// Callers that were waiting for a connection and got an error because the pool was closed.
    pub refused: usize,
}

impl Closed {
    /// Whether every connection was closed.
    pub fn is_clean(&self) -> bool {
        self.left.is_empty()
    }

    /// The sum of the results of several pools.
    pub(crate) fn of(pools: impl IntoIterator<Item = Self>) -> Self {
        pools.into_iter().fold(Self::default(), |mut all, one| {
            all.left.extend(one.left);
            all.finished += one.finished;
            all.refused += one.refused;
            all
        })
    }
}

/// The part of a pool that does not depend on its database's type.
#[derive(Debug)]
pub struct Shared {
    alias: Alias,
    primary: Arc<Server>,
    replicas: Arc<Replicas>,
    reads: Reads,
    group_commit: bool,
    caches: Arc<Caches>,
}

impl Shared {
    /// Builds a pool from its connection's settings; see [`Pool::new`].
    pub fn new(config: &ConnectionConfig) -> Result<Self> {
        let variable = |name: &str| std::env::var(name).ok();
        let (resolved, tags) = (config.resolve(variable)?, config.resolve_tags(variable)?);
        let alias: Alias = config.alias.as_str().into();
        let caches = Arc::default();
        let open = |server, role| Server::new(server, role, config, &tags, &alias, &caches);
        let primary = open(&resolved.primary, Role::Primary)?;
        let replicas = resolved.replicas.iter().map(|replica| open(replica, Role::Replica));
        let replicas = replicas.collect::<Result<_>>()?;
        Ok(Self {
            replicas: Replicas::new(replicas, &primary, config.max_lag, &alias),
            primary,
            reads: config.reads,
            group_commit: config.pool.group_commit,
            caches,
            alias,
        })
    }
}

impl<D: Database> Pool<D> {
    /// Builds a pool from its connection's settings, whose variables are looked up in the environment now. Without
    /// `min_idle`, the pool first connects with its first query.
    ///
    /// # Errors
    /// [`Error::Config`](crate::Error::Config) if a variable is not set, or a setting cannot be used.
    pub fn new(config: &ConnectionConfig) -> Result<Self> {
        Ok(Self::of(Shared::new(config)?))
    }

    /// Binds a pool to database `D`.
    pub(crate) fn of(shared: Shared) -> Self {
        Self { shared: Arc::new(shared), database: PhantomData }
    }

    /// Connects once to the primary and to each replica, so that a mistake in the settings shows at once. A replica
    /// that does not answer is not an error: the pool reads from it as soon as it answers.
    ///
    /// # Errors
    /// [`Error::Connect`](crate::Error::Connect) if the primary cannot be reached or refuses.
    pub async fn ready(&self) -> Result<()> {
        self.shared.primary.ready().await?;
        self.shared.replicas.ready().await;
        Ok(())
    }

    /// The name of the connection that this pool serves.
    pub fn alias(&self) -> &str {
        &self.shared.alias
    }

    /// One connection, for work that must stay on the same session (`SET`, advisory locks, temporary tables).
    ///
    /// # Errors
    /// The errors of taking a connection. [`Error::SharedSession`](crate::Error::SharedSession) behind a pooler that
    /// may give the session to another client after each transaction.
    pub async fn connection(&self) -> Result<Connection<D>> {
        let lease = self.shared.lease(Intent::Write).await?;
        if !lease.is_own() {
            return Err(Error::SharedSession { connection: Arc::clone(&self.shared.alias) });
        }
        Ok(Connection { lease, database: PhantomData })
    }

    /// An executor that reads from the primary even where the pool has replicas.
    pub fn primary(&self) -> Primary<'_, D> {
        Primary(self)
    }

    /// An executor that gives every statement, short reads included, a connection to itself.
    ///
    /// `Report::query().order_by(Report::ID.asc()).all(dbs.orders.exclusive()).await?`
    pub fn exclusive(&self) -> Exclusive<'_, D> {
        Exclusive(self)
    }

    /// An executor on which inserts of one row, and updates and deletes by key, may share a commit: the writes that
    /// wait for a connection at the same time are sent as one transaction. Each caller gets its own result once the
    /// commit is confirmed. On a server that waits for its disk at each commit, this is many times as fast.
    ///
    /// `Visit::insert(visit).execute(dbs.crm.group_commit()).await?`
    ///
    /// # What it costs
    /// - If one write of a group fails, the server undoes all of them, and each is **run again** by itself. What a
    ///   trigger did outside of the database (another server, a file) may happen twice. If servers of foreign tables may have
    ///   stored their part of the group, nothing is run again, and each caller gets
    ///   [`Error::OutcomeUnknown`](crate::Error::OutcomeUnknown).
    /// - Writes that were asked for at the same time may be stored in another order.
    /// - Rows stay locked until the whole group is stored.
    /// - A group in which a write waits for a lock for 50 ms (`lock_timeout`) is undone, and each write runs by
    ///   itself.
    /// - A statement that the pool has not run before is first described by the server, which costs a round trip.
    ///
    /// `pool: { group_commit: true }` in the manifest turns this on for the whole pool.
    pub fn group_commit(&self) -> GroupCommit<'_, D> {
        GroupCommit(self)
    }

    /// An executor that only reads: from the least busy replica that is fit, else from the primary.
    ///
    /// An insert, an update or a delete on it does not compile. SQL of your own whose text changes or locks something is
    /// refused before it is sent ([`Error::WriteOnReadOnly`](crate::Error::WriteOnReadOnly)), on a replica and on the
    /// primary. What the text does not tell is what a function or a procedure does that it calls: if it writes, a
    /// replica refuses it, and the primary stores it. [`read_only().transaction(…)`](ReadOnly::transaction) refuses
    /// that too, on both.
    ///
    /// A replica is fit if it answers, follows the primary, and is no more than `max_lag` behind. It may not have the
    /// latest writes yet: see [`after`](Self::after).
    pub fn read_only(&self) -> ReadOnly<'_, D> {
        ReadOnly::new(&self.shared, None)
    }

    /// As [`read_only`](Self::read_only), for reads that must see everything stored before `seen` was taken: they run
    /// on a replica that has replayed the log that far, for which they wait up to 100 milliseconds, else on the
    /// primary. It refuses the same writes as `read_only`.
    pub fn after(&self, seen: Seen<D>) -> ReadOnly<'_, D> {
        ReadOnly::new(&self.shared, Some(seen.position()))
    }

    /// The current end of the primary's log: everything stored before now, by any client, lies before it. Take it
    /// after a write or a commit, and give it to [`after`](Self::after) for a later read, in another process too.
    ///
    /// # Errors
    /// The errors of taking a connection and of the server.
    pub async fn seen(&self) -> Result<Seen<D>> {
        let lease = self.shared.lease(Intent::Write).await?;
        replicas::end_of_log(&lease).await.map(Seen::new)
    }

    /// The state of each replica, in the order of the manifest.
    pub fn replicas(&self) -> Vec<ReplicaStatus> {
        self.shared.replicas.status()
    }

    /// Closes the pool, and waits until every connection is given back, at most 30 seconds: see
    /// [`close_within`](Self::close_within).
    pub async fn close(&self) -> Closed {
        self.close_within(CLOSE_TIMEOUT).await
    }

    /// Closes the pool: a caller that waits for a connection, or asks for one from now on, gets
    /// [`Error::PoolClosed`](crate::Error::PoolClosed). Waits, for no longer than `timeout`, until the running
    /// statements have ended and every connection has been given back, and reports how many were not.
    pub async fn close_within(&self, timeout: Duration) -> Closed {
        let (used, refused) = self.shared.servers().fold((0, 0), |(used, refused), server| {
            let closing = server.close();
            (used + closing.used, refused + closing.refused)
        });
        let left: usize =
            join_all(self.shared.servers().map(|server| server.closed(timeout))).await.into_iter().sum();
        let finished = used.saturating_sub(left);
        let left = if left > 0 { vec![(Arc::clone(&self.shared.alias), left)] } else { Vec::new() };
        Closed { left, finished, refused }
    }

    /// The state of the pool on each of its servers, for a health page: [`status`](crate::DatabaseSet::status) for one pool.
    pub async fn status(&self, within: Duration) -> Vec<Status> {
        self.shared.status(within).await
    }

    /// How many connections are open now, those to replicas included.
    pub fn size(&self) -> usize {
        self.shared.servers().map(|server| server.size()).sum()
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }
}

impl Shared {
    pub(crate) fn alias(&self) -> &Alias {
        &self.alias
    }

    /// A connection to the primary; for a read, to the primary or a replica as the setting `reads` says.
    pub(crate) async fn lease(&self, intent: Intent) -> Result<Lease> {
        match (intent, self.reads) {
            (Intent::Read, Reads::Replicas) => self.lease_to_read(None).await,
            _ => self.primary.lease().await,
        }
    }

    /// A connection to a fit replica that has replayed the log up to the position `after`, if one is given; else to
    /// the primary.
    pub(crate) async fn lease_to_read(&self, after: Option<u64>) -> Result<Lease> {
        if let Some(position) = after {
            let caught_up = self.replicas.caught_up(position).boxed().await;
            return match caught_up {
                Some(lease) => Ok(lease),
                None => self.primary.lease().await,
            };
        }
        let Some(replica) = self.replicas.choose() else { return self.primary.lease().await };
        match replica.lease().await {
            Err(Error::Connect { .. } | Error::Refused { .. } | Error::TooManyConnections { .. }) => {
                self.replicas.leave_out(replica);
                self.primary.lease().await
            }
            lease => lease,
        }
    }

    pub(crate) fn caches(&self) -> &Arc<Caches> {
        &self.caches
    }

    /// A connection to the primary, whose failure is an error, and one to each replica that answers.
    pub(crate) async fn lease_each(&self) -> Result<Vec<Lease>> {
        let mut leases = vec![self.primary.lease().await?];
        for replica in self.replicas.servers() {
            match replica.lease().await {
                Ok(lease) => leases.push(lease),
                Err(error) => tracing::warn!(connection = &*self.alias, %error, "a replica does not answer"),
            }
        }
        Ok(leases)
    }

    fn servers(&self) -> impl Iterator<Item = &Arc<Server>> {
        std::iter::once(&self.primary).chain(self.replicas.servers())
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

/// One connection, taken from the pool until this is dropped. `&Connection<D>` is an executor.
///
/// ```
/// # mod shop { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/shop.rs")); }
/// # use shop::*;
/// # use ormgen_runtime::{prelude::*};
/// # use ormgen_runtime::Result;
/// async fn example(dbs: &Databases) -> Result<()> {
///     let connection = dbs.crm.connection().await?;
///     connection.batch("CREATE TEMPORARY TABLE chosen AS SELECT id FROM customers WHERE name LIKE 'A%'").await?;
///     let chosen = Crm::sql::<i64>("SELECT id FROM chosen").all(&connection).await?;
///     println!("{} customers", Customer::find_many(chosen).count(&connection).await?);
///     Ok(())
/// }
/// ```
#[derive(Debug)]
pub struct Connection<D> {
    lease: Lease,
    database: PhantomData<fn() -> D>,
}

impl<D> Connection<D> {
    pub(crate) fn session(&self) -> &Session {
        &self.lease
    }

    /// Runs SQL text of one or more statements that take no values: `SET`, `LOCK`, DDL.
    ///
    /// What the text changes lasts until the connection is dropped. Then, before another caller gets the connection,
    /// a transaction that is still open is rolled back, settings are reset, advisory locks released and temporary
    /// tables dropped.
    ///
    /// # Errors
    /// The errors of the server.
    pub async fn batch(&self, sql: &str) -> Result<()> {
        self.lease.mark_free(Effect::of(sql));
        self.lease.set_may_have_changed(true);
        let done = self.lease.batch(sql).await;
        self.lease.written().note_all();
        self.lease.written().tell();
        match done {
            Ok(()) => self.lease.check_standbys(),
            // Any of the text's statements may have taken effect, or have committed what ran before.
            Err(error) => Err(self.lease.as_told(error.of_write(), false).await),
        }
    }
}
