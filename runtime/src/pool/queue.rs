//! The queue of callers that wait for a connection, first come, first served, and which of them may share one.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use postgres_types::Type;
use smallvec::SmallVec;
use tokio::sync::oneshot;
use tokio_postgres::Row;

use super::{
    home::Home,
    known::{Known, worth},
    lease::Lease,
    params::Encoded,
};
use crate::error::Error;

/// A caller that waits in the queue.
pub(super) struct Waiter {
    pub number: u64,
    /// The home of the runtime that it waits in.
    pub home: Home,
    pub wants: Wants,
    pub tell: oneshot::Sender<Given>,
}

/// What a caller waits for.
pub(super) enum Wants {
    /// A connection that no other caller uses.
    Connection,
    /// The rows of a read that may be sent on one connection with other reads.
    Read(Asking),
    /// The result of a write that may share its commit with others.
    Write(Asking),
}

/// A statement that may be sent for its caller on another caller's connection.
pub(super) struct Asking {
    pub known: Arc<Known>,
    pub values: Encoded,
    /// The types that the values are encoded as.
    pub types: Arc<[Type]>,
    /// For a find by key: the text of the statement that finds many keys.
    pub for_many: Option<fn() -> String>,
    /// How long the server works on the statement, the round trip left out.
    pub work: Duration,
}

/// What a waiting caller is given.
pub(super) enum Given {
    /// A connection that no other caller uses.
    Connection(Lease),
    /// The answer to its statement.
    Answer(Answer),
    /// The caller has to ask again, for a connection of its own: its statement changed nothing.
    Alone,
    Failed(Error),
}

/// The rows of a statement that was sent together with others, and how many rows it touched.
#[derive(Default)]
pub(crate) struct Answer {
    pub rows: SmallVec<[Row; 1]>,
    pub touched: u64,
}

/// The caller or callers that get a connection that has become free.
pub(super) enum Next {
    One(Waiter),
    Reads(Vec<Waiter>),
    Writes(Vec<Waiter>),
}

/// The most callers that share a connection or a commit. With more keys in one statement, a second processor of the
/// server would stay idle; with more writes in one commit, each write would wait for more others.
const MOST: usize = 64;

/// How many waiting callers are checked for statements that may share the connection.
const LOOKED_AT: usize = 512;

#[derive(Default)]
pub(super) struct Queue {
    waiters: VecDeque<Waiter>,
    last_number: u64,
}

impl Queue {
    pub fn len(&self) -> usize {
        self.waiters.len()
    }

    pub fn is_empty(&self) -> bool {
        self.waiters.is_empty()
    }

    pub fn push(&mut self, wants: Wants, home: Home) -> (u64, oneshot::Receiver<Given>) {
        self.drop_gone();
        self.last_number += 1;
        let (tell, told) = oneshot::channel();
        self.waiters.push_back(Waiter { number: self.last_number, home, wants, tell });
        (self.last_number, told)
    }

    /// Removes a caller that no longer waits. False if the caller has left the queue already, because it was given
    /// something.
    pub fn remove(&mut self, number: u64) -> bool {
        let place = self.waiters.iter().position(|waiter| waiter.number == number);
        place.and_then(|place| self.waiters.remove(place)).is_some()
    }

    /// Removes all callers up to and including the one with this number.
    pub fn drain_to(&mut self, number: u64) -> Vec<Waiter> {
        let later = self.waiters.partition_point(|waiter| waiter.number <= number);
        self.waiters.drain(..later).collect()
    }

    /// The number of the caller that came last.
    pub fn last_number(&self) -> u64 {
        self.last_number
    }

    /// Takes the callers that get a connection with this round trip, of so many connections in all.
    ///
    /// They are the first caller in the queue and, if its statement may share, further callers whose statements may
    /// share with it: finds of the same model, which are combined into one statement; and other reads, as long as all
    /// of their work is worth less than the round trips that they save, and their number is no more than this
    /// connection's share of the waiting callers. On a connection that has a home, only callers of that runtime share.
    pub fn next(&mut self, round_trip: Duration, connections: usize, home: Home) -> Option<Next> {
        self.drop_gone();
        let share = self.waiters.len().div_ceil(connections.max(1));
        let first = self.waiters.pop_front()?;
        let is_at_home = |waiter: &Waiter| home.is_none() || waiter.home == home;
        match &first.wants {
            Wants::Connection => Some(Next::One(first)),
            _ if !is_at_home(&first) => Some(Next::One(first)),
            Wants::Read(_) => {
                let company = Company::new(worth(round_trip), share);
                let admits =
                    |company: &mut Company, waiter: &Waiter| is_at_home(waiter) && company.admits(waiter);
                Some(self.gather(first, company, admits, Next::Reads))
            }
            Wants::Write(_) => Some(self.gather(
                first,
                (),
                |(), waiter| is_at_home(waiter) && matches!(waiter.wants, Wants::Write(_)),
                Next::Writes,
            )),
        }
    }

    fn gather<C>(
        &mut self,
        first: Waiter,
        mut company: C,
        admits: impl Fn(&mut C, &Waiter) -> bool,
        all: impl FnOnce(Vec<Waiter>) -> Next,
    ) -> Next {
        admits(&mut company, &first);
        let mut members = vec![first];
        let (mut place, mut looked_at) = (0, 0);
        while place < self.waiters.len() && looked_at < LOOKED_AT && members.len() < MOST {
            looked_at += 1;
            let admitted = self
                .waiters
                .get(place)
                .is_some_and(|waiter| !waiter.tell.is_closed() && admits(&mut company, waiter));
            match admitted.then(|| self.waiters.remove(place)).flatten() {
                Some(waiter) => members.push(waiter),
                None => place += 1,
            }
        }
        match <[Waiter; 1]>::try_from(members) {
            Ok([alone]) => Next::One(alone),
            Err(members) => all(members),
        }
    }

    /// Removes the callers at the front that are gone. Those further back get to the front later.
    fn drop_gone(&mut self) {
        while self.waiters.front().is_some_and(|waiter| waiter.tell.is_closed()) {
            self.waiters.pop_front();
        }
    }
}

/// The reads that share one connection.
struct Company {
    /// The most work that may be sent before the last read.
    worth: Duration,
    /// The most statements that may be sent.
    share: usize,
    work: Duration,
    statements: usize,
    /// The finds among the statements: one more key for such a find costs next to nothing.
    finds: SmallVec<[Arc<Known>; 4]>,
}

impl Company {
    fn new(worth: Duration, share: usize) -> Self {
        Self { worth, share, work: Duration::ZERO, statements: 0, finds: SmallVec::new() }
    }

    fn admits(&mut self, waiter: &Waiter) -> bool {
        let Wants::Read(asking) = &waiter.wants else { return false };
        if asking.for_many.is_some() && self.finds.iter().any(|known| Arc::ptr_eq(known, &asking.known)) {
            return true;
        }
        let is_first = self.statements == 0;
        if !is_first && (self.statements >= self.share || self.work + asking.work > self.worth) {
            return false;
        }
        self.work += asking.work;
        self.statements += 1;
        if asking.for_many.is_some() {
            self.finds.push(Arc::clone(&asking.known));
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{known::Knowledge, params::encode},
        *,
    };

    const ROUND_TRIP: Duration = Duration::from_micros(100);

    fn text() -> String {
        "SELECT 1".into()
    }

    fn read(knowledge: &Knowledge, sql: &'static str, work: Duration, is_find: bool) -> Wants {
        let values = encode(&[], &Vec::new()).expect("no values can be encoded");
        let for_many = is_find.then_some(text as fn() -> String);
        Wants::Read(Asking { known: knowledge.of(&sql.into()), values, types: Arc::new([]), for_many, work })
    }

    /// A queue with these callers, and the receivers that keep them waiting.
    fn queue(wants: impl IntoIterator<Item = Wants>) -> (Queue, Vec<oneshot::Receiver<Given>>) {
        let mut queue = Queue::default();
        let told = wants.into_iter().map(|wants| queue.push(wants, None).1).collect();
        (queue, told)
    }

    fn next(queue: &mut Queue, connections: usize) -> Vec<u64> {
        match queue.next(ROUND_TRIP, connections, None) {
            None => Vec::new(),
            Some(Next::One(waiter)) => vec![waiter.number],
            Some(Next::Reads(waiters) | Next::Writes(waiters)) => {
                waiters.iter().map(|waiter| waiter.number).collect()
            }
        }
    }

    #[test]
    fn a_caller_that_wants_a_connection_gets_it_alone_and_in_turn() {
        let knowledge = Knowledge::default();
        let short = || read(&knowledge, "a", Duration::ZERO, true);
        let (mut queue, _told) = queue([Wants::Connection, short(), Wants::Connection, short()]);
        assert_eq!(next(&mut queue, 1), [1]);
        assert_eq!(next(&mut queue, 1), [2, 4]);
        assert_eq!(next(&mut queue, 1), [3]);
        assert!(next(&mut queue, 1).is_empty());
    }

    #[test]
    fn finds_of_one_model_travel_together_whatever_the_share() {
        let knowledge = Knowledge::default();
        let finds = (0..100).map(|_| read(&knowledge, "a", Duration::from_micros(20), true));
        let (mut queue, _told) = queue(finds);
        assert_eq!(next(&mut queue, 10).len(), MOST);
        assert_eq!(next(&mut queue, 10).len(), 100 - MOST);
    }

    #[test]
    fn reads_leave_to_other_connections_their_share() {
        let knowledge = Knowledge::default();
        let (mut queue, _told) =
            queue((0..20).map(|_| read(&knowledge, "a", Duration::from_micros(20), false)));
        assert_eq!(next(&mut queue, 10), [1, 2]);
        assert_eq!(next(&mut queue, 9), [3, 4]);
        assert_eq!(next(&mut queue, 3).len(), 6);
    }

    #[test]
    fn work_that_takes_longer_than_sharing_saves_has_nobody_behind_it() {
        let knowledge = Knowledge::default();
        let (mut queue, _told) = queue((0..9).map(|_| read(&knowledge, "a", ROUND_TRIP * 10, false)));
        assert_eq!(next(&mut queue, 1), [1]);
        let (mut queue, _told) = self::queue((0..9).map(|_| read(&knowledge, "a", ROUND_TRIP * 4, false)));
        assert_eq!(next(&mut queue, 1), [1, 2, 3, 4]);
    }

    #[test]
    fn callers_that_are_gone_are_passed_over() {
        let knowledge = Knowledge::default();
        let (mut queue, mut told) = queue((0..4).map(|_| read(&knowledge, "a", Duration::ZERO, true)));
        drop(told.remove(2));
        drop(told.remove(0));
        assert_eq!(next(&mut queue, 1), [2, 4]);
    }
}
