//! The result types of functions: those of `pg_catalog` and of extensions, those that the DDL defines, and the forms
//! that SQL writes with words between their arguments.
//!
//! Manual: "Functions and Operators". A type that cannot be inferred is unknown; a column that has it is reported.

use sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList, FunctionArguments, TrimWhereField,
};

use super::{
    super::reader::ObjectName,
    analysis::{Analysis, fields},
    candidates::{self, Count},
    folded::parts,
    json_calls,
    kinds::{Given, Kinds},
    mend::VARIADIC,
    overloads::{ChosenOverload, choose},
    range_table::RangeTable,
    types::{Col, Type},
};
use crate::catalog::SqlType;

/// What a call is given.
pub(super) struct Arguments {
    pub(super) types: Vec<Type>,
    /// Whether the last one is the list of a `VARIADIC` parameter as a whole.
    is_list: bool,
}

impl From<Vec<Type>> for Arguments {
    fn from(types: Vec<Type>) -> Self {
        Self { types, is_list: false }
    }
}

impl Analysis<'_> {
    /// A call as it is written in an expression.
    pub(super) fn call(&mut self, function: &Function, scope: &RangeTable<'_>) -> Type {
        self.call_clauses(function, scope);
        let name = parts(&function.name);
        let mut given: Arguments = match &function.args {
            FunctionArguments::None => Vec::new().into(),
            FunctionArguments::Subquery(query) => {
                let ty = self.first_column(query, scope);
                return if name.last().is_some_and(|name| name == "array") {
                    ty.array()
                } else {
                    Type::Unknown
                };
            }
            FunctionArguments::List(list) => self.arguments(&list.args, scope),
        };
        // An ordered-set aggregate takes what it orders by as its last arguments.
        given.types.extend(function.within_group.iter().map(|order| self.expression(&order.expr, scope).ty));
        match &function.args {
            FunctionArguments::List(list) => clock(&name, list)
                .or_else(|| self.json_call(&name, list, scope))
                .unwrap_or_else(|| self.call_by_name(&name, &given)),
            _ => self.call_by_name(&name, &given),
        }
    }

    /// The types of a call's arguments. Those that are given by name are unknown: which they are is not followed.
    pub(super) fn arguments(&mut self, arguments: &[FunctionArg], scope: &RangeTable<'_>) -> Arguments {
        let is_list = arguments.iter().any(is_list);
        let by_name = arguments
            .iter()
            .any(|argument| !matches!(argument, FunctionArg::Unnamed(_)) && !self::is_list(argument));
        let given = arguments
            .iter()
            .filter(|argument| !matches!(argument, FunctionArg::Unnamed(FunctionArgExpr::Wildcard)));
        let types = given
            .map(|argument| {
                let ty = self.argument(argument, scope);
                if by_name { Type::Unknown } else { ty }
            })
            .collect();
        Arguments { types, is_list }
    }

    fn argument(&mut self, argument: &FunctionArg, scope: &RangeTable<'_>) -> Type {
        match argument {
            FunctionArg::Unnamed(arg)
            | FunctionArg::Named { arg, .. }
            | FunctionArg::ExprNamed { arg, .. } => match arg {
                FunctionArgExpr::Expr(expr) => self.expression(expr, scope).ty,
                _ => Type::Unknown,
            },
        }
    }

    /// The type of a call of one of SQL/JSON's functions. They are keywords since PostgreSQL 16 and 17: before, a function of
    /// the schema's own may have that name.
    fn json_call(
        &mut self,
        name: &[String],
        list: &FunctionArgumentList,
        scope: &RangeTable<'_>,
    ) -> Option<Type> {
        let [name] = name else { return None };
        let default = json_calls::default_type(name)?;
        let returning = list.args.iter().find(|argument| has_name(argument, json_calls::RETURNING));
        if let Some(returning) = returning {
            return Some(self.argument(returning, scope));
        }
        let count = Count::Each(list.args.len());
        let kinds = Kinds(self.session);
        let default_type = SqlType::builtin(default);
        let expected = kinds.reference(&default_type);
        let functions = candidates::functions(self.session, std::slice::from_ref(name), count);
        let is_own = functions.iter().any(|function| Some(function.result) != expected);
        (!is_own).then(|| Type::builtin(default))
    }

    /// The type of one value that a call gives.
    pub(super) fn call_by_name(&self, name: &[String], given: &Arguments) -> Type {
        let types = given.types.as_slice();
        if let [name] = name
            && let Some(ty) = self.special_form(name, types)
        {
            return ty;
        }
        match self.called(name, given) {
            Some(chosen) => Type::Known(Kinds(self.session).sql_type(chosen.result)),
            None => match types {
                [only] => self.conversion(name, only),
                _ => Type::Unknown,
            },
        }
    }

    fn called<'t>(&'t self, name: &[String], given: &'t Arguments) -> Option<ChosenOverload<'t>> {
        let kinds = Kinds(self.session);
        let count =
            if given.is_list { Count::WithList(given.types.len()) } else { Count::Each(given.types.len()) };
        let types: Vec<Given<'t>> = given.types.iter().map(|ty| kinds.given(ty)).collect();
        choose(kinds, &candidates::functions(self.session, name, count), &types)
    }

    /// What looks like a call and is none to the server.
    fn special_form(&self, name: &str, types: &[Type]) -> Option<Type> {
        Some(match (name, types) {
            ("coalesce" | "greatest" | "least", _) => self.common_of(types),
            ("nullif", [first, second]) => self.nullif(first, second),
            ("grouping", _) => Type::builtin("int4"),
            ("xmlserialize", [_, ty]) => ty.clone(),
            ("xmlelement" | "xmlforest" | "xmlconcat" | "xmlparse" | "xmlpi" | "xmlroot", _) => {
                Type::builtin("xml")
            }
            ("user" | "current_role" | "current_catalog", []) => Type::builtin("name"),
            ("current_date", []) => Type::builtin("date"),
            (name, []) => Type::builtin(of_clock(name)?),
            _ => return None,
        })
    }

    /// A type's name used as a function, `text(x)`; or a row's field, `name(row)`.
    fn conversion(&self, name: &[String], argument: &Type) -> Type {
        let candidates = candidates::functions(self.session, name, Count::Each(1));
        let Some((last, qualifier)) = name.split_last() else { return Type::Unknown };
        let written = ObjectName { schema: qualifier.last().cloned(), name: last.clone(), span: 0..0 };
        if let Some(ty) = self.session.find_type(&written).map(SqlType::new) {
            let kinds = Kinds(self.session);
            let Some(reference) = kinds.reference(&ty) else { return Type::Unknown };
            let is_it = candidates.iter().all(|candidate| candidate.result == reference);
            return if is_it && !kinds.is_composite(reference) { Type::Known(ty) } else { Type::Unknown };
        }
        match argument {
            Type::Known(row) if candidates.is_empty() => {
                let field = fields(self.session, row)
                    .and_then(|fields| fields.iter().find(|field| field.name == *last).cloned());
                field.map_or(Type::Unknown, |field| field.ty)
            }
            _ => Type::Unknown,
        }
    }

    /// The columns of a call in `FROM`, where it gives rows of several.
    pub(super) fn row_of_call(&self, name: &[String], given: &Arguments) -> Option<Vec<Col>> {
        let kinds = Kinds(self.session);
        let ChosenOverload { result, columns, .. } = self.called(name, given)?;
        if let Some(fields) = fields(self.session, &kinds.sql_type(result)) {
            return Some(fields.to_vec());
        }
        let column = |(name, ty): (&str, Option<_>)| {
            Col::new(name, ty.map_or(Type::Unknown, |ty| Type::of(&kinds.sql_type(ty))))
        };
        (!columns.is_empty()).then(|| columns.into_iter().map(column).collect())
    }

    /// The fields of the row that a call gives, as `(f()).*` shows them; none where it is no such call.
    pub(super) fn fields_of_call(&mut self, expr: &Expr, scope: &RangeTable<'_>) -> Option<Vec<Col>> {
        let Expr::Function(function) = expr else {
            let Expr::Nested(inner) = expr else { return None };
            return self.fields_of_call(inner, scope);
        };
        let FunctionArguments::List(list) = &function.args else { return None };
        let given = self.arguments(&list.args, scope);
        // A single column is no row: the function gives its value.
        self.row_of_call(&parts(&function.name), &given).filter(|columns| columns.len() > 1)
    }

    /// A call that SQL writes with words between its arguments: `EXTRACT(… FROM …)`, `x AT TIME ZONE …`.
    pub(super) fn call_in_words(&mut self, expr: &Expr, scope: &RangeTable<'_>) -> Option<Type> {
        let (name, arguments): (&str, Vec<Option<&Expr>>) = match expr {
            Expr::AtTimeZone { timestamp, time_zone } => ("timezone", vec![Some(time_zone), Some(timestamp)]),
            Expr::Extract { expr, .. } => ("extract", vec![None, Some(expr)]),
            Expr::Ceil { expr, .. } => ("ceil", vec![Some(expr)]),
            Expr::Floor { expr, .. } => ("floor", vec![Some(expr)]),
            Expr::Position { expr, r#in } => ("position", vec![Some(r#in), Some(expr)]),
            Expr::Substring { expr, substring_from, substring_for, .. } => {
                let from = substring_from.iter().chain(substring_for).map(|bound| Some(&**bound));
                ("substring", std::iter::once(Some(&**expr)).chain(from).collect())
            }
            Expr::Trim { expr, trim_where, trim_what, trim_characters, .. } => {
                let name = match trim_where {
                    Some(TrimWhereField::Leading) => "ltrim",
                    Some(TrimWhereField::Trailing) => "rtrim",
                    _ => "btrim",
                };
                let listed = trim_characters.iter().flatten().map(Some);
                let what = trim_what.iter().map(|what| Some(&**what)).chain(listed);
                (name, std::iter::once(Some(&**expr)).chain(what).collect())
            }
            Expr::Overlay { expr, overlay_what, overlay_from, overlay_for } => {
                let parts = [Some(&**expr), Some(&**overlay_what), Some(&**overlay_from)];
                ("overlay", parts.into_iter().chain(overlay_for.iter().map(|part| Some(&**part))).collect())
            }
            _ => return None,
        };
        let mut types = Vec::with_capacity(arguments.len());
        for argument in arguments {
            types.push(argument.map_or(Type::Literal, |argument| self.expression(argument, scope).ty));
        }
        // `SUBSTRING(x FOR n)` starts at 1.
        if let Expr::Substring { substring_from: None, substring_for: Some(_), .. } = expr {
            types.insert(1, Type::builtin("int4"));
        }
        Some(self.call_by_name(&["pg_catalog".to_owned(), name.to_owned()], &types.into()))
    }
}

/// Whether it is what stands behind `VARIADIC`.
fn is_list(argument: &FunctionArg) -> bool {
    has_name(argument, VARIADIC)
}

fn has_name(argument: &FunctionArg, expected: &str) -> bool {
    match argument {
        FunctionArg::Named { name, .. } => name.value == expected,
        FunctionArg::ExprNamed { name: Expr::Identifier(name), .. } => name.value == expected,
        _ => false,
    }
}

/// The type of `current_timestamp` and its kin.
fn of_clock(name: &str) -> Option<&'static str> {
    Some(match name {
        "current_timestamp" => "timestamptz",
        "localtimestamp" => "timestamp",
        "current_time" => "timetz",
        "localtime" => "time",
        _ => return None,
    })
}

/// `current_timestamp(3)` and its kin.
fn clock(name: &[String], list: &FunctionArgumentList) -> Option<Type> {
    let ([name], [digits]) = (name, list.args.as_slice()) else { return None };
    let ty = of_clock(name)?;
    Some(Type::Known(SqlType { modifier: Some(digits.to_string()), ..SqlType::builtin(ty) }))
}
