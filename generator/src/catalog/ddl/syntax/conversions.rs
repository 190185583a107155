//! Operators and casts. Manual: CREATE OPERATOR, DROP OPERATOR, CREATE CAST, DROP CAST.
//!
//! What is not understood of one that is made is left out, and no error.

use std::ops::Range;

use super::{
    super::{
        objects::CastContext,
        reader::{ObjectName, Outcome, Reader},
        split::Expression,
        types::{self, TypeName},
    },
    words::accept_cascade,
};

/// `CREATE OPERATOR …`.
pub(crate) struct CreateOperator {
    pub(crate) name: ObjectName,
    /// None where it is not understood.
    pub(crate) definition: Option<OperatorDefinition>,
}

/// `(LEFTARG = type, RIGHTARG = type, FUNCTION = name, …)`.
#[derive(Default)]
pub(crate) struct OperatorDefinition {
    pub(crate) operands: [Option<TypeName>; 2],
    pub(crate) function: Option<ObjectName>,
}

/// `DROP OPERATOR …`.
pub(crate) struct DropOperators {
    /// Their names, and the types of their left and right operands.
    pub(crate) operators: Vec<(ObjectName, [Option<TypeName>; 2])>,
    pub(crate) cascade: bool,
}

/// `(source AS target)`.
pub(crate) struct Cast {
    pub(crate) source: TypeName,
    pub(crate) target: TypeName,
}

/// `CREATE CAST …`.
pub(crate) struct CreateCast {
    pub(crate) cast: Cast,
    /// `WITH FUNCTION`.
    pub(crate) function: Option<ObjectName>,
    pub(crate) context: CastContext,
}

/// `DROP CAST …`.
pub(crate) struct DropCast {
    pub(crate) cast: Cast,
    pub(crate) cascade: bool,
    pub(crate) span: Range<usize>,
}

/// After `OPERATOR`; none for a class or family of operators.
pub(super) fn create_operator(reader: &mut Reader<'_>) -> Option<CreateOperator> {
    if reader.is("class") || reader.is("family") {
        return None;
    }
    let name = operator_name(reader).ok()?;
    Some(CreateOperator { name, definition: definition(reader).ok() })
}

fn definition(reader: &mut Reader<'_>) -> Outcome<OperatorDefinition> {
    let list = reader.parenthesized()?;
    let mut inside = reader.within(&list);
    let mut definition = OperatorDefinition::default();
    inside.list(|inside| {
        if inside.accept("leftarg =") {
            definition.operands[0] = Some(types::read(inside)?);
        } else if inside.accept("rightarg =") {
            definition.operands[1] = Some(types::read(inside)?);
        } else if inside.accept("function =") || inside.accept("procedure =") {
            definition.function = Some(inside.object_name()?);
        } else {
            while !inside.is_end() && !inside.is(",") {
                inside.skip_group();
            }
        }
        Ok(())
    })?;
    Ok(definition)
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
pub(super) fn drop_operator(reader: &mut Reader<'_>) -> Outcome<DropOperators> {
    reader.accept("if exists");
    let operators = reader.list(|reader| {
        let name = operator_name(reader)?;
        let list = reader.parenthesized()?;
        let mut inside = reader.within(&list);
        let left = operand(&mut inside)?;
        inside.expect(",")?;
        Ok((name, [left, operand(&mut inside)?]))
    })?;
    let cascade = accept_cascade(reader);
    reader.finish()?;
    Ok(DropOperators { operators, cascade })
}

/// One operand's type; `NONE` if there is none.
fn operand(reader: &mut Reader<'_>) -> Outcome<Option<TypeName>> {
    if reader.accept("none") { Ok(None) } else { types::read(reader).map(Some) }
}

/// After `CREATE CAST`.
pub(super) fn create_cast(reader: &mut Reader<'_>) -> Option<CreateCast> {
    let cast = cast(reader).ok()?;
    let mut create = CreateCast { cast, function: None, context: CastContext::Explicit };
    while !reader.is_end() {
        if reader.accept("with function") {
            create.function = reader.object_name().ok();
        } else if reader.accept("as implicit") {
            create.context = CastContext::Implicit;
        } else if reader.accept("as assignment") {
            create.context = CastContext::Assignment;
        } else {
            reader.advance();
        }
    }
    Some(create)
}

/// After `DROP CAST`.
pub(super) fn drop_cast(reader: &mut Reader<'_>) -> Option<DropCast> {
    let span = reader.span();
    reader.accept("if exists");
    let cast = cast(reader).ok()?;
    Some(DropCast { cast, cascade: accept_cascade(reader), span })
}

fn cast(reader: &mut Reader<'_>) -> Outcome<Cast> {
    let list = reader.parenthesized()?;
    let mut inside = reader.within(&list);
    let source = types::read(&mut inside)?;
    inside.expect("as")?;
    Ok(Cast { source, target: types::read(&mut inside)? })
}
