//! Makes a module of each block of code on the guide's pages, so that `tests/guide.rs` can run what a reader would copy.

use std::{error::Error, fmt::Write, fs, path::Path};

/// What the parameters of a block's functions are given, by their types.
const ARGUMENTS: [(&str, &str); 5] = [
    ("&Databases", "dbs"),
    ("&str", "\"sale\""),
    ("Option<OrderStatus>", "None"),
    ("NaiveDate", "ormgen_runtime::types::NaiveDate::default()"),
    ("Product", "super::product(dbs).await?"),
];

/// Marks a block that stands on the guide's databases.
const DATABASES: &str = "// On the guide's databases.\n";

/// Writes a module for each block that has functions, and `run` and `run_alone`, which call them by the block's number.
pub fn write(pages: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={}", pages.display());
    let mut names: Vec<_> = fs::read_dir(pages)?.collect::<Result<_, _>>()?;
    names.sort_by_key(fs::DirEntry::file_name);
    let (mut modules, mut list, mut with_databases, mut alone) =
        (String::new(), String::new(), String::new(), String::new());
    let mut number = 0;
    for entry in names {
        let page = entry.path().file_stem().unwrap_or_default().to_string_lossy().into_owned();
        for code in blocks(&fs::read_to_string(entry.path())?) {
            let calls = calls(&code);
            if calls.is_empty() {
                return Err(format!("no function of this block of `{page}` can be run:\n{code}").into());
            }
            let needs_databases = calls.contains("dbs");
            let parameter = if needs_databases { "dbs: &super::db::Databases" } else { "" };
            writeln!(modules, "mod {page}_{number} {{\n{code}")?;
            writeln!(modules, "pub async fn run({parameter}) -> Result<(), ormgen_runtime::Error> {{")?;
            writeln!(modules, "{calls}Ok(())\n}}\n}}")?;
            writeln!(list, "(\"{page}\", {needs_databases}),")?;
            let (arms, argument) =
                if needs_databases { (&mut with_databases, "dbs") } else { (&mut alone, "") };
            writeln!(arms, "{number} => {page}_{number}::run({argument}).await,")?;
            number += 1;
        }
    }
    let result = "Result<(), ormgen_runtime::Error>";
    let none = "_ => panic!(\"there is no such block\"),";
    let text = format!(
        "{modules}
/// The page of each block, and whether it is given databases.
pub const BLOCKS: [(&str, bool); {number}] = [{list}];
pub async fn run(block: usize, dbs: &db::Databases) -> {result} {{ match block {{ {with_databases} {none} }} }}
pub async fn run_alone(block: usize) -> {result} {{ match block {{ {alone} {none} }} }}
"
    );
    Ok(fs::write(out, text)?)
}

/// The blocks that stand on the databases of `doc/guide.rs`, as the compiler sees them: a line's `# ` only hides it from
/// readers.
fn blocks(page: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut open: Option<(bool, String)> = None;
    for line in page.lines() {
        match &mut open {
            None if line.starts_with("```") => {
                open = Some((["```", "```no_run"].contains(&line), String::new()))
            }
            Some((is_rust, code)) if line == "```" => {
                if *is_rust && code.contains(DATABASES) {
                    blocks.push(std::mem::take(code));
                }
                open = None;
            }
            Some((_, code)) => {
                let line = line.strip_prefix("# ").unwrap_or(line);
                let is_module = line.starts_with("mod db {");
                if is_module && line.contains("/doc/guide.rs") {
                    code.push_str(DATABASES);
                }
                let line = line.replace("use db::", "use super::db::");
                // A program's `main` is a function like any other here.
                let line = line.replace("#[tokio::main]", "").replace("async fn main", "async fn example");
                if !is_module && line != "#" {
                    code.push_str(&line);
                    code.push('\n');
                }
            }
            None => {}
        }
    }
    blocks
}

/// Calls of the block's functions whose parameters are all known.
fn calls(code: &str) -> String {
    let mut calls = String::new();
    for signature in code.lines().filter_map(|line| line.strip_prefix("async fn ")) {
        let Some((name, rest)) = signature.split_once('(') else { continue };
        let parameters = rest.split_once(')').map_or("", |(parameters, _)| parameters);
        let given: Option<Vec<&str>> = parameters
            .split(", ")
            .filter_map(|parameter| parameter.split_once(": "))
            .map(|(_, ty)| Some(ARGUMENTS.iter().find(|(known, _)| *known == ty)?.1))
            .collect();
        if let Some(given) = given {
            calls.push_str(&format!("let _ = {name}({}).await?;\n", given.join(", ")));
        }
    }
    calls
}
