//! The runtime is a stack of floors: what one imports lies on its own floor, or below.
//!
//! Read as text: every `crate::…` path in `runtime/src`, in `use` lines and elsewhere, comments left out. A name of the
//! crate's root would hide where it comes from, so inside the crate it is called by its floor.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// From top to bottom; each is a file or a folder of `runtime/src`.
const FLOORS: [&str; 16] = [
    "testing",
    "databases",
    "verify",
    "transaction",
    "relation",
    "query",
    "expr",
    "executor",
    "pool",
    "cache",
    "model",
    "observe",
    "sql",
    "types",
    "error",
    "config",
];

#[test]
fn imports_run_down_only() {
    let mut faults = Vec::new();
    for file in files(&source()) {
        let path = file.strip_prefix(source()).unwrap();
        let Some(floor) = floor_of(path) else { continue };
        let code = without_comments(&fs::read_to_string(&file).unwrap());
        for way in ways_around(path, &code) {
            faults.push(format!(
                "runtime/src/{}: `{way}` leads to the root: say `crate::` and the floor",
                path.display()
            ));
        }
        for target in targets(&code) {
            let fault = match level(&target) {
                None => "is no floor".to_owned(),
                Some(other) if other < level(&floor).unwrap() => format!("lies above `{floor}`"),
                Some(_) => continue,
            };
            faults.push(format!("runtime/src/{}: `crate::{target}` {fault}", path.display()));
        }
    }
    assert!(faults.is_empty(), "imports run down only:\n{}", faults.join("\n"));
}

#[test]
fn every_module_has_a_floor() {
    let rooms: BTreeSet<String> = files(&source())
        .iter()
        .filter_map(|file| {
            let first = file.strip_prefix(source()).unwrap().components().next()?;
            Some(first.as_os_str().to_str()?.trim_end_matches(".rs").to_owned())
        })
        // The guide is text.
        .filter(|room| room != "lib" && room != "guide")
        .collect();
    let homeless: Vec<&String> = rooms.iter().filter(|room| level(room).is_none()).collect();
    assert!(homeless.is_empty(), "a module without a floor in the table above: {homeless:?}");
}

#[test]
fn the_stack_is_told_in_the_same_order() {
    let stack = FLOORS.join(" → ");
    for file in ["runtime/src/lib.rs", "ARCHITECTURE.md"] {
        let text = fs::read_to_string(source().join("../..").join(file)).unwrap();
        let words = text.replace("//!", " ").replace('`', "");
        let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(&stack), "{file} does not have: {stack}");
    }
}

#[test]
fn paths_are_found_wherever_they_stand() {
    let code = "use crate::{\n    error::{Error, Result}, // crate::query\n    pool::Pool,\n};\n\
                fn f() -> crate::sql::Value { $crate::types::wire::read(\"crate::no\") }\n/// [x](crate::Pool)\n";
    let found = targets(&without_comments(code));
    assert_eq!(found, ["error", "pool", "sql", "types", "no"]);
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../runtime/src")
}

/// The Rust files of a folder and of those in it.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.append(&mut files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The floor that a file belongs to; `lib.rs` stands outside, with all of them in sight.
fn floor_of(path: &Path) -> Option<String> {
    let first = path.components().next()?.as_os_str().to_str()?;
    let name = first.trim_end_matches(".rs");
    (name != "lib").then(|| name.to_owned())
}

/// How far down a floor lies.
fn level(name: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| *floor == name)
}

fn without_comments(code: &str) -> String {
    let line = |line: &str| line.split("//").next().unwrap_or_default().to_owned();
    code.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// Imports that reach the crate's root without saying `crate::`.
fn ways_around(path: &Path, code: &str) -> Vec<String> {
    let stands_on_root =
        path.components().count() == 1 || path.ends_with("mod.rs") && path.components().count() == 2;
    let leads_out =
        |line: &&str| line.contains("super::super::") || stands_on_root && line.starts_with("use super::");
    code.lines().filter(leads_out).map(|line| line.trim().to_owned()).collect()
}

/// What follows `crate::`, once for each name in braces.
fn targets(code: &str) -> Vec<String> {
    code.split("crate::").skip(1).flat_map(names).collect()
}

fn names(path: &str) -> Vec<String> {
    match path.strip_prefix('{') {
        Some(list) => first_segments(list),
        None => vec![name(path)],
    }
}

/// The first segment of each item of a `{…}` that has just been opened.
fn first_segments(list: &str) -> Vec<String> {
    let (mut depth, mut start, mut found) = (0, 0, Vec::new());
    for (at, character) in list.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                found.push(name(list[start..at].trim()));
                start = at + 1;
                if character == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    found.retain(|name| !name.is_empty());
    found
}

fn name(path: &str) -> String {
    path.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}
