//! What is committed is what ormgen generates now.

use std::path::Path;

use ormgen::{generate, render::Earlier, write};

#[test]
fn the_examples_code_is_not_stale() {
    for example in ["quickstart", "shop", "axum-service"] {
        let manifest =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(example).join("manifest.yaml");
        let generated = generate(&manifest).expect("the manifest is good");
        let files = generated.files(&Earlier::default()).expect("it renders");
        let plan = write::plan(&generated.output(), &files).expect("the folder can be read");
        assert!(
            plan.changes().is_empty(),
            "run `cargo run -p ormgen -- build examples/{example}/manifest.yaml`: {:?}",
            plan.changes()
        );
    }
}

/// The code that the guide's examples stand on, and its page of the manifest's keys, are made: with `INSTA_UPDATE=always`
/// this test writes them.
#[test]
fn what_the_guide_is_made_of_is_not_stale() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let generated = generate(&root.join("examples/shop/manifest.yaml")).expect("the manifest is good");
    let code = ormgen::render::render_inline(&generated.model).expect("it renders");
    let code = format!(
        "// Generated from examples/shop/manifest.yaml, as a build script would; do not edit.\n\n{code}"
    );
    for (path, text) in
        [("runtime/doc/guide.rs", code), ("runtime/guide/manifest.md", ormgen::reference::page())]
    {
        let path = root.join(path);
        if std::env::var_os("INSTA_UPDATE").is_some_and(|update| update == "always") {
            std::fs::write(&path, &text).expect("the file can be written");
        }
        let is_same = std::fs::read_to_string(&path).is_ok_and(|old| old == text);
        assert!(
            is_same,
            "{} is stale: `INSTA_UPDATE=always cargo test -p ormgen-tests --test up_to_date`",
            path.display()
        );
    }
}
