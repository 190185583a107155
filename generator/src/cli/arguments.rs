//! The commands and their arguments, as clap reads them and `--help` shows them.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Generates one typed Rust module per PostgreSQL database from a YAML manifest and its schemas.
#[derive(Parser)]
#[command(
    version,
    arg_required_else_help = true,
    subcommand_required = true,
    after_help = "Start with:\n  ormgen init && ormgen build"
)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub command: Command,
    #[command(flatten)]
    pub look: Look,
}

/// How results are printed.
#[derive(Args)]
pub(super) struct Look {
    /// Text for a person, on the standard error, or JSON for a program, on the standard output
    #[arg(long, global = true, value_enum, default_value_t = Format::Human)]
    pub format: Format,
    /// Whether to use colour; `auto` uses it on a terminal, unless NO_COLOR is set
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub color: Color,
    /// Print nothing but errors
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Print more: which tool's layout each folder of migrations has
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub verbose: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Human,
    Json,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Subcommand)]
pub(super) enum Command {
    /// Write a manifest to start from
    ///
    /// With `--from`, the servers' schemas are read and written as snapshots beside the manifest; without it, a small schema
    /// to start from is written: `ormgen build` works at once. Nothing is overwritten. A password in a URL is not written:
    /// the manifest names a variable in its place.
    #[command(
        after_help = "Examples:\n  ormgen init\n  ormgen init --from postgres://app@db1/crm postgres://app@db2/orders"
    )]
    Init {
        #[command(flatten)]
        manifest: ManifestPath,
        /// URLs of databases to connect to, each named after its database
        #[arg(long, value_name = "URL", num_args = 1..)]
        from: Vec<String>,
        /// Connect to no server; the schemas are written later
        #[arg(long, requires = "from")]
        offline: bool,
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
    /// Check the manifest and its schemas, and write nothing
    ///
    /// Reports everything that is wrong with the manifest and its schemas, whether the generated code is up to date or
    /// not.
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
    /// Looks at every connection that serves an app's models, and prints for each table and column what differs.
    /// Fails on any difference.
    #[cfg(feature = "live")]
    #[command(
        after_help = "Examples:\n  ormgen diff\n  ormgen diff --connection crm_eu\n  ormgen diff --format json | jq '.connections[].differences[]'"
    )]
    Diff {
        #[command(flatten)]
        manifest: ManifestPath,
        /// Look at this connection alone; may be given several times
        #[arg(long = "connection", value_name = "NAME")]
        connections: Vec<String>,
    },
    /// Run a command with scratch databases of the manifest's
    ///
    /// Starts a PostgreSQL server from the programs on this machine, makes a database for each connection with the schema
    /// of its apps, sets the variables that the connections' URLs consist of, and runs the command; without one, it prints
    /// the variables and waits. The server ends with the command, whose exit status this is, and its data are removed.
    #[cfg(all(unix, feature = "live"))]
    #[command(
        after_help = "Examples:\n  ormgen dev -- cargo test\n  ormgen dev db/manifest.yaml -- cargo run\n  ormgen dev --keep dev-data -- sh -c 'psql \"$CRM_URL\"'"
    )]
    Dev {
        #[command(flatten)]
        manifest: ManifestPath,
        /// The folder of `postgres`, `initdb` and `pg_ctl`; when not given, $ORMGEN_PG_BIN or the newest on this machine
        #[arg(long, value_name = "FOLDER")]
        postgres: Option<PathBuf>,
        /// Keep the data in this folder, and go on with those that an earlier run left there
        #[arg(long, value_name = "FOLDER")]
        keep: Option<PathBuf>,
        /// The command and its arguments
        #[arg(last = true, value_name = "COMMAND")]
        command: Vec<std::ffi::OsString>,
    },
    /// Print a JSON Schema of the manifest
    ///
    /// An editor that knows it completes keys and marks mistakes: name its file in the manifest's first line, as `ormgen init`
    /// does.
    #[command(after_help = "Example:\n  ormgen schema > manifest.schema.json")]
    Schema,
    /// Explain what a diagnostic means
    ///
    /// Without a code, lists all of them.
    #[command(after_help = "Example:\n  ormgen explain ORM0101")]
    Explain {
        /// The code in brackets after `error` or `warning`
        code: Option<String>,
    },
}

#[derive(Args)]
pub(super) struct ManifestPath {
    /// The manifest
    #[arg(value_name = "MANIFEST", default_value = "manifest.yaml")]
    pub path: PathBuf,
}
