//! Every key of a manifest, its values and its meaning: the source of the JSON Schema that `ormgen schema` prints and
//! of the guide's reference page. A test compares these tables with the keys that the manifest's readers accept.

mod json;
mod keys;
mod page;

pub use json::{json_schema, json_schema_text};
pub use page::page;

/// The values that a key takes.
#[derive(Clone, Copy, Debug)]
enum Shape {
    /// Any text.
    Text,
    /// A text of this pattern, in JSON Schema's regular expressions.
    Pattern(&'static str),
    /// One of these words.
    Words(&'static [&'static str]),
    /// `true` or `false`.
    Boolean,
    /// A whole number, at least this one.
    Number(u64),
    /// A whole number with its unit.
    Duration,
    /// A duration, or `never`.
    DurationOrNever,
    /// A list of texts.
    Texts,
    /// A list of values of this shape.
    List(&'static Shape),
    /// A mapping of names that the user chooses, each with a value of this shape.
    Named(&'static Shape),
    /// The keys of this section.
    Section(&'static Section),
    /// A value of one of these shapes.
    Either(&'static [Shape]),
}

/// A section: keys of one mapping.
#[derive(Debug)]
struct Section {
    /// Where it is in a manifest, for people: `apps.NAME.tables.TABLE`.
    path: &'static str,
    /// The purpose of the section.
    about: &'static str,
    keys: &'static [ManifestKey],
}

/// A key of a section.
#[derive(Debug)]
struct ManifestKey {
    name: &'static str,
    shape: Shape,
    is_required: bool,
    /// One or two sentences, in Markdown.
    about: &'static str,
}
