//! Each folder in `cases/diagnostics` is a manifest with mistakes in it, and beside it what ormgen says of them.
//! A new case is a new folder: `INSTA_UPDATE=always cargo test --test diagnostics` writes its snapshot.

use std::{
    env, fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

use ormgen::diagnostics::{Style, render};

#[test]
fn every_mistake_is_told_with_its_place_and_its_remedy() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/diagnostics");
    let mut names: Vec<String> = fs::read_dir(&cases)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert!(names.len() > 30, "the cases are not where they should be");
    let mut failures = Vec::new();
    for name in names {
        let case = cases.join(&name);
        // From inside its folder, as a user runs it: no path of this machine is in the text.
        env::set_current_dir(&case).unwrap();
        let text = diagnose(Path::new("manifest.yaml"));
        env::set_current_dir(&cases).unwrap();
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(&case);
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        let compare = || settings.bind(|| insta::assert_snapshot!("diagnostics", text));
        if catch_unwind(AssertUnwindSafe(compare)).is_err() {
            failures.push(name);
        }
    }
    assert!(failures.is_empty(), "these cases differ: {failures:?}");
}

fn diagnose(manifest: &Path) -> String {
    match ormgen::generate(manifest) {
        Ok(generated) if generated.warnings.is_empty() => "nothing to say\n".to_owned(),
        Ok(generated) => render(&generated.warnings, Style::Plain),
        Err(diagnostics) => render(&diagnostics, Style::Plain),
    }
}
