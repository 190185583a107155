//! What looks after the statements of a lane whose callers do not.
//!
//! The driver hands an answer over through a channel of two messages, and waits with all later answers while it is full
//! (tokio-postgres, `Connection::poll_read`). A caller that is not polled for a while, as in a stream of buffered
//! futures, would hold up everybody. So one task a lane goes its rounds while several statements are under way, and
//! reads the answer at the front if its caller did not look for a round, or is gone. One statement alone holds up
//! nobody; and rounds cost, as a thread that waits for a timer besides its sockets takes longer to fall asleep.

use std::{
    collections::VecDeque,
    future::poll_fn,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};

use tokio::time::MissedTickBehavior;

use super::{pulse::Pulse, slot::Slot};

/// How long a round is: twice this is what a caller that is not polled can cost others.
const ROUND: Duration = Duration::from_millis(5);

/// The statements of a lane that were sent, in that order.
pub(super) struct Desk {
    state: Mutex<State>,
    round: AtomicU64,
}

#[derive(Default)]
pub(super) struct State {
    /// Those that ended are removed in time.
    slots: VecDeque<Arc<Slot>>,
    /// The lane is gone.
    closed: bool,
}

impl Desk {
    pub fn new() -> Self {
        Self { state: Mutex::default(), round: AtomicU64::new(2) }
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn round(&self) -> u64 {
        self.round.load(Ordering::Relaxed)
    }

    /// Adds a statement that was sent under this lock.
    pub fn add(&self, state: &mut State, slot: Arc<Slot>) {
        state.remove_ended();
        state.slots.push_back(slot);
    }

    /// The lane is gone: once nothing is under way, so is the janitor. It is to be told.
    pub fn close(&self) {
        self.state().closed = true;
    }

    /// The statement at the front, where there is one.
    fn front(&self) -> Option<Arc<Slot>> {
        let mut state = self.state();
        state.remove_ended();
        state.slots.front().cloned()
    }

    /// Reads answers from the front on, as far as callers do not. Tells whether nobody waits for the one now at the
    /// front.
    fn drain(&self, cx: &mut Context<'_>, pulse: &Pulse) -> bool {
        let (round, late) = (self.round(), pulse.is_late(Instant::now()));
        while let Some(slot) = self.front() {
            if slot.poll_drain(cx, pulse, round, late).is_pending() {
                return slot.is_abandoned();
            }
        }
        false
    }

    /// Keeps the lane's statements moving until it is gone.
    pub async fn tidy(self: Arc<Self>, pulse: Arc<Pulse>) {
        let mut rounds = tokio::time::interval(ROUND);
        rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
        poll_fn(|cx| {
            pulse.janitor.register(cx.waker());
            let mut abandoned = self.drain(cx, &pulse);
            while (abandoned || pulse.janitor.is_up()) && rounds.poll_tick(cx).is_ready() {
                self.round.fetch_add(1, Ordering::Relaxed);
                pulse.doze();
                abandoned = self.drain(cx, &pulse);
                pulse.look(abandoned);
            }
            if self.state().is_over() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}

impl State {
    fn remove_ended(&mut self) {
        while self.slots.front().is_some_and(|slot| slot.is_ended()) {
            self.slots.pop_front();
        }
    }

    fn is_over(&self) -> bool {
        self.closed && self.slots.is_empty()
    }
}
