//! Renders the model as text: fills in templates and formats the result.
//!
//! Pure: the templates are part of the binary, and the result is a map from paths to texts. A text that an earlier run
//! made from the same inputs is reused, as filling in and formatting takes most of a build's time.

mod crates;
mod earlier;
mod error;
mod files;
mod format;
mod layout;
mod module;
mod printer;
mod tree;
mod views;

use std::path::PathBuf;

use printer::{Form, Printer};

pub use earlier::Earlier;
pub use error::RenderError;
pub use files::Files;

use crate::{manifest::Layout, model::Model};

/// Renders every file of the model, in its layout. A text that an `earlier` run made from the same inputs is reused.
///
/// # Errors
/// Only if ormgen itself has a bug.
pub fn render(model: &Model, earlier: &Earlier) -> Result<Files, RenderError> {
    let printer = Printer::new(earlier, Form::Files, model.layout)?;
    let root = tree::tree(model, model.layout, &printer)?;
    let mut files = Files::new();
    match model.layout {
        Layout::Modules => root.into_root(PathBuf::new(), "mod.rs", &mut files),
        Layout::Crates => crates::add(model, root, &printer, &mut files)?,
    }
    Ok(files)
}

/// Renders the whole model as one file of nested modules, for `include!` in a crate with a build script.
///
/// # Errors
/// Only if ormgen itself has a bug.
pub fn render_inline(model: &Model) -> Result<String, RenderError> {
    let earlier = Earlier::default();
    Ok(tree::tree(model, Layout::Modules, &Printer::new(&earlier, Form::Inline, Layout::Modules)?)?.text)
}
