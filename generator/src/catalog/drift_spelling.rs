//! Removes differences in spelling alone: asks the live server how it would write our text.

use std::collections::BTreeMap;

use ormgen_config::ConnectionConfig;

use super::{
    Catalog, QName, Table, TypeKind,
    drift::{Difference, SEPARATOR},
    live::{CatalogExpression, spell, unwrapped},
};

/// Removes the differences in which the server would write our text like its own. The rest are true differences. An
/// error, in words, if the server could not be asked: then no difference is removed.
pub fn without_spellings(
    connection: &ConnectionConfig,
    search_path: &[String],
    old: &Catalog,
    new: &Catalog,
    differences: Vec<Difference>,
) -> Result<Vec<Difference>, (String, Vec<Difference>)> {
    let asked: BTreeMap<usize, (CatalogExpression, String)> = differences
        .iter()
        .enumerate()
        .filter_map(|(at, difference)| Some((at, question(old, new, difference)?)))
        .collect();
    if asked.is_empty() {
        return Ok(differences);
    }
    let expressions: Vec<CatalogExpression> =
        asked.values().map(|(expression, _)| expression.clone()).collect();
    let spelled = match spell(connection, search_path, &expressions) {
        Ok(spelled) => spelled,
        Err(why) => return Err((why, differences)),
    };
    let answers: BTreeMap<usize, Option<String>> = asked.keys().copied().zip(spelled).collect();
    let is_same = |at: usize| {
        let (Some((_, live)), Some(Some(ours))) = (asked.get(&at), answers.get(&at)) else { return false };
        ours == live || unwrapped(ours) == live || unwrapped_each(ours) == *live
    };
    Ok(differences
        .into_iter()
        .enumerate()
        .filter(|(at, _)| !is_same(*at))
        .map(|(_, difference)| difference)
        .collect())
}

/// Several expressions of an index, each without parentheses around all of it.
fn unwrapped_each(texts: &str) -> String {
    texts.split(SEPARATOR).map(unwrapped).collect::<Vec<_>>().join(SEPARATOR)
}

/// The expression to ask the server about for a difference, and the server's own text.
fn question(old: &Catalog, new: &Catalog, difference: &Difference) -> Option<(CatalogExpression, String)> {
    let field = difference.field?;
    let part = difference.part.as_ref();
    match difference.object {
        "table" | "view" => {
            let (name, ours) = named(&old.tables, &difference.name)?;
            let theirs = new.tables.get(name)?;
            of_table(name, ours, theirs, (part?.kind, &part?.name), field)
        }
        "type" => {
            let (name, ours) = named(&old.types, &difference.name)?;
            let (
                TypeKind::Domain { base, default, checks, .. },
                TypeKind::Domain { default: live, checks: live_checks, .. },
            ) = (&ours.kind, &new.types.get(name)?.kind)
            else {
                return None;
            };
            let (domain, base) = (name.clone(), base.clone());
            match (field, part) {
                ("default", None) => Some((
                    CatalogExpression::DomainDefault { domain, base, text: default.clone()? },
                    live.clone()?,
                )),
                ("expression", Some(part)) => {
                    let text = checks.iter().find(|check| check.name == part.name)?.expression.clone();
                    let live = live_checks.iter().find(|check| check.name == part.name)?.expression.clone();
                    Some((CatalogExpression::DomainCheck { domain, base, text }, live))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

fn of_table(
    name: &QName,
    ours: &Table,
    theirs: &Table,
    (kind, part): (&str, &str),
    field: &str,
) -> Option<(CatalogExpression, String)> {
    let table = name.clone();
    match (kind, field) {
        ("column", "default") => {
            let text = ours.column(part)?.default.clone()?;
            let live = theirs.column(part)?.default.clone()?;
            Some((CatalogExpression::Default { table, column: part.to_owned(), text }, live))
        }
        ("column", "generated") => {
            let column = ours.column(part)?.clone();
            let text = column.generated.as_ref()?.expression.clone();
            let live = theirs.column(part)?.generated.as_ref()?.expression.clone();
            Some((CatalogExpression::Generated { table, column, text }, live))
        }
        ("check", "expression") => {
            let text = ours.checks.iter().find(|check| check.name == part)?.expression.clone();
            let live = theirs.checks.iter().find(|check| check.name == part)?.expression.clone();
            Some((CatalogExpression::Check { table, text }, live))
        }
        ("index", "expressions" | "predicate") => {
            let ours = ours.indexes.iter().find(|index| index.name == part)?;
            let theirs = theirs.indexes.iter().find(|index| index.name == part)?;
            if field == "predicate" {
                let text = ours.predicate.clone()?;
                return Some((CatalogExpression::Check { table, text }, theirs.predicate.clone()?));
            }
            let texts = ours.expressions.clone();
            Some((CatalogExpression::Index { table, texts }, theirs.expressions.join(SEPARATOR)))
        }
        ("exclusion", "expression") => {
            let text = ours.exclusions.iter().find(|check| check.name == part)?.expression.clone();
            let live = theirs.exclusions.iter().find(|check| check.name == part)?.expression.clone();
            Some((CatalogExpression::Exclusion { table, text }, live))
        }
        _ => None,
    }
}

fn named<'c, T>(objects: &'c BTreeMap<QName, T>, name: &str) -> Option<(&'c QName, &'c T)> {
    objects.iter().find(|(known, _)| known.to_string() == name)
}
