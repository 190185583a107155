//! Transactions on several databases in one step.

use futures_util::future::{try_join, try_join_all, try_join3, try_join4};

use super::{OpenTransaction, ReadTransaction, Transaction, TransactionOptions};
use crate::{
    error::{Error, PartlyCommitted, Result},
    model::Database,
    pool::{Lease, Pool, ReadOnly, Shared},
    sql::Intent,
};

/// Runs `work` in one transaction on each of two to four databases: commits all if it returns `Ok`, else rolls all
/// back. `work` gets the transactions as a tuple, in the order of `pools`; each takes the models of its own
/// database. A pool may be given as `dbs.crm.read_only()`, and then its transaction only reads.
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
/// - The transactions are checked side by side first, so that what can be known to fail fails before anything is
///   committed. Then they are committed one after the other, in the order of `pools`: where the first refuses,
///   nothing is stored anywhere.
/// - If a later commit fails, those before it stay: [`Error::PartlyCommitted`] tells which. Whatever `work` returned
///   is lost then; keep outside of it what you need to put things right.
/// - If the program or its host dies between two commits, the first stays and nobody is told.
/// - Others may see what is committed on one database before it is on the next.
///
/// Where that is not good enough, keep the data that must change together in one database, or store the intent in
/// the first and have a worker carry it out on the second, as often as it takes.
///
/// # Independent steps
/// Where one transaction need not know of the other, each keeps its own result, and the language has what it takes:
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
/// The errors of `work`, of taking connections, and of the commits. After any but [`Error::PartlyCommitted`] nothing is
/// stored on any of the databases, but [`Error::OutcomeUnknown`]: a connection that is lost during the first commit leaves
/// open whether that one took effect, where the server cannot be asked.
pub fn together<P: Pools, T>(
    pools: P,
    work: impl AsyncFnOnce(&P::Transactions) -> Result<T>,
) -> impl Future<Output = Result<T>> {
    try_together(pools, work)
}

/// As [`together`], for work that fails with an error type of the program's own, which an [`Error`] converts into.
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

/// Commits one after the other. Those behind one that fails are dropped, which rolls them back.
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

/// Where a transaction begins: `&dbs.crm`, `dbs.crm.read_only()`.
#[diagnostic::on_unimplemented(
    message = "a transaction cannot begin on `{Self}`",
    label = "expected a pool: `&dbs.crm`, or `dbs.crm.read_only()`"
)]
pub trait Begin: Send + Sync {
    /// What is begun.
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

/// A pool that a transaction is to begin on, and the connection that was taken from it.
#[derive(Debug)]
#[doc(hidden)]
pub struct Reservation<'a> {
    pool: &'a Shared,
    /// Whether it only reads; and the place in the log that a replica must have come to for that.
    reads: Option<Option<u64>>,
    reserved: Option<Lease>,
}

impl Reservation<'_> {
    /// The pool's place in an order of all pools of the program.
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

/// Takes a connection from each pool: in one order whatever that of the tuple, as two steps that each hold the last
/// connection of one pool while they wait for the other's would wait in vain.
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
    /// A transaction of each.
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
