//! The `ormgen` binary.

fn main() -> std::process::ExitCode {
    ormgen::cli::main()
}
