//! PostgreSQL's programs on this machine, and the user who runs them.

use std::{
    env,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use super::BIN_VARIABLE;

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

/// PostgreSQL's programs, and the user who runs them.
#[derive(Debug)]
pub(super) struct Programs {
    folder: PathBuf,
    /// The command that runs a program as another user, as PostgreSQL refuses to run as root.
    run_as: Vec<String>,
}

impl Programs {
    /// The programs in that folder; without a folder, those of [`BIN_VARIABLE`], or the newest on this machine.
    pub fn find(folder: Option<&Path>) -> Result<Self, String> {
        let named = folder.map(Path::to_owned).or_else(|| env::var_os(BIN_VARIABLE).map(PathBuf::from));
        let folder = match named {
            Some(folder) if has_server(&folder) => folder,
            Some(folder) => {
                let folder = folder.display();
                return Err(format!(
                    "the programs `postgres`, `initdb` and `pg_ctl` are not all in `{folder}`"
                ));
            }
            None => candidates()
                .into_iter()
                .filter(|folder| has_server(folder))
                .max_by_key(|folder| version(folder))
                .ok_or("there is no PostgreSQL server on this machine")?,
        };
        // The programs run in another folder than this process.
        let folder = std::path::absolute(&folder).unwrap_or(folder);
        Ok(Self { folder, run_as: run_as()? })
    }

    /// Gives the user who runs the server the right to write to a folder.
    pub fn give(&self, folder: &Path) -> Result<(), String> {
        let Some(user) = self.run_as.last() else { return Ok(()) };
        let user = user.trim_start_matches("--reuid=");
        let done = output(Command::new("chown").arg(user).arg(folder))?;
        if done.status.success() {
            Ok(())
        } else {
            Err(format!("the folder cannot be given to the user `{user}`"))
        }
    }

    /// Runs one of the programs to its end.
    pub fn run(
        &self,
        program: &str,
        arguments: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<(), String> {
        self.run_words(&self.words(program, arguments))
    }

    /// The command that stops the server with these data: an orderly shutdown if the data are kept, else at once.
    pub fn stop(&self, data: &Path, is_kept: bool) -> Vec<String> {
        let mode = if is_kept { "fast" } else { "immediate" };
        let data = data.to_string_lossy();
        self.words("pg_ctl", ["stop", "-m", mode, "-w", "-s", "-t", "60", "-D", &data])
    }

    /// The command that runs one of the programs as the server's user.
    fn words(&self, program: &str, arguments: impl IntoIterator<Item = impl AsRef<str>>) -> Vec<String> {
        let program = self.folder.join(program).to_string_lossy().into_owned();
        let arguments = arguments.into_iter().map(|argument| argument.as_ref().to_owned());
        self.run_as.iter().cloned().chain([program]).chain(arguments).collect()
    }

    /// Runs a command of [`stop`](Self::stop)'s kind to its end.
    pub fn run_words(&self, words: &[String]) -> Result<(), String> {
        let Some((first, rest)) = words.split_first() else { return Ok(()) };
        let program = words.get(self.run_as.len()).map(Path::new).and_then(Path::file_name);
        let program = program.map(OsStr::to_string_lossy).unwrap_or_default();
        let mut command = Command::new(first);
        command.args(rest).current_dir("/").stdin(Stdio::null());
        // The server that `pg_ctl` starts keeps its outputs open, so their end cannot be waited for.
        if program == "pg_ctl" {
            let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
            let status = status.map_err(|error| format!("`{program}` cannot be run: {error}"))?;
            return if status.success() { Ok(()) } else { Err(format!("`{program}` failed")) };
        }
        let output = output(&mut command)?;
        if output.status.success() {
            return Ok(());
        }
        let words = String::from_utf8_lossy(&output.stderr);
        let cause = cause(&words);
        Err(format!("`{program}` failed: {cause}"))
    }
}

/// The line that says what is wrong: the first one of an error, after which stands what was undone. The server that `initdb`
/// runs writes such lines in a form of its own.
fn cause(words: &str) -> &str {
    let is_error = |line: &&str| ["error:", "FATAL:", "PANIC:"].iter().any(|mark| line.contains(mark));
    let last = || words.lines().rfind(|line| !line.trim().is_empty());
    words.lines().find(is_error).or_else(last).unwrap_or_default()
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
    let path = env::var_os("PATH").unwrap_or_default();
    let mut found: Vec<PathBuf> = env::split_paths(&path)
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
    use super::cause;

    #[test]
    fn the_cause_is_not_what_was_undone() {
        let full = "2026-11-28 15:52:01.103 UTC [15999] FATAL:  could not write to file \"base/4/1247\": No space left on device\n\
            child process exited with exit code 1\ninitdb: removing data directory \"/tmp/d\"\n";
        assert!(cause(full).ends_with("No space left on device"));
        let locale = "initdb: error: invalid locale name \"C.UTF-8\"\ninitdb: hint: another one\n";
        assert_eq!(cause(locale), "initdb: error: invalid locale name \"C.UTF-8\"");
        assert_eq!(cause("it will not do\n\n"), "it will not do");
    }
}
