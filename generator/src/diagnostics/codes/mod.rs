//! The codes, each with the text that `ormgen explain CODE` prints. A code is never reused.
//!
//! ORM01xx manifest, ORM02xx DDL, ORM03xx model, ORM04xx output, ORM05xx live servers.

mod ddl;
mod info;
mod live;
mod manifest;
mod model;
mod output;
mod yaml;

pub use info::{Code, CodeInfo};
pub use {ddl::*, live::*, manifest::*, model::*, output::*, yaml::*};

/// Every code, in order.
pub const ALL: &[&[Code]] = &[
    yaml::YAML_CODES,
    manifest::MANIFEST_CODES,
    ddl::DDL_CODES,
    model::MODEL_CODES,
    output::OUTPUT_CODES,
    live::LIVE_CODES,
];

/// The code of that name, whatever its case.
pub fn code(id: &str) -> Option<Code> {
    ALL.iter().copied().flatten().copied().find(|code| code.id.eq_ignore_ascii_case(id))
}

#[cfg(test)]
mod tests {
    use super::ALL;

    #[test]
    fn codes_are_listed_in_order_and_once() {
        let ids: Vec<&str> = ALL.iter().copied().flatten().map(|code| code.id).collect();
        assert!(ids.is_sorted_by(|one, next| one < next), "{ids:?}");
    }
}
