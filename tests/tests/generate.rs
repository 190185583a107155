//! Each folder in `cases/generate` is a manifest with its schemas, and beside it every file that becomes of them.
//! A new case is a new folder: `INSTA_UPDATE=always cargo test --test generate` writes its snapshot.

use std::{fmt::Write, path::Path};

use ormgen_tests::cases;

#[test]
fn generated_code_is_as_it_was_reviewed() {
    cases::compare("generate", 30, || {
        let generated = match ormgen::generate(Path::new("manifest.yaml")) {
            Ok(generated) => generated,
            Err(diagnostics) => panic!("{diagnostics}"),
        };
        let mut text = String::new();
        for (path, content) in generated.files(&ormgen::render::Earlier::default()).unwrap() {
            // The first line's hashes say no more than the text itself.
            let (mark, content) = content.split_once('\n').unwrap();
            let (mark, _) = mark.rsplit_once(' ').unwrap();
            writeln!(text, "=== {}\n{mark}\n{content}", path.display()).unwrap();
        }
        if !generated.warnings.is_empty() {
            writeln!(text, "=== warnings\n{}", generated.warnings).unwrap();
        }
        text
    });
}
