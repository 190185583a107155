//! What goes to the registry: everything a package needs, and nothing else.

use std::{collections::BTreeSet, path::Path};

use ormgen_tests::cli::cargo;

#[test]
fn packages_hold_what_they_need() {
    let config = files("ormgen-config");
    let runtime = files("ormgen-runtime");
    let generator = files("ormgen");
    for (files, package) in [(&config, "ormgen-config"), (&runtime, "ormgen-runtime"), (&generator, "ormgen")]
    {
        for wanted in ["Cargo.toml", "README.md", "LICENSE-MIT", "LICENSE-APACHE", "src/lib.rs"] {
            assert!(files.contains(wanted), "{package}: {wanted} is missing from {files:#?}");
        }
        let is_foreign = |file: &&String| {
            !["src/", "guide/", "templates/", "Cargo.", "README.md", "LICENSE-", ".cargo_vcs_info"]
                .iter()
                .any(|start| file.starts_with(start))
        };
        let foreign: Vec<&String> = files.iter().filter(is_foreign).collect();
        assert!(foreign.is_empty(), "{package}: {foreign:?} should not be in it");
        assert!(
            !files.iter().any(|file| file.ends_with(".snap")),
            "{package}: snapshots should not be in it"
        );
    }
    let templates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../templates");
    for entry in templates.read_dir().unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let path = format!("templates/{name}");
        assert_eq!(generator.contains(&path), name.ends_with(".tera"), "{path} in {generator:#?}");
    }
}

fn files(package: &str) -> BTreeSet<String> {
    let output = cargo()
        .args(["package", "--list", "--allow-dirty", "--offline", "--package", package])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}
