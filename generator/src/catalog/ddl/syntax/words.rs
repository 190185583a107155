//! What several statements have in common: `RENAME`, `SET SCHEMA`, `CASCADE`.

use super::super::reader::{Ident, Outcome, Reader};

/// A change of an object's name, schema or owner.
pub(crate) enum NameChange {
    RenameTo(Ident),
    SetSchema(Ident),
    /// Owners are not in the catalog.
    OwnerTo,
}

/// One of these, if it stands here.
pub(super) fn name_change(reader: &mut Reader<'_>) -> Outcome<Option<NameChange>> {
    Ok(Some(if reader.accept("rename to") {
        NameChange::RenameTo(reader.ident()?)
    } else if reader.accept("set schema") {
        NameChange::SetSchema(reader.ident()?)
    } else if reader.accept("owner to") {
        reader.skip_rest();
        NameChange::OwnerTo
    } else {
        return Ok(None);
    }))
}

/// `old TO new`.
pub(super) fn rename_pair(reader: &mut Reader<'_>) -> Outcome<(Ident, Ident)> {
    let old = reader.ident()?;
    reader.expect("to")?;
    Ok((old, reader.ident()?))
}

/// `RESTRICT` is the default.
pub(super) fn accept_cascade(reader: &mut Reader<'_>) -> bool {
    let cascade = reader.accept("cascade");
    let _ = cascade || reader.accept("restrict");
    cascade
}
