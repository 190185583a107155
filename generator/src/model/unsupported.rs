//! Diagnostics for columns and types without a counterpart in Rust: an error with the lines to add to the manifest, or,
//! if the manifest has `types: { unknown: skipped }`, a warning that the generated code leaves them out.

use super::{apps::Chosen, context::DatabaseContext, resolve::Unsupported, types};
use crate::{
    catalog::{self, Catalog, Object, QName, SqlType},
    diagnostics::{
        Diagnostic, LEFT_OUT, Place, SKIPPED_REQUIRED, UNDEFINED_TYPE, UNKNOWN_VIEW_COLUMN, UNSUPPORTED_TYPE,
    },
    manifest::{ColumnSettings, UnknownChoice, join_name, yaml_scalar},
};

/// What leaves all of them out.
const SKIP_ALL: &str = "`types: { unknown: skipped }`";

/// What an insert through a model meets that has no field for a column of its table.
const REFUSED_ROWS: &str =
    "the server refuses new rows unless a trigger fills it, since it may not be NULL and has no default";

/// What to do about such a column, besides to give it a field.
const WAYS_ON: &str = "or give the column a default in the schema, also where a trigger fills it; or insert with SQL of your own";

/// The diagnostic for a column that has no field; none if the source of the schema has reported it.
pub(super) fn column(
    context: &DatabaseContext<'_>,
    app: &str,
    chosen: &Chosen<'_>,
    column: &catalog::Column,
    unsupported: &Unsupported,
) -> Option<Diagnostic> {
    let place = context.place(&Object::Column(chosen.name.clone(), column.name.clone()));
    let diagnostic = match unsupported {
        Unsupported::Undefined(ty) if context.is_reported(ty) => return None,
        Unsupported::Undefined(ty) => undefined(chosen, column, ty),
        _ if skips(context) => left_out(&context.loaded.catalog, chosen, column, unsupported),
        Unsupported::Unknown => match missing_name(context, place.as_ref()) {
            Some(mistake) => return Some(of_missing_name(mistake, chosen, column)),
            None => refusal(app, chosen, column, unsupported),
        },
        _ => refusal(app, chosen, column, unsupported),
    };
    Some(diagnostic.at(place))
}

/// The mistake of the first name in a column's expression that stands for nothing.
fn missing_name<'c>(context: &DatabaseContext<'c>, column: Option<&Place>) -> Option<&'c Diagnostic> {
    let mistakes = &context.loaded.missing_names;
    mistakes.iter().find(
        |mistake| matches!((&mistake.place, column), (Some(place), Some(column)) if place.is_within(column)),
    )
}

fn of_missing_name(mistake: &Diagnostic, chosen: &Chosen<'_>, column: &catalog::Column) -> Diagnostic {
    let help = format!(
        "{} If the server accepts the query, write the column's type in the manifest: `{}`",
        mistake.help.as_deref().unwrap_or_default(),
        column_line(chosen, column, "type: …")
    );
    mistake.clone().help(help)
}

/// The diagnostic for a composite type with a field that has no counterpart; none if the source of the schema has
/// reported it.
pub(super) fn field(
    context: &DatabaseContext<'_>,
    composite: &QName,
    field: &catalog::Column,
    unsupported: &Unsupported,
) -> Option<Diagnostic> {
    let ty = match unsupported {
        Unsupported::Undefined(ty) if context.is_reported(ty) => return None,
        Unsupported::NoCounterpart(ty) | Unsupported::Row(ty) | Unsupported::Undefined(ty) => ty,
        Unsupported::Unknown => &field.ty,
    };
    let why = format!("`{}` is of type `{}`, which has no Rust counterpart", field.name, bare(&field.ty));
    let diagnostic = if skips(context) && !matches!(unsupported, Unsupported::Undefined(_)) {
        let message = format!("the type `{composite}` is left out: its field {why}");
        Diagnostic::warning(LEFT_OUT, message).help(name_a_type(composite))
    } else {
        let message = format!(
            "the field `{}` of the type `{composite}` is of type `{}`, which has no Rust counterpart",
            field.name,
            bare(&field.ty)
        );
        Diagnostic::error(UNSUPPORTED_TYPE, message).help(format!(
            "{}, or for the whole type: `types: {{ {}: … }}`; or leave out all columns of such types: {SKIP_ALL}",
            name_a_type(&ty.name),
            type_key(composite)
        ))
    };
    Some(diagnostic.at(context.place(&Object::Type(composite.clone()))))
}

/// Whether the server refuses a row that has no value for the column, unless a trigger gives it one.
pub(super) fn is_required(catalog: &Catalog, column: &catalog::Column) -> bool {
    let refuses_null = !column.nullable || catalog.is_not_null_domain(&column.ty);
    let has_value = column.default.is_some()
        || column.identity.is_some()
        || column.generated.is_some()
        || catalog.default_of_domain(&column.ty).is_some();
    refuses_null && !has_value
}

/// The diagnostic for a column that the manifest's `skip: true` leaves out, if a new row needs a value for it. It is a
/// warning, as a trigger may give the value.
pub(super) fn skipped(
    context: &DatabaseContext<'_>,
    chosen: &Chosen<'_>,
    (column, settings): (&catalog::Column, Option<&ColumnSettings>),
) -> Option<Diagnostic> {
    if chosen.table.is_view() || !is_required(&context.loaded.catalog, column) {
        return None;
    }
    let message = format!("`skip: true` leaves out {}; {REFUSED_ROWS}", what(chosen, column));
    let help = format!("remove `skip: true`; {WAYS_ON}");
    Some(Diagnostic::warning(SKIPPED_REQUIRED, message).at(settings?.column.place.clone()).help(help))
}

/// Whether the manifest leaves out columns without a counterpart.
fn skips(context: &DatabaseContext<'_>) -> bool {
    context.manifest.values.unknown == Some(UnknownChoice::Skipped)
}

fn what(chosen: &Chosen<'_>, column: &catalog::Column) -> String {
    format!("the column `{}.{}`", chosen.name, column.name)
}

/// A type as it is named where its length does not matter.
fn bare(ty: &SqlType) -> SqlType {
    SqlType { modifier: None, ..ty.clone() }
}

/// `geometry`, or what of an array or a domain is to blame.
fn without_counterpart(column: &catalog::Column, ty: &SqlType) -> String {
    let reason = types::unsupported(&ty.name).map(|why| format!(": {why}")).unwrap_or_default();
    let own = bare(&column.ty);
    if own == *ty {
        format!("`{ty}`, which has no Rust counterpart{reason}")
    } else {
        format!("`{own}`, and `{ty}` has no Rust counterpart{reason}")
    }
}

fn left_out(
    catalog: &Catalog,
    chosen: &Chosen<'_>,
    column: &catalog::Column,
    unsupported: &Unsupported,
) -> Diagnostic {
    let why = match unsupported {
        Unsupported::Unknown => "its type cannot be inferred from the view's query".to_owned(),
        Unsupported::Row(ty) => format!("its type `{ty}` is the row type of a table"),
        Unsupported::NoCounterpart(ty) | Unsupported::Undefined(ty) => {
            format!("it is of type {}", without_counterpart(column, ty))
        }
    };
    let is_required = !chosen.table.is_view() && is_required(catalog, column);
    let rows = if is_required { format!("; {REFUSED_ROWS}") } else { String::new() };
    let message = format!("{} is left out, since {why}{rows}", what(chosen, column));
    let help = match unsupported {
        Unsupported::NoCounterpart(ty) | Unsupported::Row(ty) if is_required => {
            format!("{}; {WAYS_ON}", name_a_type(&ty.name))
        }
        _ => format!("`{}` in the app leaves it out without this warning", skip_line(chosen, column)),
    };
    Diagnostic::warning(LEFT_OUT, message).help(help)
}

fn refusal(
    app: &str,
    chosen: &Chosen<'_>,
    column: &catalog::Column,
    unsupported: &Unsupported,
) -> Diagnostic {
    let (what, skip) = (what(chosen, column), skip_line(chosen, column));
    let or_skip = format!("or leave the column out: `{skip}` in the app; or all such columns: {SKIP_ALL}");
    match unsupported {
        Unsupported::Unknown => Diagnostic::error(
            UNKNOWN_VIEW_COLUMN,
            format!("the type of {what} cannot be inferred from the view's query"),
        )
        .help(format!("write it in the manifest: `{}`; {or_skip}", column_line(chosen, column, "type: …"))),
        Unsupported::NoCounterpart(ty) | Unsupported::Undefined(ty) => Diagnostic::error(
            UNSUPPORTED_TYPE,
            format!("{what} is of type {}", without_counterpart(column, ty)),
        )
        .help(format!(
            "{}; {or_skip}",
            of_crate(app, chosen, column).unwrap_or_else(|| name_a_type(&ty.name))
        )),
        Unsupported::Row(ty) => Diagnostic::error(
            UNSUPPORTED_TYPE,
            format!("{what} is of type `{ty}`, the row type of a table, which is not supported"),
        )
        .help(format!(
            "give it a composite type (`CREATE TYPE … AS (…)`); {}; {or_skip}",
            name_a_type(&ty.name)
        )),
    }
}

fn undefined(chosen: &Chosen<'_>, column: &catalog::Column, ty: &SqlType) -> Diagnostic {
    let message = format!("{} is of type `{ty}`, which the schema does not define", what(chosen, column));
    Diagnostic::error(UNDEFINED_TYPE, message)
        .help("add the file that creates the type to `schema:`, or name a Rust type for it under `types:`")
}

/// The line for the manifest that names a type of a third-party crate, if there is one.
fn of_crate(app: &str, chosen: &Chosen<'_>, column: &catalog::Column) -> Option<String> {
    let (is_for_all, path) = types::of_crate(&column.ty)?;
    let key = if is_for_all {
        type_key(&column.ty.name)
    } else {
        yaml_scalar(&join_name([app, &chosen.name.schema, &chosen.name.name, &column.name]))
    };
    let name = path.split("::").next().unwrap_or_default();
    Some(format!("take the type of the crate `{name}`: `types: {{ {key}: \"{path}\" }}`"))
}

fn name_a_type(ty: &QName) -> String {
    format!("name a Rust type for it: `types: {{ {}: … }}`", type_key(ty))
}

fn type_key(ty: &QName) -> String {
    match ty.schema.as_str() {
        "pg_catalog" => yaml_scalar(&join_name([ty.name.as_str()])),
        schema => yaml_scalar(&join_name([schema, ty.name.as_str()])),
    }
}

fn skip_line(chosen: &Chosen<'_>, column: &catalog::Column) -> String {
    column_line(chosen, column, "skip: true")
}

/// The line for the manifest with a setting of a column.
fn column_line(chosen: &Chosen<'_>, column: &catalog::Column, setting: &str) -> String {
    let table = join_name([chosen.name.schema.as_str(), chosen.name.name.as_str()]);
    format!(
        "tables: {{ {}: {{ columns: {{ {}: {{ {setting} }} }} }} }}",
        yaml_scalar(&table),
        yaml_scalar(&column.name)
    )
}
