//! The codes, each with the text that `ormgen explain CODE` prints. A code is never reused.
//!
//! ORM01xx manifest, ORM02xx DDL, ORM03xx model, ORM04xx output, ORM05xx live servers.

mod ddl;
mod live;
mod manifest;
mod model;
mod output;

pub use {ddl::*, live::*, manifest::*, model::*, output::*};

/// A stable code and what it means.
#[derive(Debug, PartialEq, Eq)]
pub struct CodeInfo {
    /// Such as `ORM0101`.
    pub id: &'static str,
    /// A few words.
    pub title: &'static str,
    /// A paragraph with an example: why it is wrong, and how to mend it.
    pub explanation: &'static str,
}

/// A reference to the one description of a code.
pub type Code = &'static CodeInfo;

/// Every code, in order.
pub const ALL: &[&[Code]] =
    &[manifest::MANIFEST_CODES, ddl::DDL_CODES, model::MODEL_CODES, output::OUTPUT_CODES, live::LIVE_CODES];

/// The code of that name, whatever its case.
pub fn code(id: &str) -> Option<Code> {
    ALL.iter().copied().flatten().copied().find(|code| code.id.eq_ignore_ascii_case(id))
}
