//! Each folder in `cases/diagnostics` is a manifest with mistakes in it, and beside it what ormgen says of them.
//! A new case is a new folder: `INSTA_UPDATE=always cargo test --test diagnostics` writes its snapshot.

use std::path::Path;

use ormgen::diagnostics::{Style, render};
use ormgen_tests::cases;

#[test]
fn every_mistake_is_told_with_its_place_and_its_remedy() {
    cases::compare("diagnostics", 60, || match ormgen::generate(Path::new("manifest.yaml")) {
        Ok(generated) if generated.warnings.is_empty() => "nothing to say\n".to_owned(),
        Ok(generated) => render(&generated.warnings, Style::Plain),
        Err(diagnostics) => render(&diagnostics, Style::Plain),
    });
}
