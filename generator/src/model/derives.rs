//! The derives of generated types.

use super::rust_type::Traits;
use crate::manifest::{Manifest, OutputSettings, Spanned};

/// The derives of a struct whose fields all have these traits: Debug, Clone and PartialEq, and those of the manifest's
/// derives that these traits allow.
pub(super) fn of_struct(
    output: &OutputSettings,
    own: &[Spanned<String>],
    fields: impl IntoIterator<Item = Traits>,
) -> String {
    list(output, own, fields.into_iter().fold(Traits::ALL, Traits::and))
}

/// These derives, comma-separated, and `Default`.
pub(super) fn with_default(derives: &str) -> String {
    if has_default(derives) { derives.to_owned() } else { format!("{derives}, Default") }
}

/// Whether these derives, comma-separated, have `Default`.
pub(super) fn has_default(derives: &str) -> bool {
    derives.split(", ").any(|derive| derive.rsplit("::").next() == Some("Default"))
}

/// The derives of an enum, which is small and plain: it has every usual trait.
pub(super) fn of_enum(output: &OutputSettings, own_derives: &[Spanned<String>]) -> String {
    let own = "Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash";
    let all = list(output, own_derives, Traits::ALL);
    let extras = all.split(", ").filter(|extra| !own.split(", ").any(|known| known == *extra));
    [own].into_iter().chain(extras).collect::<Vec<_>>().join(", ")
}

/// Joins the derives. `own` are those that the manifest gives to this type, in addition to those of all types.
fn list(output: &OutputSettings, own: &[Spanned<String>], traits: Traits) -> String {
    let mut derives = vec!["Debug".to_owned(), "Clone".to_owned(), "PartialEq".to_owned()];
    for Spanned { value, .. } in output.derives.iter().chain(own) {
        match own_name(value) {
            "serde" => derives.extend(["serde::Serialize".to_owned(), "serde::Deserialize".to_owned()]),
            "eq" | "Eq" if traits.eq => derives.push("Eq".to_owned()),
            "hash" | "Hash" if traits.hash && traits.eq => derives.push("Hash".to_owned()),
            "ord" | "Ord" if traits.ord && traits.eq => {
                derives.extend(["PartialOrd".to_owned(), "Ord".to_owned()])
            }
            "eq" | "Eq" | "hash" | "Hash" | "ord" | "Ord" => {}
            other => derives.push(other.to_owned()),
        }
    }
    let mut seen = std::collections::HashSet::new();
    derives.retain(|derive| seen.insert(derive.clone()));
    derives.join(", ")
}

/// The name of one of Rust's own derives, whose path may be written: `std::hash::Hash`; another derive as it is.
fn own_name(derive: &str) -> &str {
    let parts: Vec<&str> = derive.trim_start_matches("::").split("::").collect();
    match parts[..] {
        ["std" | "core", "hash" | "cmp" | "clone" | "marker" | "fmt" | "default", name] => name,
        _ => derive,
    }
}

/// Whether any type derives serde's traits.
pub(super) fn has_serde(manifest: &Manifest) -> bool {
    let tables = manifest.apps.iter().flat_map(|app| &app.tables).flat_map(|table| &table.derives);
    let types = manifest.type_settings.iter().flat_map(|settings| &settings.derives);
    let is_serde = |derive: &Spanned<String>| {
        matches!(derive.value.as_str(), "serde" | "serde::Serialize" | "serde::Deserialize")
    };
    manifest.output.derives.iter().chain(tables).chain(types).any(is_serde)
}
