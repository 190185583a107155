//! What the tests share: servers, the command line, and modules generated from `manifests/` by `build.rs`.

// The adversarial schema has columns in letters of several alphabets that look alike.
#![allow(confusable_idents)]

pub mod cases;
pub mod cli;
pub mod server;

/// Each manifest's modules.
pub mod generated {
    /// Two databases, with another connection and a reference between them.
    pub mod shop {
        include!(concat!(env!("OUT_DIR"), "/shop.rs"));
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

    /// As `pg_dump` writes it.
    pub mod dumped {
        include!(concat!(env!("OUT_DIR"), "/as_dumped.rs"));
    }
}
