//! The `ormgen` binary.

/// A build spends much of its time on allocating and freeing the syntax trees of the code that it formats.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    ormgen::cli::main()
}
