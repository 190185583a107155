//! `ormgen dev`: a server that is there as long as a command runs, and leaves nothing behind, however it ends.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::{
    env, fs,
    io::{BufRead, BufReader},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Output, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use insta::assert_snapshot;
use ormgen_tests::cli::{as_by_a_person, binary};
use tempfile::TempDir;

const MANIFEST: &str = "
connections:
  crm: ${DEV_CRM_URL:-postgres://localhost/crm}
  crm_eu: { url: '${DEV_EU_URL}', replicas: ['${DEV_REPLICA_URL}'], tls: { mode: require } }
apps:
  crm: { schema: migrations, default_connection: crm, connections: [crm_eu] }
";

/// A project, and a folder for temporary files of its own that the servers' user can enter.
struct Project {
    folder: TempDir,
    temporary: TempDir,
}

impl Project {
    fn new(manifest: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("manifest.yaml"), manifest).unwrap();
        let migrations = folder.path().join("migrations");
        fs::create_dir(&migrations).unwrap();
        fs::write(migrations.join("1_customers.sql"), "CREATE TABLE customers (id bigint PRIMARY KEY);\n")
            .unwrap();
        fs::write(
            migrations.join("2_name.sql"),
            "ALTER TABLE customers ADD name text OWNER;\n".replace(" OWNER", ""),
        )
        .unwrap();
        fs::write(migrations.join("10_owner.sql"), "ALTER TABLE customers OWNER TO app;\n").unwrap();
        let place = env::var_os("ORMGEN_TEST_PG_FOLDER").expect("tests/run sets it");
        Self { folder, temporary: tempfile::Builder::new().prefix("dev").tempdir_in(place).unwrap() }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let bin = env::var("ORMGEN_TEST_PG_BIN").expect("tests/run sets it");
        let mut command = Command::new(binary());
        command.args(["dev", "--postgres", &bin]).args(arguments);
        command.current_dir(self.folder.path()).env("TMPDIR", self.temporary.path());
        self.open_temporary();
        command
    }

    /// Lets the servers' user, where it is another, pass through.
    fn open_temporary(&self) {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(self.temporary.path(), fs::Permissions::from_mode(0o711)).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        let Output { status, stdout, stderr } = self.command(arguments).output().unwrap();
        (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
    }

    /// Starts it as the leader of a group, as a shell does, and reads the first line that it prints.
    fn start(&self, arguments: &[&str]) -> Running {
        let mut command = self.command(arguments);
        let mut child =
            command.process_group(0).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        Running { child, line, _output: output }
    }

    fn left(&self) -> Vec<PathBuf> {
        fs::read_dir(self.temporary.path()).unwrap().map(|entry| entry.unwrap().path()).collect()
    }

    fn becomes_empty(&self) {
        let start = Instant::now();
        while !self.left().is_empty() {
            assert!(start.elapsed() < Duration::from_secs(60), "{:?} is left", self.left());
            sleep(Duration::from_millis(50));
        }
    }
}

/// A process that goes on after its first line.
struct Running {
    child: Child,
    line: String,
    _output: BufReader<ChildStdout>,
}

impl Running {
    fn id(&self) -> u32 {
        self.child.id()
    }

    /// As a terminal does: the whole group gets it.
    fn send_to_group(&self, signal: &str) {
        send(signal, &format!("-{}", self.id()));
    }

    fn send(&self, signal: &str) {
        send(signal, &self.id().to_string());
    }

    fn status(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Of a test that failed; what it started ends with it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The process of a server, from the folder that `dev` made.
fn postmaster(folder: &Path) -> u32 {
    let text = fs::read_to_string(folder.join("data/postmaster.pid")).unwrap();
    text.lines().next().unwrap().parse().unwrap()
}

fn is_alive(process: u32) -> bool {
    let state = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    state.rsplit(')').next().and_then(|rest| rest.split_whitespace().next()).is_some_and(|state| state != "Z")
}

fn send(signal: &str, target: &str) {
    let status = Command::new("sh").args(["-c", "kill -$0 $1", signal, target]).status().unwrap();
    assert!(status.success());
}

fn psql(url: &str, sql: &str) -> String {
    let bin = env::var("ORMGEN_TEST_PG_BIN").unwrap();
    format!("'{bin}/psql' -qAt \"{url}\" -c \"{sql}\"")
}

#[test]
fn a_command_finds_each_connections_database() {
    let project = Project::new(MANIFEST);
    let insert = psql("$DEV_CRM_URL", "INSERT INTO customers VALUES (1, 'Ada') RETURNING name");
    let there = psql("$DEV_EU_URL", "SELECT count(*), current_database() FROM customers");
    let replica = psql(
        "$DEV_REPLICA_URL",
        "SELECT current_database(), tableowner FROM pg_tables WHERE tablename = 'customers'",
    );
    let script = format!("{insert}; {there}; {replica}; exit 7");
    let (status, stdout, stderr) = project.run(&["--", "sh", "-c", &script]);
    assert_eq!((status, stdout.as_str()), (Some(7), "Ada\n0|crm_eu\ncrm_eu|app\n"), "{stderr}");
    assert_snapshot!("dev says what it made", stderr);
    assert!(project.left().is_empty());
}

/// `PGPORT` is what libpq takes for the port of a URL without one, and the server for its own.
#[test]
fn whatever_the_port_and_the_folder_are_called() {
    let project = Project::new(MANIFEST);
    let odd = project.temporary.path().join("it's odd");
    fs::create_dir(&odd).unwrap();
    let ask = psql("$DEV_CRM_URL", "SELECT count(*) FROM customers");
    let mut command = project.command(&["-q", "--", "sh", "-c", &ask]);
    let output = command.env("PGPORT", "6543").env("TMPDIR", &odd).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "0\n", "{told}");
    assert!(fs::read_dir(&odd).unwrap().next().is_none());
}

#[test]
fn a_command_that_is_not_there() {
    let project = Project::new(MANIFEST);
    let (status, _, stderr) = project.run(&["--", "/nowhere/program"]);
    assert_eq!(status, Some(127));
    assert!(stderr.contains("error: `/nowhere/program` cannot be run"), "{stderr}");
    assert!(project.left().is_empty());
}

#[test]
fn ctrl_c_ends_the_command_and_leaves_nothing() {
    let project = Project::new(MANIFEST);
    let mut child = project.start(&["--", "sh", "-c", "echo up; exec sleep 600"]);
    assert_eq!(child.line, "up\n");
    let server = postmaster(&project.left()[0]);
    child.send_to_group("INT");
    assert_eq!(child.status(), Some(130));
    assert!(project.left().is_empty() && !is_alive(server));
}

#[test]
fn ctrl_c_ends_the_waiting() {
    let project = Project::new(MANIFEST);
    let mut child = project.start(&["manifest.yaml"]);
    assert!(child.line.starts_with("export DEV_CRM_URL='postgres://postgres@%2F"), "{}", child.line);
    child.send_to_group("INT");
    assert_eq!(child.status(), Some(0));
    assert!(project.left().is_empty());
}

#[test]
fn a_request_to_end_reaches_the_command() {
    let project = Project::new(MANIFEST);
    let mut child = project.start(&["--", "sh", "-c", "echo up; exec sleep 600"]);
    assert_eq!(child.line, "up\n");
    child.send("TERM");
    assert_eq!(child.status(), Some(143));
    assert!(project.left().is_empty());
}

#[test]
fn nothing_is_left_of_a_process_that_was_killed() {
    let project = Project::new(MANIFEST);
    let mut child = project.start(&[]);
    let server = postmaster(&project.left()[0]);
    assert!(is_alive(server));
    child.send_to_group("KILL");
    child.status();
    project.becomes_empty();
    assert!(!is_alive(server));
}

#[test]
fn what_is_left_when_the_keeper_is_killed_too_goes_with_the_next_start() {
    let project = Project::new(MANIFEST);
    let mut child = project.start(&[]);
    let folder = project.left().remove(0);
    let server = postmaster(&folder);
    let keeper = keeper_of(&folder);
    send("KILL", &keeper.to_string());
    child.send("KILL");
    child.status();
    assert!(folder.exists() && is_alive(server));

    // Another one that runs meanwhile is left alone.
    let mut other = project.start(&[]);
    assert!(!folder.exists() && !is_alive(server));
    let others = project.left();
    assert_eq!(project.run(&["--", "true"]).0, Some(0));
    assert_eq!(project.left(), others);
    assert!(is_alive(postmaster(&others[0])));
    other.send("INT");
    other.status();
    assert!(project.left().is_empty());
}

/// The shell that was given this folder to remove.
fn keeper_of(folder: &Path) -> u32 {
    let processes =
        fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let is_keeper = |process: &u32| {
        let line = fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
        let words: Vec<&[u8]> = line.split(|byte| *byte == 0).collect();
        words.contains(&&b"keeper"[..]) && words.contains(&folder.as_os_str().as_encoded_bytes())
    };
    processes.into_iter().find(is_keeper).expect("the folder has a keeper")
}

#[test]
fn kept_data_are_there_again() {
    let project = Project::new(MANIFEST);
    let data = project.temporary.path().join("kept/data");
    let data = data.to_str().unwrap();
    let insert = psql("$DEV_CRM_URL", "INSERT INTO customers VALUES (1, 'Ada')");
    let (status, _, stderr) = project.run(&["--keep", data, "--", "sh", "-c", &insert]);
    assert_eq!(status, Some(0), "{stderr}");
    assert!(
        stderr.contains("crm: a new database, in")
            && stderr.contains(&format!("the data are kept in `{data}`")),
        "{stderr}"
    );
    let select = psql("$DEV_CRM_URL", "SELECT name FROM customers");
    let (status, stdout, stderr) = project.run(&["--keep", data, "--", "sh", "-c", &select]);
    assert_eq!((status, stdout.as_str()), (Some(0), "Ada\n"), "{stderr}");
    assert!(stderr.contains("crm: the database that an earlier run left, in"), "{stderr}");
    assert_eq!(project.left(), [project.temporary.path().join("kept")]);

    // A later migration is not applied to them, which is said.
    let migration = project.folder.path().join("migrations/11_age.sql");
    fs::write(migration, "ALTER TABLE customers ADD age int;").unwrap();
    let (status, _, stderr) = project.run(&["--keep", data, "--", "true"]);
    assert_eq!(status, Some(0), "{stderr}");
    assert!(stderr.contains("an earlier run left, whose schema was another one"), "{stderr}");

    // Data that another server uses are not touched.
    let mut child = project.start(&["--keep", data]);
    let (status, _, stderr) = project.run(&["--keep", data, "--", "true"]);
    assert_eq!(status, Some(1));
    assert!(stderr.contains("another server uses the data in"), "{stderr}");
    assert!(is_alive(postmaster(&project.temporary.path().join("kept"))));
    child.send("INT");
    assert_eq!(child.status(), Some(0));
}

/// They are none before they are complete.
#[test]
fn kept_data_of_a_process_that_was_killed_while_it_made_them() {
    let project = Project::new(MANIFEST);
    let data = project.temporary.path().join("kept");
    let mut command = project.command(&["--keep", data.to_str().unwrap(), "--", "true"]);
    let mut first = command.stderr(Stdio::null()).spawn().unwrap();
    let is_begun = || {
        let made = fs::read_dir(&data).into_iter().flatten().flatten();
        made.flat_map(|entry| fs::read_dir(entry.path())).flatten().next().is_some()
    };
    while !is_begun() {
        assert!(first.try_wait().unwrap().is_none(), "it makes the data");
        sleep(Duration::from_millis(5));
    }
    first.kill().unwrap();
    first.wait().unwrap();
    let select = psql("$DEV_CRM_URL", "SELECT count(*) FROM customers");
    let (status, stdout, stderr) =
        project.run(&["--keep", data.to_str().unwrap(), "--", "sh", "-c", &select]);
    assert_eq!((status, stdout.as_str()), (Some(0), "0\n"), "{stderr}");
}

#[test]
fn what_cannot_be_made_is_told() {
    let literal =
        MANIFEST.replace("${DEV_CRM_URL:-postgres://localhost/crm}", "postgres://app:hunter2@db1/crm");
    let project = Project::new(&literal.replace("['${DEV_REPLICA_URL}']", "['postgres://${HOST}/crm']"));
    let (status, _, stderr) = project.run(&["--", "true"]);
    assert_eq!(status, Some(1));
    assert!(!stderr.contains("hunter2"));
    assert_snapshot!("dev sets no literal url", stderr);

    let project = Project::new(MANIFEST);
    fs::write(project.folder.path().join("migrations/2_name.sql"), "ALTER TABLE customers ADD name txt;\n")
        .unwrap();
    fs::write(
        project.folder.path().join("migrations/3_rows.sql"),
        "COPY customers (id, name) FROM stdin;\n1\tAda\n\\.\n",
    )
    .unwrap();
    let (status, _, stderr) = project.run(&["--", "true"]);
    assert_eq!(status, Some(1));
    assert_snapshot!("dev tells what the server refuses", stderr);
    assert!(project.left().is_empty());
}

/// What made the tables is not here: they are for the command to make. The server that the manifest names is left alone,
/// also if the variable is set.
#[test]
fn the_database_of_a_schema_without_ddl_is_empty() {
    let make = psql("$DEV_CRM_URL", "CREATE TABLE customers (id bigint); SELECT count(*) FROM customers");
    let live = MANIFEST.replace("schema: migrations", "schema: live");
    let project = Project::new(&live);
    let mut command = project.command(&["--", "sh", "-c", &make]);
    let output = command.env("DEV_CRM_URL", "postgres://localhost:1/production").output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(0), &b"0\n"[..]), "{stderr}");
    assert_snapshot!("dev has no ddl of a live server", stderr);

    let project = Project::new(&MANIFEST.replace("schema: migrations", "schema: schemas/crm.yaml"));
    let snapshot = project.folder.path().join("schemas/crm.yaml");
    fs::create_dir(snapshot.parent().unwrap()).unwrap();
    fs::write(snapshot, "not read").unwrap();
    let (status, stdout, stderr) = project.run(&["--", "sh", "-c", &make]);
    assert_eq!((status, stdout.as_str()), (Some(0), "0\n"), "{stderr}");
    assert_snapshot!("dev has no ddl of a snapshot", stderr);
}

/// Foreign keys between the apps work, as both schemas are in one database; and two connections with one variable lead to
/// one database.
#[test]
fn two_apps_of_one_connection_share_a_database() {
    let project = Project::new(
        "
connections:
  shop: ${SHOP_URL}
  again: ${SHOP_URL}
  reports: ${REPORTS_URL}
apps:
  crm: { schema: migrations, default_connection: shop, connections: [again, reports] }
  billing: { schema: billing.sql, default_connection: shop }
",
    );
    fs::write(
        project.folder.path().join("billing.sql"),
        "CREATE TABLE invoices (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers);\n",
    )
    .unwrap();
    let tables = "SELECT current_database(), string_agg(tablename, ' ' ORDER BY tablename) FROM pg_tables \
                  WHERE schemaname = 'public'";
    let script = format!("{}; {}", psql("$SHOP_URL", tables), psql("$REPORTS_URL", tables));
    let (status, stdout, stderr) = project.run(&["--", "sh", "-c", &script]);
    assert_eq!(status, Some(0), "{stderr}");
    assert_eq!(stdout, "shop|customers invoices\nreports|customers\n");
    assert_eq!(
        stderr,
        "shop, again: a new database, in $SHOP_URL\nreports: a new database, in $REPORTS_URL\n"
    );
}

/// What takes a migration back is not run, and a table of the tool's own is not missed.
#[test]
fn migrations_run_in_the_order_of_their_tool_and_forward_only() {
    let project = Project::new(
        "
connections: { shop: '${SHOP_URL}' }
apps:
  shop: { schema: db, default_connection: shop }
",
    );
    let folder = project.folder.path().join("db");
    fs::create_dir(&folder).unwrap();
    let migration = |name: &str, up: &str, down: &str| {
        fs::write(folder.join(name), format!("-- +goose Up\n{up};\n-- +goose Down\n{down};\n")).unwrap();
    };
    migration("00002_rename.sql", "ALTER TABLE people RENAME TO customers", "DROP TABLE customers");
    migration("00001_people.sql", "CREATE TABLE people (id bigint PRIMARY KEY)", "DROP TABLE people");
    let count = psql("$SHOP_URL", "SELECT count(*) FROM customers");
    let (status, stdout, stderr) = project.run(&["--", "sh", "-c", &count]);
    assert_eq!((status, stdout.as_str()), (Some(0), "0\n"), "{stderr}");
}

#[test]
fn a_machine_without_postgresql_is_told_how_to_get_it() {
    let project = Project::new(MANIFEST);
    let mut command = Command::new(binary());
    command.args(["dev", "--postgres", "/nowhere"]).current_dir(project.folder.path());
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_snapshot!("dev finds no server", String::from_utf8(output.stderr).unwrap());
}

/// The manifest asks for TLS: a socket is not encrypted, as with libpq, and the program connects all the same.
#[tokio::test]
async fn a_socket_needs_no_tls() {
    use ormgen_runtime::config::{ConnectionConfig, TlsConfig, TlsMode};

    let project = Project::new(MANIFEST);
    let mut child = project.start(&[]);
    let url = child.line.trim_end().split('\'').nth(1).unwrap().to_owned();
    let mut connection = ConnectionConfig::new("crm", url);
    connection.tls = TlsConfig { mode: Some(TlsMode::Require), ..TlsConfig::default() };
    let address = connection.resolve(|_| None).unwrap().primary;
    let client = ormgen_runtime::generated::connect(&address, "crm").await.unwrap();
    client.batch_execute("SELECT").await.unwrap();
    child.send("INT");
    assert_eq!(child.status(), Some(0));
}

/// README's first command.
#[test]
fn the_first_command_runs_the_example_with_two_databases() {
    let project = Project::new(MANIFEST);
    project.open_temporary();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let bin = env::var_os("ORMGEN_TEST_PG_BIN").unwrap();
    let mut command = Command::new(root.join("examples/run"));
    as_by_a_person(&mut command);
    command.env("ORMGEN_PG_BIN", bin).env("TMPDIR", project.temporary.path()).env_remove("DB1_URL");
    let output = command.current_dir("/").output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(
        stdout,
        "Semi-final: Semi-final was worth seeing.\nFinal: Final was worth seeing.\nAda on Semi-final\nAda on Final\n"
    );
    assert!(project.left().is_empty());
}
