//! How a transaction begins on a pool.

use super::{Open, Retries, Transaction, TransactionOptions};
use crate::{
    error::{Error, Result},
    model::Database,
    pool::Pool,
    sql::Intent,
};

impl<D: Database> Pool<D> {
    /// Begins a transaction that ends with [`Transaction::commit`] or [`Transaction::rollback`]; dropped
    /// without either, it rolls back.
    ///
    /// # Errors
    /// Those of taking a connection.
    pub async fn begin(&self) -> Result<Transaction<D>> {
        self.begin_with(TransactionOptions::new()).await
    }

    /// As [`begin`](Self::begin), with an isolation level, read only, deferrable.
    ///
    /// # Errors
    /// Those of [`begin`](Self::begin).
    pub async fn begin_with(&self, options: TransactionOptions) -> Result<Transaction<D>> {
        Open::begin(self.shared().lease(Intent::Write).await?, options).await.map(Transaction::new)
    }

    /// Runs `work` in a transaction: commits if it returns `Ok`, else rolls back.
    ///
    /// The error may be the caller's own type, as long as an [`Error`](crate::Error) converts into it.
    ///
    /// # Errors
    /// Those of `work`, of taking a connection, and of the commit.
    pub async fn transaction<T, E>(
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

    /// Runs `work` in a transaction with these options; again, from the start, as often as `retries` says while it
    /// fails because it met another transaction (a serialization failure or a deadlock).
    ///
    /// `work` must be fit to be run more than once: what it does besides the transaction is not undone.
    ///
    /// # Errors
    /// Those of [`transaction`](Self::transaction); the last one, when the retries are used up.
    pub async fn retry<T>(
        &self,
        options: TransactionOptions,
        retries: Retries,
        work: impl AsyncFn(&Transaction<D>) -> Result<T>,
    ) -> Result<T> {
        let mut attempt = 0;
        loop {
            let transaction = self.begin_with(options).await?;
            let outcome = match work(&transaction).await {
                Ok(value) => transaction.commit().await.map(|()| value),
                Err(error) => Err(error),
            };
            match outcome {
                Err(error) if error.is_retryable() && attempt < retries.most => {
                    tokio::time::sleep(retries.pause(attempt)).await;
                    attempt += 1;
                }
                outcome => return outcome,
            }
        }
    }
}
