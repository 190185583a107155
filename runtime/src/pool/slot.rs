//! The answer to one statement on a lane, on its way from the driver to its caller.
//!
//! The caller reads it from the driver itself, row by row. Where it does not, the lane's janitor does, and keeps the
//! rows here. The driver wakes whoever asked it last, so the janitor wakes the caller when it has something for it.

use std::{
    collections::VecDeque,
    ops::ControlFlow,
    pin::Pin,
    sync::{
        Mutex, MutexGuard, PoisonError, TryLockError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Waker, ready},
};

use tokio_postgres::{Row, error::SqlState};

use super::{
    pulse::{Pulse, Start},
    source::{DriverResult, Progress, Source},
};

pub(super) struct Slot {
    number: u64,
    content: Mutex<Content>,
    /// The caller is gone.
    abandoned: AtomicBool,
    ended: AtomicBool,
}

struct Content {
    /// None when it has ended.
    source: Option<Pin<Box<dyn Source>>>,
    kept: Kept,
    end: DriverResult<u64>,
    /// Anything but an answer if the statement was cancelled to let others pass, and had done nothing.
    start: Start,
    caller: Option<Waker>,
    /// The janitor's round in which the caller last looked. 0 if the janitor looked since.
    looked: u64,
}

/// Rows that came and were not taken.
#[derive(Default)]
struct Kept {
    rows: VecDeque<Row>,
    /// The caller may take them.
    open: bool,
}

impl Slot {
    pub fn new(number: u64, source: Pin<Box<dyn Source>>, round: u64) -> Self {
        let content = Content {
            source: Some(source),
            kept: Kept::default(),
            end: Ok(0),
            start: Start::Answer,
            caller: None,
            looked: round,
        };
        Self { number, content: Mutex::new(content), abandoned: false.into(), ended: false.into() }
    }

    pub fn is_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    pub fn is_abandoned(&self) -> bool {
        self.abandoned.load(Ordering::Acquire)
    }

    /// The caller goes away.
    pub fn abandon(&self) {
        self.abandoned.store(true, Ordering::Release);
    }

    /// For the caller: ready when there are rows to take, or there will be none.
    pub fn poll_begin(&self, cx: &mut Context<'_>, pulse: &Pulse, round: u64) -> Poll<Start> {
        let mut content = self.content();
        content.looked = round;
        if !content.kept.open {
            let keep = |kept: &mut Kept, row| {
                kept.keep(row, self.number, pulse);
                if kept.open { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            };
            if content.poll_driver(cx, self, pulse, keep).is_pending() {
                return content.wait(cx);
            }
        }
        Poll::Ready(content.start)
    }

    /// For the caller: hands over rows as they come. Ready at the end, with the rows that the statement touched, or
    /// as soon as `each` fails.
    pub fn poll_each<E>(
        &self,
        cx: &mut Context<'_>,
        pulse: &Pulse,
        round: u64,
        mut each: impl FnMut(&Row) -> Result<(), E>,
    ) -> Poll<Result<DriverResult<u64>, E>> {
        let mut content = self.content();
        content.looked = round;
        while let Some(row) = content.kept.rows.pop_front() {
            each(&row)?;
        }
        let mut failed = None;
        let polled = content.poll_driver(cx, self, pulse, |_, row| match each(&row) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failed = Some(error);
                ControlFlow::Break(())
            }
        });
        if polled.is_pending() {
            return content.wait(cx);
        }
        match failed {
            Some(error) => Poll::Ready(Err(error)),
            None => Poll::Ready(Ok(std::mem::replace(&mut content.end, Ok(0)))),
        }
    }

    /// For the janitor: takes what has come, unless the caller looks after it. `by_force` is for a lane that seems to
    /// stand still, where only this tells whether it does. Ready at the end.
    pub fn poll_drain(&self, cx: &mut Context<'_>, pulse: &Pulse, round: u64, by_force: bool) -> Poll<()> {
        let mut content = match self.content.try_lock() {
            Ok(content) => content,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            // The caller is at it.
            Err(TryLockError::WouldBlock) => return Poll::Pending,
        };
        let abandoned = self.is_abandoned();
        if !(by_force || abandoned || content.looked + 1 < round) {
            return Poll::Pending;
        }
        content.looked = 0;
        let ended = content.poll_driver(cx, self, pulse, |kept, row| {
            if !abandoned {
                kept.keep(row, self.number, pulse);
            }
            ControlFlow::Continue(())
        });
        let has_some = content.kept.open && (ended.is_ready() || !content.kept.rows.is_empty());
        let caller = if has_some { content.caller.take() } else { None };
        drop(content);
        if let Some(caller) = caller {
            caller.wake();
        }
        ended
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// Keeps a row until the caller takes it.
    fn keep(&mut self, row: Row, number: u64, pulse: &Pulse) {
        self.rows.push_back(row);
        self.open = self.open || pulse.hands_out(number);
    }
}

impl Content {
    /// Hands over rows from the driver. Ready at the end, which is noted, or when `each` has enough.
    fn poll_driver(
        &mut self,
        cx: &mut Context<'_>,
        slot: &Slot,
        pulse: &Pulse,
        mut each: impl FnMut(&mut Kept, Row) -> ControlFlow<()>,
    ) -> Poll<()> {
        let Self { source: Some(source), kept, .. } = self else { return Poll::Ready(()) };
        let end = match ready!(source.as_mut().poll_rows(cx, &mut |row| each(kept, row))) {
            Progress::Stopped => return Poll::Ready(()),
            Progress::Ended(end) => end,
        };
        // What a caller has rows of cannot begin anew.
        if !self.kept.open && end.as_ref().is_err_and(cancelled) {
            self.start = pulse.after_cancel(slot.number).unwrap_or(Start::Answer);
        }
        self.kept.open = true;
        self.end = end;
        self.source = None;
        slot.ended.store(true, Ordering::Release);
        pulse.end(slot.number);
        Poll::Ready(())
    }

    /// Has the caller woken by the janitor, too.
    fn wait<T>(&mut self, cx: &Context<'_>) -> Poll<T> {
        match &mut self.caller {
            Some(caller) => caller.clone_from(cx.waker()),
            None => self.caller = Some(cx.waker().clone()),
        }
        Poll::Pending
    }
}

fn cancelled(error: &tokio_postgres::Error) -> bool {
    error.code() == Some(&SqlState::QUERY_CANCELED)
}
