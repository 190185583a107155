//! What the driver prepared, and which answers are still to come.

use std::{
    collections::VecDeque,
    hash::{DefaultHasher, Hasher},
};

use bytes::Bytes;
use foldhash::HashMap;

/// A statement that the driver prepared, by the number in its name.
pub(super) type StatementNumber = u64;

/// The number in a name of the driver's, such as `s12`.
pub(super) fn number(name: &[u8]) -> Option<StatementNumber> {
    let digits = name.strip_prefix(b"s")?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// A statement that the driver prepared.
pub(super) struct DriverStatement {
    /// What the server calls it on a session of its own.
    pub name: String,
    /// Its text, with the zero that ends it.
    pub text: Bytes,
    /// The types of its values, as a Parse message ends with them: first those that the driver names, then those that
    /// the server describes, which has the same form.
    pub types: Bytes,
    /// The types of its columns, once they were described.
    pub columns: Option<Vec<u32>>,
}

/// An answer that is to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    /// One that the driver did not ask for: it is left out.
    Added(u8),
    /// One that it asked for, of a sort that may also be left out.
    Own(u8),
    /// The description of a statement that the driver asked for.
    Described(StatementNumber),
    /// That of the same columns, before their rows: it is compared, and left out.
    Again(StatementNumber),
    /// What ends the answers to a Sync.
    Synced,
    /// What ends the answers to a text.
    Done,
}

impl Expected {
    fn is_end(self) -> bool {
        matches!(self, Self::Synced | Self::Done)
    }
}

#[derive(Default)]
pub(super) struct Ledger {
    prepared: HashMap<StatementNumber, DriverStatement>,
    expected: VecDeque<Expected>,
}

impl Ledger {
    pub fn get(&self, number: StatementNumber) -> Option<&DriverStatement> {
        self.prepared.get(&number)
    }

    pub fn get_mut(&mut self, number: StatementNumber) -> Option<&mut DriverStatement> {
        self.prepared.get_mut(&number)
    }

    /// Keeps a statement. Its name is a hash of what the server is told of it, and the driver's number: one that is
    /// prepared anew stands beside the old one until that is closed.
    pub fn keep(&mut self, number: StatementNumber, text: Bytes, types: Bytes) -> &DriverStatement {
        let [high, low] = hash(&text, &types);
        let name = format!("ormgen_{high:016x}{low:016x}_{number}");
        let prepared = DriverStatement { name, text, types, columns: None };
        self.prepared.entry(number).insert_entry(prepared).into_mut()
    }

    pub fn forget(&mut self, number: StatementNumber) -> Option<DriverStatement> {
        self.prepared.remove(&number)
    }

    pub fn expect(&mut self, answers: impl IntoIterator<Item = Expected>) {
        self.expected.extend(answers);
    }

    pub fn next(&self) -> Option<Expected> {
        self.expected.front().copied()
    }

    /// Whether an answer is still to come.
    pub fn is_waited_for(&self) -> bool {
        !self.expected.is_empty()
    }

    pub fn pop(&mut self) {
        self.expected.pop_front();
    }

    /// An error: the server leaves out what was sent before the next Sync. A statement that was to be described was not
    /// prepared; the driver does not close it.
    pub fn failed(&mut self) {
        while let Some(expected) = self.next().filter(|expected| !expected.is_end()) {
            if let Expected::Described(number) = expected {
                self.forget(number);
            }
            self.pop();
        }
    }

    /// The end of the answers to a Sync or a text.
    pub fn ended(&mut self) {
        while self.next().is_some_and(|expected| !expected.is_end()) {
            self.pop();
        }
        self.pop();
    }

    /// The server waits for a `COPY`'s rows, and passes over the Sync that it was sent behind the statement
    /// (<https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-COPY>).
    pub fn copies(&mut self) {
        if self.next() == Some(Expected::Synced) {
            self.pop();
        }
    }
}

/// 128 bits. The functions are the same in all processes of a program; between programs nothing depends on it.
fn hash(text: &[u8], types: &[u8]) -> [u64; 2] {
    [0, 1].map(|seed| {
        let mut hasher = DefaultHasher::new();
        hasher.write_u8(seed);
        hasher.write(text);
        hasher.write(types);
        hasher.finish()
    })
}
