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

/// Each block makes or drops an index that is not unique, on a condition that only a server can decide.
const BLOCKS_ON_INDEXES: [&str; 6] = [
    "DO $$ BEGIN
       IF current_setting('server_version_num')::int >= 110000 THEN CREATE INDEX t_a ON t (a) INCLUDE (b);
       ELSE CREATE INDEX t_a ON t (a, b); END IF;
     END $$;",
    "DO $$ BEGIN IF (SELECT count(*) FROM t) < 1000 THEN CREATE INDEX t_a ON t (a); END IF; END $$;
     COMMENT ON INDEX t_a IS 'for lists';
     ALTER INDEX t_a RENAME TO t_by_a;",
    "DO $$ BEGIN EXECUTE format('CREATE INDEX %I ON t (a)', 't_' || 'a'); END $$; DROP INDEX t_a;",
    "CREATE INDEX t_a ON t (a);
     DO $$ BEGIN IF current_setting('block_size') = '8192' THEN DROP INDEX t_a; END IF; END $$;",
    "DO $$ DECLARE name text; BEGIN
       FOREACH name IN ARRAY ARRAY['a', 'b'] LOOP EXECUTE 'CREATE INDEX ON t (' || name || ')'; END LOOP;
     END $$;",
    "DO $$ BEGIN
       IF EXISTS (SELECT FROM t) THEN RETURN; END IF;
       CREATE INDEX t_a ON t (a);
     END $$;",
];

#[test]
fn an_index_of_a_block_stops_no_build_and_is_no_drift() {
    let judge = super::Judge::start();
    for (number, block) in BLOCKS_ON_INDEXES.iter().enumerate() {
        let name = format!("index_{number}");
        let ddl = format!("CREATE TABLE t (id int PRIMARY KEY, a text, b text);\n{block}");
        judge.database(&name).run(&ddl).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        fs::write(folder.join("t.sql"), &ddl).unwrap();
        let url = judge.server.url(&name);
        let manifest = format!(
            "connections: {{ a: '{url}' }}\napps: {{ a: {{ schema: t.sql, default_connection: a }} }}\n"
        );
        fs::write(folder.join("manifest.yaml"), manifest).unwrap();
        ormgen(folder, &["build"]);
        let said = ormgen(folder, &["diff"]);
        // In the third, both sides have no index at the end.
        let is_told = said.contains("indexes that are not unique are left out");
        assert!(is_told != (number == 2), "{block}\n{said}");
    }
}

#[test]
fn a_unique_index_of_a_block_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let ddl = "CREATE TABLE t (id int PRIMARY KEY, a text);
        DO $$ BEGIN IF (SELECT count(*) FROM t) = 0 THEN CREATE UNIQUE INDEX t_a ON t (a); END IF; END $$;";
    fs::write(folder.join("t.sql"), ddl).unwrap();
    let manifest = "connections: { a: 'postgres://localhost/x' }\napps: { a: { schema: t.sql, default_connection: a } }\n";
    fs::write(folder.join("manifest.yaml"), manifest).unwrap();
    let build = ["build"];
    let output = Command::new(env!("CARGO_BIN_EXE_ormgen")).args(build).current_dir(folder).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("t.sql:2:"), "{said}");
}
