//! Writes generated files: only those that changed, and never over a file that ormgen did not write.
//!
//! [`plan`] compares the new files with those that exist and decides what to do; [`apply`] does it. No other part of
//! ormgen writes generated code.
//!
//! # What is never touched
//! A file whose first line does not carry ormgen's mark is the user's: it is neither overwritten nor removed. Links are
//! not followed inside the output folder. Hidden folders, and caches such as a Cargo `target`, are not looked into.
//! Marked files anywhere else under the folder are ormgen's: two manifests must not write into one folder, nor may one
//! write into a folder below the other's.
//!
//! # What is atomic
//! Each file is: it is written in full under a temporary name in its own folder, then renamed into place, so that a
//! reader sees the old text or the new and never a part. All files together are not replaced atomically, as no file
//! system offers that. `apply` comes near:
//! 1. every new text is staged before the first rename, so that a full disk or a missing permission is found before any
//!    old file is replaced;
//! 2. renames follow one another without other work between them; removals come last;
//! 3. if one fails, the steps before it are undone from copies in memory, and staged files are removed.
//!
//! All of this is so for one build at a time: of two, one would take its steps back over those of the other. The command line
//! holds back a build while another one of its manifest's folder runs (`cli/alone.rs`).
//!
//! A process that is killed between the renames leaves a mixture of whole old and whole new files, which the next build
//! corrects; the staged files that it leaves, `.ormgen-*`, are removed by a build that finds them ten minutes old. The
//! command line holds back signals while `apply` runs, so that Ctrl-C leaves neither.
//! Nothing is flushed to the device (`fsync`): after a power cut, build again.

mod apply;
mod changes;
mod mark;
mod package;
mod path;
mod plan;

pub use apply::apply;
pub use changes::Changes;
pub use mark::{RUST_MARK, TOML_MARK};
pub use plan::{Plan, earlier, plan};

use std::path::Path;

use crate::diagnostics::Diagnostic;

/// The warning that code in that folder needs crates that its package does not depend on: the runtime, and `serde` where
/// the code derives serde's traits. None where the folder lies in no package.
pub fn missing_dependencies(folder: &Path, serde: bool) -> Option<Diagnostic> {
    let (path, text) = package::package_of(folder)?;
    package::missing(&path, &text, serde)
}

#[cfg(test)]
mod tests;
