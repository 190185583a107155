//! The driver's messages on their way to the server.

use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};

use super::{
    super::{copy::ROWS_FOLLOW, tags},
    SessionFacts,
    ledger::{DriverStatement, Expected, Ledger, StatementNumber, number},
};

/// The code of a request for encryption, in the place where a start-up message has its version
/// (<https://www.postgresql.org/docs/current/protocol-message-formats.html>).
const ENCRYPTION: u32 = 80_877_103;

/// The length of a message's head: its kind, and its length without the kind.
const HEAD: usize = 5;

/// How far a `COPY` has been sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum CopyStage {
    #[default]
    None,
    /// The query text; the driver's Execute and Sync, which end its statement, are left out.
    Text,
    /// The text, and a part of the rows.
    Rows,
    /// All rows; a Sync follows.
    End,
}

/// Sets the timeout until the transaction's end.
pub(super) struct StatementTimeout {
    /// Messages that are sent before the same Sync as the statement.
    messages: Bytes,
    /// The beginning of a query text.
    text: String,
}

impl StatementTimeout {
    /// It calls a function, as `SET LOCAL` outside of `BEGIN` makes the server warn.
    pub fn new(timeout: Duration) -> Self {
        let call =
            format!("SELECT pg_catalog.set_config('statement_timeout', '{}', true)", timeout.as_millis());
        let mut out = BytesMut::new();
        put(&mut out, b'P', &[&[0], call.as_bytes(), &[0; 3]]);
        // No names of a portal and a statement; no formats, values, or formats of columns.
        put(&mut out, b'B', &[&[0, 0], &[0; 6]]);
        put(&mut out, b'E', &[&[0], &[0; 4]]);
        Self { messages: out.freeze(), text: call + "; " }
    }
}

#[derive(Default)]
pub(super) struct Requests {
    ready: BytesMut,
    /// The beginning of a message that the driver has not fully written.
    begun: BytesMut,
    /// How many bytes of a message are still to be passed on unchanged.
    passing: usize,
    /// The message that follows these bytes.
    then: Option<Bytes>,
    /// Whether the start-up message, which has no kind, has been sent.
    is_started: bool,
    asks_for_encryption: bool,
    copy: CopyStage,
}

impl Requests {
    /// The bytes that wait to be sent.
    pub fn ready(&self) -> &[u8] {
        &self.ready
    }

    pub fn sent(&mut self, bytes: usize) {
        // `clear` keeps the buffer's whole memory; `advance` gives up the part that was sent.
        if bytes == self.ready.len() {
            self.ready.clear();
        } else {
            bytes::Buf::advance(&mut self.ready, bytes);
        }
    }

    /// Whether the driver has just asked for encryption. The answer is one byte without a head.
    pub fn asks_for_encryption(&mut self) -> bool {
        std::mem::take(&mut self.asks_for_encryption)
    }

    pub fn take(&mut self, bytes: &[u8], ledger: &mut Ledger, link: &SessionFacts) {
        if self.begun.is_empty() {
            let used = self.run(bytes, ledger, link);
            self.begun.extend_from_slice(bytes.get(used..).unwrap_or_default());
        } else {
            let mut all = std::mem::take(&mut self.begun);
            all.extend_from_slice(bytes);
            let used = self.run(&all, ledger, link);
            bytes::Buf::advance(&mut all, used);
            self.begun = all;
        }
    }

    /// Takes as many messages as are there, and returns how many bytes they were.
    fn run(&mut self, bytes: &[u8], ledger: &mut Ledger, link: &SessionFacts) -> usize {
        let mut used = 0;
        while let Some(rest) = bytes.get(used..).filter(|rest| !rest.is_empty()) {
            if self.passing > 0 {
                let passed = rest.len().min(self.passing);
                self.ready.extend_from_slice(&rest[..passed]);
                self.passing -= passed;
                used += passed;
                if self.passing == 0
                    && let Some(then) = self.then.take()
                {
                    self.ready.extend_from_slice(&then);
                }
                continue;
            }
            let step = if self.is_started { self.message(rest, ledger, link) } else { self.start(rest) };
            let Some(step) = step else { break };
            used += step;
        }
        used
    }

    fn start(&mut self, bytes: &[u8]) -> Option<usize> {
        let length = word(bytes)?;
        let code = word(bytes.get(4..)?)?;
        let is_encryption = code == ENCRYPTION;
        self.asks_for_encryption |= is_encryption;
        self.is_started = !is_encryption;
        self.passing = length as usize;
        Some(0)
    }

    /// Takes one message, or its beginning. None if more of it is needed first.
    fn message(&mut self, bytes: &[u8], ledger: &mut Ledger, link: &SessionFacts) -> Option<usize> {
        let kind = *bytes.first()?;
        let length = 1 + word(bytes.get(1..)?)? as usize;
        match (self.copy, kind) {
            (CopyStage::Text, b'E' | b'S') => {
                bytes.get(..length)?;
                self.copy = if kind == b'S' { CopyStage::Rows } else { CopyStage::Text };
                return Some(length);
            }
            (CopyStage::Rows, b'c' | b'f') => self.copy = CopyStage::End,
            (CopyStage::End, b'S') => {
                self.copy = CopyStage::None;
                ledger.expect_copy_synced();
                self.passing = length;
                return Some(0);
            }
            _ => {}
        }
        match kind {
            b'B' => return self.bind(bytes.get(HEAD..)?, length, ledger, link),
            b'P' => self.parse(bytes.get(HEAD..length)?, ledger, link)?,
            b'D' | b'C' => self.about(kind, bytes.get(HEAD..length)?, ledger, link)?,
            _ => {
                match kind {
                    b'S' => ledger.expect([Expected::Synced]),
                    b'Q' => ledger.expect([Expected::Done]),
                    _ => {}
                }
                self.passing = length;
                return Some(0);
            }
        }
        Some(length)
    }

    /// Handles a Parse message, which prepares a statement.
    fn parse(&mut self, body: &[u8], ledger: &mut Ledger, link: &SessionFacts) -> Option<()> {
        let (name, rest) = split(body)?;
        let text_length = split(rest)?.0.len() + 1;
        let (text, types) = rest.split_at_checked(text_length)?;
        let Some(number) = number(name) else {
            ledger.expect((!link.is_own()).then_some(Expected::Own(b'1')));
            put(&mut self.ready, b'P', &[body]);
            return Some(());
        };
        let prepared = ledger.keep(number, Bytes::copy_from_slice(text), Bytes::copy_from_slice(types));
        let name = if link.is_own() { prepared.name.as_bytes() } else { &[] };
        put(&mut self.ready, b'P', &[name, &[0], text, types]);
        ledger.expect((!link.is_own()).then_some(Expected::Own(b'1')));
        Some(())
    }

    /// Handles a Describe or Close message, for a statement or a portal.
    fn about(&mut self, kind: u8, body: &[u8], ledger: &mut Ledger, link: &SessionFacts) -> Option<()> {
        let (of, name) = body.split_first()?;
        let (name, _) = split(name)?;
        let number = if *of == b'S' { number(name) } else { None };
        let Some(prepared) = number.and_then(|number| ledger.get(number)) else {
            put(&mut self.ready, kind, &[body]);
            return Some(());
        };
        let server_name = if link.is_own() { prepared.name.as_bytes() } else { &[] };
        put(&mut self.ready, kind, &[&[*of], server_name, &[0]]);
        match number {
            Some(number) if kind == b'C' => drop(ledger.forget(number)),
            Some(number) => ledger.expect([Expected::Described(number)]),
            None => {}
        }
        Some(())
    }

    /// Handles a Bind message, which gives a statement its values: changes its names, and passes on the rest.
    fn bind(
        &mut self,
        names: &[u8],
        length: usize,
        ledger: &mut Ledger,
        link: &SessionFacts,
    ) -> Option<usize> {
        let (portal, rest) = split(names)?;
        let (name, _) = split(rest)?;
        let used = HEAD + portal.len() + 1 + name.len() + 1;
        let values = length - used;
        let number = number(name);
        let Some((number, prepared)) = number.and_then(|number| Some((number, ledger.get(number)?))) else {
            ledger.expect((!link.is_own()).then_some(Expected::Own(b'2')));
            put_head(&mut self.ready, b'B', portal, name, values);
            self.passing = values;
            return Some(used);
        };
        if link.is_served_directly()
            && let Some(text) = copies_rows(prepared)
        {
            // The whole message is left out.
            names.get(..length - HEAD)?;
            self.copy(&text, ledger, link);
            return Some(length);
        }
        self.passing = values;
        if link.is_own() {
            put_head(&mut self.ready, b'B', portal, prepared.name.as_bytes(), self.passing);
            return Some(used);
        }
        let expected = self.before(number, prepared, portal, link);
        put_head(&mut self.ready, b'B', portal, &[], self.passing);
        ledger.expect(expected.into_iter().flatten());
        Some(used)
    }

    /// Sends a `COPY` as a query text in place of the driver's Bind, Execute and Sync.
    fn copy(&mut self, text: &[u8], ledger: &mut Ledger, link: &SessionFacts) {
        let timeout = link.timeout.get().filter(|_| !link.is_own());
        if timeout.is_some() {
            ledger.expect([b'T', b'D', b'C'].map(Expected::Added));
        }
        put(&mut self.ready, b'Q', &[timeout.map_or(&[], |timeout| timeout.text.as_bytes()), text]);
        ledger.expect_copy();
        self.copy = CopyStage::Text;
    }

    /// Adds the statement's text before its values, and a query for its columns after them.
    fn before(
        &mut self,
        number: StatementNumber,
        prepared: &DriverStatement,
        portal: &[u8],
        link: &SessionFacts,
    ) -> [Option<Expected>; 7] {
        let timeout = link.timeout.get().filter(|_| works_on_rows(&prepared.text));
        if let Some(timeout) = timeout {
            self.ready.extend_from_slice(&timeout.messages);
        }
        put(&mut self.ready, b'P', &[&[0], &prepared.text, &prepared.types]);
        let mut then = BytesMut::new();
        put(&mut then, b'D', &[b"P", portal, &[0]]);
        let describes = prepared.columns.is_some();
        self.then = describes.then(|| then.freeze());
        let added = |kind| timeout.map(|_| Expected::Added(kind));
        [
            added(b'1'),
            added(b'2'),
            added(b'D'),
            added(b'C'),
            Some(Expected::Added(b'1')),
            Some(Expected::Own(b'2')),
            describes.then_some(Expected::Again(number)),
        ]
    }
}

/// The text of a statement that the driver sends rows for, with the zero byte that ends it.
fn copies_rows(prepared: &DriverStatement) -> Option<Bytes> {
    let text = prepared.text.strip_suffix(&[0])?;
    tags::without(text).ends_with(ROWS_FOLLOW.as_bytes()).then(|| prepared.text.clone())
}

/// Whether a statement reads or changes rows. Other statements may refuse to run behind another one (`VACUUM`).
fn works_on_rows(text: &[u8]) -> bool {
    const FIRST: [&[u8]; 10] = [
        b"SELECT", b"INSERT", b"UPDATE", b"DELETE", b"MERGE", b"WITH", b"VALUES", b"TABLE", b"COPY", b"FETCH",
    ];
    let text = text.trim_ascii_start();
    FIRST.iter().any(|first| text.get(..first.len()).is_some_and(|word| word.eq_ignore_ascii_case(first)))
}

fn word(bytes: &[u8]) -> Option<u32> {
    bytes.first_chunk().map(|bytes| u32::from_be_bytes(*bytes))
}

/// The bytes before the first zero byte, and those after it.
fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|byte| *byte == 0)?;
    Some((&bytes[..end], &bytes[end + 1..]))
}

fn put(out: &mut BytesMut, kind: u8, parts: &[&[u8]]) {
    out.put_u8(kind);
    out.put_u32(length(4 + parts.iter().map(|part| part.len()).sum::<usize>()));
    parts.iter().for_each(|part| out.extend_from_slice(part));
}

/// Writes the beginning of a message with two names, which `rest` more bytes follow.
fn put_head(out: &mut BytesMut, kind: u8, one: &[u8], other: &[u8], rest: usize) {
    out.put_u8(kind);
    out.put_u32(length(4 + one.len() + 1 + other.len() + 1 + rest));
    out.extend_from_slice(one);
    out.put_u8(0);
    out.extend_from_slice(other);
    out.put_u8(0);
}

/// The length of a message. It is at most 2 GiB: the driver has refused a longer one.
fn length(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}
