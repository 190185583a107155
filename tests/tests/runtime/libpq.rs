//! Where a connection's settings come from: a program connects where `psql` does with the same URL, the same environment
//! and the same files, and fails where `psql` fails.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use ormgen_runtime::{Error, Pool, config::ConnectionConfig, prelude::*};
use ormgen_tests::{
    generated::shop::crm::Crm,
    server::{TestDb, server},
};
use tokio_postgres::Config;

/// Where the other process finds the URL that it connects to.
const URL: &str = "ORMGEN_TEST_URL_TO_ASK";

/// What either program asks.
const WHO: &str = "SELECT current_user || ' in ' || current_database()";

/// What stands before the answer, among what the test's own process prints.
const ANSWER: &str = "answer: ";

/// One place that settings come from.
struct Case<'c> {
    name: &'c str,
    url: &'c str,
    variables: &'c [(&'c str, &'c str)],
    /// Files of the home folder, with their mode.
    files: &'c [(&'c str, &'c str, u32)],
    connects: bool,
}

/// What stands in the cases for what differs from run to run: `HERE` (the address), `PORT`, `DB`, `SOCKET` (the folder of
/// the server's socket), `PW` (the password), `HOME`.
struct Places(Vec<(&'static str, String)>);

impl Places {
    fn of(db: &TestDb, home: &Path) -> Self {
        let config: Config = db.url().parse().unwrap();
        let password = String::from_utf8_lossy(config.get_password().unwrap()).into_owned();
        let socket = PathBuf::from(std::env::var("ORMGEN_TEST_PG_FOLDER").unwrap()).join("server1");
        Self(vec![
            ("HERE", "127.0.0.1".into()),
            ("PORT", config.get_ports()[0].to_string()),
            ("DB", db.name().to_owned()),
            ("SOCKET", socket.display().to_string()),
            ("PW", password),
            ("HOME", home.display().to_string()),
        ])
    }

    fn fill(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("<{name}>"), value))
    }
}

const NO_PASSWORD: &str = "postgres://ormgen@<HERE>:<PORT>/<DB>";
const SERVICE: &str = "[other]\nhost=x\n[crm]\n# comment\nport=<PORT>\nhost=<HERE>\nuser=ormgen\npassword=<PW>\n\
                       dbname=<DB>\n[crm]\nhost=y\n";

/// Each place of its own, and which of two goes first.
fn cases() -> Vec<Case<'static>> {
    let case = |name, url, variables, files, connects| Case { name, url, variables, files, connects };
    let pass = |text| (".pgpass", text, 0o600);
    let right = pass("*:*:*:ormgen:<PW>\n");
    let files = |files: Vec<(&'static str, &'static str, u32)>| -> &'static [_] { files.leak() };
    vec![
        case("no password", NO_PASSWORD, &[], &[], false),
        case("PGPASSWORD", NO_PASSWORD, &[("PGPASSWORD", "<PW>")], &[], true),
        case("an empty PGPASSWORD", NO_PASSWORD, &[("PGPASSWORD", "")], files(vec![right]), true),
        case("PGPASSWORD before ~/.pgpass", NO_PASSWORD, &[("PGPASSWORD", "no")], files(vec![right]), false),
        case(
            "URL before PGPASSWORD",
            "postgres://ormgen:<PW>@<HERE>:<PORT>/<DB>",
            &[("PGPASSWORD", "no")],
            &[],
            true,
        ),
        case("~/.pgpass", NO_PASSWORD, &[], files(vec![right]), true),
        case("~/.pgpass of others", NO_PASSWORD, &[], &[(".pgpass", "*:*:*:*:<PW>\n", 0o644)], false),
        case(
            "the first line of ~/.pgpass",
            NO_PASSWORD,
            &[],
            files(vec![pass("*:*:*:*:no\n*:*:*:*:<PW>\n")]),
            false,
        ),
        case(
            "a line for this place",
            NO_PASSWORD,
            &[],
            files(vec![pass("# no\nx:*:*:*:no\n<HERE>:1:*:*:no\r\n<HERE>:<PORT>:<DB>:ormgen:<PW>\r\n")]),
            true,
        ),
        case(
            "a URL whose ~/.pgpass is a folder",
            "postgres://ormgen:<PW>@<HERE>:<PORT>/<DB>",
            &[],
            &[(".pgpass/x", "", 0o600)],
            true,
        ),
        case(
            "PGPASSFILE",
            NO_PASSWORD,
            &[("PGPASSFILE", "<HOME>/p")],
            &[("p", "*:*:*:*:<PW>\n", 0o600)],
            true,
        ),
        case("no such PGPASSFILE", NO_PASSWORD, &[("PGPASSFILE", "<HOME>/p")], files(vec![right]), false),
        case(
            "passfile= before PGPASSFILE",
            "postgres://ormgen@<HERE>:<PORT>/<DB>?passfile=<HOME>/p",
            &[("PGPASSFILE", "<HOME>/q")],
            &[("p", "*:*:*:*:<PW>\n", 0o600), ("q", "*:*:*:*:no\n", 0o600)],
            true,
        ),
        case("service=", "postgres:///?service=crm", &[], &[(".pg_service.conf", SERVICE, 0o644)], true),
        case(
            "PGSERVICEFILE",
            "postgres:///?service=crm",
            &[("PGSERVICEFILE", "<HOME>/s")],
            &[("s", SERVICE, 0o644), (".pg_service.conf", "[crm]\nhost=y\n", 0o644)],
            true,
        ),
        case(
            "PGSYSCONFDIR",
            "postgres:///?service=crm",
            &[("PGSYSCONFDIR", "<HOME>/etc")],
            &[("etc/pg_service.conf", SERVICE, 0o644), (".pg_service.conf", "[x]\nhost=y\n", 0o644)],
            true,
        ),
        case(
            "no such service",
            "postgres:///?service=crn",
            &[],
            &[(".pg_service.conf", SERVICE, 0o644)],
            false,
        ),
        case(
            "a service's password before PGPASSWORD",
            "postgres:///?service=crm",
            &[("PGPASSWORD", "no")],
            &[(".pg_service.conf", SERVICE, 0o644)],
            true,
        ),
        case(
            "a service's port for the URL's host",
            "postgres://ormgen:<PW>@<HERE>/<DB>?service=crm",
            &[],
            &[(".pg_service.conf", "[crm]\nport=<PORT>\nhost=y\n", 0o644)],
            true,
        ),
        case(
            "the URL's port before a service's",
            "postgres://ormgen:<PW>@<HERE>:<PORT>/<DB>?service=crm",
            &[],
            &[(".pg_service.conf", "[crm]\nport=1\n", 0o644)],
            true,
        ),
        case(
            "a service's password file",
            "postgres://ormgen@<HERE>:<PORT>/<DB>?service=crm",
            &[],
            &[(".pg_service.conf", "[crm]\npassfile=<HOME>/p\n", 0o644), ("p", "*:*:*:*:<PW>\n", 0o600)],
            true,
        ),
        case(
            "parameters",
            "postgres:///?port=<PORT>&host=<HERE>&user=ormgen&password=<PW>&dbname=<DB>",
            &[],
            &[],
            true,
        ),
        case("hostaddr= alone", "postgres://ormgen:<PW>@/<DB>?hostaddr=<HERE>&port=<PORT>", &[], &[], true),
        case(
            "a line for hostaddr=",
            "postgres://ormgen@/<DB>?hostaddr=<HERE>&port=<PORT>",
            &[],
            files(vec![pass("<HERE>:<PORT>:*:*:<PW>\n")]),
            true,
        ),
        case(
            "hostaddr= of a host, whose name a line has",
            "postgres://ormgen@db.invalid:<PORT>/<DB>?hostaddr=<HERE>",
            &[],
            files(vec![pass("<HERE>:*:*:*:no\ndb.invalid:*:*:*:<PW>\n")]),
            true,
        ),
        case(
            "hostaddr= of each host",
            "postgres://ormgen:<PW>@a.invalid,b.invalid/<DB>?hostaddr=127.0.0.9,<HERE>&port=<PORT>",
            &[],
            &[],
            true,
        ),
        case(
            "a port of each host",
            "postgres://ormgen:<PW>@<HERE>,<HERE>/<DB>?port=1,<PORT>",
            &[],
            &[],
            true,
        ),
        case("a socket", "postgres://ormgen:<PW>@/<DB>?port=<PORT>&host=<SOCKET>", &[], &[], true),
        case(
            "a line for a socket",
            "postgres://ormgen@/<DB>?host=<SOCKET>&port=<PORT>",
            &[],
            files(vec![pass("<SOCKET>:*:*:*:<PW>\n")]),
            true,
        ),
    ]
}

/// A process with the case's environment and no other.
fn process(program: &Path, home: &Path, case: &Case<'_>, places: &Places) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("HOME", home)
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("USER", "nobody");
    command.envs(case.variables.iter().map(|(name, value)| (name, places.fill(value))));
    command.stdin(Stdio::null());
    command
}

/// The answer in what a process printed, or its whole output where there is none.
fn answer(mut command: Command, before: &str) -> Result<String, String> {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let answer = said.lines().find_map(|line| Some(line.split_once(before)?.1.to_owned()));
    answer.filter(|answer| answer.starts_with("ormgen in ")).ok_or_else(|| {
        let error = String::from_utf8_lossy(&output.stderr);
        format!("{said}{error}").lines().filter(|line| line.contains("rror")).collect::<Vec<_>>().join("; ")
    })
}

#[tokio::test]
async fn a_program_connects_where_psql_does() {
    let db = server(1).create_database("libpq").await;
    let psql = PathBuf::from(std::env::var("ORMGEN_TEST_PG_BIN").unwrap()).join("psql");
    let mut wrong = Vec::new();
    for case in cases() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path();
        let places = Places::of(&db, home);
        for (name, content, mode) in case.files {
            let file = home.join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(&file, places.fill(content)).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(*mode)).unwrap();
        }
        let url = places.fill(case.url);
        let mut ask = process(&psql, home, &case, &places);
        ask.args(["-X", "-w", "-At", "-d", &url, "-c", WHO]);
        let by_psql = answer(ask, "");
        let mut ask = process(&std::env::current_exe().unwrap(), home, &case, &places);
        ask.args(["--exact", "libpq::the_program", "--ignored", "--nocapture"]).env(URL, &url);
        let by_us = answer(ask, ANSWER);
        if by_psql.is_ok() != case.connects || by_us.as_ref().ok() != by_psql.as_ref().ok() {
            wrong.push(format!("{}: psql: {by_psql:?}, ormgen: {by_us:?}", case.name));
        }
        let (_, password) = &places.0[4];
        assert!(!format!("{by_us:?}").contains(password), "{}: {by_us:?}", case.name);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// As libpq does for each connection: passwords are changed while programs run.
#[tokio::test]
async fn a_password_file_that_changes_is_read_again() {
    let db = server(1).create_database("libpq").await;
    let (_, place) = db.url().split_once('@').unwrap();
    let (role, home) = (db.name(), tempfile::tempdir().unwrap());
    let file = home.path().join("p");
    let write = |password: &str| {
        fs::write(&file, format!("*:*:*:{role}:{password}\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    };
    db.batch(&format!("CREATE ROLE {role} LOGIN PASSWORD 'one'")).await;
    write("one");
    let url = format!("postgres://{role}@{place}?passfile={}", file.display());
    let pool = Pool::<Crm>::new(&ConnectionConfig::new("crm", url.as_str())).unwrap();
    let who = async || Crm::sql::<String>(WHO).one(&pool).await;
    who().await.unwrap();
    let change = format!(
        "ALTER ROLE {role} PASSWORD 'two';
         SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = '{role}'"
    );
    db.batch(&change).await;
    let refused = who().await;
    assert!(matches!(refused, Err(Error::Refused { .. })), "{refused:?}");
    write("two");
    who().await.unwrap();
}

#[tokio::test]
#[ignore = "`a_program_connects_where_psql_does` starts it in a process of its own"]
async fn the_program() {
    let url = std::env::var(URL).unwrap();
    let asked = async {
        let pool = Pool::<Crm>::new(&ConnectionConfig::new("crm", url.as_str()))?;
        Crm::sql::<String>(WHO).one(&pool).await
    };
    match asked.await {
        Ok(who) => println!("{ANSWER}{who}"),
        Err(error) => println!("error: {error}"),
    }
}
