//! Relations from foreign keys, seen from both ends.

use std::collections::HashMap;

use super::{
    App, Column, Database, Relation, Table,
    naming::{Link, Named, Request, Resolved, distinct, main_schema},
};
use crate::{
    catalog::{ForeignKey, Loaded, Object, QName, Table as SqlTable},
    diagnostics::{
        CROSS_DATABASE_FOREIGN_KEY, DANGLING_FOREIGN_KEY, Diagnostic, Diagnostics, RELATION_TYPE, nearest,
    },
    manifest,
};

/// Where the runtime's types are: nothing that a message need say.
const RUNTIME_TYPES: &str = "ormgen_runtime::types::";

/// Where a model stands: app and table by their places in the database.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Spot {
    pub app: usize,
    pub table: usize,
}

/// Adds to each model the relations of its foreign keys. Keys to what is no model add none.
pub(super) fn add(
    database: &mut Database,
    apps: &[&manifest::App],
    loaded: &Loaded,
    others: &[(&str, &Loaded)],
    diagnostics: &mut Diagnostics,
) {
    let spots = spots(database);
    let mut found: HashMap<Spot, Vec<Wanted>> = HashMap::new();
    for (name, table) in &loaded.catalog.tables {
        for key in &table.foreign_keys {
            if !is_sound(name, key, loaded, others, diagnostics) {
                continue;
            }
            let (Some(child), Some(parent)) = (spots.get(name), spots.get(&key.target)) else { continue };
            if key.period {
                diagnostics.push(temporal(name, key, loaded));
                continue;
            }
            let tables = Tables { database, apps };
            let ends = Ends { tables, child: (*child, name, table), parent: (*parent, &key.target), key };
            match ends.relations() {
                Ok((forward, backward)) => {
                    found.entry(*child).or_default().push(forward);
                    found.entry(*parent).or_default().push(backward);
                }
                Err(Uncomparable::Left) => {}
                Err(Uncomparable::Types(why)) => diagnostics.push(
                    Diagnostic::warning(
                        RELATION_TYPE,
                        format!("the foreign key `{}` of `{name}` gives no relation: {why}", key.name),
                    )
                    .at(loaded.places.get(&Object::Constraint(name.clone(), key.name.clone())).cloned())
                    .help("give the columns at both ends one type, or override both with one under `types:`"),
                ),
            }
        }
    }
    for (spot, relations) in found {
        let Some(table) = database.apps.get_mut(spot.app).and_then(|app| app.tables.get_mut(spot.table))
        else {
            continue;
        };
        let (requests, relations): (Vec<Request>, Vec<Relation>) = relations.into_iter().unzip();
        let names = named_beside(table.columns.iter().map(|column| &column.constant), requests);
        table.relations = relations
            .into_iter()
            .zip(names)
            .map(|(relation, name)| Relation { constant: name.rust, ..relation })
            .collect();
        table.relations.sort_by(|a, b| a.order.cmp(&b.order).then_with(|| a.constant.cmp(&b.constant)));
    }
}

/// The word about a key that no equality of columns stands for.
fn temporal(name: &QName, key: &ForeignKey, loaded: &Loaded) -> Diagnostic {
    let message = format!(
        "the foreign key `{}` of `{name}` gives no relation: its `PERIOD` is covered by rows of `{}`, not equal to one",
        key.name, key.target
    );
    Diagnostic::warning(RELATION_TYPE, message)
        .at(loaded.places.get(&Object::Constraint(name.clone(), key.name.clone())).cloned())
        .help("write the join in SQL, with `&&` or `@>` between the ranges")
}

/// Names for what is added to a model, whose constants so far keep theirs.
pub(super) fn named_beside<'a>(
    constants: impl Iterator<Item = &'a String>,
    requests: Vec<Request>,
) -> impl Iterator<Item = Resolved> {
    let taken: Vec<Request> = constants.map(|constant| Request::taken(constant)).collect();
    let count = taken.len();
    distinct(taken.into_iter().chain(requests)).into_iter().skip(count)
}

pub(super) fn spots(database: &Database) -> HashMap<QName, Spot> {
    let mut spots = HashMap::new();
    for (app, of_app) in database.apps.iter().enumerate() {
        for (table, model) in of_app.tables.iter().enumerate() {
            spots.insert(model.qname.clone(), Spot { app, table });
        }
    }
    spots
}

/// Whether a foreign key points to a table and columns of its own database. Reports it where not.
fn is_sound(
    name: &QName,
    key: &ForeignKey,
    loaded: &Loaded,
    others: &[(&str, &Loaded)],
    diagnostics: &mut Diagnostics,
) -> bool {
    let place = loaded.places.get(&Object::Constraint(name.clone(), key.name.clone())).cloned();
    let Some(target) = loaded.catalog.tables.get(&key.target) else {
        let home = others.iter().find(|(_, other)| other.catalog.tables.contains_key(&key.target));
        let columns = key.columns.join(", ");
        diagnostics.push(match home {
            Some((alias, _)) => Diagnostic::error(
                CROSS_DATABASE_FOREIGN_KEY,
                format!("`{name}.{columns}` has a foreign key to `{}`, which is in the database `{alias}`", key.target),
            )
            .at(place)
            .help("drop the constraint, and declare a reference in the manifest: `references: [{ from: …, to: … }]`"),
            None => Diagnostic::error(
                DANGLING_FOREIGN_KEY,
                format!("`{name}.{columns}` has a foreign key to `{}`, which no statement creates", key.target),
            )
            .at(place)
            .help(match nearest(&key.target.name, loaded.catalog.tables.keys().map(|name| name.name.as_str())) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "add the file that creates it to `schema:`".to_owned(),
            }),
        });
        return false;
    };
    let missing = key.target_columns.iter().find(|column| target.column(column).is_none());
    // The schema's own stage tells of a column that is not there; what it does not tell is told here.
    if let Some(column) = missing.filter(|_| !diagnostics.has_errors()) {
        let message = format!(
            "the foreign key `{}` of `{name}` points to `{}.{column}`, which is not there",
            key.name, key.target
        );
        diagnostics.push(
            Diagnostic::error(DANGLING_FOREIGN_KEY, message).at(place).help("name a column of that table"),
        );
    }
    missing.is_none()
}

/// Why two columns cannot be compared.
pub(super) enum Uncomparable {
    /// One of them was left out by name.
    Left,
    /// Their Rust types differ, or have no equality.
    Types(String),
}

/// A relation and the name it wants.
pub(super) type Wanted = (Request, Relation);

/// Both ends of a foreign key.
struct Ends<'a> {
    tables: Tables<'a>,
    child: (Spot, &'a QName, &'a SqlTable),
    parent: (Spot, &'a QName),
    key: &'a ForeignKey,
}

impl Ends<'_> {
    /// The child's relation to its parent, and the parent's to its children, with the names they want.
    fn relations(&self) -> Result<(Wanted, Wanted), Uncomparable> {
        let (child_spot, child_name, child) = self.child;
        let (parent_spot, parent_name) = self.parent;
        let child_columns = self.tables.columns(child_spot, &self.key.columns)?;
        let parent_columns = self.tables.columns(parent_spot, &self.key.target_columns)?;
        let key = KeyType::of(&child_columns, &parent_columns)?;
        let link = Link {
            constraint: &self.key.name,
            child: self.tables.named(child_spot, child_name),
            columns: &self.key.columns,
            target: self.tables.named(parent_spot, parent_name),
            target_columns: &self.key.target_columns,
        };
        let is_unique = is_unique(child, &self.key.columns);
        // The row that a key points to may be missing where the server has not seen to it.
        let is_held = self.key.enforced && self.key.validated;
        let is_nullable = !is_held || child_columns.iter().any(|column| column.nullable);
        let forward = Relation {
            constant: String::new(),
            shape: if is_nullable { "ToOptional" } else { "ToOne" },
            target: self.tables.path(child_spot, parent_spot),
            key: key.rust.clone(),
            columns: constants(&child_columns),
            target_columns: constants(&parent_columns),
            from: key.read(&child_columns),
            to: key.read(&parent_columns),
            cache: None,
            docs: format!("The `{}` that `{}` points to.", short(parent_name), columns_of(self.key)),
            foreign_key: Some((child_name.clone(), self.key.name.clone())),
            order: 0,
        };
        let backward = Relation {
            constant: String::new(),
            shape: if is_unique { "ToOptional" } else { "ToMany" },
            target: self.tables.path(parent_spot, child_spot),
            key: key.rust.clone(),
            columns: constants(&parent_columns),
            target_columns: constants(&child_columns),
            from: key.read(&parent_columns),
            to: key.read(&child_columns),
            cache: None,
            docs: format!("The `{}` whose `{}` points here.", short(child_name), columns_of(self.key)),
            foreign_key: Some((child_name.clone(), self.key.name.clone())),
            order: 1,
        };
        Ok(((Request::relation(&link), forward), (Request::reverse(&link, is_unique), backward)))
    }
}

/// A database's models, and the apps that they are of.
#[derive(Clone, Copy)]
pub(super) struct Tables<'a> {
    pub database: &'a Database,
    pub apps: &'a [&'a manifest::App],
}

impl<'a> Tables<'a> {
    pub fn get(&self, spot: Spot) -> Option<&'a Table> {
        self.database.apps.get(spot.app).and_then(|app| app.tables.get(spot.table))
    }

    pub fn columns(&self, spot: Spot, names: &[String]) -> Result<Vec<&'a Column>, Uncomparable> {
        let columns = self.get(spot).map_or(&[][..], |table| &table.columns);
        names
            .iter()
            .map(|name| columns.iter().find(|column| column.sql_name == *name).ok_or(Uncomparable::Left))
            .collect()
    }

    pub fn named<'n>(&self, spot: Spot, name: &'n QName) -> Named<'n>
    where
        'a: 'n,
    {
        let patterns = self.apps.get(spot.app).map_or(&[][..], |app| &app.models);
        let main_schema = main_schema(patterns.iter().map(|pattern| pattern.value.as_str()));
        Named { schema: &name.schema, name: &name.name, main_schema }
    }

    /// The struct at `to`, as the file of the table at `from` names it.
    pub fn path(&self, from: Spot, to: Spot) -> String {
        let app: Option<&App> = self.database.apps.get(to.app);
        let name = app.and_then(|app| app.tables.get(to.table)).map_or("", |table| table.name.as_str());
        if from == to {
            return "Self".to_owned();
        }
        match app.and_then(|app| app.module.as_ref()) {
            Some(module) if from.app != to.app => format!("super::super::{module}::{name}"),
            _ => format!("super::{name}"),
        }
    }
}

fn constants(columns: &[&Column]) -> Vec<String> {
    columns.iter().map(|column| column.constant.clone()).collect()
}

/// A key's columns for a doc comment.
pub(super) fn columns_of(key: &ForeignKey) -> String {
    super::docs::code(&key.columns.join(", "))
}

/// A table's name for a doc comment.
pub(super) fn short(name: &QName) -> String {
    super::docs::code(&name.name)
}

/// Whether at most one row can have these columns' values.
pub(super) fn is_unique(table: &SqlTable, columns: &[String]) -> bool {
    let within = |key: &[String]| key.iter().all(|column| columns.contains(column));
    let indexes = table.indexes.iter().filter(|index| index.unique && !index.partial);
    table.primary_key.iter().chain(&table.uniques).any(|key| within(&key.columns))
        || indexes.into_iter().any(|index| {
            let names: Option<Vec<String>> = index.columns.iter().cloned().collect();
            names.is_some_and(|names| within(&names))
        })
}

/// The tuple of a relation's key.
pub(super) struct KeyType {
    pub rust: String,
    elements: Vec<String>,
}

impl KeyType {
    /// The type that both ends' columns can be compared as: the wider where two integers meet.
    pub fn of(left: &[&Column], right: &[&Column]) -> Result<Self, Uncomparable> {
        if left.len() != right.len() || left.is_empty() || left.len() > MOST_COLUMNS {
            return Err(Uncomparable::Types(format!("a key has from 1 to {MOST_COLUMNS} columns")));
        }
        let elements = left.iter().zip(right).map(|(left, right)| common(left, right));
        let elements = elements.collect::<Result<Vec<_>, _>>()?;
        let rust = format!("({},)", elements.join(", "));
        Ok(Self { rust, elements })
    }

    /// A closure that reads the key from a row.
    pub fn read(&self, columns: &[&Column]) -> String {
        let values: Vec<String> = columns
            .iter()
            .zip(&self.elements)
            .map(|(column, ty)| {
                let copied = if column.copy { "" } else { ".clone()" };
                let optional = if column.nullable { "?" } else { "" };
                let value = format!("row.{}{copied}{optional}", column.field);
                if column.value == *ty { value } else { format!("{ty}::from({value})") }
            })
            .collect();
        format!("|row| Some(({},))", values.join(", "))
    }
}

/// As many as the runtime's `RelationKey` goes.
const MOST_COLUMNS: usize = 6;

fn common(left: &Column, right: &Column) -> Result<String, Uncomparable> {
    const INTEGERS: [&str; 3] = ["i16", "i32", "i64"];
    let width = |column: &Column| INTEGERS.iter().position(|ty| *ty == column.value);
    match (width(left), width(right)) {
        (Some(a), Some(b)) => Ok(INTEGERS[a.max(b)].to_owned()),
        _ if left.value != right.value => {
            let [left, right] = [left, right].map(|column| column.value.replace(RUNTIME_TYPES, ""));
            Err(Uncomparable::Types(format!("`{left}` and `{right}` are different types")))
        }
        _ if !(left.hash && right.hash) => {
            Err(Uncomparable::Types(format!("`{}` cannot be compared for equality", left.value)))
        }
        _ => Ok(left.value.clone()),
    }
}
