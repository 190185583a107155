//! Generates one typed Rust module per PostgreSQL database from a YAML manifest.
//!
//! From a `build.rs`:
//!
//! ```no_run
//! fn main() -> Result<(), ormgen::BuildError> {
//!     ormgen::build("manifest.yaml")
//! }
//! ```
//!
//! and in the crate: `mod db { include!(concat!(env!("OUT_DIR"), "/databases.rs")); }`
//!
//! Data flows one way: manifest → catalog → model → render → write. Only `manifest`, the sources of the catalog and
//! `write` read or write files, or reach servers.

pub mod catalog;
#[cfg(feature = "cli")]
#[doc(hidden)] // The binary's, no promise to anyone else.
pub mod cli;
pub mod diagnostics;
pub mod manifest;
pub mod model;
#[doc(hidden)] // For `ormgen schema` and the guide's page.
pub mod reference;
pub mod render;
#[cfg(feature = "live")]
pub mod scratch;
pub mod write;

mod build;

use std::path::{Path, PathBuf};

pub use build::{BuildError, Builder, build};

use diagnostics::{Diagnostic, Diagnostics, INTERNAL};
use manifest::Manifest;
use model::Model;

/// The model that a manifest and its schemas give, ready to be rendered and written.
#[derive(Debug)]
pub struct Generated {
    /// The manifest.
    pub manifest: Manifest,
    /// The databases in Rust's words: names, types, keys, relations.
    pub model: Model,
    /// Warnings. The output is correct in spite of them.
    pub warnings: Diagnostics,
}

impl Generated {
    /// The folder that the generated files are written to.
    pub fn output(&self) -> PathBuf {
        self.manifest.folder.join(&self.manifest.output.path)
    }

    /// Renders the files of the output. A file of an `earlier` run (see [`write::earlier`]) whose inputs are the same
    /// is reused; the result is the same with `&Earlier::default()`.
    ///
    /// # Errors
    /// Only if ormgen itself has a bug.
    pub fn files(&self, earlier: &render::Earlier) -> Result<render::Files, Diagnostics> {
        render::render(&self.model, earlier).map_err(internal)
    }
}

/// Reads a manifest and its schemas, and builds the model of the code to generate. Writes nothing.
///
/// # Errors
/// All mistakes in the manifest and in the DDL files that it names, and, as far as the manifest's mistakes let the models
/// be made, in what the manifest says of the schemas. A mistake that may only follow from a statement that was not
/// applied is not among them. The list includes warnings.
pub fn generate(manifest: &Path) -> Result<Generated, Diagnostics> {
    let read = manifest::load_partly(manifest)?;
    let has_models = read.has_models();
    let manifest::Partly { manifest, mut diagnostics, .. } = read;
    if !has_models {
        catalog::check_files(&manifest, &mut diagnostics);
        return Err(diagnostics);
    }
    let catalogs = catalog::read(&manifest, &mut diagnostics);
    let mut found = Diagnostics::new();
    let model = model::build(&manifest, &catalogs, &mut found);
    // A statement that was not applied is one mistake, and not also those that only follow from it.
    let follows = |mistake: &Diagnostic| catalogs.values().any(|loaded| loaded.doubt.covers(mistake));
    diagnostics.extend(found.into_iter().filter(|mistake| !follows(mistake)));
    if diagnostics.has_errors() {
        return Err(diagnostics);
    }
    Ok(Generated { manifest, model, warnings: diagnostics })
}

fn internal(error: render::RenderError) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    diagnostics.push(
        Diagnostic::error(INTERNAL, error.to_string())
            .help("this is a mistake in ormgen: please report it with the schema that shows it"),
    );
    diagnostics
}
