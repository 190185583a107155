//! Every key of a manifest, what it takes and what it means: the source of the JSON Schema that `ormgen schema` prints and
//! of the guide's reference page. A test holds the tables to the lists of keys that the manifest's readers go by.

mod json;
mod keys;
mod page;

pub use json::{json_schema, json_schema_text};
pub use page::page;

/// What a value may be.
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
    /// A whole number, this or more.
    Number(u64),
    /// A whole number with its unit.
    Duration,
    /// A duration, or `never`.
    DurationOrNever,
    /// A list of texts.
    Texts,
    /// A list of such values.
    List(&'static Shape),
    /// Names of the user's own, each with such a value.
    Named(&'static Shape),
    /// The keys of this section.
    Section(&'static Section),
    /// One of several.
    Either(&'static [Shape]),
}

/// Keys that stand together.
#[derive(Debug)]
struct Section {
    /// Where it is in a manifest, for people: `apps.NAME.tables.TABLE`.
    path: &'static str,
    /// What it is for.
    about: &'static str,
    keys: &'static [ManifestKey],
}

/// A key.
#[derive(Debug)]
struct ManifestKey {
    name: &'static str,
    shape: Shape,
    is_required: bool,
    /// One or two sentences, in Markdown.
    about: &'static str,
}
