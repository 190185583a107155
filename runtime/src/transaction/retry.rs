//! Transactions that are run again after a conflict with another transaction.

use std::time::Instant;

use super::{Retries, Transaction, TransactionOptions};
use crate::{
    error::{Error, Result},
    model::Database,
    pool::Pool,
};

impl<D: Database> Pool<D> {
    /// Runs `work` in a transaction with these options, and runs it again, from the start, if it fails because it
    /// conflicted with another transaction (a serialization failure or a deadlock: SQLSTATE 40001, 40P01), or because
    /// the connection broke and the server is known to have stored nothing. It does so as often as `retries` allows.
    ///
    /// `work` is cloned for each run: what it captures by reference is shared by all runs, what it owns is cloned. Its
    /// effects outside the transaction are not undone. It cannot assign to a variable outside of it (`&mut i32` is not
    /// `Clone`, says the compiler): to count the runs, let it add to an `AtomicU32`. [`try_retry`](Self::try_retry) is the same for work that fails
    /// with an error type of the program's own.
    ///
    /// ```
    /// # mod shop { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/shop.rs")); }
    /// # use shop::*;
    /// # use ormgen_runtime::{Isolation, Result, Retries, TransactionOptions, prelude::*};
    /// /// Nobody else's visit is lost, and no lock is held while `visits` is computed.
    /// async fn visit(dbs: &Databases, id: i64) -> Result<Customer> {
    ///     let options = TransactionOptions::new().isolation(Isolation::RepeatableRead);
    ///     dbs.crm
    ///         .retry(options, Retries::new(3), async |tx| {
    ///             let customer = Customer::find(id).one(tx).await?;
    ///             customer.update().set(Customer::VISITS, customer.visits + 1).one(tx).await
    ///         })
    ///         .await
    /// }
    /// ```
    ///
    /// # Errors
    /// The errors of [`transaction`](Self::transaction); the last one, when the retries are used up.
    pub fn retry<T>(
        &self,
        options: TransactionOptions,
        retries: Retries,
        work: impl AsyncFnOnce(&Transaction<D>) -> Result<T> + Clone,
    ) -> impl Future<Output = Result<T>> {
        self.try_retry(options, retries, work)
    }

    /// As [`retry`](Self::retry), for work that fails with an error type `E` of the program's own, into which an
    /// [`Error`] converts. Whether `work` is run again depends on the errors that the server reported to its
    /// statements: if none of them was a conflict, an error of the program's own is returned at once.
    ///
    /// # Errors
    /// The errors of [`retry`](Self::retry).
    pub async fn try_retry<T, E>(
        &self,
        options: TransactionOptions,
        retries: Retries,
        work: impl AsyncFnOnce(&Transaction<D>) -> Result<T, E> + Clone,
    ) -> Result<T, E>
    where
        E: From<Error>,
    {
        let (began, mut attempt) = (Instant::now(), 0);
        loop {
            let of_its_own = |error: Error| {
                let may_pass = error.is_retryable();
                (error.into(), may_pass)
            };
            let (error, may_pass) = match self.begin_with(options).await {
                Ok(transaction) => match work.clone()(&transaction).await {
                    Ok(value) => match transaction.commit().await {
                        Ok(()) => return Ok(value),
                        Err(error) => of_its_own(error),
                    },
                    Err(error) => (error, transaction.open.lease.take_conflict()),
                },
                Err(error) => of_its_own(error),
            };
            let Some(pause) = retries.pause(attempt, began.elapsed()).filter(|_| may_pass) else {
                return Err(error);
            };
            tokio::time::sleep(pause).await;
            attempt += 1;
        }
    }
}
