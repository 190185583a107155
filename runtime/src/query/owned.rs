//! Streams of rows that own what they read from, as the body of an HTTP answer has to.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use futures_util::{Stream, StreamExt as _, future::BoxFuture, stream};
use tokio::sync::mpsc;

use super::run::Rows;
use crate::error::Result;

/// Takes rows as they arrive.
pub(crate) type RowSender<R> = mpsc::Sender<Result<R>>;

/// Rows that a future reads, which owns the executor and the query. The stream drives the future; no task does.
struct OwnedRows<R> {
    /// None when it has come to its end.
    reading: Option<BoxFuture<'static, ()>>,
    rows: mpsc::Receiver<Result<R>>,
}

/// The rows that the future made by `read` sends. Waits for the first of them, so that a statement which cannot be run
/// at all is an error here, not in the middle of an answer.
pub(crate) async fn owned<R: Send + 'static>(
    read: impl FnOnce(RowSender<R>) -> BoxFuture<'static, ()>,
) -> Result<Rows<'static, R>> {
    let (sender, rows) = mpsc::channel(1);
    let mut owned = OwnedRows { reading: Some(read(sender)), rows };
    let first = owned.next().await.transpose()?;
    Ok(Box::pin(stream::iter(first.map(Ok)).chain(owned)))
}

/// Hands rows over as they arrive, until nobody takes them any more.
pub(crate) async fn forward<R>(rows: Result<Rows<'_, R>>, sender: &RowSender<R>) {
    let mut rows = match rows {
        Ok(rows) => rows,
        Err(error) => return drop(sender.send(Err(error)).await),
    };
    while let Some(row) = rows.next().await {
        if sender.send(row).await.is_err() {
            return;
        }
    }
}

impl<R> Stream for OwnedRows<R> {
    type Item = Result<R>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Poll::Ready(row) = self.rows.poll_recv(cx) {
            return Poll::Ready(row);
        }
        if let Some(reading) = &mut self.reading
            && reading.as_mut().poll(cx).is_ready()
        {
            // Its end of the channel goes with it.
            self.reading = None;
        }
        self.rows.poll_recv(cx)
    }
}
