//! The tree of a YAML text.

use std::{fmt, ops::Range, rc::Rc};

/// A value and its place in the text.
#[derive(Clone, Debug, Default)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// The place of the value, in bytes of the text.
    pub place: Range<usize>,
    /// Whether the value is repeated here by an alias such as `*pool`, and was itself written elsewhere.
    pub is_alias: bool,
}

/// A value of the tree. An alias shares the value that it repeats, so that a clone is cheap.
#[derive(Clone, Default)]
pub enum Value {
    /// No value, `~` or `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as written.
    Number(Rc<str>),
    /// A text.
    Text(Rc<str>),
    /// A list.
    List(Rc<[Node]>),
    /// A map: its keys and values in the order of the text, duplicate keys included.
    Map(Rc<[Entry]>),
}

/// A key of a map and its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// The place of the key, in bytes of the text.
    pub key_place: Range<usize>,
    /// Whether the key is `<<`, which other parsers replace by the entries of another map.
    pub is_merge: bool,
    /// The value.
    pub node: Node,
}

impl Value {
    /// The value of a text without quotes: https://yaml.org/spec/1.2.2/#1032-tag-resolution. As with serde_yaml,
    /// digits with a superfluous leading 0 are text: a password or a telephone number, not a number.
    pub(super) fn from_plain(text: &str) -> Self {
        match text {
            "" | "~" | "null" | "Null" | "NULL" => Self::Null,
            "true" | "True" | "TRUE" => Self::Bool(true),
            "false" | "False" | "FALSE" => Self::Bool(false),
            text if is_number(text) => Self::Number(text.into()),
            text => Self::Text(text.into()),
        }
    }

    /// The kind of the value, as a message names it.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "`true` or `false`",
            Self::Number(_) => "a number",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
            Self::Map(_) => "keys with values",
        }
    }
}

// `Debug` hides the value, as it may be a password.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind())
    }
}

fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = unsigned.strip_prefix(prefix) {
            return !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
        }
    }
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let is_padded =
        unsigned.len() > 1 && unsigned.starts_with('0') && unsigned.bytes().all(|byte| byte.is_ascii_digit());
    // Rust's parser would also accept `inf` and `nan`.
    let starts_as_number = unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    starts_as_number && !is_padded && unsigned.parse::<f64>().is_ok_and(f64::is_finite)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_a_plain_text_is() {
        for (text, expected) in [
            ("", "nothing"),
            ("~", "nothing"),
            ("null", "nothing"),
            ("nULL", "text"),
            ("true", "`true` or `false`"),
            ("False", "`true` or `false`"),
            ("yes", "text"),
            ("no", "text"),
            ("0", "a number"),
            ("-1", "a number"),
            ("+5", "a number"),
            ("2.5", "a number"),
            (".5", "a number"),
            ("1e3", "a number"),
            ("0x1F", "a number"),
            ("-0o17", "a number"),
            ("0b12", "text"),
            ("0x", "text"),
            (".inf", "a number"),
            (".nan", "a number"),
            ("nan", "text"),
            ("inf", "text"),
            ("1e999", "text"),
            ("007", "text"),
            ("0.5", "a number"),
            ("--1", "text"),
            ("1_000", "text"),
            ("32k", "text"),
            ("5s", "text"),
            (".", "text"),
            ("-", "text"),
            ("٥", "text"),
        ] {
            assert_eq!(Value::from_plain(text).kind(), expected, "{text}");
        }
    }
}
