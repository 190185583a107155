//! The command line: arguments in, text and an exit status out. What the commands do is the library's.
//!
//! Exit status: 0 done; 1 the input is wrong, or `--check` or `diff` found a difference; 2 usage.

#[cfg(feature = "live")]
mod diff;
mod explain;
mod init;
#[cfg(feature = "live")]
mod introspect;
mod output;
mod progress;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::{
    diagnostics::Diagnostics,
    generate,
    write::{self, Changes},
};
use output::Output;
use progress::Progress;

/// Generates one typed Rust module per PostgreSQL database from a YAML manifest and its schemas.
#[derive(Parser)]
#[command(
    version,
    arg_required_else_help = true,
    subcommand_required = true,
    after_help = "Start with:\n  ormgen init && ormgen build"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    look: Look,
}

/// How to say it.
#[derive(Args)]
struct Look {
    /// Text for a person, on the standard error, or JSON for a program, on the standard output
    #[arg(long, global = true, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Whether to colour; `auto` does on a terminal, unless NO_COLOR is set
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    color: Color,
    /// Say nothing but errors
    #[arg(short, long, global = true)]
    quiet: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Human,
    Json,
}

#[derive(Clone, Copy, ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Subcommand)]
enum Command {
    /// Write a manifest to start from
    ///
    /// Without `--from`, a schema to start from is written too, so that `ormgen build` works at once. Nothing is
    /// overwritten. A password in a URL is not written: a variable takes its place.
    #[command(
        after_help = "Examples:\n  ormgen init\n  ormgen init --from postgres://app@db1/crm postgres://app@db2/orders"
    )]
    Init {
        #[command(flatten)]
        manifest: ManifestPath,
        /// URLs of databases to connect to, each named after its database
        #[arg(long, value_name = "URL", num_args = 1..)]
        from: Vec<String>,
    },
    /// Generate the code
    ///
    /// Reads the manifest and its schemas, and writes the files whose content changed. Files that ormgen did not
    /// write are never touched. When anything is wrong, nothing is written.
    #[command(
        after_help = "Examples:\n  ormgen build\n  ormgen build db/manifest.yaml --check    # in CI: is the generated code up to date?"
    )]
    Build {
        #[command(flatten)]
        manifest: ManifestPath,
        /// Write nothing; fail when a file would change
        #[arg(long)]
        check: bool,
    },
    /// Do everything short of writing
    ///
    /// Reports all that is wrong with the manifest and its schemas, whether the generated code is up to date or not.
    #[command(
        after_help = "Examples:\n  ormgen check\n  ormgen check --format json | jq '.diagnostics[].message'"
    )]
    Check {
        #[command(flatten)]
        manifest: ManifestPath,
    },
    /// Read the live servers and write snapshots of their schemas
    ///
    /// Reads the default connection of each app, all at the same time, and writes one file per connection, which
    /// `schema:` takes: so a build needs no server. Nothing is written when any server cannot be read.
    #[cfg(feature = "live")]
    #[command(
        after_help = "Examples:\n  ormgen introspect\n  ormgen introspect db/manifest.yaml --check    # in CI: are the snapshots up to date?"
    )]
    Introspect {
        #[command(flatten)]
        manifest: ManifestPath,
        /// Write nothing; fail when a snapshot would change
        #[arg(long)]
        check: bool,
        /// The folder to write to; `schemas` beside the manifest when not given
        #[arg(long, value_name = "FOLDER")]
        out: Option<PathBuf>,
    },
    /// Compare live servers with the schemas that the code was generated from
    ///
    /// Looks at every connection that serves an app's models, and says per table and column what is not the same.
    /// Fails on any difference.
    #[cfg(feature = "live")]
    #[command(
        after_help = "Examples:\n  ormgen diff\n  ormgen diff --format json | jq '.connections[].differences[]'"
    )]
    Diff {
        #[command(flatten)]
        manifest: ManifestPath,
    },
    /// Say what a diagnostic means
    ///
    /// Without a code, lists all of them.
    #[command(after_help = "Example:\n  ormgen explain ORM0101")]
    Explain {
        /// The code in brackets after `error` or `warning`
        code: Option<String>,
    },
}

#[derive(Args)]
struct ManifestPath {
    /// The manifest
    #[arg(value_name = "MANIFEST", default_value = "manifest.yaml")]
    path: PathBuf,
}

/// How a command ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Status {
    Done,
    Wrong,
    Usage,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(match status {
            Status::Done => 0,
            Status::Wrong => 1,
            Status::Usage => 2,
        })
    }
}

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let Cli { command, look } = Cli::parse();
    let output = Output::new(&look);
    let status = match command {
        Command::Init { manifest, from } => init::run(&output, &manifest.path, &from),
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
        Command::Diff { manifest } => diff::run(&output, &manifest.path),
        Command::Explain { code } => explain::run(&output, code.as_deref()),
    };
    status.into()
}

/// How far to go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Goal {
    /// Everything short of writing.
    Check,
    /// Compare with what is there.
    Compare,
    /// Write.
    Write,
}

fn pipeline(output: &Output, manifest: &Path, goal: Goal) -> Status {
    let mut warnings = Diagnostics::new();
    let result = {
        let _progress = Progress::start(output, &manifest.display().to_string());
        run(manifest, goal, &mut warnings)
    };
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

fn run(manifest: &Path, goal: Goal, warnings: &mut Diagnostics) -> Result<Changes, Diagnostics> {
    let generated = generate(manifest)?;
    let output = generated.output();
    let files = generated.files(&write::earlier(&output));
    let plan = files.and_then(|files| write::plan(&output, &files));
    warnings.extend(generated.warnings);
    let plan = plan?;
    match goal {
        Goal::Check => Ok(plan.changes().clone()),
        Goal::Write => write::apply(plan),
        Goal::Compare => {
            let stale = plan.stale();
            if stale.is_empty() { Ok(plan.changes().clone()) } else { Err(stale) }
        }
    }
}
