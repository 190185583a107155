//! PgBouncer between a test and its database.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Stdio},
    time::Duration,
};

use tokio_postgres::Config;

use crate::server::{TestDb, as_owner, free_port, unique, variable};

/// A running PgBouncer.
pub struct PgBouncer {
    process: Child,
    folder: PathBuf,
    url: String,
}

impl PgBouncer {
    /// A setting for each way in which this version treats prepared statements: it ignores them, or, from 1.21 on, tracks
    /// which connection has prepared which one.
    ///
    /// # Panics
    /// If the program does not say its version.
    pub fn trackings() -> &'static [&'static str] {
        let said = as_owner(variable("ORMGEN_TEST_PGBOUNCER")).arg("--version").output().expect("it runs");
        let said = String::from_utf8_lossy(&said.stdout);
        let version = said.split_whitespace().nth(1).and_then(|version| {
            let mut parts = version.split('.').map(|part| part.parse::<u32>().ok());
            Some((parts.next()??, parts.next()??))
        });
        if version.expect("its version") < (1, 21) {
            return &[""];
        }
        &["max_prepared_statements = 0", "max_prepared_statements = 100"]
    }

    /// Starts one before the database, in the mode of that name: `session` or `transaction`.
    ///
    /// # Panics
    /// If it does not start, and if `ORMGEN_TEST_PGBOUNCER` does not name the program.
    pub async fn before(db: &TestDb, mode: &str) -> Self {
        let usual = ["default_pool_size = 20", "ignore_startup_parameters = extra_float_digits,options"];
        Self::with(db, mode, &usual).await
    }

    /// The same with settings of its own, each a line of `pgbouncer.ini`.
    ///
    /// # Panics
    /// Those of [`before`](Self::before).
    pub async fn with(db: &TestDb, mode: &str, settings: &[&str]) -> Self {
        let program = variable("ORMGEN_TEST_PGBOUNCER");
        let server: Config = db.url().parse().expect("the URL is well-formed");
        let password = String::from_utf8_lossy(server.get_password().expect("a password")).into_owned();
        let folder = PathBuf::from(variable("ORMGEN_TEST_PG_FOLDER")).join(unique("pgbouncer"));
        fs::create_dir(&folder).expect("a folder for its settings");
        fs::write(folder.join("users"), format!("\"ormgen\" \"{password}\"\n")).expect("its users");
        let port = free_port();
        let settings = format!(
            "[databases]\n* = host=127.0.0.1 port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             unix_socket_dir =\nauth_type = plain\nauth_file = {}\npool_mode = {mode}\nmax_client_conn = 200\n{}\n",
            server.get_ports()[0],
            folder.join("users").display(),
            settings.join("\n")
        );
        fs::write(folder.join("pgbouncer.ini"), settings).expect("its settings");
        let process = start(&program, &folder);
        let url = format!("postgres://ormgen:{password}@127.0.0.1:{port}/{}", db.name());
        let mut bouncer = Self { process, folder, url };
        bouncer.answers().await;
        bouncer
    }

    /// Ends it, with all connections, and starts it again at the same place.
    ///
    /// # Panics
    /// Those of [`before`](Self::before).
    pub async fn restart(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        self.process = start(&variable("ORMGEN_TEST_PGBOUNCER"), &self.folder);
        self.answers().await;
    }

    /// The URL of the database through it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        self.process.try_wait().expect("its state").is_none()
    }

    /// What it has written to its log.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    async fn answers(&mut self) {
        let address =
            self.url.split_once('@').and_then(|(_, rest)| rest.split_once('/')).expect("a URL").0.to_owned();
        for _ in 0..300 {
            assert!(self.runs(), "PgBouncer runs: {}", self.log());
            if tokio::net::TcpStream::connect(&address).await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("PgBouncer does not answer: {}", self.log());
    }
}

fn start(program: &str, folder: &Path) -> Child {
    let log = fs::File::create(folder.join("log")).expect("its log");
    as_owner(program)
        .arg(folder.join("pgbouncer.ini"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::from(log))
        .spawn()
        .expect("PgBouncer starts")
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
