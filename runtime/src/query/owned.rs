//! Streams of the rows that a future reads and sends, so that the stream owns all that the future needs: the executor and
//! the query for the body of an HTTP response, the transaction that rows and their related rows are read in.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use futures_util::{Stream, StreamExt as _, future::BoxFuture, stream};
use tokio::sync::mpsc;

use super::run::Rows;
use crate::error::Result;

/// The sending end of a channel of rows.
pub(crate) type RowSender<R> = mpsc::Sender<Result<R>>;

/// Rows that a future reads and sends. The future owns the executor and the query; polling the stream polls the future,
/// and no task is spawned.
struct OwnedRows<'e, R> {
    /// `None` once the future has ended.
    reading: Option<BoxFuture<'e, ()>>,
    rows: mpsc::Receiver<Result<R>>,
}

/// The stream of the rows that the future made by `read` sends. Waits for the first row, so that a statement which
/// cannot be run at all is an error here, not in the middle of a response.
pub(crate) async fn owned<'e, R: Send + 'e>(
    read: impl FnOnce(RowSender<R>) -> BoxFuture<'e, ()>,
) -> Result<Rows<'e, R>> {
    let (sender, rows) = mpsc::channel(1);
    let mut owned = OwnedRows { reading: Some(read(sender)), rows };
    let first = owned.next().await.transpose()?;
    Ok(Box::pin(stream::iter(first.map(Ok)).chain(owned)))
}

/// Sends the rows on as they arrive, until the receiver is dropped.
///
/// A row is read only when the one before it has been received: while nobody polls the stream, nothing that it asked for
/// is under way, which other statements on its connection would wait for.
pub(crate) async fn forward<R>(rows: Result<Rows<'_, R>>, sender: &RowSender<R>) {
    let mut rows = match rows {
        Ok(rows) => rows,
        Err(error) => return drop(sender.send(Err(error)).await),
    };
    while let Ok(place) = sender.reserve().await {
        match rows.next().await {
            Some(row) => place.send(row),
            None => return,
        }
    }
}

impl<R> Stream for OwnedRows<'_, R> {
    type Item = Result<R>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Poll::Ready(row) = self.rows.poll_recv(cx) {
            return Poll::Ready(row);
        }
        if let Some(reading) = &mut self.reading
            && reading.as_mut().poll(cx).is_ready()
        {
            // This also drops the future's sender, which closes the channel.
            self.reading = None;
        }
        self.rows.poll_recv(cx)
    }
}
