//! Transactions on several databases that one call begins and ends.

use futures_util::future::{try_join, try_join_all, try_join3, try_join4};

use super::{OpenTransaction, ReadTransaction, Transaction, TransactionOptions};
use crate::{
    error::{Error, PartlyCommitted, Result},
    model::Database,
    pool::{Lease, Pool, ReadOnly, Shared},
    sql::Intent,
};

/// Runs `work` in one transaction on each of two to four databases, and commits all if it returns `Ok`, else rolls all
/// back. `work` gets the transactions as a tuple, in the order of `pools`; each runs the models of its own database. A
/// pool may be given as `dbs.crm.read_only()`; its transaction then only reads.
///
/// ```no_run
/// # use ormgen_runtime::{Database, Error, Pool, together};
/// # async fn example<Crm: Database, Orders: Database>(crm: Pool<Crm>, orders: Pool<Orders>) -> Result<(), Error> {
/// # struct Databases<C, O> { crm: Pool<C>, orders: Pool<O> }
/// # let dbs = Databases { crm, orders };
/// let done = together((&dbs.crm, &dbs.orders), async |(crm, orders)| {
///     // Models of `crm` run on the one, models of `orders` on the other.
///     crm.batch("UPDATE customers SET visits = visits + 1").await?;
///     orders.batch("DELETE FROM carts").await?;
///     Ok(())
/// });
/// match done.await {
///     Ok(()) => println!("stored on both"),
///     Err(Error::PartlyCommitted(part)) => println!("to be put right by hand: {part}"),
///     Err(error) => println!("stored on none: {error}"),
/// }
/// # Ok(())
/// # }
/// ```
///
/// # What is not atomic
/// This is **no two-phase commit**: each server commits on its own, and nothing undoes a commit.
/// - All transactions are checked first, at the same time, so that an error which can be known in advance is found
///   before anything is committed. Then they are committed one after the other, in the order of `pools`: if the first
///   commit fails, nothing is stored on any database.
/// - If a later commit fails, those before it stay: [`Error::PartlyCommitted`] tells which. The value that `work`
///   returned is then lost; keep outside of it what you need to put things right.
/// - If the program or its host dies between two commits, or the future is dropped there, as by a timeout around it, the
///   first stays and no error is reported.
/// - Other sessions may see what is committed on one database before the next one is committed.
///
/// Where that is not good enough, keep the data that must change together in one database, or store the intent in
/// the first and have a worker carry it out on the second, as often as it takes.
///
/// # Independent steps
/// Where the transactions do not depend on each other, run each by itself with its own result:
///
/// ```no_run
/// # use ormgen_runtime::{Database, Pool, Result};
/// # async fn example<Crm: Database, Orders: Database>(crm: Pool<Crm>, orders: Pool<Orders>) {
/// # struct Databases<C, O> { crm: Pool<C>, orders: Pool<O> }
/// # let dbs = Databases { crm, orders };
/// let (visits, carts): (Result<()>, Result<()>) = tokio::join!(
///     dbs.crm.transaction(async |tx| tx.batch("UPDATE customers SET visits = 0").await),
///     dbs.orders.transaction(async |tx| tx.batch("DELETE FROM carts").await),
/// );
/// # }
/// ```
///
/// # Errors
/// The errors of `work`, of taking connections, and of the commits. Nothing is stored on any of
/// the databases, except after [`Error::PartlyCommitted`], and perhaps after [`Error::OutcomeUnknown`]: the connection
/// was lost during the first commit, and the server could not be asked whether that commit took effect.
pub fn together<P: Pools, T>(
    pools: P,
    work: impl AsyncFnOnce(&P::Transactions) -> Result<T>,
) -> impl Future<Output = Result<T>> {
    try_together(pools, work)
}

/// As [`together`], for work that fails with an error type of the program's own, into which an [`Error`] converts.
///
/// # Errors
/// The errors of [`together`].
pub async fn try_together<P: Pools, T, E>(
    pools: P,
    work: impl AsyncFnOnce(&P::Transactions) -> Result<T, E>,
) -> Result<T, E>
where
    E: From<Error>,
{
    let transactions = pools.begin().await?;
    let value = work(&transactions).await?;
    commit(P::untyped(transactions)).await?;
    Ok(value)
}

/// Commits the transactions one after the other. If one fails, those after it are dropped, which rolls them back.
async fn commit(transactions: Vec<OpenTransaction>) -> Result<()> {
    try_join_all(transactions.iter().map(OpenTransaction::check)).await?;
    let mut committed = Vec::with_capacity(transactions.len());
    let mut rest = transactions.into_iter();
    while let Some(next) = rest.next() {
        let alias = next.alias().clone();
        match next.commit().await {
            Ok(()) => committed.push(alias),
            Err(error) if committed.is_empty() => return Err(error),
            Err(error) => {
                let rolled_back = rest.map(|open| open.alias().clone()).collect();
                return Err(Error::PartlyCommitted(Box::new(PartlyCommitted {
                    committed,
                    error,
                    rolled_back,
                })));
            }
        }
    }
    Ok(())
}

/// A pool on which a transaction can begin: `&dbs.crm`, `dbs.crm.read_only()`.
#[diagnostic::on_unimplemented(
    message = "a transaction cannot begin on `{Self}`",
    label = "expected a pool: `&dbs.crm`, or `dbs.crm.read_only()`"
)]
pub trait Begin: Send + Sync {
    /// The type of the transaction.
    type Transaction: Send + Sync;

    #[doc(hidden)]
    fn reservation(&self) -> Reservation<'_>;
    #[doc(hidden)]
    fn typed(open: OpenTransaction) -> Self::Transaction;
    #[doc(hidden)]
    fn untyped(transaction: Self::Transaction) -> OpenTransaction;
}

impl<D: Database> Begin for &Pool<D> {
    type Transaction = Transaction<D>;

    fn reservation(&self) -> Reservation<'_> {
        Reservation { pool: self.shared(), reads: None, reserved: None }
    }

    fn typed(open: OpenTransaction) -> Self::Transaction {
        Transaction::new(open)
    }

    fn untyped(transaction: Self::Transaction) -> OpenTransaction {
        transaction.into_open()
    }
}

impl<D: Database> Begin for ReadOnly<'_, D> {
    type Transaction = ReadTransaction<D>;

    fn reservation(&self) -> Reservation<'_> {
        let (pool, after) = self.parts();
        Reservation { pool, reads: Some(after), reserved: None }
    }

    fn typed(open: OpenTransaction) -> Self::Transaction {
        ReadTransaction::new(open)
    }

    fn untyped(transaction: Self::Transaction) -> OpenTransaction {
        transaction.into_open()
    }
}

/// A pool on which a transaction is to begin, and the connection that was taken from it.
#[derive(Debug)]
#[doc(hidden)]
pub struct Reservation<'a> {
    pool: &'a Shared,
    /// For a transaction that only reads: the position in the write-ahead log that a replica must have reached, if any.
    reads: Option<Option<u64>>,
    reserved: Option<Lease>,
}

impl Reservation<'_> {
    /// The pool's position in an order of all pools of the program.
    fn rank(&self) -> (usize, bool) {
        (std::ptr::from_ref(self.pool).addr(), self.reads.is_some())
    }

    async fn lease(&self) -> Result<Lease> {
        match self.reads {
            Some(after) => self.pool.lease_to_read(after).await,
            None => self.pool.lease(Intent::Write).await,
        }
    }

    async fn begin(mut self) -> Result<OpenTransaction> {
        let lease = match self.reserved.take() {
            Some(lease) => lease,
            None => self.lease().await?,
        };
        let options = TransactionOptions::new();
        OpenTransaction::begin(lease, if self.reads.is_some() { options.read_only() } else { options }).await
    }
}

/// Takes a connection from each pool, in an order that does not depend on that of the tuple: otherwise two callers
/// could each hold the last connection of one pool and wait for the other's, without end.
async fn reserve(places: &mut [Reservation<'_>]) -> Result<()> {
    let mut ordered: Vec<&mut Reservation<'_>> = places.iter_mut().collect();
    ordered.sort_by_key(|place| place.rank());
    for place in ordered {
        place.reserved = Some(place.lease().await?);
    }
    Ok(())
}

/// A tuple of two to four pools.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no tuple of two to four pools",
    label = "expected pools of databases: `(&dbs.crm, &dbs.orders)`"
)]
pub trait Pools: Send + Sync {
    /// The transactions, one for each pool.
    type Transactions: Send + Sync;

    #[doc(hidden)]
    fn begin(&self) -> impl Future<Output = Result<Self::Transactions>> + Send;
    #[doc(hidden)]
    fn untyped(transactions: Self::Transactions) -> Vec<OpenTransaction>;
}

macro_rules! pools {
    ($join:ident, $($name:ident $place:ident $field:tt),+) => {
        impl<$($name: Begin),+> Pools for ($($name,)+) {
            type Transactions = ($($name::Transaction,)+);

            async fn begin(&self) -> Result<Self::Transactions> {
                let mut places = [$(self.$field.reservation()),+];
                reserve(&mut places).await?;
                let [$($place),+] = places;
                let ($($place),+) = $join($($place.begin()),+).await?;
                Ok(($($name::typed($place),)+))
            }

            fn untyped(transactions: Self::Transactions) -> Vec<OpenTransaction> {
                vec![$($name::untyped(transactions.$field)),+]
            }
        }
    };
}

pools!(try_join, A a 0, B b 1);
pools!(try_join3, A a 0, B b 1, C c 2);
pools!(try_join4, A a 0, B b 1, C c 2, D d 3);
