//! The JSON Schema of a manifest.

use serde_json::{Map, Value, json};

use super::{Section, Shape, keys::MANIFEST};

const DURATION: &str = r"^([0-9]+(ms|s|m|h|d))+$";

/// The JSON Schema of a manifest, draft 2020-12.
pub fn json_schema() -> Value {
    let mut schema = section(&MANIFEST);
    if let Some(root) = schema.as_object_mut() {
        root.insert("$schema".to_owned(), "https://json-schema.org/draft/2020-12/schema".into());
        root.insert("title".to_owned(), "ormgen manifest".into());
    }
    schema
}

/// The same as text.
pub fn json_schema_text() -> String {
    format!("{:#}", json_schema())
}

fn section(section: &Section) -> Value {
    let property = |key: &super::ManifestKey| {
        let mut value = shape(key.shape);
        if let Some(value) = value.as_object_mut() {
            value.insert("description".to_owned(), key.about.into());
        }
        (key.name.to_owned(), value)
    };
    let properties: Map<String, Value> = section.keys.iter().map(property).collect();
    let required: Vec<&str> = section.keys.iter().filter(|key| key.is_required).map(|key| key.name).collect();
    json!({
        "type": "object",
        "description": section.about,
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn shape(of: Shape) -> Value {
    match of {
        Shape::Text => json!({ "type": "string" }),
        Shape::Pattern(pattern) => json!({ "type": "string", "pattern": pattern }),
        Shape::Words(words) => json!({ "enum": words }),
        Shape::Boolean => json!({ "type": "boolean" }),
        Shape::Number(least) => json!({ "type": "integer", "minimum": least }),
        Shape::Duration => json!({ "type": "string", "pattern": DURATION }),
        Shape::DurationOrNever => {
            json!({ "anyOf": [{ "const": "never" }, { "type": "string", "pattern": DURATION }] })
        }
        Shape::Texts => json!({ "type": "array", "items": { "type": "string" } }),
        Shape::List(item) => json!({ "type": "array", "items": shape(*item) }),
        Shape::Named(value) => json!({ "type": "object", "additionalProperties": shape(*value) }),
        Shape::Section(keys) => section(keys),
        Shape::Either(shapes) => json!({ "anyOf": shapes.iter().map(|it| shape(*it)).collect::<Vec<_>>() }),
    }
}
