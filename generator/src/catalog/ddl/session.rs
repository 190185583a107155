//! The state of a server's session while the statements run: the catalog so far, and how names are looked up in it.
//!
//! It knows no statements. Drops are in [`remove`](super::remove), renames in [`rename`](super::rename).
//! Manual: "Schemas", "The Schema Search Path".

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
};

use super::{
    identifiers,
    objects::{Attached, CastContext, Id, Kind, Objects},
    reader::{ObjectName, Outcome},
    split::Statement,
    table_state::TableState,
    types::{self, TypeName},
};
use crate::{
    catalog::{Catalog, Doubt, Object, Places, QName, Sequence, SqlType, Table, TableKind, meant},
    diagnostics::{DUPLICATE_OBJECT, Diagnostic, Diagnostics, NO_SUCH_OBJECT, Place, nearest},
};

/// The schema of temporary tables, which is not in the catalog at the end.
pub(super) const TEMPORARY: &str = "pg_temp";

/// A function, procedure or aggregate that the DDL defines, as far as views and drops need to know it.
#[derive(Clone, Debug)]
pub(super) struct Function {
    pub(super) id: Id,
    /// The types of its arguments, without those that only come out.
    pub(super) inputs: Vec<SqlType>,
    /// How many arguments it takes: at least and at most.
    pub(super) arguments: Range<usize>,
    /// What it returns.
    pub(super) returns: SqlType,
    /// Its columns, where it returns a table or has `OUT` parameters.
    pub(super) columns: Vec<(String, SqlType)>,
}

/// An operator that the DDL defines.
#[derive(Clone, Debug)]
pub(super) struct DdlOperator {
    pub(super) id: Id,
    /// The types of its left and its right operand; none where there is no left one, or one is not understood.
    pub(super) operands: [Option<SqlType>; 2],
}

/// A cast that the DDL defines.
#[derive(Clone, Debug)]
pub(super) struct DdlCast {
    pub(super) id: Id,
    pub(super) source: SqlType,
    pub(super) target: SqlType,
    /// When it is used without being written.
    pub(super) context: CastContext,
}

/// A foreign key whose target did not exist when the key was written.
#[derive(Clone, Debug)]
pub(super) struct Unresolved {
    pub(super) table: QName,
    pub(super) constraint: String,
    pub(super) target: ObjectName,
    pub(super) search_path: Vec<String>,
}

/// The state that statements are applied to. A copy is kept when a statement may have to be undone.
#[derive(Clone)]
pub(super) struct Session {
    pub(super) catalog: Catalog,
    pub(super) places: Places,
    /// See [`Loaded::reported`](crate::catalog::Loaded).
    pub(super) reported: HashSet<Object>,
    /// See [`Loaded::missing_names`](crate::catalog::Loaded).
    pub(super) missing_names: Vec<Diagnostic>,
    /// See [`Loaded::untold_index`](crate::catalog::Loaded).
    pub(super) untold_index: Option<Place>,
    /// How many `DO` blocks are being run, one inside the other.
    pub(super) open_blocks: usize,
    pub(super) diagnostics: Diagnostics,
    /// What the statements that were not applied leave in doubt.
    pub(super) doubt: Doubt,
    pub(super) search_path: Vec<String>,
    /// The search path of a new connection.
    pub(super) default_path: Vec<String>,
    /// Statements that, by the manifest's word, shape nothing, as `file:line`.
    pub(super) shapes_nothing: Vec<String>,
    /// What the search path is again once the transaction ends: it was set with `SET LOCAL`.
    pub(super) path_after_transaction: Option<Vec<String>>,
    /// Temporary tables that are gone once the transaction is committed.
    pub(super) dropped_on_commit: Vec<Id>,
    pub(super) objects: Objects,
    table_states: HashMap<Id, TableState>,
    pub(super) functions: HashMap<QName, Vec<Function>>,
    /// Triggers, policies and others that belong to a table, by it and their name.
    pub(super) attached: HashMap<(Attached, Id, String), Id>,
    /// What fires each trigger that is on.
    pub(super) trigger_events: HashMap<Id, Vec<&'static str>>,
    /// Whether `standard_conforming_strings` is off.
    pub(super) texts_have_escapes: bool,
    pub(super) unresolved: Vec<Unresolved>,
    /// Sequences that columns of a table own which is being made.
    pub(super) new_owned_sequences: Vec<QName>,
    /// Base types and the types of extensions, with the extension: names that the catalog does not list.
    pub(super) base_types: HashMap<QName, Option<String>>,
    /// The operators that the DDL defines, by their names without schemas.
    pub(super) operators: HashMap<String, Vec<DdlOperator>>,
    /// The casts that the DDL defines.
    pub(super) casts: Vec<DdlCast>,
    /// Functions that may create or change tables when they are called.
    pub(super) shaping_functions: HashSet<QName>,
    /// The schema of an extension whose types are not known.
    pub(super) unknown_extension: Option<String>,
    /// The schema that `CREATE EXTENSION` put each extension in.
    pub(super) extension_schemas: HashMap<String, String>,
    /// How many constraints of a schema have a name.
    constraint_names: HashMap<QName, usize>,
    /// How many more times similar names are searched for, as each search goes over every table.
    suggestions_left: usize,
}

impl Session {
    pub(super) fn new() -> Self {
        let mut catalog = Catalog::default();
        catalog.schemas.insert("public".into(), None);
        Self {
            catalog,
            places: Places::new(),
            reported: HashSet::new(),
            missing_names: Vec::new(),
            untold_index: None,
            open_blocks: 0,
            diagnostics: Diagnostics::new(),
            doubt: Doubt::default(),
            search_path: vec!["public".into()],
            default_path: vec!["public".into()],
            shapes_nothing: Vec::new(),
            path_after_transaction: None,
            dropped_on_commit: Vec::new(),
            objects: Objects::default(),
            table_states: HashMap::new(),
            functions: HashMap::new(),
            attached: HashMap::new(),
            trigger_events: HashMap::new(),
            texts_have_escapes: false,
            unresolved: Vec::new(),
            new_owned_sequences: Vec::new(),
            base_types: HashMap::new(),
            operators: HashMap::new(),
            casts: Vec::new(),
            shaping_functions: HashSet::new(),
            unknown_extension: None,
            extension_schemas: HashMap::new(),
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
        self.look_up(name, |name| self.objects.relation(name).is_some())
    }

    pub(super) fn find_table(&self, name: &ObjectName) -> Option<QName> {
        self.find_relation(name).filter(|name| self.catalog.tables.contains_key(name))
    }

    pub(super) fn find_type(&self, name: &ObjectName) -> Option<QName> {
        self.look_up(name, |name| self.is_type(name))
    }

    fn is_type(&self, name: &QName) -> bool {
        (name.schema == "pg_catalog" && types::is_builtin(&name.name))
            || self.objects.user_type(name).is_some()
    }

    /// The table or view of that name, or the error that there is none.
    pub(super) fn table_name(&mut self, statement: &Statement, name: &ObjectName) -> Outcome<QName> {
        self.find_table(name).ok_or_else(|| {
            let known = self.suggest_of(&name.name, |session| session.catalog.tables.keys());
            Box::new(missing(statement, "table or view", &name.name, name.span.clone(), known.as_deref()))
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

    /// The object that was meant, with its schema where another one has that name.
    fn suggest_of<'s, N: Iterator<Item = &'s QName> + Clone>(
        &'s mut self,
        wrong: &str,
        names: impl FnOnce(&'s Self) -> N,
    ) -> Option<String> {
        self.suggestions_left = self.suggestions_left.checked_sub(1)?;
        meant(wrong, names(self))
    }

    /// The type that was written. One that is not there is reported and kept under its name, so that what uses it
    /// is not reported as well.
    pub(super) fn sql_type(&mut self, statement: &Statement, written: &TypeName) -> SqlType {
        if let Some(name) = self.find_type(&written.name) {
            return types::sql_type(written, name);
        }
        if let Some(array) = self.array_type(written) {
            return array;
        }
        let schema = written.name.schema.clone().or_else(|| self.unknown_extension.clone());
        let is_reported = self.unknown_extension.is_none();
        if is_reported {
            let known = self.suggest_of(&written.name.name, |session| session.catalog.types.keys());
            let problem = types::unknown(statement, &written.name, known.as_deref());
            self.report(problem);
        }
        let schema = schema.unwrap_or_else(|| self.creation_schema());
        let name = QName::new(schema, written.name.name.clone());
        if is_reported {
            self.reported.insert(Object::Type(name.clone()));
        }
        types::sql_type(written, name)
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
            self.objects.relation(&QName::new(schema, name)).is_some()
                || (is_constraint && self.constraint_taken(schema, name))
        })
    }

    /// The error that something new has the name of something else.
    pub(super) fn check_free(&self, statement: &Statement, name: &QName, span: Range<usize>) -> Outcome {
        let what = match self.objects.relation_kind(name) {
            Some(Kind::Table) => match self.catalog.tables.get(name) {
                Some(table) if table.is_view() => "a view",
                _ => "a table",
            },
            Some(Kind::Index(_)) => "an index",
            Some(Kind::Sequence) => "a sequence",
            Some(_) => "a type",
            None if self.objects.user_type(name).is_some() => "a type",
            None => return Ok(()),
        };
        Err(Box::new(
            statement.error(DUPLICATE_OBJECT, format!("there is {what} `{name}` already"), span).help(
                if statement.begins_with(&["create", "view"]) {
                    "take one of the two out, or write `CREATE OR REPLACE VIEW` in place of an older view"
                } else {
                    "take one of the two out, or write `IF NOT EXISTS` where the first is to hold"
                },
            ),
        ))
    }

    // What is there.

    /// The state of an existing table.
    pub(super) fn state_of(&mut self, table: &QName) -> &mut TableState {
        let id = self.objects.relation(table).unwrap_or_default();
        self.table_states.entry(id).or_default()
    }

    /// The state of a table, if there is anything to be known of it.
    pub(super) fn state(&self, table: &QName) -> Option<&TableState> {
        self.table_states.get(&self.objects.relation(table)?)
    }

    /// Takes a table's state out.
    pub(super) fn forget_state(&mut self, table: Id) {
        self.table_states.remove(&table);
    }

    /// The tables that were made of a composite type.
    pub(super) fn tables_of(&self, ty: &QName) -> Vec<QName> {
        let Some(id) = self.objects.user_type(ty) else { return Vec::new() };
        let dependents = self.objects.dependents(id).iter().map(|dependency| dependency.dependent.id);
        let is_of = |table: &Id| self.table_states.get(table).is_some_and(|state| state.of == Some(id));
        dependents.filter(is_of).map(|table| self.objects.name(table).clone()).collect()
    }

    /// A table's partitions and the tables that inherit from it.
    pub(super) fn children(&self, table: &QName) -> Vec<QName> {
        let children = self.state(table).map(|state| state.children.as_slice()).unwrap_or_default();
        children.iter().map(|child| self.objects.name(*child).clone()).collect()
    }

    /// The functions of the DDL that a call with that many arguments may be of.
    pub(super) fn functions_called(
        &self,
        name: &ObjectName,
        arguments: usize,
    ) -> impl Iterator<Item = &Function> {
        let found = self.look_up(name, |name| self.functions.contains_key(name));
        let named = found.and_then(|name| self.functions.get(&name)).map(Vec::as_slice).unwrap_or_default();
        named.iter().filter(move |function| {
            function.arguments.start <= arguments && arguments <= function.arguments.end
        })
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
            for child in self.children(&parent) {
                if seen.insert(child.clone()) {
                    family.push(child);
                }
            }
            at += 1;
        }
        family
    }

    /// Adds a table or view under a name that is free, or that the view has which it replaces.
    pub(super) fn add_table(
        &mut self,
        name: &QName,
        table: Table,
        statement: &Statement,
        span: Range<usize>,
    ) {
        if self.objects.relation(name).is_none() {
            self.objects.create(Kind::Table, name);
        }
        self.places.insert(Object::Table(name.clone()), statement.place(span));
        self.catalog.tables.insert(name.clone(), table);
    }

    /// Adds a type of which only the name is known.
    pub(super) fn add_base_type(&mut self, name: &QName, extension: Option<String>) {
        self.objects.create(Kind::Type, name);
        self.base_types.insert(name.clone(), extension);
    }

    /// Adds an index's name: a constraint's index has the constraint's.
    pub(super) fn add_index(&mut self, table: &QName, name: &str) {
        if let Some(table_id) = self.objects.relation(table) {
            self.objects.create(Kind::Index(table_id), &QName::new(&table.schema, name));
        }
    }

    /// Adds a sequence under a name that is free.
    pub(super) fn add_sequence(&mut self, name: &QName, owned_by: Option<(QName, String)>) {
        self.objects.create(Kind::Sequence, name);
        if owned_by.is_some() {
            self.new_owned_sequences.push(name.clone());
        }
        self.catalog.sequences.insert(name.clone(), Sequence { owned_by });
    }

    /// Adds a sequence that a column owns, and gives its name.
    pub(super) fn add_owned_sequence(&mut self, table: &QName, column: &str) -> QName {
        let name = self.choose_relation_name(&table.schema, &table.name, column, "seq", false);
        let name = QName::new(&table.schema, name);
        self.add_sequence(&name, Some((table.clone(), column.to_owned())));
        name
    }
}

/// Whether the schema is the server's own.
pub(super) fn is_system(schema: &str) -> bool {
    matches!(schema, "pg_catalog" | "information_schema" | "pg_toast") || schema == TEMPORARY
}

/// The error that something is not there.
pub(super) fn missing(
    statement: &Statement,
    what: &str,
    name: &str,
    span: Range<usize>,
    nearest: Option<&str>,
) -> Diagnostic {
    let help = nearest.map_or_else(
        || "create it in this file, or in one that is listed before it".to_owned(),
        |name| format!("did you mean `{name}`?"),
    );
    statement.error(NO_SUCH_OBJECT, format!("there is no {what} `{name}`"), span).help(help)
}

/// The error that a table or type has no such part: `t` has no column `b`.
pub(super) fn missing_part(
    statement: &Statement,
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
    statement.error(NO_SUCH_OBJECT, format!("`{owner}` has no {what} `{name}`"), span).help(help)
}
