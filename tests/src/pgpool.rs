//! pgpool-II between a test and its database.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Stdio},
    time::Duration,
};

use tokio_postgres::{Config, NoTls};

use crate::server::{TestDb, as_owner, free_port, unique, variable};

/// A running pgpool-II.
pub struct Pgpool {
    process: Child,
    folder: PathBuf,
    url: String,
}

impl Pgpool {
    /// Starts one before the database's server, for as many clients, in its usual mode.
    ///
    /// # Panics
    /// Those of [`in_mode`](Self::in_mode).
    pub async fn before(db: &TestDb, clients: usize) -> Self {
        Self::in_mode("streaming_replication", db, clients).await
    }

    /// Starts one in this mode before the database's server, for as many clients.
    ///
    /// # Panics
    /// If it does not start, and if `ORMGEN_TEST_PGPOOL` does not name the program.
    pub async fn in_mode(mode: &str, db: &TestDb, clients: usize) -> Self {
        let program = variable("ORMGEN_TEST_PGPOOL");
        let server: Config = db.url().parse().expect("the URL is well-formed");
        let password = String::from_utf8_lossy(server.get_password().expect("a password")).into_owned();
        let folder = PathBuf::from(variable("ORMGEN_TEST_PG_FOLDER")).join(unique("pgpool"));
        let made = as_owner("mkdir").arg(&folder).status().expect("mkdir runs");
        assert!(made.success(), "a folder for its sockets");
        let (port, pcp_port) = (free_port(), free_port());
        let at = folder.display();
        let settings = format!(
            "backend_clustering_mode = '{mode}'\nbackend_hostname0 = '127.0.0.1'\nbackend_port0 = {}\n\
             listen_addresses = '127.0.0.1'\nport = {port}\nsocket_dir = '{at}'\npid_file_name = '{at}/pid'\n\
             logdir = '{at}'\npcp_listen_addresses = ''\npcp_port = {pcp_port}\npcp_socket_dir = '{at}'\n\
             enable_pool_hba = on\npool_passwd = '{at}/users'\nnum_init_children = {clients}\nsr_check_period = 0\nsr_check_user = 'ormgen'\n",
            server.get_ports()[0],
        );
        for (name, content) in [
            ("conf", settings.as_str()),
            ("hba", "host all all 127.0.0.1/32 trust\n"),
            ("users", &format!("ormgen:TEXT{password}\n")),
            ("pcp", ""),
        ] {
            fs::write(folder.join(name), content).expect("its settings");
        }
        let process = start(&program, &folder);
        let url = format!("postgres://ormgen:{password}@127.0.0.1:{port}/{}", db.name());
        let mut pgpool = Self { process, folder, url };
        pgpool.answers().await;
        pgpool
    }

    /// The URL of the database through it.
    pub fn url(&self) -> &str {
        &self.url
    }

    async fn answers(&mut self) {
        let config: Config = self.url.parse().expect("the URL is well-formed");
        for _ in 0..300 {
            let has_ended = self.process.try_wait().expect("its state").is_some();
            assert!(!has_ended, "pgpool runs: {}", self.log());
            if config.connect(NoTls).await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("pgpool does not answer: {}", self.log());
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }
}

fn start(program: &str, folder: &Path) -> Child {
    let log = fs::File::create(folder.join("log")).expect("its log");
    // Without `-n` it would leave its terminal, and be no child of ours.
    as_owner(program)
        .arg("-n")
        .args(
            ["-f", "-a", "-F"]
                .into_iter()
                .zip(["conf", "hba", "pcp"])
                .flat_map(|(option, name)| [option.into(), folder.join(name).into_os_string()]),
        )
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::from(log))
        .spawn()
        .expect("pgpool starts")
}

impl Drop for Pgpool {
    fn drop(&mut self) {
        // It ends its own children, where it is asked to end.
        let _ = as_owner("kill").args(["-INT", &self.process.id().to_string()]).status();
        for _ in 0..50 {
            if !matches!(self.process.try_wait(), Ok(None)) {
                break;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
