//! Each folder in `cases/generate` is a manifest with its schemas, and beside it every file that becomes of them.
//! A new case is a new folder: `INSTA_UPDATE=always cargo test --test generate` writes its snapshot.

use std::{collections::BTreeSet, fmt::Write, path::Path};

use ormgen_tests::cases;

#[test]
fn generated_code_is_as_it_was_reviewed() {
    cases::compare("generate", 30, || {
        let generated = match ormgen::generate(Path::new("manifest.yaml")) {
            Ok(generated) => generated,
            Err(diagnostics) => panic!("{diagnostics}"),
        };
        assert_every_module_is_inline(&generated);
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

/// What a build script gets is one file of Rust, in which each database is a module with its whole text.
fn assert_every_module_is_inline(generated: &ormgen::Generated) {
    let text = ormgen::render::render_inline(&generated.model).unwrap();
    let file = syn::parse_file(&text).unwrap_or_else(|error| panic!("{error}:\n{text}"));
    let mut found = BTreeSet::new();
    collect_modules(&file.items, &mut found);
    let databases = &generated.model.databases;
    let apps = databases.iter().flat_map(|database| &database.apps);
    let tables = apps.clone().flat_map(|app| &app.tables).map(|table| &table.module);
    let wanted = databases.iter().map(|database| &database.module).chain(tables);
    let missing: Vec<_> = wanted.filter(|module| !found.contains(*module)).collect();
    assert!(missing.is_empty(), "{missing:?} are not in:\n{text}");
}

fn collect_modules(items: &[syn::Item], found: &mut BTreeSet<String>) {
    for item in items {
        if let syn::Item::Mod(module) = item {
            let (_, items) = module.content.as_ref().expect("no module is in a file of its own");
            found.insert(module.ident.to_string());
            collect_modules(items, found);
        }
    }
}
