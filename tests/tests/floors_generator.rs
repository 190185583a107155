//! The generator's data flows one way, and so do its imports: a stage imports what stands below it, and within a
//! stage no file imports itself over others.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use ormgen_tests::imports::{File, Module, arrows, circles, files, of_texts};

/// The stages from bottom to top; `lib` is the crate's root.
const STAGES: [&str; 11] = [
    "scratch",
    "diagnostics",
    "manifest",
    "reference",
    "catalog",
    "model",
    "render",
    "write",
    "lib",
    "build",
    "cli",
];

/// The folders in which no two files import each other, neither directly nor over others.
const WITHOUT_CIRCLES: [&str; 6] = ["diagnostics", "catalog", "model", "render", "write", "cli"];

/// Where a catalog may come from: what stands above is to see no difference.
const SOURCES: [&str; 3] = ["ddl", "live", "snapshot"];

/// The stages that work with a catalog whatever its source.
const WITHOUT_SOURCES: [&str; 3] = ["model", "render", "write"];

fn generator() -> BTreeMap<Module, File> {
    let files = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../generator/src"));
    assert!(files.len() > 100, "the generator's files are found");
    files
}

#[test]
fn imports_run_down_the_stages() {
    let wrong = upward(&generator());
    assert!(wrong.is_empty(), "these imports run up:\n{}", wrong.join("\n"));
}

#[test]
fn every_file_has_a_stage() {
    let strange: BTreeSet<String> = generator()
        .keys()
        .map(|module| stage(module).to_owned())
        .filter(|name| rank(name).is_none())
        .collect();
    assert_eq!(strange, BTreeSet::from(["main".to_owned()]));
}

#[test]
fn no_file_imports_itself_over_others() {
    let mut found = Vec::new();
    for folder in WITHOUT_CIRCLES {
        let mut files = generator();
        files.retain(|module, _| stage(module) == folder);
        assert!(!files.is_empty(), "there is no `{folder}`");
        found.extend(circles(&arrows(&files)));
    }
    assert!(found.is_empty(), "these files import each other:\n{}", found.join("\n"));
}

#[test]
fn what_works_with_a_catalog_knows_no_source_of_it() {
    for (module, file) in generator().iter().filter(|(module, _)| WITHOUT_SOURCES.contains(&stage(module))) {
        for path in &file.imports {
            let names: Vec<&str> = path.iter().map(String::as_str).collect();
            if let ["crate", "catalog", source, ..] = names[..] {
                assert!(!SOURCES.contains(&source), "{} imports {}", module.join("::"), path.join("::"));
            }
        }
    }
}

#[test]
fn statements_are_read_before_they_are_applied() {
    let in_folder =
        |module: &Module, folder: &str| module.join("::").starts_with(&format!("catalog::ddl::{folder}"));
    let files = generator();
    let all = arrows(&files);
    let read: Vec<_> = all.iter().filter(|(from, _)| in_folder(from, "syntax")).collect();
    assert!(read.len() > 10, "the files of `ddl/syntax` are found");
    for (from, targets) in read {
        for to in targets {
            let knows = ["session", "apply", "infer"].into_iter().find(|folder| in_folder(to, folder));
            assert!(knows.is_none(), "{} reads, and imports {}", from.join("::"), to.join("::"));
        }
    }
    let apply = Path::new(env!("CARGO_MANIFEST_DIR")).join("../generator/src/catalog/ddl/apply");
    for entry in fs::read_dir(apply).expect("the folder is there") {
        let path = entry.expect("the folder can be read").path();
        let text = fs::read_to_string(&path).expect("the file can be read");
        assert!(!text.contains(": &mut Reader"), "{} applies, and reads on", path.display());
    }
}

#[test]
fn what_is_wrong_is_found() {
    let files = of_texts(&[
        ("model", "pub use self::data::Table; mod data; mod tables; fn f() { tables::g() }"),
        ("model::data", "use crate::catalog::QName; pub struct Table; /* use crate::render; */"),
        ("model::tables", "use super::h; pub fn g() {}"),
        ("catalog", "pub struct QName;"),
        ("catalog::read", "use crate::{diagnostics, model::{Table, tables::g as h}};"),
    ]);
    assert_eq!(upward(&files), ["catalog::read → model::data", "catalog::read → model::tables"]);
    assert_eq!(circles(&arrows(&files)), ["model, model::tables"]);
}

/// The imports of a stage that stands above.
fn upward(files: &BTreeMap<Module, File>) -> Vec<String> {
    let mut wrong = Vec::new();
    for (from, targets) in arrows(files) {
        for to in targets {
            if rank(stage(from)) < rank(stage(to)) && rank(stage(from)).is_some() {
                wrong.push(format!("{} → {}", from.join("::"), to.join("::")));
            }
        }
    }
    wrong
}

fn stage(module: &Module) -> &str {
    module.first().map_or("lib", String::as_str)
}

fn rank(stage: &str) -> Option<usize> {
    STAGES.iter().position(|known| *known == stage)
}
