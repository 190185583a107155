//! For build scripts.

use std::{
    env, fmt,
    path::{Path, PathBuf},
};

use crate::{
    diagnostics::{Diagnostic, Diagnostics, OUTPUT_UNWRITABLE},
    generate, internal,
    manifest::{Manifest, Schema},
    render, write,
};

/// The diagnostics that stop a build script. Cargo shows the `Debug` form, which is text for a person.
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
/// The errors of [`generate`](crate::generate); and if `OUT_DIR` is not set or cannot be written.
pub fn build(manifest: impl AsRef<Path>) -> Result<(), BuildError> {
    Builder::new().build(manifest)
}

/// [`build`] with a file name of your choice: for a package with several manifests.
///
/// ```no_run
/// # fn main() -> Result<(), ormgen::BuildError> {
/// ormgen::Builder::new().file_name("reports.rs").build("reports.yaml")
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Builder {
    file_name: String,
}

impl Default for Builder {
    fn default() -> Self {
        Self { file_name: "databases.rs".to_owned() }
    }
}

impl Builder {
    /// A builder that does what [`build`] does.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the generated file's name in `OUT_DIR`.
    #[must_use]
    pub fn file_name(mut self, name: impl Into<String>) -> Self {
        self.file_name = name.into();
        self
    }

    /// Generates the file.
    ///
    /// # Errors
    /// The errors of [`build`].
    pub fn build(&self, manifest: impl AsRef<Path>) -> Result<(), BuildError> {
        println!("cargo::rerun-if-changed={}", manifest.as_ref().display());
        let generated = generate(manifest.as_ref())?;
        for path in inputs(&generated.manifest) {
            println!("cargo::rerun-if-changed={}", path.display());
        }
        for warning in generated.warnings.iter() {
            println!("cargo::warning={}: {}", warning.code.id, warning.message);
        }
        // A build script runs in its package's folder.
        if let Some(missing) = write::missing_dependencies(Path::new("."), generated.model.serde) {
            println!("cargo::rerun-if-changed=Cargo.toml");
            let help = missing.help.unwrap_or_default();
            println!("cargo::warning={}: {}: {help}", missing.code.id, missing.message);
        }
        let text = render::render_inline(&generated.model).map_err(internal)?;
        self.write(&text)
    }

    fn write(&self, text: &str) -> Result<(), BuildError> {
        let Some(folder) = env::var_os("OUT_DIR") else {
            return Err(unwritable("`OUT_DIR` is not set: call `ormgen::build` from a build script").into());
        };
        std::fs::write(PathBuf::from(folder).join(&self.file_name), text)
            .map_err(|error| unwritable(format!("`{}` cannot be written: {error}", self.file_name)).into())
    }
}

/// The files that the output depends on, and their folders, as a new migration changes the output too.
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
