//! The command line: arguments in, text and an exit status out. The library does the work of the commands.
//!
//! Exit status: 0 done; 1 the input is wrong, or `--check` or `diff` found a difference; 2 usage; `dev` exits with the
//! status of the command that it ran.

mod alone;
mod arguments;
#[cfg(all(unix, feature = "live"))]
mod dev;
#[cfg(feature = "live")]
mod diff;
mod explain;
#[cfg(all(unix, feature = "live"))]
mod hold;
mod init;
#[cfg(feature = "live")]
mod introspect;
mod output;
mod progress;
mod status;

use std::{path::Path, process::ExitCode};

use clap::Parser;

#[cfg(all(unix, feature = "live"))]
use crate::scratch;
use crate::{
    diagnostics::Diagnostics,
    generate,
    manifest::{Layout, Manifest},
    reference,
    write::{self, Changes, Plan},
};
use arguments::{Cli, Command};
use output::Output;
use progress::Progress;
use status::{Goal, Status};

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let Cli { command, look } = Cli::parse();
    let output = Output::new(&look);
    let status = match command {
        Command::Init { manifest, from, offline } => {
            init::run(&output, init::InitRequest { manifest: manifest.path, from, offline })
        }
        Command::Schema => {
            output.answer(&reference::json_schema_text(), reference::json_schema);
            Status::Done
        }
        Command::Build { manifest, check } => {
            let goal = if check { Goal::Compare } else { Goal::Write };
            pipeline(&output, &manifest.path, goal)
        }
        Command::Check { manifest } => pipeline(&output, &manifest.path, Goal::Check),
        #[cfg(feature = "live")]
        Command::Introspect { manifest, check, out } => {
            introspect::run(&output, &manifest.path, out.as_deref(), check)
        }
        #[cfg(feature = "live")]
        Command::Diff { manifest, connections } => diff::run(&output, &manifest.path, &connections),
        #[cfg(all(unix, feature = "live"))]
        Command::Dev { manifest, postgres, keep, command } => {
            let options = scratch::Options { programs: postgres, data: keep };
            dev::run(&output, &dev::DevRequest { manifest: manifest.path, options, command })
        }
        Command::Explain { code } => explain::run(&output, code.as_deref()),
    };
    output.end(status).into()
}

fn pipeline(output: &Output, manifest: &Path, goal: Goal) -> Status {
    let mut warnings = Diagnostics::new();
    let mut stopped = None;
    let result = {
        // Until the end, as the older of two builds may have read older schemas. `ormgen check` writes nothing.
        let _alone = if goal == Goal::Check { None } else { alone::alone(output, manifest) };
        let _progress = Progress::start(output, &manifest.display().to_string());
        run(output, manifest, goal, &mut warnings, &mut stopped)
    };
    let status = finish(output, goal, warnings, result);
    stopped.unwrap_or(status)
}

fn finish(
    output: &Output,
    goal: Goal,
    mut warnings: Diagnostics,
    result: Result<Changes, Diagnostics>,
) -> Status {
    match result {
        Ok(changes) => {
            output.finish(&warnings, goal, Some(&changes));
            Status::Done
        }
        Err(errors) => {
            warnings.extend(errors);
            output.finish(&warnings, goal, None);
            Status::Wrong
        }
    }
}

/// Sets `stopped` to the process's exit status if a signal asked it to end while it wrote.
fn run(
    output: &Output,
    manifest: &Path,
    goal: Goal,
    warnings: &mut Diagnostics,
    stopped: &mut Option<Status>,
) -> Result<Changes, Diagnostics> {
    let generated = generate(manifest)?;
    tell_layouts(output, &generated.manifest);
    let folder = generated.output();
    let files = generated.files(&write::earlier(&folder));
    let plan = files.and_then(|files| write::plan(&folder, &files));
    warnings.extend(generated.warnings);
    if goal != Goal::Check && generated.model.layout == Layout::Modules {
        warnings.extend(write::missing_dependencies(&folder, generated.model.serde));
    }
    let plan = plan?;
    match goal {
        Goal::Check => Ok(plan.changes().clone()),
        Goal::Write => write_held(plan, stopped),
        Goal::Compare => {
            let stale = plan.stale();
            if stale.is_empty() { Ok(plan.changes().clone()) } else { Err(stale) }
        }
    }
}

/// Prints which tool's layout each folder of migrations has: it decides which files are read, and in which order.
fn tell_layouts(output: &Output, manifest: &Manifest) {
    for app in &manifest.apps {
        for (folder, layout) in &app.settings.layouts {
            output.detail(&format!("{}: `{folder}` has the layout `{}`", app.name.value, layout.name()));
        }
    }
}

#[cfg(all(unix, feature = "live"))]
fn write_held(plan: Plan, stopped: &mut Option<Status>) -> Result<Changes, Diagnostics> {
    let hold = hold::Hold::start();
    let result = write::apply(plan);
    *stopped = hold.and_then(hold::Hold::came).map(Status::Of);
    result
}

#[cfg(not(all(unix, feature = "live")))]
fn write_held(plan: Plan, _: &mut Option<Status>) -> Result<Changes, Diagnostics> {
    write::apply(plan)
}
