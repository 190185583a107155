//! References between databases: the manifest's, seen from both ends.

use std::collections::BTreeMap;

use heck::ToUpperCamelCase;

use super::{
    connections::duration,
    data::{Direction, References, Relation, RelationShape, TableModel},
    docs,
    find::{Finder, FoundColumn},
    key_type::KeyType,
    keys::{Uncomparable, key_type, reader},
    names::{GivenName, report},
    naming::{Link, Request},
    spots::named_beside,
    target::no_key,
};
use crate::{
    diagnostics::{Diagnostic, Diagnostics, REFERENCE_COMPARED, REFERENCE_TYPE},
    manifest::{self, Spanned},
};

/// The constants that the manifest's references add, model by model. Reports references that are wrong.
pub(super) fn build(finder: &Finder<'_>, diagnostics: &mut Diagnostics) -> Vec<References> {
    let references: Vec<Ends<'_>> =
        finder.manifest.references.iter().filter_map(|of| Ends::find(finder, of, diagnostics)).collect();
    let mut seen: BTreeMap<String, Seen<'_>> = BTreeMap::new();
    for ends in &references {
        for (end, direction) in [(&ends.from, Direction::Forward), (&ends.to, Direction::Backward)] {
            let of_model = seen.entry(end.path()).or_insert_with(|| (end.table, Vec::new()));
            of_model.1.push((ends, direction));
        }
    }
    let mut all: Vec<References> =
        seen.into_iter().map(|(path, (table, ends))| of_model(path, table, &ends, diagnostics)).collect();
    tell_apart(&mut all);
    all
}

/// Adds the database's name to the names of traits for models of the same name in two databases, as all traits are in
/// one module.
fn tell_apart(all: &mut [References]) {
    let names: Vec<String> = all.iter().map(|of_model| of_model.name.clone()).collect();
    for of_model in all {
        if names.iter().filter(|name| **name == of_model.name).count() > 1 {
            let mut modules = of_model.path.split("::").filter(|part| !matches!(*part, "super" | "crate"));
            let database = modules.next().unwrap_or_default();
            of_model.name = format!("{}{}", database.to_upper_camel_case(), of_model.name);
        }
    }
}

/// A model and the references that it is an end of, with the direction they have from there.
type Seen<'a> = (&'a TableModel, Vec<(&'a Ends<'a>, Direction)>);

/// The references of one model, whose columns and relations have their names already.
fn of_model(
    path: String,
    table: &TableModel,
    ends: &[(&Ends<'_>, Direction)],
    diagnostics: &mut Diagnostics,
) -> References {
    let columns = table.columns.iter().map(|column| &column.constant);
    let relations = table.relations.iter().map(|relation| &relation.constant);
    let through = table.many_to_many.iter().map(|relation| &relation.constant);
    let requests = ends.iter().map(|(ends, direction)| ends.request(*direction));
    let names = named_beside(columns.chain(relations).chain(through), requests);
    let mut references = Vec::with_capacity(ends.len());
    for (name, (ends, direction)) in names.zip(ends) {
        let given = match direction {
            Direction::Forward => ends.reference.name.as_ref(),
            Direction::Backward => ends.reference.reverse.as_ref(),
        };
        if let Some(given) = given {
            let given = Some(GivenName::beside(given, table));
            let what = format!("the reference of `{}`", table.qname);
            report(&what, "references: [{ …, name: …, reverse: … }]", &name, given, &[], None, diagnostics);
        }
        references.push(ends.relation(*direction, name.rust));
    }
    References { path, name: table.name.clone(), references }
}

/// The type in which IDs are compared. Reports a target that is no key, and types that cannot be compared.
fn key(
    reference: &manifest::Reference,
    from: &FoundColumn<'_>,
    to: &FoundColumn<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<KeyType> {
    let is_key = to.is_unique();
    if !is_key {
        let columns = std::slice::from_ref(&to.column.sql_name);
        let no_key = no_key(to.sql, &to.table.qname.name, columns);
        diagnostics.push(no_key.at(reference.to.place.clone()));
    }
    if from.ty().ends_with("[]") || to.ty().ends_with("[]") {
        diagnostics.push(
            Diagnostic::error(
                REFERENCE_TYPE,
                "an array of IDs cannot be a reference: each row refers to one row",
            )
            .at(reference.from.place.clone())
            .help("store the IDs in a table of their own, a row each, or load them with `find_many`"),
        );
        return None;
    }
    let (why, remedy) = match key_type(&[from.column], &[to.column]) {
        // Each database has types of its own: two of the same name are different.
        Ok(key) if !key.is_of_database() => {
            if !compare_alike(from, to) {
                diagnostics.push(compared_differently(reference, from, to));
            }
            return is_key.then(|| key.without_import());
        }
        Ok(_) => (
            "each database has enums and composites of its own".to_owned(),
            "override both with one Rust type under `types:`",
        ),
        Err(Uncomparable::Different(why) | Uncomparable::NoKey(why)) => {
            (why, "give both one type that can be compared for equality")
        }
        Err(Uncomparable::LeftOut) => return None,
    };
    let help = format!("`{}` is `{}`, `{}` is `{}`: {remedy}", from.title(), from.ty(), to.title(), to.ty());
    diagnostics.push(
        Diagnostic::error(
            REFERENCE_TYPE,
            format!("the two columns of a reference cannot be compared: {why}"),
        )
        .at(reference.from.place.clone())
        .help(help),
    );
    None
}

/// Whether two texts that are equal for one column's database are so for the other's. Two collations of the schemas' own
/// may be the same in both.
fn compare_alike(from: &FoundColumn<'_>, to: &FoundColumn<'_>) -> bool {
    let ignores = |of: &FoundColumn<'_>| {
        // The collation is a Rust literal. All collations that the server brings are deterministic.
        let is_of_schema = |collation: &String| !collation.starts_with("\"pg_catalog.");
        of.ty().ends_with(".citext") || of.column.collation.as_ref().is_some_and(is_of_schema)
    };
    ignores(from) == ignores(to)
}

fn compared_differently(
    reference: &manifest::Reference,
    from: &FoundColumn<'_>,
    to: &FoundColumn<'_>,
) -> Diagnostic {
    let message = "a row may be found from one end of this reference and not from the other: its columns compare differently";
    Diagnostic::warning(REFERENCE_COMPARED, message).at(reference.from.place.clone()).help(format!(
        "give `{}` (`{}`) and `{}` (`{}`) the same type, or the same collation",
        from.title(),
        from.ty(),
        to.title(),
        to.ty()
    ))
}

/// A reference of the manifest and the columns at its ends.
struct Ends<'a> {
    reference: &'a manifest::Reference,
    from: FoundColumn<'a>,
    to: FoundColumn<'a>,
    key: KeyType,
}

impl<'a> Ends<'a> {
    /// The ends of a reference. Reports columns that do not exist, and ends that [`key`] refuses.
    fn find(
        finder: &Finder<'a>,
        reference: &'a manifest::Reference,
        diagnostics: &mut Diagnostics,
    ) -> Option<Self> {
        let from = finder.column(&reference.from.value, &reference.from.place, diagnostics);
        let to = finder.column(&reference.to.value, &reference.to.place, diagnostics);
        let (from, to) = (from?, to?);
        let key = key(reference, &from, &to, diagnostics)?;
        Some(Self { reference, from, to, key })
    }

    /// The request for its constant's name.
    fn request(&self, direction: Direction) -> Request {
        let link = Link {
            constraint: "",
            child: self.from.named(),
            columns: std::slice::from_ref(&self.from.column.sql_name),
            target: self.to.named(),
            target_columns: std::slice::from_ref(&self.to.column.sql_name),
        };
        let text = |name: &'a Option<Spanned<String>>| name.as_ref().map(|name| name.value.as_str());
        match direction {
            Direction::Forward => Request::relation(&link).named(text(&self.reference.name)),
            Direction::Backward => {
                Request::reverse(&link, self.from.is_unique_when_read()).named(text(&self.reference.reverse))
            }
        }
    }

    fn relation(&self, direction: Direction, constant: String) -> Relation {
        let (here, there, shape) = match direction {
            Direction::Forward => (&self.from, &self.to, RelationShape::Reference),
            Direction::Backward if self.from.is_unique_when_read() => {
                (&self.to, &self.from, RelationShape::ToOptional)
            }
            Direction::Backward => (&self.to, &self.from, RelationShape::ToMany),
        };
        let cache = self.reference.cache.filter(|_| direction == Direction::Forward);
        let rows = docs::rows(shape, &there.table.qname.name, Some(&there.database.alias));
        let [own, theirs] = [here, there].map(|end| std::slice::from_ref(&end.column.sql_name));
        Relation {
            constant,
            shape,
            direction,
            target: there.path(),
            key: self.key.clone(),
            columns: vec![here.column.constant.clone()],
            target_columns: vec![there.column.constant.clone()],
            forward: None,
            by_key: false,
            from: reader(&self.key, &[here.column]),
            to: reader(&self.key, &[there.column]),
            cache: cache.map(|cache| settings(&cache)),
            docs: docs::matching(&rows, theirs, &here.table.name, own),
            foreign_key: None,
        }
    }
}

fn settings(cache: &manifest::Cache) -> String {
    let time = duration(cache.time_to_live);
    format!("ormgen_runtime::generated::CacheSettings::new({}, std::time::{time})", cache.capacity)
}
