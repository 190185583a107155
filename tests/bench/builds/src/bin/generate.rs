//! What generating costs: `generate [--quick] ORMGEN TOOLS RESULTS`.
//!
//! From DDL by itself; from a live server, the first one of `tests/run --exec`, beside the generators that read one.
//! They are taken from the folder TOOLS or else from PATH; who is in neither is not measured, and the report says so.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use ormgen_bench::{Shape, ddl, tables as tables_of, text};
use ormgen_bench_builds::{
    COLUMNS, Result,
    crates::MANIFEST,
    process,
    results::{Samples, tables},
};
use ormgen_bench_report::Writer;
use tokio_postgres::{Client, NoTls};

const DDL: &str = "Generating from DDL";
const DDL_ABOUT: &str = "`ormgen build` of tables with 12 columns, as a process.";
const LIVE: &str = "Generating from a live server";
const LIVE_ABOUT: &str = "The same database for all, analyzed before. ormgen: `build`; and `introspect`, \
then `build` of the snapshot. diesel: `print-schema`. sea-orm: `generate entity`. Clorinde makes functions of queries that are written by hand, \
not of tables: nothing to compare.";

fn main() -> Result<()> {
    let mut args = env::args().skip(1).peekable();
    let quick = args.next_if(|arg| arg == "--quick").is_some();
    let paths: Vec<PathBuf> = args.map(PathBuf::from).collect();
    let [ormgen, tools, results] = paths.as_slice() else {
        return Err("usage: generate [--quick] ORMGEN TOOLS RESULTS".into());
    };
    let mut out = Writer::create(&results.join("generate.jsonl"))?;
    out.group(DDL, DDL_ABOUT, "fresh")?;
    let rounds = if quick { 1 } else { 7 };
    from_ddl(ormgen, if quick { &[10, 100] } else { &[10, 100, 1000, 5000] }, rounds, &mut out)?;
    let live = Live { ormgen, tools, rounds: rounds.min(3) };
    let about = live.about();
    out.group(LIVE, &about, "ormgen")?;
    live.measure(if quick { &[10, 100] } else { &[10, 100, 500, 1000] }, &mut out)
}

/// Manifest and schema in a folder.
struct Project {
    folder: tempfile::TempDir,
}

impl Project {
    fn new(schema: &str) -> Result<Self> {
        let project = Self { folder: tempfile::tempdir()? };
        fs::write(project.path("manifest.yaml"), MANIFEST)?;
        fs::write(project.path("schema.sql"), schema)?;
        Ok(project)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, ormgen: &Path, command: &str) -> Command {
        let mut process = Command::new(ormgen);
        process.args([command, "--quiet"]).arg(self.path("manifest.yaml"));
        process
    }

    /// As before the first build.
    fn clear(&self) -> Result<()> {
        let output = self.path("src");
        if output.exists() {
            fs::remove_dir_all(output)?;
        }
        Ok(())
    }
}

/// Builds from nothing, from what is the same, and with one column renamed.
fn from_ddl(ormgen: &Path, sizes: &[usize], rounds: usize, out: &mut Writer) -> Result<()> {
    let mut samples = Samples::of(DDL);
    for &count in sizes {
        let shape = Shape { tables: count, columns: COLUMNS };
        let mut changed = tables_of(shape);
        if let Some(column) = changed.get_mut(count / 2).and_then(|table| table.columns.last_mut()) {
            column.name.push_str("_changed");
        }
        states(ormgen, &ddl(shape), Some(&text(&changed)), &tables(count), rounds, &mut samples)?;
    }
    for pair in sizes.windows(2) {
        for work in [TIME, "build, peak memory"] {
            samples.add_growth(work, pair[0], pair[1]);
        }
    }
    if let Some((name, schema)) = largest_of_corpus()? {
        states(ormgen, &schema, None, &name, rounds, &mut samples)?;
    }
    samples.write(out)
}

const TIME: &str = "build";

fn states(
    ormgen: &Path,
    schema: &str,
    changed: Option<&str>,
    size: &str,
    rounds: usize,
    samples: &mut Samples,
) -> Result<()> {
    let project = Project::new(schema)?;
    for _ in 0..rounds {
        project.clear()?;
        samples.add_usage(TIME, size, "fresh", process::run(&mut project.command(ormgen, "build"))?);
        samples.add_usage(TIME, size, "unchanged", process::run(&mut project.command(ormgen, "build"))?);
        if let Some(changed) = changed {
            fs::write(project.path("schema.sql"), changed)?;
            let usage = process::run(&mut project.command(ormgen, "build"))?;
            samples.add_usage(TIME, size, "one table changed", usage);
            fs::write(project.path("schema.sql"), schema)?;
        }
    }
    Ok(())
}

/// The largest schema in the folder that `ORMGEN_CORPUS` names, if it names one.
fn largest_of_corpus() -> Result<Option<(String, String)>> {
    let Some(folder) = env::var_os("ORMGEN_CORPUS") else { return Ok(None) };
    let mut largest: Option<(String, String)> = None;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "sql") {
            let text = fs::read_to_string(&path)?;
            if largest.as_ref().is_none_or(|(_, known)| known.len() < text.len()) {
                largest = Some((path.file_name().unwrap_or_default().to_string_lossy().into_owned(), text));
            }
        }
    }
    Ok(largest)
}

/// Generators that read a server.
struct Live<'a> {
    ormgen: &'a Path,
    tools: &'a Path,
    rounds: usize,
}

impl Live<'_> {
    /// What the group is about, and who is not there.
    fn about(&self) -> String {
        let missing = |tool: &&str| self.tool(tool).is_none();
        let missing: Vec<&str> = ["diesel", "sea-orm-cli"].into_iter().filter(missing).collect();
        if missing.is_empty() {
            return LIVE_ABOUT.to_owned();
        }
        format!("{LIVE_ABOUT} Not installed: {} (`tests/bench/run --peers`).", missing.join(", "))
    }

    fn tool(&self, name: &str) -> Option<PathBuf> {
        let own = self.tools.join("bin");
        let path = env::var_os("PATH").unwrap_or_default();
        std::iter::once(own)
            .chain(env::split_paths(&path))
            .map(|folder| folder.join(name))
            .find(|file| file.is_file())
    }

    fn measure(&self, sizes: &[usize], out: &mut Writer) -> Result<()> {
        let server = env::var("ORMGEN_TEST_PG_1")
            .map_err(|_| "run it with `tests/bench/run`, which starts a server")?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let mut samples = Samples::of(LIVE);
        let mut random = fastrand::Rng::with_seed(5);
        let mut order = ["ormgen", "diesel", "sea-orm-cli"];
        for &count in sizes {
            let url = runtime.block_on(database(&server, count))?;
            for _ in 0..self.rounds {
                random.shuffle(&mut order);
                for generator in order {
                    self.once(generator, &url, &tables(count), &mut samples)?;
                }
            }
            eprintln!("live, {count} tables");
        }
        samples.write(out)
    }

    fn once(&self, generator: &str, url: &str, size: &str, samples: &mut Samples) -> Result<()> {
        if generator == "ormgen" {
            return self.ormgen(url, size, samples);
        }
        let Some(tool) = self.tool(generator) else { return Ok(()) };
        let output = tempfile::tempdir()?;
        let mut command = Command::new(tool);
        command.env("DATABASE_URL", url).current_dir(output.path());
        match generator {
            "diesel" => command.args(["print-schema", "--database-url", url]),
            _ => command.args(["generate", "entity", "--database-url", url, "--output-dir", "entity"]),
        };
        samples.add_usage(FROM_SERVER, size, generator, process::run(&mut command)?);
        Ok(())
    }

    /// In one step, and with a snapshot between the server and the code.
    fn ormgen(&self, url: &str, size: &str, samples: &mut Samples) -> Result<()> {
        let project = Project::new("")?;
        let build = |schema: &str| {
            fs::write(project.path("manifest.yaml"), MANIFEST.replace("schema.sql", schema))?;
            project.clear()?;
            process::run(project.command(self.ormgen, "build").env("BENCH_URL", url))
        };
        samples.add_usage(FROM_SERVER, size, "ormgen", build("live")?);
        let read = process::run(project.command(self.ormgen, "introspect").env("BENCH_URL", url))?;
        let both = read.and(build("schemas/bench.snapshot.yaml")?);
        samples.add_usage(FROM_SERVER, size, "ormgen, with a snapshot", both);
        Ok(())
    }
}

const FROM_SERVER: &str = "from the server to code";

/// A new database with so many tables, its statistics up to date.
async fn database(server: &str, tables: usize) -> Result<String> {
    let name = format!("generate_{tables}");
    let (host, _) = server.rsplit_once('/').ok_or("a URL ends with its database")?;
    let url = format!("{host}/{name}");
    connect(server).await?.batch_execute(&format!("CREATE DATABASE {name}")).await?;
    let client = connect(&url).await?;
    client.batch_execute(&ddl(Shape { tables, columns: COLUMNS })).await?;
    client.batch_execute("ANALYZE").await?;
    Ok(url)
}

async fn connect(url: &str) -> Result<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(async move {
        // What goes wrong shows at the next statement.
        let _ = connection.await;
    });
    Ok(client)
}
