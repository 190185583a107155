//! YAML with one line for each thing: the outer levels as blocks, the inner ones in braces.
//!
//! A YAML library writes either all blocks (a column over eight lines) or all JSON; hence this little writer. It is
//! read back by the library.

use serde_yaml::{Mapping, Value};

/// Mappings this deep are blocks: the file, a section, a table.
const BLOCK_LEVELS: usize = 3;

pub(super) fn emit(value: &Value) -> String {
    let mut text = String::new();
    if let Value::Mapping(mapping) = value {
        block(mapping, 0, &mut text);
    }
    text
}

fn block(mapping: &Mapping, level: usize, text: &mut String) {
    let indent = "  ".repeat(level);
    for (key, value) in mapping {
        text.push_str(&format!("{indent}{}:", flow(key)));
        match value {
            Value::Null => text.push('\n'),
            Value::Mapping(inner) if inner.is_empty() => text.push_str(" {}\n"),
            Value::Mapping(inner) if level + 1 < BLOCK_LEVELS => {
                text.push('\n');
                block(inner, level + 1, text);
            }
            Value::Sequence(items) if !items.is_empty() => {
                text.push('\n');
                for item in items {
                    text.push_str(&format!("{indent}  - {}\n", flow(item)));
                }
            }
            value => text.push_str(&format!(" {}\n", flow(value))),
        }
    }
}

fn flow(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => scalar(text),
        Value::Sequence(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::Mapping(mapping) => {
            let entries: Vec<String> =
                mapping.iter().map(|(key, value)| format!("{}: {}", flow(key), flow(value))).collect();
            format!("{{ {} }}", entries.join(", "))
        }
        Value::Tagged(tagged) => flow(&tagged.value),
    }
}

/// A text as YAML, plain if a YAML reader cannot take it for anything else.
pub(crate) fn scalar(text: &str) -> String {
    const WORDS: [&str; 9] = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let is_plain = starts && text.chars().all(|c| c.is_ascii_alphanumeric() || "_.".contains(c));
    if is_plain && !WORDS.contains(&text.to_ascii_lowercase().as_str()) {
        text.to_owned()
    } else {
        quoted(text)
    }
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            // Characters that YAML takes for a line's end, or refuses as not printable.
            '\0'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{feff}'
            | '\u{fffe}'
            | '\u{ffff}' => {
                quoted.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
