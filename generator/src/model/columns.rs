//! Columns: fields, constants, and what may be derived for a struct of them.

use super::{
    Column,
    apps::Chosen,
    docs, literal,
    naming::{Request, distinct},
    resolve::{Facts, Resolved, Unsupported},
    sql,
    tables::{Scope, report},
    types,
};
use crate::{
    catalog::{self, Identity, Object, SqlType, ddl},
    diagnostics::{
        Diagnostic, Diagnostics, UNDEFINED_TYPE, UNKNOWN_COLUMN, UNKNOWN_VIEW_COLUMN, UNSUPPORTED_TYPE,
        nearest,
    },
    manifest::{self, ColumnPath, ColumnSettings, Output, Spanned, TypeTarget},
};

/// A column with what the table's statements need of it.
pub(super) struct Built {
    pub column: Column,
    /// The SQL name, quoted where needed.
    pub quoted: String,
    /// The type that values travel as.
    pub sql_type: String,
    pub is_nullable: bool,
    pub is_settable: bool,
    pub facts: Facts,
}

/// The columns of a table that its model has.
pub(super) fn build(
    scope: &Scope<'_>,
    app: &manifest::App,
    chosen: &Chosen<'_>,
    up: &str,
    diagnostics: &mut Diagnostics,
) -> Vec<Built> {
    report_unknown(chosen, diagnostics);
    let columns: Vec<(&catalog::Column, Option<&ColumnSettings>)> = chosen
        .table
        .columns
        .iter()
        .map(|column| (column, settings(chosen, column)))
        .filter(|(_, settings)| !settings.is_some_and(|settings| settings.skip))
        .collect();
    let given = |settings: &Option<&ColumnSettings>| {
        settings.and_then(|settings| settings.name.as_ref().map(|name| name.value.clone()))
    };
    let fields = distinct(
        columns
            .iter()
            .map(|(column, settings)| Request::field(&column.name).named(given(settings).as_deref())),
    );
    let constants = distinct(
        columns
            .iter()
            .map(|(column, settings)| Request::constant(&column.name).named(given(settings).as_deref())),
    );
    let names: Vec<&Spanned<String>> = columns
        .iter()
        .filter_map(|(_, settings)| settings.and_then(|settings| settings.name.as_ref()))
        .collect();
    let mut built = Vec::with_capacity(columns.len());
    for (((column, settings), field), constant) in columns.iter().zip(fields).zip(constants) {
        let place = scope.loaded.places.get(&Object::Column(chosen.name.clone(), column.name.clone()));
        let path =
            format!("tables: {{ {}: {{ columns: {{ {}: {{ name: … }} }} }} }}", chosen.name, column.name);
        let what = format!("the column `{}.{}`", chosen.name, column.name);
        let name = settings.and_then(|settings| settings.name.as_ref());
        report(&what, &path, &field, name, &names, place, diagnostics);
        let Some(ty) = sql_type(scope, column, *settings, diagnostics) else { continue };
        match resolve(scope, app, chosen, column, &ty, up) {
            Ok(resolved) => built.push(one(chosen, column, *settings, field.rust, constant.rust, resolved)),
            // The schema's own stage has told of a type that is not there.
            Err(Unsupported::Undefined(_)) if diagnostics.has_errors() => {}
            Err(unsupported) => {
                let problem = problem(&what, chosen, column, unsupported);
                diagnostics.push(problem.at(place.cloned()));
            }
        }
    }
    built
}

fn settings<'a>(chosen: &Chosen<'a>, column: &catalog::Column) -> Option<&'a ColumnSettings> {
    chosen.settings?.columns.iter().find(|settings| settings.column.value == column.name)
}

fn report_unknown(chosen: &Chosen<'_>, diagnostics: &mut Diagnostics) {
    let known = || chosen.table.columns.iter().map(|column| column.name.as_str());
    for settings in chosen.settings.iter().flat_map(|settings| &settings.columns) {
        let name = &settings.column;
        if chosen.table.column(&name.value).is_none() {
            let message = format!("the table `{}` has no column `{}`", chosen.name, name.value);
            let help = match nearest(&name.value, known()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("its columns are {}", known().collect::<Vec<_>>().join(", ")),
            };
            diagnostics.push(Diagnostic::error(UNKNOWN_COLUMN, message).at(name.place.clone()).help(help));
        }
    }
}

/// The column's type, or the one that the manifest says. Reports the latter where it is none.
fn sql_type(
    scope: &Scope<'_>,
    column: &catalog::Column,
    settings: Option<&ColumnSettings>,
    diagnostics: &mut Diagnostics,
) -> Option<SqlType> {
    let Some(given) = settings.and_then(|settings| settings.sql_type.as_ref()) else {
        return Some(column.ty.clone());
    };
    let catalog = &scope.loaded.catalog;
    let ty = ddl::parse_type(&given.value, catalog);
    if ty.is_none() {
        let own = catalog.types.keys().map(|name| name.name.as_str());
        let help = match nearest(&given.value, own.chain(types::BUILTIN.iter().map(|(name, _)| *name))) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "write it as SQL does: `numeric(10,2)`, `text[]`, `schema.type`".to_owned(),
        };
        let message = format!("there is no SQL type `{}`", given.value);
        diagnostics.push(Diagnostic::error(UNDEFINED_TYPE, message).at(given.place.clone()).help(help));
    }
    ty
}

fn resolve(
    scope: &Scope<'_>,
    app: &manifest::App,
    chosen: &Chosen<'_>,
    column: &catalog::Column,
    ty: &SqlType,
    up: &str,
) -> Result<Resolved, Unsupported> {
    let over = scope.manifest.types.iter().find_map(|over| match &over.target.value {
        TypeTarget::Column(path) if is_column(path, app, chosen, column) => Some(&over.rust),
        _ => None,
    });
    scope.resolver.resolve(ty, up, over)
}

fn is_column(path: &ColumnPath, app: &manifest::App, chosen: &Chosen<'_>, column: &catalog::Column) -> bool {
    path.app == app.name.value
        && path.schema.as_ref().is_none_or(|schema| *schema == chosen.name.schema)
        && path.table == chosen.name.name
        && path.column == column.name
}

fn one(
    chosen: &Chosen<'_>,
    column: &catalog::Column,
    settings: Option<&ColumnSettings>,
    field: String,
    constant: String,
    resolved: Resolved,
) -> Built {
    let quoted = sql::quoted(&column.name);
    let is_nullable = match settings.and_then(|settings| settings.nullable) {
        Some(nullable) => nullable,
        None => column.nullable && !resolved.not_null,
    };
    let is_generated = column.generated.is_some() || column.identity == Some(Identity::Always);
    let has_default = column.default.is_some() || column.identity.is_some() || resolved.has_default;
    let kind = match (is_nullable, is_generated) {
        (false, false) => None,
        (true, false) => Some("Nullable"),
        (false, true) => Some("Generated"),
        (true, true) => Some("NullableGenerated"),
    };
    Built {
        column: Column {
            sql_name: column.name.clone(),
            field,
            constant,
            docs: docs::lines(column.comment.as_deref()),
            ty: if is_nullable { format!("Option<{}>", resolved.rust) } else { resolved.rust.clone() },
            value: resolved.rust,
            kind,
            sql: literal::string(&quoted),
            sql_type: literal::string(&resolved.sql_type),
            cast: resolved.cast,
            compound: resolved.compound,
            identity: column.identity == Some(Identity::Always),
            inserted: !chosen.table.is_view() && !is_generated && !has_default,
            nullable: is_nullable,
            copy: resolved.facts.copy,
            // Of the user's own type the compiler will tell.
            hash: resolved.own || (resolved.facts.eq && resolved.facts.hash),
        },
        quoted,
        sql_type: resolved.sql_type,
        is_nullable,
        is_settable: !is_generated,
        facts: resolved.facts,
    }
}

fn problem(
    what: &str,
    chosen: &Chosen<'_>,
    column: &catalog::Column,
    unsupported: Unsupported,
) -> Diagnostic {
    let settings = |what: &str| {
        format!("tables: {{ {}: {{ columns: {{ {}: {{ {what} }} }} }} }}", chosen.name, column.name)
    };
    match unsupported {
        Unsupported::Unknown => Diagnostic::error(
            UNKNOWN_VIEW_COLUMN,
            format!("the type of {what} cannot be told from its expression"),
        )
        .help(format!("say it in the manifest: `{}`", settings("type: …"))),
        Unsupported::NoCounterpart(ty) => {
            let why = types::unsupported(&ty.name).map(|why| format!(": {why}")).unwrap_or_default();
            Diagnostic::error(
                UNSUPPORTED_TYPE,
                format!("{what} is of type `{ty}`, which has no Rust counterpart{why}"),
            )
            .help(format!(
                "name a Rust type under `types:`, or leave the column out: `{}`",
                settings("skip: true")
            ))
        }
        Unsupported::Row(ty) => Diagnostic::error(
            UNSUPPORTED_TYPE,
            format!("{what} is of type `{ty}`, the row type of a table, which is not supported"),
        )
        .help(format!(
            "give it a composite type (`CREATE TYPE … AS (…)`), name a Rust type under `types:`, or leave the \
             column out: `{}`",
            settings("skip: true")
        )),
        Unsupported::Undefined(ty) => Diagnostic::error(
            UNDEFINED_TYPE,
            format!("{what} is of type `{ty}`, which the schema does not define"),
        )
        .help("add the file that creates the type to `schema:`, or name a Rust type for it under `types:`"),
    }
}

/// The derives of a struct of these columns.
pub(super) fn derives(output: &Output, built: &[Built]) -> String {
    let facts = built.iter().fold(Facts::ALL, |facts, built| facts.and(built.facts));
    derive_list(output, facts)
}

/// Debug, Clone and PartialEq, and of the manifest's extras those that every field allows.
pub(super) fn derive_list(output: &Output, facts: Facts) -> String {
    let mut derives = vec!["Debug".to_owned(), "Clone".to_owned(), "PartialEq".to_owned()];
    for Spanned { value, .. } in &output.derives {
        match value.as_str() {
            "serde" => derives.extend(["serde::Serialize".to_owned(), "serde::Deserialize".to_owned()]),
            "eq" | "Eq" if facts.eq => derives.push("Eq".to_owned()),
            "hash" | "Hash" if facts.hash && facts.eq => derives.push("Hash".to_owned()),
            "ord" | "Ord" if facts.ord && facts.eq => {
                derives.extend(["PartialOrd".to_owned(), "Ord".to_owned()])
            }
            "eq" | "Eq" | "hash" | "Hash" | "ord" | "Ord" => {}
            other => derives.push(other.to_owned()),
        }
    }
    let mut seen = std::collections::HashSet::new();
    derives.retain(|derive| seen.insert(derive.clone()));
    derives.join(", ")
}

/// Whether models derive serde's traits.
pub(super) fn derives_serde(output: &Output) -> bool {
    output.derives.iter().any(|derive| derive.value == "serde")
}
