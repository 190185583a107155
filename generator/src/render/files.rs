//! The files that a run generates.

use std::{collections::BTreeMap, path::PathBuf};

/// The files of a run: their paths below the output folder, and their texts.
pub type Files = BTreeMap<PathBuf, String>;
