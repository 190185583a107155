//! What can be wrong with a manifest's text and with the values in it.

use std::{cell::RefCell, fmt, ops::Range};

use crate::error::{TemplateError, UrlError};

/// Something wrong at a place of a manifest.
#[derive(Clone, Debug, PartialEq)]
pub struct Mistake {
    /// Where, in bytes of the text.
    pub place: Range<usize>,
    /// What is wrong.
    pub kind: MistakeKind,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum MistakeKind {
    /// The text is not YAML.
    NotYaml {
        /// What the parser says.
        message: String,
        /// The usual cause.
        help: &'static str,
    },
    /// Reading the text would take too much time or memory.
    TooMuch {
        /// What is too much.
        message: String,
        /// What to do.
        help: &'static str,
    },
    /// A part of YAML that manifests do not use.
    Unsupported {
        /// Which.
        message: &'static str,
        /// What to write instead.
        help: &'static str,
    },
    /// A map has a key twice.
    DuplicateKey {
        /// The key.
        key: String,
        /// The line of the first.
        first_line: usize,
    },
    /// A key that has no meaning where it stands.
    UnknownKey {
        /// The key.
        key: String,
        /// Those that have.
        known: &'static [&'static str],
    },
    /// A key that must be there.
    MissingKey {
        /// The key.
        key: &'static str,
    },
    /// A list where a text belongs, say.
    WrongType {
        /// What belongs there.
        expected: &'static str,
        /// What is there.
        found: &'static str,
    },
    /// A word that is none of those that may stand there.
    UnknownValue {
        /// The word.
        value: String,
        /// Those that may.
        known: &'static [&'static str],
    },
    /// A broken `${…}`.
    Template(TemplateError),
    /// A URL that PostgreSQL does not know.
    Url(UrlError),
    /// A text that is not a duration, or a duration out of bounds.
    Duration {
        /// Whether `never` may stand there too.
        may_be_never: bool,
    },
    /// A number outside its bounds.
    Size {
        /// The smallest that may stand there.
        least: u64,
        /// The greatest.
        most: u64,
    },
    /// A setting of an earlier version that changes nothing any more.
    NoEffect {
        /// Which.
        message: &'static str,
        /// What is there in its place.
        help: &'static str,
    },
    /// Two settings that contradict each other.
    Conflict {
        /// Which.
        message: &'static str,
        /// What to do.
        help: &'static str,
    },
}

impl MistakeKind {
    /// Whether the manifest cannot be used with it.
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
            Self::DuplicateKey { key, .. } => write!(f, "the key `{key}` is there twice"),
            Self::UnknownKey { key, .. } => write!(f, "unknown key `{key}`"),
            Self::MissingKey { key } => write!(f, "the key `{key}` is missing"),
            Self::WrongType { expected, found } => write!(f, "expected {expected}, found {found}"),
            Self::UnknownValue { value, .. } => write!(f, "unknown value `{value}`"),
            Self::Template(error) => error.fmt(f),
            Self::Url(error) => error.fmt(f),
            Self::Duration { .. } => f.write_str("this is no duration"),
            Self::Size { least, most } => write!(f, "expected a whole number from {least} to {most}"),
        }
    }
}

/// The mistakes found so far.
#[derive(Debug, Default)]
pub struct Mistakes(RefCell<Vec<Mistake>>);

impl Mistakes {
    /// Notes one.
    pub fn note(&self, place: Range<usize>, kind: MistakeKind) {
        self.0.borrow_mut().push(Mistake { place, kind });
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }

    /// The first error found.
    pub fn first_error(&self) -> Option<Mistake> {
        self.0.borrow().iter().find(|mistake| mistake.kind.is_error()).cloned()
    }

    /// All of them, in the order found.
    pub fn into_vec(self) -> Vec<Mistake> {
        self.0.into_inner()
    }
}
