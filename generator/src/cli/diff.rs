//! `ormgen diff`: live servers against the schemas that the code was generated from.

use std::{collections::BTreeMap, path::Path};

use serde_json::{Value, json};

use super::{output::Output, progress::Progress, status::Status};
use crate::{
    catalog::{
        self, Catalog, Loaded, QName,
        drift::{self, Difference},
        drift_spelling::without_spellings,
        live,
    },
    diagnostics::{Diagnostic, Diagnostics, Place, SCHEMA_DRIFT, UNKNOWN_CONNECTION, nearest},
    manifest::{self, App, Manifest, Schema},
    model::Patterns,
};

/// Compares the connections of these names, or all where none is given.
pub(super) fn run(output: &Output, manifest: &Path, connections: &[String]) -> Status {
    let (manifest, mut diagnostics) = match manifest::load(manifest) {
        Ok(loaded) => loaded,
        Err(diagnostics) => {
            output.diagnostics(&diagnostics);
            return Status::Wrong;
        }
    };
    let expected = catalog::read(&manifest, &mut diagnostics);
    if diagnostics.has_errors() {
        output.diagnostics(&diagnostics);
        return Status::Wrong;
    }
    let targets = chosen(targets(&manifest), connections, &mut diagnostics);
    if diagnostics.has_errors() {
        output.diagnostics(&diagnostics);
        return Status::Wrong;
    }
    let comparisons = compare(output, &manifest, targets, &expected, &mut diagnostics);
    tell(output, &manifest, &comparisons, &diagnostics);
    if diagnostics.has_errors() { Status::Wrong } else { Status::Done }
}

/// A connection, and the one whose schema its code was generated from.
type Served<'a> = (&'a str, &'a str);

/// The targets of these connections; all where none is named. Reports the names that are none of a target.
fn chosen<'a>(all: Vec<Served<'a>>, names: &[String], diagnostics: &mut Diagnostics) -> Vec<Served<'a>> {
    for name in names.iter().filter(|name| !all.iter().any(|(alias, _)| alias == name)) {
        let known = || all.iter().map(|(alias, _)| *alias);
        let help = match nearest(name, known()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                format!(
                    "known are {}",
                    known().map(|alias| format!("`{alias}`")).collect::<Vec<_>>().join(", ")
                )
            }
        };
        let message = format!("no connection `{name}` serves models whose schema is known without it");
        diagnostics.push(Diagnostic::error(UNKNOWN_CONNECTION, message).help(help));
    }
    let is_chosen = |(alias, _): &Served<'_>| names.is_empty() || names.iter().any(|name| name == alias);
    all.into_iter().filter(is_chosen).collect()
}

/// A live server and its differences.
struct Comparison<'a> {
    alias: &'a str,
    differences: Vec<Difference>,
}

/// Reads every connection that serves models, at the same time, and compares each with its database's schema.
fn compare<'a>(
    output: &Output,
    manifest: &'a Manifest,
    targets: Vec<Served<'a>>,
    expected: &BTreeMap<String, Loaded>,
    diagnostics: &mut Diagnostics,
) -> Vec<Comparison<'a>> {
    let connections: Vec<_> = targets.iter().filter_map(|(alias, _)| manifest.connection(alias)).collect();
    let results = {
        let aliases: Vec<&str> = targets.iter().map(|(alias, _)| *alias).collect();
        let _progress = Progress::start(output, &aliases.join(", "));
        live::read_all(&connections, |_, _| {})
    };
    let mut comparisons = Vec::new();
    for ((alias, database), result) in targets.into_iter().zip(results) {
        let Some(Loaded { catalog: old, untold_index, .. }) = expected.get(database) else { continue };
        match result {
            Ok(new) => {
                let apps: Vec<_> = manifest.apps_of(database).map(|app| (app, Patterns::of(app))).collect();
                let mut differences = drift::compare(old, &new);
                differences.retain(|difference| matters(&apps, old, &new, difference));
                if let Some(place) = untold_index {
                    let all = differences.len();
                    differences.retain(|difference| !is_plain_index(old, &new, difference));
                    if differences.len() < all {
                        diagnostics.push(untold(alias, all - differences.len(), place));
                    }
                }
                let differences = spelled(manifest, alias, database, (old, &new), differences, diagnostics);
                if !differences.is_empty() {
                    diagnostics.push(drifted(alias, differences.len()));
                }
                comparisons.push(Comparison { alias, differences });
            }
            Err(problems) => diagnostics.extend(problems),
        }
    }
    comparisons
}

/// Whether only one side has an index, and that one is not unique.
fn is_plain_index(old: &Catalog, new: &Catalog, difference: &Difference) -> bool {
    let Some(part) = difference.part.as_ref().filter(|part| part.kind == "index") else { return false };
    let tables = old.tables.iter().chain(&new.tables);
    let of_table = tables.filter(|(name, _)| name.to_string() == difference.name);
    let mut indexes = of_table.flat_map(|(_, table)| &table.indexes).filter(|index| index.name == part.name);
    difference.field.is_none() && indexes.all(|index| !index.unique)
}

fn untold(alias: &str, count: usize, place: &Place) -> Diagnostic {
    let message = format!(
        "connection `{alias}`: {count} differences in indexes that are not unique are left out, as the schema does \
         not tell whether this statement runs or which index it names"
    );
    Diagnostic::warning(SCHEMA_DRIFT, message)
        .at(place.clone())
        .help("to compare all indexes, let a server apply the schema: `schema: { ddl: …, through: server }`")
}

/// The differences without those that, by the live server's answer, are only in spelling.
fn spelled(
    manifest: &Manifest,
    alias: &str,
    database: &str,
    (old, new): (&Catalog, &Catalog),
    differences: Vec<Difference>,
    diagnostics: &mut Diagnostics,
) -> Vec<Difference> {
    let Some(connection) = manifest.connection(alias) else { return differences };
    let path: Vec<String> =
        manifest.apps_of(database).flat_map(|app| app.settings.search_path.clone()).collect();
    match without_spellings(connection, &path, old, new, differences) {
        Ok(differences) => differences,
        Err((why, differences)) => {
            let message = format!(
                "connection `{alias}`: expressions are compared by their text, as the server cannot be asked how it \
                 writes them: {why}"
            );
            diagnostics.push(
                Diagnostic::warning(SCHEMA_DRIFT, message).help(
                    "compare with a server that is no standby, by a user who may make temporary tables",
                ),
            );
            differences
        }
    }
}

/// Each connection that serves models, with its database's default connection. Where a schema is read from the
/// default connection itself, that one cannot differ from it.
fn targets(manifest: &Manifest) -> Vec<Served<'_>> {
    let mut targets: Vec<Served<'_>> = Vec::new();
    for app in &manifest.apps {
        let database = app.default_connection.value.as_str();
        let own = Some(database).filter(|_| app.schema.value != Schema::Live);
        for alias in own.into_iter().chain(app.connections.iter().map(|alias| alias.value.as_str())) {
            if !targets.contains(&(alias, database)) {
                targets.push((alias, database));
            }
        }
    }
    targets
}

/// Whether the difference could matter to the code generated for these apps, which are those of the database. One in a
/// table that is no model does not, such as a migration tool's own table, or a new partition; nor does an extension or
/// a schema that only the server has.
fn matters(apps: &[(&App, Patterns<'_>)], old: &Catalog, new: &Catalog, difference: &Difference) -> bool {
    let is_model = |name: &QName| {
        let is_partition = [old, new]
            .iter()
            .any(|side| side.tables.get(name).is_some_and(|table| table.partition_of.is_some()));
        apps.iter().any(|(app, patterns)| patterns.take(name) && (app.partitions || !is_partition))
    };
    let table =
        |wanted: &str| old.tables.keys().chain(new.tables.keys()).find(|name| name.to_string() == wanted);
    match difference.object {
        "table" | "view" => {
            table(&difference.name).is_none_or(is_model)
            // The files could not tell the type of a view's column; that is no drift.
            && !(difference.field == Some("type") && difference.old.as_deref() == Some("unknown"))
        }
        "schema" | "extension" => difference.old.is_some(),
        "sequence" => {
            let sequences = || old.sequences.iter().chain(&new.sequences);
            let own = || sequences().filter(|(name, _)| name.to_string() == difference.name);
            own().all(|(_, sequence)| sequence.owned_by.as_ref().is_some_and(|(table, _)| is_model(table)))
        }
        _ => true,
    }
}

fn drifted(alias: &str, count: usize) -> Diagnostic {
    let plural = if count == 1 { "place" } else { "places" };
    let message = format!("connection `{alias}`: the live schema differs in {count} {plural}");
    Diagnostic::error(SCHEMA_DRIFT, message).help(
        "run the migrations that are missing there, or bring the schema that the manifest names up to date",
    )
}

fn tell(output: &Output, manifest: &Manifest, comparisons: &[Comparison<'_>], diagnostics: &Diagnostics) {
    let text: Vec<String> =
        comparisons.iter().filter(|it| !it.differences.is_empty()).map(|it| describe(it)).collect();
    if !text.is_empty() {
        output.text(&text.join("\n\n"));
    }
    output.warnings(diagnostics);
    for comparison in comparisons.iter().filter(|it| it.differences.is_empty()) {
        output.note(&format!("{}: no difference", comparison.alias));
    }
    if comparisons.is_empty() && manifest.apps.iter().all(|app| app.schema.value == Schema::Live) {
        output.note("nothing to compare: every schema is read from its live server");
    }
    output.json_only(|| {
        let connections: Vec<Value> = comparisons
            .iter()
            .map(|it| json!({ "connection": it.alias, "differences": it.differences }))
            .collect();
        json!({
            "ok": !diagnostics.has_errors(),
            "diagnostics": crate::diagnostics::to_json(diagnostics),
            "connections": connections,
        })
    });
}

/// A server's differences, by object.
fn describe(comparison: &Comparison<'_>) -> String {
    let mut text = format!("{}: expected → on the server", comparison.alias);
    let mut object = None;
    for difference in &comparison.differences {
        let own = (difference.object, &difference.name);
        let change = difference.change("expected", "on the server");
        let place = difference.place();
        if place.is_empty() {
            text.push_str(&format!("\n  {} {}: {change}", difference.object, difference.name));
            object = None;
            continue;
        }
        if object != Some(own) {
            text.push_str(&format!("\n  {} {}", difference.object, difference.name));
            object = Some(own);
        }
        text.push_str(&format!("\n    {place}: {change}"));
    }
    text
}
