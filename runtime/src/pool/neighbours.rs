//! The pools of a program that connect to the same server: an idle connection of one is closed to make room for
//! another.
//!
//! A server takes a limited number of connections, and refuses any more (SQLSTATE 53300). Two hundred pools that each
//! keep an idle connection would use up all of them, and the next caller of any pool would fail. So a pool that
//! cannot open a connection has an idle connection of another pool closed, and tries again for as long as its callers
//! wait. Where the manifest limits the number of connections (`max_connections`), the pools do not try to open more.
//! Where the server set the limit by a refusal, they try one more at a time while callers wait: the server may have
//! room again, and hundreds of pools that try at once would keep it from working.
//!
//! Those that wait for room get it in the order in which they asked: where two hundred pools share a hundred connections,
//! one that came later would else take the room that another has waited for, again and again.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::sync::Notify;

use super::server::Server;

/// How long a pool waits for a connection to be closed before it tries again.
const RETRY: Duration = Duration::from_millis(50);

pub(super) struct Neighbours {
    servers: Mutex<Vec<Weak<Server>>>,
    /// The most connections that may be open; unlimited if no manifest sets it.
    most: AtomicUsize,
    open: AtomicUsize,
    /// How many of the connections in `open` have been opened; the others are being opened.
    established: AtomicUsize,
    /// How many connections were open when the server last refused one.
    full_at: AtomicUsize,
    /// Those that wait for room, by their tickets.
    queue: Mutex<BTreeMap<u64, Arc<Notify>>>,
    /// How many are in the queue.
    waiting: AtomicUsize,
    /// The number of tickets given so far.
    tickets: AtomicU64,
}

/// The pools of this process, by their server's first host and its port.
type Registry = Mutex<HashMap<String, Weak<Neighbours>>>;

static KNOWN: OnceLock<Registry> = OnceLock::new();

impl Neighbours {
    /// The pools of the server at this address.
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
                queue: Mutex::default(),
                waiting: AtomicUsize::new(0),
                tickets: AtomicU64::new(0),
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

    /// A ticket to open a connection, after those that were given before.
    pub fn ticket(self: &Arc<Self>) -> Ticket {
        let number = self.tickets.fetch_add(1, Ordering::Relaxed);
        Ticket { neighbours: Arc::clone(self), number, told: Arc::default() }
    }

    /// Reserves room for one more connection, if there is any.
    pub fn enter(self: &Arc<Self>) -> Option<Seat> {
        let most = self.most();
        let one_more = |open: usize| (open < most).then_some(open + 1);
        self.open.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).ok()?;
        Some(Seat { neighbours: Arc::clone(self), is_taken: AtomicBool::new(false) })
    }

    /// Whether there is room for one more.
    pub fn have_room(&self) -> bool {
        self.open.load(Ordering::Relaxed) < self.most()
    }

    fn most(&self) -> usize {
        let one_beyond_full = self.full_at.load(Ordering::Relaxed).saturating_add(1);
        self.most.load(Ordering::Relaxed).min(one_beyond_full)
    }

    /// Notes that the server refused a connection because it has as many as it takes.
    pub fn refused(&self) {
        self.full_at.store(self.established.load(Ordering::Relaxed), Ordering::Relaxed);
    }

    /// Whether a pool waits for room, so that idle connections should be closed.
    pub fn are_waiting(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > 0
    }

    /// Closes the connection that has been idle for longest, of whichever pool.
    fn close_longest_idle(&self) {
        let servers: Vec<Arc<Server>> = self.servers().iter().filter_map(Weak::upgrade).collect();
        let longest = servers
            .iter()
            .filter_map(|server| Some((server.longest_idle()?, server)))
            .min_by_key(|(since, _): &(Instant, _)| *since);
        if let Some((_, server)) = longest {
            server.close_longest_idle();
        }
    }

    /// Tells the first in the queue that there may be room.
    fn tell_first(&self) {
        if let Some(first) = self.queue().values().next() {
            first.notify_one();
        }
    }

    /// Changes the queue. Also returns how many are in it then.
    fn in_queue<T>(&self, change: impl FnOnce(&mut BTreeMap<u64, Arc<Notify>>) -> T) -> (T, usize) {
        let mut queue = self.queue();
        let changed = change(&mut queue);
        self.waiting.store(queue.len(), Ordering::Relaxed);
        (changed, queue.len())
    }

    fn queue(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<Notify>>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn servers(&self) -> MutexGuard<'_, Vec<Weak<Server>>> {
        self.servers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place among those that want to open a connection, which it keeps for as long as it tries.
pub(super) struct Ticket {
    neighbours: Arc<Neighbours>,
    number: u64,
    told: Arc<Notify>,
}

impl Ticket {
    /// Reserves room for a connection, if there is any that nobody waits for who asked before. Else it waits from now on.
    pub fn enter(&self) -> Option<Seat> {
        let (seat, _) = self.neighbours.in_queue(|queue| {
            let is_next = queue.keys().next().is_none_or(|first| *first >= self.number);
            let seat = if is_next { self.neighbours.enter() } else { None };
            match seat {
                Some(_) => queue.remove(&self.number),
                None => queue.insert(self.number, Arc::clone(&self.told)),
            };
            seat
        });
        if seat.is_some() {
            // There may be room for the next one, too.
            self.neighbours.tell_first();
        }
        seat
    }

    /// Has an idle connection closed, of whichever pool, and waits a moment for its room.
    pub async fn wait(&self) {
        // One that had entered, and was refused by the server, is not in the queue: its ticket is the one from before.
        self.neighbours.in_queue(|queue| queue.insert(self.number, Arc::clone(&self.told)));
        self.neighbours.close_longest_idle();
        let _ = tokio::time::timeout(RETRY, self.told.notified()).await;
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let (_, left) = self.neighbours.in_queue(|queue| queue.remove(&self.number));
        match left {
            // No other pool waits: the server's earlier refusal says nothing about later attempts.
            0 => self.neighbours.full_at.store(usize::MAX, Ordering::Relaxed),
            _ => self.neighbours.tell_first(),
        }
    }
}

/// The room for one connection among all that the server takes.
pub(super) struct Seat {
    neighbours: Arc<Neighbours>,
    is_taken: AtomicBool,
}

impl Seat {
    /// Notes that the connection was opened.
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
        self.neighbours.tell_first();
    }
}
