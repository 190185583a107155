//! The reader that all sections of a manifest share: it turns mistakes into diagnostics, and positions in the text into
//! places in the source.

use std::{cell::RefCell, ops::Range, sync::Arc};

use ormgen_config::yaml::{Cursor, MistakeKind, Mistakes, mask_words};

use super::Spanned;
use crate::diagnostics::{
    BAD_DURATION, BAD_SIZE, BAD_TEMPLATE, BAD_URL, CONFLICTING_SETTINGS, Code, DUPLICATE_KEY, Diagnostic,
    Diagnostics, MISSING_KEY, NO_EFFECT, NOT_YAML, Place, Severity, Source, TOO_MUCH_YAML, UNKNOWN_KEY,
    UNKNOWN_VALUE, UNSUPPORTED_YAML, WRONG_TYPE, nearest,
};

/// The source of one manifest, and the mistakes found in it so far.
pub(super) struct ManifestReader<'a> {
    pub source: &'a Arc<Source>,
    diagnostics: RefCell<Vec<Diagnostic>>,
}

impl<'a> ManifestReader<'a> {
    pub fn new(source: &'a Arc<Source>) -> Self {
        Self { source, diagnostics: RefCell::default() }
    }

    /// Notes a diagnostic, with stars in place of the passwords of URLs that it repeats.
    pub fn note(&self, mut diagnostic: Diagnostic) {
        diagnostic.message = mask_words(&diagnostic.message);
        diagnostic.label = diagnostic.label.as_deref().map(mask_words);
        // Someone wrote a URL where a path belongs.
        if let Some(path) =
            diagnostic.path.as_ref().and_then(|path| path.to_str()).filter(|path| path.contains('@'))
        {
            diagnostic.path = Some(mask_words(path).into());
        }
        self.diagnostics.borrow_mut().push(diagnostic);
    }

    /// Notes what is wrong with the text and with the values that cursors read.
    pub fn note_all(&self, mistakes: Mistakes) {
        for mistake in mistakes.into_vec() {
            self.note(diagnose(&mistake.kind).at(self.place(mistake.place)));
        }
    }

    /// Notes an error at a value.
    pub fn error(&self, code: Code, at: &Cursor<'_>, message: impl Into<String>, help: impl Into<String>) {
        self.note(Diagnostic::error(code, message).at(self.value_place(at)).help(help));
    }

    /// Notes an error at a place.
    pub fn error_at(&self, code: Code, at: &Place, message: impl Into<String>, help: impl Into<String>) {
        self.note(Diagnostic::error(code, message).at(at.clone()).help(help));
    }

    fn place(&self, range: Range<usize>) -> Place {
        Place::new(self.source, range)
    }

    pub fn value_place(&self, cursor: &Cursor<'_>) -> Place {
        self.place(cursor.place())
    }

    pub fn key_place(&self, cursor: &Cursor<'_>) -> Place {
        self.place(cursor.key_place())
    }

    /// A value with its place.
    pub fn spanned<T>(&self, cursor: &Cursor<'_>, value: T) -> Spanned<T> {
        Spanned { value, place: self.value_place(cursor) }
    }

    /// A text with its place.
    pub fn text(&self, cursor: &Cursor<'_>, expected: &'static str) -> Option<Spanned<String>> {
        Some(self.spanned(cursor, cursor.text(expected)?.to_owned()))
    }

    /// A list of texts with their places.
    pub fn texts(&self, cursor: Option<&Cursor<'_>>, expected: &'static str) -> Vec<Spanned<String>> {
        let items = cursor.and_then(|cursor| cursor.items(expected)).unwrap_or_default();
        items.iter().filter_map(|item| self.text(item, expected)).collect()
    }

    pub fn has_errors(&self) -> bool {
        self.diagnostics.borrow().iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// All diagnostics, in the order of their places in the file; those without a place come last.
    pub fn into_diagnostics(self) -> Diagnostics {
        let mut all = self.diagnostics.into_inner();
        all.sort_by_key(|diagnostic| {
            let start = diagnostic.place.as_ref().map_or(usize::MAX, |place| place.span.start);
            (start, std::cmp::Reverse(diagnostic.severity))
        });
        let mut diagnostics = Diagnostics::new();
        diagnostics.extend(all);
        diagnostics
    }
}

fn diagnose(mistake: &MistakeKind) -> Diagnostic {
    let (code, help) = match mistake {
        MistakeKind::NotYaml { help, .. } => (NOT_YAML, (*help).to_owned()),
        MistakeKind::TooMuch { help, .. } => (TOO_MUCH_YAML, (*help).to_owned()),
        MistakeKind::Unsupported { help, .. } => (UNSUPPORTED_YAML, (*help).to_owned()),
        MistakeKind::DuplicateKey { .. } => (DUPLICATE_KEY, "remove one, or rename it".to_owned()),
        MistakeKind::UnknownKey { key, known } => (UNKNOWN_KEY, suggest(key, known.iter().copied())),
        MistakeKind::MissingKey { key } => (MISSING_KEY, format!("add `{key}:`")),
        MistakeKind::WrongType { expected, found } => (WRONG_TYPE, right_type(expected, found).to_owned()),
        MistakeKind::UnknownValue { value, known } => (UNKNOWN_VALUE, suggest(value, known.iter().copied())),
        MistakeKind::Template(error) => (BAD_TEMPLATE, error.help().to_owned()),
        MistakeKind::Url(error) => (BAD_URL, error.help().to_owned()),
        MistakeKind::Duration { may_be_never: false, .. } => (
            BAD_DURATION,
            "write a whole number above 0 with its unit: `500ms`, `5s`, `10m`, `1h30m`".to_owned(),
        ),
        MistakeKind::Duration { may_be_never: true, .. } => (
            BAD_DURATION,
            "write a whole number above 0 with its unit, `500ms`, `5s`, `10m`, `1h30m`; or `never`"
                .to_owned(),
        ),
        MistakeKind::Size { .. } => (BAD_SIZE, "write it without quotes and units".to_owned()),
        MistakeKind::NoEffect { help, .. } => (NO_EFFECT, (*help).to_owned()),
        MistakeKind::Conflict { help, .. } => (CONFLICTING_SETTINGS, (*help).to_owned()),
    };
    let new = if mistake.is_error() { Diagnostic::error } else { Diagnostic::warning };
    let diagnostic = new(code, mistake.to_string()).help(help);
    match mistake {
        MistakeKind::DuplicateKey { first_line, .. } => {
            diagnostic.label(format!("the first is on line {first_line}"))
        }
        _ => diagnostic,
    }
}

fn right_type(expected: &str, found: &str) -> &'static str {
    if found == "nothing" {
        "write a value after the key, or remove the key"
    } else if expected.starts_with("a list") {
        "write a list, also for one item: `[…]`"
    } else if expected.contains("keys") || expected.contains(" by ") {
        "write keys with values: `{ key: value }`, or one on a line, indented"
    } else if expected.starts_with("a whole number") {
        "write digits alone, without quotes and units"
    } else if expected.starts_with("`true`") {
        "write `true` or `false` without quotes"
    } else if expected.starts_with("one of `") {
        "write one of these words"
    } else if found == "a list" || found == "keys with values" {
        "write one text"
    } else {
        "put it in quotes, so that it is text"
    }
}

/// A help text: the most similar of the names that are valid there, or all of them.
pub(super) fn suggest<'n>(wrong: &str, known: impl Iterator<Item = &'n str> + Clone) -> String {
    match nearest(wrong, known.clone()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => {
            let names: Vec<String> = known.map(|name| format!("`{name}`")).collect();
            if names.is_empty() {
                "the manifest has none".to_owned()
            } else {
                format!("known are {}", names.join(", "))
            }
        }
    }
}
