//! Reads that waited together and share a connection: they are pipelined, and answered in that order.
//!
//! Finds of one model are combined into one statement. A task of its own sends the statements and reads the answers,
//! so that a caller that goes away or does not poll does not hold up the others. Each statement only reads, so that
//! it may run again: the callers behind a statement that takes unexpectedly long are told to ask again on other
//! connections. Otherwise a caller could wait for ever, if the statement before its own waits for a lock that the
//! caller itself holds (`tests/tests/pool/shared.rs`).

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use postgres_types::{Kind, Type};
use tokio::sync::oneshot;

use super::{
    known::Known,
    lease::Lease,
    params::Encoded,
    pipeline::{self, DriverResult, Pipelined},
    queue::{Answer, Asking, Given, Waiter, Wants},
    session::Session,
    statements::Prepared,
};
use crate::{error::Error, types::base};

/// How many times the expected duration the whole group may take before the callers behind are told to ask again.
const SLOWER: u32 = 8;

/// The least duration before that: a program that pauses for a moment does not make its server slow.
const PATIENCE: Duration = Duration::from_millis(250);

/// Runs the reads and answers their callers.
pub(super) async fn run(lease: Lease, waiters: Vec<Waiter>) {
    let parts = GroupPart::of(waiters);
    let work: Duration = parts.iter().map(|part| part.work).sum();
    let Some(ready) = prepare(&lease, parts).await else { return };
    let begun = Instant::now();
    let mut sent = Vec::with_capacity(ready.len());
    for part in ready {
        sent.push(part.send(&lease).await);
    }
    let until = tokio::time::Instant::now() + patience(&lease, work);
    let mut answered = begun;
    let mut rest = sent.into_iter();
    while let Some(mut part) = rest.next() {
        let outcome = match tokio::time::timeout_at(until, part.answer.answer()).await {
            Ok(outcome) => outcome,
            Err(_) => {
                rest.as_mut_slice().iter_mut().for_each(Sent::send_away);
                part.answer.answer().await
            }
        };
        // The time of the statements before it does not count, and only the first statement waits for a round trip.
        let now = Instant::now();
        if answered == begun {
            lease.measure(&part.prepared.known, now - begun);
        } else {
            part.prepared.known.measure(now - answered);
        }
        answered = now;
        part.tell(&lease, outcome);
    }
}

/// How long an answer that is expected after so much work may take.
fn patience(lease: &Lease, work: Duration) -> Duration {
    PATIENCE.max((lease.round_trip() + work) * SLOWER)
}

/// What the preparation of a group's statement gives. None if it takes unexpectedly long: the server waits for a lock on
/// the table of one of the statements, whose holder may itself wait for another (`nothing_waits_behind_what_cannot_be_prepared`,
/// `nobody_waits_for_a_write_that_cannot_be_prepared`). The connection is then given up, and the callers have to ask alone.
pub(super) async fn prepared_in_time<T>(lease: &Lease, preparation: impl Future<Output = T>) -> Option<T> {
    let prepared = tokio::time::timeout(patience(lease, Duration::ZERO), preparation).await;
    prepared.inspect_err(|_| lease.abandon()).ok()
}

/// Prepares all statements before the first is sent: the driver reads an answer only after those before it are taken.
/// None if that takes unexpectedly long; all callers are then told to ask alone.
async fn prepare(lease: &Lease, parts: Vec<GroupPart>) -> Option<Vec<Ready>> {
    let mut ready = Vec::with_capacity(parts.len());
    let mut rest = parts.into_iter();
    while let Some(part) = rest.next() {
        let Some(prepared) = prepared_in_time(lease, part.prepare(lease)).await else {
            part.go_alone();
            ready.into_iter().flat_map(|ready: Ready| ready.callers).for_each(go_alone);
            rest.for_each(GroupPart::go_alone);
            return None;
        };
        ready.extend(part.ready(prepared));
    }
    Some(ready)
}

/// One statement of the group, and its callers.
struct GroupPart {
    known: Arc<Known>,
    types: Arc<[Type]>,
    for_many: Option<fn() -> String>,
    work: Duration,
    callers: Vec<(Encoded, oneshot::Sender<Given>)>,
}

impl GroupPart {
    /// The statements for these callers: one for all finds of a model.
    fn of(waiters: Vec<Waiter>) -> Vec<Self> {
        let mut parts: Vec<Self> = Vec::new();
        for Waiter { wants, tell, .. } in waiters {
            let Wants::Read(Asking { known, values, types, for_many, work }) = wants else { continue };
            let joins = for_many.is_some() && values.is_binary();
            let same = |part: &&mut Self| {
                joins && part.for_many.is_some() && Arc::ptr_eq(&part.known, &known) && part.types == types
            };
            match parts.iter_mut().find(same) {
                Some(part) => part.callers.push((values, tell)),
                None => {
                    let for_many = if joins { for_many } else { None };
                    parts.push(Self { known, types, for_many, work, callers: vec![(values, tell)] });
                }
            }
        }
        parts
    }

    async fn prepare(&self, session: &Session) -> Option<Prepared> {
        let sql = match self.for_many {
            Some(text) if self.callers.len() > 1 => self.known.for_many(text),
            _ => &self.known.sql,
        };
        session.prepare_text(sql, self.known.labels()).await.ok()
    }

    /// None if the statement cannot be sent this way: its callers are then told to ask alone.
    fn ready(self, prepared: Option<Prepared>) -> Option<Ready> {
        let is_many = self.callers.len() > 1;
        let types = self.types;
        let (values, callers): (Vec<_>, Vec<_>) = self.callers.into_iter().unzip();
        // The values were encoded as the types of the time when the statement was last prepared.
        let fits = |prepared: &Prepared| {
            let params = prepared.statement.params();
            if is_many { elements_are(params, &types) } else { params == &*types }
        };
        match prepared.filter(fits) {
            Some(prepared) => Some(Ready { prepared, values, callers, is_many }),
            None => {
                callers.into_iter().for_each(go_alone);
                None
            }
        }
    }

    fn go_alone(self) {
        self.callers.into_iter().for_each(|(_, caller)| go_alone(caller));
    }
}

/// Whether arrays of these types can hold values that were encoded as `types`.
fn elements_are(arrays: &[Type], types: &[Type]) -> bool {
    let is_of = |(array, ty): (&Type, &Type)| match array.kind() {
        Kind::Array(element) => base(element) == base(ty) || is_text(base(element)) && is_text(base(ty)),
        _ => false,
    };
    arrays.len() == types.len() && arrays.iter().zip(types).all(is_of)
}

/// Whether values of this type are encoded as their text.
fn is_text(ty: &Type) -> bool {
    [Type::TEXT, Type::VARCHAR, Type::BPCHAR, Type::NAME].contains(ty) || ty.name() == "citext"
}

pub(super) fn go_alone(caller: oneshot::Sender<Given>) {
    // A caller that is gone needs no answer.
    drop(caller.send(Given::Alone));
}

/// A prepared statement with its values.
struct Ready {
    prepared: Prepared,
    values: Vec<Encoded>,
    callers: Vec<oneshot::Sender<Given>>,
    is_many: bool,
}

impl Ready {
    /// Sends the statement, without waiting for its answer.
    async fn send(self, session: &Session) -> Sent {
        let Self { prepared, mut values, callers, is_many } = self;
        let mut answer = match values.pop() {
            Some(alone) if values.is_empty() => pipeline::one(session.client(), &prepared.statement, alone),
            last => {
                values.extend(last);
                pipeline::many(session.client(), &prepared.statement, values)
            }
        };
        answer.send().await;
        Sent { prepared, callers, is_many, answer }
    }
}

/// A statement that has been sent.
struct Sent {
    prepared: Prepared,
    callers: Vec<oneshot::Sender<Given>>,
    is_many: bool,
    answer: Pipelined<Answer>,
}

impl Sent {
    fn send_away(&mut self) {
        self.callers.drain(..).for_each(go_alone);
    }

    /// Answers the callers. On an error that is not one of the statement itself, the callers are told to ask again on
    /// other connections, as each statement only reads.
    fn tell(self, session: &Session, outcome: DriverResult<Answer>) {
        let mut callers = self.callers.into_iter();
        match outcome.map_err(|error| session.failed_text(&self.prepared.known.sql, error)) {
            Ok(answer) if self.is_many => tell_each(callers, answer),
            Ok(answer) => drop(callers.next().map(|caller| caller.send(Given::Answer(answer)))),
            Err(Error::ConnectionLost { .. } | Error::StalePlan { .. }) => callers.for_each(go_alone),
            Err(_) if self.is_many => callers.for_each(go_alone),
            Err(error) => drop(callers.next().map(|caller| caller.send(Given::Failed(error)))),
        }
    }
}

/// Gives each caller its rows: a row's last column is the number of its caller, counted from 1.
fn tell_each(callers: impl Iterator<Item = oneshot::Sender<Given>>, answer: Answer) {
    let mut answers: Vec<Answer> = Vec::new();
    let mut callers: Vec<_> = callers.collect();
    answers.resize_with(callers.len(), Answer::default);
    for row in answer.rows {
        let place = row.len().checked_sub(1).and_then(|last| row.try_get::<_, i64>(last).ok());
        let place = place.and_then(|place| usize::try_from(place - 1).ok());
        if let Some(answer) = place.and_then(|place| answers.get_mut(place)) {
            answer.rows.push(row);
            answer.touched += 1;
        }
    }
    for (caller, answer) in callers.drain(..).zip(answers) {
        drop(caller.send(Given::Answer(answer)));
    }
}
