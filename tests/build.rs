//! Generates the modules that the tests are written against, from `manifests/*.yaml`.

fn main() -> Result<(), ormgen::BuildError> {
    for name in ["shop", "analytics", "adversarial", "every_type", "as_dumped"] {
        ormgen::Builder::new().file_name(format!("{name}.rs")).build(format!("manifests/{name}.yaml"))?;
    }
    Ok(())
}
