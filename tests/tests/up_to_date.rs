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
