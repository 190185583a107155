//! Schemas that others wrote. They are not part of this repository: `ORMGEN_CORPUS` says where they are.

use std::path::Path;

use super::{super::interpret, load, problems};
use crate::diagnostics::{Diagnostics, Source};

/// File, tables without views, columns with those of views, foreign keys.
const FILES: [(&str, usize, usize, usize); 8] = [
    ("pagila.sql", 70, 461, 36),
    ("danbooru.sql", 66, 651, 93),
    ("chinook.sql", 11, 64, 11),
    ("ejabberd.sql", 41, 247, 5),
    ("icingadb.sql", 61, 601, 7),
    ("mediawiki.sql", 58, 362, 0),
    ("powerdns.sql", 7, 43, 4),
    ("roundcube.sql", 17, 94, 14),
];

fn counts(loaded: &crate::catalog::Loaded) -> (usize, usize, usize) {
    let all = loaded.catalog.tables.values();
    let tables = all.clone().filter(|table| !table.is_view());
    let keys = tables.clone().map(|table| table.foreign_keys.len()).sum();
    (tables.count(), all.map(|table| table.columns.len()).sum(), keys)
}

#[test]
fn real_schemas_are_read_whole() {
    let (own, diagnostics) = load(&[include_str!("everything.sql")]);
    assert_eq!(problems(&diagnostics), Vec::<String>::new());
    assert_eq!(counts(&own), OWN);
    let Some(folder) = std::env::var_os("ORMGEN_CORPUS") else {
        println!("ORMGEN_CORPUS is not set: only the repository's own schema was read");
        return;
    };
    for (file, tables, columns, keys) in FILES {
        let path = Path::new(&folder).join(file);
        let text =
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut diagnostics = Diagnostics::new();
        let loaded = interpret(&[Source::new(file, text)], &mut diagnostics);
        assert_eq!(problems(&diagnostics), Vec::<String>::new(), "{file}");
        assert_eq!(counts(&loaded), (tables, columns, keys), "{file}");
    }
}

/// Counted on a PostgreSQL 15 server.
const OWN: (usize, usize, usize) = (38, 273, 15);
