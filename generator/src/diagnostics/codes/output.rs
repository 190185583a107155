//! Codes of the output stage.

use super::{Code, CodeInfo};

/// A file that ormgen did not write is in the way.
pub const FOREIGN_FILE: Code =
    &CodeInfo { id: "ORM0401", title: "a file that ormgen did not write is in the way", explanation: "" };

/// A file cannot be read.
pub const UNREADABLE_FILE: Code = &CodeInfo { id: "ORM0402", title: "", explanation: "" };
pub(super) const OUTPUT_CODES: &[Code] = &[FOREIGN_FILE, UNREADABLE_FILE];
