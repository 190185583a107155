//! What is derived for generated types.

use super::rust_type::Traits;
use crate::manifest::{Output, Spanned};

/// The derives of a struct whose fields have these traits: Debug, Clone and PartialEq, and of those that the manifest
/// asks for the ones that every field allows.
pub(super) fn of_struct(output: &Output, fields: impl IntoIterator<Item = Traits>) -> String {
    list(output, fields.into_iter().fold(Traits::ALL, Traits::and))
}

/// The derives of an enum, which is small and plain: it has every usual trait.
pub(super) fn of_enum(output: &Output) -> String {
    let own = "Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash";
    let all = list(output, Traits::ALL);
    let extras = all.split(", ").filter(|extra| !own.split(", ").any(|known| known == *extra));
    [own].into_iter().chain(extras).collect::<Vec<_>>().join(", ")
}

fn list(output: &Output, traits: Traits) -> String {
    let mut derives = vec!["Debug".to_owned(), "Clone".to_owned(), "PartialEq".to_owned()];
    for Spanned { value, .. } in &output.derives {
        match value.as_str() {
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

/// Whether models derive serde's traits.
pub(super) fn has_serde(output: &Output) -> bool {
    output.derives.iter().any(|derive| derive.value == "serde")
}
