//! `CREATE VIEW` and `CREATE MATERIALIZED VIEW`. Manual: CREATE VIEW, CREATE MATERIALIZED VIEW.

use super::{
    super::{
        classify::ViewForm,
        reader::{Ident, ObjectName, Outcome, Reader},
        split::Expression,
    },
    queries,
};

/// `CREATE VIEW …`.
pub(crate) struct CreateView {
    pub(crate) form: ViewForm,
    pub(crate) if_not_exists: bool,
    pub(crate) name: ObjectName,
    /// The names that the query's columns get, from the first on.
    pub(crate) names: Vec<Ident>,
    pub(crate) query: Expression,
}

/// After `VIEW`.
pub(super) fn create(reader: &mut Reader<'_>, form: ViewForm) -> Outcome<CreateView> {
    let if_not_exists = reader.accept("if not exists");
    let name = reader.object_name()?;
    let names = if reader.is("(") { reader.ident_list()? } else { Vec::new() };
    if reader.accept("using") {
        reader.ident()?;
    }
    if reader.accept("with") {
        reader.parenthesized()?;
    }
    if reader.accept("tablespace") {
        reader.ident()?;
    }
    reader.expect("as")?;
    let query = queries::read(reader)?;
    Ok(CreateView { form, if_not_exists, name, names, query })
}
