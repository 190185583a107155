//! The description of a diagnostic's code.

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
