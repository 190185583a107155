//! Databases, apps and tables.

use std::collections::{BTreeMap, HashMap};

use super::{
    App, Database, Insert, Key, KeyColumn, Table,
    apps::{self, Chosen},
    columns::{self, Built},
    docs, literal,
    naming::{self, Named, Request, Resolved as Name, distinct},
    resolve::Resolver,
    sql::{self, Stored},
    user_types,
};
use crate::{
    catalog::{Loaded, Object, QName, TableKind},
    diagnostics::{Diagnostic, Diagnostics, KEY_SETTING, NAME_TAKEN, Place, RENAMED, nearest},
    manifest::{self, Manifest, Spanned},
};

/// What all tables of a database share.
pub(super) struct Scope<'a> {
    pub manifest: &'a Manifest,
    pub loaded: &'a Loaded,
    pub resolver: Resolver<'a>,
    /// The struct of each table.
    pub structs: HashMap<&'a QName, String>,
}

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
    let names = Names::settle(manifest, &marker, apps, &chosen, loaded, diagnostics);
    let scope = Scope {
        manifest,
        loaded,
        resolver: Resolver::new(&loaded.catalog, &manifest.types, &names.types),
        structs: names.structs,
    };
    let (enums, composites) = user_types::build(&scope, &names.types, diagnostics);
    let is_alone = apps.len() == 1;
    let apps = apps
        .iter()
        .zip(&chosen)
        .zip(app_modules(apps, alias))
        .map(|((app, tables), module)| App {
            name: app.name.value.clone(),
            module: (!is_alone).then_some(module),
            tables: of_app(&scope, app, tables, &names.inserts, is_alone, diagnostics),
        })
        .collect();
    Database { alias: alias.to_owned(), module: naming::module_name(alias), marker, apps, enums, composites }
}

/// The names of everything that a database's module holds.
struct Names<'a> {
    structs: HashMap<&'a QName, String>,
    inserts: HashMap<&'a QName, String>,
    types: HashMap<QName, String>,
}

impl<'a> Names<'a> {
    fn settle(
        manifest: &Manifest,
        marker: &str,
        apps: &[&manifest::App],
        chosen: &[Vec<Chosen<'a>>],
        loaded: &'a Loaded,
        diagnostics: &mut Diagnostics,
    ) -> Self {
        let tables: Vec<(&Chosen<'a>, &str)> = apps
            .iter()
            .zip(chosen)
            .flat_map(|(app, tables)| {
                let main = naming::main_schema(app.models.iter().map(|pattern| pattern.value.as_str()));
                tables.iter().map(move |table| (table, main))
            })
            .collect();
        let main = tables.first().map_or("public", |(_, main)| *main);
        let types: Vec<&QName> = user_types::named(&loaded.catalog).collect();
        let requests = std::iter::once(Request::taken(marker))
            .chain(tables.iter().map(|(chosen, main)| {
                let given = chosen.settings.and_then(|settings| settings.name.as_ref());
                Request::structure(named(chosen.name, main), manifest.output.singular)
                    .named(given.map(|name| name.value.as_str()))
            }))
            .chain(types.iter().map(|name| Request::user_type(named(name, main))));
        let mut answers = distinct(requests).into_iter().skip(1);
        let given_names: Vec<&Spanned<String>> =
            tables.iter().filter_map(|(chosen, _)| chosen.settings?.name.as_ref()).collect();
        refuse_reserved(&given_names, diagnostics);
        let structs: HashMap<&QName, String> = tables
            .iter()
            .zip(&mut answers)
            .map(|((chosen, _), answer)| {
                let given = chosen.settings.and_then(|settings| settings.name.as_ref());
                let place = loaded.places.get(&Object::Table(chosen.name.clone()));
                let what = format!("the table `{}`", chosen.name);
                let path = format!("tables: {{ {}: {{ name: … }} }}", chosen.name);
                report(&what, &path, &answer, given, &given_names, place, diagnostics);
                (chosen.name, answer.rust)
            })
            .collect();
        let types: HashMap<QName, String> = types
            .iter()
            .zip(&mut answers)
            .map(|(name, answer)| {
                report_type(name, &answer, loaded, diagnostics);
                ((*name).clone(), answer.rust)
            })
            .collect();
        let inserts = inserts(marker, &tables, &structs, &types);
        Self { structs, inserts, types }
    }
}

/// The insert structs: whatever tables and types are called goes first.
fn inserts<'a>(
    marker: &str,
    tables: &[(&Chosen<'a>, &str)],
    structs: &HashMap<&'a QName, String>,
    types: &HashMap<QName, String>,
) -> HashMap<&'a QName, String> {
    let taken = structs.values().chain(types.values()).map(String::as_str).chain([marker]);
    let taken: Vec<Request> = taken.map(Request::taken).collect();
    let count = taken.len();
    let wanted =
        tables.iter().map(|(chosen, _)| Request::insert(structs.get(chosen.name).map_or("", String::as_str)));
    let answers = distinct(taken.into_iter().chain(wanted)).into_iter().skip(count);
    tables.iter().zip(answers).map(|((chosen, _), answer)| (chosen.name, answer.rust)).collect()
}

fn named<'a>(name: &'a QName, main_schema: &'a str) -> Named<'a> {
    Named { schema: &name.schema, name: &name.name, main_schema }
}

/// Tells of a name that was moved, or of one from the manifest that cannot be given: `given` is this object's,
/// `all_given` those of its scope, and `path` where the manifest names it.
pub(super) fn report(
    what: &str,
    path: &str,
    answer: &Name,
    given: Option<&Spanned<String>>,
    all_given: &[&Spanned<String>],
    place: Option<&Place>,
    diagnostics: &mut Diagnostics,
) {
    let Some(wanted) = &answer.renamed_from else { return };
    let taken_by = all_given.iter().find(|name| name.value == *wanted);
    diagnostics.push(match (given, taken_by) {
        (Some(given), _) => {
            Diagnostic::error(NAME_TAKEN, format!("{what} cannot be called `{}`", given.value))
                .at(given.place.clone())
                .help("another object of the same scope has this name; choose another")
        }
        (None, Some(taken_by)) => Diagnostic::error(NAME_TAKEN, format!("`{wanted}` is the name of {what}"))
            .at(taken_by.place.clone())
            .help(format!("choose another name, or give that one another too: `{path}`")),
        (None, None) => Diagnostic::warning(
            RENAMED,
            format!("{what} is called `{}`, for `{wanted}` is another's name too", answer.rust),
        )
        .at(place.cloned())
        .help(format!("choose a name in the manifest: `{path}`")),
    });
}

/// The manifest has no names for types.
fn report_type(name: &QName, answer: &Name, loaded: &Loaded, diagnostics: &mut Diagnostics) {
    let Some(wanted) = &answer.renamed_from else { return };
    let message =
        format!("the type `{name}` is called `{}`, for `{wanted}` is another's name too", answer.rust);
    diagnostics.push(
        Diagnostic::warning(RENAMED, message)
            .at(loaded.places.get(&Object::Type(name.clone())).cloned())
            .help("give the other a name in the manifest if it is a table's, or rename one in the schema"),
    );
}

/// Struct names that would hide what generated code writes without a path.
fn refuse_reserved(given: &[&Spanned<String>], diagnostics: &mut Diagnostics) {
    for name in given.iter().filter(|name| naming::RESERVED_TYPES.contains(&name.value.as_str())) {
        let message =
            format!("a struct cannot be called `{}`: generated code needs the name itself", name.value);
        diagnostics
            .push(Diagnostic::error(NAME_TAKEN, message).at(name.place.clone()).help("choose another name"));
    }
}

fn of_app(
    scope: &Scope<'_>,
    app: &manifest::App,
    chosen: &[Chosen<'_>],
    inserts: &HashMap<&QName, String>,
    is_alone: bool,
    diagnostics: &mut Diagnostics,
) -> Vec<Table> {
    let main = naming::main_schema(app.models.iter().map(|pattern| pattern.value.as_str()));
    let modules = modules(chosen, main, &app.default_connection.value);
    let up = if is_alone { "super" } else { "super::super" };
    chosen
        .iter()
        .zip(modules)
        .map(|(chosen, module)| {
            let insert = inserts.get(chosen.name).map_or("", String::as_str);
            table(scope, app, chosen, module, insert, up, diagnostics)
        })
        .collect()
}

/// The apps' modules, where several share a database: beside that of the types, inside the database's.
fn app_modules(apps: &[&manifest::App], alias: &str) -> Vec<String> {
    let taken = ["types".to_owned(), naming::module_name(alias)];
    let wanted = apps.iter().map(|app| naming::module_name(&app.name.value));
    wanted.map(|name| if taken.contains(&name) { format!("{name}_app") } else { name }).collect()
}

/// The tables' modules. Those of types stand beside them; one called as its parent would make clippy speak.
fn modules(chosen: &[Chosen<'_>], main: &str, alias: &str) -> Vec<String> {
    let taken = ["types".to_owned(), naming::module_name(alias)];
    let wanted = chosen.iter().map(|table| {
        let request = Request::module(named(table.name, main));
        // A database `orders` often has a table `orders`.
        let other = taken.contains(&table.name.name).then(|| format!("{}_table", table.name.name));
        request.named(other.as_deref())
    });
    let taken = taken.iter().map(|name| Request::taken(name));
    let count = taken.len();
    distinct(taken.chain(wanted)).into_iter().skip(count).map(|answer| answer.rust).collect()
}

fn table(
    scope: &Scope<'_>,
    app: &manifest::App,
    chosen: &Chosen<'_>,
    module: String,
    insert_name: &str,
    up: &'static str,
    diagnostics: &mut Diagnostics,
) -> Table {
    let name = scope.structs.get(chosen.name).cloned().unwrap_or_default();
    let sql_name = sql::qualified(chosen.name);
    let built = columns::build(scope, app, chosen, up, diagnostics);
    let quoted: Vec<String> = built.iter().map(|built| built.quoted.clone()).collect();
    let select = sql::select(&sql_name, &quoted);
    let key = key(chosen, &built, &select, diagnostics);
    let is_view = chosen.table.is_view();
    let insert = (!is_view).then(|| insert(insert_name, chosen, &sql_name, &built, &quoted));
    Table {
        qname: chosen.name.clone(),
        relations: Vec::new(),
        many_to_many: Vec::new(),
        module,
        title: format!("{} `{}`.", kind_word(chosen.table.kind), docs::code(&chosen.name.to_string())),
        noun: format!(
            "the {} `{}`",
            kind_word(chosen.table.kind).to_lowercase(),
            docs::code(&chosen.name.to_string())
        ),
        docs: docs::lines(chosen.table.comment.as_deref()),
        kind: if is_view { "View" } else { "Table" },
        sql: literal::string(&sql_name),
        select: literal::string(&select),
        derives: columns::derives(&scope.manifest.output, &built),
        columns: built.into_iter().map(|built| built.column).collect(),
        key,
        insert,
        up,
        runtime: BTreeMap::new(),
        imports: Vec::new(),
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

fn key(chosen: &Chosen<'_>, built: &[Built], select: &str, diagnostics: &mut Diagnostics) -> Option<Key> {
    let given = chosen.settings.and_then(|settings| settings.key.as_ref());
    let names: &[String] = match (&chosen.table.primary_key, given) {
        (Some(key), None) => &key.columns,
        (None, Some(given)) => &given.value,
        (None, None) => return None,
        (Some(_), Some(given)) => {
            diagnostics.push(
                Diagnostic::error(KEY_SETTING, format!("the table `{}` has a primary key", chosen.name))
                    .at(given.place.clone())
                    .help("remove `key`"),
            );
            return None;
        }
    };
    let mut columns = Vec::with_capacity(names.len());
    for name in names {
        let found = built.iter().find(|built| built.column.sql_name == *name);
        match (found, given) {
            (Some(built), _) if !built.is_nullable => columns.push(built),
            // A key with a column that was left out by name is a key no more.
            (_, None) => return None,
            (found, Some(given)) => {
                let known = built.iter().map(|built| built.column.sql_name.as_str());
                let (what, help) = match (found, nearest(name, known)) {
                    (Some(_), _) => (
                        "may be NULL",
                        format!("if it never is, say so: `columns: {{ {name}: {{ nullable: false }} }}`"),
                    ),
                    (None, Some(near)) => ("is not there", format!("did you mean `{near}`?")),
                    (None, None) => ("is not there", "name columns of the table".to_owned()),
                };
                diagnostics.push(
                    Diagnostic::error(KEY_SETTING, format!("the key's column `{name}` {what}"))
                        .at(given.place.clone())
                        .help(help),
                );
                return None;
            }
        }
    }
    let types: Vec<&str> = columns.iter().map(|built| built.column.ty.as_str()).collect();
    let quoted: Vec<String> = columns.iter().map(|built| built.quoted.clone()).collect();
    Some(Key {
        ty: if let [ty] = types[..] { ty.to_owned() } else { format!("({})", types.join(", ")) },
        find: literal::string(&format!("{select}{}", sql::by_key(&quoted))),
        columns: columns
            .iter()
            .map(|built| KeyColumn {
                field: built.column.field.clone(),
                constant: built.column.constant.clone(),
                copy: built.facts.copy,
            })
            .collect(),
    })
}

fn insert(name: &str, chosen: &Chosen<'_>, sql_name: &str, built: &[Built], quoted: &[String]) -> Insert {
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
        [one] => lines.extend([String::new(), format!(" {one} has a default and is set with `.set(…)`.")]),
        many => {
            lines.extend([String::new(), format!(" With defaults, set with `.set(…)`: {}.", many.join(", "))])
        }
    }
    Insert {
        name: name.to_owned(),
        docs: lines,
        sql: literal::string(&sql::insert(sql_name, &stored, quoted)),
        binds: !stored.is_empty(),
    }
}

/// What the file of a table uses of the runtime, under names that its own structs leave free.
pub(super) fn name_runtime(table: &mut Table) {
    let kinds = table.columns.iter().filter_map(|column| column.kind);
    let mut used = vec!["ColumnDef", "DecodeError", "Decoder", "Model", table.kind];
    used.extend((table.kind == "Table").then_some("Fields"));
    used.extend((!table.columns.is_empty()).then_some("Column"));
    used.extend(kinds);
    used.extend(table.relations.iter().map(|relation| relation.shape));
    used.extend((!table.many_to_many.is_empty()).then_some("ManyToMany"));
    if table.key.is_some() {
        used.extend(["Keyed", "Values"]);
    }
    if table.insert.is_some() {
        used.extend(["Insertable", "Values"]);
    }
    used.sort_unstable();
    used.dedup();
    let insert = table.insert.as_ref().map(|insert| insert.name.as_str());
    let is_free = |name: &str| name != table.name && Some(name) != insert;
    table.runtime = used
        .iter()
        .map(|name| {
            (
                *name,
                if is_free(name) { (*name).to_owned() } else { format!("ormgen_runtime::generated::{name}") },
            )
        })
        .collect();
    table.imports = used.into_iter().filter(|name| is_free(name)).map(str::to_owned).collect();
    if shorten_types(table) {
        table.imports.push("types".to_owned());
    }
}

/// Writes the runtime's types as `types::Decimal`; whether there was any. A module's name is in nobody's way.
fn shorten_types(table: &mut Table) -> bool {
    let columns = table.columns.iter_mut().flat_map(|column| [&mut column.ty, &mut column.value]);
    let key = table.key.as_mut().map(|key| &mut key.ty);
    let relations = table.relations.iter_mut();
    let relations = relations.flat_map(|relation| [&mut relation.key, &mut relation.from, &mut relation.to]);
    let through = table.many_to_many.iter_mut();
    let through = through.flat_map(|relation| [&mut relation.key, &mut relation.target_key]);
    shorten(columns.chain(key).chain(relations).chain(through))
}

/// The same for any texts.
pub(super) fn shorten<'t>(texts: impl Iterator<Item = &'t mut String>) -> bool {
    const LONG: &str = "ormgen_runtime::types::";
    let mut any = false;
    for text in texts {
        if text.contains(LONG) {
            *text = text.replace(LONG, "types::");
            any = true;
        }
    }
    any
}
