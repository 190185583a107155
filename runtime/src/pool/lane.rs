//! A connection that any number of callers send statements on at the same time.
//!
//! Each caller reads its own answer, as it would on a connection of its own. A caller that is dropped, or not polled,
//! leaves its answer to the lane's [janitor](super::janitor): it is read and counted like any other.

use std::{
    future::poll_fn,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Instant,
};

use tokio_postgres::{Client, Row, Statement};

use super::{
    janitor::Desk,
    params::Encoded,
    pulse::{Pulse, Start},
    session::Session,
    slot::Slot,
    source::{self, Source},
};
use crate::{
    error::{Alias, Error, Result},
    sql,
};

pub(super) struct Lane {
    pub session: Session,
    pub pulse: Arc<Pulse>,
    desk: Arc<Desk>,
}

/// What became of a statement for a lane.
pub(super) enum Sent {
    Waiting(Answer),
    /// It was not sent: the lane has no room, or is gone.
    Passed,
    Failed(Error),
}

impl Lane {
    /// A lane, and its janitor: a task to run as long as the driver.
    pub fn new(
        client: Client,
        alias: Alias,
        pulse: Pulse,
    ) -> (Self, impl Future<Output = ()> + Send + use<>) {
        let (pulse, desk) = (Arc::new(pulse), Arc::new(Desk::new()));
        let session = Session::new(client, alias, Some(Arc::clone(&pulse)));
        let janitor = Arc::clone(&desk).tidy(Arc::clone(&pulse));
        (Self { session, pulse, desk }, janitor)
    }

    /// Sends a statement, without waiting for anything. `now` may be a little while ago: the clock is read once a
    /// statement.
    pub fn send(
        self: Arc<Self>,
        call: &sql::Statement<'_>,
        statement: Statement,
        params: Encoded,
        now: Instant,
    ) -> Sent {
        let client = Arc::clone(self.session.client());
        let begin = async move { client.query_raw(&statement, params.values()).await };
        let mut source = Box::pin(source::Statement::new(begin));
        let mut desk = self.desk.state();
        if !self.pulse.takes_more(now) {
            return Sent::Passed;
        }
        // The driver sends a statement when it is first polled, and then waits for its answer.
        match source.as_mut().poll_begin(&mut Context::from_waker(Waker::noop())) {
            Poll::Pending | Poll::Ready(Ok(())) => {}
            Poll::Ready(Err(error)) if error.is_closed() => return Sent::Passed,
            Poll::Ready(Err(error)) => return Sent::Failed(self.session.failed(call, error)),
        }
        let slot = Arc::new(Slot::new(self.pulse.begin(now), source, self.desk.round()));
        self.desk.add(&mut desk, Arc::clone(&slot));
        drop(desk);
        Sent::Waiting(Answer { lane: self, slot })
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.desk.close();
        self.pulse.janitor.call();
    }
}

/// The answer to a statement on a lane, as its caller has it.
pub(crate) struct Answer {
    lane: Arc<Lane>,
    slot: Arc<Slot>,
}

impl Answer {
    /// Waits for the first rows or the end.
    pub(super) async fn begins(&self) -> Start {
        poll_fn(|cx| self.slot.poll_begin(cx, &self.lane.pulse, self.lane.desk.round())).await
    }

    /// Hands over each row as it comes, and counts those that the statement touched.
    pub(crate) async fn each(
        &self,
        call: &sql::Statement<'_>,
        mut each: impl FnMut(&Row) -> Result<()> + Send,
    ) -> Result<u64> {
        let end = poll_fn(|cx| self.slot.poll_each(cx, &self.lane.pulse, self.lane.desk.round(), &mut each));
        end.await?.map_err(|error| self.session().failed(call, error))
    }

    pub(crate) fn session(&self) -> &Session {
        &self.lane.session
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        if !self.slot.is_ended() {
            self.slot.abandon();
            self.lane.pulse.janitor.call();
        }
    }
}
