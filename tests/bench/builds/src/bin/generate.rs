//! What generating costs: `generate [--quick] ORMGEN TOOLS RESULTS`.
//!
//! From DDL by itself; from a live server, the first one of `tests/run --exec`, beside the generators that read one.
//! They are taken from the folder TOOLS or else from PATH; who is in neither is not measured, and the report says so.

use std::{
    collections::HashMap,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    time::SystemTime,
};

use ormgen_bench::{Shape, ddl, text};
use ormgen_bench_builds::{
    COLUMNS, Result, changed,
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
    let mut live =
        Live { ormgen, tools, rounds: rounds.min(3), samples: Samples::of(LIVE), stopped: Vec::new() };
    out.group(LIVE, &live.about(), ORMGEN)?;
    live.measure(if quick { &[10, 100] } else { &[10, 100, 500, 1000, 5000] }, &mut out)
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

    /// When each file of the output was written.
    fn written(&self) -> Result<HashMap<PathBuf, SystemTime>> {
        let mut written = HashMap::new();
        let mut folders = vec![self.path("src")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder)? {
                let (path, about) = entry.and_then(|entry| Ok((entry.path(), entry.metadata()?)))?;
                if about.is_dir() {
                    folders.push(path);
                } else {
                    written.insert(path, about.modified()?);
                }
            }
        }
        Ok(written)
    }
}

/// Builds from nothing, from what is the same, and with one column renamed.
fn from_ddl(ormgen: &Path, sizes: &[usize], rounds: usize, out: &mut Writer) -> Result<()> {
    let mut samples = Samples::of(DDL);
    of_corpus(ormgen, rounds, &mut samples)?;
    samples.write(out)?;
    for &count in sizes {
        let shape = Shape { tables: count, columns: COLUMNS };
        let changed = text(&changed(count));
        states(ormgen, &ddl(shape), Some(&changed), &tables(count), rounds, &mut samples)?;
        samples.write(out)?;
        eprintln!("DDL, {count} tables");
    }
    for work in [TIME, "build, peak memory"] {
        samples.add_growths(work, sizes);
    }
    samples.write(out)
}

const TIME: &str = "build";
const FRESH: &str = "fresh";

fn states(
    ormgen: &Path,
    schema: &str,
    changed: Option<&str>,
    size: &str,
    rounds: usize,
    samples: &mut Samples,
) -> Result<()> {
    let project = Project::new(schema)?;
    let build = || process::run(&mut project.command(ormgen, "build"));
    for _ in 0..rounds {
        project.clear()?;
        samples.add_usage(TIME, size, FRESH, build()?);
        let fresh = project.written()?;
        samples.add_usage(TIME, size, "unchanged", build()?);
        let unchanged = project.written()?;
        samples.add(WRITTEN, size, FRESH, "", fresh.len() as f64);
        samples.add(WRITTEN, size, "unchanged", "", newer(&fresh, &unchanged));
        if let Some(changed) = changed {
            fs::write(project.path("schema.sql"), changed)?;
            samples.add_usage(TIME, size, "one table changed", build()?);
            samples.add(WRITTEN, size, "one table changed", "", newer(&unchanged, &project.written()?));
            fs::write(project.path("schema.sql"), schema)?;
        }
    }
    Ok(())
}

const WRITTEN: &str = "files written";

/// How many files were written anew.
fn newer(before: &HashMap<PathBuf, SystemTime>, after: &HashMap<PathBuf, SystemTime>) -> f64 {
    after.iter().filter(|(file, time)| before.get(*file) != Some(*time)).count() as f64
}

/// The largest schema in the folder that `ORMGEN_CORPUS` names, if it names one: of those that ormgen takes, as the
/// report says why it refuses a larger one.
fn of_corpus(ormgen: &Path, rounds: usize, samples: &mut Samples) -> Result<()> {
    let Some(folder) = env::var_os("ORMGEN_CORPUS") else { return Ok(()) };
    for (name, schema) in schemas(Path::new(&folder))? {
        match states(ormgen, &schema, None, &name, rounds, samples) {
            Ok(()) => return Ok(()),
            Err(error) => samples.leave(TIME, &name, FRESH, &refusal(&error.to_string()), None),
        }
    }
    Ok(())
}

/// The schemas in a folder, largest first.
fn schemas(folder: &Path) -> Result<Vec<(String, String)>> {
    let mut schemas = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "sql") {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            schemas.push((name, String::from_utf8_lossy(&fs::read(&path)?).into_owned()));
        }
    }
    schemas.sort_by_key(|(_, schema)| std::cmp::Reverse(schema.len()));
    Ok(schemas)
}

/// The first error that ormgen shows, fit for a table's cell.
fn refusal(said: &str) -> String {
    let error = said.lines().find(|line| line.contains("error")).or_else(|| said.lines().next());
    format!("refused: {}", error.unwrap_or_default().trim().replace('|', "\\|"))
}

/// Generators that read a server.
struct Live<'a> {
    ormgen: &'a Path,
    tools: &'a Path,
    rounds: usize,
    samples: Samples,
    /// Who took too long or failed, and for how many tables.
    stopped: Vec<(&'static str, String)>,
}

const ORMGEN: &str = "ormgen";
/// Others are not asked for more tables.
const MOST_OF_OTHERS: usize = 500;

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

    fn measure(&mut self, sizes: &[usize], out: &mut Writer) -> Result<()> {
        let server = env::var("ORMGEN_TEST_PG_1")
            .map_err(|_| "run it with `tests/bench/run`, which starts a server")?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let mut random = fastrand::Rng::with_seed(5);
        let mut order = [ORMGEN, "diesel", "sea-orm-cli"];
        for &count in sizes {
            let url = runtime.block_on(database(&server, count))?;
            for _ in 0..self.rounds {
                for generator in order {
                    if generator == ORMGEN {
                        self.ormgen(&url, &tables(count))?;
                    } else if count <= MOST_OF_OTHERS {
                        self.other(generator, &url, &tables(count))?;
                    }
                }
                // After the first round, which gives the report its columns.
                random.shuffle(&mut order);
            }
            self.samples.write(out)?;
            eprintln!("live, {count} tables");
        }
        for work in [FROM_SERVER, "from the server to code, peak memory"] {
            self.samples.add_growths(work, sizes);
        }
        self.samples.write(out)
    }

    fn other(&mut self, generator: &'static str, url: &str, size: &str) -> Result<()> {
        let Some(tool) = self.tool(generator) else { return Ok(()) };
        if let Some((_, less)) = self.stopped.iter().find(|(stopped, _)| *stopped == generator) {
            let why = format!("not tried: {less} were too many");
            self.samples.leave(FROM_SERVER, size, generator, &why, None);
            return Ok(());
        }
        let output = tempfile::tempdir()?;
        let mut command = Command::new(tool);
        command.env("DATABASE_URL", url).current_dir(output.path());
        match generator {
            "diesel" => command.args(["print-schema", "--database-url", url]),
            _ => command.args(["generate", "entity", "--database-url", url, "--output-dir", "entity"]),
        };
        if !self.samples.add_ended(FROM_SERVER, size, generator, process::measure(&mut command)?) {
            self.stopped.push((generator, size.to_owned()));
        }
        Ok(())
    }

    /// In one step, and with a snapshot between the server and the code.
    fn ormgen(&mut self, url: &str, size: &str) -> Result<()> {
        let project = Project::new("")?;
        let build = |schema: &str| {
            fs::write(project.path("manifest.yaml"), MANIFEST.replace("schema.sql", schema))?;
            project.clear()?;
            process::run(project.command(self.ormgen, "build").env("BENCH_URL", url))
        };
        self.samples.add_usage(FROM_SERVER, size, ORMGEN, build("live")?);
        let read = process::run(project.command(self.ormgen, "introspect").env("BENCH_URL", url))?;
        let both = read.and(build("schemas/bench.snapshot.yaml")?);
        self.samples.add_usage(FROM_SERVER, size, "ormgen, with a snapshot", both);
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
    // Table by table: the server has not enough locks for all in one transaction.
    for statements in ddl(Shape { tables, columns: COLUMNS }).split("\n\n") {
        client.batch_execute(statements).await?;
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_its_first_error() {
        let said = "ormgen failed: exit status: 1\nwarning: w\nerror: no table `a|b`\n --> schema.sql:3\n";
        assert_eq!(refusal(said), "refused: error: no table `a\\|b`");
        assert_eq!(refusal("over"), "refused: over");
    }
}
