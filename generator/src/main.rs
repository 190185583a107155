//! The `ormgen` binary.
fn main() {}
