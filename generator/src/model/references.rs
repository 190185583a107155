//! References between databases: the manifest's, seen from both ends.

use std::collections::BTreeMap;

use super::{
    Column, Database, References, Relation, Table, docs,
    naming::{Link, Named, Request, distinct, main_schema},
    relations::{KeyType, Uncomparable, Wanted as NamedRelation, is_unique},
    tables::report,
};
use crate::{
    catalog::{Catalog, Loaded, Table as SqlTable},
    diagnostics::{
        Diagnostic, Diagnostics, REFERENCE_TARGET, REFERENCE_TYPE, UNKNOWN_COLUMN, UNKNOWN_TABLE, nearest,
    },
    manifest::{self, ColumnPath, Manifest, Spanned},
};

/// What the manifest's references add to models, model by model. Reports those that do not hold.
pub(super) fn build(
    manifest: &Manifest,
    databases: &[Database],
    catalogs: &BTreeMap<String, Loaded>,
    diagnostics: &mut Diagnostics,
) -> Vec<References> {
    let finder = Finder { manifest, databases, catalogs };
    let mut wanted: BTreeMap<String, Wanted<'_>> = BTreeMap::new();
    for reference in &manifest.references {
        let from = finder.end(&reference.from, diagnostics);
        let to = finder.end(&reference.to, diagnostics);
        let (Some(from), Some(to)) = (from, to) else { continue };
        let Some(key) = key(reference, &from, &to, diagnostics) else { continue };
        let (forward, backward) = constants(reference, &from, &to, &key);
        let place = reference.name.as_ref();
        wanted.entry(from.path()).or_insert_with(|| Wanted::new(&from)).push(forward, place);
        wanted.entry(to.path()).or_insert_with(|| Wanted::new(&to)).push(backward, None);
    }
    wanted.into_iter().map(|(path, wanted)| wanted.settle(path, diagnostics)).collect()
}

/// The references of one model, not yet named.
struct Wanted<'a> {
    table: &'a Table,
    requests: Vec<Request>,
    references: Vec<(Relation, Option<&'a Spanned<String>>)>,
}

impl<'a> Wanted<'a> {
    fn new(end: &End<'a>) -> Self {
        Self { table: end.table, requests: Vec::new(), references: Vec::new() }
    }

    fn push(&mut self, (request, relation): NamedRelation, name: Option<&'a Spanned<String>>) {
        self.requests.push(request);
        self.references.push((relation, name));
    }

    /// The table's columns and relations have their names already.
    fn settle(self, path: String, diagnostics: &mut Diagnostics) -> References {
        let columns = self.table.columns.iter().map(|column| &column.constant);
        let relations = self.table.relations.iter().map(|relation| &relation.constant);
        let taken: Vec<Request> = columns.chain(relations).map(|name| Request::taken(name)).collect();
        let count = taken.len();
        let names = distinct(taken.into_iter().chain(self.requests)).into_iter().skip(count);
        let references = names.zip(self.references).map(|(name, (relation, given))| {
            if given.is_some() {
                let what = format!("the reference of `{}`", self.table.qname);
                report(&what, "references: [{ …, name: … }]", &name, given, None, diagnostics);
            }
            Relation { constant: name.rust, ..relation }
        });
        References { path, name: self.table.name.clone(), references: references.collect() }
    }
}

/// One end of a reference.
struct End<'a> {
    database: &'a Database,
    app_module: Option<&'a str>,
    table: &'a Table,
    column: &'a Column,
    sql: &'a SqlTable,
    main_schema: &'a str,
}

impl End<'_> {
    /// The struct, as the root's child modules name it.
    fn path(&self) -> String {
        let app = self.app_module.map(|module| format!("{module}::")).unwrap_or_default();
        format!("super::{}::{app}{}", self.database.module, self.table.name)
    }

    fn named(&self) -> Named<'_> {
        Named {
            schema: &self.table.qname.schema,
            name: &self.table.qname.name,
            main_schema: self.main_schema,
        }
    }

    fn is_unique(&self) -> bool {
        is_unique(self.sql, std::slice::from_ref(&self.column.sql_name))
    }

    fn title(&self) -> String {
        docs::code(&format!("{}.{}", self.table.qname.name, self.column.sql_name))
    }
}

struct Finder<'a> {
    manifest: &'a Manifest,
    databases: &'a [Database],
    catalogs: &'a BTreeMap<String, Loaded>,
}

impl<'a> Finder<'a> {
    fn end(&self, path: &Spanned<ColumnPath>, diagnostics: &mut Diagnostics) -> Option<End<'a>> {
        let wanted = &path.value;
        let app = self.manifest.apps.iter().find(|app| app.name.value == wanted.app)?;
        let database =
            self.databases.iter().find(|database| database.alias == app.default_connection.value)?;
        let catalog: &Catalog = &self.catalogs.get(&database.alias)?.catalog;
        let of_app = database.apps.iter().find(|known| known.name == wanted.app)?;
        let is_table = |table: &&Table| {
            table.qname.name == wanted.table
                && wanted.schema.as_ref().is_none_or(|schema| *schema == table.qname.schema)
        };
        let Some(table) = of_app.tables.iter().find(is_table) else {
            let message = format!("the app `{}` has no model of a table `{}`", wanted.app, wanted.table);
            let names = of_app.tables.iter().map(|table| table.qname.name.as_str());
            diagnostics.push(missing(
                Diagnostic::error(UNKNOWN_TABLE, message),
                path,
                nearest(&wanted.table, names),
            ));
            return None;
        };
        let Some(column) = table.columns.iter().find(|column| column.sql_name == wanted.column) else {
            let message = format!("the table `{}` has no column `{}`", table.qname, wanted.column);
            let names = table.columns.iter().map(|column| column.sql_name.as_str());
            diagnostics.push(missing(
                Diagnostic::error(UNKNOWN_COLUMN, message),
                path,
                nearest(&wanted.column, names),
            ));
            return None;
        };
        Some(End {
            database,
            app_module: of_app.module.as_deref(),
            table,
            column,
            sql: catalog.tables.get(&table.qname)?,
            main_schema: main_schema(app.models.iter().map(|pattern| pattern.value.as_str())),
        })
    }
}

fn missing(diagnostic: Diagnostic, path: &Spanned<ColumnPath>, near: Option<&str>) -> Diagnostic {
    diagnostic.at(path.place.clone()).help(match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => "write it as `app.table.column`, or `app.schema.table.column`".to_owned(),
    })
}

/// The type that IDs are compared as. Reports a target that is no key, and types that do not fit.
fn key(
    reference: &manifest::Reference,
    from: &End<'_>,
    to: &End<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<KeyType> {
    // Nothing is known of a view's keys but what the manifest says, which is a key then.
    let is_key = to.sql.is_view() || to.is_unique();
    if !is_key {
        let message = format!("`{}` is neither a primary key nor unique", to.title());
        diagnostics.push(
            Diagnostic::error(REFERENCE_TARGET, message)
                .at(reference.to.place.clone())
                .help("point to the table's primary key, or add a UNIQUE constraint to the column"),
        );
    }
    let why = match KeyType::of(&[from.column], &[to.column]) {
        // Each database has types of its own: two of the same name are different.
        Ok(key) if !key.rust.contains("super::") => return is_key.then_some(key),
        Ok(_) => "each database has enums and composites of its own".to_owned(),
        Err(Uncomparable::Types(why)) => why,
        Err(Uncomparable::Left) => return None,
    };
    let help = format!(
        "`{}` is of type `{}`, `{}` of type `{}`; give both the same type",
        from.title(),
        from.column.value,
        to.title(),
        to.column.value
    );
    diagnostics.push(
        Diagnostic::error(REFERENCE_TYPE, format!("the two ends of a reference do not fit: {why}"))
            .at(reference.from.place.clone())
            .help(help),
    );
    None
}

/// The constants of both ends, and the names they want.
fn constants(
    reference: &manifest::Reference,
    from: &End<'_>,
    to: &End<'_>,
    key: &KeyType,
) -> (NamedRelation, NamedRelation) {
    let link = Link {
        constraint: "",
        child: from.named(),
        columns: std::slice::from_ref(&from.column.sql_name),
        target: to.named(),
        target_columns: std::slice::from_ref(&to.column.sql_name),
    };
    let one = |shape, to: &End<'_>, from: &End<'_>, docs| Relation {
        constant: String::new(),
        shape,
        target: to.path(),
        key: key.rust.clone(),
        columns: vec![to.column.constant.clone()],
        from: key.read(&[from.column]),
        to: key.read(&[to.column]),
        docs,
        order: 0,
    };
    let forward = one(
        "ToOptional",
        to,
        from,
        format!(
            "The `{}` that `{}` means, from the database `{}`.",
            to.title(),
            from.title(),
            to.database.alias
        ),
    );
    let is_unique = from.is_unique();
    let backward = one(
        if is_unique { "ToOptional" } else { "ToMany" },
        from,
        to,
        format!(
            "Those whose `{}` means this row, from the database `{}`.",
            from.title(),
            from.database.alias
        ),
    );
    let name = reference.name.as_ref().map(|name| name.value.as_str());
    ((Request::relation(&link).named(name), forward), (Request::reverse(&link, is_unique), backward))
}
