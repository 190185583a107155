//! Which name was meant by one that nothing has.

use super::QName;
use crate::diagnostics::nearest;

/// The same name in another schema, with that schema; else the name that is most like it.
pub(crate) fn meant<'c>(wrong: &str, names: impl Iterator<Item = &'c QName> + Clone) -> Option<String> {
    match names.clone().find(|name| name.name == wrong) {
        Some(elsewhere) => Some(elsewhere.to_string()),
        None => nearest(wrong, names.map(|name| name.name.as_str())).map(str::to_owned),
    }
}
