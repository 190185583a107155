//! Attributes of generated types: the manifest's, and serde's attributes by which JSON has the SQL names, as
//! PostgreSQL's `to_jsonb` writes them.

use heck::{ToKebabCase, ToShoutySnakeCase, ToSnakeCase};

use super::{data::Variant, literal};
use crate::manifest::Spanned;

/// A rule of serde's: it turns a variant's name into the name in JSON.
type Renamed = fn(&str) -> String;

/// serde's rules that a label may follow, by name (<https://serde.rs/container-attrs.html#rename_all>).
const RULES: [(&str, Renamed); 4] = [
    ("snake_case", |variant| variant.to_snake_case()),
    ("kebab-case", |variant| variant.to_kebab_case()),
    ("SCREAMING_SNAKE_CASE", |variant| variant.to_shouty_snake_case()),
    ("PascalCase", |variant| variant.to_owned()),
];

/// Whether these derives, comma-separated, have one of serde's.
pub(super) fn has_serde(derives: &str) -> bool {
    derives.split(", ").any(|derive| ["serde::Serialize", "serde::Deserialize"].contains(&derive))
}

/// The manifest's attributes.
pub(super) fn given(attributes: &[Spanned<String>]) -> Vec<String> {
    attributes.iter().map(|attribute| attribute.value.clone()).collect()
}

/// The attributes of a field: the manifest's, and one that gives it its SQL name in JSON unless the manifest's rename
/// it.
pub(super) fn of_field(field: &str, sql: &str, own: &[Spanned<String>], derives_serde: bool) -> Vec<String> {
    let mut attributes = given(own);
    // serde itself drops the `r#` of a raw identifier.
    let in_json = field.strip_prefix("r#").unwrap_or(field);
    if derives_serde && in_json != sql && !renames(&attributes) {
        attributes.push(rename(sql));
    }
    attributes
}

/// The attributes of an enum. If no rule of serde's gives all labels, also sets attributes on the variants that need
/// one.
pub(super) fn of_enum(
    own: &[Spanned<String>],
    labels: &[String],
    variants: &mut [Variant],
    derives: &str,
) -> Vec<String> {
    let mut attributes = given(own);
    if !has_serde(derives) || renames(&attributes) || labels.is_empty() {
        return attributes;
    }
    let follows = |rule: fn(&str) -> String| {
        variants
            .iter()
            .zip(labels)
            .all(|(variant, label)| is_plain(&variant.name) && rule(&variant.name) == *label)
    };
    match RULES.iter().find(|(_, rule)| follows(*rule)) {
        Some(("PascalCase", _)) => {}
        Some((rule, _)) => attributes.push(format!("serde(rename_all = {rule:?})")),
        None => {
            for (variant, label) in variants.iter_mut().zip(labels) {
                variant.attributes.extend((variant.name != *label).then(|| rename(label)));
            }
        }
    }
    attributes
}

/// Whether serde and heck certainly split a name into the same words: with a digit or two capitals in a row they may
/// differ.
fn is_plain(variant: &str) -> bool {
    let is_double = variant.as_bytes().windows(2).any(|pair| pair.iter().all(u8::is_ascii_uppercase));
    variant.bytes().all(|c| c.is_ascii_alphabetic()) && !is_double
}

fn renames(attributes: &[String]) -> bool {
    attributes.iter().any(|attribute| attribute.starts_with("serde") && attribute.contains("rename"))
}

fn rename(sql: &str) -> String {
    format!("serde(rename = {})", literal::string(sql))
}
