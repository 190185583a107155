//! Cases that are folders: an input, and beside it a snapshot of what becomes of it.

use std::{
    env, fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

/// Compares what `run` makes of each folder in `cases/KIND` with the folder's `KIND.snap`.
///
/// `run` is called inside the folder, as a user would be: no path of this machine is in what it says.
///
/// # Panics
/// Naming the folders whose snapshot differs; or where there are fewer of them than `fewest`, which means that they
/// are not where they should be.
pub fn compare(kind: &str, fewest: usize, run: impl Fn() -> String) {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases").join(kind);
    let mut names: Vec<String> = fs::read_dir(&cases)
        .expect("the cases are there")
        .map(|entry| entry.expect("the folder can be read"))
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().expect("a case's name is UTF-8"))
        .collect();
    names.sort();
    assert!(names.len() >= fewest, "the cases are not where they should be");
    let differ: Vec<String> =
        names.into_iter().filter(|name| !is_as_before(&cases, kind, name, &run)).collect();
    assert!(differ.is_empty(), "these cases differ: {differ:?}");
}

fn is_as_before(cases: &Path, kind: &str, name: &str, run: impl Fn() -> String) -> bool {
    let case = cases.join(name);
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(&case);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let compare = || {
        env::set_current_dir(&case).expect("the case is a folder");
        let text = run();
        env::set_current_dir(cases).expect("the cases are in a folder");
        settings.bind(|| insta::assert_snapshot!(kind, text));
    };
    catch_unwind(AssertUnwindSafe(compare)).is_ok()
}
