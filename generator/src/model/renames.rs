//! The names that the manifest gives to relations in place of ormgen's.

use super::{
    apps,
    data::TableModel,
    naming::{Request, Resolved, const_name},
    spots::named_beside,
};
use crate::{
    diagnostics::{Diagnostic, Diagnostics, NAME_TAKEN, RENAMED, UNKNOWN_RELATION, nearest},
    manifest::{App, Rename, Spanned},
};

/// The names of relations that are added to a model, distinct from its constants so far. Relations that the manifest
/// renames get its names.
pub(super) fn names<'a>(
    app: Option<&App>,
    model: &'a TableModel,
    constants: impl Iterator<Item = &'a String> + Clone,
    requests: Vec<Request>,
) -> Vec<Resolved> {
    let renames: Vec<&Rename> = of(app, model).collect();
    let plain: Vec<Resolved> = named_beside(constants.clone(), requests.iter().cloned()).collect();
    if renames.is_empty() {
        return plain;
    }
    let renamed = requests.into_iter().zip(&plain).map(|(request, name)| {
        let rename = renames.iter().find(|rename| rename.from.value == name.rust);
        request.named(rename.map(|rename| rename.to.value.as_str()))
    });
    named_beside(constants, renamed).collect()
}

/// The warnings for relations that have lost their names to others, to which the manifest gives them: the program goes on to
/// compile with such a name, and reads other rows. Each relation comes with the name that it is given where it is declared,
/// and the name that it has; `bare` gives the names without the manifest's.
pub(super) fn moved(
    app: Option<&App>,
    model: &TableModel,
    relations: &[(Option<&Spanned<String>>, &Resolved)],
    bare: impl FnOnce() -> Vec<Resolved>,
) -> Vec<Diagnostic> {
    if of(app, model).next().is_none() && relations.iter().all(|(given, _)| given.is_none()) {
        return Vec::new();
    }
    let bare = bare();
    let renamed = |name: &str| of(app, model).find(|rename| const_name(&rename.to.value) == name);
    let given_to = |name: &str| {
        let declared = relations.iter().find(|(given, now)| given.is_some() && now.rust == name);
        declared.and_then(|(given, _)| *given).or_else(|| renamed(name).map(|rename| &rename.to))
    };
    let lost = relations.iter().zip(&bare).filter_map(|((given, now), before)| {
        let is_own_choice = given.is_some() || renamed(&now.rust).is_some();
        let taken_by = given_to(&before.rust).filter(|_| !is_own_choice && now.rust != before.rust)?;
        let message = format!(
            "the relation of `{}` that is called `{}` without this entry is called `{}`",
            model.qname, before.rust, now.rust
        );
        let help = "choose another name here, or look where the program uses this one".to_owned();
        Some(Diagnostic::warning(RENAMED, message).at(taken_by.place.clone()).help(help))
    });
    lost.collect()
}

/// Reports renames without effect: the model has no such relation, or another constant has the name.
pub(super) fn check(app: &App, model: &TableModel, diagnostics: &mut Diagnostics) {
    let constants = || {
        let relations = model.relations.iter().map(|relation| relation.constant.as_str());
        relations.chain(model.many_to_many.iter().map(|relation| relation.constant.as_str()))
    };
    for rename in of(Some(app), model) {
        // A name in lower case is written as a constant, as `name` of a relation is.
        let new = const_name(&rename.to.value);
        if constants().any(|name| name == new) {
            continue;
        }
        let is_there = constants().any(|name| name == rename.from.value);
        let is_column = model.columns.iter().any(|column| column.constant == new);
        let (code, message, place, help) = if is_there || is_column {
            let message = format!("a relation of `{}` cannot be called `{new}`", model.qname);
            (
                NAME_TAKEN,
                message,
                &rename.to.place,
                "another constant of the model has this name: choose another".to_owned(),
            )
        } else {
            let message = format!("the model of `{}` has no relation `{}`", model.qname, rename.from.value);
            let help = match nearest(&rename.from.value, constants()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "write the constant that generated code has without this entry".to_owned(),
            };
            (UNKNOWN_RELATION, message, &rename.from.place, help)
        };
        diagnostics.push(Diagnostic::error(code, message).at(place.clone()).help(help));
    }
}

fn of<'a>(app: Option<&'a App>, model: &'a TableModel) -> impl Iterator<Item = &'a Rename> {
    let tables = app.map_or(&[][..], |app| &app.tables).iter();
    tables
        .filter(|settings| apps::names(&settings.table.value, &model.qname))
        .flat_map(|settings| &settings.relations)
}
