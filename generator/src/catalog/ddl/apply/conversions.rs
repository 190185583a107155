//! Applies `CREATE` and `DROP` of operators and casts. Neither is in the catalog, but the types of views' columns depend
//! on them, and the views themselves: a `CASCADE` that takes an operator takes the views that use it.
//!
//! Nothing is reported when one is made: an operator that is not understood is known by its name alone.

use super::super::{
    dependencies,
    dependents::{self, Drop},
    mentions::depend_on_function,
    objects::{Id, Kind},
    reader::Outcome,
    session::{DdlCast, DdlOperator, Session},
    split::Statement,
    syntax::conversions::{Cast, CreateCast, CreateOperator, DropCast, DropOperators, OperatorDefinition},
    types::{self, TypeName},
};
use crate::catalog::{QName, SqlType};

/// Applies `CREATE OPERATOR …`. What it gives is asked for where a view uses it.
pub(super) fn create_operator(session: &mut Session, written: CreateOperator) {
    let full = session.new_name(&written.name);
    let id = session.objects.create(Kind::Operator, &full);
    let operands = written.definition.map(|definition| define(session, id, &definition)).unwrap_or_default();
    session.operators.entry(written.name.name).or_default().push(DdlOperator { id, operands });
}

/// The operands; records what the operator needs.
fn define(session: &mut Session, id: Id, written: &OperatorDefinition) -> [Option<SqlType>; 2] {
    let operands = known_types(session, &written.operands);
    for ty in operands.iter().flatten() {
        dependencies::on_type(session, &id.whole(), ty);
    }
    if let Some(function) = &written.function {
        depend_on_function(session, &id.whole(), function, operands.iter().flatten().count());
    }
    operands
}

/// Applies `DROP OPERATOR …`.
pub(super) fn drop_operator(
    session: &mut Session,
    statement: &Statement,
    written: &DropOperators,
) -> Outcome {
    let mut originals = Vec::new();
    for (name, operands) in &written.operators {
        let operands = known_types(session, operands);
        // What the operands are of is compared where it is known on both sides.
        let same = |operator: &&DdlOperator| {
            let mut pairs = operator.operands.iter().zip(&operands);
            pairs.all(|(own, given)| own == given || operator.operands.iter().all(Option::is_none))
        };
        let found = session.operators.get(&name.name).into_iter().flatten().filter(same);
        originals.extend(found.map(|operator| operator.id.whole()));
    }
    let Some((first, _)) = written.operators.first() else { return Ok(()) };
    let drop = Drop { originals, what: &first.name, span: first.span.clone(), cascade: written.cascade };
    dependents::drop(session, statement, drop)
}

/// Applies `CREATE CAST …`, between types that are there.
pub(super) fn create_cast(session: &mut Session, written: &CreateCast) {
    let Some((source, target)) = source_and_target(session, &written.cast) else { return };
    let id = session.objects.create(Kind::Cast, &cast_name(&source, &target));
    for ty in [&source, &target] {
        dependencies::on_type(session, &id.whole(), ty);
    }
    if let Some(name) = &written.function {
        // A second and a third argument are PostgreSQL's own business: the modifier, and whether it is explicit.
        (1..=3).for_each(|count| depend_on_function(session, &id.whole(), name, count));
    }
    session.casts.push(DdlCast { id, source, target, context: written.context });
}

/// A cast has no name: this one is for messages.
fn cast_name(source: &SqlType, target: &SqlType) -> QName {
    QName::new("", format!("{} AS {}", source.name.name, target.name.name))
}

/// Applies `DROP CAST …`.
pub(super) fn drop_cast(session: &mut Session, statement: &Statement, written: DropCast) -> Outcome {
    let Some((source, target)) = source_and_target(session, &written.cast) else { return Ok(()) };
    let is_meant = |cast: &&DdlCast| cast.source == source && cast.target == target;
    let originals = session.casts.iter().filter(is_meant).map(|cast| cast.id.whole()).collect();
    let what = cast_name(&source, &target).name;
    let drop = Drop { originals, what: &what, span: written.span, cascade: written.cascade };
    dependents::drop(session, statement, drop)
}

fn source_and_target(session: &Session, written: &Cast) -> Option<(SqlType, SqlType)> {
    known_type(session, &written.source).zip(known_type(session, &written.target))
}

fn known_types(session: &Session, written: &[Option<TypeName>; 2]) -> [Option<SqlType>; 2] {
    written.each_ref().map(|ty| ty.as_ref().and_then(|ty| known_type(session, ty)))
}

/// A type that is there, without its modifier.
fn known_type(session: &Session, written: &TypeName) -> Option<SqlType> {
    let name = session.find_type(&written.name)?;
    Some(SqlType { modifier: None, ..types::sql_type(written, name) })
}
