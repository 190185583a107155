//! Draws diagnostics for a person or as JSON.

use std::{
    collections::HashMap,
    ops::Range,
    path::{Path, PathBuf},
};

use annotate_snippets::{
    AnnotationKind, Group, Level, Origin, Renderer, Snippet,
    renderer::{AnsiColor, Effects},
};
use serde_json::json;

use super::{Diagnostic, Diagnostics, Place, Severity, Source};

/// How diagnostics are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// No escape codes.
    Plain,
    /// For a terminal.
    Coloured,
}

/// Draws diagnostics as text for a person, one block for each, in the order of the list.
pub fn render(diagnostics: &Diagnostics, style: Style) -> String {
    let renderer = match style {
        Style::Plain => Renderer::plain(),
        Style::Coloured => Renderer::styled().warning(AnsiColor::Yellow.on_default().effects(Effects::BOLD)),
    };
    let mut lines = LineIndexes::default();
    let mut out = String::new();
    for diagnostic in diagnostics.iter() {
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&renderer.render(&[group(diagnostic, &mut lines)]));
        out.push('\n');
    }
    out
}

fn group<'a>(diagnostic: &'a Diagnostic, lines: &mut LineIndexes) -> Group<'a> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group =
        Group::with_title(level.primary_title(diagnostic.message.as_str()).id(diagnostic.code.id));
    if let Some(place) = &diagnostic.place {
        let excerpt = Excerpt::new(place, lines.of(&place.source));
        let path = shown_path(&place.source.path);
        let mark = AnnotationKind::Primary.span(excerpt.span.clone()).label(diagnostic.label.as_deref());
        let snippet = Snippet::source(excerpt.text).line_start(excerpt.line).annotation(mark);
        group = match excerpt.cut_column {
            None => group.element(snippet.path(path)),
            Some(column) => {
                group.element(Origin::path(path).line(excerpt.line).char_column(column)).element(snippet)
            }
        };
    } else if let Some(path) = &diagnostic.path {
        group = group.element(Origin::path(shown_path(path)));
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    group
}

fn shown_path(path: &Path) -> String {
    path.display().to_string()
}

/// The one line that a diagnostic draws, and what to mark in it.
///
/// A mark over several lines ends with the first: the place matters, not its length. Of a very long line only the text
/// around the mark is drawn.
struct Excerpt {
    line: usize,
    /// The mark's column, where the text does not start with its line and so cannot tell.
    cut_column: Option<usize>,
    text: String,
    span: Range<usize>,
}

/// Bytes drawn before and after the start of a mark, at most.
const REACH: usize = 120;

impl Excerpt {
    fn new(place: &Place, index: &LineIndex) -> Self {
        let source = place.source.text.as_str();
        let at = index.locate(source, place.span.start);
        let line_text = source.get(at.start..).unwrap_or_default().lines().next().unwrap_or_default();
        let start = (at.offset - at.start).min(line_text.len());
        let end = place.span.end.saturating_sub(at.start).clamp(start, line_text.len());

        let from = boundary(line_text, start.saturating_sub(REACH));
        let to = boundary(line_text, (start + REACH).min(line_text.len()));
        let (before, after) = (if from > 0 { "…" } else { "" }, if to < line_text.len() { "…" } else { "" });
        let shift = |offset: usize| offset.min(to).max(from) - from + before.len();
        Self {
            line: at.line,
            cut_column: (from > 0).then_some(at.column),
            text: format!("{before}{}{after}", line_text.get(from..to).unwrap_or_default()),
            span: shift(start)..shift(boundary(line_text, end)),
        }
    }
}

/// The nearest character boundary at or before `offset`.
fn boundary(text: &str, mut offset: usize) -> usize {
    offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// Where each line of a source starts, so that hundreds of diagnostics do not each read the whole of it.
struct LineIndex(Vec<usize>);

struct Location {
    /// From 1.
    line: usize,
    /// From 1, in characters.
    column: usize,
    /// The offset looked for, on a character boundary.
    offset: usize,
    /// The offset where its line starts.
    start: usize,
}

impl LineIndex {
    fn new(text: &str) -> Self {
        Self(std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect())
    }

    fn locate(&self, text: &str, offset: usize) -> Location {
        let offset = boundary(text, offset);
        let line = self.0.partition_point(|start| *start <= offset);
        let start = line.checked_sub(1).and_then(|line| self.0.get(line)).copied().unwrap_or_default();
        let column = text.get(start..offset).unwrap_or_default().chars().count() + 1;
        Location { line, column, offset, start }
    }
}

/// The line index of each source, by its address: sources outlive the drawing.
#[derive(Default)]
struct LineIndexes(HashMap<*const Source, LineIndex>);

impl LineIndexes {
    fn of(&mut self, source: &std::sync::Arc<Source>) -> &LineIndex {
        self.0.entry(std::sync::Arc::as_ptr(source)).or_insert_with(|| LineIndex::new(&source.text))
    }
}

/// Diagnostics as JSON for a program. Each entry has `code`, `severity` (`error` or `warning`), `message`, `file`,
/// `line`, `column`, `end_line`, `end_column`, `label` and `help`; a value that is not known is null. Lines and columns
/// count from 1, columns in characters; the end is the position of the first character after the marked text.
pub fn to_json(diagnostics: &Diagnostics) -> serde_json::Value {
    let mut lines = LineIndexes::default();
    diagnostics.iter().map(|diagnostic| entry(diagnostic, &mut lines)).collect()
}

fn entry(diagnostic: &Diagnostic, lines: &mut LineIndexes) -> serde_json::Value {
    let ends = diagnostic.place.as_ref().map(|place| {
        let (index, text) = (lines.of(&place.source), place.source.text.as_str());
        (index.locate(text, place.span.start), index.locate(text, place.span.end))
    });
    let file: Option<&PathBuf> =
        diagnostic.place.as_ref().map(|place| &place.source.path).or(diagnostic.path.as_ref());
    json!({
        "code": diagnostic.code.id,
        "severity": match diagnostic.severity { Severity::Error => "error", Severity::Warning => "warning" },
        "message": diagnostic.message,
        "file": file.map(|path| shown_path(path)),
        "line": ends.as_ref().map(|(start, _)| start.line),
        "column": ends.as_ref().map(|(start, _)| start.column),
        "end_line": ends.as_ref().map(|(_, end)| end.line),
        "end_column": ends.as_ref().map(|(_, end)| end.column),
        "label": diagnostic.label,
        "help": diagnostic.help,
    })
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::diagnostics::UNKNOWN_KEY;

    fn one(diagnostic: Diagnostic) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        diagnostics.push(diagnostic);
        diagnostics
    }

    #[test]
    fn draws() {
        let source = Source::new("manifest.yaml", "connections:\n  größe: x\n  conections: y\r\n");
        let at = |span| Diagnostic::error(UNKNOWN_KEY, "unknown key `x`").at(Place::new(&source, span));
        let mut all = one(at(15..22).label("here").help("write `y`"));
        all.push(at(25..29).help("two\nlines"));
        all.push(at(500..600));
        all.push(Diagnostic::warning(UNKNOWN_KEY, "this file is empty").in_file("a/b.sql"));
        all.push(Diagnostic::warning(UNKNOWN_KEY, "no place at all").help("none"));
        insta::assert_snapshot!(render(&all, Style::Plain));
        insta::assert_snapshot!(serde_json::to_string_pretty(&to_json(&all)).unwrap());
        let coloured = render(&all, Style::Coloured);
        assert!(coloured.contains("\u{1b}["));
        assert!(!render(&all, Style::Plain).contains('\u{1b}'));
    }

    #[test]
    fn trims_long_lines_and_keeps_the_column() {
        let text = format!("{}KEY{}", "ä".repeat(5_000), "b".repeat(5_000));
        let source = Source::new("m.yaml", text);
        let drawn = render(
            &one(Diagnostic::error(UNKNOWN_KEY, "m").at(Place::new(&source, 10_000..10_003))),
            Style::Plain,
        );
        assert!(drawn.contains("m.yaml:1:5001"), "{drawn}");
        assert!(drawn.contains("KEY") && drawn.contains("^^^"), "{drawn}");
        assert!(drawn.len() < 1_500, "{drawn}");
    }

    #[test]
    fn many_diagnostics_in_a_large_source_are_fast() {
        let source = Source::new("m.yaml", "some: line of yaml\n".repeat(50_000));
        let mut all = Diagnostics::new();
        for line in 0..2_000 {
            let start = line * 19 * 25;
            all.push(Diagnostic::error(UNKNOWN_KEY, "m").at(Place::new(&source, start..start + 4)));
        }
        let start = Instant::now();
        assert_eq!(render(&all, Style::Plain).matches("^^^^").count(), 2_000);
        to_json(&all);
        // Reading the whole text for each would take minutes in a test build.
        assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    }
}
