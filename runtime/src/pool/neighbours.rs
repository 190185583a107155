//! The pools of a program whose connections lead to one server: what one of them has idle makes room for another's.
//!
//! A server takes a number of connections, and refuses one more (SQLSTATE 53300). Two hundred pools that each keep an
//! idle connection would use them all, and the next caller of any would fail. So a pool that cannot open a connection has
//! a neighbour close one that is idle, and tries again for as long as its callers wait. Where the manifest says how many
//! connections the server is to get (`max_connections`), it is not even asked for more. Where the server said so by a
//! refusal, it is asked for one more at a time while somebody waits: it may have got room, and hundreds of pools that ask
//! at once would keep it from working.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::sync::Notify;

use super::server::Server;

/// How long a pool waits for room before it looks for some again.
const RETRY: Duration = Duration::from_millis(50);

pub(super) struct Neighbours {
    servers: Mutex<Vec<Weak<Server>>>,
    /// Connections that there may be; as many as the server takes where none says it.
    most: AtomicUsize,
    open: AtomicUsize,
    /// Of those, connections that were opened.
    established: AtomicUsize,
    /// Connections that there were when the server refused one more.
    full_at: AtomicUsize,
    /// Pools that wait for room.
    waiting: AtomicUsize,
    left: Notify,
}

/// The servers of this process, by their first host and its port.
type Registry = Mutex<HashMap<String, Weak<Neighbours>>>;

static KNOWN: OnceLock<Registry> = OnceLock::new();

impl Neighbours {
    /// Those of the server at this address.
    pub fn at(address: String, most: Option<usize>) -> Arc<Self> {
        let mut known = KNOWN.get_or_init(Registry::default).lock().unwrap_or_else(PoisonError::into_inner);
        let neighbours = known.get(&address).and_then(Weak::upgrade).unwrap_or_else(|| {
            known.retain(|_, neighbours| neighbours.strong_count() > 0);
            let neighbours = Arc::new(Self {
                servers: Mutex::default(),
                most: AtomicUsize::new(usize::MAX),
                open: AtomicUsize::new(0),
                established: AtomicUsize::new(0),
                full_at: AtomicUsize::new(usize::MAX),
                waiting: AtomicUsize::new(0),
                left: Notify::new(),
            });
            known.insert(address, Arc::downgrade(&neighbours));
            neighbours
        });
        neighbours.most.fetch_min(most.unwrap_or(usize::MAX), Ordering::Relaxed);
        neighbours
    }

    pub fn join(&self, server: &Arc<Server>) {
        let mut servers = self.servers();
        servers.retain(|server| server.strong_count() > 0);
        servers.push(Arc::downgrade(server));
    }

    /// A seat for one more connection, if there is one.
    pub fn enter(self: &Arc<Self>) -> Option<Seat> {
        let one_beyond_full = self.full_at.load(Ordering::Relaxed).saturating_add(1);
        let most = self.most.load(Ordering::Relaxed).min(one_beyond_full);
        let one_more = |open: usize| (open < most).then_some(open + 1);
        self.open.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).ok()?;
        Some(Seat { neighbours: Arc::clone(self), is_taken: AtomicBool::new(false) })
    }

    /// The server refused a connection, as it has as many as it takes.
    pub fn refused(&self) {
        self.full_at.store(self.established.load(Ordering::Relaxed), Ordering::Relaxed);
    }

    /// Whether somebody waits for room, so that a connection that nobody uses is better closed.
    pub fn are_waiting(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > 0
    }

    /// Has the connection closed that was idle for longest, whosever it is, and waits a moment for its place.
    pub async fn make_room(&self) {
        let _waits = Waits::new(self);
        let servers: Vec<Arc<Server>> = self.servers().iter().filter_map(Weak::upgrade).collect();
        let longest = servers
            .iter()
            .filter_map(|server| Some((server.longest_idle()?, server)))
            .min_by_key(|(since, _): &(Instant, _)| *since);
        if let Some((_, server)) = longest {
            server.close_longest_idle();
        }
        let _ = tokio::time::timeout(RETRY, self.left.notified()).await;
    }

    fn servers(&self) -> MutexGuard<'_, Vec<Weak<Server>>> {
        self.servers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection's seat among all of its server's.
pub(super) struct Seat {
    neighbours: Arc<Neighbours>,
    is_taken: AtomicBool,
}

impl Seat {
    /// Its connection was opened.
    pub fn take(&self) {
        if !self.is_taken.swap(true, Ordering::Relaxed) {
            let established = self.neighbours.established.fetch_add(1, Ordering::Relaxed) + 1;
            let raised = |full_at: usize| (full_at < established).then_some(established);
            let _ = self.neighbours.full_at.fetch_update(Ordering::Relaxed, Ordering::Relaxed, raised);
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if *self.is_taken.get_mut() {
            self.neighbours.established.fetch_sub(1, Ordering::Relaxed);
        }
        self.neighbours.open.fetch_sub(1, Ordering::Relaxed);
        self.neighbours.left.notify_one();
    }
}

/// Counts as one that waits.
struct Waits<'a>(&'a Neighbours);

impl<'a> Waits<'a> {
    fn new(neighbours: &'a Neighbours) -> Self {
        neighbours.waiting.fetch_add(1, Ordering::Relaxed);
        Self(neighbours)
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        // The last one: what the server refused then tells nothing of later.
        if self.0.waiting.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.0.full_at.store(usize::MAX, Ordering::Relaxed);
        }
    }
}
