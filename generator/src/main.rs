//! The `ormgen` binary.

/// Much of a build is to make the trees of code that is formatted, and to drop them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    ormgen::cli::main()
}
