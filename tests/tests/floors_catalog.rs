//! No two files of the catalog import each other, neither directly nor over others: what a file needs lies below it.
//!
//! Read are the `use` lines and the paths in code that begin with `crate`, `self` or `super`. A file's `pub use` is a
//! door: it is no import of its own, and what is named through it counts as an import of the file behind it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// A module by its path from the crate's root: `catalog`, `ddl`, `apply`.
type Module = Vec<String>;

/// A file's text without comments and tests, and what it imports.
#[derive(Default)]
struct File {
    /// Paths as they are written.
    imports: Vec<Vec<String>>,
    /// What it lets through: the name that others use, and the path behind it.
    doors: BTreeMap<String, Vec<String>>,
}

#[test]
fn no_file_of_the_catalog_imports_itself_over_others() {
    let files = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../generator/src"), "catalog");
    assert!(files.len() > 40, "the catalog's files are found");
    let circles = circles(&arrows(&files));
    assert!(circles.is_empty(), "these files import each other:\n{}", circles.join("\n"));
}

#[test]
fn a_circle_is_found() {
    let file = |text: &str| read(text);
    let module = |name: &str| -> Module { name.split("::").map(str::to_owned).collect() };
    let files = BTreeMap::from([
        (module("a"), file("pub use self::b::B; mod b; mod c;")),
        (module("a::b"), file("use super::c::C; struct B;")),
        (module("a::c"), file("use std::fmt; fn f() -> crate::a::B {}")),
    ]);
    assert_eq!(circles(&arrows(&files)), ["a::b, a::c"]);
    let files = BTreeMap::from([
        (module("a"), file("pub use self::b::{B, D as E};")),
        (module("a::b"), file("use super::{c::C}; struct B;")),
        (module("a::c"), file("// use super::b;\nuse super::d; struct C;")),
        (module("a::d"), file("struct D;\n#[cfg(test)]\nmod tests { use super::b; }")),
    ]);
    assert_eq!(circles(&arrows(&files)), Vec::<String>::new());
}

/// All files of a module of the crate, without their tests.
fn files(root: &Path, module: &str) -> BTreeMap<Module, File> {
    let mut files = BTreeMap::new();
    let mut folders = vec![(root.join(module), vec![module.to_owned()])];
    while let Some((folder, path)) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let entry = entry.unwrap().path();
            let stem = entry.file_stem().unwrap().to_string_lossy().into_owned();
            let mut inside = path.clone();
            if stem != "mod" {
                inside.push(stem.clone());
            }
            if stem == "tests" {
                continue;
            } else if entry.is_dir() {
                folders.push((entry, inside));
            } else if entry.extension().is_some_and(|extension| extension == "rs") {
                files.insert(inside, read(&fs::read_to_string(&entry).unwrap()));
            }
        }
    }
    files
}

/// What a file's text imports.
fn read(text: &str) -> File {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let text = code_of(text);
    let mut file = File::default();
    let mut at = 0;
    while let Some((start, word)) = next_word(&text, at) {
        if word == "use" {
            let end = start + text[start..].find(';').unwrap();
            let before = text[..start].trim_end();
            let is_door = before.ends_with("pub") || before.ends_with(')');
            for (path, name) in leaves(text[start + "use".len()..end].trim()) {
                if is_door {
                    file.doors.insert(name, path);
                } else {
                    file.imports.push(path);
                }
            }
            at = end;
        } else {
            let rest = &text[start..];
            let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != ':');
            let path = &rest[..length.unwrap_or(rest.len())];
            let is_visibility = text[..start].trim_end().ends_with("(in");
            let is_import = ["crate::", "self::", "super::"].iter().any(|first| path.starts_with(first));
            if is_import && !is_visibility {
                file.imports.push(path.split("::").map(str::to_owned).collect());
            }
            at = start + path.len();
        }
    }
    file
}

/// A file's text without its comments and the contents of its strings.
fn code_of(text: &str) -> String {
    let mut code = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("'\"'") || rest.starts_with("'\\\"'") {
            rest[1..].find('\'').unwrap() + 2
        } else if c == '"' {
            let mut escaped = false;
            let is_end = |c: char| {
                let ends = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                ends
            };
            rest[1..].find(is_end).unwrap() + 2
        } else {
            code.push(c);
            c.len_utf8()
        };
        rest = &rest[length..];
    }
    code
}

/// The next word from a place on, and where it stands.
fn next_word(text: &str, from: usize) -> Option<(usize, &str)> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let start = from + text[from..].find(is_part)?;
    let end = text[start..].find(|c| !is_part(c)).map_or(text.len(), |length| start + length);
    Some((start, &text[start..end]))
}

/// The paths of a `use` tree, each with the name that it gets.
fn leaves(tree: &str) -> Vec<(Vec<String>, String)> {
    let Some((prefix, inside)) = tree.split_once('{') else {
        let (path, name) = tree.split_once(" as ").unwrap_or((tree, ""));
        let mut path: Vec<String> = path.trim().split("::").map(str::to_owned).collect();
        if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
            path.pop();
        }
        let name = if name.is_empty() { path.last().cloned().unwrap() } else { name.trim().to_owned() };
        return vec![(path, name)];
    };
    let inside = inside.rsplit_once('}').unwrap().0;
    let mut found = Vec::new();
    let (mut depth, mut start) = (0, 0);
    for (at, c) in inside.char_indices().chain([(inside.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                let item = inside[start..at].trim();
                if !item.is_empty() {
                    found.extend(leaves(&format!("{}{item}", prefix.trim())));
                }
                start = at + 1;
            }
            _ => {}
        }
    }
    found
}

/// Which file imports which.
fn arrows(files: &BTreeMap<Module, File>) -> BTreeMap<&Module, BTreeSet<&Module>> {
    let mut arrows = BTreeMap::new();
    for (module, file) in files {
        let targets = file.imports.iter().filter_map(|path| resolve(files, module, path));
        arrows.insert(module, targets.filter(|target| *target != module).collect());
    }
    arrows
}

/// The file that a path leads to, seen from a module.
fn resolve<'f>(files: &'f BTreeMap<Module, File>, from: &Module, path: &[String]) -> Option<&'f Module> {
    let mut at: Module = match path.first()?.as_str() {
        "crate" => Vec::new(),
        "self" | "super" => from.clone(),
        name => {
            let child: Module = from.iter().cloned().chain([name.to_owned()]).collect();
            files.contains_key(&child).then_some(from.clone())?
        }
    };
    let skipped = usize::from(["crate", "self"].contains(&path[0].as_str()));
    for (place, name) in path.iter().enumerate().skip(skipped) {
        if name == "super" {
            at.pop();
            continue;
        }
        let child: Module = at.iter().cloned().chain([name.clone()]).collect();
        if files.contains_key(&child) {
            at = child;
            continue;
        }
        if let Some(behind) = files.get(&at).and_then(|file| file.doors.get(name)) {
            let whole: Vec<String> = behind.iter().chain(&path[place + 1..]).cloned().collect();
            return resolve(files, &at, &whole);
        }
        break;
    }
    files.get_key_value(&at).map(|(module, _)| module)
}

/// Each set of files that reach each other, in one line.
fn circles(arrows: &BTreeMap<&Module, BTreeSet<&Module>>) -> Vec<String> {
    let reach = |from: &Module| {
        let mut seen: BTreeSet<&Module> = BTreeSet::new();
        let mut open: Vec<&Module> = arrows[from].iter().copied().collect();
        while let Some(module) = open.pop() {
            if seen.insert(module) {
                open.extend(&arrows[module]);
            }
        }
        seen
    };
    let reached: BTreeMap<&Module, BTreeSet<&Module>> =
        arrows.keys().map(|module| (*module, reach(module))).collect();
    let circle = |module: &Module| {
        let mates = reached[module].iter().filter(|other| reached[**other].contains(module));
        let names: Vec<String> = mates.map(|other| other.join("::")).collect();
        (names.len() > 1).then(|| names.join(", "))
    };
    let found: BTreeSet<String> = arrows.keys().filter_map(|module| circle(module)).collect();
    found.into_iter().collect()
}
