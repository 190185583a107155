//! Objects by number, and the dependencies between them: PostgreSQL's OIDs and its `pg_depend`.
//!
//! An object keeps its number when it gets another name or schema, so that the dependencies on it stay as they are.
//! Parts of an object (its columns, defaults, constraints and indexes) are named within it. Manual: "Dependency
//! Tracking", "pg_depend".

use std::collections::{HashMap, HashSet};

use crate::catalog::QName;

/// An object's number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Id(usize);

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A table or view.
    Table,
    /// An index of that table, a constraint's included.
    Index(Id),
    Sequence,
    /// A composite type: a relation and a type.
    Composite,
    /// Any other type.
    Type,
    Collation,
    Function,
    Operator,
    Cast,
    /// What belongs to a table and is not in the catalog.
    Attached(Attached),
}

/// What belongs to a table and is not in the catalog, but may need columns and functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Attached {
    Trigger,
    Policy,
    Rule,
    /// A table in a publication.
    Publication,
    Statistics,
}

/// When a cast is used. Manual: CREATE CAST.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CastContext {
    /// Only where it is written.
    Explicit,
    /// Also where a column is assigned to.
    Assignment,
    /// Everywhere.
    Implicit,
}

/// An object or a part of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Address {
    pub(super) id: Id,
    pub(super) part: Part,
}

/// Which part of an object.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Part {
    Whole,
    /// A table's column or a composite type's attribute.
    Column(String),
    /// The default of a column.
    Default(String),
    /// A constraint of a table or a domain, with its index if it has one.
    Constraint(String),
    /// An index that no constraint owns.
    Index(String),
}

/// What happens to the dependent when what it depends on is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Strength {
    /// The drop is refused, or takes the dependent along under `CASCADE`.
    Normal,
    /// The dependent is dropped as well, without `CASCADE`.
    Auto,
}

/// One line of `pg_depend`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Dependency {
    pub(super) dependent: Address,
    /// The column of the object that is depended on; none for the object as a whole.
    pub(super) column: Option<String>,
    pub(super) strength: Strength,
    /// False if the text does not tell which of several objects is meant.
    pub(super) is_sure: bool,
}

/// All objects and dependencies.
#[derive(Clone, Default)]
pub(super) struct Objects {
    /// By number.
    all: Vec<(Kind, QName)>,
    /// `pg_class`: tables, views, indexes, sequences and composite types share their names.
    relations: HashMap<QName, Id>,
    /// `pg_type`, without the row types of tables.
    types: HashMap<QName, Id>,
    collations: HashMap<QName, Id>,
    /// By what is depended on.
    dependents: HashMap<Id, Vec<Dependency>>,
    /// The other way: what an object and its parts depend on.
    needs: HashMap<Id, HashSet<Id>>,
    gone: HashSet<Id>,
}

impl Id {
    pub(super) fn whole(self) -> Address {
        Address { id: self, part: Part::Whole }
    }

    pub(super) fn column(self, name: &str) -> Address {
        Address { id: self, part: Part::Column(name.to_owned()) }
    }

    pub(super) fn default(self, column: &str) -> Address {
        Address { id: self, part: Part::Default(column.to_owned()) }
    }

    pub(super) fn constraint(self, name: &str) -> Address {
        Address { id: self, part: Part::Constraint(name.to_owned()) }
    }

    pub(super) fn index(self, name: &str) -> Address {
        Address { id: self, part: Part::Index(name.to_owned()) }
    }
}

impl Objects {
    /// Gives a new object its number. Its name is free.
    pub(super) fn create(&mut self, kind: Kind, name: &QName) -> Id {
        // Number 0 is nobody's.
        if self.all.is_empty() {
            self.all.push((Kind::Function, QName::new("", "")));
        }
        let id = Id(self.all.len());
        self.all.push((kind, name.clone()));
        self.enter(id, kind, name);
        id
    }

    fn enter(&mut self, id: Id, kind: Kind, name: &QName) {
        match kind {
            Kind::Table | Kind::Index(_) | Kind::Sequence => {
                self.relations.insert(name.clone(), id);
            }
            Kind::Composite => {
                self.relations.insert(name.clone(), id);
                self.types.insert(name.clone(), id);
            }
            Kind::Type => {
                self.types.insert(name.clone(), id);
            }
            Kind::Collation => {
                self.collations.insert(name.clone(), id);
            }
            // Their names are no keys: several may have the same.
            Kind::Function | Kind::Operator | Kind::Cast | Kind::Attached(_) => {}
        }
    }

    fn leave(&mut self, id: Id) {
        let name = self.name(id).clone();
        for names in [&mut self.relations, &mut self.types, &mut self.collations] {
            if names.get(&name) == Some(&id) {
                names.remove(&name);
            }
        }
    }

    pub(super) fn relation(&self, name: &QName) -> Option<Id> {
        self.relations.get(name).copied()
    }

    /// The object that has a name in `pg_class`.
    pub(super) fn relation_kind(&self, name: &QName) -> Option<Kind> {
        self.relation(name).map(|id| self.kind(id))
    }

    /// A type of the DDL; a table's name is the type of its rows.
    pub(super) fn user_type(&self, name: &QName) -> Option<Id> {
        let row = || self.relation(name).filter(|id| self.kind(*id) == Kind::Table);
        self.types.get(name).copied().or_else(row)
    }

    pub(super) fn collation(&self, name: &QName) -> Option<Id> {
        self.collations.get(name).copied()
    }

    pub(super) fn collations(&self) -> impl Iterator<Item = &QName> {
        self.collations.keys()
    }

    fn is_gone(&self, id: Id) -> bool {
        self.gone.contains(&id)
    }

    /// Whether the object was made and not dropped since.
    pub(super) fn is_there(&self, id: Id) -> bool {
        !self.is_gone(id)
    }

    pub(super) fn kind(&self, id: Id) -> Kind {
        self.all[id.0].0
    }

    pub(super) fn name(&self, id: Id) -> &QName {
        &self.all[id.0].1
    }

    /// Gives an object another name.
    pub(super) fn rename(&mut self, id: Id, new: &QName) {
        self.leave(id);
        self.all[id.0].1 = new.clone();
        self.enter(id, self.kind(id), new);
    }

    /// All objects of a schema.
    pub(super) fn in_schema(&self, schema: &str) -> Vec<Address> {
        let named = self.relations.values().chain(self.types.values()).chain(self.collations.values());
        let is_called = |kind: &Kind| matches!(kind, Kind::Function | Kind::Operator);
        let called = self.all.iter().enumerate().filter(|(_, (kind, _))| is_called(kind));
        let called = called.map(|(at, _)| Id(at)).filter(|id| !self.is_gone(*id));
        let ids = named.copied().chain(called).filter(|id| self.name(*id).schema == schema);
        let is_no_index = |id: &Id| !matches!(self.kind(*id), Kind::Index(_));
        ids.filter(is_no_index).map(Id::whole).collect()
    }

    /// The indexes of a table, those of its constraints included.
    pub(super) fn indexes_of(&self, table: Id) -> Vec<Id> {
        let of_table = |id: &&Id| self.kind(**id) == Kind::Index(table);
        self.relations.values().filter(of_table).copied().collect()
    }

    /// Removes an object, with the records of what it depends on and what depends on it.
    pub(super) fn remove(&mut self, id: Id) {
        self.leave(id);
        self.gone.insert(id);
        for on in self.needs.remove(&id).unwrap_or_default() {
            if let Some(list) = self.dependents.get_mut(&on) {
                list.retain(|dependency| dependency.dependent.id != id);
            }
        }
        self.dependents.remove(&id);
    }

    /// Records that one object depends on the other.
    pub(super) fn depend(&mut self, dependent: Address, on: Id, column: Option<&str>, strength: Strength) {
        self.note(on, Dependency { dependent, column: column.map(str::to_owned), strength, is_sure: true });
    }

    /// Records that one object may depend on the other: the text does not tell.
    pub(super) fn may_depend(&mut self, dependent: Address, on: Id, column: Option<&str>) {
        let column = column.map(str::to_owned);
        self.note(on, Dependency { dependent, column, strength: Strength::Normal, is_sure: false });
    }

    fn note(&mut self, on: Id, dependency: Dependency) {
        self.needs.entry(dependency.dependent.id).or_default().insert(on);
        let list = self.dependents.entry(on).or_default();
        // What is noted twice is noted at once; a long list need not be searched as a whole.
        if !list.iter().rev().take(16).any(|known| *known == dependency) {
            list.push(dependency);
        }
    }

    /// Removes all recorded dependencies of an object or a part.
    pub(super) fn forget(&mut self, dependent: &Address) {
        let Some(needs) = self.needs.get(&dependent.id) else { return };
        for on in needs {
            if let Some(list) = self.dependents.get_mut(on) {
                list.retain(|dependency| dependency.dependent != *dependent);
            }
        }
    }

    /// Removes the record that one object as a whole depends on the other.
    pub(super) fn undepend(&mut self, dependent: &Address, on: Id) {
        if let Some(list) = self.dependents.get_mut(&on) {
            list.retain(|dependency| dependency.dependent != *dependent);
        }
    }

    /// Records that one object depends on everything that another depends on.
    pub(super) fn copy(&mut self, from: &Address, to: &Address) {
        for on in self.needs.get(&from.id).cloned().unwrap_or_default() {
            let list = self.dependents.get(&on).map(Vec::as_slice).unwrap_or_default();
            let copies: Vec<Dependency> = list
                .iter()
                .filter(|dependency| dependency.dependent == *from)
                .map(|dependency| Dependency { dependent: to.clone(), ..dependency.clone() })
                .collect();
            copies.into_iter().for_each(|copy| self.note(on, copy));
        }
    }

    /// What depends on an object or on one of its columns.
    pub(super) fn dependents(&self, id: Id) -> &[Dependency] {
        self.dependents.get(&id).map(Vec::as_slice).unwrap_or_default()
    }

    /// Gives a part of an object another name, as a dependent and as what is depended on.
    pub(super) fn rename_part(&mut self, old: &Address, new: &Part) {
        for on in self.needs.get(&old.id).cloned().unwrap_or_default() {
            for dependency in self.dependents.get_mut(&on).into_iter().flatten() {
                if dependency.dependent == *old {
                    dependency.dependent.part = new.clone();
                }
            }
        }
        if let (Part::Column(old_name), Part::Column(new_name)) = (&old.part, new) {
            for dependency in self.dependents.get_mut(&old.id).into_iter().flatten() {
                if dependency.column.as_ref() == Some(old_name) {
                    dependency.column = Some(new_name.clone());
                }
            }
        }
    }
}
