//! `ormgen dev`: a scratch server with the manifest's databases, for as long as a command runs.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    path::{Path, PathBuf},
    process::ExitStatus,
    time::Duration,
};

use serde_json::json;
use tokio::{
    process::{Child, Command},
    signal::unix::{Signal, SignalKind, signal},
};

use super::{output::Output, progress::Progress, status::Status};
use crate::{
    catalog::fill::{self, Made, ScratchDatabase},
    diagnostics::{Diagnostic, Diagnostics, SCRATCH_SERVER},
    manifest,
    scratch::{self, Server},
};

/// How long a command that was asked to end may take.
const PATIENCE: Duration = Duration::from_secs(10);

const INSTALL: &str = "install PostgreSQL (`apt-get install postgresql`, `dnf install postgresql-server`, \
                       `brew install postgresql`), or name the folder of its programs with `--postgres`";

/// The arguments of `ormgen dev`.
pub(super) struct DevRequest {
    pub manifest: PathBuf,
    pub options: scratch::Options,
    /// The command and its arguments; none to wait.
    pub command: Vec<OsString>,
}

pub(super) fn run(output: &Output, wish: &DevRequest) -> Status {
    match start(output, wish) {
        Ok(dev) => {
            let status = dev.hand_over(output, &wish.command);
            drop(dev);
            if let Some(data) = &wish.options.data {
                output.note(&format!("the data are kept in `{}`", data.display()));
            }
            status
        }
        Err(diagnostics) => {
            output.diagnostics(&diagnostics);
            Status::Wrong
        }
    }
}

/// A running scratch server, and its address.
struct Dev {
    /// Stops when it is dropped.
    _server: Server,
    variables: BTreeMap<String, String>,
}

fn start(output: &Output, wish: &DevRequest) -> Result<Dev, Diagnostics> {
    let (manifest, mut warnings) = manifest::load(&wish.manifest)?;
    let (databases, more) = fill::databases(&manifest)?;
    warnings.extend(more);
    output.warnings(&warnings);
    let _progress = Progress::start(output, "starting PostgreSQL");
    let server = Server::start_with(&wish.options).map_err(|what| -> Diagnostics {
        let message = format!("no scratch server can be started: {what}");
        Diagnostic::error(SCRATCH_SERVER, message).help(INSTALL).into()
    })?;
    let made = fill::fill(&server, &databases)?;
    for (database, made) in databases.iter().zip(made) {
        tell(output, database, made);
    }
    Ok(Dev { variables: fill::environment(&server, &databases), _server: server })
}

fn tell(output: &Output, database: &ScratchDatabase, made: Made) {
    let what = match made {
        Made::New if database.is_empty() => "a new, empty database",
        Made::New => "a new database",
        Made::Earlier => "the database that an earlier run left",
        Made::FromAnotherSchema => {
            "the database that an earlier run left, whose schema was another one: change it with your migrations, or \
             remove the folder to begin anew"
        }
    };
    output.note(&format!("{}: {what}, in ${}", database.aliases.join(", "), database.variables.join(", $")));
}

impl Dev {
    /// Runs the command, or waits for a signal.
    fn hand_over(&self, output: &Output, command: &[OsString]) -> Status {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let result = runtime.map_err(|error| error.to_string()).and_then(|runtime| {
            runtime.block_on(async {
                let signals = Signals::new().map_err(|error| format!("signals cannot be caught: {error}"))?;
                match command.split_first() {
                    Some((program, arguments)) => self.command(signals, program, arguments).await,
                    None => Ok(self.wait(output, signals).await),
                }
            })
        });
        result.unwrap_or_else(|message| {
            output.usage(&message, "the command is what follows `--`");
            Status::Of(127)
        })
    }

    /// Prints the variables, and waits for a signal to end.
    async fn wait(&self, output: &Output, mut signals: Signals) -> Status {
        let lines: Vec<String> =
            self.variables.iter().map(|(name, url)| format!("export {name}='{url}'")).collect();
        output.answer(&lines.join("\n"), || json!({ "ok": true, "variables": self.variables }));
        output.note("\nThe databases are there until this command ends: press Ctrl-C.");
        signals.any().await;
        Status::Done
    }

    async fn command(
        &self,
        mut signals: Signals,
        program: &OsString,
        arguments: &[OsString],
    ) -> Result<Status, String> {
        let mut child = Command::new(program)
            .args(arguments)
            .envs(&self.variables)
            .spawn()
            .map_err(|error| format!("`{}` cannot be run: {error}", Path::new(program).display()))?;
        let status = loop {
            tokio::select! {
                status = child.wait() => break status,
                // A terminal sends Ctrl-C to the command as well, which may continue: `psql` does.
                _ = signals.interrupt.recv() => {}
                _ = signals.terminate.recv() => break end(&mut child).await,
                _ = signals.hangup.recv() => break end(&mut child).await,
            }
        };
        status.map(of).map_err(|error| format!("the command cannot be waited for: {error}"))
    }
}

/// Asks a command to end, and ends it if it does not.
async fn end(child: &mut Child) -> std::io::Result<ExitStatus> {
    if let Some(id) = child.id() {
        // `kill` is part of every shell. If it fails, the command is killed after `PATIENCE`.
        let _ = Command::new("sh").args(["-c", "kill -TERM \"$0\"", &id.to_string()]).status().await;
    }
    match tokio::time::timeout(PATIENCE, child.wait()).await {
        Ok(status) => status,
        Err(_) => {
            child.kill().await?;
            child.wait().await
        }
    }
}

/// The exit status as a shell gives it: 128 plus the signal's number if a signal ended the command.
fn of(status: ExitStatus) -> Status {
    use std::os::unix::process::ExitStatusExt;
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
    Status::Of(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}

/// The signals by which a terminal or a process manager ends a process.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    async fn any(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hangup.recv() => {}
        }
    }
}
