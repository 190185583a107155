//! Databases, apps and tables.

use std::collections::HashMap;

use super::{
    apps::{self, Chosen},
    column_docs,
    columns::{self, Built, BuiltColumns},
    context::DatabaseContext,
    data::{AppModel, ColumnModel, Database, Insert, KeyColumn, KeyModel, ModelKind, TableModel},
    derives, docs, literal, main_schema,
    names::{DatabaseNames, named},
    naming::{self, Request, distinct},
    resolve::Resolver,
    serde_names,
    sql::{self, Stored},
    unqualified, unsupported, user_types,
};
use crate::{
    catalog::{self, Catalog, Loaded, QName, TableKind},
    diagnostics::{Diagnostic, Diagnostics, KEY_SETTING, nearest},
    manifest::{self, Manifest, Spanned},
};

/// The module of one database.
pub(super) fn database(
    manifest: &Manifest,
    alias: &str,
    apps: &[&manifest::App],
    loaded: &Loaded,
    diagnostics: &mut Diagnostics,
) -> Database {
    let chosen = apps::choose(manifest, apps, loaded, diagnostics);
    let marker = naming::type_name(alias);
    let mains: Vec<String> =
        apps.iter().zip(&chosen).map(|(app, chosen)| main_schema::of(app, chosen, diagnostics)).collect();
    let with_mains: Vec<(&manifest::App, &str)> =
        apps.iter().copied().zip(mains.iter().map(String::as_str)).collect();
    let names = DatabaseNames::settle(manifest, &marker, &with_mains, &chosen, loaded, diagnostics);
    let sql_names = unqualified::sql_names(&with_mains, &loaded.catalog, diagnostics);
    let context = DatabaseContext {
        manifest,
        loaded,
        resolver: Resolver::new(&loaded.catalog, &manifest.types, manifest.values, &names.types, &sql_names),
        sql_names: &sql_names,
        structs: names.structs,
        referrers: column_docs::referrers(&loaded.catalog),
    };
    let (enums, composites) = user_types::build(&context, &names.types, diagnostics);
    let is_alone = apps.len() == 1;
    let apps = apps
        .iter()
        .zip(&chosen)
        .zip(app_modules(apps, alias))
        .zip(mains)
        .map(|(((app, tables), module), main_schema)| AppModel {
            name: app.name.value.clone(),
            module: (!is_alone).then_some(module),
            tables: of_app(&context, (app, &main_schema), tables, &names.inserts, is_alone, diagnostics),
            main_schema,
        })
        .collect();
    Database { alias: alias.to_owned(), module: naming::module_name(alias), marker, apps, enums, composites }
}

fn of_app(
    context: &DatabaseContext<'_>,
    (app, main): (&manifest::App, &str),
    chosen: &[Chosen<'_>],
    inserts: &HashMap<&QName, String>,
    is_alone: bool,
    diagnostics: &mut Diagnostics,
) -> Vec<TableModel> {
    let modules = modules(chosen, (app, main));
    let up = if is_alone { "super" } else { "super::super" };
    chosen
        .iter()
        .zip(modules)
        .map(|(chosen, module)| {
            let insert = inserts.get(chosen.name).map_or("", String::as_str);
            table(context, app, chosen, module, insert, up, diagnostics)
        })
        .collect()
}

/// The names of the apps' modules, if several apps share a database: inside the database's module, beside that of its
/// types.
fn app_modules(apps: &[&manifest::App], alias: &str) -> Vec<String> {
    let taken = ["types".to_owned(), naming::module_name(alias)];
    let wanted = apps.iter().map(|app| naming::module_name(&app.name.value));
    wanted.map(|name| if taken.contains(&name) { format!("{name}_app") } else { name }).collect()
}

/// The names of the tables' modules. They differ from those of the types' modules beside them, and from the parent's,
/// as clippy warns of a module with its parent's name.
fn modules(chosen: &[Chosen<'_>], (app, main): (&manifest::App, &str)) -> Vec<String> {
    let taken = ["types".to_owned(), naming::module_name(&app.default_connection.value)];
    let wanted = chosen.iter().map(|table| {
        let request = Request::module(named(app, table, main));
        // A database `orders` often has a table `orders`.
        let other = taken.contains(&table.name.name).then(|| format!("{}_table", table.name.name));
        request.named(other.as_deref())
    });
    let taken = taken.iter().map(|name| Request::taken(name));
    let count = taken.len();
    distinct(taken.chain(wanted)).into_iter().skip(count).map(|answer| answer.rust).collect()
}

fn table(
    context: &DatabaseContext<'_>,
    app: &manifest::App,
    chosen: &Chosen<'_>,
    module: String,
    insert_name: &str,
    up: &'static str,
    diagnostics: &mut Diagnostics,
) -> TableModel {
    let name = context.structs.get(chosen.name).cloned().unwrap_or_default();
    let sql_name = context.sql_names.of(chosen.name);
    let BuiltColumns { built, left_out } = columns::build(context, app, chosen, up, diagnostics);
    let quoted: Vec<String> = built.iter().map(|built| built.quoted.clone()).collect();
    let key = key(chosen, &sql_name, &built, diagnostics);
    let is_view = chosen.table.is_view();
    let settings = chosen.settings;
    let derives = derives::of_struct(
        &context.manifest.output,
        settings.map_or(&[], |settings| &settings.derives),
        built.iter().map(Built::traits),
    );
    let insert = (!is_view).then(|| {
        let mut insert = insert(insert_name, chosen, &sql_name, &built, &derives);
        insert.docs.extend(refused(&context.loaded.catalog, &left_out));
        insert
    });
    let has_serde = serde_names::has_serde(&derives);
    let noun = format!(
        "the {} `{}`",
        kind_word(chosen.table.kind).to_lowercase(),
        docs::code(&chosen.name.to_string())
    );
    let mut columns: Vec<ColumnModel> = built.into_iter().map(|built| built.column).collect();
    for column in &mut columns {
        let own = settings.and_then(|settings| columns::of_column(settings, &column.sql_name));
        let own = own.map_or(&[][..], |own| &own.attributes);
        column.attributes = serde_names::of_field(&column.field, &column.sql_name, own, has_serde);
    }
    TableModel {
        attributes: settings.map(|settings| serde_names::given(&settings.attributes)).unwrap_or_default(),
        qname: chosen.name.clone(),
        relations: Vec::new(),
        many_to_many: Vec::new(),
        module,
        title: format!("{} `{}`.", kind_word(chosen.table.kind), docs::code(&chosen.name.to_string())),
        docs: with_left_out(docs::lines(chosen.table.comment.as_deref()), &noun, &left_out),
        noun,
        kind: if is_view { ModelKind::View } else { ModelKind::Table },
        sql: literal::string(&sql_name),
        list: (!quoted.is_empty()).then(|| literal::string(&quoted.join(", "))),
        from: literal::string(&sql::from(&sql_name)),
        derives,
        columns,
        key,
        insert,
        up,
        name,
    }
}

fn kind_word(kind: TableKind) -> &'static str {
    match kind {
        TableKind::Table => "Table",
        TableKind::Partitioned => "Partitioned table",
        TableKind::Foreign => "Foreign table",
        TableKind::View => "View",
        TableKind::MaterializedView => "Materialized view",
    }
}

fn key(
    chosen: &Chosen<'_>,
    sql_name: &str,
    built: &[Built],
    diagnostics: &mut Diagnostics,
) -> Option<KeyModel> {
    let given = chosen.settings.and_then(|settings| settings.key.as_ref());
    let names: &[String] = match (&chosen.table.primary_key, given) {
        (Some(key), None) => &key.columns,
        (None, Some(given)) => &given.value,
        (None, None) => return None,
        (Some(_), Some(given)) => {
            diagnostics.push(
                Diagnostic::error(
                    KEY_SETTING,
                    format!("the table `{}` already has a primary key", chosen.name),
                )
                .at(given.place.clone())
                .help("remove `key`: the model uses the table's primary key"),
            );
            return None;
        }
    };
    let columns = match key_columns(names, given, (chosen, built)) {
        Ok(columns) => columns?,
        Err(wrong) => {
            diagnostics.extend(wrong);
            return None;
        }
    };
    let types: Vec<String> = columns.iter().map(|built| built.column.ty.imported()).collect();
    // A bare `$1` beside a composite is taken for a `record`, and beside a `cidr` for an `inet`.
    let is_mistaken = |built: &Built| {
        (built.column.compound && !built.sql_type.ends_with("[]")) || built.sql_type == "cidr"
    };
    let cast = |built: &Built| is_mistaken(built).then(|| built.sql_type.clone());
    let quoted: Vec<_> = columns.iter().map(|built| (built.quoted.clone(), cast(built))).collect();
    Some(KeyModel {
        ty: if let [ty] = &types[..] { ty.clone() } else { format!("({})", types.join(", ")) },
        by_key: literal::string(&(sql::from(sql_name) + &sql::by_key(&quoted))),
        columns: columns
            .iter()
            .map(|built| KeyColumn {
                constant: built.column.constant.clone(),
                value: built.column.ty.copied(&format!("self.{}", built.column.field)),
            })
            .collect(),
    })
}

/// The columns of those names. None if the manifest leaves out a column of the table's own key, as the others do not
/// identify a row; an error for each name that the manifest should not have there.
fn key_columns<'b>(
    names: &[String],
    given: Option<&Spanned<Vec<String>>>,
    (chosen, built): (&Chosen<'_>, &'b [Built]),
) -> Result<Option<Vec<&'b Built>>, Vec<Diagnostic>> {
    let mut columns = Vec::with_capacity(names.len());
    let mut wrong = Vec::new();
    for name in names {
        let found = built.iter().find(|built| built.column.sql_name == *name);
        match (found, given) {
            (Some(built), _) if !built.is_nullable => columns.push(built),
            (_, None) => return Ok(None),
            (found, Some(given)) => {
                wrong.push(no_key_column(name, found.is_some(), given, (chosen, built)));
            }
        }
    }
    if wrong.is_empty() { Ok(Some(columns)) } else { Err(wrong) }
}

/// The diagnostic for a key in the manifest that names a column which may be NULL or does not exist.
fn no_key_column(
    name: &str,
    exists: bool,
    given: &Spanned<Vec<String>>,
    (chosen, built): (&Chosen<'_>, &[Built]),
) -> Diagnostic {
    let known = built.iter().map(|built| built.column.sql_name.as_str());
    let (what, help) = match nearest(name, known) {
        _ if exists && !chosen.table.is_view() => {
            ("may be NULL", "name columns that are NOT NULL, or make it so in the schema".to_owned())
        }
        _ if exists => {
            ("may be NULL", format!("if it never is, write `columns: {{ {name}: {{ nullable: false }} }}`"))
        }
        Some(near) => ("does not exist", format!("did you mean `{near}`?")),
        None => ("does not exist", "name columns of the table".to_owned()),
    };
    Diagnostic::error(KEY_SETTING, format!("the key's column `{name}` {what}"))
        .at(given.place.clone())
        .help(help)
}

fn insert(name: &str, chosen: &Chosen<'_>, sql_name: &str, built: &[Built], derives: &str) -> Insert {
    let stored: Vec<Stored> = built
        .iter()
        .filter(|built| built.column.inserted)
        .map(|built| Stored {
            name: built.quoted.clone(),
            cast: built.column.cast.then(|| built.sql_type.clone()),
        })
        .collect();
    let defaults: Vec<String> = built
        .iter()
        .filter(|built| !built.column.inserted && built.is_settable)
        .map(|built| format!("`{}`", built.column.constant))
        .collect();
    let mut lines = vec![format!(" A new row of `{}`.", docs::code(&chosen.name.to_string()))];
    match defaults.as_slice() {
        [] => {}
        [one] => {
            lines.extend([String::new(), format!(" {one} has a default; `.set(…)` gives it another value.")])
        }
        many => lines.extend([
            String::new(),
            format!(" Columns with defaults, which `.set(…)` gives other values: {}.", many.join(", ")),
        ]),
    }
    let (may_be_null, required): (Vec<&Built>, Vec<&Built>) =
        built.iter().filter(|built| built.column.inserted).partition(|built| built.column.nullable);
    let nothing_is_required = required.is_empty() && !may_be_null.is_empty();
    if nothing_is_required {
        lines.extend([String::new(), " What `..Default::default()` leaves out is NULL.".to_owned()]);
    } else if !may_be_null.is_empty() && !derives::has_default(derives) {
        lines.extend([
            String::new(),
            " Without `Default`, so that no required column can be forgotten: `None` is written for NULL."
                .to_owned(),
        ]);
    }
    Insert {
        name: name.to_owned(),
        docs: lines,
        sql: literal::string(&sql::insert(sql_name, &stored)),
        binds: !stored.is_empty(),
        derives: if nothing_is_required { derives::with_default(derives) } else { derives.to_owned() },
    }
}

/// The docs of a model, with a line that names the columns that it has no fields for.
fn with_left_out(mut lines: Vec<String>, noun: &str, left_out: &[&catalog::Column]) -> Vec<String> {
    if left_out.is_empty() {
        return lines;
    }
    if lines.is_empty() {
        lines.push(format!(" A row of {noun}."));
    }
    let columns: Vec<String> = left_out.iter().map(|column| column_and_type(column)).collect();
    lines.extend([String::new(), format!(" Columns without a field: {}.", columns.join(", "))]);
    lines
}

fn column_and_type(column: &catalog::Column) -> String {
    if column.ty.is_unknown() {
        return format!("`{}`", docs::code(&column.name));
    }
    format!("`{}` (`{}`)", docs::code(&column.name), docs::code(&column.ty.to_string()))
}

/// The lines in the insert struct's docs that say that the server refuses new rows, as a column that must have a value
/// is left out.
fn refused(catalog: &Catalog, left_out: &[&catalog::Column]) -> Vec<String> {
    let required = left_out.iter().filter(|column| unsupported::is_required(catalog, column));
    let names: Vec<String> = required.map(|column| format!("`{}`", docs::code(&column.name))).collect();
    if names.is_empty() {
        return Vec::new();
    }
    let line = format!(
        " The server refuses the row unless a trigger fills {}, which has no field, may not be NULL and has no default.",
        names.join(" and ")
    );
    vec![String::new(), line]
}
