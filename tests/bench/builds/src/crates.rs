//! Crates of generated code, one for each library and number of tables.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use ormgen_bench::Table;

use crate::{Result, emit, process};

/// Who wrote the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// `ormgen build`.
    Ormgen,
    /// `schema.rs` and structs.
    Diesel,
    /// Entities.
    SeaOrm,
}

/// All of them, in the report's order.
pub const PEERS: [Peer; 3] = [Peer::Ormgen, Peer::Diesel, Peer::SeaOrm];

impl Peer {
    /// Its name in the report.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ormgen => "ormgen",
            Self::Diesel => "diesel",
            Self::SeaOrm => "sea-orm",
        }
    }

    /// What a crate needs to connect and to have columns of these types.
    fn dependencies(self) -> String {
        match self {
            Self::Ormgen => {
                let runtime = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../runtime");
                format!("ormgen-runtime = {{ path = {runtime:?} }}\n")
            }
            Self::Diesel => "
bigdecimal = \"0.4\"
chrono = { version = \"0.4\", default-features = false, features = [\"std\"] }
diesel = { version = \"2.3\", default-features = false, features = [
    \"postgres_backend\", \"32-column-tables\", \"chrono\", \"numeric\", \"serde_json\", \"uuid\"] }
diesel-async = { version = \"0.9\", features = [\"postgres\", \"deadpool\"] }
serde_json = \"1\"
uuid = \"1\"
"
            .to_owned(),
            Self::SeaOrm => "
sea-orm = { version = \"2.0\", default-features = false, features = [
    \"macros\", \"runtime-tokio\", \"sqlx-postgres\", \"with-chrono\", \"with-json\", \"with-rust_decimal\", \"with-uuid\"] }
"
            .to_owned(),
        }
    }

    const fn modules(self) -> &'static str {
        match self {
            Self::Ormgen => "pub mod db;\n",
            // `allow_tables_to_appear_in_same_query!` calls itself for each table, more often than the compiler allows.
            Self::Diesel => "#![recursion_limit = \"1024\"]\npub mod models;\npub mod schema;\n",
            Self::SeaOrm => "pub mod entity;\n",
        }
    }

    /// Connects and reads one row.
    const fn program(self) -> &'static str {
        match self {
            Self::Ormgen => ORMGEN,
            Self::Diesel => DIESEL,
            Self::SeaOrm => SEA_ORM,
        }
    }
}

const ORMGEN: &str = "
use ormgen_runtime::prelude::*;
use tables::db::{Databases, bench::CustomerAddress};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let databases = Databases::connect(\"manifest.yaml\").await?;
    let found = CustomerAddress::find(1).optional(&databases).await?;
    println!(\"{found:?}\");
    Ok(())
}
";

const DIESEL: &str = "
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl, pooled_connection::{AsyncDieselConnectionManager, deadpool::Pool}};
use tables::{models::CustomerAddresses, schema::customer_addresses};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let manager = AsyncDieselConnectionManager::<AsyncPgConnection>::new(std::env::var(\"BENCH_URL\")?);
    let pool = Pool::builder(manager).build()?;
    let found = customer_addresses::table
        .find(1)
        .select(CustomerAddresses::as_select())
        .first(&mut pool.get().await?)
        .await
        .optional()?;
    println!(\"{found:?}\");
    Ok(())
}
";

const SEA_ORM: &str = "
use sea_orm::{Database, EntityTrait};
use tables::entity::customer_addresses;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let database = Database::connect(std::env::var(\"BENCH_URL\")?).await?;
    let found = customer_addresses::Entity::find_by_id(1).one(&database).await?;
    println!(\"{found:?}\");
    Ok(())
}
";

/// What an application's manifest says.
pub const MANIFEST: &str = "
connections: { bench: \"${BENCH_URL:-postgres://localhost/bench}\" }
apps: { bench: { schema: schema.sql, default_connection: bench } }
output: { path: src/db }
";

/// A crate on disk.
#[derive(Debug)]
pub struct Crate {
    /// Who wrote its code.
    pub peer: Peer,
    folder: PathBuf,
    ormgen: PathBuf,
}

impl Crate {
    /// Writes it: `lock` is the lock file that says which versions to take.
    ///
    /// # Errors
    /// Those of the file system and of `ormgen build`.
    pub fn create(peer: Peer, folder: &Path, lock: &Path, ormgen: &Path, tables: &[Table]) -> Result<Self> {
        let sources = folder.join("src");
        if sources.exists() {
            fs::remove_dir_all(&sources)?;
        }
        fs::create_dir_all(&sources)?;
        fs::copy(lock, folder.join("Cargo.lock"))?;
        let tokio = "tokio = { version = \"1\", features = [\"macros\", \"rt-multi-thread\"] }\n";
        // A workspace of its own; all crates of a peer are built in one folder, dependencies once.
        let head = "[package]\nname = \"tables\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n";
        fs::write(folder.join("Cargo.toml"), format!("{head}{tokio}{}", peer.dependencies()))?;
        fs::write(sources.join("lib.rs"), peer.modules())?;
        fs::write(sources.join("main.rs"), peer.program())?;
        let krate = Self { peer, folder: folder.to_owned(), ormgen: ormgen.to_owned() };
        krate.generate(tables)?;
        Ok(krate)
    }

    /// Writes its code of tables anew.
    ///
    /// # Errors
    /// Those of the file system and of `ormgen build`.
    pub fn generate(&self, tables: &[Table]) -> Result<()> {
        let sources = self.folder.join("src");
        match self.peer {
            Peer::Ormgen => {
                fs::write(self.folder.join("manifest.yaml"), MANIFEST)?;
                fs::write(self.folder.join("schema.sql"), ormgen_bench::text(tables))?;
                process::run(
                    Command::new(&self.ormgen)
                        .args(["build", "--quiet"])
                        .arg(self.folder.join("manifest.yaml")),
                )?;
            }
            Peer::Diesel => {
                write(&sources.join("schema.rs"), &emit::diesel::schema(tables))?;
                write(&sources.join("models.rs"), &emit::diesel::models(tables))?;
            }
            Peer::SeaOrm => {
                fs::create_dir_all(sources.join("entity"))?;
                for (file, text) in emit::sea_orm::files(tables) {
                    write(&sources.join("entity").join(file), &text)?;
                }
            }
        }
        Ok(())
    }

    /// Cargo, in this crate, not heard while all is well.
    pub fn cargo(&self, command: &str) -> Command {
        let mut cargo = Command::new("cargo");
        cargo.arg(command).current_dir(&self.folder).env("CARGO_TARGET_DIR", self.target());
        cargo
    }

    /// Where it is built.
    pub fn target(&self) -> PathBuf {
        self.folder.join("target")
    }
}

/// Leaves a file alone that says so already: Cargo looks at when it was written.
fn write(path: &Path, text: &str) -> Result<()> {
    if !fs::read_to_string(path).is_ok_and(|known| known == text) {
        fs::write(path, text)?;
    }
    Ok(())
}
