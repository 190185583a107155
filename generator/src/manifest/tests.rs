//! What folders of cases cannot hold: generated texts, hostile texts, and the values that come out.

use std::{
    collections::BTreeMap,
    io,
    time::{Duration, Instant},
};

use ormgen_config::{Reset, yaml::MAX_SIZE};
use proptest::prelude::*;

use super::{
    load::parse,
    schema::{Disk, DiskEntry},
    *,
};
use crate::diagnostics::{Diagnostics, Severity, Style, TOO_MUCH_YAML, render};

/// Files in memory.
struct Memory(BTreeMap<PathBuf, Vec<u8>>);

impl Memory {
    fn new(files: &[(&str, &str)]) -> Self {
        Self(files.iter().map(|(path, text)| (path.into(), text.as_bytes().to_vec())).collect())
    }
}

impl Disk for Memory {
    fn look(&self, path: &Path) -> io::Result<DiskEntry> {
        if self.0.contains_key(path) {
            return Ok(DiskEntry::File);
        }
        let inside = self.0.keys().filter_map(|file| file.strip_prefix(path).ok()?.iter().next());
        let mut names: Vec<String> = inside.map(|name| name.to_string_lossy().into_owned()).collect();
        names.dedup();
        if names.is_empty() { Err(io::ErrorKind::NotFound.into()) } else { Ok(DiskEntry::Folder(names)) }
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.0.get(path).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

const WHOLE: &str = include_str!("tests/whole.yaml");

fn disk() -> Memory {
    Memory::new(&[
        ("work/crm.sql", "CREATE TABLE a ();"),
        ("work/extra.sql", "CREATE TABLE b ();"),
        ("work/orders/2_b.up.sql", "x"),
        ("work/orders/2_b.down.sql", "x"),
        ("work/orders/10_c/up.sql", "x"),
        ("work/orders/10_c/down.sql", "x"),
        ("work/orders/README.md", "x"),
    ])
}

fn read(text: &str) -> Result<(Manifest, Diagnostics), Diagnostics> {
    parse(Path::new("work/manifest.yaml"), text, &disk())
}

#[test]
fn reads_the_whole_format() {
    let (manifest, warnings) = read(WHOLE).unwrap();
    assert!(warnings.is_empty(), "{warnings}");
    assert_eq!(manifest.folder, Path::new("work"));
    let aliases: Vec<&str> = manifest.connections.iter().map(|c| c.value.alias.as_str()).collect();
    assert_eq!(aliases, ["crm", "crm_eu", "orders", "reports"]);
    let pool = &manifest.connection("orders").unwrap().pool;
    assert_eq!(pool.max_size, 32);
    assert!(pool.group_commit);
    assert_eq!(pool.reset, Reset::DiscardAll);

    let [crm, orders, reports] = manifest.apps.as_slice() else { panic!("three apps") };
    assert_eq!(crm.name.value, "crm");
    assert_eq!(crm.models[0].value, "*");
    assert_eq!(crm.connections[0].value, "crm_eu");
    let table = &crm.tables[0];
    assert_eq!(table.table.value, "customers");
    assert_eq!(table.name.as_ref().unwrap().value, "Client");
    assert_eq!(table.key.as_ref().unwrap().value, ["id"]);
    assert_eq!(table.columns[0].sql_type.as_ref().unwrap().value, "numeric(10,2)");
    assert_eq!(table.columns[0].nullable, Some(false));
    assert!(table.columns[1].skip);
    let files = ["orders/2_b.up.sql", "orders/10_c/up.sql", "extra.sql"];
    assert_eq!(orders.schema.value, Schema::Files(files.iter().map(PathBuf::from).collect()));
    assert!(orders.partitions && !crm.partitions);
    assert!(orders.unqualified.is_some() && crm.unqualified.is_none());
    assert_eq!(reports.schema.value, Schema::Live);

    assert_eq!(manifest.references[0].name.as_ref().unwrap().value, "BUYER");
    assert_eq!(manifest.references[1].from.value.schema.as_deref(), Some("public"));
    assert_eq!(
        manifest.types[0].target.value,
        TypeTarget::Type { schema: Some("pg_catalog".into()), name: "numeric".into() }
    );
    assert!(matches!(&manifest.types[1].target.value, TypeTarget::Column(path) if path.app == "crm"));
    assert_eq!(manifest.output.layout, Layout::Crates);
    assert_eq!(manifest.output.runtime, RuntimeSource::Path("../runtime".into()));
    assert!(!manifest.output.singular);
}

#[test]
fn places_are_those_of_the_text() {
    let (manifest, _) = read(WHOLE).unwrap();
    let text = |place: &Place| place.source.text[place.span.clone()].to_owned();
    assert_eq!(text(&manifest.connections[1].place), "crm_eu");
    assert_eq!(text(&manifest.apps[0].name.place), "crm");
    assert_eq!(text(&manifest.apps[1].schema.place), "[orders/, extra.sql]");
    assert_eq!(text(&manifest.references[0].to.place), "crm.customers.id");
    assert_eq!(text(&manifest.types[0].target.place), "\"pg_catalog.numeric\"");
}

#[test]
fn places_count_bytes_after_other_letters_and_a_byte_order_mark() {
    let text = "\u{feff}# Größe – 大きさ\nconnections: { crm: \"${Ü}\" }\napps: { crm: { schema: crm.sql, default_connection: crm } }\n";
    let diagnostics = read(text).unwrap_err();
    let place = diagnostics.iter().next().unwrap().place.clone().unwrap();
    assert_eq!(&place.source.text[place.span.clone()], "\"${Ü}\"");
    assert_eq!(place.line_column(), (2, 21));
}

#[test]
fn hostile_texts_end_quickly() {
    let laughs = (1..40).fold("a0: &a0 [x, x]\n".to_owned(), |text, n| {
        let last = n - 1;
        text + &format!("a{n}: &a{n} [*a{last}, *a{last}, *a{last}]\n")
    });
    let chain = (1..20_000).fold("a0: &a0 [x]\n".to_owned(), |text, n| {
        let last = n - 1;
        text + &format!("a{n}: &a{n} [*a{last}]\n")
    });
    let long = format!("a0: &a0 {}\nb: [{}]\n", "x".repeat(500_000), "*a0, ".repeat(1_000));
    let texts = [
        ("flow lists", "[".repeat(100_000), true),
        ("flow maps", "{a: ".repeat(100_000), true),
        ("block lists", "- ".repeat(100_000), true),
        ("explicit keys", "? ".repeat(100_000), true),
        ("closed flow lists", format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)), true),
        ("laughs", laughs, true),
        ("a chain of aliases", chain, true),
        ("an alias of itself", "a: &a [*a]".to_owned(), false),
        ("one long text, many times", long, true),
        ("items", format!("[{}]", "a, ".repeat(100_000)), false),
        ("keys", (0..30_000).map(|n| format!("k{n}: 1\n")).collect(), false),
        ("equal keys", "k: 1\n".repeat(30_000), false),
        ("anchors", (0..30_000).map(|n| format!("- &a{n} x\n")).collect(), false),
        ("one line", "x ".repeat(200_000), false),
        ("quotes", "\"".repeat(500_000), false),
        ("colons", ": ".repeat(500_000), false),
        ("urls", format!("a: {}", "postgres://a:b@c ".repeat(20_000)), false),
        ("ats", "@".repeat(500_000), false),
        ("variables", format!("connections: {{ a: '{}' }}", "${A:-".repeat(100_000)), false),
        ("blank lines", "\n ".repeat(400_000), false),
        ("comments", "#\n".repeat(500_000), false),
        ("tags", "!a ".repeat(300_000), false),
    ];
    for (name, text, is_too_much) in texts {
        let start = Instant::now();
        let diagnostics = match read(&text) {
            Ok((_, diagnostics)) | Err(diagnostics) => diagnostics,
        };
        let first = diagnostics.iter().find(|diagnostic| diagnostic.severity == Severity::Error);
        let code = first.unwrap_or_else(|| panic!("{name} is accepted")).code;
        assert!(!is_too_much || code == TOO_MUCH_YAML, "{name}: {diagnostics}");
        assert!(start.elapsed() < Duration::from_secs(10), "{name}: {:?}", start.elapsed());
    }
}

#[test]
fn the_size_has_a_limit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("manifest.yaml");
    std::fs::write(&path, "#".repeat(MAX_SIZE + 1)).unwrap();
    let diagnostics = load(&path).unwrap_err();
    assert_eq!(diagnostics.iter().next().unwrap().code, TOO_MUCH_YAML);
}

#[test]
fn no_diagnostic_shows_a_password() {
    for manifest in [
        "connections: { crm: postgres://app:hunter2@db/crm, crm: postgres://app:hunter2@db:x/crm }",
        "connections: { crm: { url: postgres://app:hunter2@db/crm, host: hunter2.example, x: 1 } }",
        "connections:\n  crm: { host: db, password: \"hunt\\x65r2\", x: 1 }",
        "connections:\n  crm: { host: db, password: 'hunter2', x: 1 }",
        "connections:\n  crm: { host: db, password: hunter2, x: 1 ",
        "connections:\n  crm:\n    password: hunter2\n    postgres://app:hunter2@db: 1\n",
        "connections:\n  postgres://app:hunter2@db/crm\n",
        "postgres://app:hunter2@db/crm",
        "connections: [postgres://app:hunter2@db/crm]",
        "connections: { crm: \"postgres://app:hunter2@db/crm }",
        "pass: &p hunter2\nconnections: { crm: { host: db, password: *p, x: 1 } }",
        "apps: { crm: { schema: postgres://app:hunter2@db/crm, default_connection: postgres://app:hunter2@db/crm } }",
    ] {
        let diagnostics = read(manifest).unwrap_err();
        let shown = render(&diagnostics, Style::Plain).replace("hunter2.example", "");
        assert!(!shown.contains("hunt"), "{manifest}\n{shown}");
        let json = crate::diagnostics::to_json(&diagnostics).to_string();
        assert!(!json.contains("hunt"), "{json}");
        assert!(!format!("{diagnostics:?}").replace("hunter2.example", "").contains("hunt"));
    }
}

fn never_panics(text: &str) {
    let diagnostics = match read(text) {
        Ok((_, diagnostics)) | Err(diagnostics) => diagnostics,
    };
    render(&diagnostics, Style::Plain);
    crate::diagnostics::to_json(&diagnostics);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        never_panics(&text);
    }

    #[test]
    fn any_yaml_like_text_is_read_or_refused(text in r#"([a-z]{0,3}[-:?\[\]{},*&!|>'"%@$#. \n\tü]{1,3}){0,40}"#) {
        never_panics(&text);
    }

    #[test]
    fn any_changed_manifest_is_read_or_refused(
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0..40_usize, r#"[ -~ü\n]{0,12}"#), 1..4),
    ) {
        let mut text = WHOLE.to_owned();
        for (at, length, new) in changes {
            let boundaries: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            let start = at.index(boundaries.len());
            let end = (start + length).min(boundaries.len() - 1);
            text.replace_range(boundaries[start]..boundaries[end], &new);
        }
        never_panics(&text);
    }
}
