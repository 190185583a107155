//! Scratch PostgreSQL servers: started from the programs on this machine, with data in a temporary folder, and ended with
//! the value. Nobody but the owner of the folder can connect: the server listens on a socket inside it only.

use std::{
    ffi::OsStr,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use tempfile::TempDir;

/// The environment variable that names the folder of `postgres`, `initdb` and `pg_ctl`.
pub const BIN_VARIABLE: &str = "ORMGEN_PG_BIN";

/// Where systems install PostgreSQL; a folder with `*` stands for one of each version.
const FOLDERS: [&str; 7] = [
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
    "/usr/local/pgsql/bin",
    "/usr/local/bin",
];

const SETTINGS: &str = "-c listen_addresses='' -c fsync=off -c synchronous_commit=off -c full_page_writes=off \
                        -c autovacuum=off -c max_connections=20 -c shared_buffers=16MB -c timezone=UTC";

/// A running server.
#[derive(Debug)]
pub struct Server {
    folder: TempDir,
    programs: Programs,
}

/// PostgreSQL's programs, and the user who runs them.
#[derive(Debug)]
struct Programs {
    folder: PathBuf,
    /// PostgreSQL refuses to run as root: the command that another user runs it with.
    run_as: Vec<String>,
}

impl Server {
    /// Starts a server.
    ///
    /// # Errors
    /// In words, if there is no PostgreSQL on this machine, or if it does not start.
    pub fn start() -> Result<Self, String> {
        let programs = Programs::find()?;
        let folder = tempfile::Builder::new()
            .prefix("ormgen-")
            .tempdir()
            .map_err(|error| format!("no temporary folder can be made: {error}"))?;
        programs.give(folder.path())?;
        let server = Self { folder, programs };
        server.initialize()?;
        let options = format!("{SETTINGS} -k {}", server.folder.path().display());
        let log = server.folder.path().join("log");
        server
            .pg_ctl(["start", "-w", "-s", "-t", "60", "-o", &options, "-l", &log.to_string_lossy()])
            .map_err(|error| {
                let log = fs::read_to_string(&log).unwrap_or_default();
                format!("{error}{}", log.lines().last().map(|line| format!(" ({line})")).unwrap_or_default())
            })?;
        Ok(server)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn initialize(&self) -> Result<(), String> {
        let data = self.data();
        let arguments = |locale: &str| {
            let mut arguments: Vec<String> =
                ["-U", "postgres", "--auth=trust", "-E", "UTF8", "--no-sync", "-D"]
                    .map(str::to_owned)
                    .to_vec();
            arguments.push(data.to_string_lossy().into_owned());
            arguments.push(format!("--locale={locale}"));
            arguments
        };
        // Not every system has a locale of UTF-8 by that name.
        let first = self.programs.run("initdb", arguments("C.UTF-8"));
        if first.is_ok() { Ok(()) } else { self.programs.run("initdb", arguments("C")).map(|_| ()) }
    }

    fn pg_ctl<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Result<(), String> {
        let data = self.data();
        let data = ["-D".to_owned(), data.to_string_lossy().into_owned()];
        let arguments = arguments.into_iter().map(str::to_owned).chain(data);
        self.programs.run("pg_ctl", arguments).map(|_| ())
    }

    /// The URL of one of its databases, as its superuser.
    pub fn url(&self, database: &str) -> String {
        let mut host = String::new();
        for byte in self.folder.path().to_string_lossy().bytes() {
            if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-') {
                host.push(char::from(byte));
            } else {
                // Writing to a text does not fail.
                let _ = write!(host, "%{byte:02X}");
            }
        }
        format!("postgres://postgres@{host}/{database}")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Its data go with it: there is nothing to be kept, and nobody to tell.
        let _ = self.pg_ctl(["stop", "-m", "immediate", "-w", "-s", "-t", "30"]);
    }
}

impl Programs {
    fn find() -> Result<Self, String> {
        let folder = match std::env::var_os(BIN_VARIABLE) {
            Some(folder) => Some(PathBuf::from(folder)).filter(|folder| has_server(folder)),
            None => candidates()
                .into_iter()
                .filter(|folder| has_server(folder))
                .max_by_key(|folder| version(folder)),
        };
        let folder = folder.ok_or_else(|| {
            format!("there is no PostgreSQL server on this machine; `{BIN_VARIABLE}` may name the folder of its programs")
        })?;
        Ok(Self { folder, run_as: run_as()? })
    }

    /// Lets the user who runs the server write to a folder.
    fn give(&self, folder: &Path) -> Result<(), String> {
        let Some(user) = self.run_as.last() else { return Ok(()) };
        let user = user.trim_start_matches("--reuid=");
        let done = output(Command::new("chown").arg(user).arg(folder))?;
        if done.status.success() {
            Ok(())
        } else {
            Err(format!("the folder cannot be given to the user `{user}`"))
        }
    }

    fn run(
        &self,
        program: &str,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    ) -> Result<Output, String> {
        let path = self.folder.join(program);
        let mut command = match self.run_as.split_first() {
            Some((first, rest)) => {
                let mut command = Command::new(first);
                command.args(rest).arg(&path);
                command
            }
            None => Command::new(&path),
        };
        command.args(arguments).current_dir("/").stdin(Stdio::null());
        // What `pg_ctl` starts keeps its outputs open: they cannot be waited for.
        if program == "pg_ctl" {
            let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
            let status = status.map_err(|error| format!("`{program}` cannot be run: {error}"))?;
            let output = Output { status, stdout: Vec::new(), stderr: Vec::new() };
            return if status.success() { Ok(output) } else { Err(format!("`{program}` failed")) };
        }
        let output = output(&mut command)?;
        if output.status.success() {
            return Ok(output);
        }
        let words = String::from_utf8_lossy(&output.stderr);
        let last = words.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
        Err(format!("`{program}` failed: {last}"))
    }
}

fn output(command: &mut Command) -> Result<Output, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    command.stdin(Stdio::null()).output().map_err(|error| format!("`{name}` cannot be run: {error}"))
}

fn has_server(folder: &Path) -> bool {
    ["postgres", "initdb", "pg_ctl"].iter().all(|program| folder.join(program).is_file())
}

/// A server's major version.
fn version(folder: &Path) -> u32 {
    let output = Command::new(folder.join("postgres")).arg("--version").output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let digits = text.split_whitespace().find_map(|word| word.split(['.', 'b', 'r']).next()?.parse().ok());
    digits.unwrap_or_default()
}

fn candidates() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut found: Vec<PathBuf> = std::env::split_paths(&path)
        // A link in PATH may stand alone, without the other programs beside it.
        .filter_map(|folder| folder.join("postgres").canonicalize().ok()?.parent().map(Path::to_owned))
        .collect();
    for pattern in FOLDERS {
        match pattern.split_once('*') {
            None => found.push(PathBuf::from(pattern)),
            Some((before, after)) => {
                let (parent, prefix) = before.rsplit_once('/').unwrap_or(("/", before));
                let entries = fs::read_dir(parent).into_iter().flatten().flatten();
                let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
                let fitting = names.filter(|name| name.starts_with(prefix));
                found.extend(fitting.map(|name| PathBuf::from(format!("{parent}/{name}{after}"))));
            }
        }
    }
    found
}

/// Nothing for an ordinary user; for root, the command that another user runs the server with.
fn run_as() -> Result<Vec<String>, String> {
    let text = |command: &mut Command| {
        let output = output(command).ok().filter(|output| output.status.success())?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    if text(Command::new("id").arg("-u")).as_deref() != Some("0") {
        return Ok(Vec::new());
    }
    for user in ["postgres", "nobody"] {
        let Some(group) = text(Command::new("id").args(["-g", user])) else { continue };
        if text(Command::new("setpriv").arg("--version")).is_some() {
            let words = ["setpriv".to_owned(), format!("--regid={group}"), "--clear-groups".to_owned()];
            return Ok(words.into_iter().chain([format!("--reuid={user}")]).collect());
        }
    }
    Err("PostgreSQL refuses to run as root, and neither `setpriv` nor a user `postgres` or `nobody` is there"
        .to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_is_a_host_of_a_url() {
        let folder = tempfile::Builder::new().prefix("a b").tempdir().unwrap();
        let programs = Programs { folder: "/nowhere".into(), run_as: Vec::new() };
        let url = Server { folder, programs }.url("x");
        assert!(
            url.starts_with("postgres://postgres@%2F") && url.contains("a%20b") && url.ends_with("/x"),
            "{url}"
        );
    }
}
