//! Columns: fields and constants.

use super::{
    apps::Chosen,
    column_docs, column_types,
    context::DatabaseContext,
    data::{ColumnKind, ColumnModel},
    docs, limits, literal,
    names::{GivenName, report},
    naming::{Request, distinct},
    resolve::{ColumnType, Unsupported},
    rust_type::Traits,
    std_types, types, unsupported,
};
use crate::{
    catalog::{self, Catalog, Identity, Object, QName, SqlType, identifiers, parse_type},
    diagnostics::{Diagnostic, Diagnostics, UNDEFINED_TYPE, UNKNOWN_COLUMN, VIEW_SETTING, nearest},
    manifest::{self, ColumnSettings, Spanned, TableSettings, join_name, yaml_scalar},
};

/// A column of a model, with the parts of SQL that the table's statements need.
pub(super) struct Built {
    pub column: ColumnModel,
    /// The SQL name, quoted where needed.
    pub quoted: String,
    /// The SQL type in which values are sent and received.
    pub sql_type: String,
    pub is_nullable: bool,
    pub is_settable: bool,
}

impl Built {
    /// Which traits its values have.
    pub fn traits(&self) -> Traits {
        self.column.value.traits()
    }
}

/// A column that is not left out, and what the manifest says of it.
type Kept<'a> = (&'a catalog::Column, Option<&'a ColumnSettings>);

/// A table's columns: those that are fields of its model, and the others.
pub(super) struct BuiltColumns<'a> {
    pub built: Vec<Built>,
    /// The columns that the manifest leaves out, each by its own setting or because its type has no counterpart.
    pub left_out: Vec<&'a catalog::Column>,
}

/// The columns of a table.
pub(super) fn build<'a>(
    context: &DatabaseContext<'_>,
    app: &manifest::App,
    chosen: &Chosen<'a>,
    up: &'static str,
    diagnostics: &mut Diagnostics,
) -> BuiltColumns<'a> {
    report_unknown(context, chosen, diagnostics);
    diagnostics.extend(view_settings(context, &app.name.value, chosen));
    let is_skipped = |(_, settings): &Kept<'_>| settings.is_some_and(|settings| settings.skip);
    let all = chosen.table.columns.iter().map(|column| (column, settings(chosen, column)));
    let (skipped, kept): (Vec<Kept<'a>>, Vec<Kept<'a>>) = all.partition(is_skipped);
    diagnostics.extend(skipped.iter().filter_map(|kept| unsupported::skipped(context, chosen, *kept)));
    let mut left_out: Vec<&catalog::Column> = skipped.into_iter().map(|(column, _)| column).collect();
    let mut built = Vec::with_capacity(kept.len());
    for ((column, settings), names) in kept.iter().zip(names(context, chosen, &kept, diagnostics)) {
        let Some(ty) = sql_type(context, chosen, (column, *settings), diagnostics) else { continue };
        match resolve(context, app, chosen, column, &ty, up) {
            Ok(ty) => {
                diagnostics.extend(limits::warning(context, chosen.name, chosen.table, column, &ty.rust));
                built.push(one(context, chosen, (column, *settings), names, ty));
            }
            Err(unsupported) => {
                diagnostics.extend(unsupported::column(
                    context,
                    &app.name.value,
                    chosen,
                    column,
                    &unsupported,
                ));
                left_out.push(column);
            }
        }
    }
    BuiltColumns { built, left_out }
}

/// A column's names in Rust.
struct ColumnNames {
    field: String,
    constant: String,
}

/// The columns' names in Rust. Reports each name that differs from the one that the naming rules give the column alone.
fn names(
    context: &DatabaseContext<'_>,
    chosen: &Chosen<'_>,
    columns: &[Kept<'_>],
    diagnostics: &mut Diagnostics,
) -> Vec<ColumnNames> {
    let given: Vec<Option<&Spanned<String>>> =
        columns.iter().map(|(_, settings)| settings.and_then(|settings| settings.name.as_ref())).collect();
    let all_given: Vec<&Spanned<String>> = given.iter().copied().flatten().collect();
    let requests =
        |request: fn(&str) -> Request| {
            let wanted = columns.iter().zip(&given);
            distinct(wanted.map(|((column, _), given)| {
                request(&column.name).named(given.map(|name| name.value.as_str()))
            }))
        };
    let constants = requests(Request::constant);
    let mut names = Vec::with_capacity(columns.len());
    for (((column, _), given), (field, constant)) in
        columns.iter().zip(&given).zip(requests(Request::field).into_iter().zip(constants))
    {
        let place = context.place(&Object::Column(chosen.name.clone(), column.name.clone()));
        let path =
            format!("tables: {{ {}: {{ columns: {{ {}: {{ name: … }} }} }} }}", chosen.name, column.name);
        let claim = given.map(|name| GivenName { name, holder: holder(name, columns) });
        report(&what(chosen, column), &path, &field, claim, &all_given, place.as_ref(), diagnostics);
        names.push(ColumnNames { field: field.rust, constant: constant.rust });
    }
    names
}

/// What else the manifest gives that name to.
fn holder(name: &Spanned<String>, columns: &[Kept<'_>]) -> Option<String> {
    let is_other = |other: &Spanned<String>| other.value == name.value && other.place != name.place;
    let (column, _) = columns
        .iter()
        .find(|(_, settings)| settings.and_then(|settings| settings.name.as_ref()).is_some_and(is_other))?;
    Some(format!("the manifest gives this name to the column `{}` too", column.name))
}

/// A column, for messages.
fn what(chosen: &Chosen<'_>, column: &catalog::Column) -> String {
    format!("the column `{}.{}`", chosen.name, column.name)
}

fn settings<'a>(chosen: &Chosen<'a>, column: &catalog::Column) -> Option<&'a ColumnSettings> {
    of_column(chosen.settings?, &column.name)
}

/// What the manifest says of a table's column.
pub(super) fn of_column<'a>(table: &'a TableSettings, column: &str) -> Option<&'a ColumnSettings> {
    table.columns.iter().find(|settings| settings.column.value == column)
}

/// The table of this one's name in another schema that has the column.
fn with_column<'c>(context: &DatabaseContext<'c>, chosen: &Chosen<'_>, column: &str) -> Option<&'c QName> {
    let mut tables = context.loaded.catalog.tables.iter();
    let is_it = |(name, table): &(&QName, &catalog::Table)| {
        *name != chosen.name && name.name == chosen.name.name && table.column(column).is_some()
    };
    tables.find(is_it).map(|(name, _)| name)
}

fn report_unknown(context: &DatabaseContext<'_>, chosen: &Chosen<'_>, diagnostics: &mut Diagnostics) {
    let known = || chosen.table.columns.iter().map(|column| column.name.as_str());
    for settings in chosen.settings.iter().flat_map(|settings| &settings.columns) {
        let name = &settings.column;
        if chosen.table.column(&name.value).is_none() {
            let message = format!("the table `{}` has no column `{}`", chosen.name, name.value);
            let help = match (with_column(context, chosen, &name.value), nearest(&name.value, known())) {
                (Some(other), _) => {
                    format!("`{other}` has the column: write its settings as `tables: {{ {other}: … }}`")
                }
                (None, Some(near)) => format!("did you mean `{near}`?"),
                (None, None) => format!("its columns are {}", known().collect::<Vec<_>>().join(", ")),
            };
            diagnostics.push(Diagnostic::error(UNKNOWN_COLUMN, message).at(name.place.clone()).help(help));
        }
    }
}

/// The diagnostics for what the manifest says of a table's columns as if they were a view's. The type of a table's column
/// may be unknown too, if a query made the table.
fn view_settings(context: &DatabaseContext<'_>, app: &str, chosen: &Chosen<'_>) -> Vec<Diagnostic> {
    let settings = chosen.settings.iter().flat_map(|settings| &settings.columns);
    let of_table = |settings: &ColumnSettings| {
        let column = chosen.table.column(&settings.column.value).filter(|_| !chosen.table.is_view())?;
        let what = what(chosen, column);
        let diagnostic = match (&settings.sql_type, settings.nullable) {
            (Some(given), _) if !column.ty.is_unknown() => {
                let path = join_name([app, &chosen.name.schema, &chosen.name.name, &column.name]);
                let message = format!("{what} is of type `{}`: `type` is for a view's column", column.ty);
                let help = format!(
                    "remove `type`; another Rust type for it is written `types: {{ {}: … }}`",
                    yaml_scalar(&path)
                );
                Diagnostic::error(VIEW_SETTING, message).at(given.place.clone()).help(help)
            }
            (_, Some(_)) => {
                let is_sure = !column.nullable || context.loaded.catalog.is_not_null_domain(&column.ty);
                let now = if is_sure { "is never NULL" } else { "may be NULL" };
                let message = format!("{what} {now} in the schema: `nullable` is for a view's column");
                let help = "remove `nullable`: whether the column may be NULL is a matter of the schema, and a migration \
                            changes it";
                Diagnostic::error(VIEW_SETTING, message).at(settings.column.place.clone()).help(help)
            }
            _ => return None,
        };
        Some(diagnostic)
    };
    settings.filter_map(of_table).collect()
}

/// The column's type, or the one that the manifest gives it. Reports a type of the manifest's that is none.
fn sql_type(
    context: &DatabaseContext<'_>,
    chosen: &Chosen<'_>,
    (column, settings): Kept<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<SqlType> {
    let Some(given) = settings.and_then(|settings| settings.sql_type.as_ref()) else {
        return Some(column.ty.clone());
    };
    let catalog = &context.loaded.catalog;
    let ty = parse_type(&given.value, catalog);
    if let Some(ty) = &ty {
        diagnostics.extend(contradiction(context, chosen, column, (ty, given)));
    } else {
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

/// The diagnostic for a type that the manifest gives to a view's column, whose values are of another one. Types that are
/// the same in Rust, such as a domain and its base, do not contradict each other.
fn contradiction(
    context: &DatabaseContext<'_>,
    chosen: &Chosen<'_>,
    column: &catalog::Column,
    (ty, given): (&SqlType, &Spanned<String>),
) -> Option<Diagnostic> {
    if column.ty.is_unknown() || !chosen.table.is_view() {
        return None;
    }
    let catalog = &context.loaded.catalog;
    let [known, wanted] = [&column.ty, ty].map(|ty| catalog.plain_type(ty));
    let rust = |ty: &SqlType| context.resolver.resolve(ty, "", None).ok().map(|ty| ty.rust);
    let is_same = (&known.name, known.array) == (&wanted.name, wanted.array)
        || rust(&known).is_some_and(|known| rust(&wanted) == Some(known));
    if is_same {
        return None;
    }
    let what = what(chosen, column);
    let message = format!("{what} is of type `{}`, not `{}`", column.ty, given.value);
    let help =
        "remove `type`: the view's query says the type; to have another one, cast the column in the query";
    Some(Diagnostic::error(VIEW_SETTING, message).at(given.place.clone()).help(help))
}

fn resolve(
    context: &DatabaseContext<'_>,
    app: &manifest::App,
    chosen: &Chosen<'_>,
    column: &catalog::Column,
    ty: &SqlType,
    up: &'static str,
) -> Result<ColumnType, Unsupported> {
    let over = column_types::of(context, app, (chosen.name, chosen.table), &column.name);
    // One that this column refers to by a key may have another SQL type. (If it is the column's own, it is reported.)
    let over = over.filter(|rust| !std_types::refuses(&context.loaded.catalog, ty, &rust.value));
    context.resolver.resolve(ty, up, over)
}

fn one(
    context: &DatabaseContext<'_>,
    chosen: &Chosen<'_>,
    (column, settings): Kept<'_>,
    names: ColumnNames,
    ty: ColumnType,
) -> Built {
    let quoted = identifiers::quote(&column.name);
    let is_nullable = match settings.and_then(|settings| settings.nullable) {
        Some(nullable) => nullable,
        // A domain's NOT NULL says nothing of a view's column: an outer join or an empty subquery gives NULL all the same.
        None => column.nullable && (chosen.table.is_view() || !ty.not_null),
    };
    let is_generated = column.generated.is_some() || column.identity == Some(Identity::Always);
    let has_default = column.default.is_some() || column.identity.is_some() || ty.has_default;
    let traits = ty.rust.traits();
    Built {
        column: ColumnModel {
            sql_name: column.name.clone(),
            field: names.field,
            constant: names.constant,
            docs: docs::lines(column.comment.as_deref()),
            facts: column_docs::of(chosen, column, &context.referrers),
            attributes: Vec::new(),
            ty: if is_nullable { ty.rust.clone().into_option() } else { ty.rust.clone() },
            value: ty.rust,
            kind: kind(is_nullable, is_generated),
            sql: literal::string(&quoted),
            sql_type: literal::string(&ty.sql_type),
            cast: ty.cast,
            compound: ty.compound,
            collation: collation(&context.loaded.catalog, column)
                .map(|name| literal::string(&context.sql_names.of(name))),
            identity: column.identity == Some(Identity::Always),
            inserted: !chosen.table.is_view() && !is_generated && !has_default,
            nullable: is_nullable,
            // Whether the user's own type has `Eq` and `Hash`, the compiler says.
            comparable: ty.own || (traits.eq && traits.hash),
        },
        quoted,
        sql_type: ty.sql_type,
        is_nullable,
        is_settable: !is_generated,
    }
}

/// The column's own collation, or that of its domain.
fn collation<'c>(catalog: &'c Catalog, column: &'c catalog::Column) -> Option<&'c QName> {
    column.collation.as_ref().or_else(|| catalog.collation_of_domain(&column.ty))
}

fn kind(is_nullable: bool, is_generated: bool) -> Option<ColumnKind> {
    match (is_nullable, is_generated) {
        (false, false) => None,
        (true, false) => Some(ColumnKind::Nullable),
        (false, true) => Some(ColumnKind::Generated),
        (true, true) => Some(ColumnKind::NullableGenerated),
    }
}
