//! Comments from the database as doc comments.
//!
//! A comment is text, not Markdown: nothing in it may become a code block (rustdoc would compile it), a link
//! to an item, a list with clippy's rules, or HTML.

use heck::ToSnakeCase;

use super::data::RelationShape;

/// The lines of a doc comment, each with its leading space.
pub(super) fn lines(comment: Option<&str>) -> Vec<String> {
    let Some(comment) = comment.map(str::trim).filter(|comment| !comment.is_empty()) else {
        return Vec::new();
    };
    comment.lines().map(|line| format!(" {}", inert(line.trim())).trim_end().to_owned()).collect()
}

/// Escapes a line so that Markdown shows it as it is.
fn inert(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    if starts_block(line) {
        out.push('\\');
    }
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        if let Some(url) = url(rest) {
            out.extend(["<", url, ">"]);
            rest = &rest[url.len()..];
            continue;
        }
        rest = &rest[c.len_utf8()..];
        match c {
            '[' | ']' | '<' | '`' => out.extend(['\\', c]),
            '\t' => out.push(' '),
            // Control characters, and marks that turn the reading direction, which rustc refuses in comments.
            c if c.is_control() || is_direction(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    // A backslash at a line's end is a line break in Markdown, and reads as an escape.
    if out.ends_with('\\') {
        out.push('\\');
    }
    out
}

/// The URL that a text begins with: rustdoc warns of one that is no link (`rustdoc::bare_urls`).
fn url(text: &str) -> Option<&str> {
    let length = ["https://", "http://"].iter().find(|scheme| text.starts_with(**scheme))?.len();
    let is_end = |c: char| !c.is_ascii_graphic() || "<>[]`'\"\\|{}^()".contains(c);
    let url = text[..text.find(is_end).unwrap_or(text.len())]
        .trim_end_matches(['.', ',', ';', ':', '!', '?', '*', '_']);
    (url.len() > length).then_some(url)
}

/// A name inside backticks. A name with a backtick, or without a visible character, is shown as a Rust literal.
pub(super) fn code(name: &str) -> String {
    name.chars()
        .map(|c| match c {
            '`' => "'".to_owned(),
            c if c.is_control() || is_direction(c) => c.escape_unicode().to_string(),
            c => c.to_string(),
        })
        .collect()
}

/// The rows of a table that a relation leads to, for its doc: "the `orders`", "the row of `customers`".
pub(super) fn rows(shape: RelationShape, table: &str, database: Option<&str>) -> String {
    let table = code(table);
    let rows = match shape {
        RelationShape::ToMany => format!("The `{table}`"),
        RelationShape::Reference | RelationShape::ToOne | RelationShape::ToOptional => {
            format!("The row of `{table}`")
        }
    };
    match database {
        Some(database) => format!("{rows}, in the database `{}`,", code(database)),
        None => rows,
    }
}

/// The doc of a relation: which of those [`rows`] belong to a row of `model`, by the columns at either end.
pub(super) fn matching(rows: &str, theirs: &[String], model: &str, own: &[String]) -> String {
    let [theirs_shown, own_shown] = [theirs, own].map(|columns| code(&columns.join(", ")));
    let verb = if own.len() == 1 { "is" } else { "are" };
    format!("{rows} whose `{theirs_shown}` {verb} this {}'s `{own_shown}`.", noun(model))
}

/// The noun for a row of a model in a sentence: `OrderItem` is "order item".
pub(super) fn noun(model: &str) -> String {
    model.to_snake_case().replace('_', " ")
}

/// Whether Markdown would begin a heading, a list, a quote, a table or a rule here. A number's point can only be
/// escaped after it, so a numbered line is led by a backslash that Markdown drops before punctuation alone:
/// it stays visible, which is a small price.
fn starts_block(line: &str) -> bool {
    let digits = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let numbered = digits.len() < line.len() && digits.starts_with(['.', ')']);
    numbered || line.starts_with(['#', '-', '+', '*', '>', '|', '=', '~', ':'])
}

/// The characters of rustc's lint `text_direction_codepoint_in_comment`.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn comments_are_text() {
        for (comment, expected) in [
            ("A person.", vec![" A person."]),
            ("  two\n\n lines ", vec![" two", "", " lines"]),
            ("- a list", vec![r" \- a list"]),
            ("```\ncode\n```", vec![r" \`\`\`", " code", r" \`\`\`"]),
            (
                "see https://a.example/b_c?d=1#e, (http://x.y/z). HTTPS://",
                vec![" see <https://a.example/b_c?d=1#e>, (<http://x.y/z>). HTTPS://"],
            ),
            ("https://", vec![" https://"]),
            ("see [x] <b>", vec![r" see \[x\] \<b>"]),
            ("left\u{202e}right", vec![r" left\u{202e}right"]),
            ("end\\", vec![r" end\\"]),
            ("a\rb\tc", vec![r" a\u{d}b c"]),
            ("   ", vec![]),
        ] {
            assert_eq!(lines(Some(comment)), expected, "{comment:?}");
        }
        assert!(lines(None).is_empty());
    }
}
