//! Generates ormgen's modules of the two databases.

fn main() -> Result<(), ormgen::BuildError> {
    ormgen::build("manifest.yaml")
}
