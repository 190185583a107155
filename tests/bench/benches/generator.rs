//! How long a build takes, by the number of tables. `cargo bench` in this folder.

use std::{fs, hint::black_box, path::Path, sync::Arc, time::Duration};

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ormgen::{
    catalog::ddl,
    diagnostics::{Diagnostics, Source},
    model::naming::{Named, Request, distinct},
    render::Earlier,
    write,
};
use ormgen_bench::Shape;

const TABLES: [usize; 5] = [10, 100, 500, 1000, 5000];
const COLUMNS: usize = 12;

fn source(tables: usize) -> Arc<Source> {
    Source::new("schema.sql", ormgen_bench::ddl(Shape { tables, columns: COLUMNS }))
}

/// DDL text to catalog.
fn interpret(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("interpret");
    group.sample_size(10).measurement_time(Duration::from_secs(5));
    for tables in TABLES {
        let sources = [source(tables)];
        group.throughput(Throughput::Elements(tables as u64));
        group.bench_function(BenchmarkId::from_parameter(tables), |bench| {
            bench.iter_batched(
                Diagnostics::new,
                |mut diagnostics| ddl::interpret(black_box(&sources), &mut diagnostics),
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

/// The names of so many structs, and of one struct's so many fields.
fn naming(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("naming");
    group.sample_size(20);
    for count in TABLES {
        let names: Vec<String> =
            (0..count).map(|number| format!("customer_{number}_delivery_addresses")).collect();
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(BenchmarkId::new("structs", count), |bench| {
            bench.iter(|| {
                let named = |name| Named { schema: "public", name, main_schema: "public" };
                distinct(names.iter().map(|name| Request::structure(named(black_box(name)), true)))
            });
        });
        group.bench_function(BenchmarkId::new("fields", count), |bench| {
            bench.iter(|| distinct(names.iter().map(|name| Request::field(black_box(name)))));
        });
    }
    group.finish();
}

/// Manifest and schema to written files, into an empty folder; and once more where nothing changed.
fn build(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("build");
    group.sample_size(10).measurement_time(Duration::from_secs(10));
    for tables in TABLES {
        let folder = tempfile::tempdir().expect("a folder");
        let manifest = folder.path().join("manifest.yaml");
        fs::write(&manifest, MANIFEST).expect("the manifest is written");
        fs::write(folder.path().join("schema.sql"), ormgen_bench::ddl(Shape { tables, columns: COLUMNS }))
            .expect("the schema is written");
        let output = folder.path().join("out");
        group.throughput(Throughput::Elements(tables as u64));
        group.bench_function(BenchmarkId::new("fresh", tables), |bench| {
            bench.iter_batched(
                || fs::remove_dir_all(&output).unwrap_or_default(),
                |()| generate(&manifest),
                BatchSize::PerIteration,
            );
        });
        group.bench_function(BenchmarkId::new("unchanged", tables), |bench| {
            bench.iter(|| generate(&manifest));
        });
    }
    group.finish();
}

const MANIFEST: &str = "
connections: { bench: \"${BENCH_URL}\" }
apps: { bench: { schema: schema.sql, default_connection: bench } }
output: { path: out }
";

/// What `ormgen build` does.
fn generate(manifest: &Path) {
    let generated = ormgen::generate(manifest).expect("the schema is right");
    let files = generated.files(&Earlier::default()).expect("the templates are right");
    let plan = write::plan(&generated.output(), &files).expect("nothing is in the way");
    write::apply(plan).expect("the folder can be written");
}

criterion_group!(benches, interpret, naming, build);
criterion_main!(benches);
