//! How a lane is doing: what is under way on it, when it last answered, and what is done when it does not.
//!
//! The server answers the statements of a connection in the order they were sent, so one that takes long holds up
//! those behind it. It could even be waiting for a lock whose holder waits behind it. So a lane that has not answered
//! for [`STALL`] gets no new statements, and if some wait behind the one that takes long, the server is asked to
//! cancel that one. A cancelled statement did nothing, and is run again by its caller on a connection of its own.
//!
//! The request goes its own way and may come late: it then hits a later statement of the lane, which is sent again. So
//! that none can be hit that came long after, a lane takes no more statements once the request was made, and is closed
//! when those that it has are answered.

use std::{
    pin::pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    task::Waker,
    time::{Duration, Instant},
};

use deadpool::managed::Pool;
use futures_util::task::AtomicWaker;
use tokio::sync::Notify;
use tokio_postgres::CancelToken;

use super::manager::Manager;

/// How long a lane may go without an answer before statements go elsewhere.
pub(super) const STALL: Duration = Duration::from_millis(50);

/// Statements that may be under way on a lane.
const MOST: usize = 256;

pub(super) struct Pulse {
    /// What the times are counted from.
    began: Instant,
    in_flight: AtomicUsize,
    /// How many statements were ever sent.
    sent: AtomicU64,
    /// The last one whose answer is complete.
    ended: AtomicU64,
    /// When the last answer was complete; while there was nothing under way, when the first statement was sent.
    answered: AtomicU64,
    pub janitor: Bell,
    /// The server was asked to cancel.
    spent: AtomicBool,
    relief: Mutex<Relief>,
    exclusive: Pool<Manager>,
    patience: Duration,
    token: CancelToken,
    freed: Arc<Notify>,
}

/// How a statement comes to its answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// Here it is.
    Answer,
    /// It held up others: it is to be run on a connection of its own.
    Alone,
    /// It was hit in place of another one: it is to be sent again.
    Again,
}

/// What calls the lane's janitor.
#[derive(Default)]
pub(super) struct Bell {
    /// Whether it goes its rounds.
    is_up: AtomicBool,
    waker: AtomicWaker,
}

/// Which statements of the lane may be hit by a request to cancel.
#[derive(Default)]
struct Relief {
    /// When the last request was made: from the first one on, any of them may.
    asked: Option<Instant>,
    /// The one that it was made for.
    target: u64,
    /// The last one of which rows were handed out: it cannot be run again.
    handed: u64,
}

impl Pulse {
    pub fn new(exclusive: Pool<Manager>, patience: Duration, token: CancelToken, freed: Arc<Notify>) -> Self {
        Self {
            began: Instant::now(),
            in_flight: AtomicUsize::new(0),
            sent: AtomicU64::new(0),
            ended: AtomicU64::new(0),
            answered: AtomicU64::new(0),
            janitor: Bell::default(),
            spent: false.into(),
            relief: Mutex::default(),
            exclusive,
            patience,
            token,
            freed,
        }
    }

    pub fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// How long the lane has been there.
    pub fn age(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.began)
    }

    /// How long ago the last answer was complete.
    pub fn since_answer(&self, now: Instant) -> Duration {
        self.age(now).saturating_sub(Duration::from_nanos(self.answered.load(Ordering::Relaxed)))
    }

    /// Whether one more statement would be answered soon.
    pub fn takes_more(&self, now: Instant) -> bool {
        let in_flight = self.in_flight();
        !self.is_spent() && (in_flight == 0 || in_flight < MOST && !self.is_late(now))
    }

    /// Whether it will never take more.
    pub fn is_spent(&self) -> bool {
        self.spent.load(Ordering::Relaxed)
    }

    /// A statement is sent; its number.
    pub fn begin(&self, now: Instant) -> u64 {
        // First, as who looks at both must not see work under way and an answer of long ago.
        if self.in_flight() == 0 {
            self.mark_answer(now);
        }
        if self.in_flight.fetch_add(1, Ordering::SeqCst) > 0 {
            self.janitor.get_up();
        }
        self.sent.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Has the janitor rest until there are several statements under way.
    pub fn doze(&self) {
        self.janitor.is_up.store(false, Ordering::SeqCst);
        if self.in_flight.load(Ordering::SeqCst) > 1 {
            self.janitor.is_up.store(true, Ordering::SeqCst);
        }
    }

    /// Has the janitor of a lane that seems to stand still look whether it does: the answer may be there, and its caller
    /// not be polled.
    pub fn rouse(&self, now: Instant) {
        if self.in_flight() > 0 && self.is_late(now) {
            self.janitor.get_up();
        }
    }

    /// A statement was answered, and so were all before it.
    pub fn end(&self, number: u64) {
        let now = Instant::now();
        let stalled = self.is_late(now);
        self.mark_answer(now);
        self.ended.fetch_max(number, Ordering::Relaxed);
        let was_full = self.in_flight.fetch_sub(1, Ordering::Relaxed) >= MOST;
        if stalled || self.is_spent() {
            self.freed.notify_waiters();
        } else if was_full {
            self.freed.notify_one();
        }
    }

    /// Whether it is long ago that an answer was complete.
    pub fn is_late(&self, now: Instant) -> bool {
        self.since_answer(now) > STALL
    }

    fn mark_answer(&self, now: Instant) {
        let age = u64::try_from(self.age(now).as_nanos()).unwrap_or(u64::MAX);
        // What happened last counts, whoever comes last to tell.
        self.answered.fetch_max(age, Ordering::Relaxed);
    }

    /// Whether rows of a statement may be handed out before all are there. It is then the one at the front.
    pub fn hands_out(&self, number: u64) -> bool {
        let mut relief = self.relief();
        let may = relief.asked.is_none();
        if may {
            relief.handed = relief.handed.max(number);
        }
        may
    }

    /// What is to become of this statement, which was cancelled. None if that was not by our request.
    pub fn after_cancel(&self, number: u64) -> Option<Start> {
        let relief = self.relief();
        relief.asked.map(|_| if relief.target == number { Start::Alone } else { Start::Again })
    }

    /// Waits for an answer that the lane's janitor knows nothing of, and counts it.
    pub async fn watch<T>(self: &Arc<Self>, answer: impl Future<Output = T>) -> T {
        let number = self.begin(Instant::now());
        let mut answer = pin!(answer);
        let answer = loop {
            match tokio::time::timeout(STALL, &mut answer).await {
                Ok(answer) => break answer,
                Err(_) => self.look(false),
            }
        };
        self.end(number);
        answer
    }

    /// Looks after a lane that is at work, now and then. `abandoned` tells that nobody waits for the statement at the
    /// front.
    pub fn look(self: &Arc<Self>, abandoned: bool) {
        let now = Instant::now();
        if self.is_late(now) && (abandoned || self.moves_front(now)) && self.asks(now, abandoned) {
            let pulse = Arc::clone(self);
            tokio::spawn(async move { pulse.exclusive.manager().cancel(&pulse.token).await });
        }
    }

    /// Whether the statement at the front is in the way of others, and can go elsewhere. Where no connection is free
    /// it stays as long as its caller would have waited for one.
    fn moves_front(&self, now: Instant) -> bool {
        let status = self.exclusive.status();
        let room = status.available > 0 || status.size < status.max_size;
        self.in_flight() > 1 && (room || self.since_answer(now) > self.patience)
    }

    /// Notes a request to cancel the statement at the front, if one is to be made. It may be lost, or come while the
    /// server is between two statements: then there is another.
    fn asks(&self, now: Instant, abandoned: bool) -> bool {
        let mut relief = self.relief();
        let ended = self.ended.load(Ordering::Relaxed);
        let recently = relief.asked.is_some_and(|at| now.saturating_duration_since(at) <= STALL);
        if recently || relief.handed > ended && !abandoned {
            return false;
        }
        relief.asked = Some(now);
        relief.target = ended + 1;
        self.spent.store(true, Ordering::Relaxed);
        true
    }

    fn relief(&self) -> MutexGuard<'_, Relief> {
        self.relief.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bell {
    pub fn register(&self, janitor: &Waker) {
        self.waker.register(janitor);
    }

    pub fn is_up(&self) -> bool {
        self.is_up.load(Ordering::Relaxed)
    }

    /// Has the janitor look at once.
    pub fn call(&self) {
        self.waker.wake();
    }

    /// Has it go its rounds.
    fn get_up(&self) {
        if !self.is_up.load(Ordering::SeqCst) && !self.is_up.swap(true, Ordering::SeqCst) {
            self.call();
        }
    }
}
