//! The statements that the driver prepared, and the answers that are due.

use std::{
    collections::VecDeque,
    hash::{DefaultHasher, Hasher},
};

use bytes::Bytes;
use foldhash::HashMap;

/// The number in the driver's name of a prepared statement.
pub(super) type StatementNumber = u64;

/// The number in one of the driver's names, such as `s12`.
pub(super) fn number(name: &[u8]) -> Option<StatementNumber> {
    let digits = name.strip_prefix(b"s")?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// A statement that the driver prepared.
pub(super) struct DriverStatement {
    /// The statement's name on the server, if the session is not shared.
    pub name: String,
    /// The statement's text, with the zero byte that ends it.
    pub text: Bytes,
    /// The types of the statement's values, in the form that a Parse message ends with: first those that the driver
    /// sends, later those that the server describes, which have the same form.
    pub types: Bytes,
    /// The types of the statement's columns, once the server has described them.
    pub columns: Option<Vec<u32>>,
}

/// An answer that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    /// An answer of this kind that the driver did not ask for: it is left out.
    Added(u8),
    /// An answer of this kind that the driver asked for, where an added one may be of the same kind.
    Own(u8),
    /// The description of a statement, for which the driver asked.
    Described(StatementNumber),
    /// The description of the statement's columns again, before the rows: it is compared with the first, and left
    /// out.
    Again(StatementNumber),
    /// The end of the answers to a Sync.
    Synced,
    /// The end of the answers to a query text.
    Done,
    /// The start of a `COPY` that was sent as a query text. The driver also waits for the answer to its Bind message,
    /// which was not sent.
    CopyStart,
    /// The end of the answers to the query text of a `COPY`.
    CopyEnd,
    /// The end of the answers to the Sync behind the rows of a `COPY`: it is left out, as the driver has got
    /// [`CopyEnd`](Self::CopyEnd).
    CopySynced,
}

impl Expected {
    fn is_end(self) -> bool {
        matches!(self, Self::Synced | Self::Done | Self::CopyEnd | Self::CopySynced)
    }
}

#[derive(Default)]
pub(super) struct Ledger {
    prepared: HashMap<StatementNumber, DriverStatement>,
    expected: VecDeque<Expected>,
    /// How many `COPY` statements have been sent whose last answer is due.
    copies: usize,
    /// Whether the server waits for rows of a `COPY`.
    takes_rows: bool,
}

impl Ledger {
    pub fn get(&self, number: StatementNumber) -> Option<&DriverStatement> {
        self.prepared.get(&number)
    }

    pub fn get_mut(&mut self, number: StatementNumber) -> Option<&mut DriverStatement> {
        self.prepared.get_mut(&number)
    }

    /// Stores a statement. Its name is a hash of its text and types, and the driver's number: a statement that is
    /// prepared anew has another name than the old one, which exists until it is closed.
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

    /// Whether an answer is due.
    pub fn is_waited_for(&self) -> bool {
        !self.expected.is_empty() && !self.takes_rows
    }

    /// Whether a `COPY` has been sent whose last answer is due.
    pub fn has_copy(&self) -> bool {
        self.copies > 0
    }

    /// Notes that a `COPY` is sent as a query text.
    pub fn expect_copy(&mut self) {
        self.copies += 1;
        self.expect([Expected::CopyStart, Expected::CopyEnd]);
    }

    /// Notes that all rows of a `COPY` have been sent, and a Sync behind them.
    pub fn expect_copy_synced(&mut self) {
        self.takes_rows = false;
        self.expect([Expected::CopySynced]);
    }

    pub fn pop(&mut self) {
        self.expected.pop_front();
    }

    /// Handles an error: the server skips what was sent before the next Sync. A statement that was to be described is
    /// not prepared; the driver does not close it.
    pub fn failed(&mut self) {
        while let Some(expected) = self.next().filter(|expected| !expected.is_end()) {
            if let Expected::Described(number) = expected {
                self.forget(number);
            }
            self.pop();
        }
    }

    /// Handles the end of the answers to a Sync or a query text. Returns what ended.
    pub fn ended(&mut self) -> Option<Expected> {
        while self.next().is_some_and(|expected| !expected.is_end()) {
            self.pop();
        }
        let ended = self.expected.pop_front();
        match ended {
            Some(Expected::CopyEnd) => self.takes_rows = false,
            Some(Expected::CopySynced) => self.copies -= 1,
            _ => {}
        }
        ended
    }

    /// Handles the start of a `COPY`. Returns whether it was sent as a query text. Otherwise the server ignores the
    /// Sync that was sent behind the statement while it waits for rows
    /// (<https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-COPY>).
    pub fn copy_started(&mut self) -> bool {
        let next = self.next();
        if matches!(next, Some(Expected::CopyStart | Expected::Synced)) {
            self.pop();
        }
        self.takes_rows = next == Some(Expected::CopyStart);
        self.takes_rows
    }
}

/// A hash of 128 bits. It is the same in all processes of a program; other programs do not depend on it.
fn hash(text: &[u8], types: &[u8]) -> [u64; 2] {
    [0, 1].map(|seed| {
        let mut hasher = DefaultHasher::new();
        hasher.write_u8(seed);
        hasher.write(text);
        hasher.write(types);
        hasher.finish()
    })
}
