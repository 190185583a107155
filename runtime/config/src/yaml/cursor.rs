//! A walk down the tree of a manifest, which notes every mistake that it finds.

use std::{collections::HashSet, ops::Range, time::Duration};

use super::{MistakeKind, Mistakes, Node, Value, nearest};
use crate::{Template, parse_duration};

/// A value, its place in the text, and the list to note mistakes in.
#[derive(Clone, Debug)]
pub struct Cursor<'a> {
    /// The value.
    pub value: &'a Value,
    place: Range<usize>,
    key: Option<Range<usize>>,
    /// Whether an alias repeats the value here, or a value around it.
    is_repeated: bool,
    mistakes: &'a Mistakes,
}

impl<'a> Cursor<'a> {
    /// A cursor at the root of a tree.
    pub fn new(root: &'a Node, mistakes: &'a Mistakes) -> Self {
        let Node { value, place, is_alias } = root;
        Self { value, place: place.clone(), key: None, is_repeated: *is_alias, mistakes }
    }

    /// The place of the value in the text, or of the alias that repeats it.
    pub fn place(&self) -> Range<usize> {
        match &self.key {
            // `key:` with no value after it: only the key can be shown.
            Some(key) if self.place.is_empty() => key.clone(),
            _ => self.place.clone(),
        }
    }

    /// The place of the value's key in the text, or of the value itself if it is not in a map.
    pub fn key_place(&self) -> Range<usize> {
        self.key.clone().unwrap_or_else(|| self.place.clone())
    }

    /// Notes a mistake in the value.
    pub fn note(&self, kind: MistakeKind) {
        self.mistakes.note(self.place(), kind);
    }

    /// Notes a mistake in the value's key.
    pub fn note_at_key(&self, kind: MistakeKind) {
        self.mistakes.note(self.key_place(), kind);
    }

    fn child(&self, node: &'a Node, key: Option<&Range<usize>>) -> Self {
        let (place, key) = if self.is_repeated {
            (self.place.clone(), self.key.clone())
        } else {
            (node.place.clone(), key.cloned())
        };
        let is_repeated = self.is_repeated || node.is_alias;
        Self { value: &node.value, place, key, is_repeated, mistakes: self.mistakes }
    }

    fn wrong_type(&self, expected: &'static str) {
        self.note(MistakeKind::WrongType { expected, found: self.value.kind() });
    }

    /// The items of a list, or the values of a map with their keys.
    pub(super) fn children(&self) -> Vec<(Option<&'a str>, Self)> {
        match self.value {
            Value::List(items) => items.iter().map(|item| (None, self.child(item, None))).collect(),
            Value::Map(entries) => entries
                .iter()
                .map(|entry| (Some(entry.key.as_str()), self.child(&entry.node, Some(&entry.key_place))))
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The keys and values of a map. Of a duplicate key, only the first.
    pub fn entries(&self, expected: &'static str) -> Option<Vec<(&'a str, Self)>> {
        let Value::Map(entries) = self.value else {
            self.wrong_type(expected);
            return None;
        };
        let mut seen = HashSet::new();
        // Merge keys and duplicate keys were noted when the text was read.
        let entries = entries.iter().filter(|entry| !entry.is_merge && seen.insert(entry.key.as_str()));
        Some(
            entries
                .map(|entry| (entry.key.as_str(), self.child(&entry.node, Some(&entry.key_place))))
                .collect(),
        )
    }

    /// The fields of a map; notes keys that are not `known`.
    pub fn fields(&self, expected: &'static str, known: &'static [&'static str]) -> Option<Fields<'a>> {
        let entries = self.entries(expected)?;
        for (key, value) in entries.iter().filter(|(key, _)| !known.contains(key)) {
            value.note_at_key(MistakeKind::UnknownKey { key: (*key).to_owned(), known });
        }
        Some(Fields { of: self.clone(), known, entries })
    }

    /// Whether it is a list.
    pub fn is_list(&self) -> bool {
        matches!(self.value, Value::List(_))
    }

    /// The items of a list.
    pub fn items(&self, expected: &'static str) -> Option<Vec<Self>> {
        let Value::List(items) = self.value else {
            self.wrong_type(expected);
            return None;
        };
        Some(items.iter().map(|item| self.child(item, None)).collect())
    }

    /// A text.
    pub fn text(&self, expected: &'static str) -> Option<&'a str> {
        let Value::Text(text) = self.value else {
            self.wrong_type(expected);
            return None;
        };
        Some(text)
    }

    /// A text that is one of the `known` words.
    pub fn word(&self, expected: &'static str, known: &'static [&'static str]) -> Option<&'a str> {
        let word = self.text(expected)?;
        if known.contains(&word) {
            return Some(word);
        }
        self.note(MistakeKind::UnknownValue { value: word.to_owned(), known });
        None
    }

    /// `true` or `false`.
    pub fn boolean(&self) -> Option<bool> {
        let Value::Bool(value) = self.value else {
            self.wrong_type("`true` or `false`");
            return None;
        };
        Some(*value)
    }

    /// A whole number from `least` to `most`.
    pub fn size(&self, least: u64, most: u64) -> Option<u64> {
        let Value::Number(number) = self.value else {
            self.wrong_type("a whole number");
            return None;
        };
        let size = number.parse().ok().filter(|number| (least..=most).contains(number));
        if size.is_none() {
            self.note(MistakeKind::Size { least, most });
        }
        size
    }

    /// A duration above zero, of at most `most`.
    pub fn duration(&self, most: Duration) -> Option<Duration> {
        self.duration_above_zero(most, false)
    }

    /// A duration above zero, of at most `most`, or `never` (the inner none). The outer option is none for any other
    /// value.
    pub fn duration_or_never(&self, most: Duration) -> Option<Option<Duration>> {
        if self.duration_text() == Some("never") {
            return Some(None);
        }
        self.duration_above_zero(most, true).map(Some)
    }

    /// Some readers take a duration of zero for "at once", others for "never", so it is refused.
    fn duration_above_zero(&self, most: Duration, may_be_never: bool) -> Option<Duration> {
        let duration = self.duration_text().and_then(parse_duration);
        let is_zero = duration.is_some_and(|duration| duration.is_zero());
        let fit = duration.filter(|duration| !is_zero && *duration <= most);
        if fit.is_none() {
            self.note(MistakeKind::Duration { is_zero, may_be_never });
        }
        fit
    }

    fn duration_text(&self) -> Option<&'a str> {
        if let Value::Text(text) = self.value { Some(text) } else { None }
    }

    /// A text with variables in it.
    pub fn template(&self, expected: &'static str) -> Option<Template> {
        match Template::parse(self.text(expected)?) {
            Ok(template) => Some(template),
            Err(error) => {
                self.note(MistakeKind::Template(error));
                None
            }
        }
    }
}

/// The values of a map, by key.
#[derive(Clone, Debug)]
pub struct Fields<'a> {
    of: Cursor<'a>,
    known: &'static [&'static str],
    entries: Vec<(&'a str, Cursor<'a>)>,
}

impl<'a> Fields<'a> {
    /// The value of a key, if the map has it.
    pub fn get(&self, key: &str) -> Option<&Cursor<'a>> {
        self.entries.iter().find(|(name, _)| *name == key).map(|(_, value)| value)
    }

    /// The value of a required key; notes a mistake if it is missing. A misspelled key, which is noted already, stands
    /// for the one that is missing: so its value's mistakes are noted in the same run.
    pub fn require(&self, key: &'static str) -> Option<&Cursor<'a>> {
        let found = self.get(key).or_else(|| self.misspelled(key));
        if found.is_none() {
            self.of.note_at_key(MistakeKind::MissingKey { key });
        }
        found
    }

    fn misspelled(&self, key: &str) -> Option<&Cursor<'a>> {
        let mut unknown = self.entries.iter().filter(|(name, _)| !self.known.contains(name));
        unknown
            .find(|(name, _)| nearest(name, self.known.iter().copied()) == Some(key))
            .map(|(_, value)| value)
    }
}
