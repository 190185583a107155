//! References between databases: the manifest's, seen from both ends.

use std::collections::BTreeMap;

use super::{
    References, Relation, Table,
    connections::duration,
    find::{Finder, Found},
    naming::{Link, Request},
    relations::{KeyType, Uncomparable, Wanted as NamedRelation, named_beside},
    tables::report,
};
use crate::{
    diagnostics::{Diagnostic, Diagnostics, REFERENCE_TARGET, REFERENCE_TYPE},
    manifest::{self, Spanned},
};

/// What the manifest's references add to models, model by model. Reports those that do not hold.
pub(super) fn build(finder: &Finder<'_>, diagnostics: &mut Diagnostics) -> Vec<References> {
    let mut wanted: BTreeMap<String, Wanted<'_>> = BTreeMap::new();
    for reference in &finder.manifest.references {
        let from = finder.column(&reference.from.value, &reference.from.place, diagnostics);
        let to = finder.column(&reference.to.value, &reference.to.place, diagnostics);
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
    fn new(end: &Found<'a>) -> Self {
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
        let through = self.table.many_to_many.iter().map(|relation| &relation.constant);
        let names = named_beside(columns.chain(relations).chain(through), self.requests);
        let references = names.zip(self.references).map(|(name, (relation, given))| {
            if given.is_some() {
                let what = format!("the reference of `{}`", self.table.qname);
                report(&what, "references: [{ …, name: … }]", &name, given, &[], None, diagnostics);
            }
            Relation { constant: name.rust, ..relation }
        });
        References { path, name: self.table.name.clone(), references: references.collect() }
    }
}

/// The type that IDs are compared as. Reports a target that is no key, and types that do not fit.
fn key(
    reference: &manifest::Reference,
    from: &Found<'_>,
    to: &Found<'_>,
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
    let (why, remedy) = match KeyType::of(&[from.column], &[to.column]) {
        // Each database has types of its own: two of the same name are different.
        Ok(key) if !key.rust.contains("super::") => return is_key.then_some(key),
        Ok(_) => (
            "each database has enums and composites of its own".to_owned(),
            "override both with one Rust type under `types:`",
        ),
        Err(Uncomparable::Types(why)) => (why, "give both one type that can be compared for equality"),
        Err(Uncomparable::Left) => return None,
    };
    let help = format!("`{}` is `{}`, `{}` is `{}`: {remedy}", from.title(), from.ty(), to.title(), to.ty());
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
    from: &Found<'_>,
    to: &Found<'_>,
    key: &KeyType,
) -> (NamedRelation, NamedRelation) {
    let link = Link {
        constraint: "",
        child: from.named(),
        columns: std::slice::from_ref(&from.column.sql_name),
        target: to.named(),
        target_columns: std::slice::from_ref(&to.column.sql_name),
    };
    let one = |shape, to: &Found<'_>, from: &Found<'_>, docs| Relation {
        constant: String::new(),
        shape,
        target: to.path(),
        key: key.rust.clone(),
        columns: vec![from.column.constant.clone()],
        target_columns: vec![to.column.constant.clone()],
        from: key.read(&[from.column]),
        to: key.read(&[to.column]),
        cache: None,
        docs,
        foreign_key: None,
        order: 0,
    };
    let mut forward = one(
        "Reference",
        to,
        from,
        format!(
            "The `{}` that `{}` means, from the database `{}`.",
            to.title(),
            from.title(),
            to.database.alias
        ),
    );
    forward.cache = reference.cache.map(|cache| settings(&cache));
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

fn settings(cache: &manifest::Cache) -> String {
    let time = duration(cache.time_to_live);
    format!("ormgen_runtime::generated::CacheSettings::new({}, std::time::{time})", cache.capacity)
}
