//! Codes of the ddl stage.

use super::{Code, CodeInfo};

/// A statement that shapes a table could not be read.
pub const UNREADABLE_STATEMENT: Code =
    &CodeInfo { id: "ORM0201", title: "a statement that shapes a table could not be read", explanation: "" };

pub(super) const DDL_CODES: &[Code] = &[UNREADABLE_STATEMENT];
