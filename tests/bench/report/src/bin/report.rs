//! Writes `REPORT.md` and `report.svg` of the results in a folder, and a few of them into a README:
//! `report RESULTS CARGO_LOCK OUTPUT README`. What was not measured now stays as it is there.

use std::{env, error::Error, fs, path::Path, process::Command};

use ormgen_bench_report::{
    lines::{self, Fact, Line},
    markdown, plot, summary,
    table::Results,
};

/// The packages whose versions matter.
const PACKAGES: [&str; 9] = [
    "tokio-postgres",
    "deadpool-postgres",
    "diesel",
    "diesel-async",
    "sqlx",
    "sea-orm",
    "tokio",
    "deadpool",
    "ormgen-runtime",
];

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = env::args().skip(1).collect();
    let [results, lock, output, readme] = args.as_slice() else {
        return Err("usage: report RESULTS CARGO_LOCK OUTPUT README".into());
    };
    let mut lines = lines::read(Path::new(results))?;
    lines.extend(machine()?.into_iter().chain(versions(&fs::read_to_string(lock)?)).map(Line::Fact));
    let results = Results::of(lines);
    let report = Path::new(output).join("REPORT.md");
    let earlier = fs::read_to_string(&report).unwrap_or_default();
    fs::write(report, markdown::report(&results, &earlier))?;
    if let Some(picture) = plot::draw(&results)? {
        fs::write(Path::new(output).join("report.svg"), picture)?;
    }
    if results.tables.is_empty() {
        return Ok(());
    }
    let text = summary::put_into(&fs::read_to_string(readme)?, &results);
    fs::write(readme, text.ok_or_else(|| format!("{readme} has no marks: {:?}", summary::BEGIN))?)?;
    Ok(())
}

fn fact(fact: &str, value: impl Into<String>) -> Fact {
    Fact { fact: fact.to_owned(), value: value.into() }
}

fn machine() -> Result<Vec<Fact>, Box<dyn Error>> {
    let processors = fs::read_to_string("/proc/cpuinfo")?;
    let model = processors
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(':'))
        .map_or("unknown", |(_, model)| model.trim());
    let cores = std::thread::available_parallelism()?;
    let rust = String::from_utf8(Command::new("rustc").arg("--version").output()?.stdout)?;
    let rust = rust.split(' ').nth(1).unwrap_or("unknown").to_owned();
    Ok(vec![fact("processor", model), fact("cores", cores.to_string()), fact("Rust", rust)])
}

/// The newest version of each package in a lock file.
fn versions(lock: &str) -> Vec<Fact> {
    let version = |package: &&str| {
        let name = format!("name = \"{package}\"\nversion = \"");
        let (_, rest) = lock.rsplit_once(&name)?;
        let (version, _) = rest.split_once('"')?;
        Some(fact(package, version))
    };
    PACKAGES.iter().filter_map(version).collect()
}
