//! A connection that any number of callers send statements on at the same time.
//!
//! The driver hands answers over through a channel of two messages a statement, and waits with all later answers while
//! it is full (tokio-postgres, `Connection::poll_read`). A caller that is not polled for a while, as in a stream of
//! buffered futures, would hold up everybody. So callers only send: one task a lane reads the answers in the order
//! they come, whatever has become of the callers, and callers take rows from a [`Slot`]. A dropped caller leaves its
//! slot; its statement is answered and counted like any other.

use std::{
    pin::{Pin, pin},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker, ready},
};

use futures_util::{FutureExt, Stream, future::BoxFuture};
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    time::{Interval, MissedTickBehavior},
};
use tokio_postgres::{Client, Row, RowStream, Statement, error::SqlState};

use super::{
    params::Encoded,
    pulse::{Pulse, STALL},
    session::Session,
};
use crate::{Result, error::Alias, sql::Call};

type DriverResult<T> = Result<T, tokio_postgres::Error>;

pub(super) struct Lane {
    pub session: Session,
    pub pulse: Arc<Pulse>,
    /// Locked while a statement is sent: answers are read in the order of this queue.
    jobs: Mutex<UnboundedSender<Job>>,
}

/// A statement that was sent.
struct Job {
    number: u64,
    rows: BoxFuture<'static, DriverResult<RowStream>>,
    slot: Arc<Slot>,
}

/// What became of a statement for a lane.
pub(super) enum Sent {
    Waiting(Answer),
    /// It was not sent: the lane has no room, or is gone.
    Passed,
    Failed(tokio_postgres::Error),
}

impl Lane {
    /// A lane, and what reads its answers: to be run beside the driver.
    pub fn new(client: Client, alias: Alias, pulse: Pulse) -> (Self, impl Future<Output = ()> + Send) {
        let (jobs, queue) = unbounded_channel();
        let pulse = Arc::new(pulse);
        let session = Session::new(client, alias, Some(Arc::clone(&pulse)));
        let reader = read(queue, Arc::clone(&pulse));
        (Self { session, pulse, jobs: Mutex::new(jobs) }, reader)
    }

    /// Sends a statement, without waiting for anything.
    pub fn send(self: &Arc<Self>, statement: &Statement, params: Vec<Encoded>) -> Sent {
        let (client, statement) = (Arc::clone(self.session.client()), statement.clone());
        let mut rows = async move { client.query_raw(&statement, params).await }.boxed();
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.pulse.takes_more() {
            return Sent::Passed;
        }
        // The driver sends a statement when it is first polled, and then waits for its answer.
        match rows.poll_unpin(&mut Context::from_waker(Waker::noop())) {
            Poll::Pending => {}
            Poll::Ready(Ok(begun)) => rows = std::future::ready(Ok(begun)).boxed(),
            Poll::Ready(Err(error)) if error.is_closed() => return Sent::Passed,
            Poll::Ready(Err(error)) => return Sent::Failed(error),
        }
        let slot = Arc::new(Slot::default());
        let job = Job { number: self.pulse.begin(), rows, slot: Arc::clone(&slot) };
        // The reader is there as long as the lane is.
        let _ = jobs.send(job);
        Sent::Waiting(Answer { lane: Arc::clone(self), slot, rows: Vec::new().into_iter() })
    }
}

/// Reads the answers to all jobs, one after the other.
async fn read(mut jobs: UnboundedReceiver<Job>, pulse: Arc<Pulse>) {
    let mut tick = tokio::time::interval(STALL);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while let Some(Job { number, rows, slot }) = jobs.recv().await {
        pulse.front();
        let answer = pin!(read_one(rows, &slot, number, &pulse));
        let end = while_looking(answer, &mut tick, || pulse.look(slot.is_abandoned())).await;
        let moved = end.as_ref().is_err_and(cancelled) && pulse.was_relieved(number);
        slot.end(end, moved);
        pulse.end();
    }
}

async fn read_one(
    rows: BoxFuture<'static, DriverResult<RowStream>>,
    slot: &Arc<Slot>,
    number: u64,
    pulse: &Pulse,
) -> DriverResult<u64> {
    let mut rows = pin!(rows.await?);
    std::future::poll_fn(|cx| slot.fill(rows.as_mut(), cx, || pulse.hands_out(number))).await?;
    Ok(rows.rows_affected().unwrap_or(0))
}

/// Waits, and calls `look` at every tick.
async fn while_looking<T>(
    mut answer: Pin<&mut impl Future<Output = T>>,
    tick: &mut Interval,
    look: impl Fn(),
) -> T {
    std::future::poll_fn(|cx| {
        let answer = answer.as_mut().poll(cx);
        if answer.is_pending() {
            while tick.poll_tick(cx).is_ready() {
                look();
            }
        }
        answer
    })
    .await
}

fn cancelled(error: &tokio_postgres::Error) -> bool {
    error.code() == Some(&SqlState::QUERY_CANCELED)
}

/// What has come of an answer and was not taken yet.
#[derive(Default)]
struct Slot(Mutex<Content>);

#[derive(Default)]
struct Content {
    rows: Vec<Row>,
    /// The caller may take them.
    open: bool,
    end: Option<End>,
    caller: Option<Waker>,
}

/// How an answer ended.
enum End {
    Done(DriverResult<u64>),
    /// The statement was cancelled to let others pass, and had done nothing.
    Moved,
}

impl Slot {
    fn content(&self) -> MutexGuard<'_, Content> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts in all rows that have come. Ready when there will be no more.
    fn fill(
        self: &Arc<Self>,
        mut rows: Pin<&mut RowStream>,
        cx: &mut Context<'_>,
        may_open: impl FnOnce() -> bool,
    ) -> Poll<DriverResult<()>> {
        let mut content = self.content();
        loop {
            match rows.as_mut().poll_next(cx) {
                Poll::Ready(Some(row)) => content.rows.push(row?),
                Poll::Ready(None) => return Poll::Ready(Ok(())),
                Poll::Pending => break,
            }
        }
        if self.is_abandoned() {
            content.rows.clear();
        }
        if !content.rows.is_empty() && may_open() {
            content.open = true;
            content.wake();
        }
        Poll::Pending
    }

    fn end(&self, end: DriverResult<u64>, moved: bool) {
        let mut content = self.content();
        // What a caller has rows of cannot begin anew.
        let moved = moved && !content.open;
        content.end = Some(if moved { End::Moved } else { End::Done(end) });
        content.open = true;
        content.wake();
    }

    /// Whether nobody will take what is in it.
    fn is_abandoned(self: &Arc<Self>) -> bool {
        Arc::strong_count(self) == 1
    }
}

impl Content {
    fn wake(&mut self) {
        if let Some(caller) = self.caller.take() {
            caller.wake();
        }
    }

    /// Ready when there is something to take.
    fn poll_open(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.open && (!self.rows.is_empty() || self.end.is_some()) {
            return Poll::Ready(());
        }
        self.caller = Some(cx.waker().clone());
        Poll::Pending
    }
}

/// The answer to a statement on a lane, as its caller has it.
pub(crate) struct Answer {
    lane: Arc<Lane>,
    slot: Arc<Slot>,
    rows: std::vec::IntoIter<Row>,
}

impl Answer {
    /// Waits for the first rows or the end. False if the statement has to be run elsewhere.
    pub(super) async fn begins(&self) -> bool {
        std::future::poll_fn(|cx| {
            let mut content = self.slot.content();
            ready!(content.poll_open(cx));
            Poll::Ready(!matches!(content.end, Some(End::Moved)))
        })
        .await
    }

    /// The next row; none after the last.
    pub(crate) async fn next(&mut self, call: &Call) -> Result<Option<Row>> {
        if let Some(row) = self.rows.next() {
            return Ok(Some(row));
        }
        let rows = std::future::poll_fn(|cx| self.slot.poll_rows(cx)).await;
        self.rows = rows.map_err(|error| self.session().failed(call, error))?.into_iter();
        Ok(self.rows.next())
    }

    /// Waits for the end, and counts the rows that the statement touched.
    pub(crate) async fn count(mut self, call: &Call) -> Result<u64> {
        while self.next(call).await?.is_some() {}
        match self.slot.content().end {
            Some(End::Done(Ok(count))) => Ok(count),
            _ => Ok(0),
        }
    }

    pub(crate) fn session(&self) -> &Session {
        &self.lane.session
    }
}

impl Slot {
    /// All rows that have come; none at the end.
    fn poll_rows(&self, cx: &mut Context<'_>) -> Poll<DriverResult<Vec<Row>>> {
        let mut content = self.content();
        ready!(content.poll_open(cx));
        let content = &mut *content;
        if let (true, Some(End::Done(end @ Err(_)))) = (content.rows.is_empty(), &mut content.end) {
            return Poll::Ready(std::mem::replace(end, Ok(0)).map(|_| Vec::new()));
        }
        Poll::Ready(Ok(std::mem::take(&mut content.rows)))
    }
}
