//! Relations through join tables.
//!
//! A join table links pairs of rows, each pair once:
//! * it has exactly two foreign keys, which refer to columns that are never NULL; a relation of the manifest stands for a
//!   key that the schema lacks;
//! * its primary key, or a unique key that is checked at once, consists of exactly their columns.
//!
//! Where the keys share no column and each other column fills itself (it has a default, is generated, or may be NULL), a
//! link is the two keys, and the relation adds and removes links. Otherwise the relation only reads.
//!
//! Both keys may refer to one table. The models keep their relations to the join table itself.

use std::collections::{BTreeSet, HashMap};

use super::{
    data::{Database, Direction, ManyToMany, Relation},
    docs,
    naming::{Link, Request},
    own_relations::OwnRelation,
    renames,
    spots::{Models, Spot, model_mut, spots},
    unsupported::is_required,
};
use crate::{
    catalog::{Catalog, Column, ForeignKey, Loaded, QName, Table},
    manifest,
};

/// Adds to each model the relations through join tables, once the models' own relations have their names.
pub(super) fn add(
    database: &mut Database,
    apps: &[&manifest::App],
    loaded: &Loaded,
    own: &[OwnRelation<'_>],
) {
    let models = Models { database, apps };
    let spots = spots(database);
    let mut seen: HashMap<Spot, Vec<JoinTable<'_>>> = HashMap::new();
    for (name, table) in &loaded.catalog.tables {
        let (Some(join), Some([one, other])) = (spots.get(name), keys(name, table, own)) else { continue };
        let is_written = is_written(&loaded.catalog, table, [one, other]);
        for (near, far) in [(one, other), (other, one)] {
            let (Some(from), Some(to)) = (spots.get(&near.target), spots.get(&far.target)) else { continue };
            let through = JoinTable::new(models, (*join, name), is_written, (*from, near), (*to, far));
            seen.entry(*from).or_default().extend(through);
        }
    }
    let relations: Vec<(Spot, Vec<ManyToMany>)> =
        seen.into_iter().map(|(spot, through)| (spot, of_model(models, spot, &through))).collect();
    for (spot, relations) in relations {
        if let Some(model) = model_mut(database, spot) {
            model.many_to_many = relations;
        }
    }
}

/// The relations through join tables of the model at `spot`, by name. Those whose links are only read are named last, so
/// that such a table takes no name from one that holds nothing but links.
fn of_model(models: Models<'_>, spot: Spot, through: &[JoinTable<'_>]) -> Vec<ManyToMany> {
    let Some(model) = models.get(spot) else { return Vec::new() };
    let mut relations: Vec<ManyToMany> = Vec::new();
    for is_written in [true, false] {
        let through: Vec<_> = through.iter().filter(|join| join.is_written == is_written).collect();
        let columns = model.columns.iter().map(|column| &column.constant);
        let constants = columns.chain(model.relations.iter().map(|relation| &relation.constant));
        let constants = constants.chain(relations.iter().map(|relation| &relation.constant));
        let requests = through.iter().map(|join| join.request()).collect();
        let names = renames::names(models.app(spot), model, constants, requests);
        let named: Vec<_> = through.iter().zip(names).map(|(join, name)| join.relation(name.rust)).collect();
        relations.extend(named);
    }
    relations.sort_by(|a, b| a.constant.cmp(&b.constant));
    relations
}

/// The two foreign keys of a join table; where the schema lacks them, relations of the manifest stand for them.
fn keys<'a>(name: &QName, table: &'a Table, own: &'a [OwnRelation<'_>]) -> Option<[&'a ForeignKey; 2]> {
    let of_manifest = own.iter().filter(|own| own.child == name).map(|own| &own.key);
    let mut keys: Vec<&ForeignKey> = table.foreign_keys.iter().collect();
    if keys.len() < 2 {
        keys.extend(of_manifest);
    }
    let [one, other] = keys.as_slice() else { return None };
    if one.period || other.period {
        return None;
    }
    let columns: BTreeSet<&String> = one.columns.iter().chain(&other.columns).collect();
    is_key(table, &columns).then_some([*one, *other])
}

/// Whether a link is nothing but two keys that are given: the keys share no column, a tenant's, say, and no other column
/// needs a value.
fn is_written(catalog: &Catalog, table: &Table, keys: [&ForeignKey; 2]) -> bool {
    let [one, other] = keys;
    !one.columns.iter().any(|column| other.columns.contains(column)) && is_filled_by(catalog, table, keys)
}

/// Whether a row of the table needs no values but those of the two keys.
fn is_filled_by(catalog: &Catalog, table: &Table, keys: [&ForeignKey; 2]) -> bool {
    let is_given = |column: &Column| keys.iter().any(|key| key.columns.contains(&column.name));
    table.columns.iter().all(|column| is_given(column) || !is_required(catalog, column))
}

/// Whether a key consists of exactly these columns, so that inserting a link that already exists conflicts with it.
fn is_key(table: &Table, columns: &BTreeSet<&String>) -> bool {
    let keys = table.primary_key.iter().chain(&table.uniques);
    let mut keys = keys.filter(|key| !key.deferrable).map(|key| key.columns.iter().collect::<BTreeSet<_>>());
    let indexes = table.indexes.iter().filter(|index| index.unique && !index.partial);
    let mut indexes =
        indexes.filter_map(|index| index.columns.iter().map(Option::as_ref).collect::<Option<BTreeSet<_>>>());
    keys.any(|key| key == *columns) || indexes.any(|index| index == *columns)
}

/// A join table, seen from one of its ends.
struct JoinTable<'a> {
    models: Models<'a>,
    join: (Spot, &'a QName),
    /// Whether a link is nothing but the two keys.
    is_written: bool,
    near: (Spot, &'a ForeignKey),
    far: (Spot, &'a ForeignKey),
    /// The relation of this end's model to the join table.
    to_join: &'a Relation,
    /// The relation of the join table to the other end's model.
    to_far: &'a Relation,
}

impl<'a> JoinTable<'a> {
    /// None if a key gives no relation, or one of its columns may be NULL.
    fn new(
        models: Models<'a>,
        join: (Spot, &'a QName),
        is_written: bool,
        near: (Spot, &'a ForeignKey),
        far: (Spot, &'a ForeignKey),
    ) -> Option<Self> {
        let is_sure = |(spot, key): (Spot, &ForeignKey)| {
            let columns = models.columns(spot, &key.target_columns);
            columns.is_ok_and(|columns| columns.iter().all(|column| !column.nullable))
        };
        if !(is_sure(near) && is_sure(far)) {
            return None;
        }
        let relation = |spot, key: &ForeignKey, direction| {
            models.get(spot)?.relations.iter().find(|relation| {
                let of = relation.foreign_key.as_ref();
                of.is_some_and(|(table, name)| (table, name) == (join.1, &key.name))
                    && relation.direction == direction
            })
        };
        let to_join = relation(near.0, near.1, Direction::Backward)?;
        let to_far = relation(join.0, far.1, Direction::Forward)?;
        Some(Self { models, join, is_written, near, far, to_join, to_far })
    }

    fn relation(&self, constant: String) -> ManyToMany {
        let (from, key) = (self.near.0, self.far.1);
        let columns = if key.columns.len() == 1 { "column" } else { "columns" };
        let join = docs::code(&self.join.1.name);
        ManyToMany {
            constant,
            target: self.models.path(from, self.far.0),
            key: self.to_join.key.clone(),
            target_key: self.is_written.then(|| self.to_far.key.clone()),
            near: self.to_join.constant.clone(),
            join: self.models.path(from, self.join.0),
            far: self.to_far.constant.clone(),
            docs: format!(
                "The `{}` that `{}` links to this {}, by its {columns} `{}`.",
                docs::code(&key.target.name),
                join,
                docs::noun(self.models.name(from)),
                docs::code(&key.columns.join(", ")),
            ) + &match self.is_written {
                true => String::new(),
                false => format!(" Links are inserted and deleted as rows of `{join}`."),
            },
        }
    }

    fn request(&self) -> Request {
        let link = |(spot, key)| self.link(spot, key);
        Request::through(&link(self.near), &link(self.far))
    }

    fn link<'n>(&'n self, spot: Spot, key: &'n ForeignKey) -> Link<'n> {
        Link {
            constraint: &key.name,
            child: self.models.named(self.join.0, self.join.1),
            columns: &key.columns,
            target: self.models.named(spot, &key.target),
            target_columns: &key.target_columns,
        }
    }
}
