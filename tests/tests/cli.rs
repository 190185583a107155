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
        &["schema", "--help"],
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
            "--offline",
            "--from",
            "postgres://app:hunt$er2@db1/crm",
            "postgres://app@db2:5433/My-Orders?sslmode=require",
            "db/manifest.yaml",
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

#[test]
fn the_manifests_path_stands_where_it_likes() {
    for arguments in [
        &["init", "--offline", "--from", "postgres://db1/crm", "other.yaml"][..],
        &["init", "other.yaml", "--offline", "--from", "postgres://db1/crm"],
        &["init", "--from", "postgres://db1/crm", "--offline", "other.yaml"],
    ] {
        let folder = folder();
        let run = ormgen(folder.path(), arguments);
        assert_eq!(run.status, 0, "{arguments:?}\n{run}");
        assert!(read(&folder, "other.yaml").contains("crm: ${CRM_URL:-postgres://db1/crm}"), "{arguments:?}");
    }
    let run = ormgen(folder().path(), &["init", "a.yaml", "--from", "postgres://db1/crm", "b.yaml"]);
    assert_eq!(run.status, 2, "{run}");
}

#[test]
fn a_build_writes_the_same_however_the_manifest_is_named() {
    let folder = folder();
    let output = "output: { path: out/db, layout: crates, runtime: { path: ../runtime } }\n";
    write(&folder, "shop/manifest.yaml", &(MANIFEST.to_owned() + output));
    write(&folder, "shop/crm.sql", "CREATE TABLE customers (id bigint PRIMARY KEY);\n");
    std::os::unix::fs::symlink(folder.path().join("shop"), folder.path().join("linked")).unwrap();
    let shop = folder.path().join("shop");
    let run = ormgen(&shop, &["build"]);
    assert_eq!(run.status, 0, "{run}");
    assert!(read(&folder, "shop/out/db/crm/Cargo.toml").contains(r#"path = "../../../../runtime""#));
    let whole = |name: &str| folder.path().join(name).display().to_string();
    for (at, path) in [
        (folder.path(), "shop/manifest.yaml"),
        (&shop, "../shop/./manifest.yaml"),
        (&shop, &whole("shop/manifest.yaml")),
        (Path::new("/"), &whole("shop/manifest.yaml")),
        (folder.path(), &whole("linked/manifest.yaml")),
    ] {
        let run = ormgen(at, &["build", "--check", path]);
        assert_eq!(run.status, 0, "{path}: {run}");
    }
}

#[test]
fn init_from_a_server_that_is_not_there_writes_nothing() {
    let folder = folder();
    let run = ormgen(folder.path(), &["init", "--from", "postgres://app:hunter2@127.0.0.1:9/crm"]);
    assert_eq!(run.status, 1);
    assert!(run.stderr.contains("error[ORM0503]") && !run.stderr.contains("hunter2"), "{run}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// The schema itself is held to the manifest's readers by the generator's own tests.
#[test]
fn schema_is_json() {
    let folder = folder();
    let run = ormgen(folder.path(), &["schema"]);
    assert_eq!(json(&run)["properties"]["connections"]["type"], "object");
    // What `init` writes beside the manifest is the same, and the manifest's first line names it.
    assert_eq!(ormgen(folder.path(), &["init"]).status, 0);
    assert_eq!(read(&folder, "manifest.schema.json").trim_end(), run.stdout.trim_end());
    assert!(
        read(&folder, "manifest.yaml").starts_with("# yaml-language-server: $schema=manifest.schema.json\n")
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_run_whose_output_is_lost_does_not_end_well() {
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    for arguments in [&["explain"][..], &["schema"], &["check", "--format", "json"]] {
        let output = std::process::Command::new(ormgen_tests::cli::binary())
            .args(arguments)
            .current_dir(project().path())
            .stdout(full.try_clone().unwrap())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.contains("error: the standard output cannot be written: No space left"), "{stderr}");
    }
}

#[test]
fn mistakes_of_the_manifest_and_of_the_schema_are_told_in_one_run() {
    let folder = wrong();
    write(&folder, "crm.sql", "CREATE TABLE customers (id bigint PRIMARY KEY,, name text);\n");
    let run = ormgen(folder.path(), &["check"]);
    assert_eq!(run.status, 1);
    assert!(run.stderr.contains("--> manifest.yaml:") && run.stderr.contains("--> crm.sql:1:"), "{run}");
    // Nothing is said of a schema whose own settings are wrong.
    let settings = MANIFEST.replace("schema: crm.sql", "schema: { ddl: crm.sql, thruogh: server }");
    write(&folder, "manifest.yaml", &settings);
    let run = ormgen(folder.path(), &["check"]);
    assert!(run.stderr.contains("thruogh") && !run.stderr.contains("crm.sql:1:"), "{run}");
}

#[test]
fn a_manifest_that_cannot_be_read_is_not_to_be_made_anew() {
    let folder = folder();
    let run = ormgen(folder.path(), &["check", "."]);
    assert!(run.stderr.contains("the manifest is a folder") && !run.stderr.contains("init"), "{run}");
}

/// The package that the code lies in is told which dependencies are missing; nothing else is.
#[test]
fn missing_dependencies_are_told_once() {
    let folder = project();
    write(
        &folder,
        "manifest.yaml",
        &format!("{}output: {{ derives: [serde] }}\n", MANIFEST.replace("  spare: ${SPARE_URL}\n", "")),
    );
    let package = "[package]\nname = \"program\"\n\n[dependencies]\nserde_json = \"1\"\n";
    write(&folder, "Cargo.toml", package);
    let run = ormgen(folder.path(), &["build", "manifest.yaml"]);
    assert_eq!(run.status, 0, "{run}");
    assert_snapshot!("missing dependencies", run.to_string());
    write(&folder, "Cargo.toml", &format!("{package}ormgen-runtime = \"0.1\"\nserde.workspace = true\n"));
    let run = ormgen(folder.path(), &["build", "manifest.yaml"]);
    assert!(!run.stderr.contains("ORM0408"), "{run}");
}

/// Ctrl-C at any moment of a build: no staged file is left, and no file is half written.
#[cfg(unix)]
#[test]
fn a_build_that_is_stopped_leaves_no_staged_files() {
    let folder = project();
    let tables: String =
        (0..60).map(|number| format!("CREATE TABLE t{number} (id bigint PRIMARY KEY);\n")).collect();
    write(&folder, "crm.sql", &tables);
    let out = folder.path().join("src/db");
    for pause in [0, 1, 2, 4, 8] {
        let _ = fs::remove_dir_all(&out);
        let mut child = std::process::Command::new(ormgen_tests::cli::binary())
            .args(["build", "--quiet"])
            .current_dir(folder.path())
            .spawn()
            .unwrap();
        // The folders are made as the first file is staged.
        while !out.join("crm").exists() && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        std::thread::sleep(std::time::Duration::from_millis(pause));
        let kill =
            std::process::Command::new("sh").args(["-c", "kill -INT $0", &child.id().to_string()]).status();
        assert!(kill.is_ok());
        let status = child.wait().unwrap().code();
        assert!(status == Some(130) || status == Some(0), "{status:?}");
        let staged: Vec<_> = fs::read_dir(out.join("crm"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .filter(|name| name.as_encoded_bytes().starts_with(b".ormgen-"))
            .collect();
        assert!(staged.is_empty(), "{staged:?}");
        assert_eq!(ormgen(folder.path(), &["build", "--check"]).status, 0);
    }
}

/// One that fails takes its steps back, which would be over those of the other.
#[cfg(unix)]
#[test]
fn builds_at_once_follow_each_other() {
    let tables = |numbers: std::ops::Range<u32>, columns: &str| -> String {
        numbers.map(|n| format!("CREATE TABLE t{n} (id int PRIMARY KEY{columns});\n")).collect()
    };
    let folder = project();
    for round in 0..4 {
        write(&folder, "crm.sql", &tables(0..30, ""));
        assert_eq!(ormgen(folder.path(), &["build"]).status, 0);
        let changed = if round % 2 == 0 { tables(0..10, ", a int") } else { tables(0..50, ", b int") };
        write(&folder, "crm.sql", &changed);
        let builds = [(); 3].map(|()| {
            let folder = folder.path().to_owned();
            std::thread::spawn(move || ormgen(&folder, &["build"]))
        });
        for build in builds {
            let build = build.join().unwrap();
            assert_eq!(build.status, 0, "{build}");
        }
        let check = ormgen(folder.path(), &["build", "--check"]);
        assert_eq!(check.status, 0, "{check}");
    }
}
