//! How a transaction begins on a pool.

use super::{OpenTransaction, Transaction, TransactionOptions};
use crate::{
    error::{Error, Result},
    model::Database,
    pool::Pool,
    sql::Intent,
};

impl<D: Database> Pool<D> {
    /// Begins a transaction that ends with [`Transaction::commit`] or [`Transaction::rollback`]; if it is dropped
    /// without either, it rolls back.
    ///
    /// # Errors
    /// The errors of taking a connection.
    pub async fn begin(&self) -> Result<Transaction<D>> {
        self.begin_with(TransactionOptions::new()).await
    }

    /// As [`begin`](Self::begin), with options: an isolation level, read only, deferrable.
    ///
    /// # Errors
    /// The errors of [`begin`](Self::begin).
    pub async fn begin_with(&self, options: TransactionOptions) -> Result<Transaction<D>> {
        OpenTransaction::begin(self.shared().lease(Intent::Write).await?, options).await.map(Transaction::new)
    }

    /// Runs `work` in a transaction, and commits it if `work` returns `Ok`, else rolls it back.
    /// [`try_transaction`](Self::try_transaction) is the same for work that fails with an error type of the program's
    /// own.
    ///
    /// ```
    /// # mod shop { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/shop.rs")); }
    /// # use shop::*;
    /// # use ormgen_runtime::{Result, prelude::*};
    /// # async fn example(dbs: &Databases) -> Result<()> {
    /// let ada = dbs
    ///     .crm
    ///     .transaction(async |tx| {
    ///         let ada = Customer::insert(NewCustomer { name: "Ada".into() }).one(tx).await?;
    ///         ada.update().set(Customer::VISITS, 1).execute(tx).await?;
    ///         Ok(ada)
    ///     })
    ///     .await?;
    /// # let _ = ada;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The errors of `work`, of taking a connection, and of the commit.
    pub fn transaction<T>(
        &self,
        work: impl AsyncFnOnce(&Transaction<D>) -> Result<T>,
    ) -> impl Future<Output = Result<T>> {
        self.try_transaction(work)
    }

    /// As [`transaction`](Self::transaction), for work that fails with an error type `E` of the program's own, into
    /// which an [`Error`] converts. Where `work` ends with `Ok(…)` and nothing else in it names `E`, write the type
    /// there: `Ok::<_, AppError>(…)`.
    ///
    /// # Errors
    /// The errors of [`transaction`](Self::transaction).
    pub async fn try_transaction<T, E>(
        &self,
        work: impl AsyncFnOnce(&Transaction<D>) -> Result<T, E>,
    ) -> Result<T, E>
    where
        E: From<Error>,
    {
        let transaction = self.begin().await?;
        let value = work(&transaction).await?;
        transaction.commit().await?;
        Ok(value)
    }
}
