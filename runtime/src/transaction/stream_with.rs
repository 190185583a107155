//! Streams of rows with their related rows.
//!
//! The related rows of some rows are loaded before the next are read. On a pool all of this happens on one connection, in
//! one transaction: if the related rows needed a second connection, as many streams as the pool has connections would
//! wait for each other.

use futures_util::{FutureExt as _, StreamExt as _, TryStreamExt as _, stream};

use super::{Isolation, OpenTransaction, TransactionOptions};
use crate::{
    error::Result,
    executor::Executor,
    model::Database,
    pool::{Held, Target},
    query::{ReadDb, Rows, Unlocked, WholeRows, owned, run},
    relation::{LoadAll, RowWith, With, load},
    sql::Intent,
};

/// The rows whose related rows are loaded together: as many as a cursor fetches at a time.
const AT_A_TIME: usize = 256;

/// The executor of a stream of rows with related rows: where `E` is a pool, it runs statements of that pool's database in
/// the transaction that reads the rows, and all others on `E`.
#[derive(Debug)]
pub struct Streaming<E> {
    executor: E,
    /// `None` where the executor is itself one connection, or a transaction.
    open: Option<OpenTransaction>,
}

impl<E> Streaming<E> {
    async fn begin<D: Database>(executor: E) -> Result<Self>
    where
        E: Executor<D>,
    {
        let open = match executor.target().hold(Intent::Read).await? {
            Held::Lent(lease) => {
                let options = TransactionOptions::new().isolation(Isolation::RepeatableRead);
                Some(OpenTransaction::begin(lease, options).await?)
            }
            Held::Borrowed(_) => None,
        };
        Ok(Self { executor, open })
    }

    async fn end(self) -> Result<()> {
        match self.open {
            Some(open) => open.commit().await,
            None => Ok(()),
        }
    }
}

impl<D: Database, E: Executor<D>> Executor<D> for Streaming<E> {
    fn target(&self) -> Target<'_> {
        let target = self.executor.target();
        match &self.open {
            Some(open) if open.alias() == target.alias() => Target::Transaction(&open.lease),
            _ => target,
        }
    }
}

impl<Q: WholeRows<Scope = Unlocked>, L> With<Q, L> {
    /// Streams the rows, each with what its relations load, in bounded memory: the relations of 256 rows are loaded at
    /// a time, one statement for each relation.
    ///
    /// On a pool the stream has a connection, and there a transaction that sees one state of the database, in
    /// which the related rows are read as well; references are loaded on a connection of their own
    /// database. In a transaction, and on a connection, other statements can run while the stream is open; on a
    /// connection the server stores the rows until the stream ends.
    ///
    /// ```
    /// # mod shop { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/shop.rs")); }
    /// # use shop::*;
    /// # use ormgen_runtime::{Result, prelude::*};
    /// use futures_util::TryStreamExt;
    ///
    /// # async fn example(dbs: &Databases) -> Result<()> {
    /// let mut customers = Customer::query().order_by(Customer::ID.asc()).with(Customer::NOTES).stream(dbs).await?;
    /// while let Some((customer, notes)) = customers.try_next().await? {
    ///     println!("{}: {} notes", customer.name, notes.len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The errors of taking a connection, and of the server until the first row. Later ones come in the stream, which
    /// ends with them.
    pub async fn stream<'e, E>(self, executor: &'e E) -> Result<Rows<'e, RowWith<Q, L>>>
    where
        E: ?Sized,
        &'e E: Executor<ReadDb<Q>>,
        L: LoadAll<Q::Model, Streaming<&'e E>> + 'e,
        Q: 'e,
    {
        open(self, executor).await
    }

    /// As [`stream`](Self::stream), with an executor that the stream owns: the stream borrows nothing, and so can be
    /// the body of an HTTP response. On a pool it holds a connection, with a transaction open on it, for as long as the
    /// client reads: see "Streams" in the guide's page on [queries](crate::guide::queries).
    ///
    /// # Errors
    /// The errors of [`stream`](Self::stream).
    pub async fn stream_owned<E>(self, executor: E) -> Result<Rows<'static, RowWith<Q, L>>>
    where
        E: Executor<ReadDb<Q>> + 'static,
        L: LoadAll<Q::Model, Streaming<E>> + 'static,
        Q: 'static,
    {
        open(self, executor).await
    }
}

async fn open<'e, Q, L, E>(with: With<Q, L>, executor: E) -> Result<Rows<'e, RowWith<Q, L>>>
where
    Q: WholeRows + 'e,
    L: LoadAll<Q::Model, Streaming<E>> + 'e,
    E: Executor<ReadDb<Q>> + 'e,
{
    let batches = owned::owned(move |sender| {
        async move {
            if let Err(error) = send(with, executor, &sender).await {
                // Where nobody receives it, nobody asked for another row.
                let _ = sender.send(Err(error)).await;
            }
        }
        .boxed()
    });
    let rows = batches.await?.map_ok(|batch| stream::iter(batch.into_iter().map(Ok)));
    Ok(rows.try_flatten().boxed())
}

/// Reads the rows, and sends batches of them with their related rows, until the receiver is dropped. A batch is read
/// only when the one before it has been received, so that the caller's own statements can run meanwhile.
async fn send<Q, L, E>(
    With { query, relations }: With<Q, L>,
    executor: E,
    sender: &owned::RowSender<Vec<RowWith<Q, L>>>,
) -> Result<()>
where
    Q: WholeRows,
    L: LoadAll<Q::Model, Streaming<E>>,
    E: Executor<ReadDb<Q>>,
{
    let streaming = Streaming::begin::<ReadDb<Q>>(executor).await?;
    let target = Executor::<ReadDb<Q>>::target(&streaming);
    let statement = query.statement("stream").interleaved();
    let mut rows = run::stream(target, statement, query.decoder()).await?.try_chunks(AT_A_TIME);
    while let Ok(place) = sender.reserve().await {
        let Some(rows) = rows.try_next().await.map_err(|chunk| chunk.1)? else {
            drop(rows);
            return streaming.end().await;
        };
        place.send(Ok(load::<Q, L, _>(&relations, &streaming, rows).await?));
    }
    Ok(())
}
