//! Relations through join tables.
//!
//! A join table is one that says of pairs of rows that they belong together, and needs to be told nothing else:
//! * it has exactly two foreign keys, which have no column in common and point to columns that are never NULL;
//! * its primary key, or a unique key that is checked at once, consists of exactly their columns;
//! * any other column fills itself in: it has a default, is generated, or may be NULL.
//!
//! Both may point to one table. The relations to the join table itself stay.

use std::collections::{BTreeSet, HashMap};

use super::{
    Database, ManyToMany, Relation,
    naming::{Link, Request},
    relations::{Spot, Tables, columns_of, named_beside, short, spots},
};
use crate::{
    catalog::{Column, ForeignKey, Loaded, QName, Table as SqlTable},
    manifest,
};

/// Adds to each model the relations through join tables, once the models' own relations have their names.
pub(super) fn add(database: &mut Database, apps: &[&manifest::App], loaded: &Loaded) {
    let spots = spots(database);
    let mut found: HashMap<Spot, Vec<(Request, ManyToMany)>> = HashMap::new();
    for (name, table) in &loaded.catalog.tables {
        let (Some(join), Some([one, other])) = (spots.get(name), keys(table)) else { continue };
        for (near, far) in [(one, other), (other, one)] {
            let (Some(from), Some(to)) = (spots.get(&near.target), spots.get(&far.target)) else { continue };
            let tables = Tables { database, apps };
            let ends = Through { tables, join: (*join, name), near: (*from, near), far: (*to, far) };
            if let Some(relation) = ends.relation() {
                found.entry(*from).or_default().push((ends.request(), relation));
            }
        }
    }
    for (spot, wanted) in found {
        let app = database.apps.get_mut(spot.app);
        let Some(table) = app.and_then(|app| app.tables.get_mut(spot.table)) else { continue };
        let (requests, relations): (Vec<_>, Vec<_>) = wanted.into_iter().unzip();
        let columns = table.columns.iter().map(|column| &column.constant);
        let names = named_beside(columns.chain(table.relations.iter().map(|of| &of.constant)), requests);
        let relations = relations.into_iter().zip(names);
        table.many_to_many =
            relations.map(|(relation, name)| ManyToMany { constant: name.rust, ..relation }).collect();
        table.many_to_many.sort_by(|a, b| a.constant.cmp(&b.constant));
    }
}

/// The two foreign keys of a join table.
fn keys(table: &SqlTable) -> Option<[&ForeignKey; 2]> {
    let [one, other] = table.foreign_keys.as_slice() else { return None };
    if one.period || other.period {
        return None;
    }
    let columns: BTreeSet<&String> = one.columns.iter().chain(&other.columns).collect();
    let is_disjoint = columns.len() == one.columns.len() + other.columns.len();
    let fills_itself = |column: &Column| {
        column.nullable || column.default.is_some() || column.identity.is_some() || column.generated.is_some()
    };
    let mut others = table.columns.iter().filter(|column| !columns.contains(&column.name));
    (is_disjoint && is_key(table, &columns) && others.all(fills_itself)).then_some([one, other])
}

/// Whether a key consists of exactly these columns, and can tell that a link is there already.
fn is_key(table: &SqlTable, columns: &BTreeSet<&String>) -> bool {
    let keys = table.primary_key.iter().chain(&table.uniques);
    let mut keys = keys.filter(|key| !key.deferrable).map(|key| key.columns.iter().collect::<BTreeSet<_>>());
    let indexes = table.indexes.iter().filter(|index| index.unique && !index.partial);
    let mut indexes =
        indexes.filter_map(|index| index.columns.iter().map(Option::as_ref).collect::<Option<BTreeSet<_>>>());
    keys.any(|key| key == *columns) || indexes.any(|index| index == *columns)
}

/// A join table, seen from one of its ends.
struct Through<'a> {
    tables: Tables<'a>,
    join: (Spot, &'a QName),
    near: (Spot, &'a ForeignKey),
    far: (Spot, &'a ForeignKey),
}

impl Through<'_> {
    /// None where a key gives no relation, or a column of it may be NULL.
    fn relation(&self) -> Option<ManyToMany> {
        let (join, (from, near), (to, far)) = (self.join.0, self.near, self.far);
        let is_sure = |spot, key: &ForeignKey| {
            let columns = self.tables.columns(spot, &key.target_columns);
            columns.is_ok_and(|columns| columns.iter().all(|column| !column.nullable))
        };
        if !(is_sure(from, near) && is_sure(to, far)) {
            return None;
        }
        let near = self.constant(from, near, |relation| relation.order == 1)?;
        let far = self.constant(join, far, |relation| relation.order == 0)?;
        Some(ManyToMany {
            constant: String::new(),
            target: self.tables.path(from, to),
            key: near.key.clone(),
            target_key: far.key.clone(),
            near: near.constant.clone(),
            join: self.tables.path(from, join),
            far: far.constant.clone(),
            docs: format!(
                "The `{}` that `{}` of `{}` links to this row.",
                short(&self.far.1.target),
                columns_of(self.far.1),
                short(self.join.1)
            ),
        })
    }

    fn constant(&self, spot: Spot, key: &ForeignKey, end: fn(&Relation) -> bool) -> Option<&Relation> {
        let table = self.tables.get(spot)?;
        let is_it = |relation: &&Relation| {
            let of = relation.foreign_key.as_ref();
            of.is_some_and(|(table, name)| (table, name) == (self.join.1, &key.name)) && end(relation)
        };
        table.relations.iter().find(is_it)
    }

    fn request(&self) -> Request {
        let link = |(spot, key)| self.link(spot, key);
        Request::through(&link(self.near), &link(self.far))
    }

    fn link<'n>(&'n self, spot: Spot, key: &'n ForeignKey) -> Link<'n> {
        Link {
            constraint: &key.name,
            child: self.tables.named(self.join.0, self.join.1),
            columns: &key.columns,
            target: self.tables.named(spot, &key.target),
            target_columns: &key.target_columns,
        }
    }
}
