//! The schemas that SQL does not name, so that each connection's `search_path` says where their objects are.

use super::sql::SqlNames;
use crate::{
    catalog::{Catalog, builtins},
    diagnostics::{Diagnostic, Diagnostics, HIDDEN_TYPE},
    manifest::App,
};

/// How SQL names the objects of a database whose apps have these main schemas. Reports the types that would be hidden if they
/// were named without their schema: the server looks in `pg_catalog` first
/// (<https://www.postgresql.org/docs/current/ddl-schemas.html#DDL-SCHEMAS-CATALOG>).
pub(super) fn sql_names(apps: &[(&App, &str)], catalog: &Catalog, diagnostics: &mut Diagnostics) -> SqlNames {
    let asking = apps.iter().filter_map(|(app, main)| Some((app.unqualified.as_ref()?, *main)));
    let names = SqlNames::new(asking.clone().map(|(_, main)| main.to_owned()).collect());
    for name in catalog.types.keys().filter(|name| names.leaves_out(&name.schema)) {
        let is_hidden = builtins::known(builtins::TypeRef::builtin(&name.name)).is_some();
        let place = asking.clone().find(|(_, main)| *main == name.schema).map(|(place, _)| place);
        if let Some(place) = place.filter(|_| is_hidden) {
            let message = format!("without its schema, `{name}` is PostgreSQL's own type of that name");
            let help = "give the type another name, or remove `unqualified`";
            diagnostics.push(Diagnostic::error(HIDDEN_TYPE, message).at(place.clone()).help(help));
        }
    }
    names
}
