//! The scratch PostgreSQL servers that `tests/run` starts, as tests see them.
//!
//! A test that needs a server and has none fails: nothing here skips.

use std::{
    env,
    ffi::OsStr,
    fs,
    io::Write,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{self, Command, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
};

use tokio_postgres::{Client, Config, NoTls};

/// A running server.
#[derive(Clone)]
pub struct Server {
    url: String,
}

/// The server of that number: 1, 2 or 3. The third one speaks TLS too; its authority is in [`tls_ca`].
///
/// # Panics
///
/// Where `tests/run` has not started it.
pub fn server(number: usize) -> Server {
    Server { url: variable(&format!("ORMGEN_TEST_PG_{number}")) }
}

/// The PEM file of the authority that signed the third server's certificate.
pub fn tls_ca() -> PathBuf {
    variable("ORMGEN_TEST_TLS_CA").into()
}

impl Server {
    /// The URL of its database `postgres`, as superuser.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A database that is there already.
    pub fn database(&self, name: &str) -> TestDb {
        let server = self.url.strip_suffix("postgres").expect("the URL names the database `postgres`");
        TestDb { url: format!("{server}{name}"), name: name.to_owned() }
    }

    /// A new, empty database, whose name starts with the hint. It goes when the server goes.
    pub async fn create_database(&self, hint: &str) -> TestDb {
        let name = unique(hint);
        let client = connect(&self.url).await;
        client.batch_execute(&format!("CREATE DATABASE {name}")).await.expect("the database is created");
        self.database(&name)
    }
}

/// A database of one test.
pub struct TestDb {
    url: String,
    name: String,
}

impl TestDb {
    /// Its URL, as superuser.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its URL for a user of its own, `app`, who connects quickly: the password is hashed once, not 4,096 times, which
    /// takes a program that was not optimised longer than a server takes to fail over. Once on a server.
    pub async fn url_of_app(&self) -> String {
        const SECRET: &str = "SCRAM-SHA-256$1:MDEyMzQ1Njc4OWFiY2RlZg==$iqIG4fkoAjLGeMPc/7CfYcdt4SwX0cvLq4EyUpH4pcM=:mkaJfwWe2Yc+CK41I0YB89+dBxxOqEN/OgRQUA0QdzQ=";
        self.batch(&format!(
            "CREATE ROLE app LOGIN PASSWORD '{SECRET}'; GRANT ALL ON ALL TABLES IN SCHEMA public TO app"
        ))
        .await;
        let (_, address) = self.url.split_once('@').expect("the URL names a user");
        format!("postgres://app:app@{address}")
    }

    /// The URL that reaches it through the server's Unix socket, whose buffers are small and do not grow.
    pub async fn url_by_socket(&self) -> String {
        const SETTINGS: &str = "SELECT current_setting('unix_socket_directories'), current_setting('port')";
        let client = self.connect().await;
        let row = client.query_one(SETTINGS, &[]).await.expect("the server knows its settings");
        let (folder, port): (String, String) = (row.get(0), row.get(1));
        let (user, _) = self.url().split_once('@').expect("a user and a password");
        format!("{user}@/{}?host={folder}&port={port}", self.name())
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it is and who connects, as libpq's keywords and values, which `dblink` takes.
    pub fn keywords(&self) -> String {
        let config: Config = self.url.parse().expect("the URL is well-formed");
        let password = String::from_utf8_lossy(config.get_password().expect("a password"));
        format!(
            "host=127.0.0.1 port={} dbname={} user=ormgen password={password}",
            config.get_ports()[0],
            self.name
        )
    }

    /// SQL that makes this database the foreign server `name` of another one, through `postgres_fdw`.
    pub fn as_foreign_server(&self, name: &str) -> String {
        let config: Config = self.url.parse().expect("the URL is well-formed");
        let password = String::from_utf8_lossy(config.get_password().expect("a password"));
        let port = config.get_ports()[0];
        format!(
            "CREATE EXTENSION IF NOT EXISTS postgres_fdw;
             CREATE SERVER {name} FOREIGN DATA WRAPPER postgres_fdw
                 OPTIONS (host '127.0.0.1', port '{port}', dbname '{}');
             CREATE USER MAPPING FOR CURRENT_USER SERVER {name} OPTIONS (user 'ormgen', password '{password}');",
            self.name
        )
    }

    /// A connection to it.
    pub async fn connect(&self) -> Client {
        connect(&self.url).await
    }

    /// Runs a file as people do, by `psql`, and gives back what it complained of: a role that is not there, say.
    pub fn psql(&self, file: &Path) -> String {
        let psql = PathBuf::from(variable("ORMGEN_TEST_PG_BIN")).join("psql");
        let output = Command::new(psql)
            .args(["-X", "-q", "-d", &self.url, "-o", "/dev/null", "-f"])
            .arg(file)
            .output()
            .expect("`psql` runs");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    /// Runs statements that give no rows.
    ///
    /// # Panics
    ///
    /// With the server's message where one fails.
    pub async fn batch(&self, sql: &str) {
        if let Err(error) = self.connect().await.batch_execute(sql).await {
            panic!("{}: {error:?}", self.name);
        }
    }
}

/// A server of one test, which may stop it.
pub struct ScratchServer {
    data: PathBuf,
    port: u16,
}

impl ScratchServer {
    /// Starts one.
    ///
    /// # Panics
    ///
    /// With the server's log where it does not start.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// The same with further settings, each a line of `postgresql.conf`.
    ///
    /// A test may crash its server, which must then have what it acknowledged: it writes its log at each commit, unlike
    /// the servers that all tests share. (The log survives the crash of a process without `fsync`.)
    ///
    /// # Panics
    ///
    /// Those of [`start`](Self::start).
    pub fn start_with(settings: &[&str]) -> Self {
        let data = PathBuf::from(variable("ORMGEN_TEST_PG_FOLDER")).join(unique("scratch"));
        let template = PathBuf::from(variable("ORMGEN_TEST_PG_TEMPLATE"));
        let copied = as_owner("cp").arg("-a").args([&template, &data]).status().expect("`cp` runs");
        assert!(copied.success(), "the data folder is copied");
        Self::start_on(data, &[&["synchronous_commit = on"], settings].concat())
    }

    /// One that is no copy of the others: its data are of an `initdb` of its own.
    ///
    /// # Panics
    ///
    /// If there is no such data; those of [`start`](Self::start).
    pub fn start_apart() -> Self {
        let data = PathBuf::from(variable("ORMGEN_TEST_PG_FOLDER")).join(unique("apart"));
        let made = as_owner(PathBuf::from(variable("ORMGEN_TEST_PG_BIN")).join("initdb"))
            .args(["-U", "ormgen", "--auth=trust", "-E", "UTF8", "--locale=C", "--no-sync", "-D"])
            .arg(&data)
            .run();
        assert!(made, "`initdb` makes the data folder");
        let settings = PathBuf::from(variable("ORMGEN_TEST_PG_TEMPLATE")).join("postgresql.conf");
        assert!(as_owner("cp").arg(settings).arg(&data).run(), "the settings are copied");
        Self::start_on(data, &[])
    }

    /// One that has on its disk what it acknowledged, as every server should that is not a test's.
    pub fn durable() -> Self {
        Self::start_with(&DURABLE)
    }

    /// A server that follows this one, by streaming, from what it has now.
    ///
    /// # Panics
    ///
    /// If it cannot be copied; those of [`start`](Self::start).
    pub fn standby(&self, settings: &[&str]) -> Self {
        let name = unique("standby");
        let data = PathBuf::from(variable("ORMGEN_TEST_PG_FOLDER")).join(&name);
        let server = self.server();
        let copied = as_owner(PathBuf::from(variable("ORMGEN_TEST_PG_BIN")).join("pg_basebackup"))
            .args(["-R", "-X", "stream", "-c", "fast", "--no-sync", "-d", server.url(), "-D"])
            .arg(&data)
            // A slot of its own: the copy for another standby lets the server remove what this one has not read yet.
            .args(["-C", "-S", &name])
            .run();
        assert!(copied, "`pg_basebackup` copies the server: {}", self.log());
        let standby = Self::start_on(data, settings);
        // The copy takes connections once it has read what follows the backup, which an idle server writes only every
        // 15 seconds.
        let psql = PathBuf::from(variable("ORMGEN_TEST_PG_BIN")).join("psql");
        assert!(
            Command::new(psql).args(["-X", "-d", server.url(), "-c", "CHECKPOINT"]).run(),
            "{}",
            self.log()
        );
        standby
    }

    fn start_on(data: PathBuf, settings: &[&str]) -> Self {
        let mut server = Self { data, port: 0 };
        server.configure(settings);
        // Between our look and the server's, someone may take the port.
        let started = (0..5).any(|_| {
            server.port = free_port();
            server.boot()
        });
        assert!(started, "{}", server.log());
        server
    }

    /// It as any other server.
    pub fn server(&self) -> Server {
        let password = variable("ORMGEN_TEST_PG_PASSWORD");
        Server { url: format!("postgres://ormgen:{password}@127.0.0.1:{}/postgres", self.port) }
    }

    /// Stops it as an administrator would: it ends its connections and is down when this returns.
    pub fn stop_fast(&self) {
        assert!(self.stop("fast"), "{}", self.log());
    }

    /// Stops it as a crash would, without a word to its connections.
    pub fn stop_immediate(&self) {
        assert!(self.stop("immediate"), "{}", self.log());
    }

    /// Makes a server that follows another one that takes writes; it does when this returns.
    pub fn promote(&self) {
        assert!(self.control("promote").run(), "{}", self.log());
    }

    /// Adds settings, each a line of `postgresql.conf`, and has the server read them.
    pub fn set(&self, settings: &[&str]) {
        self.configure(settings);
        signal(self.postmaster(), "HUP");
    }

    /// Stops the server's processes where they are: connections stay open, and nobody answers.
    pub fn freeze(&self) {
        let postmaster = self.postmaster();
        signal(postmaster, "STOP");
        children(postmaster).into_iter().for_each(|pid| signal(pid, "STOP"));
    }

    /// Stops the process that takes new connections where it is; those that are open are answered.
    pub fn freeze_postmaster(&self) {
        signal(self.postmaster(), "STOP");
    }

    /// Lets all of its processes go on.
    pub fn thaw(&self) {
        let postmaster = self.postmaster();
        children(postmaster).into_iter().for_each(|pid| signal(pid, "CONT"));
        signal(postmaster, "CONT");
    }

    /// Starts it again after a stop, on the same port with the same data.
    pub fn restart(&self) {
        // The port may still be held by someone's outgoing connection.
        assert!((0..5).any(|_| self.boot()), "{}", self.log());
    }

    fn boot(&self) -> bool {
        let options = format!("-p {} -k {}", self.port, self.data.display());
        self.control("start").arg("-l").arg(self.data.join("log")).arg("-o").arg(options).run()
    }

    fn stop(&self, mode: &str) -> bool {
        self.control("stop").args(["-m", mode]).run()
    }

    fn control(&self, action: &str) -> Command {
        let mut command = as_owner(PathBuf::from(variable("ORMGEN_TEST_PG_BIN")).join("pg_ctl"));
        command.args([action, "-w", "-s", "-t", "60", "-D"]).arg(&self.data);
        command
    }

    fn configure(&self, settings: &[&str]) {
        let mut tee = as_owner("tee")
            .arg("-a")
            .arg(self.data.join("postgresql.conf"))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("`tee` runs");
        let mut settings = settings.join("\n");
        settings.push('\n');
        let mut file = tee.stdin.take().expect("its input");
        file.write_all(settings.as_bytes()).expect("the settings are written");
        drop(file);
        assert!(tee.wait().expect("`tee` ends").success(), "the settings are written");
    }

    /// The process ID of the server.
    fn postmaster(&self) -> i32 {
        self.running().expect("the server runs")
    }

    fn running(&self) -> Option<i32> {
        let file = as_owner("cat").arg(self.data.join("postmaster.pid")).output().ok()?;
        String::from_utf8_lossy(&file.stdout).lines().next()?.parse().ok()
    }

    /// What the server has written to its log.
    pub fn log(&self) -> String {
        let log = as_owner("cat").arg(self.data.join("log")).output().expect("`cat` runs");
        String::from_utf8_lossy(&log.stdout).into_owned()
    }
}

/// Leaves nothing running. A test that is killed leaves its server to `tests/run`.
impl Drop for ScratchServer {
    fn drop(&mut self) {
        // A process that stands still does not stop either.
        if self.running().is_some() {
            self.thaw();
        }
        self.stop("immediate");
        let _ = as_owner("rm").arg("-rf").arg(&self.data).status();
    }
}

/// What a server has to be told to be durable, where the tests' servers are not.
const DURABLE: [&str; 3] = ["fsync = on", "synchronous_commit = on", "full_page_writes = on"];

/// Sends a signal (`STOP`, `CONT`, `HUP`) to a process of a server of this test.
pub fn signal(pid: i32, name: &str) {
    // The shell has `kill` built in, where the program of that name may be missing.
    Command::new("sh").arg("-c").arg(format!("kill -s {name} {pid}")).run();
}

/// The processes that this one has started (proc(5): the fourth field of `stat` is the parent's ID; the second one,
/// in parentheses, may hold anything).
fn children(parent: i32) -> Vec<i32> {
    let parent_of = |pid: i32| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        stat.rsplit_once(") ")?.1.split(' ').nth(1)?.parse::<i32>().ok()
    };
    let entries = fs::read_dir("/proc").expect("a list of processes");
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    pids.filter(|pid| parent_of(*pid) == Some(parent)).collect()
}

/// Runs a command in silence and says whether it succeeded.
trait RunQuietly {
    fn run(&mut self) -> bool;
}

impl RunQuietly for Command {
    fn run(&mut self) -> bool {
        let quiet = self.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        quiet.status().is_ok_and(|status| status.success())
    }
}

async fn connect(url: &str) -> Client {
    let config: Config = url.parse().expect("the URL is well-formed");
    let (client, connection) = config.connect(NoTls).await.expect("the server answers");
    tokio::spawn(connection);
    client
}

/// A command that runs as the servers' owner: PostgreSQL refuses to be root, and so does PgBouncer.
pub(crate) fn as_owner(program: impl AsRef<OsStr>) -> Command {
    let prefix = env::var("ORMGEN_TEST_PG_AS").unwrap_or_default();
    let mut words = prefix.split_whitespace();
    let mut command = match words.next() {
        Some(first) => Command::new(first),
        None => Command::new(&program),
    };
    if !prefix.is_empty() {
        command.args(words).arg(program);
    }
    command.current_dir("/");
    command
}

pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
    listener.local_addr().expect("the port is known").port()
}

/// A name that no other test uses: tests are processes and threads side by side.
pub(crate) fn unique(hint: &str) -> String {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let hint: String =
        hint.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect();
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("{hint:.40}_{}_{count}", process::id())
}

pub(crate) fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| {
        panic!("`{name}` is not set: run the tests with `tests/run`, which starts the servers")
    })
}

/// A URL with a second host, that of the other server: its connections lead to the one that takes writes.
///
/// # Panics
/// If the URL names no user, host and database.
pub fn with_heir(url: &str, other: &Server) -> String {
    let address = |url: &str| -> (String, String) {
        let (_, address) = url.split_once('@').expect("the URL names a user");
        let (host, database) = address.split_once('/').expect("and a database");
        (host.to_owned(), database.to_owned())
    };
    let (user, _) = url.split_once('@').expect("the URL names a user");
    let (here, database) = address(url);
    let (there, _) = address(other.url());
    format!("{user}@{here},{there}/{database}")
}
