//! Modules of generated code, and the files that they become.

use std::path::PathBuf;

use serde::Serialize;

use super::{Files, earlier::mark};

/// Stops rustfmt from formatting a module's file and those below: it would break lines in other places, and the next
/// build would find the files changed. (The tool attribute `rustfmt::skip` is not stable inside a module.)
const UNFORMATTED: &str = "#![cfg_attr(rustfmt, rustfmt_skip)]\n";

/// The kind of a module, which decides how its parent declares it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Role {
    /// The module above all others.
    Root,
    /// A database's module, beside others that a program need not use.
    Database,
    /// A package of its own.
    Crate,
    /// The references, inside the module with `Databases`.
    References,
    /// A module that users name: an app's.
    Public,
    /// A module whose items the parent exports: a table's.
    Private,
}

/// A module of generated code: its text, and the modules below it.
pub(super) struct Module {
    pub name: String,
    pub role: Role,
    /// Without the first line; formatted where it becomes a file.
    pub text: String,
    /// The hash of what it was made from, where it becomes a file.
    pub inputs: String,
    pub children: Vec<Module>,
}

impl Module {
    /// As [`into_files`](Self::into_files), for a file that rustfmt must not format, nor the files below it.
    pub fn into_root(mut self, folder: PathBuf, file: &str, files: &mut Files) {
        self.text.insert_str(0, UNFORMATTED);
        self.into_files(folder, file, files);
    }

    /// Adds the module's files: its own is `file` in `folder`, and its children's are in the same folder.
    fn into_files(self, folder: PathBuf, file: &str, files: &mut Files) {
        for child in self.children {
            if child.children.is_empty() {
                let path = folder.join(format!("{}.rs", child.name));
                files.insert(path, mark("//", &child.inputs, &child.text) + &child.text);
            } else {
                let below = folder.join(&child.name);
                child.into_files(below, "mod.rs", files);
            }
        }
        files.insert(folder.join(file), mark("//", &self.inputs, &self.text) + &self.text);
    }
}

/// A text of an earlier run, as it was before [`Module::into_root`].
pub(super) fn without_root_mark(text: &str) -> &str {
    text.strip_prefix(UNFORMATTED).unwrap_or(text)
}
