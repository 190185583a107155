//! `layout: crates`: a package per database, and one package with `Databases`, which depends on them.

use std::path::PathBuf;

use super::{
    Files,
    error::RenderError,
    module::{Module, Role},
    printer::Printer,
    views::CrateFile,
};
use crate::{manifest::RuntimeSource, model::Model};

/// Adds a package per database, and one package with `Databases`, which depends on them.
pub(super) fn add(
    model: &Model,
    mut root: Module,
    printer: &Printer<'_>,
    files: &mut Files,
) -> Result<(), RenderError> {
    let manifest = |name: &str, dependencies: Vec<&str>| {
        let runtime = runtime(&model.runtime);
        // The references are in the package that depends on the others.
        let has_cache = !dependencies.is_empty() && model.has_cache();
        let features = [(model.serde, "serde"), (has_cache, "cache")];
        let features = features.into_iter().filter_map(|(is_needed, feature)| is_needed.then_some(feature));
        let features = features.collect();
        let file = CrateFile { name, runtime, features, serde: model.serde, dependencies };
        printer.toml(name, "crate.toml", &file)
    };
    let wiring = wiring_name(model);
    let modules: Vec<&str> = model.databases.iter().map(|database| database.module.as_str()).collect();
    files.insert(PathBuf::from(wiring).join("Cargo.toml"), manifest(wiring, modules)?);
    let (databases, own): (Vec<_>, Vec<_>) =
        std::mem::take(&mut root.children).into_iter().partition(|child| child.role == Role::Crate);
    for database in databases {
        let folder = PathBuf::from(&database.name);
        files.insert(folder.join("Cargo.toml"), manifest(&database.name, Vec::new())?);
        database.into_root(folder.join("src"), "lib.rs", files);
    }
    root.children = own;
    root.into_root(PathBuf::from(wiring).join("src"), "lib.rs", files);
    Ok(())
}

/// The name of the package that depends on the others: `databases`, unless a database has this name.
fn wiring_name(model: &Model) -> &'static str {
    let is_taken = model.databases.iter().any(|database| database.module == "databases");
    if is_taken { "all_databases" } else { "databases" }
}

/// Where a generated package finds the runtime, as Cargo.toml says it.
fn runtime(source: &RuntimeSource) -> String {
    match source {
        RuntimeSource::Version => format!("version = \"{}\"", env!("CARGO_PKG_VERSION")),
        RuntimeSource::Path(path) => format!("path = {:?}", path.to_string_lossy()),
        RuntimeSource::Git(url) => format!("git = {url:?}"),
    }
}
