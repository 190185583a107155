//! Prints a schema of a given size: `schema_gen --tables 500 --columns 12`.

use std::process::ExitCode;

use ormgen_bench::{Shape, ddl};

const USAGE: &str = "usage: schema_gen [--tables N] [--columns N]";

fn main() -> ExitCode {
    match shape(std::env::args().skip(1)) {
        Ok(shape) => {
            print!("{}", ddl(shape));
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("{message}\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn shape(mut args: impl Iterator<Item = String>) -> Result<Shape, String> {
    let mut shape = Shape { tables: 500, columns: 12 };
    while let Some(name) = args.next() {
        let (size, fewest) = match name.as_str() {
            "--tables" => (&mut shape.tables, 1),
            "--columns" => (&mut shape.columns, Shape::FEWEST_COLUMNS),
            _ => return Err(format!("unknown argument `{name}`")),
        };
        let value = args.next().and_then(|value| value.parse().ok()).filter(|value| *value >= fewest);
        *size = value.ok_or_else(|| format!("`{name}` takes a number from {fewest}"))?;
    }
    Ok(shape)
}
