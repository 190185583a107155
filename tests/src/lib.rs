//! What the tests share: servers, the command line, and modules generated from `manifests/` by `build.rs`.

// The adversarial schema has columns in letters of several alphabets that look alike.
#![allow(confusable_idents)]

pub mod cases;
pub mod cli;
pub mod dice;
pub mod imports;
pub mod keys;
pub mod logged;
pub mod network;
pub mod people;
pub mod pgbouncer;
pub mod pgpool;
pub mod proxy;
pub mod server;
pub mod shop;

/// Each manifest's modules.
pub mod generated {
    /// Two databases, with another connection and a reference between them.
    pub mod shop {
        include!(concat!(env!("OUT_DIR"), "/shop.rs"));
    }

    /// Two databases, and a reference between them with a cache.
    pub mod visits {
        include!(concat!(env!("OUT_DIR"), "/visits.rs"));
    }

    /// One app, whose tables are in a schema for each tenant, and what all tenants share in another database.
    pub mod tenants {
        include!(concat!(env!("OUT_DIR"), "/tenants.rs"));
    }

    /// Partitions, JSON, arrays, ranges, a materialized view.
    pub mod reporting {
        include!(concat!(env!("OUT_DIR"), "/analytics.rs"));
    }

    /// Names that nobody would choose.
    pub mod strange {
        include!(concat!(env!("OUT_DIR"), "/adversarial.rs"));
    }

    /// A column of each type.
    pub mod typed {
        include!(concat!(env!("OUT_DIR"), "/every_type.rs"));
    }

    /// Types that extensions bring.
    pub mod extended {
        include!(concat!(env!("OUT_DIR"), "/extensions.rs"));
    }

    /// Join tables and keys of every sort.
    pub mod linked {
        include!(concat!(env!("OUT_DIR"), "/links.rs"));
    }

    /// Accounts, and what was done to them, on three servers.
    pub mod banking {
        include!(concat!(env!("OUT_DIR"), "/bank.rs"));
    }

    /// A table for each sort of key that a row is found by.
    pub mod keyed {
        include!(concat!(env!("OUT_DIR"), "/keys.rs"));
    }

    /// Columns whose values the usual Rust types cannot hold.
    pub mod extreme {
        include!(concat!(env!("OUT_DIR"), "/extremes.rs"));
    }

    /// As `pg_dump` writes it.
    pub mod dumped {
        include!(concat!(env!("OUT_DIR"), "/as_dumped.rs"));
    }
}

/// The migrations in a folder of `schemas/`, in order, without those that undo others.
///
/// # Panics
/// If the folder cannot be read.
pub fn migrations(folder: &str) -> Vec<String> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas").join(folder);
    let entries = std::fs::read_dir(&folder).expect("a folder of schemas/");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.retain(|path| !path.to_string_lossy().ends_with(".down.sql"));
    paths.sort();
    paths.iter().map(|path| std::fs::read_to_string(path).expect("a file of SQL")).collect()
}
