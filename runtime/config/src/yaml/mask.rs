//! Masks passwords in text that is shown. Diagnostics show lines and words of the manifest; they take them from a
//! copy of the text in which each character of a literal password is replaced by a star.

use std::ops::Range;

use super::{Cursor, Mistakes, Node, Value};
use crate::Template;

/// The text with its literal passwords masked by stars. `root` is the text's tree, if it could be read.
pub fn mask(text: &str, root: Option<&Node>) -> String {
    let mut ranges = urls(text);
    match root {
        Some(root) => collect(text, &Cursor::new(root, &Mistakes::default()), false, &mut ranges),
        None => {
            ranges.extend(passwords(text));
            ranges.extend(before_at(text));
        }
    }
    stars(text, ranges)
}

/// A message that may repeat words of the manifest, with the passwords of URLs masked by stars.
pub fn mask_words(text: &str) -> String {
    stars(text, urls(text))
}

fn stars(text: &str, mut ranges: Vec<Range<usize>>) -> String {
    ranges.sort_by_key(|range| range.start);
    let mut ranges = ranges.into_iter().peekable();
    let mut reach = 0;
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        while let Some(range) = ranges.next_if(|range| range.start <= at) {
            reach = reach.max(range.end);
        }
        out.push(if at < reach && !c.is_whitespace() { star(c) } else { c });
    }
    out
}

/// A star with as many bytes as the character that it replaces, so that places in the text stay valid.
fn star(c: char) -> char {
    match c.len_utf8() {
        1 => '*',
        2 => '·',
        3 => '∗',
        _ => '𐄂',
    }
}

/// The ranges of literal passwords in everything that looks like a URL, also in comments and in broken YAML.
fn urls(text: &str) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut line_start = 0;
    for line in text.split_inclusive('\n') {
        let starts: Vec<usize> = line.match_indices("://").map(|(at, _)| token_start(line, at)).collect();
        for (index, start) in starts.iter().enumerate() {
            let rest =
                line.get(*start..starts.get(index + 1).copied().unwrap_or(line.len())).unwrap_or_default();
            let quote = line.get(..*start).and_then(|before| before.chars().next_back());
            let end = match quote {
                Some(quote @ ('"' | '\'')) => rest.find(quote),
                _ => rest.find(" #"),
            };
            let token = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default().trim_end();
            let passwords = Template::from(token).literal_passwords();
            ranges.extend(passwords.into_iter().flatten().map(|range| shift(range, line_start + start)));
        }
        line_start += line.len();
    }
    ranges
}

fn token_start(line: &str, at: usize) -> usize {
    let before = line.get(..at).unwrap_or_default();
    before.rfind(|c: char| c.is_whitespace() || c == '"' || c == '\'').map_or(0, |found| found + 1)
}

/// The ranges after `password:` in a text that is not valid YAML: up to the line's end, as the end of the value is
/// not known.
fn passwords(text: &str) -> Vec<Range<usize>> {
    let lower = text.to_ascii_lowercase();
    let mut ranges = Vec::new();
    for (at, word) in lower.match_indices("password") {
        let start = at + word.len();
        let line = text.get(start..).unwrap_or_default().split('\n').next().unwrap_or_default();
        let after = line.trim_start_matches(['"', '\'', ' ', '\t']);
        if let Some(value) = after.strip_prefix([':', '=']) {
            let start = start + line.len() - value.len();
            ranges.extend(Template::from(value).literals().into_iter().map(|range| shift(range, start)));
        }
    }
    ranges
}

/// The ranges before an `@` in a text that is not valid YAML: it may be the end of a URL that began on another line.
fn before_at(text: &str) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut reach = 0;
    for (at, _) in text.match_indices('@') {
        let before = text.get(reach..at).unwrap_or_default();
        let start = reach + before.rfind(char::is_whitespace).map_or(0, |found| found + 1);
        let word = text.get(start..at).unwrap_or_default();
        let word_start = word.rfind("://").map_or(0, |found| found + "://".len());
        let word_start =
            word_start + word.get(word_start..).and_then(|word| word.find(':')).map_or(0, |at| at + 1);
        let secret = Template::from(word.get(word_start..).unwrap_or_default());
        ranges.extend(secret.literals().into_iter().map(|range| shift(range, start + word_start)));
        reach = at + 1;
    }
    ranges
}

/// Adds the ranges of literal passwords in the values of the tree.
fn collect(text: &str, cursor: &Cursor<'_>, is_password: bool, ranges: &mut Vec<Range<usize>>) {
    match cursor.value {
        Value::Text(value) => ranges.extend(in_value(text, value, cursor.place(), is_password)),
        Value::Number(_) | Value::Bool(_) if is_password => ranges.push(cursor.place()),
        _ => {}
    }
    for (key, child) in cursor.children() {
        let is_password = is_password || key.is_some_and(|key| key.to_ascii_lowercase().contains("password"));
        collect(text, &child, is_password, ranges);
    }
}

fn in_value(text: &str, value: &str, place: Range<usize>, is_password: bool) -> Vec<Range<usize>> {
    let template = Template::from(value);
    let secrets = if is_password {
        template.literals()
    } else if value.contains(['@', '=']) {
        template.literal_passwords().into_iter().flatten().collect()
    } else {
        Vec::new()
    };
    if secrets.is_empty() {
        return secrets;
    }
    // If the value is written in the text unchanged, its ranges are ranges of the text. If it has escapes or several
    // lines, all of it is masked.
    match text.get(place.clone()).and_then(|written| written.find(value)) {
        Some(at) => secrets.into_iter().map(|range| shift(range, place.start + at)).collect(),
        None => {
            let elsewhere = text.match_indices(value).map(|(at, _)| at..at + value.len());
            std::iter::once(place).chain(elsewhere).collect()
        }
    }
}

fn shift(range: Range<usize>, by: usize) -> Range<usize> {
    range.start + by..range.end + by
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::read;

    fn masked(text: &str) -> String {
        let masked = mask(text, read(text, &Mistakes::default()).as_ref());
        assert_eq!(masked.len(), text.len());
        assert_eq!(masked.chars().count(), text.chars().count());
        masked
    }

    #[test]
    fn masks_passwords_and_nothing_else() {
        for (text, expected) in [
            ("crm: postgres://app:hunter2@db/crm", "crm: postgres://app:*******@db/crm"),
            ("crm: postgres://app:${P}@db/crm", "crm: postgres://app:${P}@db/crm"),
            ("crm: postgres://app:${P:-hunter2}@db", "crm: postgres://app:${P:-*******}@db"),
            ("crm: ${U:-postgres://app:hunter2@db}", "crm: ${U:-postgres://app:*******@db}"),
            ("crm: postgres://db:5432/crm # me@example.org", "crm: postgres://db:5432/crm # me@example.org"),
            ("# crm: postgres://app:hunter2@db/crm", "# crm: postgres://app:*******@db/crm"),
            (
                "a: [postgres://a:b@c, 'postgres://a:b@c', \"x\"]",
                "a: [postgres://a:*@c, 'postgres://a:*@c', \"x\"]",
            ),
            ("a: { password: hunter2, user: app }", "a: { password: *******, user: app }"),
            ("a: { password: \"${P:-hunter2}\" }", "a: { password: \"${P:-*******}\" }"),
            ("a: { password: 12345, port: 12345 }", "a: { password: *****, port: 12345 }"),
            (
                "a: { url: postgres://h/d?password=hunter2&x=y }",
                "a: { url: postgres://h/d?password=*******&x=y }",
            ),
            ("a: 'host=h password=hunter2'", "a: 'host=h password=*******'"),
            ("a: postgres://app:grüße@db", "a: postgres://app:**··*@db"),
            ("a: { url: postgres://app:pa ss@db", "a: { url: postgres://app:** **@db"),
            ("a: { password: hunter2, b\n: [", "a: { password: ******** *\n: ["),
        ] {
            let masked = masked(text);
            assert_eq!(masked, expected, "{text}");
        }
    }

    #[test]
    fn masks_what_is_not_on_one_plain_line() {
        for text in [
            "a: \"postgres://app:hunt\\x65r2@db\"",
            "a: \"postgres:\\/\\/app:hunter2@db\"",
            "a: postgres://app:\n  hunter2@db",
            "a: >\n  postgres://app:hunter2@db\n",
            "p: &p hunter2\na: { password: *p }",
        ] {
            assert!(!masked(text).contains("hunt"), "{}", masked(text));
        }
    }
}
