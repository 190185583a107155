//! The main schema of an app, whose tables' structs carry no prefix.

use std::collections::BTreeMap;

use super::{
    apps::{Chosen, LEAVES_OUT},
    naming,
};
use crate::{
    diagnostics::{Diagnostic, Diagnostics, MAIN_SCHEMA, UNKNOWN_SCHEMA, nearest},
    manifest::App,
};

/// The app's main schema: the manifest's, or else by the rule of [`naming::main_schema`]. Says where another schema
/// has more tables than the one that the rule gives.
pub(super) fn of(app: &App, chosen: &[Chosen<'_>], diagnostics: &mut Diagnostics) -> String {
    let mut schemas: BTreeMap<&str, usize> = BTreeMap::new();
    for table in chosen {
        *schemas.entry(&table.name.schema).or_default() += 1;
    }
    if let Some(given) = &app.main_schema {
        if !schemas.contains_key(given.value.as_str()) {
            let message =
                format!("no table of the app `{}` is in the schema `{}`", app.name.value, given.value);
            let help = match nearest(&given.value, schemas.keys().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "name the schema that most of its tables are in, or remove this".to_owned(),
            };
            diagnostics.push(Diagnostic::error(UNKNOWN_SCHEMA, message).at(given.place.clone()).help(help));
        }
        return given.value.clone();
    }
    let patterns = || {
        let all = app.models.iter().map(|pattern| pattern.value.as_str());
        all.filter(|pattern| !pattern.starts_with(LEAVES_OUT))
    };
    let main = naming::main_schema(patterns(), &schemas);
    let count = schemas.get(main).copied().unwrap_or_default();
    let larger = schemas.iter().filter(|(_, tables)| **tables > count).max_by_key(|(_, tables)| **tables);
    let is_named = naming::schema_of_patterns(patterns()).is_some();
    let warn =
        |message, help| Diagnostic::warning(MAIN_SCHEMA, message).at(app.name.place.clone()).help(help);
    diagnostics.extend(match larger {
        _ if is_named || schemas.len() < 2 => None,
        Some((larger, tables)) => Some(warn(
            format!(
                "the structs of {tables} tables carry the name of their schema `{larger}`, since `{main}` is the main schema of the app `{}`",
                app.name.value
            ),
            format!("write `main_schema: {larger}` in the app, or `main_schema: {main}` to keep it so"),
        )),
        None if schemas.contains_key(naming::USUAL_SCHEMA) => None,
        None => Some(warn(
            format!(
                "`{main}` is the main schema of the app `{}`, since it has the most tables: tables that are added to another schema could rename the structs",
                app.name.value
            ),
            format!("write `main_schema: {main}` in the app, so that it stays"),
        )),
    });
    main.to_owned()
}
