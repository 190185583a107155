//! The lanes of one server: which are open, and which takes the next statement.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use deadpool::managed::Pool;
use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use tokio::sync::Notify;

use super::{lane::Lane, manager::Manager, pulse::Pulse};
use crate::{
    config::PoolConfig,
    error::{Alias, Error, Result},
};

/// How long a caller that found no room waits before it looks again, should nobody tell it to.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// How long no further lane is tried after one could not be opened.
const PAUSE: Duration = Duration::from_secs(1);

pub(super) struct Lanes {
    /// The connections that are not shared: they are opened by the same manager.
    exclusive: Pool<Manager>,
    limit: usize,
    settings: PoolConfig,
    alias: Alias,
    state: Mutex<State>,
    /// Told when there is room again.
    freed: Arc<Notify>,
}

#[derive(Default)]
struct State {
    lanes: Vec<Arc<Lane>>,
    opening: Option<Opening>,
    failed: Option<Instant>,
    closed: bool,
}

/// A lane on its way, which any number of callers may wait for.
pub(super) type Opening = Shared<BoxFuture<'static, Result<(), Arc<Error>>>>;

/// Where the next statement may go.
pub(super) enum Pick {
    /// And when it was found so.
    Lane(Arc<Lane>, Instant),
    /// There will be a lane.
    Opening(Opening),
    /// All lanes are at work, and there may be no more of them.
    Full,
    Closed,
}

impl Lanes {
    pub fn new(exclusive: &Pool<Manager>, settings: &PoolConfig, alias: &Alias) -> Arc<Self> {
        Arc::new(Self {
            exclusive: exclusive.clone(),
            limit: settings.shared(),
            settings: settings.clone(),
            alias: Arc::clone(alias),
            state: Mutex::default(),
            freed: Arc::default(),
        })
    }

    /// The lane with the least under way. Another one is opened when none is idle.
    pub fn pick(self: &Arc<Self>) -> Pick {
        let now = Instant::now();
        let mut state = self.state();
        if state.closed {
            return Pick::Closed;
        }
        self.remove_worn(&mut state, now);
        state.lanes.iter().for_each(|lane| lane.pulse.rouse(now));
        let fit = state.lanes.iter().filter(|lane| !self.is_old(lane, now) && lane.pulse.takes_more(now));
        let least = fit.min_by_key(|lane| lane.pulse.in_flight()).cloned();
        let wanted = match &least {
            Some(lane) => {
                lane.pulse.in_flight() > 0
                    && state.failed.is_none_or(|at| now.saturating_duration_since(at) > PAUSE)
            }
            None => true,
        };
        if wanted {
            self.open_another(&mut state);
        }
        match (least, &state.opening) {
            (Some(lane), _) => Pick::Lane(lane, now),
            (None, Some(opening)) => Pick::Opening(opening.clone()),
            (None, None) => Pick::Full,
        }
    }

    /// Waits until there may be room.
    pub async fn freed(&self) {
        // Looking again is for the case that somebody who was told is not polled.
        let _ = tokio::time::timeout(LOOK_AGAIN, self.freed.notified()).await;
    }

    /// Forgets lanes that were lost, and closes those that are spent or old, once they have nothing to do.
    fn remove_worn(&self, state: &mut State, now: Instant) {
        // A spent one does not wait for callers that leave its answers unread: they would keep all others from a lane.
        let is_done = |lane: &Lane| lane.pulse.is_spent() && lane.pulse.in_flight() == 0;
        state.lanes.retain(|lane| {
            lane.session.is_usable() && !is_done(lane) && !(self.is_old(lane, now) && is_idle(lane))
        });
    }

    fn is_old(&self, lane: &Lane, now: Instant) -> bool {
        self.settings.max_lifetime.is_some_and(|limit| lane.pulse.age(now) > limit)
    }

    /// Opens a lane, if there may be one more and none is on its way.
    fn open_another(self: &Arc<Self>, state: &mut State) {
        // One that was waited for and is still here is left of a task that ended with its runtime.
        let opening = state.opening.as_ref().is_some_and(|opening| opening.peek().is_none());
        if opening || state.lanes.len() >= self.limit {
            return;
        }
        // A task of its own: a caller that is dropped, or not polled, must not keep the others waiting.
        let (task, alias) = (tokio::spawn(Arc::clone(self).open()), Arc::clone(&self.alias));
        let opening = async move {
            match task.await {
                Ok(opened) => opened,
                Err(_) => Err(Arc::new(Error::PoolClosed { connection: alias })),
            }
        };
        state.opening = Some(opening.boxed().shared());
    }

    async fn open(self: Arc<Self>) -> Result<(), Arc<Error>> {
        let patience = self.settings.acquire_timeout;
        let pulse = |token| Pulse::new(self.exclusive.clone(), patience, token, Arc::clone(&self.freed));
        let lane = tokio::time::timeout(patience, self.exclusive.manager().open_lane(pulse)).await;
        let lane = lane.unwrap_or_else(|_| {
            let source = format!("no answer within {patience:?}").into();
            Err(Error::Connect { connection: Arc::clone(&self.alias), source })
        });
        let mut state = self.state();
        state.opening = None;
        state.failed = lane.is_err().then(Instant::now);
        let opened = match lane {
            Ok(lane) if !state.closed => {
                state.lanes.push(Arc::new(lane));
                Ok(())
            }
            Ok(_) => Ok(()),
            Err(error) => Err(Arc::new(error)),
        };
        drop(state);
        self.freed.notify_waiters();
        opened
    }

    /// How many are kept open even when idle: lanes come first, being the most used.
    fn kept(&self) -> usize {
        self.settings.min_idle.min(self.limit)
    }

    pub fn keeps_some(&self) -> bool {
        self.kept() > 0
    }

    /// Closes those that had nothing to do for long.
    pub fn close_idle(&self) {
        let now = Instant::now();
        let mut state = self.state();
        self.remove_worn(&mut state, now);
        let Some(limit) = self.settings.idle_timeout else { return };
        let mut spare = state.lanes.len().saturating_sub(self.kept());
        state.lanes.retain(|lane| {
            let close = spare > 0 && is_idle(lane) && lane.pulse.since_answer(now) > limit;
            spare -= usize::from(close);
            !close
        });
    }

    /// Opens as many as are to be kept.
    pub async fn open_idle(self: &Arc<Self>) {
        for _ in self.size()..self.kept() {
            let opening = {
                let mut state = self.state();
                if state.closed {
                    return;
                }
                self.open_another(&mut state);
                state.opening.clone()
            };
            // A server that is down is reported to whoever needs it, not here.
            if let Some(opening) = opening
                && opening.await.is_err()
            {
                return;
            }
        }
    }

    /// What is under way is still answered.
    pub fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        state.lanes.clear();
        drop(state);
        self.freed.notify_waiters();
    }

    /// Waits for a lane that was being opened when the others were closed.
    pub async fn closed(&self) {
        let opening = self.state().opening.clone();
        if let Some(opening) = opening {
            let _ = opening.await;
        }
    }

    pub fn size(&self) -> usize {
        self.state().lanes.len()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Lanes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lanes")
            .field("limit", &self.limit)
            .field("open", &self.size())
            .finish_non_exhaustive()
    }
}

/// Whether nobody is at it, or about to be: lanes are given out under the lock that this is called with.
fn is_idle(lane: &Arc<Lane>) -> bool {
    Arc::strong_count(lane) == 1 && lane.pulse.in_flight() == 0
}
