use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use tempfile::{TempDir, tempdir};

use super::{path::shown, *};
use crate::diagnostics::{
    Code, Diagnostics, FOREIGN_FILE, OUTPUT_NOT_A_FOLDER, OUTPUT_UNWRITABLE, PATH_CLASH, SYMLINK_IN_OUTPUT,
};

fn text(body: &str) -> String {
    format!("{RUST_MARK} 0.1.0\n{body}\n")
}

fn files(list: &[(&str, &str)]) -> BTreeMap<PathBuf, String> {
    list.iter().map(|(path, body)| (PathBuf::from(path), text(body))).collect()
}

fn paths(list: &[&str]) -> Vec<PathBuf> {
    list.iter().map(PathBuf::from).collect()
}

/// Every file below a folder with its text.
fn all(root: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else {
                let path = shown(entry.path().strip_prefix(root).unwrap());
                found.insert(path, fs::read_to_string(entry.path()).unwrap_or_default());
            }
        }
    }
    found
}

fn write(root: &Path, list: &[(&str, &str)]) -> Changes {
    apply(plan(root, &files(list)).unwrap()).unwrap()
}

fn codes(problems: &Diagnostics) -> Vec<Code> {
    problems.iter().map(|problem| problem.code).collect()
}

fn put(root: &Path, path: &str, text: impl AsRef<[u8]>) {
    let full = root.join(path);
    fs::create_dir_all(full.parent().unwrap()).unwrap();
    fs::write(full, text).unwrap();
}

/// Refused with that code, and nothing touched.
fn refused(root: &Path, list: &[(&str, &str)], code: Code) -> Diagnostics {
    let before = if root.is_dir() { all(root) } else { BTreeMap::new() };
    let problems = plan(root, &files(list)).unwrap_err();
    assert_eq!(codes(&problems), [code], "{problems}");
    if root.is_dir() {
        assert_eq!(all(root), before);
    }
    problems
}

/// A folder that holds a first build of three files.
fn built() -> TempDir {
    let folder = tempdir().unwrap();
    write(folder.path(), &[("a.rs", "1"), ("b.rs", "1"), ("crm/mod.rs", "1")]);
    folder
}

#[test]
fn a_first_build_makes_folders_and_files() {
    let folder = tempdir().unwrap();
    let root = folder.path().join("src/db");
    let changes = write(&root, &[("mod.rs", "1"), ("crm/customer.rs", "2")]);
    assert_eq!(changes.created, paths(&["crm/customer.rs", "mod.rs"]));
    assert_eq!(all(&root)["crm/customer.rs"], text("2"));
}

#[test]
fn only_what_changed_is_touched() {
    let folder = built();
    let long_ago = SystemTime::now() - Duration::from_secs(86_400);
    for path in ["a.rs", "b.rs", "crm/mod.rs"] {
        fs::File::options()
            .write(true)
            .open(folder.path().join(path))
            .unwrap()
            .set_modified(long_ago)
            .unwrap();
    }
    let time = |path: &str| fs::metadata(folder.path().join(path)).unwrap().modified().unwrap();
    let folder_time = time("");

    let changes = write(folder.path(), &[("a.rs", "1"), ("b.rs", "1"), ("crm/mod.rs", "1")]);
    assert!(changes.is_empty());
    assert_eq!(changes.unchanged.len(), 3);
    assert_eq!((time("a.rs"), time("")), (long_ago, folder_time));

    let changes = write(folder.path(), &[("a.rs", "1"), ("b.rs", "2"), ("crm/mod.rs", "1"), ("new.rs", "1")]);
    assert_eq!((changes.changed, changes.created), (paths(&["b.rs"]), paths(&["new.rs"])));
    assert_eq!((time("a.rs"), time("crm/mod.rs")), (long_ago, long_ago));
    assert!(time("b.rs") > long_ago);
}

#[test]
fn line_ends_of_git_are_no_change() {
    let folder = built();
    put(folder.path(), "a.rs", text("1").replace('\n', "\r\n"));
    let wanted = files(&[("a.rs", "1"), ("b.rs", "1"), ("crm/mod.rs", "1")]);
    assert!(plan(folder.path(), &wanted).unwrap().changes().is_empty());
    // A change to such a file is one, and it is still ormgen's.
    let wanted = files(&[("a.rs", "2"), ("b.rs", "1"), ("crm/mod.rs", "1")]);
    assert_eq!(plan(folder.path(), &wanted).unwrap().changes().changed, paths(&["a.rs"]));
}

#[test]
fn what_is_no_longer_wanted_goes_with_its_folder() {
    let folder = built();
    put(folder.path(), "crm/notes.md", "mine");
    put(folder.path(), "own.rs", "// mine");
    write(folder.path(), &[("a.rs", "1"), ("b.rs", "1"), ("crm/mod.rs", "1"), ("old/deep/x.rs", "1")]);
    let changes = write(folder.path(), &[("a.rs", "1")]);
    assert_eq!(changes.removed, paths(&["b.rs", "crm/mod.rs", "old/deep/x.rs"]));
    assert_eq!(all(folder.path()).into_keys().collect::<Vec<_>>(), ["a.rs", "crm/notes.md", "own.rs"]);
    assert!(!folder.path().join("old").exists());
}

#[test]
fn hidden_folders_and_caches_are_not_searched() {
    let folder = built();
    put(folder.path(), ".git/x.rs", text("1"));
    put(folder.path(), "target/CACHEDIR.TAG", "");
    put(folder.path(), "target/package/x.rs", text("1"));
    let changes = write(folder.path(), &[("a.rs", "1"), ("b.rs", "1"), ("crm/mod.rs", "1")]);
    assert!(changes.is_empty());
}

#[test]
fn foreign_files_are_never_overwritten() {
    let almost = format!("{RUST_MARK}-other 0.1.0\n");
    let later = format!("\n{RUST_MARK} 0.1.0\n");
    let texts: [&[u8]; 5] = [b"// mine", b"", &[0xff, 0xfe], almost.as_bytes(), later.as_bytes()];
    for text in texts {
        let folder = tempdir().unwrap();
        put(folder.path(), "a.rs", text);
        let problems = refused(folder.path(), &[("a.rs", "1"), ("b.rs", "1")], FOREIGN_FILE);
        assert_eq!(
            problems.iter().next().unwrap().path.as_deref(),
            Some(folder.path().join("a.rs").as_path())
        );
        assert!(problems.to_string().contains("`a.rs` is a file that ormgen did not write"), "{problems}");
    }
}

#[test]
fn a_file_for_cargo_has_its_own_mark() {
    let folder = tempdir().unwrap();
    put(folder.path(), "Cargo.toml", format!("{TOML_MARK} 0.1.0\n"));
    let changes = write(folder.path(), &[("Cargo.toml", "1")]);
    assert_eq!(changes.changed, paths(&["Cargo.toml"]));
}

#[test]
fn a_folder_or_a_file_in_the_way() {
    let folder = tempdir().unwrap();
    fs::create_dir(folder.path().join("a.rs")).unwrap();
    refused(folder.path(), &[("a.rs", "1")], FOREIGN_FILE);
    put(folder.path(), "crm", "mine");
    refused(folder.path(), &[("crm/mod.rs", "1")], FOREIGN_FILE);
}

#[test]
fn paths_that_clash() {
    let folder = tempdir().unwrap();
    let cases: [&[(&str, &str)]; 6] = [
        &[("a.rs", "1"), ("A.rs", "2")],
        &[("crm/a.rs", "1"), ("Crm/b.rs", "2")],
        &[("a", "1"), ("a/b.rs", "2")],
        &[("../a.rs", "1")],
        &[("/a.rs", "1")],
        &[("", "1")],
    ];
    for list in cases {
        refused(folder.path(), list, PATH_CLASH);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn an_output_folder_that_is_a_file() {
    let folder = tempdir().unwrap();
    put(folder.path(), "db", text("1"));
    for root in ["db", "db/inner/deep"] {
        refused(&folder.path().join(root), &[("a.rs", "1")], OUTPUT_NOT_A_FOLDER);
    }
}

#[test]
fn all_problems_come_at_once() {
    let folder = tempdir().unwrap();
    put(folder.path(), "a.rs", "mine");
    put(folder.path(), "b.rs", "mine");
    let problems = plan(folder.path(), &files(&[("a.rs", "1"), ("b.rs", "1")])).unwrap_err();
    assert_eq!(problems.len(), 2);
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn links_inside_are_not_followed() {
        let outside = tempdir().unwrap();
        put(outside.path(), "x.rs", text("1"));
        let folder = built();
        symlink(outside.path(), folder.path().join("linked")).unwrap();
        symlink(outside.path().join("x.rs"), folder.path().join("x.rs")).unwrap();
        refused(folder.path(), &[("linked/x.rs", "2")], SYMLINK_IN_OUTPUT);
        refused(folder.path(), &[("x.rs", "2")], SYMLINK_IN_OUTPUT);
        // Neither is one removed, nor what it leads to.
        let changes = write(folder.path(), &[("a.rs", "1")]);
        assert_eq!(changes.removed, paths(&["b.rs", "crm/mod.rs"]));
        assert_eq!(all(outside.path())["x.rs"], text("1"));
        assert!(folder.path().join("linked").exists());
    }

    #[test]
    fn the_output_folder_may_be_a_link() {
        let folder = built();
        let other = tempdir().unwrap();
        let root = other.path().join("db");
        symlink(folder.path(), &root).unwrap();
        assert_eq!(write(&root, &[("a.rs", "2")]).changed, paths(&["a.rs"]));
    }

    #[test]
    fn permissions_are_as_usual_and_stay() {
        let folder = built();
        let mode = |path: &str| fs::metadata(folder.path().join(path)).unwrap().permissions().mode() & 0o777;
        put(folder.path(), "usual", "");
        assert_eq!(mode("a.rs"), mode("usual"));
        fs::set_permissions(folder.path().join("a.rs"), fs::Permissions::from_mode(0o640)).unwrap();
        write(folder.path(), &[("a.rs", "2"), ("b.rs", "1"), ("crm/mod.rs", "1")]);
        assert_eq!(mode("a.rs"), 0o640);
    }
}

/// Plans, lets somebody get in the way, and applies: it must fail and leave what `before` was, save for what stands
/// in the way.
fn fails(folder: &TempDir, wanted: &[(&str, &str)], get_in_the_way: impl FnOnce(&Path)) -> Diagnostics {
    let plan = plan(folder.path(), &files(wanted)).unwrap();
    get_in_the_way(folder.path());
    let before = all(folder.path());
    let problems = apply(plan).unwrap_err();
    assert_eq!(codes(&problems), [OUTPUT_UNWRITABLE]);
    assert_eq!(all(folder.path()), before, "{problems}");
    assert!(problems.to_string().contains("nothing was changed"), "{problems}");
    problems
}

#[test]
fn a_failure_while_staging_changes_nothing() {
    let folder = built();
    // A file where a folder is to be made.
    let wanted = [("a.rs", "2"), ("new/deep/x.rs", "1"), ("z/y.rs", "1")];
    let problems = fails(&folder, &wanted, |root| put(root, "z", "mine"));
    assert!(problems.to_string().contains("`z"), "{problems}");
    assert!(!folder.path().join("new").exists());
}

#[test]
fn a_failure_between_renames_is_taken_back() {
    let folder = built();
    let wanted = [("a.rs", "2"), ("aa.rs", "new"), ("b.rs", "2"), ("crm/mod.rs", "2")];
    // The last file to be renamed finds a folder in its place, which no file can replace.
    fails(&folder, &wanted, |root| {
        fs::remove_file(root.join("crm/mod.rs")).unwrap();
        put(root, "crm/mod.rs/x", "mine");
    });
    assert_eq!(all(folder.path())["a.rs"], text("1"));
}

#[test]
fn a_file_that_came_meanwhile_is_not_overwritten() {
    let folder = built();
    let wanted = [("a.rs", "2"), ("new.rs", "1")];
    fails(&folder, &wanted, |root| put(root, "new.rs", "mine"));
    assert_eq!(all(folder.path())["new.rs"], "mine");
}

#[test]
fn a_failure_while_removing_is_taken_back() {
    let folder = built();
    // b.rs goes first; then crm/mod.rs is a folder, which cannot be removed as a file.
    fails(&folder, &[("a.rs", "2")], |root| {
        fs::remove_file(root.join("crm/mod.rs")).unwrap();
        put(root, "crm/mod.rs/x", "mine");
    });
    assert_eq!(all(folder.path())["b.rs"], text("1"));
}

#[test]
fn check_names_every_file_that_a_build_would_touch() {
    let folder = built();
    let plan = plan(folder.path(), &files(&[("a.rs", "1"), ("b.rs", "2"), ("c.rs", "1")])).unwrap();
    let stale: Vec<String> = plan.stale().iter().map(|problem| problem.message.clone()).collect();
    assert_eq!(stale, ["`c.rs` is missing", "`b.rs` is out of date", "`crm/mod.rs` is no longer generated"]);
    assert_eq!(all(folder.path())["b.rs"], text("1"));
}

#[test]
fn what_a_killed_build_staged_goes_with_a_later_build() {
    let folder = built();
    let wanted = [("a.rs", "1"), ("b.rs", "1"), ("crm/mod.rs", "1")];
    for (name, minutes) in
        [(".ormgen-old", 11), ("crm/.ormgen-old", 11), ("crm/.ormgen-new", 1), (".other", 11)]
    {
        put(folder.path(), name, if name == ".other" { "mine".into() } else { text("staged") });
        let file = fs::File::options().write(true).open(folder.path().join(name)).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(60 * minutes)).unwrap();
    }
    assert!(write(folder.path(), &wanted).is_empty());
    let left: Vec<String> =
        all(folder.path()).into_keys().filter(|path| path.contains("/.") || path.starts_with('.')).collect();
    assert_eq!(left, [".other", "crm/.ormgen-new"]);
}

/// More files than a process may usually hold open.
#[test]
fn many_files_at_once() {
    let folder = tempdir().unwrap();
    let wanted: BTreeMap<PathBuf, String> =
        (0..3000).map(|number| (PathBuf::from(format!("t{number}.rs")), text("1"))).collect();
    assert_eq!(apply(plan(folder.path(), &wanted).unwrap()).unwrap().created.len(), 3000);
    assert!(plan(folder.path(), &wanted).unwrap().changes().is_empty());
}
