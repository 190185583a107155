//! The modules of a model.

use super::{
    error::RenderError,
    format::in_parallel,
    module::{Module, Role},
    printer::Printer,
    views::{AppFile, DatabaseFile, ReferencesFile, Root, TableFile, TypesFile},
};
use crate::{
    manifest::Layout,
    model::{AppModel, Database, Model},
};

/// The module with `Databases`, and all modules below it.
pub(super) fn tree(model: &Model, layout: Layout, printer: &Printer<'_>) -> Result<Module, RenderError> {
    let mut children = Vec::with_capacity(model.databases.len() + 1);
    for of_database in &model.databases {
        children.push(database(of_database, layout, printer)?);
    }
    if !model.references.is_empty() {
        children.push(references(model, layout, printer)?);
    }
    printer.module(("", Role::Root), "databases.rs", &Root::new(model), children)
}

fn references(model: &Model, layout: Layout, printer: &Printer<'_>) -> Result<Module, RenderError> {
    let crates = layout == Layout::Crates;
    let role = if crates { Role::Public } else { Role::References };
    let file = ReferencesFile::new(&model.references, crates);
    printer.module(("references", role), "references.rs", &file, Vec::new())
}

fn database(database: &Database, layout: Layout, printer: &Printer<'_>) -> Result<Module, RenderError> {
    let crates = layout == Layout::Crates;
    let mut children = Vec::new();
    for app in &database.apps {
        let tables = tables(app, database, printer)?;
        match &app.module {
            Some(name) => {
                children.push(printer.module((name, Role::Public), "app.rs", &AppFile::new(app), tables)?);
            }
            None => children.extend(tables),
        }
    }
    if !database.enums.is_empty() || !database.composites.is_empty() {
        let Database { alias, enums, composites, .. } = database;
        let file = TypesFile { alias, enums, composites };
        children.push(printer.module(("types", Role::Private), "types.rs", &file, Vec::new())?);
    }
    let role = if crates { Role::Crate } else { Role::Database };
    let allows_alike = crates && database.has_foreign_letters();
    let file = DatabaseFile::new(database, allows_alike);
    printer.module((&database.module, role), "database.rs", &file, children)
}

fn tables(app: &AppModel, database: &Database, printer: &Printer<'_>) -> Result<Vec<Module>, RenderError> {
    in_parallel(&app.tables, |table| {
        let imports = table.imports();
        let file = TableFile::new(table, &imports, &database.marker);
        printer.module((&table.module, Role::Private), "table.rs", &file, Vec::new())
    })
}
