//! `DROP …` of what the catalog holds.

use super::{
    super::{
        classify::Dropped,
        reader::{ObjectName, Outcome, Reader},
    },
    words::accept_cascade,
};

/// `DROP …`.
pub(crate) struct DropObjects {
    pub(crate) what: Dropped,
    pub(crate) if_exists: bool,
    pub(crate) names: Vec<ObjectName>,
    pub(crate) cascade: bool,
}

/// After the words that say of what.
pub(super) fn read(reader: &mut Reader<'_>, what: Dropped) -> Outcome<DropObjects> {
    if what == Dropped::Index {
        reader.accept("concurrently");
    }
    let if_exists = reader.accept("if exists");
    let names = reader.list(Reader::object_name)?;
    Ok(DropObjects { what, if_exists, names, cascade: accept_cascade(reader) })
}
