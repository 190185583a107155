//! What is committed is what ormgen generates now.

use ormgen::{generate, write};

#[test]
fn the_examples_code_is_not_stale() {
    let manifest =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/quickstart/manifest.yaml");
    let generated = generate(&manifest).expect("the manifest is good");
    let files = generated.files(&ormgen::render::Earlier::default()).expect("it renders");
    let plan = write::plan(&generated.output(), &files).expect("the folder can be read");
    assert!(
        plan.changes().is_empty(),
        "run `cargo run -p ormgen -- build examples/quickstart/manifest.yaml`: {:?}",
        plan.changes()
    );
}
