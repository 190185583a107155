//! The server's messages on their way to the driver.

use std::{io, sync::atomic::Ordering};

use bytes::{Buf, BytesMut};
use smallvec::SmallVec;
use tokio::io::ReadBuf;

use super::{
    SessionFacts,
    ledger::{Expected, Ledger, StatementNumber},
    notices::Notice,
};

/// The answer to a Bind message.
const BOUND: &[u8] = &[b'2', 0, 0, 0, 4];

/// The length of a message's head: its kind, and its length without the kind.
const HEAD: usize = 5;

/// The most bytes of a message before the login has ended. libpq, too, takes no longer error then
/// (`PQconnectPoll` in its `fe-connect.c`): a program on the way, or in the server's place, would else have the driver
/// collect two gigabytes before it has shown who it is.
const MOST_BEFORE_LOGIN: usize = 30_000;

#[derive(Default)]
pub(super) struct Answers {
    ready: BytesMut,
    /// The beginning of a message that has not fully arrived.
    begun: BytesMut,
    /// The part that has arrived of the head of a message that the driver has been given.
    head: SmallVec<[u8; HEAD]>,
    /// How many bytes of a message are still to be passed on unchanged.
    passing: usize,
    /// What the next byte says.
    next_byte: NextByte,
    /// The notice that is being passed on, if it is one.
    notice: Notice,
    /// Whether the server has said that it waits for a statement.
    is_logged_in: bool,
}

/// What the first byte of a message that the driver was given directly says.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum NextByte {
    /// Nothing that is noted.
    #[default]
    Other,
    /// What the server has done: the first letter of a tag.
    Done,
    /// Whether a transaction is open.
    Transaction,
}

/// Whether a message is passed on to the driver.
enum Fate {
    Passes,
    /// The driver also waits for the answer to a Bind message that was not sent.
    PassesAfterBound,
    IsLeftOut,
}

impl Answers {
    /// Copies bytes that are ready into the driver's buffer; false if there are none.
    pub fn hand_over(&mut self, buf: &mut ReadBuf<'_>) -> bool {
        let bytes = self.ready.len().min(buf.remaining());
        buf.put_slice(&self.ready[..bytes]);
        if bytes == self.ready.len() {
            self.ready.clear();
        } else {
            self.ready.advance(bytes);
        }
        bytes > 0
    }

    /// Whether no message is held back in part: what arrives may go to the driver directly.
    pub fn is_between(&self) -> bool {
        self.begun.is_empty()
    }

    /// Expects the answer to a request for encryption, which is one byte.
    pub fn expect_one_byte(&mut self) {
        self.passing += 1;
    }

    /// Follows the messages that the driver was given directly, none of which is left out.
    pub fn watch(&mut self, mut bytes: &[u8], ledger: &mut Ledger, link: &SessionFacts) {
        loop {
            bytes = &bytes[self.pass(bytes, link)..];
            let Some(head) = self.next_head(&mut bytes) else { return };
            self.notice.begins(head[0]);
            match head[0] {
                b'E' => ledger.failed(),
                b'Z' => {
                    ledger.ended();
                    self.next_byte = NextByte::Transaction;
                }
                b'G' => drop(ledger.copy_started()),
                b'C' => self.next_byte = NextByte::Done,
                _ => {}
            }
            self.passing = length(&head).unwrap_or_default().saturating_sub(HEAD);
        }
    }

    /// How many of these bytes belong to the message that is being passed on.
    fn pass(&mut self, bytes: &[u8], link: &SessionFacts) -> usize {
        if self.next_byte != NextByte::Other
            && let Some(byte) = bytes.first()
        {
            match std::mem::take(&mut self.next_byte) {
                NextByte::Done => link.done(*byte),
                NextByte::Transaction => link.ready(*byte),
                NextByte::Other => {}
            }
        }
        let passed = bytes.len().min(self.passing);
        self.passing -= passed;
        if self.notice.leaves_standbys(&bytes[..passed]) {
            link.lacks_standbys();
        }
        passed
    }

    /// Takes off the head of the next message, which may arrive in parts. None until the whole head has arrived.
    fn next_head(&mut self, bytes: &mut &[u8]) -> Option<[u8; HEAD]> {
        // Most heads arrive whole, and there is one for each row.
        if self.head.is_empty()
            && let Some((head, rest)) = bytes.split_first_chunk()
        {
            *bytes = rest;
            return Some(*head);
        }
        let (part, rest) = bytes.split_at((HEAD - self.head.len()).min(bytes.len()));
        *bytes = rest;
        self.head.extend_from_slice(part);
        let head = self.head.as_slice().try_into().ok()?;
        self.head.clear();
        Some(head)
    }

    pub fn take(&mut self, bytes: &[u8], ledger: &mut Ledger, link: &SessionFacts) -> io::Result<()> {
        let bytes = self.rest_of_head(bytes, ledger, link);
        if self.begun.is_empty() {
            let used = self.run(bytes, ledger, link)?;
            self.begun.extend_from_slice(bytes.get(used..).unwrap_or_default());
        } else {
            let mut all = std::mem::take(&mut self.begun);
            all.extend_from_slice(bytes);
            let used = self.run(&all, ledger, link)?;
            all.advance(used);
            self.begun = all;
        }
        Ok(())
    }

    /// Passes on the rest of a head whose first part the driver was given directly, and returns what follows it.
    fn rest_of_head<'b>(&mut self, bytes: &'b [u8], ledger: &mut Ledger, link: &SessionFacts) -> &'b [u8] {
        if self.head.is_empty() {
            return bytes;
        }
        let (rest, following) = bytes.split_at((HEAD - self.head.len()).min(bytes.len()));
        self.ready.extend_from_slice(rest);
        self.watch(rest, ledger, link);
        following
    }

    /// Takes as many messages as are there, and returns how many bytes they were.
    fn run(&mut self, bytes: &[u8], ledger: &mut Ledger, link: &SessionFacts) -> io::Result<usize> {
        let mut used = 0;
        while let Some(rest) = bytes.get(used..).filter(|rest| !rest.is_empty()) {
            if self.passing > 0 {
                let passed = self.pass(rest, link);
                self.ready.extend_from_slice(&rest[..passed]);
                used += passed;
                continue;
            }
            let Some(length) = length(rest) else { break };
            if !self.is_logged_in && length > MOST_BEFORE_LOGIN {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "what answers there is not a PostgreSQL server: its message before the login is too long",
                ));
            }
            self.is_logged_in |= rest[0] == b'Z';
            self.notice.begins(rest[0]);
            match fate(rest, length, ledger, link)? {
                Some(Fate::Passes) => self.passing = length,
                Some(Fate::PassesAfterBound) => {
                    self.ready.extend_from_slice(BOUND);
                    self.passing = length;
                }
                Some(Fate::IsLeftOut) => used += length,
                None => break,
            }
        }
        Ok(used)
    }
}

/// The length of a message; none if its head has not fully arrived.
fn length(bytes: &[u8]) -> Option<usize> {
    let length = bytes.get(1..)?.first_chunk()?;
    Some(1 + u32::from_be_bytes(*length) as usize)
}

/// Whether the message that begins here is passed on. None if it must arrive fully first.
fn fate(bytes: &[u8], length: usize, ledger: &mut Ledger, link: &SessionFacts) -> io::Result<Option<Fate>> {
    let kind = bytes.first().copied().unwrap_or_default();
    let whole = bytes.get(..length).and_then(|message| message.get(HEAD..));
    match kind {
        b'K' => {
            let Some(body) = whole else { return Ok(None) };
            let process = body.first_chunk().map_or(0, |process| i32::from_be_bytes(*process));
            link.process.store(process, Ordering::Relaxed);
        }
        // These messages may arrive at any time.
        b'N' | b'S' | b'A' => {}
        b'E' => ledger.failed(),
        b'C' => {
            let Some(tag) = whole.and_then(<[u8]>::first) else { return Ok(None) };
            link.done(*tag);
            return expected(kind, whole, ledger);
        }
        b'Z' => {
            let Some(transaction) = whole.and_then(<[u8]>::first) else { return Ok(None) };
            link.ready(*transaction);
            if ledger.ended() == Some(Expected::CopySynced) {
                return Ok(Some(Fate::IsLeftOut));
            }
        }
        b'G' if ledger.copy_started() => return Ok(Some(Fate::PassesAfterBound)),
        b'G' => {}
        _ => return expected(kind, whole, ledger),
    }
    Ok(Some(Fate::Passes))
}

fn expected(kind: u8, whole: Option<&[u8]>, ledger: &mut Ledger) -> io::Result<Option<Fate>> {
    let fate = match (ledger.next(), kind, whole) {
        (Some(Expected::Described(_) | Expected::Again(_)), b't' | b'T', None)
        | (Some(Expected::Added(_)), _, None) => return Ok(None),
        (Some(Expected::Added(added)), kind, _) if added == kind => {
            ledger.pop();
            Fate::IsLeftOut
        }
        (Some(Expected::Own(own)), kind, _) if own == kind => {
            ledger.pop();
            Fate::Passes
        }
        (Some(Expected::Described(number)), b't', Some(types)) => {
            if let Some(prepared) = ledger.get_mut(number) {
                prepared.types = bytes::Bytes::copy_from_slice(types);
            }
            Fate::Passes
        }
        (Some(Expected::Described(number)), b'T' | b'n', body) => {
            let columns = columns(body.filter(|_| kind == b'T'));
            if let Some(prepared) = ledger.get_mut(number) {
                prepared.columns = Some(columns);
            }
            ledger.pop();
            Fate::Passes
        }
        (Some(Expected::Again(number)), b'T' | b'n', body) => {
            check(number, &columns(body.filter(|_| kind == b'T')), ledger)?;
            ledger.pop();
            Fate::IsLeftOut
        }
        _ => Fate::Passes,
    };
    Ok(Some(fate))
}

/// Checks that the rows to come have the columns that the driver decodes them by. (If the statement has been closed
/// meanwhile, no caller reads its rows.)
fn check(number: StatementNumber, columns: &[u32], ledger: &Ledger) -> io::Result<()> {
    match ledger.get(number).and_then(|prepared| prepared.columns.as_ref()) {
        Some(prepared) if prepared != columns => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "the schema was changed: a statement has other columns than when it was prepared",
        )),
        _ => Ok(()),
    }
}

/// The types of the columns that a message describes. Empty for a statement without rows.
fn columns(body: Option<&[u8]>) -> Vec<u32> {
    let mut types = Vec::new();
    let mut rest = body.and_then(|body| body.get(2..)).unwrap_or_default();
    // For each column: its name; its table and number; its type with length and modifier; its format.
    while let Some(end) = rest.iter().position(|byte| *byte == 0) {
        let Some(ty) = rest.get(end + 7..).and_then(|at| at.first_chunk()) else { break };
        types.push(u32::from_be_bytes(*ty));
        rest = rest.get(end + 19..).unwrap_or_default();
    }
    types
}
