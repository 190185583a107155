//! `CREATE FUNCTION` and its kin. Manual: CREATE FUNCTION, CREATE AGGREGATE, DROP FUNCTION.
//!
//! A function may be in any language and form: what is not understood of it is left out, and no error.

use super::{
    super::{
        reader::{ObjectName, Outcome, Reader},
        split::Expression,
        types::{self, TypeName},
    },
    words::{NameChange, accept_cascade, name_change},
};

/// `CREATE FUNCTION …`.
pub(crate) struct CreateFunction {
    pub(crate) name: Option<ObjectName>,
    pub(crate) declaration: Option<FunctionDeclaration>,
    /// What stands in a body in SQL's own grammar, `RETURN …` or `BEGIN ATOMIC …; END`.
    pub(crate) parts: Vec<BodyPart>,
    /// The body that is a text, `AS $$ … $$`.
    pub(crate) text: Option<String>,
}

/// What a function takes and returns.
pub(crate) struct FunctionDeclaration {
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) returns: Returns,
}

/// What a function returns.
pub(crate) enum Returns {
    /// Nothing, or what its parameters say.
    Unsaid,
    Type(TypeName),
    Table(Vec<(String, TypeName)>),
}

/// A parameter: its mode's words, name and type.
pub(crate) struct Parameter {
    pub(crate) is_input: bool,
    pub(crate) is_output: bool,
    pub(crate) is_variadic: bool,
    pub(crate) has_default: bool,
    pub(crate) name: String,
    pub(crate) ty: TypeName,
}

/// A part of a body in SQL's own grammar.
pub(crate) enum BodyPart {
    Expression(Expression),
    Statement(Expression),
}

/// `CREATE AGGREGATE …`.
pub(crate) struct CreateAggregate {
    pub(crate) name: ObjectName,
    /// The types of its arguments; none for one that is not understood.
    pub(crate) inputs: Vec<Option<TypeName>>,
    pub(crate) state: Option<TypeName>,
    pub(crate) step_function: Option<ObjectName>,
    pub(crate) final_function: Option<ObjectName>,
}

/// `name` or `name(types)`, as `ALTER` and `DROP` have it.
pub(crate) struct Signature {
    pub(crate) name: ObjectName,
    pub(crate) inputs: Option<Vec<TypeName>>,
}

/// `ALTER FUNCTION …`: only its name matters.
pub(crate) struct AlterFunction {
    pub(crate) signature: Signature,
    pub(crate) change: Outcome<Option<NameChange>>,
}

/// `DROP FUNCTION …`.
pub(crate) struct DropFunctions {
    pub(crate) if_exists: bool,
    pub(crate) signatures: Vec<Signature>,
    pub(crate) cascade: bool,
}

/// `DROP COLLATION …`.
pub(crate) struct DropCollations {
    pub(crate) names: Vec<ObjectName>,
    pub(crate) cascade: bool,
}

/// After `FUNCTION`.
pub(super) fn create(reader: &Reader<'_>) -> CreateFunction {
    CreateFunction {
        name: reader.clone().object_name().ok(),
        declaration: declaration(&mut reader.clone()).ok(),
        parts: parts(reader.clone()),
        text: text(reader.clone()),
    }
}

fn text(mut reader: Reader<'_>) -> Option<String> {
    while !reader.is_end() {
        if reader.accept("as") {
            return reader.string().ok();
        }
        reader.skip_group();
    }
    None
}

fn parts(mut reader: Reader<'_>) -> Vec<BodyPart> {
    while !reader.is_end() && !reader.is("as") {
        if reader.accept("return") {
            return reader.expression().ok().map(BodyPart::Expression).into_iter().collect();
        }
        if reader.accept("begin atomic") {
            return statements(reader);
        }
        reader.skip_group();
    }
    Vec::new()
}

/// The statements up to `END`, each of which ends with a semicolon.
fn statements(mut reader: Reader<'_>) -> Vec<BodyPart> {
    let mut statements = Vec::new();
    while !reader.is_end() {
        let start = reader.at();
        while !reader.is_end() && !reader.is(";") {
            reader.skip_group();
        }
        if reader.is(";") {
            let span = reader.span_from(start);
            statements.push(BodyPart::Statement(Expression { tokens: start..reader.at(), span }));
        }
        reader.advance();
    }
    statements
}

fn declaration(reader: &mut Reader<'_>) -> Outcome<FunctionDeclaration> {
    reader.object_name()?;
    let list = reader.parenthesized()?;
    let mut inside = reader.within(&list);
    let parameters = if inside.is_end() { Vec::new() } else { inside.list(parameter)? };
    let returns = if reader.accept("returns table") {
        let list = reader.parenthesized()?;
        let mut inside = reader.within(&list);
        Returns::Table(inside.list(|reader| Ok((reader.label()?.name, types::read(reader)?)))?)
    } else if reader.accept("returns") {
        Returns::Type(types::read(reader)?)
    } else {
        Returns::Unsaid
    };
    Ok(FunctionDeclaration { parameters, returns })
}

/// `[mode] [name] type [DEFAULT …]`.
fn parameter(reader: &mut Reader<'_>) -> Outcome<Parameter> {
    let is_variadic = reader.accept("variadic");
    let out = reader.accept("out");
    let inout = reader.accept("inout");
    let inout = inout || reader.accept("in out");
    reader.accept("in");
    let ends = |reader: &Reader<'_>| {
        reader.is_end() || reader.is(",") || reader.is("default") || reader.is("=") || reader.is(":=")
    };
    let mut unnamed = reader.clone();
    let (name, ty) = match types::read(&mut unnamed) {
        Ok(ty) if ends(&unnamed) => {
            *reader = unnamed;
            (String::new(), ty)
        }
        _ => (reader.label()?.name, types::read(reader)?),
    };
    let has_default = !reader.is_end() && !reader.is(",");
    while !reader.is_end() && !reader.is(",") {
        reader.skip_group();
    }
    Ok(Parameter { is_input: !out, is_output: out || inout, is_variadic, has_default, name, ty })
}

/// After `AGGREGATE`.
pub(super) fn create_aggregate(reader: &mut Reader<'_>) -> Outcome<CreateAggregate> {
    let name = reader.object_name()?;
    let arguments = reader.parenthesized()?;
    let inputs = aggregate_inputs(reader.within(&arguments))?;
    let options = reader.parenthesized()?;
    let mut options = reader.within(&options);
    let mut aggregate =
        CreateAggregate { name, inputs, state: None, step_function: None, final_function: None };
    options.list(|options| {
        if options.accept("stype =") {
            aggregate.state = Some(types::read(options)?);
        } else if options.accept("finalfunc =") {
            aggregate.final_function = Some(options.object_name()?);
        } else if options.accept("sfunc =") {
            aggregate.step_function = Some(options.object_name()?);
        } else if !options.is_end() {
            options.expression()?;
        }
        Ok(())
    })?;
    Ok(aggregate)
}

fn aggregate_inputs(mut inside: Reader<'_>) -> Outcome<Vec<Option<TypeName>>> {
    if inside.is_end() || inside.is("*") {
        return Ok(Vec::new());
    }
    inside.list(|reader| {
        let parameter = parameter(&mut reader.clone());
        reader.expression()?;
        Ok(parameter.ok().map(|parameter| parameter.ty))
    })
}

fn signature(reader: &mut Reader<'_>) -> Outcome<Signature> {
    let name = reader.object_name()?;
    if !reader.is("(") {
        return Ok(Signature { name, inputs: None });
    }
    let list = reader.parenthesized()?;
    let mut inside = reader.within(&list);
    if inside.is_end() || inside.is("*") {
        return Ok(Signature { name, inputs: Some(Vec::new()) });
    }
    let parameters = inside.list(parameter)?;
    let inputs = parameters.into_iter().filter(|parameter| parameter.is_input).map(|p| p.ty).collect();
    Ok(Signature { name, inputs: Some(inputs) })
}

/// After `FUNCTION`.
pub(super) fn drop(reader: &mut Reader<'_>) -> Outcome<DropFunctions> {
    let if_exists = reader.accept("if exists");
    let signatures = reader.list(signature)?;
    Ok(DropFunctions { if_exists, signatures, cascade: accept_cascade(reader) })
}

/// After `FUNCTION`.
pub(super) fn alter(reader: &mut Reader<'_>) -> Outcome<AlterFunction> {
    let signature = signature(reader)?;
    let change = reader.deferred(|reader| {
        let change = name_change(reader)?;
        if change.is_none() {
            reader.skip_rest();
        }
        Ok(change)
    });
    Ok(AlterFunction { signature, change })
}

/// After `COLLATION`.
pub(super) fn drop_collation(reader: &mut Reader<'_>) -> Outcome<DropCollations> {
    reader.accept("if exists");
    let names = reader.list(Reader::object_name)?;
    Ok(DropCollations { names, cascade: accept_cascade(reader) })
}
