//! Relations from foreign keys, seen from both ends.

use std::collections::{BTreeMap, HashMap};

use super::{
    apps, columns,
    data::{ColumnModel, Database, Direction, Relation, RelationShape, TableModel},
    docs,
    key_type::KeyType,
    keys::{Uncomparable, key_type, reader},
    names::{GivenName, report},
    naming::{Link, Named, Request},
    own_relations::{self, OwnRelation},
    renames,
    spots::{Models, Spot, is_unique, is_unique_when_read, model_mut, named_beside, spots},
    target::{no_key, of_whole_key},
};
use crate::{
    catalog::{ForeignKey, Loaded, Object, QName, Table, meant},
    diagnostics::{
        CROSS_DATABASE_FOREIGN_KEY, DANGLING_FOREIGN_KEY, Diagnostic, Diagnostics, REFERENCE_TARGET,
        REFERENCE_TYPE, RELATION_TYPE, UNKNOWN_COLUMN, UNKNOWN_TABLE,
    },
    manifest::{self, RelationSettings, Spanned},
};

/// Adds to each model the relations of its foreign keys and those of the manifest, which it returns. A key to a table
/// without a model adds none.
pub(super) fn add<'a>(
    database: &mut Database,
    apps: &[&'a manifest::App],
    loaded: &'a Loaded,
    others: &[(&str, &Loaded)],
    diagnostics: &mut Diagnostics,
) -> Vec<OwnRelation<'a>> {
    let models = Models { database, apps };
    let own = own_relations::of(apps, loaded, diagnostics);
    let mut keys = keys(models, loaded, others, diagnostics);
    keys.extend(own.iter().filter_map(|own| own_key(models, own, loaded, diagnostics)));
    let mut seen: BTreeMap<Spot, Vec<Side>> = BTreeMap::new();
    for (at, key) in keys.iter().enumerate() {
        seen.entry(key.child.spot).or_default().push((at, Direction::Forward));
        seen.entry(key.parent.spot).or_default().push((at, Direction::Backward));
    }
    let names: HashMap<Side, String> =
        seen.iter().flat_map(|(spot, sides)| names(models, *spot, sides, &keys, diagnostics)).collect();
    let relations: Vec<(Spot, Vec<Relation>)> =
        seen.iter().map(|(spot, sides)| (*spot, of_model(models, sides, &keys, &names))).collect();
    for (spot, relations) in relations {
        if let Some(model) = model_mut(database, spot) {
            model.relations = relations;
        }
    }
    own
}

/// A relation of the manifest. Reports an end that is no model or has no such field, and columns that cannot be compared.
fn own_key<'a>(
    models: Models<'a>,
    own: &'a OwnRelation<'a>,
    loaded: &Loaded,
    diagnostics: &mut Diagnostics,
) -> Option<ModelKey<'a>> {
    let spots = spots(models.database);
    let ends = [(own.child, &own.settings.from), (&own.key.target, &own.settings.to)];
    diagnostics.extend(ends.iter().filter_map(|(table, end)| without_field(models, loaded, table, end)));
    let (child, parent) = (*spots.get(own.child)?, *spots.get(&own.key.target)?);
    let table = loaded.catalog.tables.get(own.child)?;
    let is_unique = own.is_key || is_unique_when_read(&loaded.catalog, own.child, table, &own.key.columns);
    match ModelKey::new(models, &own.key, (child, own.child), parent, is_unique) {
        Ok(key) => Some(ModelKey { settings: Some(own.settings), ..key }),
        Err(uncomparable) => {
            let (why, help) = uncomparable.told()?;
            let message = format!("the two ends of a relation cannot be compared: {why}");
            diagnostics.push(
                Diagnostic::error(REFERENCE_TYPE, message).at(own.settings.from.place.clone()).help(help),
            );
            None
        }
    }
}

/// The diagnostic for an end of a relation that the manifest leaves out.
fn without_field(
    models: Models<'_>,
    loaded: &Loaded,
    table: &QName,
    end: &Spanned<(String, Vec<String>)>,
) -> Option<Diagnostic> {
    let diagnostic = if !spots(models.database).contains_key(table) {
        let sql = loaded.catalog.tables.get(table);
        match sql.and_then(|sql| apps::why_left_out(sql, models.apps)) {
            Some(why) => Diagnostic::error(UNKNOWN_TABLE, format!("`{table}` has no model")).help(why),
            None => {
                let message = format!("`{table}` has no model, as no app's `models` names it");
                let help = "add it to `models`, or remove this relation";
                Diagnostic::error(UNKNOWN_TABLE, message).help(help)
            }
        }
    } else {
        let is_skipped = |column: &&String| {
            let settings = models.apps.iter().flat_map(|app| &app.tables);
            let mut settings = settings.filter(|settings| apps::names(&settings.table.value, table));
            settings.any(|settings| columns::of_column(settings, column).is_some_and(|column| column.skip))
        };
        let column = end.value.1.iter().find(is_skipped)?;
        let message = format!("the column `{column}` of `{table}` is left out by `skip: true`");
        Diagnostic::error(UNKNOWN_COLUMN, message).help("remove `skip: true`, or this relation")
    };
    Some(diagnostic.at(end.place.clone()))
}

/// The foreign keys between models. Reports keys that are wrong, and keys that give no relation.
fn keys<'a>(
    models: Models<'a>,
    loaded: &'a Loaded,
    others: &[(&str, &Loaded)],
    diagnostics: &mut Diagnostics,
) -> Vec<ModelKey<'a>> {
    let spots = spots(models.database);
    let mut keys = Vec::new();
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
            let is_unique = is_unique_when_read(&loaded.catalog, name, table, &key.columns);
            match ModelKey::new(models, key, (*child, name), *parent, is_unique) {
                Ok(key) => keys.push(key),
                Err(uncomparable) => diagnostics.extend(uncomparable.told().map(|(why, help)| {
                    Diagnostic::warning(
                        RELATION_TYPE,
                        format!("the foreign key `{}` of `{name}` gives no relation: {why}", key.name),
                    )
                    .at(loaded.places.get(&Object::Constraint(name.clone(), key.name.clone())).cloned())
                    .help(help)
                })),
            }
        }
    }
    keys
}

/// The diagnostic for a key with `PERIOD`, which does not mean that columns are equal.
fn temporal(name: &QName, key: &ForeignKey, loaded: &Loaded) -> Diagnostic {
    let message = format!(
        "the foreign key `{}` of `{name}` gives no relation: its `PERIOD` is covered by rows of `{}`, not equal to one",
        key.name, key.target
    );
    Diagnostic::warning(RELATION_TYPE, message)
        .at(loaded.places.get(&Object::Constraint(name.clone(), key.name.clone())).cloned())
        .help("write the join in SQL, with `&&` or `@>` between the ranges")
}

/// The place of a key in the list of all, and from which of its ends it is seen.
type Side = (usize, Direction);

/// The constants' names of the relations of the model at `spot`. Reports names of the manifest's that are taken.
fn names(
    models: Models<'_>,
    spot: Spot,
    sides: &[Side],
    keys: &[ModelKey<'_>],
    diagnostics: &mut Diagnostics,
) -> Vec<(Side, String)> {
    let Some(model) = models.get(spot) else { return Vec::new() };
    let columns = model.columns.iter().map(|column| &column.constant);
    let requests = sides.iter().filter_map(|(at, direction)| Some(keys.get(*at)?.request(*direction)));
    let names = renames::names(models.app(spot), model, columns.clone(), requests.collect());
    let bare = sides.iter().filter_map(|(at, direction)| Some(keys.get(*at)?.bare_request(*direction)));
    let given = sides.iter().map(|(at, direction)| keys.get(*at).and_then(|key| key.given(*direction)));
    let given: Vec<_> = given.zip(&names).collect();
    diagnostics
        .extend(renames::moved(models.app(spot), model, &given, || named_beside(columns, bare).collect()));
    for ((at, direction), name) in sides.iter().zip(&names) {
        let given = keys.get(*at).and_then(|key| key.given(*direction));
        let what = format!("the relation of `{}`", model.qname);
        let settings = keys.get(*at).and_then(|key| key.settings);
        let path = match settings {
            Some(_) => "relations: [{ …, name: …, reverse: … }]".to_owned(),
            None => format!("tables: {{ {}: {{ relations: {{ {}: … }} }} }}", model.qname.name, name.rust),
        };
        if given.is_some() || name.has_hash {
            let place = settings.map(|settings| &settings.from.place);
            let given = given.map(|given| GivenName::beside(given, model));
            report(&what, &path, name, given, &[], place, diagnostics);
        }
    }
    sides.iter().copied().zip(names.into_iter().map(|name| name.rust)).collect()
}

/// The relations of a model: forward, then backward, by name.
fn of_model(
    models: Models<'_>,
    sides: &[Side],
    keys: &[ModelKey<'_>],
    names: &HashMap<Side, String>,
) -> Vec<Relation> {
    let relation = |&(at, direction): &Side| {
        let constant = |direction| names.get(&(at, direction)).cloned();
        let mut relation = keys.get(at)?.relation(models, direction, constant(direction)?);
        relation.forward = constant(Direction::Forward).filter(|_| direction == Direction::Backward);
        Some(relation)
    };
    let mut relations: Vec<Relation> = sides.iter().filter_map(relation).collect();
    relations.sort_by(|a, b| (a.direction, &a.constant).cmp(&(b.direction, &b.constant)));
    relations
}

/// Whether a foreign key refers to an existing table and columns of its own database. Reports the key if not.
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
                format!("`{name}.{columns}` has a foreign key to `{}`, which is a table of the database `{alias}`", key.target),
            )
            .at(place)
            .help("drop the constraint, and declare a reference in the manifest: `references: [{ from: …, to: … }]`"),
            None => Diagnostic::error(
                DANGLING_FOREIGN_KEY,
                format!("`{name}.{columns}` has a foreign key to `{}`, which no statement creates", key.target),
            )
            .at(place)
            .help(match meant(&key.target.name, loaded.catalog.tables.keys()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "add the file that creates it to `schema:`".to_owned(),
            }),
        });
        return false;
    };
    let missing = key.target_columns.iter().find(|column| target.column(column).is_none());
    let is_reported = loaded.reported.contains(&Object::Constraint(name.clone(), key.name.clone()));
    if let Some(column) = missing.filter(|_| !is_reported) {
        let message = format!(
            "the foreign key `{}` of `{name}` refers to the column `{}.{column}`, which does not exist",
            key.name, key.target
        );
        diagnostics.push(
            Diagnostic::error(DANGLING_FOREIGN_KEY, message).at(place).help("name a column of that table"),
        );
        return false;
    }
    let is_key = missing.is_some() || key.period || is_unique(target, &key.target_columns);
    if !is_key && !is_reported {
        diagnostics.push(not_a_key(key, target).at(place));
    }
    missing.is_none() && is_key
}

/// The diagnostic for a foreign key to columns that are not a key, which the server refuses.
fn not_a_key(key: &ForeignKey, target: &Table) -> Diagnostic {
    let name = &key.target.name;
    if !key.target_columns.is_empty() {
        return of_whole_key(no_key(target, name, &key.target_columns), target, &key.target_columns);
    }
    let message =
        format!("the foreign key `{}` refers to the primary key of `{name}`, which has none", key.name);
    Diagnostic::error(REFERENCE_TARGET, message)
        .help(format!("give `{name}` a primary key, or name a unique column: `REFERENCES {name} (…)`"))
}

/// One end of a foreign key.
struct End<'a> {
    spot: Spot,
    name: &'a QName,
    named: Named<'a>,
    columns: Vec<&'a ColumnModel>,
}

impl<'a> End<'a> {
    fn new(
        models: Models<'a>,
        spot: Spot,
        name: &'a QName,
        columns: &[String],
    ) -> Result<Self, Uncomparable> {
        let columns = models.columns(spot, columns)?;
        Ok(Self { spot, name, named: models.named(spot, name), columns })
    }

    fn constants(&self) -> Vec<String> {
        self.columns.iter().map(|column| column.constant.clone()).collect()
    }
}

/// A foreign key from one model to another, whose columns can be compared.
struct ModelKey<'a> {
    key: &'a ForeignKey,
    child: End<'a>,
    parent: End<'a>,
    ty: KeyType,
    /// Whether at most one row of the child refers to a row of the parent.
    is_unique: bool,
    /// The manifest's settings, if the manifest defines this relation.
    settings: Option<&'a RelationSettings>,
}

impl<'a> ModelKey<'a> {
    fn new(
        models: Models<'a>,
        key: &'a ForeignKey,
        (child, child_name): (Spot, &'a QName),
        parent: Spot,
        is_unique: bool,
    ) -> Result<Self, Uncomparable> {
        let child = End::new(models, child, child_name, &key.columns)?;
        let parent = End::new(models, parent, &key.target, &key.target_columns)?;
        let ty = key_type(&child.columns, &parent.columns)?;
        Ok(Self { key, child, parent, ty, is_unique, settings: None })
    }

    /// The request for its constant's name.
    fn request(&self, direction: Direction) -> Request {
        self.bare_request(direction).named(self.given(direction).map(|name| name.value.as_str()))
    }

    /// The request for the name that its constant has where the manifest gives none.
    fn bare_request(&self, direction: Direction) -> Request {
        let link = Link {
            constraint: &self.key.name,
            child: self.child.named,
            columns: &self.key.columns,
            target: self.parent.named,
            target_columns: &self.key.target_columns,
        };
        match direction {
            Direction::Forward => Request::relation(&link),
            Direction::Backward => Request::reverse(&link, self.is_unique),
        }
    }

    /// The name that the manifest gives its constant.
    fn given(&self, direction: Direction) -> Option<&'a Spanned<String>> {
        let settings = self.settings?;
        match direction {
            Direction::Forward => settings.name.as_ref(),
            Direction::Backward => settings.reverse.as_ref(),
        }
    }

    fn relation(&self, models: Models<'_>, direction: Direction, constant: String) -> Relation {
        let (here, there) = match direction {
            Direction::Forward => (&self.child, &self.parent),
            Direction::Backward => (&self.parent, &self.child),
        };
        let (own, others) = match direction {
            Direction::Forward => (&self.key.columns, &self.key.target_columns),
            Direction::Backward => (&self.key.target_columns, &self.key.columns),
        };
        let shape = self.shape(direction);
        let (rows, model) = (docs::rows(shape, &there.name.name, None), models.name(here.spot));
        Relation {
            constant,
            shape,
            direction,
            target: models.path(here.spot, there.spot),
            key: self.ty.clone(),
            columns: here.constants(),
            target_columns: there.constants(),
            forward: None,
            by_key: is_key(models.get(there.spot), &there.columns, &self.ty),
            from: reader(&self.ty, &here.columns),
            to: reader(&self.ty, &there.columns),
            cache: None,
            docs: docs::matching(&rows, others, model, own),
            foreign_key: Some((self.child.name.clone(), self.key.name.clone())),
        }
    }

    fn shape(&self, direction: Direction) -> RelationShape {
        // If the server has not checked the key, the row that it refers to may not exist.
        let is_held = self.key.enforced && self.key.validated;
        match direction {
            Direction::Forward if !is_held || self.child.columns.iter().any(|column| column.nullable) => {
                RelationShape::ToOptional
            }
            Direction::Forward => RelationShape::ToOne,
            Direction::Backward if self.is_unique => RelationShape::ToOptional,
            Direction::Backward => RelationShape::ToMany,
        }
    }
}

/// Whether these columns are the model's primary key, of one column whose type is the relation's key type.
fn is_key(model: Option<&TableModel>, columns: &[&ColumnModel], ty: &KeyType) -> bool {
    let key = model.and_then(|model| model.key.as_ref()).map(|key| &key.columns[..]);
    match (key, columns, ty.elements()) {
        (Some([key]), [column], [ty]) => key.constant == column.constant && column.value == *ty,
        _ => false,
    }
}
