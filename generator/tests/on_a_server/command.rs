//! The command line, where it needs a server to apply DDL on.

use std::{fs, path::Path, process::Command};

fn ormgen(folder: &Path, arguments: &[&str]) -> String {
    let output =
        Command::new(env!("CARGO_BIN_EXE_ormgen")).args(arguments).current_dir(folder).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{text}");
    text
}

#[test]
fn a_snapshot_of_what_a_server_made_of_ddl_needs_no_server_later() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::create_dir(folder.join("db")).unwrap();
    // Nobody but a server knows what this makes.
    let block = "DO $$ BEGIN EXECUTE 'CREATE TABLE ' || lower('MADE') || ' (id int PRIMARY KEY)'; END $$;";
    fs::write(folder.join("db/1_made.sql"), block).unwrap();
    let manifest = |schema: &str| {
        let text = format!(
            "connections: {{ a: 'postgres://localhost/x' }}\napps: {{ a: {{ schema: {schema}, default_connection: a }} }}\n"
        );
        fs::write(folder.join("manifest.yaml"), text).unwrap();
    };
    manifest("{ migrations: db, through: server }");
    let said = ormgen(folder, &["introspect"]);
    assert!(said.contains("a: 1 table") && said.contains("a.snapshot.yaml"), "{said}");
    ormgen(folder, &["introspect", "--check"]);
    let said = ormgen(folder, &["build", "-v"]);
    assert!(said.contains("a: `db` has the layout `numbered`"), "{said}");
    manifest("schemas/a.snapshot.yaml");
    let said = ormgen(folder, &["build"]);
    assert!(said.contains("none changed"), "{said}");
}
