//! A YAML text as a tree, and a cursor that reads it and notes every mistake with its path.
//!
//! The generator reads whole manifests with it, the runtime their connections. It knows nothing of places in
//! the text: a path leads to a value, and the generator knows where each path was written.

use std::{cell::RefCell, fmt, time::Duration};

use serde::de::{Deserialize, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor};

use super::{
    Template,
    error::{TemplateError, UrlError},
    parse_duration,
};

/// No manifest is larger than this, in bytes.
pub const MAX_SIZE: usize = 1024 * 1024;

/// A value. Unlike `serde_yaml::Value` it keeps a key that is written twice, for the generator to complain of.
#[derive(Clone, PartialEq)]
pub enum Value {
    /// Nothing, `~` or `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as Rust writes it.
    Number(String),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Value>),
    /// Keys and values, as they come.
    Map(Vec<(String, Value)>),
}

impl Value {
    fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "`true` or `false`",
            Self::Number(_) => "a number",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
            Self::Map(_) => "keys with values",
        }
    }
}

// A value may be a password.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind())
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.to_string()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Value, E> {
        Ok(Value::Number(value.to_string()))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Value, E> {
        Ok(Value::Number(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Number(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Vec::new();
        while let Some((key, value)) = entries.next_entry::<Value, Value>()? {
            map.push((key_text(key), value));
        }
        Ok(Value::Map(map))
    }

    // A tag (`!name value`): what it stands before is the value.
    fn visit_enum<A: EnumAccess<'de>>(self, tagged: A) -> Result<Value, A::Error> {
        let (_, value) = tagged.variant::<String>()?;
        value.newtype_variant()
    }
}

/// A key as text; a list or a map in its place gives a text that no key has.
fn key_text(key: Value) -> String {
    match key {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(text) | Value::Text(text) => text,
        Value::List(_) | Value::Map(_) => String::new(),
    }
}

/// Reads a YAML text.
///
/// # Errors
/// When it is not YAML, or nested too deep. The error has a place, and no text of the input.
pub fn parse(text: &str) -> Result<Value, serde_yaml::Error> {
    serde_yaml::from_str(text)
}

/// Whether a mistake is a key's or its value's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The key at the path's end.
    Key,
    /// The value there.
    Value,
}

/// A mistake in a manifest.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// The positions, level by level, that lead to it: the third entry's second item is `[2, 1]`.
    pub path: Vec<usize>,
    /// The key or the value there.
    pub part: Part,
    /// What is wrong.
    pub kind: ProblemKind,
}

/// What is wrong in a manifest.
#[derive(Clone, Debug, PartialEq)]
pub enum ProblemKind {
    /// A key that means nothing here.
    UnknownKey { key: String, known: &'static [&'static str] },
    /// A key that must be there.
    MissingKey { key: &'static str },
    /// A list where a text belongs, say.
    WrongType { expected: &'static str, found: &'static str },
    /// A word that is none of those that may stand here.
    UnknownValue { value: String, known: &'static [&'static str] },
    /// A broken `${…}`.
    Template(TemplateError),
    /// A URL that is none of PostgreSQL's.
    Url(UrlError),
    /// A duration that is none.
    Duration { may_be_never: bool },
    /// A number outside its bounds.
    Size { least: u64, most: u64 },
    /// Two settings that do not go together.
    Conflict { message: &'static str, help: &'static str },
}

impl fmt::Display for ProblemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownKey { key, .. } => write!(f, "unknown key `{key}`"),
            Self::MissingKey { key } => write!(f, "the key `{key}` is missing"),
            Self::WrongType { expected, found } => write!(f, "expected {expected}, found {found}"),
            Self::UnknownValue { value, .. } => write!(f, "unknown value `{value}`"),
            Self::Template(error) => error.fmt(f),
            Self::Url(error) => error.fmt(f),
            Self::Duration { .. } => f.write_str("this is no duration"),
            Self::Size { least, most } => write!(f, "expected a whole number from {least} to {most}"),
            Self::Conflict { message, .. } => f.write_str(message),
        }
    }
}

/// Mistakes found so far.
#[derive(Debug, Default)]
pub struct Problems(RefCell<Vec<Problem>>);

impl Problems {
    /// All of them, in the order found.
    pub fn into_vec(self) -> Vec<Problem> {
        self.0.into_inner()
    }
}

/// A value, the path to it, and where to note what is wrong with it.
#[derive(Clone, Debug)]
pub struct Cursor<'a> {
    /// The value.
    pub value: &'a Value,
    /// The path to it.
    pub path: Vec<usize>,
    problems: &'a Problems,
}

impl<'a> Cursor<'a> {
    /// At the top.
    pub fn new(value: &'a Value, problems: &'a Problems) -> Self {
        Self { value, path: Vec::new(), problems }
    }

    /// Notes a mistake.
    pub fn note(&self, part: Part, kind: ProblemKind) {
        self.problems.0.borrow_mut().push(Problem { path: self.path.clone(), part, kind });
    }

    fn child(&self, index: usize, value: &'a Value) -> Self {
        let mut path = self.path.clone();
        path.push(index);
        Self { value, path, problems: self.problems }
    }

    fn wrong_type(&self, expected: &'static str) {
        self.note(Part::Value, ProblemKind::WrongType { expected, found: self.value.kind() });
    }

    /// A map's keys and values. Of a key that is there twice, the first.
    pub fn entries(&self, expected: &'static str) -> Option<Vec<(&'a str, Self)>> {
        let Value::Map(entries) = self.value else {
            self.wrong_type(expected);
            return None;
        };
        let mut seen = std::collections::HashSet::new();
        let entries = entries.iter().enumerate().filter(|(_, (key, _))| seen.insert(key.as_str()));
        Some(entries.map(|(index, (key, value))| (key.as_str(), self.child(index, value))).collect())
    }

    /// A map that has no other keys than those known.
    pub fn fields(&self, expected: &'static str, known: &'static [&'static str]) -> Option<Fields<'a>> {
        let entries = self.entries(expected)?;
        for (key, value) in entries.iter().filter(|(key, _)| !known.contains(key)) {
            value.note(Part::Key, ProblemKind::UnknownKey { key: (*key).to_owned(), known });
        }
        Some(Fields { of: self.clone(), entries })
    }

    /// A list's items.
    pub fn items(&self, expected: &'static str) -> Option<Vec<Self>> {
        let Value::List(items) = self.value else {
            self.wrong_type(expected);
            return None;
        };
        Some(items.iter().enumerate().map(|(index, value)| self.child(index, value)).collect())
    }

    /// A text.
    pub fn text(&self, expected: &'static str) -> Option<&'a str> {
        let Value::Text(text) = self.value else {
            self.wrong_type(expected);
            return None;
        };
        Some(text)
    }

    /// `true` or `false`.
    pub fn boolean(&self) -> Option<bool> {
        let Value::Bool(value) = self.value else {
            self.wrong_type("`true` or `false`");
            return None;
        };
        Some(*value)
    }

    /// A whole number within bounds.
    pub fn size(&self, least: u64, most: u64) -> Option<u64> {
        let Value::Number(number) = self.value else {
            self.wrong_type("a whole number");
            return None;
        };
        let size = number.parse().ok().filter(|number| (least..=most).contains(number));
        if size.is_none() {
            self.note(Part::Value, ProblemKind::Size { least, most });
        }
        size
    }

    /// A duration of at most `most`.
    pub fn duration(&self, most: Duration) -> Option<Duration> {
        let duration = self.duration_text().and_then(parse_duration).filter(|duration| *duration <= most);
        if duration.is_none() {
            self.note(Part::Value, ProblemKind::Duration { may_be_never: false });
        }
        duration
    }

    /// A duration, or `never`. The outer option is none when it is neither.
    pub fn duration_or_never(&self, most: Duration) -> Option<Option<Duration>> {
        let text = self.duration_text();
        if text == Some("never") {
            return Some(None);
        }
        // Nought would mean "at once" to one reader and "never" to the next.
        let is_fit = |duration: &Duration| !duration.is_zero() && *duration <= most;
        let duration = text.and_then(parse_duration).filter(is_fit);
        if duration.is_none() {
            self.note(Part::Value, ProblemKind::Duration { may_be_never: true });
        }
        duration.map(Some)
    }

    fn duration_text(&self) -> Option<&'a str> {
        if let Value::Text(text) = self.value { Some(text) } else { None }
    }

    /// A text with variables in it.
    pub fn template(&self, expected: &'static str) -> Option<Template> {
        match Template::parse(self.text(expected)?) {
            Ok(template) => Some(template),
            Err(error) => {
                self.note(Part::Value, ProblemKind::Template(error));
                None
            }
        }
    }
}

/// A map's values, by key.
#[derive(Clone, Debug)]
pub struct Fields<'a> {
    of: Cursor<'a>,
    entries: Vec<(&'a str, Cursor<'a>)>,
}

impl<'a> Fields<'a> {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Cursor<'a>> {
        self.entries.iter().find(|(name, _)| *name == key).map(|(_, value)| value)
    }

    /// The value of a key that must be there.
    pub fn require(&self, key: &'static str) -> Option<&Cursor<'a>> {
        let found = self.get(key);
        if found.is_none() {
            self.of.note(Part::Key, ProblemKind::MissingKey { key });
        }
        found
    }
}
