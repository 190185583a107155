//! What a server's session would hold while the statements run: the catalog so far and how names are found in it.
//!
//! It knows no statement. What is dropped or renamed together is in [`relations`](super::relations).
//! Manual: "Schemas", "The Schema Search Path".

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    ops::Range,
};

use super::{
    identifiers,
    reader::{ObjectName, Outcome, Reader},
    types::{self, TypeName},
};
use crate::{
    catalog::{Catalog, Object, Places, QName, Sequence, SqlType, Table, TableKind},
    diagnostics::{DUPLICATE_OBJECT, Diagnostic, Diagnostics, NO_SUCH_OBJECT, nearest},
};

/// Where temporary tables live: none of it is in the catalog at the end.
pub(super) const TEMPORARY: &str = "pg_temp";

/// What a name of `pg_class` stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    /// A table or view.
    Table,
    /// An index of that table, a constraint's included.
    Index(QName),
    /// A sequence.
    Sequence,
    /// A composite type.
    Composite,
}

/// What the catalog does not keep of a table, but later statements need.
#[derive(Clone, Debug, Default)]
pub(super) struct TableState {
    /// Its partitions and the tables that inherit from it.
    pub(super) children: Vec<QName>,
    /// The columns it has only from a parent.
    pub(super) inherited: HashSet<String>,
    /// Constraints and indexes by name: the columns their expressions name.
    pub(super) references: HashMap<String, BTreeSet<String>>,
    /// Constraints that are not passed on to children (`NO INHERIT`, `ON ONLY`).
    pub(super) own: HashSet<String>,
    /// Keys by name: the columns they carry along (`INCLUDE`). Indexes and exclusions by name: the names of all
    /// their own columns.
    pub(super) carried: HashMap<String, Vec<String>>,
    /// What a view reads: tables with the columns it names of them.
    pub(super) reads: BTreeMap<QName, BTreeSet<String>>,
}

/// A function that the DDL defines, as far as a view needs to know it.
#[derive(Clone, Debug)]
pub(super) struct Function {
    /// How many arguments it takes: at least and at most.
    pub(super) arguments: Range<usize>,
    /// What it returns.
    pub(super) returns: SqlType,
    /// Its columns, where it returns a table or has `OUT` parameters.
    pub(super) columns: Vec<(String, SqlType)>,
}

/// A foreign key whose target was not there when it was written.
#[derive(Clone, Debug)]
pub(super) struct Unresolved {
    pub(super) table: QName,
    pub(super) constraint: String,
    pub(super) target: ObjectName,
    pub(super) search_path: Vec<String>,
}

/// The state that statements are applied to.
pub(super) struct Session<'d> {
    pub(super) catalog: Catalog,
    pub(super) places: Places,
    pub(super) diagnostics: &'d mut Diagnostics,
    pub(super) search_path: Vec<String>,
    pub(super) table_states: HashMap<QName, TableState>,
    pub(super) functions: HashMap<QName, Vec<Function>>,
    pub(super) collations: HashSet<QName>,
    /// The collations of domains that have one of their own.
    pub(super) domain_collations: HashMap<QName, QName>,
    pub(super) unresolved: Vec<Unresolved>,
    /// Base types and the types of extensions, with the extension: names that the catalog does not list.
    pub(super) base_types: HashMap<QName, Option<String>>,
    /// The schema of an extension whose types are not known.
    pub(super) unknown_extension: Option<String>,
    /// The schema that `CREATE EXTENSION` put each extension in.
    pub(super) extension_schemas: HashMap<String, String>,
    /// Index names that constraints own are in here too.
    pub(super) relations: HashMap<QName, Relation>,
    /// How many constraints of a schema have a name.
    constraint_names: HashMap<QName, usize>,
    /// Nearest names are looked for this often and no more: each look goes over every table.
    suggestions_left: usize,
}

impl<'d> Session<'d> {
    pub(super) fn new(diagnostics: &'d mut Diagnostics) -> Self {
        let mut catalog = Catalog::default();
        catalog.schemas.insert("public".into(), None);
        Self {
            catalog,
            places: Places::new(),
            diagnostics,
            search_path: vec!["public".into()],
            table_states: HashMap::new(),
            functions: HashMap::new(),
            collations: HashSet::new(),
            domain_collations: HashMap::new(),
            unresolved: Vec::new(),
            base_types: HashMap::new(),
            unknown_extension: None,
            extension_schemas: HashMap::new(),
            relations: HashMap::new(),
            constraint_names: HashMap::new(),
            suggestions_left: 50,
        }
    }

    pub(super) fn report(&mut self, diagnostic: impl Into<Box<Diagnostic>>) {
        self.diagnostics.push(*diagnostic.into());
    }

    // Names.

    /// The schema that unqualified names are created in.
    pub(super) fn creation_schema(&self) -> String {
        let exists = |schema: &&String| self.catalog.schemas.contains_key(*schema);
        let first = self.search_path.iter().find(exists).or_else(|| self.search_path.first());
        first.cloned().unwrap_or_else(|| "public".into())
    }

    /// The full name of something new. A schema that the files do not create is taken to be there.
    pub(super) fn new_name(&mut self, name: &ObjectName) -> QName {
        let schema = name.schema.clone().unwrap_or_else(|| self.creation_schema());
        if !is_system(&schema) {
            self.catalog.schemas.entry(schema.clone()).or_default();
        }
        QName::new(schema, name.name.clone())
    }

    /// The schemas that a name without one is looked for in.
    fn path(&self) -> impl Iterator<Item = &str> {
        let catalog = (!self.search_path.iter().any(|schema| schema == "pg_catalog")).then_some("pg_catalog");
        [TEMPORARY].into_iter().chain(catalog).chain(self.search_path.iter().map(String::as_str))
    }

    /// The first full name for which `exists` holds.
    pub(super) fn look_up(&self, name: &ObjectName, exists: impl Fn(&QName) -> bool) -> Option<QName> {
        match &name.schema {
            Some(schema) => Some(QName::new(schema, &name.name)).filter(exists),
            None => self.path().map(|schema| QName::new(schema, &name.name)).find(exists),
        }
    }

    pub(super) fn find_relation(&self, name: &ObjectName) -> Option<QName> {
        self.look_up(name, |name| self.relations.contains_key(name))
    }

    pub(super) fn find_table(&self, name: &ObjectName) -> Option<QName> {
        self.find_relation(name).filter(|name| self.catalog.tables.contains_key(name))
    }

    pub(super) fn find_type(&self, name: &ObjectName) -> Option<QName> {
        self.look_up(name, |name| self.is_type(name))
    }

    fn is_type(&self, name: &QName) -> bool {
        (name.schema == "pg_catalog" && types::is_builtin(&name.name))
            || self.catalog.types.contains_key(name)
            || self.base_types.contains_key(name)
            || self.catalog.tables.contains_key(name)
    }

    /// The table or view of that name, or the error that there is none.
    pub(super) fn table_name(&mut self, reader: &Reader<'_>, name: &ObjectName) -> Outcome<QName> {
        self.find_table(name).ok_or_else(|| {
            let known = self.suggest(&name.name, |session| {
                session.catalog.tables.keys().map(|table| table.name.as_str()).collect()
            });
            Box::new(missing(reader, "table or view", &name.name, name.span.clone(), known.as_deref()))
        })
    }

    /// The nearest of some names, while such help is still given.
    pub(super) fn suggest<'s>(
        &'s mut self,
        wrong: &str,
        names: impl FnOnce(&'s Self) -> Vec<&'s str>,
    ) -> Option<String> {
        self.suggestions_left = self.suggestions_left.checked_sub(1)?;
        nearest(wrong, names(self)).map(str::to_owned)
    }

    /// The type that was written. One that is not there is reported and kept under its name, so that what uses it
    /// is not reported as well.
    pub(super) fn sql_type(&mut self, reader: &Reader<'_>, written: &TypeName) -> SqlType {
        if let Some(name) = self.find_type(&written.name) {
            return types::sql_type(written, name);
        }
        if let Some(array) = self.array_type(written) {
            return array;
        }
        let schema = written.name.schema.clone().or_else(|| self.unknown_extension.clone());
        if self.unknown_extension.is_none() {
            let known = self.suggest(&written.name.name, |session| {
                session.catalog.types.keys().map(|name| name.name.as_str()).collect()
            });
            let problem = types::unknown(reader, &written.name, known.as_deref());
            self.report(problem);
        }
        let schema = schema.unwrap_or_else(|| self.creation_schema());
        types::sql_type(written, QName::new(schema, written.name.name.clone()))
    }

    /// A user's type by the name of its array: `_mood`.
    fn array_type(&self, written: &TypeName) -> Option<SqlType> {
        let element = written.name.name.strip_prefix('_')?;
        let name = ObjectName { name: element.to_owned(), ..written.name.clone() };
        Some(types::sql_type(written, self.find_type(&name)?).into_array())
    }

    // What is taken.

    pub(super) fn constraint_taken(&self, schema: &str, name: &str) -> bool {
        self.constraint_names.contains_key(&QName::new(schema, name))
    }

    /// Keeps a constraint's name from being chosen again in its schema.
    pub(super) fn take_constraint_name(&mut self, schema: &str, name: &str) {
        *self.constraint_names.entry(QName::new(schema, name)).or_default() += 1;
    }

    pub(super) fn free_constraint_name(&mut self, schema: &str, name: &str) {
        let key = QName::new(schema, name);
        if let Some(count) = self.constraint_names.get_mut(&key) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.constraint_names.remove(&key);
            }
        }
    }

    /// `table_columns_label`, made unique among a schema's relations and, for a constraint, its constraints.
    pub(super) fn choose_relation_name(
        &self,
        schema: &str,
        first: &str,
        second: &str,
        label: &str,
        is_constraint: bool,
    ) -> String {
        identifiers::choose(first, second, label, |name| {
            self.relations.contains_key(&QName::new(schema, name))
                || (is_constraint && self.constraint_taken(schema, name))
        })
    }

    /// The error that something new has the name of something else.
    pub(super) fn check_free(&self, reader: &Reader<'_>, name: &QName, span: Range<usize>) -> Outcome {
        let what = match self.relations.get(name) {
            Some(Relation::Table) => match self.catalog.tables.get(name) {
                Some(table) if table.is_view() => "a view",
                _ => "a table",
            },
            Some(Relation::Index(_)) => "an index",
            Some(Relation::Sequence) => "a sequence",
            Some(Relation::Composite) => "a type",
            None if self.catalog.types.contains_key(name) => "a type",
            None => return Ok(()),
        };
        Err(Box::new(
            reader
                .error(DUPLICATE_OBJECT, format!("there is {what} `{name}` already"), span)
                .help("take one of the two out, or write `IF NOT EXISTS` where the first is to hold"),
        ))
    }

    // What is there.

    pub(super) fn state_of(&mut self, table: &QName) -> &mut TableState {
        self.table_states.entry(table.clone()).or_default()
    }

    /// Whether keys, indexes and foreign keys of the table are passed on to its partitions.
    pub(super) fn is_partitioned(&self, table: &QName) -> bool {
        self.catalog.tables.get(table).is_some_and(|table| table.kind == TableKind::Partitioned)
    }

    /// The table, and all that inherit from it, each once.
    pub(super) fn family(&self, table: &QName) -> Vec<QName> {
        let mut family = vec![table.clone()];
        let mut seen: HashSet<QName> = HashSet::from([table.clone()]);
        let mut at = 0;
        while let Some(parent) = family.get(at).cloned() {
            for child in
                self.table_states.get(&parent).map(|state| state.children.as_slice()).unwrap_or_default()
            {
                if seen.insert(child.clone()) {
                    family.push(child.clone());
                }
            }
            at += 1;
        }
        family
    }

    /// Adds a table or view under a name that is free.
    pub(super) fn add_table(&mut self, name: &QName, table: Table, reader: &Reader<'_>, span: Range<usize>) {
        self.relations.insert(name.clone(), Relation::Table);
        self.places.insert(Object::Table(name.clone()), reader.place(span));
        self.catalog.tables.insert(name.clone(), table);
    }

    /// Adds a sequence that a column owns, and gives its name.
    pub(super) fn add_owned_sequence(&mut self, table: &QName, column: &str) -> QName {
        let name = self.choose_relation_name(&table.schema, &table.name, column, "seq", false);
        let name = QName::new(&table.schema, name);
        self.relations.insert(name.clone(), Relation::Sequence);
        let owner = Some((table.clone(), column.to_owned()));
        self.catalog.sequences.insert(name.clone(), Sequence { owned_by: owner });
        name
    }
}

/// Whether the schema is the server's own.
pub(super) fn is_system(schema: &str) -> bool {
    matches!(schema, "pg_catalog" | "information_schema" | "pg_toast") || schema == TEMPORARY
}

/// The error that something is not there.
pub(super) fn missing(
    reader: &Reader<'_>,
    what: &str,
    name: &str,
    span: Range<usize>,
    nearest: Option<&str>,
) -> Diagnostic {
    let help = nearest.map_or_else(
        || "create it in this file, or in one that is listed before it".to_owned(),
        |name| format!("did you mean `{name}`?"),
    );
    reader.error(NO_SUCH_OBJECT, format!("there is no {what} `{name}`"), span).help(help)
}

/// The error that a table or type has no such part: `t` has no column `b`.
pub(super) fn missing_part(
    reader: &Reader<'_>,
    owner: &str,
    what: &str,
    name: &str,
    span: Range<usize>,
    nearest: Option<&str>,
) -> Diagnostic {
    let help = nearest.map_or_else(
        || format!("name one that `{owner}` has, or add the {what} before this statement"),
        |name| format!("did you mean `{name}`?"),
    );
    reader.error(NO_SUCH_OBJECT, format!("`{owner}` has no {what} `{name}`"), span).help(help)
}
