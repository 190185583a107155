//! The mistakes that a manifest's text, and the values in it, can have.

use std::{cell::RefCell, fmt, ops::Range};

use crate::error::{TemplateError, UrlError};

/// A mistake and its place in a manifest.
#[derive(Clone, Debug, PartialEq)]
pub struct Mistake {
    /// The place of the mistake, in bytes of the text.
    pub place: Range<usize>,
    /// The kind of the mistake.
    pub kind: MistakeKind,
}

/// The kind of a mistake.
#[derive(Clone, Debug, PartialEq)]
pub enum MistakeKind {
    /// The text is not YAML.
    NotYaml {
        /// The parser's message.
        message: String,
        /// How to correct the usual cause.
        help: &'static str,
    },
    /// Reading the text would take too much time or memory.
    TooMuch {
        /// What is too large or too deep.
        message: String,
        /// How to correct it.
        help: &'static str,
    },
    /// The text uses a part of YAML that manifests do not use.
    Unsupported {
        /// Which part of YAML.
        message: &'static str,
        /// What to write instead.
        help: &'static str,
    },
    /// A map has a key twice.
    DuplicateKey {
        /// The key.
        key: String,
        /// The line of the first occurrence.
        first_line: usize,
    },
    /// A key that is not allowed here.
    UnknownKey {
        /// The key.
        key: String,
        /// The keys that are allowed.
        known: &'static [&'static str],
    },
    /// A required key is missing.
    MissingKey {
        /// The key.
        key: &'static str,
    },
    /// A value of another type than expected, such as a list in place of a text.
    WrongType {
        /// The type that is expected.
        expected: &'static str,
        /// The type that the value has.
        found: &'static str,
    },
    /// A word that is not allowed here.
    UnknownValue {
        /// The word.
        value: String,
        /// The words that are allowed.
        known: &'static [&'static str],
    },
    /// A text that is not a valid template.
    Template(TemplateError),
    /// A text that is not a valid PostgreSQL URL.
    Url(UrlError),
    /// A text that is not a duration, or a duration that is too long or zero.
    Duration {
        /// Whether it is a duration of zero.
        is_zero: bool,
        /// Whether `never` is allowed too.
        may_be_never: bool,
    },
    /// A number that is too small or too large.
    Size {
        /// The smallest number that is allowed.
        least: u64,
        /// The greatest number that is allowed.
        most: u64,
    },
    /// A setting without effect: one of an earlier version, or one that another setting outdoes.
    NoEffect {
        /// Which setting.
        message: &'static str,
        /// What to write instead.
        help: &'static str,
    },
    /// Two settings that contradict each other.
    Conflict {
        /// Which settings.
        message: &'static str,
        /// How to correct it.
        help: &'static str,
    },
}

impl MistakeKind {
    /// Whether the mistake makes the manifest unusable.
    pub fn is_error(&self) -> bool {
        !matches!(self, Self::NoEffect { .. })
    }
}

impl fmt::Display for MistakeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotYaml { message, .. } => write!(f, "this is not YAML: {message}"),
            Self::TooMuch { message, .. } => f.write_str(message),
            Self::Unsupported { message, .. }
            | Self::NoEffect { message, .. }
            | Self::Conflict { message, .. } => f.write_str(message),
            Self::DuplicateKey { key, .. } => write!(f, "the key `{key}` stands twice in one map"),
            Self::UnknownKey { key, .. } => write!(f, "unknown key `{key}`"),
            Self::MissingKey { key } => write!(f, "the key `{key}` is missing"),
            Self::WrongType { expected, found } => write!(f, "expected {expected}, found {found}"),
            Self::UnknownValue { value, .. } => write!(f, "unknown value `{value}`"),
            Self::Template(error) => error.fmt(f),
            Self::Url(error) => error.fmt(f),
            Self::Duration { is_zero: true, .. } => f.write_str("this duration cannot be 0"),
            Self::Duration { .. } => f.write_str("this is not a duration"),
            Self::Size { least, most } => write!(f, "expected a whole number from {least} to {most}"),
        }
    }
}

/// The mistakes found so far.
#[derive(Debug, Default)]
pub struct Mistakes(RefCell<Vec<Mistake>>);

impl Mistakes {
    /// Adds a mistake to the list.
    pub fn note(&self, place: Range<usize>, kind: MistakeKind) {
        self.0.borrow_mut().push(Mistake { place, kind });
    }

    /// Whether there are no mistakes.
    pub fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }

    /// The first mistake that is an error.
    pub fn first_error(&self) -> Option<Mistake> {
        self.0.borrow().iter().find(|mistake| mistake.kind.is_error()).cloned()
    }

    /// All mistakes, in the order in which they were found.
    pub fn into_vec(self) -> Vec<Mistake> {
        self.0.into_inner()
    }
}
