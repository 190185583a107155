//! Pipelining: statements that are sent before those in front of them are answered.

use std::{
    future::poll_fn,
    pin::pin,
    sync::Arc,
    task::{Context, Poll},
};

use futures_util::{TryStreamExt, future::BoxFuture};
use smallvec::SmallVec;
use tokio_postgres::{Client, RowStream, Statement};

use super::{
    params::{ArrayOf, Encoded},
    queue::Answer,
};

pub(super) type DriverResult<T> = Result<T, tokio_postgres::Error>;

/// A statement that is sent through the driver, and then its answer.
///
/// The driver sends a statement when its answer is first polled. It reads an answer only after those before it are
/// taken, so all answers must be taken in the order in which the statements were sent.
pub(super) struct Pipelined<T> {
    answer: BoxFuture<'static, DriverResult<T>>,
    early: Option<DriverResult<T>>,
}

impl<T> Pipelined<T> {
    fn new(answer: impl Future<Output = DriverResult<T>> + Send + 'static) -> Self {
        Self { answer: Box::pin(answer), early: None }
    }

    /// Polls once, so that the driver sends the statement.
    fn poll_send(&mut self, cx: &mut Context<'_>) {
        if self.early.is_none()
            && let Poll::Ready(answer) = self.answer.as_mut().poll(cx)
        {
            self.early = Some(answer);
        }
    }

    /// Sends the statement, without waiting for its answer.
    pub async fn send(&mut self) {
        poll_fn(|cx| {
            self.poll_send(cx);
            Poll::Ready(())
        })
        .await;
    }

    /// Waits for the answer. May be cancelled and called again until it has returned the answer, but not after that.
    pub async fn answer(&mut self) -> DriverResult<T> {
        match self.early.take() {
            Some(answer) => answer,
            None => self.answer.as_mut().await,
        }
    }
}

/// SQL text of one or more statements that take no values.
pub(super) fn batch(client: &Arc<Client>, sql: &'static str) -> Pipelined<()> {
    let client = Arc::clone(client);
    Pipelined::new(async move { client.batch_execute(sql).await })
}

/// One statement with one set of values.
pub(super) fn one(client: &Arc<Client>, statement: &Statement, values: Encoded) -> Pipelined<Answer> {
    let (client, statement) = (Arc::clone(client), statement.clone());
    Pipelined::new(async move { collect(client.query_raw(&statement, values.values()).await?).await })
}

/// One statement that takes, for each parameter, an array of values.
pub(super) fn many(client: &Arc<Client>, statement: &Statement, values: Vec<Encoded>) -> Pipelined<Answer> {
    let (client, statement) = (Arc::clone(client), statement.clone());
    Pipelined::new(async move {
        let arrays = (0..statement.params().len()).map(|value| ArrayOf { statements: &values, value });
        collect(client.query_raw(&statement, arrays).await?).await
    })
}

async fn collect(rows: RowStream) -> DriverResult<Answer> {
    let mut rows = pin!(rows);
    let mut collected = SmallVec::new();
    while let Some(row) = rows.try_next().await? {
        collected.push(row);
    }
    Ok(Answer { rows: collected, touched: rows.rows_affected().unwrap_or(0) })
}
