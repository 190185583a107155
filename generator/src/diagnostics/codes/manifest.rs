//! Codes of the manifest stage.

use super::{Code, CodeInfo};

/// Unknown key.
pub const UNKNOWN_KEY: Code = &CodeInfo { id: "ORM0101", title: "unknown key", explanation: "" };

pub(super) const MANIFEST_CODES: &[Code] = &[UNKNOWN_KEY];
