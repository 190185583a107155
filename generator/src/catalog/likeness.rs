//! Suggests a name in place of one that no object has.

use super::QName;
use crate::diagnostics::nearest;

/// The same name in another schema, with that schema; else the most similar name.
pub(crate) fn meant<'c>(wrong: &str, names: impl Iterator<Item = &'c QName> + Clone) -> Option<String> {
    match names.clone().find(|name| name.name == wrong) {
        Some(elsewhere) => Some(elsewhere.to_string()),
        None => nearest(wrong, names.map(|name| name.name.as_str())).map(str::to_owned),
    }
}
