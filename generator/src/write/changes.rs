//! The changes that a build makes to files.

use std::path::PathBuf;

/// The files that a build creates, changes and removes, or has done so. Paths are relative to the output folder, in
/// order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Files that did not exist.
    pub created: Vec<PathBuf>,
    /// Files whose text differs.
    pub changed: Vec<PathBuf>,
    /// Files that ormgen wrote and no longer generates.
    pub removed: Vec<PathBuf>,
    /// Files that are up to date, and are not touched.
    pub unchanged: Vec<PathBuf>,
}

impl Changes {
    /// Whether no file is created, changed or removed.
    pub fn is_empty(&self) -> bool {
        self.created.is_empty() && self.changed.is_empty() && self.removed.is_empty()
    }
}
