//! `layout: crates` as a user has it: the packages compile, a program loads references through them, and a build
//! touches what changed and nothing else.

use std::{
    env, fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use ormgen::write::{self, Changes};
use ormgen_tests::cli::cargo;
use tempfile::TempDir;

const MANIFEST: &str = r#"
connections: { crm: "${CRM_URL}", orders: "${ORDERS_URL}" }
apps:
  crm: { schema: crm.sql, default_connection: crm }
  orders: { schema: orders.sql, default_connection: orders }
references:
  - { from: orders.orders.customer_id, to: crm.customers.id }
  - { from: crm.customers.last_order_id, to: orders.orders.id }
  - { from: crm.person.colleague_id, to: orders.person.id }
"#;

const CRM: &str = "
    CREATE TYPE tier AS ENUM ('gold', 'silver');
    CREATE TABLE customers (id bigint PRIMARY KEY, tier tier NOT NULL, last_order_id bigint);
    CREATE TABLE person (id bigint PRIMARY KEY, colleague_id bigint);
    CREATE TABLE notes (id integer PRIMARY KEY, customer_id bigint REFERENCES customers);
";

const ORDERS: &str = "
    CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL);
    CREATE TABLE person (id bigint PRIMARY KEY);
";

/// References both ways, one between two models of the same name, and a relation inside one database.
const PROGRAM: &str = r#"
use databases::{Databases, crm::{Customer, Note, Person}, orders::{self, Order}};
use databases::references::{CrmPersonReferences, CustomerReferences, OrderReferences, OrdersPersonReferences};
use ormgen_runtime::prelude::*;

pub async fn load(dbs: &Databases) -> ormgen_runtime::Result<()> {
    let _: Vec<(Order, Option<Customer>)> = Order::query().with(Order::CUSTOMER).all(dbs).await?;
    let _: Vec<(Customer, Vec<Order>, Vec<Note>)> =
        Customer::query().with(Customer::ORDERS).with(Customer::NOTES).all(dbs).await?;
    let _: Vec<(Person, Option<orders::Person>)> = Person::query().with(Person::COLLEAGUE).all(dbs).await?;
    let _: Vec<(orders::Person, Vec<Person>)> =
        orders::Person::query().with(orders::Person::PEOPLE_BY_COLLEAGUE).all(dbs).await?;
    let _: Vec<(Customer, Option<Order>)> = Customer::query().with(Customer::LAST_ORDER).all(dbs).await?;
    Ok(())
}
"#;

#[test]
fn crates_compile_together_and_apart() {
    let project = Project::new("crates");
    project.build();
    // A database's package names no other: neither in its manifest nor in its code.
    for (own, other) in [("crm", "orders"), ("orders", "crm")] {
        for (path, text) in project.files(&project.output().join(own)) {
            let names_other = [format!("{other} ="), format!("{other}::"), "databases".to_owned()];
            assert!(!names_other.iter().any(|name| text.contains(name.as_str())), "{path:?}: {text}");
        }
    }
    project.write_program();
    fs::copy(root().join("Cargo.lock"), project.path("Cargo.lock")).unwrap();
    let output = cargo()
        .args(["clippy", "--quiet", "--offline", "--workspace", "--", "-D", "warnings"])
        .current_dir(project.folder.path())
        .env("CARGO_TARGET_DIR", root().join("target/corpus"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Whatever a team's rustfmt.toml says, ormgen alone writes these files.
#[test]
fn cargo_fmt_leaves_the_files() {
    for layout in ["modules", "crates"] {
        let project = Project::new(layout);
        project.build();
        project.write("rustfmt.toml", "max_width = 60\n");
        project.write_program();
        if layout == "modules" {
            project.write("src/lib.rs", "#[path = \"../out/mod.rs\"]\nmod out;\n");
            project.write("Cargo.toml", "[package]\nname = \"program\"\nedition = \"2024\"\n");
        }
        let output = cargo().args(["fmt", "--all"]).current_dir(project.folder.path()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let changes = project.build();
        assert!(changes.is_empty(), "{layout}: {changes:?}");
    }
}

#[test]
fn a_build_touches_what_changed_alone() {
    for layout in ["modules", "crates"] {
        let project = Project::new(layout);
        let first = project.build();
        assert!(first.created.len() > 5 && first.changed.is_empty() && first.removed.is_empty(), "{first:?}");
        let foreign = project.output().join("crm/mine.rs");
        fs::write(&foreign, "// Written by a person.\n").unwrap();
        let times = project.times();

        let second = project.build();
        assert!(second.is_empty(), "{second:?}");
        assert_eq!(project.times(), times);

        // A table goes: so does its file, and those change that spoke of it.
        project.write("crm.sql", CRM.split("CREATE TABLE notes").next().unwrap());
        let third = project.build();
        let name = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
        assert_eq!(third.removed.iter().map(name).collect::<Vec<_>>(), ["notes.rs"]);
        assert!(third.created.is_empty(), "{third:?}");
        let mut changed: Vec<String> = third.changed.iter().map(name).collect();
        changed.sort();
        let home = if layout == "crates" { "lib.rs" } else { "mod.rs" };
        assert_eq!(changed, ["customers.rs", home]);
        assert_eq!(fs::read_to_string(&foreign).unwrap(), "// Written by a person.\n");
    }
}

#[test]
fn a_mistake_leaves_the_output_as_it_was() {
    let project = Project::new("crates");
    project.build();
    let before = project.files(&project.output());
    project.write("crm.sql", "CREATE TABLE customers (id bigint PRIMARY KEY, shape aclitem);");
    assert!(ormgen::generate(&project.path("manifest.yaml")).is_err());
    assert_eq!(project.files(&project.output()), before);
}

/// A folder with a manifest and two schemas.
struct Project {
    folder: TempDir,
}

impl Project {
    fn new(layout: &str) -> Self {
        let project = Self { folder: TempDir::new().unwrap() };
        let output =
            format!("output: {{ path: out, layout: {layout}, runtime: {{ path: {:?} }} }}\n", runtime());
        project.write("manifest.yaml", &format!("{MANIFEST}{output}"));
        project.write("crm.sql", CRM);
        project.write("orders.sql", ORDERS);
        project
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn output(&self) -> PathBuf {
        self.path("out")
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A package that uses the generated ones.
    fn write_program(&self) {
        let runtime = runtime();
        self.write(
            "Cargo.toml",
            &format!(
                "[workspace]\nresolver = \"3\"\nmembers = [\"out/*\"]\n\
                 [package]\nname = \"program\"\nedition = \"2024\"\n\
                 [dependencies]\ndatabases = {{ path = \"out/databases\" }}\normgen-runtime = {{ path = {runtime:?} }}\n"
            ),
        );
        self.write("src/lib.rs", PROGRAM);
    }

    fn build(&self) -> Changes {
        let generated =
            ormgen::generate(&self.path("manifest.yaml")).unwrap_or_else(|error| panic!("{error}"));
        let plan =
            write::plan(&generated.output(), &generated.files(&ormgen::render::Earlier::default()).unwrap())
                .unwrap();
        write::apply(plan).unwrap()
    }

    /// Every file below a folder, with its text.
    fn files(&self, folder: &Path) -> Vec<(PathBuf, String)> {
        let mut files = Vec::new();
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                files.extend(self.files(&path));
            } else {
                files.push((path.clone(), fs::read_to_string(&path).unwrap()));
            }
        }
        files.sort();
        files
    }

    fn times(&self) -> Vec<(PathBuf, SystemTime)> {
        let files = self.files(&self.output()).into_iter();
        files.map(|(path, _)| (path.clone(), fs::metadata(&path).unwrap().modified().unwrap())).collect()
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn runtime() -> PathBuf {
    root().join("runtime")
}
