//! The words of an SQL text.

use std::borrow::Cow;

/// The words of a statement that are no part of a comment or a text constant
/// (<https://www.postgresql.org/docs/current/sql-syntax-lexical.html>).
#[derive(Clone)]
pub(super) struct Words<'a> {
    rest: &'a str,
    /// The last character before the word read last that is neither a space nor in a comment or a constant.
    before: char,
    /// The last character read that is neither a space nor in a comment or a constant.
    latest: char,
    /// How many parentheses are open.
    depth: usize,
}

impl<'a> Words<'a> {
    pub fn of(text: &'a str) -> Self {
        Self { rest: text, before: ' ', latest: ' ', depth: 0 }
    }

    /// The last character before the word read last that is neither a space nor in a comment or a constant.
    pub fn before(&self) -> char {
        self.before
    }

    /// Whether the word read last is a name in quotes.
    pub fn is_quoted(&self) -> bool {
        self.latest == '"'
    }

    /// How many parentheses are open.
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// Whether the word read last is followed by a parenthesis, as the name of a function that is called is.
    pub fn is_call(&self) -> bool {
        self.rest.trim_start().starts_with('(')
    }

    /// Notes a character that is no part of a comment or a constant.
    fn pass(&mut self, c: char) {
        match c {
            '(' => self.depth += 1,
            ')' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        if !c.is_whitespace() {
            self.latest = c;
        }
    }
}

impl<'a> Iterator for Words<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        loop {
            let rest = self.rest;
            let first = rest.chars().next()?;
            let (word, after) = match first {
                '-' if rest.starts_with("--") => (None, past(rest, 2, "\n")),
                '/' if rest.starts_with("/*") => (None, after_comment(rest)),
                '\'' => (None, past(rest, 1, "'")),
                // A name in quotes is a word: `"pg_advisory_lock"(1)`.
                '"' => (rest[1..].split('"').next(), past(rest, 1, "\"")),
                '$' if let Some(delimiter) = dollar_delimiter(rest) => {
                    (None, past(rest, delimiter.len(), delimiter))
                }
                'e' | 'E' if rest[1..].starts_with('\'') => (None, after_escaped(&rest[2..])),
                c if is_of_word(c) => {
                    let end = rest.find(|c| !is_of_word(c)).unwrap_or(rest.len());
                    (Some(&rest[..end]), &rest[end..])
                }
                ';' => (Some(&rest[..1]), &rest[1..]),
                c => {
                    self.pass(c);
                    (None, &rest[c.len_utf8()..])
                }
            };
            self.rest = after;
            if word.is_some() {
                self.before = self.latest;
                self.latest = first;
                return word;
            }
        }
    }
}

/// A text whose names in `U&"…"` are written as they are read, as far as words consist of their characters.
pub(super) fn plain_names(text: &str) -> Cow<'_, str> {
    let mut plain = Cow::Borrowed(text);
    let mut from = 0;
    while let Some(at) = plain.get(from..).and_then(|rest| rest.find("&\"")).map(|at| from + at) {
        let body = at + 2;
        from = body;
        let Some(end) = plain[body..].find('"').map(|end| body + end) else { break };
        if !plain[..at].ends_with(['u', 'U']) {
            continue;
        }
        let name = unescaped(&plain[body..end], escape_behind(&plain[end + 1..]));
        from = body + name.len() + 1;
        plain.to_mut().replace_range(body..end, &name);
    }
    plain
}

/// The escape character of a name that this text follows.
fn escape_behind(text: &str) -> char {
    let mut words = Words::of(text);
    let is_named = words.next().is_some_and(|word| word.eq_ignore_ascii_case("UESCAPE"));
    let named = if is_named { words.rest.trim_start().strip_prefix('\'') } else { None };
    named.and_then(|named| named.chars().next()).unwrap_or('\\')
}

/// The name with `\005f` and `\+00005f` replaced, where that is a character of a word.
fn unescaped(name: &str, escape: char) -> String {
    let mut parts = name.split(escape);
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = if part.starts_with('+') { 1..7 } else { 0..4 };
        let code = part.get(digits.clone()).and_then(|code| u32::from_str_radix(code, 16).ok());
        match code.and_then(char::from_u32).filter(|c| is_of_word(*c)) {
            Some(c) => {
                plain.push(c);
                plain.push_str(&part[digits.end..]);
            }
            None => {
                plain.push(escape);
                plain.push_str(part);
            }
        }
    }
    plain
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// The text after the next `end`, which is searched for after the first `skip` bytes.
fn past<'a>(text: &'a str, skip: usize, end: &str) -> &'a str {
    let body = &text[skip..];
    body.find(end).map_or("", |at| &body[at + end.len()..])
}

/// The text after a constant with escapes, of which `body` begins after the opening quote.
fn after_escaped(body: &str) -> &str {
    let mut escaped = false;
    for (at, c) in body.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '\'' => return &body[at + 1..],
            _ => {}
        }
    }
    ""
}

/// The text after a comment that `text` begins with. Comments nest.
fn after_comment(text: &str) -> &str {
    let (mut depth, mut at) = (0_usize, 0);
    while at < text.len() {
        let rest = &text[at..];
        let step = if rest.starts_with("/*") {
            depth += 1;
            2
        } else if rest.starts_with("*/") {
            depth -= 1;
            2
        } else {
            rest.chars().next().map_or(1, char::len_utf8)
        };
        at += step;
        if depth == 0 {
            return &text[at..];
        }
    }
    ""
}

/// The delimiter `$$` or `$tag$`, if `text` begins with it.
fn dollar_delimiter(text: &str) -> Option<&str> {
    let end = text[1..].find('$')? + 1;
    let tag = &text[1..end];
    let is_tag = !tag.starts_with(|c: char| c.is_ascii_digit())
        && tag.chars().all(|c| c.is_alphanumeric() || c == '_');
    is_tag.then_some(&text[..=end])
}
