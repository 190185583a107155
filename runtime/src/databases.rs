//! Opens, checks and closes the pools of the generated `Databases` struct, however many databases it has.

#[cfg(feature = "manifest")]
use std::path::Path;
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt};

#[cfg(feature = "manifest")]
use crate::config::read_manifest;
use crate::{
    config::{ConfigError, ConfigProblem, ConnectionConfig},
    error::{Difference, Error, Result},
    model::{Database, Sealed},
    pool::{CLOSE_TIMEOUT, Closed, Pool, Shared, Status},
    verify::fits,
};

/// A set of databases, with one pool per connection of the manifest. The generated `Databases` struct implements it;
/// it is in scope through the [prelude](crate::prelude).
///
/// ```
/// # mod shop { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/shop.rs")); }
/// # use shop::*;
/// # use ormgen_runtime::{prelude::*};
/// use ormgen_runtime::{DatabaseSet, Result};
///
/// async fn start() -> Result<Databases> {
///     let dbs = Databases::from_env().await?; // URLs are taken from the variables that the manifest names
///     dbs.verify().await?; // the servers' schemas still fit the generated code
///     Ok(dbs)
/// }
///
/// async fn stop(dbs: &impl DatabaseSet) {
///     dbs.close().await;
/// }
/// ```
#[allow(async_fn_in_trait)] // Only the generated struct implements it, and its futures are Send.
pub trait DatabaseSet: Sized + Send + Sync {
    /// The connection settings from the manifest, as of when the code was generated; environment variables are not
    /// yet looked up.
    fn settings() -> Vec<ConnectionConfig>;

    /// Opens a pool for each connection, found by its name.
    #[doc(hidden)]
    fn open(connections: &Connections) -> Result<Self>;

    /// The pools, one for each connection.
    #[doc(hidden)]
    fn pools(&self) -> Vec<&dyn AnyPool>;

    /// Opens a pool for each connection of the manifest, and makes sure that each primary can be reached.
    ///
    /// # Errors
    /// [`Error::Config`](crate::Error::Config) for a manifest that cannot be read or a variable that is not
    /// set, [`Error::Connect`](crate::Error::Connect) for a server that cannot be reached.
    #[cfg(feature = "manifest")]
    fn connect(manifest: impl AsRef<Path> + Send) -> impl Future<Output = Result<Self>> + Send {
        async move {
            let connections = read_manifest(manifest.as_ref())?;
            Self::ready(Self::open(&Connections(connections))?).await
        }
    }

    /// As [`connect`](Self::connect), with the connection settings as of when the code was generated: needs no
    /// manifest, only the environment variables that it names.
    ///
    /// # Errors
    /// The errors of [`connect`](Self::connect).
    fn from_env() -> impl Future<Output = Result<Self>> + Send {
        async { Self::ready(Self::open(&Connections(Self::settings()))?).await }
    }

    /// Opens a pool for each of these connections. Without `min_idle`, a pool first connects with its first query.
    ///
    /// # Errors
    /// [`Error::Config`](crate::Error::Config) for a variable that is not set, or a connection that is missing.
    fn lazy(settings: Vec<ConnectionConfig>) -> Result<Self> {
        Self::open(&Connections(settings))
    }

    #[doc(hidden)]
    fn ready(databases: Self) -> impl Future<Output = Result<Self>> + Send {
        async move {
            let pools = databases.pools();
            in_batches(pools.iter().map(|pool| pool.ready()).collect()).await?;
            drop(pools);
            Ok(databases)
        }
    }

    /// Compares the current schema of each server, replicas and further connections included, with the schema that
    /// the code was generated from. Changes that no read notices are not reported: an added table or column, a column
    /// that has become NOT NULL, a `varchar` that has become longer or a `text`; nor are defaults, keys and checks,
    /// although an insert may fail that leaves out a column which has lost its default. What hurts some programs only is
    /// logged, as a warning: a label that was added to an enum, as reading a row with it gives an error that names the
    /// label; and a new column that is NOT NULL and has no default, as inserts fail unless a trigger sets it.
    ///
    /// # Errors
    /// [`Error::Drift`](crate::Error::Drift) with a description of every difference; the errors of taking a
    /// connection.
    fn verify(&self) -> impl Future<Output = Result<()>> + Send {
        async {
            let pools = self.pools();
            let checks = pools.iter().map(|pool| pool.differences()).collect();
            fits(in_batches(checks).await?.concat())
        }
    }

    /// The state of each connection on each of its servers, for a health page. All servers are queried at once, each
    /// on a pooled connection, and the wait for each ends after `within`.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use ormgen_runtime::DatabaseSet;
    /// async fn is_healthy(dbs: &impl DatabaseSet) -> bool {
    ///     let all = dbs.status(Duration::from_millis(500)).await;
    ///     all.iter().all(|status| status.is_reachable() || status.is_replica)
    /// }
    /// ```
    fn status(&self, within: Duration) -> impl Future<Output = Vec<Status>> + Send {
        async move {
            let pools = self.pools();
            let all = futures_util::future::join_all(pools.iter().map(|pool| pool.status(within))).await;
            all.into_iter().flatten().collect()
        }
    }

    /// Closes all pools at the same time, and waits at most 30 seconds until every connection has been
    /// given back: see [`close_within`](Self::close_within).
    fn close(&self) -> impl Future<Output = Closed> + Send {
        self.close_within(CLOSE_TIMEOUT)
    }

    /// Closes all pools at the same time, as [`Pool::close_within`] does, and adds up what each pool reports.
    fn close_within(&self, timeout: Duration) -> impl Future<Output = Closed> + Send {
        async move {
            let pools = self.pools();
            let closed =
                futures_util::future::join_all(pools.iter().map(|pool| pool.close_within(timeout))).await;
            Closed::of(closed)
        }
    }
}

/// The most pools that connect at the same time: hundreds at once would be refused by a server that they share.
const AT_ONCE: usize = 16;

/// Awaits all futures, [`AT_ONCE`] at a time, and gives their results in the same order.
async fn in_batches<T>(all: Vec<Waiting<'_, Result<T>>>) -> Result<Vec<T>> {
    futures_util::stream::iter(all).buffered(AT_ONCE).try_collect().await
}

/// The settings of connections that pools can be opened for.
#[derive(Debug)]
pub struct Connections(Vec<ConnectionConfig>);

impl Connections {
    /// Opens the pools of the connections with these names, in that order.
    ///
    /// Every step that can fail is done here, once: if each field of a generated struct could fail, rustc's work
    /// would grow with the square of the number of fields.
    ///
    /// # Errors
    /// [`Error::Config`](crate::Error::Config) if no connection has such a name, or its settings cannot be used.
    pub fn pools<const N: usize>(&self, aliases: [&str; N]) -> Result<[UntypedPool; N]> {
        let pools = aliases.iter().map(|alias| self.pool(alias)).collect::<Result<Vec<_>>>()?;
        // There are as many pools as names.
        pools.try_into().map_err(|_| missing(""))
    }

    fn pool(&self, alias: &str) -> Result<UntypedPool> {
        match self.0.iter().find(|connection| connection.alias == alias) {
            Some(connection) => Ok(UntypedPool(Shared::new(connection)?)),
            None => Err(missing(alias)),
        }
    }
}

fn missing(alias: &str) -> Error {
    ConfigError::from(ConfigProblem::MissingConnection(alias.to_owned())).into()
}

/// A pool that is not yet bound to a database by its type.
#[derive(Debug)]
pub struct UntypedPool(Shared);

impl UntypedPool {
    /// Binds the pool to database `D`.
    pub fn of<D: Database>(self) -> Pool<D> {
        Pool::of(self.0)
    }
}

type Waiting<'a, T> = futures_util::future::BoxFuture<'a, T>;

/// A pool, whichever database it is bound to.
pub trait AnyPool: Sealed + Send + Sync {
    #[doc(hidden)]
    fn ready(&self) -> Waiting<'_, Result<()>>;
    #[doc(hidden)]
    fn close_within(&self, timeout: Duration) -> Waiting<'_, Closed>;
    #[doc(hidden)]
    fn status(&self, within: Duration) -> Waiting<'_, Vec<Status>>;
    #[doc(hidden)]
    fn differences(&self) -> Waiting<'_, Result<Vec<Difference>>>;
}

impl<D: Database> Sealed for Pool<D> {}

impl<D: Database> AnyPool for Pool<D> {
    fn ready(&self) -> Waiting<'_, Result<()>> {
        Box::pin(self.ready())
    }

    fn close_within(&self, timeout: Duration) -> Waiting<'_, Closed> {
        Box::pin(self.close_within(timeout))
    }

    fn status(&self, within: Duration) -> Waiting<'_, Vec<Status>> {
        Box::pin(self.shared().status(within))
    }

    fn differences(&self) -> Waiting<'_, Result<Vec<Difference>>> {
        Box::pin(self.differences())
    }
}
