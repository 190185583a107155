//! Scratch PostgreSQL servers: started from the programs on this machine, with data in a temporary folder, and stopped
//! when their [`Server`] is dropped. Only the owner of the folder can connect: the server listens only on a socket
//! inside it.
//!
//! A second process, the [`Keeper`], stops the server and removes the folder as soon as this process ends, however it
//! ends. If the keeper was killed too, the next start of a server removes the leftovers.

mod keeper;
mod programs;

use std::{
    env,
    ffi::OsString,
    fmt::Write as _,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use keeper::Keeper;
use programs::Programs;

/// The environment variable that names the folder of `postgres`, `initdb` and `pg_ctl`.
pub const BIN_VARIABLE: &str = "ORMGEN_PG_BIN";

/// The start of the names of scratch servers' folders, in the system's folder for temporary files.
const PREFIX: &str = "ormgen-scratch-";

/// The start of the name of a folder in which data to be kept are made.
const NEW: &str = ".ormgen-new-";

/// The file by which a server's data are known.
const VERSION: &str = "PG_VERSION";

const SETTINGS: &str = "-c listen_addresses='' -c autovacuum=off -c max_connections=200 -c shared_buffers=16MB \
                        -c timezone=UTC";

/// The port that the socket's name has, whatever `PGPORT` says: it is in the URL, as libpq takes that variable for a URL
/// without a port.
const PORT: u16 = 5432;

/// For data that nobody needs after a power cut.
const UNSAFE_SETTINGS: &str = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off";

/// The options with which a server is started.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The folder of PostgreSQL's programs; the newest version on this machine when not given.
    pub programs: Option<PathBuf>,
    /// The folder in which the data stay when the server stops, for a later server; when not given, the data are
    /// removed.
    pub data: Option<PathBuf>,
}

/// A running server.
#[derive(Debug)]
pub struct Server {
    /// The folder of the socket and the log, and of the data or a link to them.
    folder: PathBuf,
    programs: Programs,
    /// Stops the server when it is dropped.
    _keeper: Keeper,
    /// The lock of the folder of kept data, if any: one server at a time uses it.
    kept: Option<File>,
}

impl Server {
    /// Starts a server whose data are removed when it stops.
    ///
    /// # Errors
    /// In words, if there is no PostgreSQL on this machine, or if it does not start.
    pub fn start() -> Result<Self, String> {
        Self::start_with(&Options::default())
    }

    /// Starts a server.
    ///
    /// # Errors
    /// The errors of [`start`](Self::start); and if the data that were kept are another version's or in use.
    pub fn start_with(options: &Options) -> Result<Self, String> {
        let programs = Programs::find(options.programs.as_deref())?;
        remove_leftovers(&programs);
        let folder = tempfile::Builder::new()
            .prefix(PREFIX)
            .tempdir()
            .map_err(|error| format!("no temporary folder can be made: {error}"))?;
        programs.give(folder.path())?;
        let is_kept = options.data.is_some();
        let keeper = Keeper::start(folder.path(), &programs.stop(&data(folder.path()), is_kept))?;
        // From here on the keeper removes the folder.
        let mut server = Self { folder: folder.keep(), programs, _keeper: keeper, kept: None };
        if let Some(kept) = &options.data {
            server.link(kept)?;
        }
        if !data(&server.folder).join(VERSION).exists() {
            match &options.data {
                Some(kept) => server.initialize_kept(kept)?,
                None => server.initialize(&data(&server.folder))?,
            }
        }
        server.run(is_kept)?;
        Ok(server)
    }

    /// Makes the folder of kept data, and a link to it in the server's own folder. The keeper stops the server whose
    /// data the link leads to, so the link is made only when no other server can use these data.
    fn link(&mut self, kept: &Path) -> Result<(), String> {
        let failed = |error: io::Error| format!("the folder `{}` cannot be used: {error}", kept.display());
        if !kept.exists() {
            fs::create_dir_all(kept).map_err(failed)?;
            self.programs.give(kept)?;
        }
        let kept = kept.canonicalize().map_err(failed)?;
        let folder = File::open(&kept).map_err(failed)?;
        if folder.try_lock().is_err()
            || self.programs.run("pg_ctl", ["status", "-D", &kept.to_string_lossy()]).is_ok()
        {
            return Err(format!("another server uses the data in `{}`", kept.display()));
        }
        self.kept = Some(folder);
        link(&kept, &data(&self.folder)).map_err(failed)
    }

    /// Makes new data in a folder of their own inside that of the kept data, and then moves them: a process that is killed
    /// meanwhile leaves nothing that a later server would take for data.
    fn initialize_kept(&self, kept: &Path) -> Result<(), String> {
        let failed = |error: io::Error| format!("the folder `{}` cannot be used: {error}", kept.display());
        // The programs run in another folder than this process.
        let kept = &kept.canonicalize().map_err(failed)?;
        for name in names(kept).map_err(failed)? {
            if !name.as_encoded_bytes().starts_with(NEW.as_bytes()) {
                return Err(format!("the folder `{}` holds other files", kept.display()));
            }
            // What a killed process still writes there does no harm.
            let _ = fs::remove_dir_all(kept.join(name));
        }
        let new = tempfile::Builder::new().prefix(NEW).tempdir_in(kept).map_err(failed)?;
        self.programs.give(new.path())?;
        self.initialize(new.path())?;
        let access = fs::metadata(new.path()).map_err(failed)?.permissions();
        fs::set_permissions(kept, access).map_err(failed)?;
        let mut names = names(new.path()).map_err(failed)?;
        // Last that by which data are known.
        names.sort_by_key(|name| name == VERSION);
        names
            .into_iter()
            .try_for_each(|name| fs::rename(new.path().join(&name), kept.join(name)))
            .map_err(failed)
    }

    fn initialize(&self, data: &Path) -> Result<(), String> {
        let data = data.to_string_lossy().into_owned();
        let arguments = |locale: &str| {
            let fixed = ["-U", "postgres", "--auth=trust", "-E", "UTF8", "--no-sync", "-D"];
            let mut arguments: Vec<String> = fixed.map(str::to_owned).to_vec();
            arguments.extend([data.clone(), format!("--locale={locale}")]);
            arguments
        };
        // Not every system has a UTF-8 locale by that name.
        self.programs
            .run("initdb", arguments("C.UTF-8"))
            .or_else(|_| self.programs.run("initdb", arguments("C")))
    }

    fn run(&self, is_kept: bool) -> Result<(), String> {
        let unsafe_settings = if is_kept { "" } else { UNSAFE_SETTINGS };
        // `pg_ctl` gives the options to a shell.
        let folder = self.folder.to_string_lossy().replace('\'', r"'\''");
        let options = format!("{SETTINGS} {unsafe_settings} -p {PORT} -k '{folder}'");
        let log = self.folder.join("log");
        let data = data(&self.folder);
        let (log_path, data_path) = (log.to_string_lossy(), data.to_string_lossy());
        let arguments = ["start", "-w", "-s", "-t", "60", "-o", &options, "-l", &log_path, "-D", &data_path];
        self.programs.run("pg_ctl", arguments).map_err(|error| {
            let log = fs::read_to_string(&log).unwrap_or_default();
            let cause = log.lines().rfind(|line| line.contains("FATAL")).or_else(|| log.lines().last());
            format!("{error}{}", cause.map(|line| format!(" ({line})")).unwrap_or_default())
        })
    }

    /// The URL of one of its databases, as its superuser.
    pub fn url(&self, database: &str) -> String {
        url_of(&self.folder, database)
    }
}

/// The names of what is in a folder.
fn names(folder: &Path) -> io::Result<Vec<OsString>> {
    fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.file_name())).collect()
}

#[cfg(unix)]
fn link(target: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, link)
}

#[cfg(not(unix))]
fn link(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

fn url_of(folder: &Path, database: &str) -> String {
    let mut host = String::new();
    for byte in folder.to_string_lossy().bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-') {
            host.push(char::from(byte));
        } else {
            // Writing to a text does not fail.
            let _ = write!(host, "%{byte:02X}");
        }
    }
    format!("postgres://postgres@{host}:{PORT}/{database}")
}

/// The path of a server's data in its folder.
fn data(folder: &Path) -> PathBuf {
    folder.join("data")
}

/// Stops the servers and removes the folders of processes that were killed together with their keepers. A folder whose
/// keeper lives is not touched, nor one of another user's.
fn remove_leftovers(programs: &Programs) {
    let entries = fs::read_dir(env::temp_dir()).into_iter().flatten().flatten();
    let folders = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX));
    for folder in folders.map(|entry| entry.path()) {
        // The lock is held until the folder is gone.
        let Some(_lock) = keeper::lock_leftover(&folder) else { continue };
        let data = data(&folder);
        if data.join("postmaster.pid").exists() {
            // The server may have stopped by itself.
            let _ = programs.run_words(
                &programs.stop(&data, fs::symlink_metadata(&data).is_ok_and(|it| it.is_symlink())),
            );
        }
        // The next run tries again to remove what could not be removed now.
        let _ = fs::remove_dir_all(&folder);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_is_a_host_of_a_url() {
        let url = url_of(Path::new("/tmp/a b"), "x");
        assert_eq!(url, "postgres://postgres@%2Ftmp%2Fa%20b:5432/x");
    }
}
