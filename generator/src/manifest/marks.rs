//! Where each key and value of a YAML text was written, and what is wrong with the text as such.
//!
//! serde_yaml gives values without places; this second pass over the parser's events gives places without values.
//! It comes first, because it also stops texts that would take all time or memory to expand.

use std::{collections::HashMap, ops::Range};

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span};

use crate::diagnostics::{Code, DUPLICATE_KEY, Diagnostic, NOT_YAML, TOO_MUCH_YAML, UNSUPPORTED_YAML};

/// Levels of nesting; a manifest has eight.
const MAX_DEPTH: usize = 64;
/// Bytes of a text whose aliases are replaced by what they stand for.
const MAX_EXPANDED: usize = 4 * 1024 * 1024;

/// Where a value was written. An alias has no children: what is under it was written elsewhere.
#[derive(Debug, Default)]
pub(super) struct Mark {
    /// The value.
    pub value: Range<usize>,
    /// Its key, where it is in a map.
    pub key: Option<Range<usize>>,
    children: Vec<Mark>,
}

impl Mark {
    /// The mark at a path, or the nearest above it.
    fn at(&self, path: &[usize]) -> &Self {
        let mut mark = self;
        for index in path {
            let Some(child) = mark.children.get(*index) else { break };
            mark = child;
        }
        mark
    }

    /// Where the value at `path` was written.
    pub fn value_at(&self, path: &[usize]) -> Range<usize> {
        let mark = self.at(path);
        // `key:` with nothing after it: the key is all there is to show.
        match &mark.key {
            Some(key) if mark.value.is_empty() => key.clone(),
            _ => mark.value.clone(),
        }
    }

    /// Where the key of the value at `path` was written; the value itself where it has none.
    pub fn key_at(&self, path: &[usize]) -> Range<usize> {
        let mark = self.at(path);
        mark.key.clone().unwrap_or_else(|| mark.value.clone())
    }
}

/// What is wrong at a stretch of the text: it gets its place once the text that may be shown is known.
pub(super) type Finding = (Range<usize>, Diagnostic);

/// The places of a text, and what is wrong with it. None when it cannot be read further.
pub(super) fn read(text: &str, findings: &mut Vec<Finding>) -> Option<Mark> {
    let mut builder = Builder::new(text, findings);
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        let (event, span) = match event {
            Ok(event) => event,
            Err(error) => {
                builder.scan_error(&error);
                return None;
            }
        };
        builder.event(&event, span)?;
        if matches!(event, Event::StreamEnd) {
            break;
        }
    }
    builder.root
}

/// A map or list that is not closed yet.
struct Open {
    is_map: bool,
    mark: Mark,
    /// A map's key that has no value yet.
    key: Option<Range<usize>>,
    /// The line of each key.
    seen: HashMap<String, usize>,
    anchor: usize,
    /// Bytes of what it holds, aliases expanded.
    cost: usize,
}

/// A text and how it was written.
struct Scalar<'t> {
    text: &'t str,
    style: ScalarStyle,
    line: usize,
}

struct Builder<'t, 'f> {
    text: &'t str,
    /// The byte offset of each character, which is what the parser counts.
    offsets: Option<Vec<usize>>,
    open: Vec<Open>,
    root: Option<Mark>,
    /// What each anchor costs wherever it is repeated.
    costs: HashMap<usize, usize>,
    findings: &'f mut Vec<Finding>,
}

impl<'t, 'f> Builder<'t, 'f> {
    fn new(text: &'t str, findings: &'f mut Vec<Finding>) -> Self {
        let offsets = (!text.is_ascii()).then(|| text.char_indices().map(|(at, _)| at).collect());
        Self { text, offsets, open: Vec::new(), root: None, costs: HashMap::new(), findings }
    }

    fn offset(&self, character: usize) -> usize {
        match &self.offsets {
            None => character.min(self.text.len()),
            Some(offsets) => offsets.get(character).copied().unwrap_or(self.text.len()),
        }
    }

    fn range(&self, span: Span) -> Range<usize> {
        let start = self.offset(span.start.index());
        let end = self.offset(span.end.index()).max(start);
        let written = self.text.get(start..end).unwrap_or_default().trim_end().len();
        start..start + written
    }

    fn report(&mut self, code: Code, at: Range<usize>, message: &str, help: &str) {
        self.findings.push((at, Diagnostic::error(code, message).help(help)));
    }

    fn too_deep(&mut self, at: Range<usize>) {
        let message = format!("the manifest is more than {MAX_DEPTH} levels deep");
        self.report(TOO_MUCH_YAML, at, &message, "flatten it");
    }

    fn scan_error(&mut self, error: &ScanError) {
        let at = self.offset(error.marker().index());
        let what = error.info();
        if what.contains("recursion limit") {
            return self.too_deep(at..at);
        }
        let help = if what.contains("anchor") {
            "put a text that starts with `*` or `&` in quotes; an alias such as `*pool` needs `&pool` before it"
        } else if what.contains("tab") {
            "indent with spaces"
        } else {
            "the cause is here or on a line above: indentation, a missing space after `:`, or a quote or bracket left open"
        };
        self.report(NOT_YAML, at..at, &format!("this is not YAML: {what}"), help);
    }

    /// Takes one event; none to stop.
    fn event(&mut self, event: &Event<'_>, span: Span) -> Option<()> {
        let range = self.range(span);
        if let Event::Scalar(.., Some(_))
        | Event::SequenceStart(_, Some(_))
        | Event::MappingStart(_, Some(_)) = event
        {
            self.report(
                UNSUPPORTED_YAML,
                range.clone(),
                "tags mean nothing in a manifest",
                "remove the word that starts with `!`",
            );
        }
        match event {
            Event::DocumentStart(_) if self.root.is_some() => {
                self.report(
                    UNSUPPORTED_YAML,
                    range,
                    "a second document starts here",
                    "remove `---`, or write a file for each",
                );
                None
            }
            Event::Scalar(text, style, anchor, _) => {
                let cost = text.len() + 1;
                self.costs.insert(*anchor, cost);
                let key = Some(Scalar { text: text.as_ref(), style: *style, line: span.start.line() });
                self.close(Mark { value: range, ..Mark::default() }, key, cost)
            }
            Event::Alias(anchor) => {
                let cost = self.costs.get(anchor).copied().unwrap_or(1);
                self.close(Mark { value: range, ..Mark::default() }, None, cost)
            }
            Event::SequenceStart(anchor, _) => self.open(false, *anchor, range),
            Event::MappingStart(anchor, _) => self.open(true, *anchor, range),
            Event::SequenceEnd | Event::MappingEnd => {
                let mut open = self.open.pop()?;
                let end = range.end.max(open.mark.value.end);
                let start = open.mark.value.start;
                let written = self.text.get(start..end).unwrap_or_default().trim_end().len();
                open.mark.value.end = start + written;
                self.costs.insert(open.anchor, open.cost);
                self.close(open.mark, None, open.cost)
            }
            _ => Some(()),
        }
    }

    fn open(&mut self, is_map: bool, anchor: usize, range: Range<usize>) -> Option<()> {
        if self.open.len() >= MAX_DEPTH {
            self.too_deep(range);
            return None;
        }
        let mark = Mark { value: range, ..Mark::default() };
        self.open.push(Open { is_map, mark, key: None, seen: HashMap::new(), anchor, cost: 1 });
        Some(())
    }

    /// Puts a whole value where it belongs: a key, a key's value, a list's item, or the document.
    fn close(&mut self, mut mark: Mark, scalar: Option<Scalar<'_>>, cost: usize) -> Option<()> {
        let Some(parent) = self.open.last_mut() else {
            self.root = Some(mark);
            return Some(());
        };
        parent.cost += cost;
        if parent.cost > MAX_EXPANDED {
            self.report(
                TOO_MUCH_YAML,
                mark.value,
                "the manifest is too large once its aliases are replaced by what they stand for",
                "write fewer aliases that hold aliases",
            );
            return None;
        }
        if parent.is_map && parent.key.is_none() {
            parent.key = Some(mark.value.clone());
            self.key(mark.value, scalar)?;
        } else {
            mark.key = parent.key.take();
            parent.mark.children.push(mark);
        }
        Some(())
    }

    /// Takes a map's key; none to stop.
    fn key(&mut self, range: Range<usize>, scalar: Option<Scalar<'_>>) -> Option<()> {
        let Some(Scalar { text, style, line }) = scalar else {
            self.report(
                UNSUPPORTED_YAML,
                range,
                "a key is a plain text, not a list, a map or an alias",
                "write the key's name",
            );
            return None;
        };
        if text == "<<" && style == ScalarStyle::Plain {
            self.report(
                UNSUPPORTED_YAML,
                range.clone(),
                "merge keys are not supported",
                "share a whole value: `pool: &pool { … }` in one place and `pool: *pool` in the others",
            );
        }
        let parent = self.open.last_mut()?;
        if let Some(first) = parent.seen.get(text) {
            let diagnostic = Diagnostic::error(DUPLICATE_KEY, format!("the key `{text}` is there twice"))
                .label(format!("the first is on line {first}"))
                .help("remove one, or rename it");
            self.findings.push((range, diagnostic));
        } else {
            parent.seen.insert(text.to_owned(), line);
        }
        Some(())
    }
}
