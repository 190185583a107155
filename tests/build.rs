//! Generates the modules that the tests are written against, from `manifests/*.yaml`; and `models.rs`, which tries
//! each model of some of them on a server (`tests/round_trip.rs`). Of the guide's blocks of code
//! it makes modules that `tests/guide.rs` runs.

#[path = "build_guide.rs"]
mod guide;

use std::{
    env,
    error::Error,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

use ormgen::model::{ColumnKind, Database, TableModel};

/// The manifests, and the modules of `ormgen_tests::generated` that become of them.
const MANIFESTS: [(&str, &str); 12] = [
    ("shop", "shop"),
    ("visits", "visits"),
    ("analytics", "reporting"),
    ("adversarial", "strange"),
    ("every_type", "typed"),
    ("as_dumped", "dumped"),
    ("extensions", "extended"),
    ("links", "linked"),
    ("keys", "keyed"),
    ("bank", "banking"),
    ("extremes", "extreme"),
    ("tenants", "tenants"),
];

/// Its rows hold values that their types refuse: `tests/types` has tests of their own for them.
const REFUSED: &str = "extremes";

/// Those with columns of every type.
const COMPARED: [&str; 3] = ["every_type", "extensions", "keys"];

fn main() -> Result<(), Box<dyn Error>> {
    let mut checks = String::new();
    for (name, module) in MANIFESTS {
        let manifest = PathBuf::from(format!("manifests/{name}.yaml"));
        ormgen::Builder::new().file_name(format!("{name}.rs")).build(&manifest)?;
        let generated = ormgen::generate(&manifest)?;
        if let ([database], true) = (generated.model.databases.as_slice(), name != REFUSED) {
            write_check(&mut checks, module, database)?;
            if COMPARED.contains(&name) {
                write_comparisons(&mut checks, module, database)?;
            }
        }
    }
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("models.rs"), checks)?;
    guide::write(Path::new("../runtime/guide"), &out.join("guide.rs"))
}

/// A function that tries every model of a database.
fn write_check(out: &mut String, module: &str, database: &Database) -> std::fmt::Result {
    let root = format!("ormgen_tests::generated::{module}::{}", database.module);
    writeln!(out, "pub async fn {module}(check: &Check<{root}::{}>) {{", database.marker)?;
    for table in database.apps.iter().flat_map(|app| &app.tables) {
        write_model(out, &root, table)?;
    }
    writeln!(out, "}}")
}

fn write_model(out: &mut String, root: &str, table: &TableModel) -> std::fmt::Result {
    let name = format!("{root}::{}", table.name);
    let Some(insert) = &table.insert else {
        return writeln!(out, "Box::pin(check.reads::<{name}>()).await;");
    };
    writeln!(out, "Box::pin(check.writes(|_row: &{name}| {root}::{} {{", insert.name)?;
    for column in table.columns.iter().filter(|column| column.inserted) {
        writeln!(out, "    {field}: _row.{field}.clone(),", field = column.field)?;
    }
    writeln!(out, "}})).await;")?;
    write_rewrites(out, &name, &format!("{root}::{}", insert.name), table)
}

/// A function that compares every column of a database with its own value.
fn write_comparisons(out: &mut String, module: &str, database: &Database) -> std::fmt::Result {
    let root = format!("ormgen_tests::generated::{module}::{}", database.module);
    writeln!(
        out,
        "pub async fn compare_{module}(check: &Check<{root}::{}>) -> Vec<String> {{",
        database.marker
    )?;
    writeln!(out, "let mut failures = Vec::new();")?;
    for table in database.apps.iter().flat_map(|app| &app.tables).filter(|table| table.insert.is_some()) {
        let name = format!("{root}::{}", table.name);
        let insert = table.insert.as_ref().map_or("", |insert| &insert.name);
        writeln!(out, "failures.extend(Box::pin(check.compares::<{name}, {root}::{insert}>(|_row| vec![")?;
        for column in &table.columns {
            let (field, constant) = (&column.field, &column.constant);
            writeln!(out, "    compares::cases({name}::{constant}, _row.{field}.clone()),")?;
        }
        writeln!(out, "])).await);")?;
    }
    writeln!(out, "failures }}")
}

/// What needs a key, and a column beside it that can be set.
fn write_rewrites(out: &mut String, name: &str, insert: &str, table: &TableModel) -> std::fmt::Result {
    /// As many as a tuple of columns has.
    const MOST: usize = 8;
    let tuple = |constants: &[&str]| {
        constants.iter().map(|constant| format!("{name}::{constant}, ")).collect::<String>()
    };
    let key = table.key.iter().flat_map(|key| &key.columns);
    let key: Vec<&str> = key.map(|column| column.constant.as_str()).collect();
    let is_settable = |kind| matches!(kind, None | Some(ColumnKind::Nullable));
    let settable = table.columns.iter().filter(|column| is_settable(column.kind));
    let mut settable: Vec<&str> = settable.map(|column| column.constant.as_str()).collect();
    settable.truncate(MOST);
    if key.is_empty() || key.len() > MOST || settable.is_empty() {
        return Ok(());
    }
    let (key, settable) = (tuple(&key), tuple(&settable));
    writeln!(out, "Box::pin(check.rewrites::<{name}, {insert}>(({key}), ({settable}))).await;")
}
