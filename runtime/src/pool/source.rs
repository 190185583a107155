//! Where the rows of a statement on a lane come from.

use std::{
    ops::ControlFlow,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_util::Stream;
use pin_project_lite::pin_project;
use tokio_postgres::{Row, RowStream};

pub(super) type DriverResult<T> = Result<T, tokio_postgres::Error>;

/// A statement that was handed to the driver, or is about to be.
pub(super) trait Source: Send {
    /// Ready when the server begins to answer. The driver sends the statement when this is first called.
    fn poll_begin(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<DriverResult<()>>;

    /// Hands over the rows that have come, until there are no more or `each` has enough.
    fn poll_rows(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        each: &mut dyn FnMut(Row) -> ControlFlow<()>,
    ) -> Poll<Progress>;
}

/// How far the rows were handed over.
pub(super) enum Progress {
    /// To where the receiver had enough.
    Stopped,
    /// To the end; how many the statement touched.
    Ended(DriverResult<u64>),
}

pin_project! {
    /// The future that begins it, then its rows: in one place, as it costs an allocation.
    #[project = Stage]
    pub(super) enum Statement<F> {
        Sent { #[pin] begin: F },
        Rows { #[pin] rows: RowStream },
    }
}

impl<F> Statement<F> {
    pub fn new(begin: F) -> Self {
        Self::Sent { begin }
    }
}

impl<F: Future<Output = DriverResult<RowStream>> + Send> Source for Statement<F> {
    fn poll_begin(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<DriverResult<()>> {
        if let Stage::Sent { begin } = self.as_mut().project() {
            let rows = ready!(begin.poll(cx))?;
            self.set(Self::Rows { rows });
        }
        Poll::Ready(Ok(()))
    }

    fn poll_rows(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        each: &mut dyn FnMut(Row) -> ControlFlow<()>,
    ) -> Poll<Progress> {
        if let Err(error) = ready!(self.as_mut().poll_begin(cx)) {
            return Poll::Ready(Progress::Ended(Err(error)));
        }
        let Stage::Rows { mut rows } = self.project() else { return Poll::Pending };
        loop {
            match ready!(rows.as_mut().poll_next(cx)) {
                Some(Ok(row)) => {
                    if each(row).is_break() {
                        return Poll::Ready(Progress::Stopped);
                    }
                }
                Some(Err(error)) => return Poll::Ready(Progress::Ended(Err(error))),
                None => return Poll::Ready(Progress::Ended(Ok(rows.rows_affected().unwrap_or(0)))),
            }
        }
    }
}
