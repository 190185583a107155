//! What every part of a manifest is read with: values by cursor, places by mark, mistakes as diagnostics.

use std::{cell::RefCell, ops::Range, sync::Arc};

use ormgen_config::yaml::{Cursor, Part, Problem, ProblemKind};

use super::{Spanned, marks::Mark, mask::mask_words};
use crate::diagnostics::{
    BAD_DURATION, BAD_SIZE, BAD_TEMPLATE, BAD_URL, CONFLICTING_SETTINGS, Code, Diagnostic, Diagnostics,
    MISSING_KEY, Place, Severity, Source, UNKNOWN_KEY, UNKNOWN_VALUE, WRONG_TYPE, nearest,
};

/// Places of one manifest, and what is wrong with it so far.
pub(super) struct Reader<'a> {
    pub source: &'a Arc<Source>,
    pub marks: &'a Mark,
    diagnostics: RefCell<Vec<Diagnostic>>,
}

impl<'a> Reader<'a> {
    pub fn new(source: &'a Arc<Source>, marks: &'a Mark) -> Self {
        Self { source, marks, diagnostics: RefCell::default() }
    }

    /// Notes what is wrong. A URL that it repeats loses its password.
    pub fn note(&self, mut diagnostic: Diagnostic) {
        diagnostic.message = mask_words(&diagnostic.message);
        diagnostic.label = diagnostic.label.as_deref().map(mask_words);
        // A URL where a path belongs.
        if let Some(path) =
            diagnostic.path.as_ref().and_then(|path| path.to_str()).filter(|path| path.contains('@'))
        {
            diagnostic.path = Some(mask_words(path).into());
        }
        self.diagnostics.borrow_mut().push(diagnostic);
    }

    /// Notes what a cursor found.
    pub fn note_problem(&self, problem: Problem) {
        if matches!(&problem.kind, ProblemKind::UnknownKey { key, .. } if key == "<<") {
            // A merge key, which the marks told of.
            return;
        }
        let range = match problem.part {
            Part::Key => self.marks.key_at(&problem.path),
            Part::Value => self.marks.value_at(&problem.path),
        };
        self.note(diagnose(&problem.kind).at(self.place(range)));
    }

    /// An error at a value.
    pub fn error(&self, code: Code, at: &Cursor<'_>, message: impl Into<String>, help: impl Into<String>) {
        self.note(Diagnostic::error(code, message).at(self.value_place(at)).help(help));
    }

    /// An error at a value that was read already.
    pub fn error_at(&self, code: Code, at: &Place, message: impl Into<String>, help: impl Into<String>) {
        self.note(Diagnostic::error(code, message).at(at.clone()).help(help));
    }

    pub fn place(&self, range: Range<usize>) -> Place {
        Place::new(self.source, range)
    }

    pub fn value_place(&self, cursor: &Cursor<'_>) -> Place {
        self.place(self.marks.value_at(&cursor.path))
    }

    pub fn key_place(&self, cursor: &Cursor<'_>) -> Place {
        self.place(self.marks.key_at(&cursor.path))
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

    /// All that was noted, from the file's top to its end; what has no place in it comes last.
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

fn diagnose(problem: &ProblemKind) -> Diagnostic {
    let code = match problem {
        ProblemKind::UnknownKey { .. } => UNKNOWN_KEY,
        ProblemKind::MissingKey { .. } => MISSING_KEY,
        ProblemKind::WrongType { .. } => WRONG_TYPE,
        ProblemKind::UnknownValue { .. } => UNKNOWN_VALUE,
        ProblemKind::Template(_) => BAD_TEMPLATE,
        ProblemKind::Url(_) => BAD_URL,
        ProblemKind::Duration { .. } => BAD_DURATION,
        ProblemKind::Size { .. } => BAD_SIZE,
        ProblemKind::Conflict { .. } => CONFLICTING_SETTINGS,
    };
    let diagnostic = Diagnostic::error(code, problem.to_string());
    match problem {
        ProblemKind::UnknownKey { key: wrong, known } | ProblemKind::UnknownValue { value: wrong, known } => {
            diagnostic.help(suggest(wrong, known.iter().copied()))
        }
        ProblemKind::MissingKey { key } => diagnostic.help(format!("add `{key}:`")),
        ProblemKind::WrongType { expected, found } => diagnostic.help(right_type(expected, found)),
        ProblemKind::Template(error) => diagnostic.help(error.help()),
        ProblemKind::Url(error) => diagnostic.help(error.help()),
        ProblemKind::Duration { may_be_never: false } => {
            diagnostic.help("write a whole number with its unit: `500ms`, `5s`, `10m`, `1h30m`")
        }
        ProblemKind::Duration { may_be_never: true } => diagnostic
            .help("write a whole number above 0 with its unit, `500ms`, `5s`, `10m`, `1h30m`; or `never`"),
        ProblemKind::Size { .. } => diagnostic.help("write it without quotes and units"),
        ProblemKind::Conflict { help, .. } => diagnostic.help(*help),
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
    } else if found == "a list" || found == "keys with values" {
        "write one text"
    } else {
        "put it in quotes, so that it is text"
    }
}

/// The nearest of the names that may stand there, or all of them.
pub(super) fn suggest<'n>(wrong: &str, known: impl Iterator<Item = &'n str> + Clone) -> String {
    match nearest(wrong, known.clone()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => {
            let names: Vec<String> = known.map(|name| format!("`{name}`")).collect();
            if names.is_empty() {
                "there are none".to_owned()
            } else {
                format!("known are {}", names.join(", "))
            }
        }
    }
}
