//! Folders of migrations in `tests/cases/layouts`, one in the layout of each tool: it is recognised, its files are read in
//! the order of `order.txt`, and what takes a migration back is left out. README's table names the same layouts.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed, its helpers included")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use ormgen::{
    catalog::{self, QName},
    manifest::{self, Manifest, Schema},
};

fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/cases/layouts").canonicalize().unwrap()
}

fn names() -> BTreeSet<String> {
    let entries = fs::read_dir(cases()).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// A manifest with that `schema`.
fn manifest(schema: &str) -> Result<Manifest, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("manifest.yaml");
    let connections = "connections: { a: 'postgres://localhost/x' }";
    fs::write(
        &path,
        format!("{connections}\napps: {{ a: {{ schema: {schema}, default_connection: a }} }}\n"),
    )
    .unwrap();
    manifest::load(&path).map(|(manifest, _)| manifest).map_err(|problems| problems.to_string())
}

#[test]
fn each_layout_is_recognised_and_read_in_its_tools_order() {
    for name in names() {
        let folder = cases().join(&name);
        let manifest = manifest(&format!("{{ migrations: {folder:?} }}")).unwrap();
        let app = &manifest.apps[0];
        assert_eq!(app.settings.layouts[0].1.name(), name);
        let Schema::Files(files) = &app.schema.value else { panic!("{name}: files") };
        let read: Vec<String> =
            files.iter().map(|file| file.strip_prefix(&folder).unwrap().display().to_string()).collect();
        let order = fs::read_to_string(folder.join("order.txt")).unwrap();
        assert_eq!(read, order.lines().collect::<Vec<_>>(), "{name}");

        let mut problems = Default::default();
        let catalogs = catalog::read(&manifest, &mut problems);
        assert!(problems.is_empty(), "{name}: {problems}");
        let table = &catalogs["a"].catalog.tables[&QName::new("public", "t")];
        let columns: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(columns, ["id", "a"], "{name}");
    }
}

#[test]
fn readme_lists_each_layout_and_no_other() {
    let readme = include_str!("../README.md");
    let row = |line: &str| Some(line.strip_prefix("| `")?.split_once('`')?.0.to_owned());
    let listed: BTreeSet<String> = readme.lines().filter_map(row).collect();
    assert_eq!(listed, names());
    for name in &listed {
        assert!(
            manifest(&format!("{{ migrations: {:?}, layout: {name} }}", cases().join(name))).is_ok(),
            "{name}"
        );
    }
    let message = manifest(&format!("{{ migrations: {:?}, layout: none-of-them }}", cases())).unwrap_err();
    assert!(listed.iter().all(|name| message.contains(name.as_str())), "{message}");
}
