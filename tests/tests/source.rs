//! What every source file keeps to: no file and no function is longer than a reader takes in, and within a crate no two
//! types have one name.
//!
//! The files are read as rustfmt leaves them, so that a line's indentation says where it belongs. Generated files are
//! not counted: their first line says what they are made from.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// What is written by hand, of the workspace's folders.
const FOLDERS: [&str; 5] = ["generator", "runtime", "tests", "examples", "schemas"];

const LINES_OF_A_FILE: usize = 500;

/// Of a function, without the entries of tables in it.
const LINES_OF_A_FUNCTION: usize = 60;

/// An entry that is longer has a level of its own: what holds it is no table.
const LINES_OF_AN_ENTRY: usize = 16;

/// The sources of each crate.
const CRATES: [&str; 4] = ["generator/src", "runtime/src", "runtime/config/src", "tests/src"];

#[test]
fn no_file_is_too_long() {
    let long: Vec<String> = written_files()
        .iter()
        .map(|(path, text)| (path, text.lines().count()))
        .filter(|(_, lines)| *lines > LINES_OF_A_FILE)
        .map(|(path, lines)| format!("{}: {lines} lines", path.display()))
        .collect();
    assert!(long.is_empty(), "more than {LINES_OF_A_FILE} lines:\n{}", long.join("\n"));
}

#[test]
fn no_function_is_too_long() {
    let mut long = Vec::new();
    for (path, text) in written_files() {
        for function in functions(&text) {
            if function.lines > LINES_OF_A_FUNCTION {
                let Function { name, line, lines } = function;
                long.push(format!("{}:{line}: `{name}` has {lines} lines", path.display()));
            }
        }
    }
    assert!(long.is_empty(), "more than {LINES_OF_A_FUNCTION} lines, tables left out:\n{}", long.join("\n"));
}

#[test]
fn no_two_types_of_a_crate_have_one_name() {
    let mut faults = Vec::new();
    for folder in CRATES {
        let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (path, text) in rust_files(&root().join(folder)) {
            for (name, line) in types(&text) {
                places.entry(name).or_default().push(format!("{}:{line}", path.display()));
            }
        }
        assert!(places.len() > 10, "the types of {folder} are found");
        let repeated = places.into_iter().filter(|(_, places)| places.len() > 1);
        faults.extend(repeated.map(|(name, places)| format!("`{name}`: {}", places.join(", "))));
    }
    assert!(faults.is_empty(), "these names stand for two things:\n{}", faults.join("\n"));
}

#[test]
fn functions_are_measured_without_their_tables() {
    let entry = "        (1, \"one\"),\n";
    let long_entry = format!("        (\n{}        ),\n", "            1,\n".repeat(LINES_OF_AN_ENTRY));
    let with = |entries: &str| format!("fn f(\n    a: u8,\n) {{\n    let cases = [\n{entries}    ];\n}}\n");
    let lines = |text: &str| functions(text).iter().map(|function| function.lines).collect::<Vec<_>>();
    assert_eq!(lines(&with(&entry.repeat(80))), [6]);
    assert_eq!(lines(&with(&long_entry)), [6 + LINES_OF_AN_ENTRY + 2]);
    let arms = "            1 => {\n                g()\n            }\n".repeat(40);
    let code = format!(
        "impl T {{\n    pub async fn f(self) -> u8 {{\n        match self {{\n{arms}        }}\n    }}\n}}\n"
    );
    assert_eq!(lines(&code), [4]);
    let steps = "    g();\n".repeat(61);
    assert_eq!(lines(&format!("fn f() {{\n{steps}}}\n\nfn g() {{}}\n")), [63, 1]);
}

#[test]
fn types_are_found_wherever_they_stand() {
    let code = "pub struct A;\nimpl<X> T for A\nwhere\n    X: B,\n{\n    type Item = u8;\n}\nfn f() {\n    enum B {}\n}\n/// struct C\n\
                mod m {\n    pub(super) type D<T> = Vec<T>;\n}\npub trait E {\n    type Item;\n}\n";
    let names: Vec<String> = types(code).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["A", "B", "D", "E"]);
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The files that somebody wrote, by their paths in the workspace.
fn written_files() -> Vec<(PathBuf, String)> {
    let files: Vec<_> = FOLDERS.iter().flat_map(|folder| rust_files(&root().join(folder))).collect();
    assert!(files.len() > 400, "the workspace's files are found");
    files
}

fn rust_files(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            // What cargo builds beside the benchmarks is no source.
            if !path.ends_with("target") {
                found.append(&mut rust_files(&path));
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            if !text.starts_with("// Generated ") {
                found.push((path.strip_prefix(root()).unwrap().to_owned(), text));
            }
        }
    }
    found.sort();
    found
}

struct Function {
    name: String,
    /// Where it begins.
    line: usize,
    /// How many it has, its signature included, the entries of tables left out.
    lines: usize,
}

/// The functions of a file that have a body, those inside others included.
fn functions(text: &str) -> Vec<Function> {
    let lines: Vec<&str> = text.lines().collect();
    let measured = |(at, line): (usize, &&str)| {
        let name = named_after(line, &["fn"])?;
        let depth = indentation(line);
        let end = at + lines[at..].iter().position(|line| ends_item(line, depth))?;
        let is_declared_only = lines[end].ends_with(';');
        let lines = &lines[at..=end];
        (!is_declared_only).then(|| Function {
            name,
            line: at + 1,
            lines: lines.len() - in_tables(lines, depth + 4),
        })
    };
    lines.iter().enumerate().filter_map(measured).collect()
}

/// Whether a function that began at that depth ends with this line: at its last brace, or where it has no body.
fn ends_item(line: &str, depth: usize) -> bool {
    indentation(line) == depth && (line.trim_end().ends_with('}') || line.ends_with(';'))
}

/// How many of a function's lines are entries of a list, or arms of a `match`, that stands in its body.
fn in_tables(function: &[&str], depth: usize) -> usize {
    let mut found = 0;
    let mut at = 0;
    while at < function.len() {
        let line = function[at];
        at += 1;
        let opens = line.ends_with('[') || line.contains("match ") && line.ends_with('{');
        if indentation(line) != depth || !opens {
            continue;
        }
        let length = function[at..].iter().take_while(|line| indentation(line) > depth).count();
        if longest_entry(&function[at..at + length], depth + 4) <= LINES_OF_AN_ENTRY {
            found += length;
        }
        at += length;
    }
    found
}

fn longest_entry(table: &[&str], depth: usize) -> usize {
    let mut longest = 0;
    let mut lines = 0;
    for line in table {
        let begins = indentation(line) == depth && !line.trim_start().starts_with(['}', ')', ']']);
        lines = if begins { 1 } else { lines + 1 };
        longest = longest.max(lines);
    }
    longest
}

/// The types that a text defines, with their lines. Those that belong to an `impl` or a trait are named by it.
fn types(text: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let defined = |(at, line): (usize, &&str)| {
        let name = named_after(line, &["struct", "enum", "trait", "type", "union"])?;
        let header = header(&lines[..at], indentation(line)).unwrap_or_default();
        let is_associated = header.starts_with("impl") || named_after(header, &["trait"]).is_some();
        (!is_associated).then(|| (name, at + 1))
    };
    lines.iter().enumerate().filter_map(defined).collect()
}

/// The first line of the item around something that stands this far from the left; an item may have a `where` before its
/// brace.
fn header<'t>(before: &[&'t str], depth: usize) -> Option<&'t str> {
    let is_code = |line: &&&str| !line.trim_start().starts_with("//");
    let outer = before.iter().rev().filter(is_code).find(|line| indentation(line) < depth)?;
    let begins = |line: &&&str| {
        indentation(line) == indentation(outer)
            && !["where", "{", ")"].iter().any(|end| line.trim_start().starts_with(end))
    };
    before
        .iter()
        .rev()
        .skip_while(|line| line != &outer)
        .filter(is_code)
        .find(begins)
        .map(|line| line.trim_start())
}

/// The name that follows one of these words at the beginning of an item.
fn named_after(line: &str, words: &[&str]) -> Option<String> {
    let mut rest = line.trim_start();
    loop {
        let (word, after) = rest.split_once(' ')?;
        if words.contains(&word) {
            let name: String = after.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            return (!name.is_empty()).then_some(name);
        }
        let is_modifier = ["pub", "const", "async", "unsafe", "extern", "default", "\"C\""].contains(&word)
            || word.starts_with("pub(");
        if !is_modifier && !word.ends_with(')') {
            return None;
        }
        rest = after;
    }
}

/// How far a line stands from the left; an empty one belongs to whatever is around it.
fn indentation(line: &str) -> usize {
    if line.trim().is_empty() { usize::MAX } else { line.len() - line.trim_start().len() }
}
