//! What the tests share: servers, the command line, and modules generated from `manifests/` by `build.rs`.

pub mod cli;
pub mod server;

/// Each manifest's modules.
pub mod generated {
    /// Two databases, with another connection and a reference between them.
    pub mod shop {
        include!(concat!(env!("OUT_DIR"), "/shop.rs"));
    }

    /// Partitions, JSON, arrays, ranges, a materialized view.
    pub mod analytics {
        include!(concat!(env!("OUT_DIR"), "/analytics.rs"));
    }

    /// Names that nobody would choose.
    pub mod adversarial {
        include!(concat!(env!("OUT_DIR"), "/adversarial.rs"));
    }

    /// A column of each type.
    pub mod every_type {
        include!(concat!(env!("OUT_DIR"), "/every_type.rs"));
    }

    /// As `pg_dump` writes it.
    pub mod as_dumped {
        include!(concat!(env!("OUT_DIR"), "/as_dumped.rs"));
    }
}
