//! The reference of the manifest's keys as a page of the guide, in Markdown.

use std::fmt::Write;

use super::{Section, Shape, keys::MANIFEST};

const HEAD: &str = "\
# Every key of a manifest

Made from the definitions that ormgen reads manifests by; `ormgen schema` prints the same as a JSON Schema, for editors.
A manifest is YAML of one document; a key that is not listed here is a mistake, and ormgen names the nearest one. Words in
capitals are names of your own. Paths are relative to the manifest's folder.
";

/// The page: a section with a table of keys for each place of a manifest that has keys.
pub fn page() -> String {
    let mut text = HEAD.to_owned();
    add(&mut text, &MANIFEST);
    text
}

fn add(text: &mut String, section: &Section) {
    let path =
        if section.path.is_empty() { "The manifest".to_owned() } else { format!("`{}`", section.path) };
    // Writing to a text does not fail.
    let _ =
        write!(text, "\n## {path}\n\n{}\n\n| key | value | meaning |\n| --- | --- | --- |\n", section.about);
    for key in section.keys {
        let required = if key.is_required { ", required" } else { "" };
        let about = key.about.replace('|', "\\|");
        let _ = writeln!(text, "| `{}` | {}{required} | {about} |", key.name, words(key.shape));
    }
    for key in section.keys {
        for below in sections(key.shape) {
            add(text, below);
        }
    }
}

fn words(shape: Shape) -> String {
    match shape {
        Shape::Text | Shape::Pattern(_) => "text".to_owned(),
        Shape::Words(words) => {
            let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
            words.join(", ")
        }
        Shape::Boolean => "`true` or `false`".to_owned(),
        Shape::Number(least) => format!("a whole number from {least}"),
        Shape::Duration => "a duration".to_owned(),
        Shape::DurationOrNever => "a duration or `never`".to_owned(),
        Shape::Texts => "a list of texts".to_owned(),
        Shape::List(item) => format!("a list: {}", words(*item)),
        Shape::Named(value) => format!("by name: {}", words(*value)),
        Shape::Section(_) => "keys".to_owned(),
        Shape::Either(shapes) => shapes.iter().map(|it| words(*it)).collect::<Vec<_>>().join(" or "),
    }
}

fn sections(shape: Shape) -> Vec<&'static Section> {
    match shape {
        Shape::Section(section) => vec![section],
        Shape::List(inner) | Shape::Named(inner) => sections(*inner),
        Shape::Either(shapes) => shapes.iter().flat_map(|it| sections(*it)).collect(),
        _ => Vec::new(),
    }
}
