//! The `ormgen` binary, run as a user runs it.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// What a run left.
#[derive(Debug)]
pub struct Run {
    /// Its exit status.
    pub status: i32,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

/// For snapshots: the status and both outputs.
impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "exit status {}", self.status)?;
        for (name, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !text.is_empty() {
                write!(f, "\n--- {name}\n{}", text.trim_end())?;
            }
        }
        Ok(())
    }
}

/// Runs `ormgen` with these arguments in this folder, with no colour asked for by the environment.
///
/// # Panics
/// When it cannot be built or started, or was killed.
pub fn ormgen(folder: &Path, arguments: &[&str]) -> Run {
    ormgen_with(folder, arguments, &[])
}

/// [`ormgen`] with these variables set.
///
/// # Panics
/// As [`ormgen`].
pub fn ormgen_with(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Run {
    let output = Command::new(binary())
        .args(arguments)
        .envs(variables.iter().copied())
        .current_dir(folder)
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE")
        .env("COLUMNS", "100")
        .output()
        .expect("ormgen starts");
    let text = |bytes| String::from_utf8(bytes).expect("ormgen writes UTF-8");
    Run {
        status: output.status.code().expect("ormgen ends by itself"),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

/// `ormgen` itself.
///
/// # Panics
/// As [`program`].
pub fn binary() -> PathBuf {
    program("ormgen")
}

/// Cargo as a person calls it: see [`as_by_a_person`].
pub fn cargo() -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    as_by_a_person(&mut cargo);
    cargo
}

/// Leaves out what cargo tells a test of the package that it belongs to. Where cargo runs again, beneath the test, build
/// scripts that look at it would run again too (`ring`'s does), and half of the workspace be compiled after them: now, and
/// when the next person calls cargo.
pub fn as_by_a_person(command: &mut Command) {
    let is_of_test = |name: &str| name.starts_with("CARGO_MANIFEST_") || name.starts_with("CARGO_PKG_");
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(is_of_test) {
            command.env_remove(name);
        }
    }
}

/// A binary of the workspace. Cargo builds those of a test's own package only, so each test process has all of them
/// built, which takes no time where they are up to date.
///
/// # Panics
/// If they cannot be built.
pub fn program(name: &str) -> PathBuf {
    static BUILT: OnceLock<()> = OnceLock::new();
    BUILT.get_or_init(|| {
        let status = cargo()
            .args(["build", "--quiet", "--workspace", "--bins"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status()
            .expect("cargo starts");
        assert!(status.success(), "the workspace does not build");
    });
    // target/debug/deps/this-test → target/debug/ormgen
    let test = env::current_exe().expect("a test knows its own path");
    let folder = test.ancestors().nth(2).expect("tests are built two folders down");
    let name = format!("{name}{}", env::consts::EXE_SUFFIX);
    [folder.join(&name), folder.with_file_name("debug").join(&name)]
        .into_iter()
        .find(|path| path.exists())
        .expect("cargo built it")
}
