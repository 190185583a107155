//! What the server sends, on its way to the driver.

use std::{io, sync::atomic::Ordering};

use bytes::{Buf, BytesMut};
use smallvec::SmallVec;
use tokio::io::ReadBuf;

use super::{
    Link,
    ledger::{Expected, Ledger, Number},
};

/// What begins each message: its kind, and how long it is without that.
const HEAD: usize = 5;

#[derive(Default)]
pub(super) struct Answers {
    ready: BytesMut,
    /// The beginning of a message whose rest is still to come.
    begun: BytesMut,
    /// Of a message that the driver has already: its head, as far as it has come.
    head: SmallVec<[u8; HEAD]>,
    /// Bytes of a message that go as they are.
    passing: usize,
}

/// What becomes of a message.
enum Fate {
    Passes,
    IsLeftOut,
}

impl Answers {
    /// Hands over what is ready; false if nothing is.
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

    /// Whether no message is in part here: what comes may pass unseen.
    pub fn is_between(&self) -> bool {
        self.begun.is_empty()
    }

    /// The answer to a request for encryption.
    pub fn expect_one_byte(&mut self) {
        self.passing += 1;
    }

    /// Looks at what the driver was given, where nothing is to be left out.
    pub fn watch(&mut self, mut bytes: &[u8], ledger: &mut Ledger) {
        loop {
            let passed = bytes.len().min(self.passing);
            self.passing -= passed;
            bytes = &bytes[passed..];
            let Some(head) = self.next_head(&mut bytes) else { return };
            match head[0] {
                b'E' => ledger.failed(),
                b'Z' => ledger.ended(),
                b'G' => ledger.copies(),
                _ => {}
            }
            self.passing = length(&head).unwrap_or_default().saturating_sub(HEAD);
        }
    }

    /// Takes the head of the next message off, which may have come in parts. None if the rest of it has not come.
    fn next_head(&mut self, bytes: &mut &[u8]) -> Option<[u8; HEAD]> {
        // Most are whole, and there is one for each row.
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

    pub fn take(&mut self, bytes: &[u8], ledger: &mut Ledger, link: &Link) -> io::Result<()> {
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

    /// Takes as many messages as are there, and says how many bytes that were.
    fn run(&mut self, bytes: &[u8], ledger: &mut Ledger, link: &Link) -> io::Result<usize> {
        let mut used = 0;
        while let Some(rest) = bytes.get(used..).filter(|rest| !rest.is_empty()) {
            if self.passing > 0 {
                let passed = rest.len().min(self.passing);
                self.ready.extend_from_slice(&rest[..passed]);
                self.passing -= passed;
                used += passed;
                continue;
            }
            let Some(length) = length(rest) else { break };
            match fate(rest, length, ledger, link)? {
                Some(Fate::Passes) => self.passing = length,
                Some(Fate::IsLeftOut) => used += length,
                None => break,
            }
        }
        Ok(used)
    }
}

/// How long a message is; none if too little of it is there.
fn length(bytes: &[u8]) -> Option<usize> {
    let length = bytes.get(1..)?.first_chunk()?;
    Some(1 + u32::from_be_bytes(*length) as usize)
}

/// What becomes of the message that begins here. None if it is needed whole, and is not yet.
fn fate(bytes: &[u8], length: usize, ledger: &mut Ledger, link: &Link) -> io::Result<Option<Fate>> {
    let kind = bytes.first().copied().unwrap_or_default();
    let whole = bytes.get(..length).and_then(|message| message.get(HEAD..));
    match kind {
        b'K' => {
            let Some(body) = whole else { return Ok(None) };
            let process = body.first_chunk().map_or(0, |process| i32::from_be_bytes(*process));
            link.process.store(process, Ordering::Relaxed);
        }
        // These come at any time.
        b'N' | b'S' | b'A' => {}
        b'E' => ledger.failed(),
        b'Z' => ledger.ended(),
        b'G' => ledger.copies(),
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

/// Whether the rows that come are of the columns that the driver reads them by. (A statement that was closed meanwhile
/// has no rows that anybody reads.)
fn check(number: Number, columns: &[u32], ledger: &Ledger) -> io::Result<()> {
    match ledger.get(number).and_then(|prepared| prepared.columns.as_ref()) {
        Some(prepared) if prepared != columns => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "the schema was changed: a statement has other columns than when it was prepared",
        )),
        _ => Ok(()),
    }
}

/// The types of the columns that a message describes. None for a statement without rows.
fn columns(body: Option<&[u8]>) -> Vec<u32> {
    let mut types = Vec::new();
    let mut rest = body.and_then(|body| body.get(2..)).unwrap_or_default();
    // A name; a table and a column; a type; its length and modifier; a format.
    while let Some(end) = rest.iter().position(|byte| *byte == 0) {
        let Some(ty) = rest.get(end + 7..).and_then(|at| at.first_chunk()) else { break };
        types.push(u32::from_be_bytes(*ty));
        rest = rest.get(end + 19..).unwrap_or_default();
    }
    types
}
