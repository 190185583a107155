//! Builds the tree of a text, in one pass over the parser's events.
//!
//! It stops reading a text that would take too much time or memory, and notes parts of YAML that manifests do not
//! use.

use std::{collections::HashMap, ops::Range};

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span};

use super::{Entry, MistakeKind, Mistakes, Node, Value};

/// The greatest size of a manifest, in bytes.
pub const MAX_SIZE: usize = 1024 * 1024;
/// The most levels of nesting; a manifest has eight.
const MAX_DEPTH: usize = 64;
/// The greatest size of a text with its aliases replaced by their values, in bytes.
const MAX_EXPANDED: usize = 4 * 1024 * 1024;

/// The tree of a YAML text; notes the text's mistakes. None if the text is empty, or cannot be read to its end.
pub fn read(text: &str, mistakes: &Mistakes) -> Option<Node> {
    let mut builder = Builder::new(text, mistakes);
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        let (event, span) = match event {
            Ok(event) => event,
            Err(error) => {
                builder.scan_error(&error);
                return None;
            }
        };
        if matches!(event, Event::StreamEnd) {
            break;
        }
        builder.event(event, span)?;
    }
    builder.root
}

/// A complete value, and its size.
#[derive(Clone)]
struct Built {
    value: Value,
    /// The value's size in bytes, with aliases replaced.
    cost: usize,
    /// The levels of maps and lists in the value, with aliases replaced.
    height: usize,
}

/// A map or list whose end has not been read yet.
struct Open {
    start: Range<usize>,
    anchor: usize,
    cost: usize,
    height: usize,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    Map {
        entries: Vec<Entry>,
        /// A key whose value has not been read yet.
        key: Option<Key>,
        /// The line of each key.
        lines: HashMap<String, usize>,
    },
}

struct Key {
    text: String,
    place: Range<usize>,
    line: usize,
    is_merge: bool,
}

struct Builder<'t> {
    text: &'t str,
    /// The byte offset of each character, as the parser counts characters; none if the text is ASCII, where both are
    /// the same.
    offsets: Option<Vec<usize>>,
    open: Vec<Open>,
    root: Option<Node>,
    anchors: HashMap<usize, Built>,
    mistakes: &'t Mistakes,
}

impl<'t> Builder<'t> {
    fn new(text: &'t str, mistakes: &'t Mistakes) -> Self {
        let offsets = (!text.is_ascii()).then(|| text.char_indices().map(|(at, _)| at).collect());
        Self { text, offsets, open: Vec::new(), root: None, anchors: HashMap::new(), mistakes }
    }

    fn offset(&self, character: usize) -> usize {
        match &self.offsets {
            None => character.min(self.text.len()),
            Some(offsets) => offsets.get(character).copied().unwrap_or(self.text.len()),
        }
    }

    fn place(&self, span: Span) -> Range<usize> {
        let start = self.offset(span.start.index());
        self.trimmed(start..self.offset(span.end.index()).max(start))
    }

    /// The place without the white space at its end, which the parser includes.
    fn trimmed(&self, place: Range<usize>) -> Range<usize> {
        let written = self.text.get(place.clone()).unwrap_or_default().trim_end().len();
        place.start..place.start + written
    }

    fn unsupported(&self, at: Range<usize>, message: &'static str, help: &'static str) {
        self.mistakes.note(at, MistakeKind::Unsupported { message, help });
    }

    fn too_deep(&self, at: Range<usize>) {
        let message = format!("the manifest is more than {MAX_DEPTH} levels deep");
        self.mistakes.note(at, MistakeKind::TooMuch { message, help: "flatten it" });
    }

    fn scan_error(&self, error: &ScanError) {
        let at = self.offset(error.marker().index());
        let message = error.info();
        if message.contains("recursion limit") {
            return self.too_deep(at..at);
        }
        let help = if message.contains("anchor") {
            "put a text that starts with `*` or `&` in quotes; an alias such as `*pool` needs `&pool` before it"
        } else if message.contains("tab") {
            "indent with spaces"
        } else {
            "the cause is here or on a line above: indentation, a missing space after `:`, or a quote or bracket left open"
        };
        self.mistakes.note(at..at, MistakeKind::NotYaml { message: message.to_owned(), help });
    }

    /// Handles one event; none stops the reading.
    fn event(&mut self, event: Event<'_>, span: Span) -> Option<()> {
        let place = self.place(span);
        if let Event::Scalar(.., Some(_))
        | Event::SequenceStart(_, Some(_))
        | Event::MappingStart(_, Some(_)) = event
        {
            let help = "remove the word that starts with `!`";
            self.unsupported(place.clone(), "tags mean nothing in a manifest", help);
        }
        match event {
            Event::DocumentStart(_) if self.root.is_some() => {
                let help = "remove `---`, or write a file for each";
                self.unsupported(place, "a second document starts here", help);
                None
            }
            Event::Scalar(text, style, anchor, _) => {
                let is_plain = style == ScalarStyle::Plain;
                let value =
                    if is_plain { Value::from_plain(&text) } else { Value::Text(text.as_ref().into()) };
                let built = self.anchored(anchor, Built { value, cost: text.len() + 1, height: 0 });
                if self.wants_key() {
                    let is_merge = is_plain && text == "<<";
                    let key = Key { text: text.into_owned(), place, line: span.start.line(), is_merge };
                    self.key(key, built.cost)
                } else {
                    self.put(built, place, false)
                }
            }
            Event::Alias(anchor) => self.alias(anchor, place),
            Event::SequenceStart(anchor, _) => self.open(Content::List(Vec::new()), anchor, place),
            Event::MappingStart(anchor, _) => {
                let content = Content::Map { entries: Vec::new(), key: None, lines: HashMap::new() };
                self.open(content, anchor, place)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(place.end),
            _ => Some(()),
        }
    }

    /// Whether the next event is the key of a map.
    fn wants_key(&self) -> bool {
        matches!(self.open.last(), Some(Open { content: Content::Map { key: None, .. }, .. }))
    }

    fn refuse_key(&self, at: Range<usize>) -> Option<()> {
        self.unsupported(at, "a key is a plain text, not a list, a map or an alias", "write the key's name");
        None
    }

    fn open(&mut self, content: Content, anchor: usize, start: Range<usize>) -> Option<()> {
        if self.open.len() >= MAX_DEPTH {
            self.too_deep(start);
            return None;
        }
        self.open.push(Open { start, anchor, cost: 1, height: 1, content });
        Some(())
    }

    fn close(&mut self, end: usize) -> Option<()> {
        let Open { start, anchor, cost, height, content } = self.open.pop()?;
        let place = self.trimmed(start.start..end.max(start.end));
        if self.wants_key() {
            return self.refuse_key(place);
        }
        let value = match content {
            Content::List(items) => Value::List(items.into()),
            Content::Map { entries, .. } => Value::Map(entries.into()),
        };
        let built = self.anchored(anchor, Built { value, cost, height });
        self.put(built, place, false)
    }

    fn alias(&mut self, anchor: usize, place: Range<usize>) -> Option<()> {
        if self.wants_key() {
            return self.refuse_key(place);
        }
        let Some(built) = self.anchors.get(&anchor).cloned() else {
            let message = "an alias stands inside the value that it repeats";
            self.unsupported(place, message, "write out what it is to stand for");
            return None;
        };
        self.put(built, place, true)
    }

    /// Stores a value for the aliases that repeat it.
    fn anchored(&mut self, anchor: usize, built: Built) -> Built {
        // 0 is the parser's number for a value without an anchor.
        if anchor != 0 {
            self.anchors.insert(anchor, built.clone());
        }
        built
    }

    /// Adds a complete value to the map or list around it, or makes it the root. None stops the reading.
    fn put(&mut self, built: Built, place: Range<usize>, is_alias: bool) -> Option<()> {
        let Built { value, cost, height } = built;
        let depth = self.open.len();
        let node = Node { value, place: place.clone(), is_alias };
        let Some(parent) = self.open.last_mut() else {
            self.root = Some(node);
            return Some(());
        };
        parent.cost += cost;
        parent.height = parent.height.max(height + 1);
        if parent.cost > MAX_EXPANDED {
            let message = "the manifest is too large once its aliases are replaced by what they stand for";
            let help = "write fewer aliases that hold aliases";
            self.mistakes.note(place, MistakeKind::TooMuch { message: message.to_owned(), help });
            return None;
        }
        if depth + height > MAX_DEPTH {
            self.too_deep(place);
            return None;
        }
        match &mut parent.content {
            Content::List(items) => items.push(node),
            Content::Map { entries, key, .. } => {
                let Key { text, place: key_place, is_merge, .. } = key.take()?;
                entries.push(Entry { key: text, key_place, is_merge, node });
            }
        }
        Some(())
    }

    /// Handles the key of a map.
    fn key(&mut self, new: Key, cost: usize) -> Option<()> {
        if new.is_merge {
            let help =
                "share a whole value: `pool: &pool { … }` in one place and `pool: *pool` in the others";
            self.unsupported(new.place.clone(), "merge keys are not supported", help);
        }
        let parent = self.open.last_mut()?;
        parent.cost += cost;
        let Content::Map { key, lines, .. } = &mut parent.content else { return None };
        if let Some(first_line) = lines.get(&new.text) {
            let kind = MistakeKind::DuplicateKey { key: new.text.clone(), first_line: *first_line };
            self.mistakes.note(new.place.clone(), kind);
        } else {
            lines.insert(new.text.clone(), new.line);
        }
        *key = Some(new);
        Some(())
    }
}
