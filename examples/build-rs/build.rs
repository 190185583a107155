//! Generates the databases' modules in Cargo's `OUT_DIR`: nothing of them is committed.

fn main() -> Result<(), ormgen::BuildError> {
    ormgen::build("manifest.yaml")
}
