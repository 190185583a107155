//! Attributes of generated types: the manifest's, and those that make names in JSON SQL's, as PostgreSQL's own
//! `to_jsonb` writes them.

use heck::{ToKebabCase, ToShoutySnakeCase, ToSnakeCase};

use super::{data::Variant, literal};
use crate::manifest::Spanned;

/// serde's rules that a label may follow, and what each makes of a variant's name
/// (<https://serde.rs/container-attrs.html#rename_all>).
const RULES: [(&str, fn(&str) -> String); 4] = [
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

/// The attributes of a field: the manifest's, and one that names it as SQL does where these name it in no other way.
pub(super) fn of_field(field: &str, sql: &str, own: &[Spanned<String>], derives_serde: bool) -> Vec<String> {
    let mut attributes = given(own);
    // serde leaves the mark of a raw identifier out by itself.
    let in_json = field.strip_prefix("r#").unwrap_or(field);
    if derives_serde && in_json != sql && !renames(&attributes) {
        attributes.push(rename(sql));
    }
    attributes
}

/// The attributes of an enum, beside those of its variants, which are set where one rule for all does not do.
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

/// Whether serde and heck find the same words in a name: where a digit or two capitals stand, they may not.
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
