//! How long a build takes, by the number of tables. `cargo bench` in this folder.

use std::{hint::black_box, sync::Arc, time::Duration};

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ormgen::{
    catalog::ddl,
    diagnostics::{Diagnostics, Source},
    model::naming::{Named, Request, distinct},
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

// The whole pipeline, manifest and schema to written files, goes here: a third group over `TABLES`.

criterion_group!(benches, interpret, naming);
criterion_main!(benches);
