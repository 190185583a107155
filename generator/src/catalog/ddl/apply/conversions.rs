//! `CREATE` and `DROP` of operators and casts. Neither is in the catalog, but the types of views' columns depend on
//! them, and the views themselves: a `CASCADE` that takes an operator takes the views that use it.
//!
//! Nothing is reported when one is made: an operator that is not understood is known by its name alone.

use super::{
    super::{
        dependencies,
        dependents::{self, Drop},
        objects::{Id, Kind, Strength},
        reader::{Expression, ObjectName, Outcome, Reader},
        session::{CastContext, DdlCast, DdlOperator, Session},
        types,
    },
    target::accept_cascade,
};
use crate::catalog::{QName, SqlType};

/// After `OPERATOR`. What it gives is asked for where a view uses it.
pub(super) fn create_operator(session: &mut Session, reader: &mut Reader<'_>) {
    if reader.is("class") || reader.is("family") {
        return;
    }
    let Ok(name) = operator_name(reader) else { return };
    let full = session.new_name(&name);
    let id = session.objects.create(Kind::Operator, &full);
    let operands = definition(session, reader, id).unwrap_or_default();
    session.operators.entry(name.name).or_default().push(DdlOperator { id, operands });
}

/// `(LEFTARG = type, RIGHTARG = type, FUNCTION = name, …)`: the operands, and what the operator needs.
fn definition(session: &mut Session, reader: &mut Reader<'_>, id: Id) -> Outcome<[Option<SqlType>; 2]> {
    let list = reader.parenthesized()?;
    let mut inside = reader.within(&list);
    let (mut operands, mut function) = ([None, None], None);
    inside.list(|inside| {
        if inside.accept("leftarg =") {
            operands[0] = known_type(session, inside)?;
        } else if inside.accept("rightarg =") {
            operands[1] = known_type(session, inside)?;
        } else if inside.accept("function =") || inside.accept("procedure =") {
            function = Some(inside.object_name()?);
        } else {
            while !inside.is_end() && !inside.is(",") {
                inside.skip_group();
            }
        }
        Ok(())
    })?;
    for ty in operands.iter().flatten() {
        dependencies::on_type(session, &id.whole(), ty);
    }
    if let Some(function) = function {
        on_function(session, id, &function, operands.iter().flatten().count());
    }
    Ok(operands)
}

/// Records the function that an operator, a cast or an aggregate calls; if several may be meant, that it is one of them.
pub(super) fn on_function(session: &mut Session, dependent: Id, name: &ObjectName, count: usize) {
    let called: Vec<Id> = session.functions_called(name, count).map(|function| function.id).collect();
    match called.as_slice() {
        [only] => session.objects.depend(dependent.whole(), *only, None, Strength::Normal),
        several => several.iter().for_each(|id| session.objects.may_depend(dependent.whole(), *id, None)),
    }
}

/// `schema.===`; the name of an operator is made of signs.
fn operator_name(reader: &mut Reader<'_>) -> Outcome<ObjectName> {
    let start = reader.at();
    while !reader.is_end() && !reader.is("(") && !reader.is(",") {
        reader.advance();
    }
    let span = reader.span_from(start);
    let written = reader.text(&Expression { tokens: start..reader.at(), span: span.clone() });
    let mut parts = written.rsplitn(2, '.').map(|part| part.trim().trim_matches('"').to_owned());
    let name = parts.next().filter(|name| !name.is_empty()).ok_or_else(|| reader.expected("an operator"))?;
    Ok(ObjectName { schema: parts.next(), name, span })
}

/// After `OPERATOR`: `[IF EXISTS] name (left, right), … [CASCADE]`.
pub(super) fn drop_operator(session: &mut Session, reader: &mut Reader<'_>) -> Outcome {
    reader.accept("if exists");
    let mut originals = Vec::new();
    let mut first = None;
    loop {
        let name = operator_name(reader)?;
        let list = reader.parenthesized()?;
        let mut inside = reader.within(&list);
        let operands = [operand(session, &mut inside)?, {
            inside.expect(",")?;
            operand(session, &mut inside)?
        }];
        // What the operands are of is compared where it is known on both sides.
        let same = |operator: &&DdlOperator| {
            let mut pairs = operator.operands.iter().zip(&operands);
            pairs.all(|(own, given)| own == given || operator.operands.iter().all(Option::is_none))
        };
        let found = session.operators.get(&name.name).into_iter().flatten().filter(same);
        originals.extend(found.map(|operator| operator.id.whole()));
        first.get_or_insert(name);
        if !reader.accept(",") {
            break;
        }
    }
    let cascade = accept_cascade(reader);
    reader.finish()?;
    let Some(ObjectName { name, span, .. }) = first else { return Ok(()) };
    dependents::drop(session, reader, Drop { originals, what: &name, span, cascade })
}

/// One operand's type; `NONE` if there is none.
fn operand(session: &Session, reader: &mut Reader<'_>) -> Outcome<Option<SqlType>> {
    if reader.accept("none") { Ok(None) } else { known_type(session, reader) }
}

/// After `CREATE CAST`.
pub(super) fn create_cast(session: &mut Session, reader: &mut Reader<'_>) {
    let Ok((source, target)) = source_and_target(session, reader) else { return };
    let id = session.objects.create(Kind::Cast, &cast_name(&source, &target));
    for ty in [&source, &target] {
        dependencies::on_type(session, &id.whole(), ty);
    }
    let mut context = CastContext::Explicit;
    while !reader.is_end() {
        if reader.accept("with function") {
            let Ok(name) = reader.object_name() else { continue };
            // A second and a third argument are PostgreSQL's own business: the modifier, and whether it is explicit.
            (1..=3).for_each(|count| on_function(session, id, &name, count));
        } else if reader.accept("as implicit") {
            context = CastContext::Implicit;
        } else if reader.accept("as assignment") {
            context = CastContext::Assignment;
        } else {
            reader.advance();
        }
    }
    session.casts.push(DdlCast { id, source, target, context });
}

/// A cast has no name: this one is for messages.
fn cast_name(source: &SqlType, target: &SqlType) -> QName {
    QName::new("", format!("{} AS {}", source.name.name, target.name.name))
}

/// After `DROP CAST`.
pub(super) fn drop_cast(session: &mut Session, reader: &mut Reader<'_>) -> Outcome {
    let span = reader.span();
    reader.accept("if exists");
    let Ok((source, target)) = source_and_target(session, reader) else { return Ok(()) };
    let cascade = accept_cascade(reader);
    let is_meant = |cast: &&DdlCast| cast.source == source && cast.target == target;
    let originals = session.casts.iter().filter(is_meant).map(|cast| cast.id.whole()).collect();
    let what = cast_name(&source, &target).name;
    dependents::drop(session, reader, Drop { originals, what: &what, span, cascade })
}

/// `(source AS target)`.
fn source_and_target(session: &Session, reader: &mut Reader<'_>) -> Outcome<(SqlType, SqlType)> {
    let list = reader.parenthesized()?;
    let mut inside = reader.within(&list);
    let source = known_type(session, &mut inside)?;
    inside.expect("as")?;
    let target = known_type(session, &mut inside)?;
    source.zip(target).ok_or_else(|| inside.expected("two types"))
}

/// A type that is there, without its modifier.
fn known_type(session: &Session, reader: &mut Reader<'_>) -> Outcome<Option<SqlType>> {
    let written = types::read(reader)?;
    let name = session.find_type(&written.name);
    Ok(name.map(|name| SqlType { modifier: None, ..types::sql_type(&written, name) }))
}
