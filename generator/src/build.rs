//! For build scripts.

use std::{
    env, fmt,
    path::{Path, PathBuf},
};

use crate::{
    diagnostics::{Diagnostic, Diagnostics, OUTPUT_UNWRITABLE},
    generate, internal,
    manifest::{Manifest, Schema},
    render,
};

/// Why a build script cannot go on. Its `Debug` form, which Cargo shows, is the text for a person.
pub struct BuildError(Diagnostics);

impl fmt::Debug for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ormgen found mistakes\n\n{}", self.0)
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for BuildError {}

impl From<Diagnostics> for BuildError {
    fn from(diagnostics: Diagnostics) -> Self {
        Self(diagnostics)
    }
}

/// Generates `databases.rs` in Cargo's `OUT_DIR`, and tells Cargo which files it was made from.
///
/// The path is relative to the package. Warnings become Cargo's warnings. `output.path` and `output.layout` are for
/// the command line: here everything is one file, to be included in a module.
///
/// # Errors
/// Those of [`generate`](crate::generate); and if `OUT_DIR` is not set or cannot be written.
pub fn build(manifest: impl AsRef<Path>) -> Result<(), BuildError> {
    println!("cargo::rerun-if-changed={}", manifest.as_ref().display());
    let generated = generate(manifest.as_ref())?;
    for path in inputs(&generated.manifest) {
        println!("cargo::rerun-if-changed={}", path.display());
    }
    for warning in generated.warnings.iter() {
        println!("cargo::warning={}: {}", warning.code.id, warning.message);
    }
    let text = render::render_inline(&generated.model).map_err(internal)?;
    let out = env::var_os("OUT_DIR")
        .ok_or_else(|| unwritable("`OUT_DIR` is not set: call it from a build script"))?;
    let file = PathBuf::from(out).join("databases.rs");
    std::fs::write(&file, text)
        .map_err(|error| unwritable(format!("`databases.rs` cannot be written: {error}")))?;
    Ok(())
}

/// The files that the output depends on, and their folders: a new migration is a change, too.
fn inputs(manifest: &Manifest) -> Vec<PathBuf> {
    let files = manifest.apps.iter().flat_map(|app| match &app.schema.value {
        Schema::Files(files) => files.as_slice(),
        Schema::Live => &[],
    });
    let mut paths: Vec<PathBuf> = files
        .flat_map(|file| {
            let path = manifest.folder.join(file);
            let folder = path.parent().map(Path::to_owned).filter(|folder| !folder.as_os_str().is_empty());
            [Some(path), folder]
        })
        .flatten()
        .collect();
    paths.sort();
    paths.dedup();
    paths
}

fn unwritable(message: impl Into<String>) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    diagnostics.push(Diagnostic::error(OUTPUT_UNWRITABLE, message));
    diagnostics
}
