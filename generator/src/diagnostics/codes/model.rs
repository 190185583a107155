//! Codes of the model stage.

use super::{Code, CodeInfo};

/// A column's type has no Rust counterpart.
pub const UNSUPPORTED_TYPE: Code =
    &CodeInfo { id: "ORM0301", title: "a column's type has no Rust counterpart", explanation: "" };

pub(super) const MODEL_CODES: &[Code] = &[UNSUPPORTED_TYPE];
