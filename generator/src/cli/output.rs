//! The output of the command line. Text for a person goes to the standard error, JSON to the standard output. A run
//! whose output could not be written fails.

use std::{
    io::{self, IsTerminal, Write},
    sync::OnceLock,
};

use anstream::{AutoStream, ColorChoice};
use serde_json::{Value, json};

use super::{
    arguments::{Color, Format, Look},
    status::{Goal, Status},
};
use crate::{
    diagnostics::{Diagnostics, Severity, Style, render, to_json},
    write::Changes,
};

pub(super) struct Output {
    format: Format,
    color: ColorChoice,
    quiet: bool,
    verbose: bool,
    /// The error with which writing to the standard output failed.
    lost: OnceLock<io::Error>,
}

impl Output {
    pub fn new(look: &Look) -> Self {
        let color = match look.color {
            Color::Auto => AutoStream::choice(&io::stderr()),
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        };
        Self { format: look.format, color, quiet: look.quiet, verbose: look.verbose, lost: OnceLock::new() }
    }

    /// The exit status of the process: a failure if part of the output could not be written.
    pub fn end(&self, status: Status) -> Status {
        let Some(error) = self.lost.get() else { return status };
        // The program that closed the pipe (`ormgen … | head`) did so on purpose.
        if error.kind() != io::ErrorKind::BrokenPipe {
            self.stderr(&format!("error: the standard output cannot be written: {error}"));
        }
        if status == Status::Done { Status::Wrong } else { status }
    }

    fn stdout(&self, text: &str) {
        let mut stdout = io::stdout().lock();
        if let Err(error) = writeln!(stdout, "{text}").and_then(|()| stdout.flush()) {
            // The first error says why; those that follow are of the same kind.
            let _ = self.lost.set(error);
        }
    }

    /// Whether a person watches the terminal, to whom progress can be shown.
    pub fn is_watched(&self) -> bool {
        !self.quiet && self.format == Format::Human && io::stderr().is_terminal()
    }

    /// A line of information for a person.
    pub fn note(&self, text: &str) {
        if !self.quiet && self.format == Format::Human {
            self.stderr(text);
        }
    }

    /// A line of information for a person who asked for more of it.
    pub fn detail(&self, text: &str) {
        if self.verbose {
            self.note(text);
        }
    }

    /// A command's result for a person; a program gets it as JSON.
    #[cfg(feature = "live")]
    pub fn text(&self, text: &str) {
        if self.format == Format::Human {
            self.stdout(text);
        }
    }

    /// Diagnostics for a person, beside what the command says; a program gets them with the rest.
    #[cfg(feature = "live")]
    pub fn warnings(&self, diagnostics: &Diagnostics) {
        if self.format == Format::Human {
            self.draw(diagnostics);
        }
    }

    /// A mistake in the command's arguments, in clap's form.
    pub fn usage(&self, message: &str, help: &str) {
        self.stderr(&format!("error: {message}\n\n  help: {help}"));
    }

    /// A command's result: it goes to the standard output in either form.
    pub fn answer(&self, text: &str, value: impl FnOnce() -> Value) {
        match self.format {
            Format::Human => self.stdout(text),
            Format::Json => self.json(&value()),
        }
    }

    /// Diagnostics alone, as a command that failed prints them.
    pub fn diagnostics(&self, diagnostics: &Diagnostics) {
        match self.format {
            Format::Human => self.draw(diagnostics),
            Format::Json => self.json(&json!({ "ok": false, "diagnostics": to_json(diagnostics) })),
        }
    }

    /// Prints the diagnostics and the changes of a run of the pipeline; no changes when it failed.
    pub fn finish(&self, diagnostics: &Diagnostics, goal: Goal, changes: Option<&Changes>) {
        match self.format {
            Format::Human => {
                self.draw(diagnostics);
                if let Some(changes) = changes {
                    self.note(&done(goal, changes));
                }
            }
            Format::Json => self.json(&json!({
                "ok": changes.is_some(),
                "diagnostics": to_json(diagnostics),
                "files": changes.filter(|_| goal != Goal::Check).map(|changes| json!({
                    "created": changes.created,
                    "changed": changes.changed,
                    "removed": changes.removed,
                    "unchanged": changes.unchanged.len(),
                })),
            })),
        }
    }

    /// JSON for a program; a person has been shown the result already.
    pub fn json_only(&self, value: impl FnOnce() -> Value) {
        if self.format == Format::Json {
            self.json(&value());
        }
    }

    fn json(&self, value: &Value) {
        self.stdout(&format!("{value:#}"));
    }

    /// Diagnostics and how many there are; of a quiet run, errors alone.
    fn draw(&self, diagnostics: &Diagnostics) {
        let mut shown = Diagnostics::new();
        shown.extend(diagnostics.iter().filter(|it| !self.quiet || it.severity == Severity::Error).cloned());
        if shown.is_empty() {
            return;
        }
        let style = if self.color == ColorChoice::Never { Style::Plain } else { Style::Coloured };
        let count = |severity| shown.iter().filter(|it| it.severity == severity).count();
        let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
        let counts = [(errors, "error"), (warnings, "warning")];
        let counts: Vec<String> =
            counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| plural(*count, what)).collect();
        let hint = shown.iter().find(|it| it.severity == Severity::Error).or(shown.iter().next());
        let hint = hint.map(|it| format!("; `ormgen explain {}` says more", it.code.id)).unwrap_or_default();
        self.stderr(&format!("{}\n{}{hint}", render(&shown, style), counts.join(", ")));
    }

    fn stderr(&self, text: &str) {
        let _ = writeln!(AutoStream::new(io::stderr(), self.color), "{text}");
    }
}

/// A successful run, in one line.
fn done(goal: Goal, changes: &Changes) -> String {
    let Changes { created, changed, removed, unchanged } = changes;
    let all = created.len() + changed.len() + unchanged.len();
    match goal {
        Goal::Check => format!("nothing is wrong; `ormgen build` would generate {}", plural(all, "file")),
        Goal::Compare => format!("{} up to date", plural(all, "file")),
        Goal::Write if changes.is_empty() => format!("{}, none changed", plural(all, "file")),
        Goal::Write => {
            let kinds =
                [(created, "new"), (changed, "changed"), (removed, "removed"), (unchanged, "unchanged")];
            let kinds = kinds.iter().filter(|(files, _)| !files.is_empty());
            let kinds: Vec<String> = kinds.map(|(files, what)| format!("{} {what}", files.len())).collect();
            format!("{}: {}", plural(all, "file"), kinds.join(", "))
        }
    }
}

fn plural(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
