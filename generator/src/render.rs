//! The model as text: templates filled in, then formatted.
//!
//! Pure: the templates are part of the binary, and what comes out is a map from paths to texts. What an earlier run
//! made of the same inputs is taken as it is: filling in and formatting is most of a build's time.

mod earlier;

use std::{
    collections::{BTreeMap, BTreeSet},
    num::NonZero,
    panic::resume_unwind,
    path::PathBuf,
    thread,
};

pub use earlier::Earlier;
use earlier::{hash, mark};
use serde::Serialize;
use tera::{Context, Tera};

use crate::{
    manifest::{Layout, RuntimeSource},
    model::{App, Composite, Connection, Database, Enum, Model, References, Relation},
};

/// The files of a run: their paths below the output folder, and their texts.
pub type Files = BTreeMap<PathBuf, String>;

/// A template of ormgen's own, or what became of it, is wrong: a bug of ormgen's.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A template cannot be filled in.
    #[error("the template of `{file}` failed: {source}")]
    Template {
        /// The generated file.
        file: String,
        /// What tera says.
        source: tera::Error,
    },
    /// What a template is filled in with cannot be written down.
    #[error("the data of `{file}` cannot be hashed: {source}")]
    Data {
        /// The generated file.
        file: String,
        /// What serde_json says.
        source: serde_json::Error,
    },
    /// What was generated is not Rust.
    #[error("what was generated for `{file}` is not Rust: {source}")]
    NotRust {
        /// The generated file.
        file: String,
        /// What syn says.
        source: syn::Error,
    },
}

const TEMPLATES: &[(&str, &str)] = &[
    ("databases.rs", include_str!("../templates/databases.rs.tera")),
    ("references.rs", include_str!("../templates/references.rs.tera")),
    ("database.rs", include_str!("../templates/database.rs.tera")),
    ("app.rs", include_str!("../templates/app.rs.tera")),
    ("table.rs", include_str!("../templates/table.rs.tera")),
    ("types.rs", include_str!("../templates/types.rs.tera")),
    ("crate.toml", include_str!("../templates/crate.toml.tera")),
];

/// Keeps rustfmt from a module's file and those below: it would fold lines in other ways, and the next build would
/// find them changed. (The tool attribute `rustfmt::skip` is not stable inside a module.)
const UNFORMATTED: &str = "#![cfg_attr(rustfmt, rustfmt_skip)]\n";

/// Every file of the model, in its layout. A text that an `earlier` run made of the same inputs is not made again.
///
/// # Errors
/// Only if ormgen itself is wrong.
pub fn render(model: &Model, earlier: &Earlier) -> Result<Files, RenderError> {
    let printer = Printer::new(earlier)?;
    let root = tree(model, &printer)?;
    let mut files = Files::new();
    match model.layout {
        Layout::Modules => root.into_root(PathBuf::new(), "mod.rs", &mut files),
        Layout::Crates => crates(model, root, &printer, &mut files)?,
    }
    Ok(files)
}

/// The whole model as one file of nested modules, for `include!` in a build script's crate.
///
/// # Errors
/// Only if ormgen itself is wrong.
pub fn render_inline(model: &Model) -> Result<String, RenderError> {
    let earlier = Earlier::default();
    let root = tree(&Model { layout: Layout::Modules, ..model.clone() }, &Printer::new(&earlier)?)?;
    Ok(root.into_inline())
}

/// A module: its text, and the modules below it.
struct Module {
    name: String,
    /// Formatted, without the first line.
    text: String,
    /// The hash of what it was made from.
    inputs: String,
    children: Vec<Module>,
}

/// What a template sees: no more than it prints, for a file is made anew when anything of this changes.
#[derive(Serialize)]
struct Root<'a> {
    /// The databases' modules.
    databases: Vec<&'a str>,
    connections: &'a [Connection],
    references: bool,
    crates: bool,
    durations: bool,
    tls: bool,
}

#[derive(Serialize)]
struct ReferencesFile<'a> {
    references: &'a [References],
    crates: bool,
    /// The shapes in use, each once.
    shapes: BTreeSet<&'static str>,
}

#[derive(Serialize)]
struct DatabaseFile<'a> {
    alias: &'a str,
    marker: &'a str,
    apps: Vec<AppFile<'a>>,
    /// The enums' names in Rust and in SQL.
    enums: Vec<(&'a str, &'a str)>,
    /// The composites' names.
    composites: Vec<&'a str>,
    /// It is a crate's root, which alone can allow names in letters that look alike.
    allows_alike: bool,
}

#[derive(Serialize)]
struct AppFile<'a> {
    name: &'a str,
    module: Option<&'a str>,
    tables: Vec<TableNames<'a>>,
}

#[derive(Serialize)]
struct TableNames<'a> {
    module: &'a str,
    name: &'a str,
    insert: Option<&'a str>,
}

#[derive(Serialize)]
struct TypesFile<'a> {
    alias: &'a str,
    enums: &'a [Enum],
    composites: &'a [Composite],
}

impl<'a> DatabaseFile<'a> {
    fn new(database: &'a Database, allows_alike: bool) -> Self {
        Self {
            alias: &database.alias,
            marker: &database.marker,
            apps: database.apps.iter().map(AppFile::new).collect(),
            enums: database.enums.iter().map(|of| (of.name.as_str(), of.sql_name.as_str())).collect(),
            composites: database.composites.iter().map(|of| of.name.as_str()).collect(),
            allows_alike,
        }
    }
}

impl<'a> AppFile<'a> {
    fn new(app: &'a App) -> Self {
        let names = |table: &'a crate::model::Table| TableNames {
            module: &table.module,
            name: &table.name,
            insert: table.insert.as_ref().map(|insert| insert.name.as_str()),
        };
        Self {
            name: &app.name,
            module: app.module.as_deref(),
            tables: app.tables.iter().map(names).collect(),
        }
    }
}

#[derive(Serialize)]
struct TableFile<'a> {
    table: &'a crate::model::Table,
    rt: &'a BTreeMap<&'static str, String>,
    marker: &'a str,
}

#[derive(Serialize)]
struct CrateFile<'a> {
    name: &'a str,
    runtime: String,
    features: Vec<&'static str>,
    serde: bool,
    dependencies: Vec<&'a str>,
}

fn tree(model: &Model, printer: &Printer<'_>) -> Result<Module, RenderError> {
    let uses = |text: &str| model.connections.iter().any(|connection| connection.settings.contains(text));
    let root = Root {
        databases: model.databases.iter().map(|database| database.module.as_str()).collect(),
        connections: &model.connections,
        references: !model.references.is_empty(),
        crates: model.layout == Layout::Crates,
        durations: uses("Duration::"),
        tls: uses("TlsConfig::"),
    };
    let mut module = printer.module("", "databases.rs", &root)?;
    for database in &model.databases {
        module.children.push(printer.database(database, root.crates)?);
    }
    if !model.references.is_empty() {
        module.children.push(printer.references(model)?);
    }
    Ok(module)
}

/// Fills templates in and formats what comes out.
struct Printer<'a> {
    templates: Tera,
    earlier: &'a Earlier,
}

impl<'a> Printer<'a> {
    fn new(earlier: &'a Earlier) -> Result<Self, RenderError> {
        let mut tera = Tera::new();
        tera.autoescape_on(Vec::<&str>::new());
        tera.add_raw_templates(TEMPLATES.iter().copied())
            .map_err(|source| RenderError::Template { file: "templates".to_owned(), source })?;
        Ok(Self { templates: tera, earlier })
    }

    fn references(&self, model: &Model) -> Result<Module, RenderError> {
        let all = || model.references.iter().flat_map(|of_model| &of_model.references);
        let file = ReferencesFile {
            references: &model.references,
            crates: model.layout == Layout::Crates,
            shapes: all().map(|reference: &Relation| reference.shape).collect(),
        };
        self.module("references", "references.rs", &file)
    }

    fn database(&self, database: &Database, crates: bool) -> Result<Module, RenderError> {
        let exports_types = !database.enums.is_empty() || !database.composites.is_empty();
        let allows_alike = crates && database.has_foreign_letters();
        let file = DatabaseFile::new(database, allows_alike);
        let mut module = self.module(&database.module, "database.rs", &file)?;
        for app in &database.apps {
            let tables = in_parallel(&app.tables, |table| {
                let file = TableFile { table, rt: &table.runtime, marker: &database.marker };
                self.module(&table.module, "table.rs", &file)
            })?;
            match &app.module {
                Some(name) => {
                    let own = self.module(name, "app.rs", &AppFile::new(app))?;
                    module.children.push(Module { children: tables, ..own });
                }
                None => module.children.extend(tables),
            }
        }
        if exports_types {
            let Database { alias, enums, composites, .. } = database;
            module.children.push(self.module(
                "types",
                "types.rs",
                &TypesFile { alias, enums, composites },
            )?);
        }
        Ok(module)
    }

    fn module(&self, name: &str, template: &str, data: &impl Serialize) -> Result<Module, RenderError> {
        let inputs = inputs(name, template, data)?;
        let text = match self.earlier.text(&inputs) {
            Some(text) => text.strip_prefix(UNFORMATTED).unwrap_or(text).to_owned(),
            None => formatted(name, &self.fill(name, template, data)?)?,
        };
        Ok(Module { name: name.to_owned(), inputs, text, children: Vec::new() })
    }

    fn fill(&self, file: &str, template: &str, data: &impl Serialize) -> Result<String, RenderError> {
        let failed = |source| RenderError::Template { file: file.to_owned(), source };
        let context = Context::from_serialize(data).map_err(failed)?;
        self.templates.render(template, &context).map_err(failed)
    }
}

/// The hash of all that a file is made from.
fn inputs(file: &str, template: &str, data: &impl Serialize) -> Result<String, RenderError> {
    let text = TEMPLATES.iter().find(|(name, _)| *name == template).map_or("", |(_, text)| text);
    let data =
        serde_json::to_vec(data).map_err(|source| RenderError::Data { file: file.to_owned(), source })?;
    Ok(hash(&[text.as_bytes(), &data]))
}

fn formatted(file: &str, text: &str) -> Result<String, RenderError> {
    let syntax =
        syn::parse_file(text).map_err(|source| RenderError::NotRust { file: file.to_owned(), source })?;
    Ok(spaced(&prettyplease::unparse(&syntax)))
}

/// Does the same with each item, in order, on as many threads as the machine runs at once: reading and formatting
/// what templates give is three quarters of a build's time.
fn in_parallel<T: Sync, R: Send, E: Send>(
    items: &[T],
    work: impl Fn(&T) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E> {
    /// So many that starting a thread does not count.
    const LEAST: usize = 16;
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let share = items.len().div_ceil(threads).max(LEAST);
    let done: Vec<Result<Vec<R>, E>> = thread::scope(|scope| {
        let work = &work;
        let shares = items.chunks(share);
        let workers: Vec<_> =
            shares.map(|share| scope.spawn(move || share.iter().map(work).collect())).collect();
        workers.into_iter().map(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
    });
    Ok(done.into_iter().collect::<Result<Vec<_>, E>>()?.into_iter().flatten().collect())
}

/// The text with an empty line between items, and between the functions of an impl: prettyplease leaves none.
///
/// The formatter has put each item on lines of its own, so that indentation tells where one begins.
fn spaced(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 16);
    let mut before = "";
    for line in text.lines() {
        if begins_item(line) && !joins(before, line) {
            out.push('\n');
        }
        out.push_str(line);
        out.push('\n');
        before = line;
    }
    out
}

/// Whether an item, its attributes and docs included, may begin on this line.
fn begins_item(line: &str) -> bool {
    let is_item = ["///", "#[", "pub ", "use ", "mod ", "impl", "const ", "fn "];
    let is_function = line.strip_prefix("    ").is_some_and(|line| line.starts_with("fn "));
    is_function || is_item.iter().any(|start| line.starts_with(start))
}

/// Whether a line stands right below the one before: what is above it is its own, or is one of a group of its like.
fn joins(before: &str, line: &str) -> bool {
    let like = |start: &str| before.starts_with(start) && line.starts_with(start);
    let opens = before.is_empty() || before.ends_with('{');
    let is_own = ["///", "#[", ")]"].iter().any(|start| before.trim_start().starts_with(start));
    opens || is_own || ["mod ", "pub mod ", "use ", "pub use "].iter().any(|start| like(start))
}

impl Module {
    /// As [`into_files`](Self::into_files), for a file that rustfmt is to leave alone with all below it.
    fn into_root(mut self, folder: PathBuf, file: &str, files: &mut Files) {
        self.text.insert_str(0, UNFORMATTED);
        self.into_files(folder, file, files);
    }

    /// The module as files: its own is `file` in `folder`, its children stand in the same folder.
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

    /// The module as one text: `mod x;` becomes `mod x { … }`.
    fn into_inline(self) -> String {
        // Only a file's first line can be an inner doc comment: the root's would stand in the middle of a module.
        let text = self.children_inline();
        text.lines()
            .skip_while(|line| line.starts_with("//!") || line.is_empty())
            .collect::<Vec<_>>()
            .join("\n")
    }

    fn children_inline(self) -> String {
        let mut text = self.text;
        for child in self.children {
            let declared = format!("mod {};", child.name);
            let opening = format!("mod {} {{", child.name);
            let block = [opening.as_str(), "\n", &child.children_inline(), "}"].concat();
            text = text.replacen(&declared, &block, 1);
        }
        text
    }
}

/// A package per database, and one that wires them.
fn crates(
    model: &Model,
    mut root: Module,
    printer: &Printer<'_>,
    files: &mut Files,
) -> Result<(), RenderError> {
    let manifest = |name: &str, dependencies: Vec<&str>| {
        let runtime = runtime(&model.runtime);
        // The references are where the others are wired.
        let has_cache = !dependencies.is_empty() && model.has_cache();
        let features = [(model.serde, "serde"), (has_cache, "cache")];
        let features = features.into_iter().filter_map(|(is_needed, feature)| is_needed.then_some(feature));
        let features = features.collect();
        let file = CrateFile { name, runtime, features, serde: model.serde, dependencies };
        let text = printer.fill(name, "crate.toml", &file)?;
        Ok::<_, RenderError>(mark("#", &inputs(name, "crate.toml", &file)?, &text) + &text)
    };
    let wiring = wiring_name(model);
    let modules: Vec<&str> = model.databases.iter().map(|database| database.module.as_str()).collect();
    files.insert(PathBuf::from(wiring).join("Cargo.toml"), manifest(wiring, modules.clone())?);
    let mut own = Vec::new();
    for child in std::mem::take(&mut root.children) {
        if !modules.contains(&child.name.as_str()) {
            own.push(child);
            continue;
        }
        let folder = PathBuf::from(&child.name);
        files.insert(folder.join("Cargo.toml"), manifest(&child.name, Vec::new())?);
        child.into_root(folder.join("src"), "lib.rs", files);
    }
    root.children = own;
    root.into_root(PathBuf::from(wiring).join("src"), "lib.rs", files);
    Ok(())
}

/// The package that wires the others: `databases`, unless a database is called so.
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
