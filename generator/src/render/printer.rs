//! Fills templates in and formats the result.

use serde::Serialize;
use tera::{Context, Tera};

use super::{
    earlier::{Earlier, hash, mark},
    error::RenderError,
    format,
    module::{Module, Role, without_root_mark},
};
use crate::manifest::Layout;

const TEMPLATES: &[(&str, &str)] = &[
    ("databases.rs", include_str!("../../templates/databases.rs.tera")),
    ("references.rs", include_str!("../../templates/references.rs.tera")),
    ("database.rs", include_str!("../../templates/database.rs.tera")),
    ("app.rs", include_str!("../../templates/app.rs.tera")),
    ("table.rs", include_str!("../../templates/table.rs.tera")),
    ("types.rs", include_str!("../../templates/types.rs.tera")),
    ("module.rs", include_str!("../../templates/module.rs.tera")),
    ("crate.toml", include_str!("../../templates/crate.toml.tera")),
];

/// Where a module's text goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// A file of its own, which declares its children: `mod x;`.
    Files,
    /// The file of its parent, inside `mod x { … }`.
    Inline,
}

/// A module's declaration in its parent.
#[derive(Serialize)]
struct Declaration<'a> {
    name: &'a str,
    role: Role,
    /// The text of the whole module, if it is inside its parent's file.
    body: Option<&'a str>,
    /// Whether the declaration stops rustfmt from formatting the module's file: rustfmt does not apply an attribute of
    /// a package's root to the files of its modules.
    skips_format: bool,
}

/// Fills templates in and formats the result.
pub(super) struct Printer<'a> {
    templates: Tera,
    earlier: &'a Earlier,
    form: Form,
    layout: Layout,
}

impl<'a> Printer<'a> {
    pub fn new(earlier: &'a Earlier, form: Form, layout: Layout) -> Result<Self, RenderError> {
        let mut tera = Tera::new();
        tera.autoescape_on(Vec::<&str>::new());
        tera.add_raw_templates(TEMPLATES.iter().copied())
            .map_err(|source| RenderError::Template { file: "templates".to_owned(), source })?;
        Ok(Self { templates: tera, earlier, form, layout })
    }

    /// A module of a template, with the modules below it.
    pub fn module(
        &self,
        (name, role): (&str, Role),
        template: &str,
        data: &impl Serialize,
        children: Vec<Module>,
    ) -> Result<Module, RenderError> {
        let declarations = self.declarations(role, &children)?;
        let (inputs, text) = match self.form {
            Form::Files => {
                let inputs = inputs(name, template, &declarations, data)?;
                let text = match self.earlier.text(&inputs) {
                    Some(text) => without_root_mark(text).to_owned(),
                    None => format::file(name, &declarations, &self.fill(name, template, data)?)?,
                };
                (inputs, text)
            }
            // The root is included in the middle of a module, where inner docs cannot stand.
            Form::Inline => {
                let text = self.fill(name, template, data)?;
                (String::new(), format::inline(role != Role::Root, &declarations, &text))
            }
        };
        Ok(Module { name: name.to_owned(), role, inputs, text, children })
    }

    /// A whole file that is not Rust.
    pub fn toml(&self, name: &str, template: &str, data: &impl Serialize) -> Result<String, RenderError> {
        let text = self.fill(name, template, data)?;
        Ok(mark("#", &inputs(name, template, "", data)?, &text) + &text)
    }

    /// The declarations of the children in their parent.
    fn declarations(&self, parent: Role, children: &[Module]) -> Result<String, RenderError> {
        let is_root = matches!(parent, Role::Root | Role::Crate);
        let skips_format = self.form == Form::Files && self.layout == Layout::Crates && is_root;
        let declare = |child: &Module| {
            let body = (self.form == Form::Inline).then_some(child.text.as_str());
            let declaration = Declaration { name: &child.name, role: child.role, body, skips_format };
            self.fill(&child.name, "module.rs", &declaration)
        };
        children.iter().map(declare).collect()
    }

    fn fill(&self, file: &str, template: &str, data: &impl Serialize) -> Result<String, RenderError> {
        let failed = |source| RenderError::Template { file: file.to_owned(), source };
        let context = Context::from_serialize(data).map_err(failed)?;
        self.templates.render(template, &context).map_err(failed)
    }
}

/// The hash of all that a file is made from.
fn inputs(
    file: &str,
    template: &str,
    declarations: &str,
    data: &impl Serialize,
) -> Result<String, RenderError> {
    let text = TEMPLATES.iter().find(|(name, _)| *name == template).map_or("", |(_, text)| text);
    let data =
        serde_json::to_vec(data).map_err(|source| RenderError::Data { file: file.to_owned(), source })?;
    Ok(hash(&[text.as_bytes(), declarations.as_bytes(), &data]))
}
