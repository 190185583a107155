//! YAML with one line for each thing: the outer levels as blocks, the inner ones in braces.
//!
//! A YAML library writes either all blocks (a column over eight lines) or all JSON; hence this little writer. It is
//! read back by the library.

use serde_yaml::{Mapping, Value};

use crate::manifest::yaml_scalar;

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
        Value::String(text) => yaml_scalar(text),
        Value::Sequence(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::Mapping(mapping) => {
            let entries: Vec<String> =
                mapping.iter().map(|(key, value)| format!("{}: {}", flow(key), flow(value))).collect();
            format!("{{ {} }}", entries.join(", "))
        }
        Value::Tagged(tagged) => flow(&tagged.value),
    }
}
