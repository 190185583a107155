//! What a build does to each file, or did.

use std::path::PathBuf;

/// What a build does to each file, or did. Paths are relative to the output folder, in order.
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
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.created.is_empty() && self.changed.is_empty() && self.removed.is_empty()
    }
}
