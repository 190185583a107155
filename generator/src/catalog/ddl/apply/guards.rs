//! Conditions of `DO` blocks that ask the system catalog:
//! `IF NOT EXISTS (SELECT FROM information_schema.columns WHERE …)`.
//!
//! They are answered from the catalog so far, in SQL's three-valued logic. A condition on anything else (rows of
//! tables, roles, settings, variables) has no answer.

use std::{collections::HashMap, sync::Arc};

use sqlparser::ast::{
    BinaryOperator, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, JoinConstraint, JoinOperator,
    Query, Select, SelectItem, SetExpr, TableFactor, UnaryOperator, Value as Literal,
};

use super::super::{
    infer::parsed_expression,
    reader::{ObjectName, Reader},
    session::Session,
    system_tables::{self, Row, Value},
};

/// Whether a condition holds; none where that is not known.
pub(super) fn holds(session: &Session, condition: &Reader<'_>) -> Option<bool> {
    if is_new_to_ef(condition).is_some_and(|is_new| is_new) {
        return Some(true);
    }
    let mut end = condition.clone();
    end.skip_rest();
    let text = condition.statement.source.text.get(condition.span().start..end.span_from(0).end)?;
    let expr = parsed_expression(text)?;
    truth(&Evaluation { session }.value(&expr, &Env::default()))
}

/// EF Core's idempotent scripts ask before each migration whether it has been applied, and note it behind its last
/// statement: in an empty database it has not been, as long as the text before does not note it.
fn is_new_to_ef(condition: &Reader<'_>) -> Option<bool> {
    let mut tokens = condition.clone();
    let begins = tokens.accept("not exists ( select 1 from");
    let table = tokens.object_name().ok().filter(|_| begins)?;
    let is_history = table.name == "__EFMigrationsHistory" && tokens.accept("where");
    let column = tokens.ident().ok().filter(|_| is_history)?;
    let asks = column.name == "MigrationId" && tokens.accept("=");
    let migration = tokens.string().ok().filter(|_| asks)?;
    let is_whole = tokens.accept(")") && tokens.is_end();
    let before = condition.statement.source.text.get(..condition.span().start)?;
    Some(is_whole && !before.contains(&format!("VALUES ('{migration}'")))
}

fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(*value),
        Value::Null => Some(false),
        _ => None,
    }
}

/// The rows that names are looked up in, by their alias.
#[derive(Clone, Default)]
struct Env {
    rows: Vec<(String, Arc<Row>)>,
}

struct Evaluation<'a> {
    session: &'a Session,
}

impl Evaluation<'_> {
    fn value(&self, expr: &Expr, env: &Env) -> Value {
        match expr {
            Expr::Nested(inner) => self.value(inner, env),
            Expr::Value(literal) => match &literal.value {
                Literal::SingleQuotedString(text) => Value::Text(text.clone()),
                Literal::Number(digits, _) => Value::Text(digits.clone()),
                Literal::Boolean(value) => Value::Bool(*value),
                Literal::Null => Value::Null,
                _ => Value::Unknown,
            },
            Expr::Identifier(ident) => column(env, None, &folded(ident)),
            Expr::CompoundIdentifier(parts) => match parts.as_slice() {
                [.., table, name] => column(env, Some(&folded(table)), &folded(name)),
                _ => Value::Unknown,
            },
            Expr::Cast { expr, data_type, .. } => {
                self.cast(self.value(expr, env), &data_type.to_string().to_lowercase())
            }
            Expr::UnaryOp { op: UnaryOperator::Not, expr } => not(&self.value(expr, env)),
            Expr::BinaryOp { left, op, right } => {
                combined(op, &self.value(left, env), &self.value(right, env))
            }
            Expr::IsNull(expr) => is_null(&self.value(expr, env)),
            Expr::IsNotNull(expr) => not(&is_null(&self.value(expr, env))),
            Expr::InList { expr, list, negated } => {
                let value = self.value(expr, env);
                let any = list.iter().map(|item| equal(&value, &self.value(item, env)));
                let found = any.fold(Value::Bool(false), |a, b| combined(&BinaryOperator::Or, &a, &b));
                if *negated { not(&found) } else { found }
            }
            Expr::Exists { subquery, negated } => {
                let found = self.exists(subquery, env);
                if *negated { not(&found) } else { found }
            }
            Expr::Subquery(query) => self.scalar(query, env),
            Expr::Function(function) => {
                self.call(&function.name.to_string().to_lowercase(), &function.args, env)
            }
            _ => Value::Unknown,
        }
    }

    fn call(&self, name: &str, args: &FunctionArguments, env: &Env) -> Value {
        let args = match args {
            FunctionArguments::List(list) => list.args.as_slice(),
            _ => &[],
        };
        let argument = match args {
            [FunctionArg::Unnamed(FunctionArgExpr::Expr(expr))] => Some(self.value(expr, env)),
            _ => None,
        };
        match (name.trim_start_matches("pg_catalog."), argument) {
            ("current_schema", None) => Value::Text(self.session.creation_schema()),
            ("to_regclass" | "to_regtype", Some(Value::Text(text))) => {
                let kind = if name.ends_with("class") { "regclass" } else { "regtype" };
                match self.cast(Value::Text(text), kind) {
                    Value::Unknown => Value::Null,
                    found => found,
                }
            }
            ("lower", Some(Value::Text(text))) => Value::Text(text.to_lowercase()),
            ("coalesce", Some(value)) => value,
            _ => Value::Unknown,
        }
    }

    /// `'orders'::regclass` is the number of the table; most other casts change nothing here.
    fn cast(&self, value: Value, ty: &str) -> Value {
        let Value::Text(text) = &value else { return value };
        let mut parts: Vec<String> = text.split('.').map(|part| part.trim_matches('"').to_owned()).collect();
        let name = || {
            let name = parts.pop()?;
            Some(ObjectName { schema: parts.pop(), name, span: 0..0 })
        };
        match ty {
            "regclass" | "regtype" => {
                let mut name = name;
                let Some(name) = name() else { return Value::Unknown };
                let found = if ty == "regclass" {
                    self.session.find_relation(&name)
                } else {
                    self.session.find_type(&name)
                };
                found.map_or(Value::Unknown, |found| Value::Text(system_tables::number(&found)))
            }
            "regnamespace" => Value::Text(text.trim_matches('"').to_owned()),
            "text" | "name" | "varchar" | "character varying" | "oid" | "integer" | "int" | "bigint"
            | "boolean" => value,
            _ => Value::Unknown,
        }
    }

    fn exists(&self, query: &Query, env: &Env) -> Value {
        self.matches(query, env).map_or(Value::Unknown, |matches| {
            let any = matches.iter().map(|(_, holds)| holds.clone());
            any.fold(Value::Bool(false), |a, b| combined(&BinaryOperator::Or, &a, &b))
        })
    }

    /// `(SELECT count(*) …)`, or the one value that a query gives.
    fn scalar(&self, query: &Query, env: &Env) -> Value {
        let Some(select) = select_of(query) else { return Value::Unknown };
        let Some(matches) = self.matches(query, env) else { return Value::Unknown };
        if matches.iter().any(|(_, holds)| truth(holds).is_none()) {
            return Value::Unknown;
        }
        let rows: Vec<&Env> =
            matches.iter().filter(|(_, holds)| truth(holds) == Some(true)).map(|(row, _)| row).collect();
        match (select.projection.as_slice(), rows.as_slice()) {
            ([SelectItem::UnnamedExpr(Expr::Function(function))], rows)
                if function.name.to_string().eq_ignore_ascii_case("count") =>
            {
                Value::Text(rows.len().to_string())
            }
            ([SelectItem::UnnamedExpr(_)], []) => Value::Null,
            ([SelectItem::UnnamedExpr(expr)], [row]) => self.value(expr, row),
            _ => Value::Unknown,
        }
    }

    /// The rows of a query's `FROM`, each with whether it fits the conditions; none where they are not known.
    fn matches(&self, query: &Query, env: &Env) -> Option<Vec<(Env, Value)>> {
        let select = select_of(query)?;
        let mut conditions: Vec<&Expr> = select.selection.iter().collect();
        let mut factors = Vec::new();
        for item in &select.from {
            factors.push(&item.relation);
            for join in &item.joins {
                factors.push(&join.relation);
                match &join.join_operator {
                    JoinOperator::Join(JoinConstraint::On(on))
                    | JoinOperator::Inner(JoinConstraint::On(on)) => {
                        conditions.push(on);
                    }
                    _ => return None,
                }
            }
        }
        let wanted = wanted(&conditions);
        // Without a name the server's own tables count as well.
        if wanted.is_empty() || factors.is_empty() {
            return None;
        }
        let mut rows = vec![env.clone()];
        for factor in factors {
            let TableFactor::Table { name, alias, args: None, .. } = factor else { return None };
            let table = name.to_string().to_lowercase().replace('"', "");
            let alias = alias.as_ref().map_or_else(
                || table.rsplit('.').next().unwrap_or_default().to_owned(),
                |alias| folded(&alias.name),
            );
            let found: Vec<Arc<Row>> =
                system_tables::rows(self.session, &table, &wanted)?.into_iter().map(Arc::new).collect();
            // A join that no name makes small is not followed.
            if rows.len().saturating_mul(found.len()) > 100_000 {
                return None;
            }
            rows = rows
                .iter()
                .flat_map(|before| {
                    found.iter().map(|row| {
                        let mut joined = before.clone();
                        joined.rows.push((alias.clone(), Arc::clone(row)));
                        joined
                    })
                })
                .collect();
        }
        let holds = |row: &Env| {
            let values = conditions.iter().map(|condition| self.value(condition, row));
            values.fold(Value::Bool(true), |a, b| combined(&BinaryOperator::And, &a, &b))
        };
        Some(rows.into_iter().map(|row| (row.clone(), holds(&row))).collect())
    }
}

fn select_of(query: &Query) -> Option<&Select> {
    match (&*query.body, &query.with) {
        (SetExpr::Select(select), None) => Some(select),
        _ => None,
    }
}

/// The values that columns are asked for in conditions that all must hold.
fn wanted(conditions: &[&Expr]) -> HashMap<String, Vec<String>> {
    let mut wanted = HashMap::new();
    let mut open: Vec<&Expr> = conditions.to_vec();
    while let Some(expr) = open.pop() {
        match expr {
            Expr::Nested(inner) => open.push(inner),
            Expr::BinaryOp { left, op: BinaryOperator::And, right } => open.extend([&**left, &**right]),
            Expr::BinaryOp { left, op: BinaryOperator::Eq, right } => {
                let name = match &**left {
                    Expr::Identifier(ident) => Some(folded(ident)),
                    Expr::CompoundIdentifier(parts) => parts.last().map(folded),
                    _ => None,
                };
                let literal = match &**right {
                    Expr::Value(value) => match &value.value {
                        Literal::SingleQuotedString(text) => Some(text.clone()),
                        _ => None,
                    },
                    Expr::Cast { expr, data_type, .. }
                        if data_type.to_string().to_lowercase() != "regclass" =>
                    {
                        match &**expr {
                            Expr::Value(value) => match &value.value {
                                Literal::SingleQuotedString(text) => Some(text.clone()),
                                _ => None,
                            },
                            _ => None,
                        }
                    }
                    Expr::Cast { .. } => Some(String::new()),
                    _ => None,
                };
                if let (Some(name), Some(literal)) = (name, literal) {
                    // Two tables may be asked for different values of the same column: then no row is left out.
                    wanted
                        .entry(name)
                        .and_modify(|known: &mut Vec<String>| known.push(literal.clone()))
                        .or_insert(vec![literal]);
                }
            }
            _ => {}
        }
    }
    wanted
}

fn folded(ident: &sqlparser::ast::Ident) -> String {
    if ident.quote_style.is_some() { ident.value.clone() } else { ident.value.to_lowercase() }
}

fn column(env: &Env, table: Option<&str>, name: &str) -> Value {
    let mut rows = env.rows.iter().rev().filter(|(alias, _)| table.is_none_or(|table| table == alias));
    rows.find_map(|(_, row)| row.get(name).cloned()).unwrap_or(Value::Unknown)
}

fn is_null(value: &Value) -> Value {
    match value {
        Value::Unknown => Value::Unknown,
        Value::Null => Value::Bool(true),
        _ => Value::Bool(false),
    }
}

fn not(value: &Value) -> Value {
    match value {
        Value::Bool(value) => Value::Bool(!value),
        Value::Null => Value::Null,
        _ => Value::Unknown,
    }
}

fn equal(left: &Value, right: &Value) -> Value {
    match (left, right) {
        (Value::Unknown, _) | (_, Value::Unknown) => Value::Unknown,
        (Value::Null, _) | (_, Value::Null) => Value::Null,
        (Value::Bool(flag), Value::Text(text)) | (Value::Text(text), Value::Bool(flag)) => {
            Value::Bool(*flag == text.eq_ignore_ascii_case("t") || *flag == text.eq_ignore_ascii_case("true"))
        }
        (left, right) => Value::Bool(left == right),
    }
}

/// SQL's three-valued logic: an unknown side does not matter if the other side decides the result.
fn combined(op: &BinaryOperator, left: &Value, right: &Value) -> Value {
    match op {
        BinaryOperator::And => match (truth_or_unknown(left), truth_or_unknown(right)) {
            (Some(false), _) | (_, Some(false)) => Value::Bool(false),
            (Some(true), Some(true)) => Value::Bool(true),
            _ => Value::Unknown,
        },
        BinaryOperator::Or => match (truth_or_unknown(left), truth_or_unknown(right)) {
            (Some(true), _) | (_, Some(true)) => Value::Bool(true),
            (Some(false), Some(false)) => Value::Bool(false),
            _ => Value::Unknown,
        },
        BinaryOperator::Eq => equal(left, right),
        BinaryOperator::NotEq => not(&equal(left, right)),
        BinaryOperator::Gt | BinaryOperator::Lt | BinaryOperator::GtEq | BinaryOperator::LtEq => {
            let (Value::Text(left), Value::Text(right)) = (left, right) else { return Value::Unknown };
            let (Ok(left), Ok(right)) = (left.parse::<i64>(), right.parse::<i64>()) else {
                return Value::Unknown;
            };
            Value::Bool(match op {
                BinaryOperator::Gt => left > right,
                BinaryOperator::Lt => left < right,
                BinaryOperator::GtEq => left >= right,
                _ => left <= right,
            })
        }
        _ => Value::Unknown,
    }
}

fn truth_or_unknown(value: &Value) -> Option<bool> {
    truth(value)
}
