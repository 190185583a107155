//! What a person at the terminal, or a program, sees of `ormgen`.

use std::{fs, path::Path};

use insta::assert_snapshot;
use ormgen_tests::cli::{Run, ormgen};
use tempfile::TempDir;

fn folder() -> TempDir {
    tempfile::tempdir().expect("there is a place for temporary files")
}

fn write(folder: &TempDir, path: &str, text: &str) {
    let path = folder.path().join(path);
    let written = fs::create_dir_all(path.parent().unwrap_or(&path)).and_then(|()| fs::write(&path, text));
    written.expect("a temporary folder can be written to");
}

fn read(folder: &TempDir, path: &str) -> String {
    fs::read_to_string(folder.path().join(path)).expect("ormgen wrote it")
}

fn json(run: &Run) -> serde_json::Value {
    serde_json::from_str(&run.stdout).expect("the standard output is JSON")
}

const MANIFEST: &str = "
connections:
  crm: ${CRM_URL}
  spare: ${SPARE_URL}
apps:
  crm: { schema: crm.sql, default_connection: crm }
";

fn project() -> TempDir {
    let folder = folder();
    write(&folder, "manifest.yaml", MANIFEST);
    write(&folder, "crm.sql", "CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL);\n");
    folder
}

fn wrong() -> TempDir {
    let folder = project();
    write(&folder, "manifest.yaml", &MANIFEST.replace("default_connection", "default_conection"));
    folder
}

#[test]
fn help() {
    let folder = folder();
    for arguments in [
        &["--help"][..],
        &["init", "--help"],
        &["build", "--help"],
        &["check", "--help"],
        &["introspect", "--help"],
        &["diff", "--help"],
        &["dev", "--help"],
        &["explain", "--help"],
    ] {
        assert_snapshot!(
            format!("help {}", arguments.join(" ")),
            ormgen(folder.path(), arguments).to_string()
        );
    }
}

#[test]
fn the_status_tells_usage_from_wrong_input() {
    let (folder, project, wrong) = (folder(), project(), wrong());
    let schemaless = tempfile::tempdir_in(folder.path()).unwrap();
    for (folder, arguments, expected) in [
        (folder.path(), &["--version"][..], 0),
        (folder.path(), &[][..], 2),
        (folder.path(), &["frobnicate"], 2),
        (folder.path(), &["build", "--frobnicate"], 2),
        (folder.path(), &["build", "--format", "xml"], 2),
        (folder.path(), &["build", "a.yaml", "b.yaml"], 2),
        (folder.path(), &["explain", "ORM9999"], 2),
        (folder.path(), &["init", "--from", "mysql://db/crm"], 2),
        (folder.path(), &["explain", "ORM0101"], 0),
        (schemaless.path(), &["check"], 1),
        (schemaless.path(), &["build", "elsewhere/manifest.yaml"], 1),
        (wrong.path(), &["check"], 1),
        (wrong.path(), &["build"], 1),
        (wrong.path(), &["build", "--check"], 1),
        (project.path(), &["check"], 0),
        (project.path(), &["build", "--check"], 1),
        (project.path(), &["build"], 0),
        (project.path(), &["build", "--check"], 0),
    ] {
        let run = ormgen(folder, arguments);
        assert_eq!(run.status, expected, "{arguments:?}\n{run}");
    }
}

#[test]
fn a_mistake_is_drawn_and_counted() {
    assert_snapshot!(ormgen(wrong().path(), &["check"]).to_string());
}

#[test]
fn a_mistake_as_json() {
    let run = ormgen(wrong().path(), &["check", "--format", "json"]);
    assert_eq!((run.status, run.stderr.as_str()), (1, ""));
    assert_snapshot!(run.stdout);
}

#[test]
fn a_build_says_what_it_changed() {
    let folder = project();
    assert_snapshot!("first build", ormgen(folder.path(), &["build"]).to_string());
    assert_snapshot!("second build", ormgen(folder.path(), &["build"]).to_string());
    write(&folder, "crm.sql", "CREATE TABLE clients (id bigint PRIMARY KEY);\n");
    assert_snapshot!("stale", ormgen(folder.path(), &["build", "--check"]).to_string());
    let run = ormgen(folder.path(), &["build", "--format", "json"]);
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
    let files = &json(&run)["files"];
    assert!(files["removed"].as_array().is_some_and(|removed| removed.len() == 1), "{files}");
}

#[test]
fn a_file_that_was_edited_is_made_anew() {
    let folder = project();
    assert_eq!(ormgen(folder.path(), &["build"]).status, 0);
    let path = "src/db/mod.rs";
    let built = read(&folder, path);
    let edits =
        [built.replace("pub struct", "struct"), built.replacen('-', "0", 1), built.clone() + "// more"];
    for edited in edits {
        assert_ne!(edited, built);
        write(&folder, path, &edited);
        assert_eq!(ormgen(folder.path(), &["build"]).status, 0);
        assert_eq!(read(&folder, path), built);
    }
}

#[test]
fn quiet_says_errors_alone() {
    let run = ormgen(project().path(), &["check", "--quiet"]);
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", ""));
    let run = ormgen(wrong().path(), &["check", "-q"]);
    assert!(run.stderr.contains("error[ORM0101]"), "{run}");
}

#[test]
fn colours_come_when_asked_for() {
    let wrong = wrong();
    for (arguments, expected) in [
        (&["check"][..], false),
        (&["check", "--color", "always"], true),
        (&["check", "--color", "never"], false),
    ] {
        assert_eq!(ormgen(wrong.path(), arguments).stderr.contains('\u{1b}'), expected, "{arguments:?}");
    }
}

#[test]
fn explain() {
    let folder = folder();
    assert_snapshot!("explain", ormgen(folder.path(), &["explain", "orm0101"]).to_string());
    assert_snapshot!("explain unknown", ormgen(folder.path(), &["explain", "ORM0199"]).to_string());
    let list = ormgen(folder.path(), &["explain", "--format", "json"]);
    let list = json(&list);
    let list = list.as_array().unwrap();
    assert!(list.len() > 40);
    let mut ids: Vec<&str> = list.iter().map(|code| code["code"].as_str().unwrap()).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "a code has two meanings");
    for code in list {
        assert!(code["explanation"].as_str().unwrap().len() > 80, "{code} explains nothing");
    }
}

#[test]
fn what_init_writes_builds_at_once() {
    let folder = folder();
    assert_snapshot!("init", ormgen(folder.path(), &["init"]).to_string());
    assert_snapshot!("init manifest", read(&folder, "manifest.yaml"));
    let run = ormgen(folder.path(), &["build"]);
    assert_eq!(run.status, 0, "{run}");
    assert!(!run.stderr.contains("warning"), "{run}");
    assert_eq!(ormgen(folder.path(), &["build", "--check"]).status, 0);
}

#[test]
fn init_overwrites_nothing() {
    let folder = project();
    let run = ormgen(folder.path(), &["init"]);
    assert_snapshot!("init refused", run.to_string());
    assert_eq!(read(&folder, "manifest.yaml"), MANIFEST);
    write(&folder, "schemas/app.sql", "-- mine\n");
    assert_eq!(ormgen(folder.path(), &["init", "other.yaml"]).status, 0);
    assert_eq!(read(&folder, "schemas/app.sql"), "-- mine\n");
}

#[test]
fn init_from_servers_keeps_passwords_out() {
    let folder = folder();
    let run = ormgen(
        folder.path(),
        &[
            "init",
            "db/manifest.yaml",
            "--from",
            "postgres://app:hunt$er2@db1/crm",
            "postgres://app@db2:5433/My-Orders?sslmode=require",
            "--from",
            "postgres://db3/type",
            "postgres:///crm?host=/run/postgresql&password=hunter2",
            "${REPORTS_URL:-postgres://app:${REPORTS_PW}@db4/reports}",
            "${AUDIT_URL}",
        ],
    );
    assert_snapshot!("init from", run.to_string());
    let manifest = read(&folder, "db/manifest.yaml");
    assert!(!format!("{run}{manifest}").contains("hunt"));
    let connections = manifest.split("\nconnections:").nth(1).unwrap().split("\n# IDs").next().unwrap();
    assert_snapshot!("init from manifest", connections);

    for alias in ["crm", "my_orders", "db_type", "crm_2", "reports", "audit"] {
        let sql = "CREATE TABLE notes (id bigint PRIMARY KEY);\n";
        write(&folder, &format!("db/schemas/{alias}.sql"), sql);
    }
    let check = ormgen(folder.path(), &["check", "db/manifest.yaml"]);
    assert_eq!(check.status, 0, "{check}");
    assert!(!check.stderr.contains("warning"), "{check}");
}

#[test]
fn init_shows_no_part_of_a_url_that_is_wrong() {
    let folder = folder();
    let run =
        ormgen(folder.path(), &["init", "--from", "postgres://db1/crm", "postgres://app:hunter2@db:x/crm"]);
    assert_snapshot!("init from wrong url", run.to_string());
    assert!(!Path::new(folder.path()).join("manifest.yaml").exists());
}
