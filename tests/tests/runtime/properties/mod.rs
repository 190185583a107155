//! Queries made at random, over names and values that nobody would choose: each gives what plain Rust makes of the same
//! rows, and no value is in the text of any.
//!
//! `PROPTEST_CASES` says how many queries there are for each world, `ORMGEN_WORLDS` how many worlds there are, and
//! `ORMGEN_SEED` with which one they begin: a run is like the one before it. A failure names its world's seed.

mod apart;
mod asking;
mod beside;
mod conditions;
mod groups;
mod joins;
mod literals;
mod made;
mod make;
mod nested;
mod reads;
mod related;
mod returned;
mod sets;
mod shapes;
mod tables;
mod terms;
mod trees;
mod world;
mod writes;

use std::fmt::Debug;

use ormgen_runtime::{Pool, config::ConnectionConfig, prelude::*};
use ormgen_tests::{
    generated::strange::adversarial::{Adversarial, NewT2, T2},
    server::{TestDb, server},
};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner},
};

use literals::literals;
use world::{Label, Part, Thing, Values, World, new_label, new_part, new_thing, world};

type Tested = Result<(), TestCaseError>;

/// A world on a server.
struct Strange {
    world: World,
    others: Values,
    pool: Pool<Adversarial>,
    _database: TestDb,
}

impl Strange {
    async fn open(world: World) -> Self {
        let database = server(1).create_database("properties").await;
        database.batch(include_str!("../../../../schemas/adversarial.sql")).await;
        let settings = ConnectionConfig::new("adversarial", database.url()).max_size(1);
        let pool = Pool::new(&settings).unwrap();
        Thing::insert_many(world.things.iter().map(new_thing)).execute(&pool).await.unwrap();
        Part::insert_many(world.parts.iter().map(new_part)).execute(&pool).await.unwrap();
        Label::insert_many(world.labels.iter().map(new_label)).execute(&pool).await.unwrap();
        let links = world.links.iter().map(|T2 { t0, t1 }| NewT2 { t0: *t0, t1: *t1 });
        T2::insert_many(links).execute(&pool).await.unwrap();
        Self { world, others: Values::others(), pool, _database: database }
    }

    /// The statements that were prepared.
    async fn statements(&self) -> Vec<String> {
        const SQL: &str = "SELECT statement FROM pg_prepared_statements WHERE strpos(statement, $1) > 0";
        Adversarial::sql::<String>(SQL).bind("FROM public.").all(&self.pool).await.unwrap()
    }
}

/// Tests a property of queries on a few worlds.
fn hold<C: Debug>(cases: impl Strategy<Value = C>, property: impl AsyncFn(&Strange, &C) -> Tested) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for seed in seeds() {
        let mut runner = runner(seed);
        let world = world().new_tree(&mut runner).unwrap().current();
        let strange = runtime.block_on(Strange::open(world));
        if let Err(error) = runner.run(&cases, |case| runtime.block_on(property(&strange, &case))) {
            panic!("{error}\nwith ORMGEN_SEED={seed} in {:#?}", strange.world);
        }
        for text in runtime.block_on(strange.statements()) {
            assert_eq!(literals(&text), "", "{text}");
        }
    }
}

/// The seeds of the worlds.
fn seeds() -> std::ops::Range<u64> {
    let first = setting("ORMGEN_SEED", 0);
    first..first + setting("ORMGEN_WORLDS", 2)
}

fn runner(seed: u64) -> TestRunner {
    let cases = u32::try_from(setting("PROPTEST_CASES", 40)).unwrap();
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 2000, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed.to_le_bytes().repeat(4)))
}

/// A number that an environment variable says.
fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|number| number.parse().ok()).unwrap_or(otherwise)
}

/// What the server gave, or that it refused.
fn answer<T>(result: ormgen_runtime::Result<T>, query: &str) -> Result<T, TestCaseError> {
    result.map_err(|error| TestCaseError::fail(format!("{error:?}\n{query}")))
}

/// Of which table.
#[derive(Clone, Copy, Debug)]
enum Of {
    Things,
    Parts,
    Labels,
}

fn of() -> impl Strategy<Value = Of> {
    prop_oneof![3 => Just(Of::Things), 1 => Just(Of::Parts), 1 => Just(Of::Labels)]
}

/// Calls a generic function for the model.
macro_rules! for_topic {
    ($of:expr, $property:ident($($argument:expr),*)) => {
        match $of {
            Of::Things => $property::<Thing>($($argument),*).await,
            Of::Parts => $property::<Part>($($argument),*).await,
            Of::Labels => $property::<Label>($($argument),*).await,
        }
    };
}

use for_topic;
