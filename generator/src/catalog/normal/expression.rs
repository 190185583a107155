//! The normal form of one expression: every operator with its operands in brackets, no cast that a server adds by
//! itself, one spelling of each operator.
//!
//! An expression that the parser does not understand is compared word by word.

use std::collections::BTreeMap;

use sqlparser::{
    ast::{
        BinaryOperator, DataType, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Ident,
        ObjectName, ObjectNamePart, UnaryOperator, Value,
    },
    dialect::PostgreSqlDialect,
    parser::Parser,
    tokenizer::{Token, Tokenizer},
};

/// The context of an expression: its schema, and the columns that it may name.
pub(super) struct Surroundings<'a> {
    /// The schema of its table or type: names in it may be written without it.
    pub(super) schema: &'a str,
    /// The columns in sight whose type is a domain, with what it is over in the end: a server casts them to that.
    pub(super) domains: BTreeMap<&'a str, String>,
}

/// The deepest nesting that is normalised, deeper than anybody writes. The parser has its own limit; this one protects
/// the recursive printing.
const MAX_DEPTH: usize = 200;

/// The expression's normal form.
pub(super) fn normal(around: &Surroundings<'_>, text: &str) -> String {
    parse(text).and_then(|expr| ExpressionPrinter { around }.print(&expr, 0)).unwrap_or_else(|| words(text))
}

fn parse(text: &str) -> Option<Expr> {
    let mut parser = Parser::new(&PostgreSqlDialect {}).try_with_sql(text).ok()?;
    let expr = parser.parse_expr().ok()?;
    (parser.peek_token().token == Token::EOF).then_some(expr)
}

/// The text's words with one space between, those without quotes in small letters, without parentheses and casts.
pub(super) fn words(text: &str) -> String {
    let Ok(tokens) = Tokenizer::new(&PostgreSqlDialect {}, text).tokenize() else { return text.to_owned() };
    let mut tokens =
        tokens.iter().filter(|token| !matches!(token, Token::Whitespace(_) | Token::LParen | Token::RParen));
    let mut words = Vec::new();
    while let Some(token) = tokens.next() {
        match token {
            // A cast, with the type's first word.
            Token::DoubleColon => {
                tokens.next();
            }
            Token::Word(word) if word.quote_style.is_none() => words.push(word.value.to_lowercase()),
            other => words.push(other.to_string()),
        }
    }
    words.join(" ")
}

struct ExpressionPrinter<'a> {
    around: &'a Surroundings<'a>,
}

/// The normal form of an expression; none if its kind has no normal form.
type Printed = Option<String>;

impl ExpressionPrinter<'_> {
    fn print(&self, expr: &Expr, depth: usize) -> Printed {
        if depth > MAX_DEPTH {
            return None;
        }
        let print = |expr: &Expr| self.print(expr, depth + 1);
        let all = |exprs: &[Expr]| self.list(exprs, depth + 1);
        Some(match expr {
            Expr::Nested(inner) => print(inner)?,
            Expr::Identifier(ident) => self.word(ident),
            Expr::CompoundIdentifier(parts) => self.word(parts.last()?),
            Expr::Value(value) => literal(&value.value)?,
            Expr::TypedString(typed) => literal(&typed.value.value)?,
            Expr::Interval(interval) => {
                let fields = interval.to_string().to_lowercase();
                let has_fields = interval.leading_field.is_some();
                if has_fields { fields } else { print(&interval.value)? }
            }
            Expr::UnaryOp { op: UnaryOperator::Minus, expr } => negative(&print(expr)?),
            Expr::UnaryOp { op: UnaryOperator::Plus, expr } => print(expr)?,
            Expr::UnaryOp { op: UnaryOperator::Not, expr } => format!("[not {}]", print(expr)?),
            Expr::UnaryOp { op, expr } => format!("[{op} {}]", print(expr)?),
            Expr::Cast { expr, data_type, .. } => self.cast(expr, data_type, depth + 1)?,
            Expr::Collate { expr, collation } => {
                format!("[collate {} {}]", print(expr)?, self.name(collation)?)
            }
            Expr::Function(function) => self.call(function, depth + 1)?,
            Expr::Case { .. } => self.case(expr, depth)?,
            Expr::Array(array) => format!("array({})", all(&array.elem)?),
            Expr::Tuple(items) => format!("row({})", all(items)?),
            _ => {
                let printed = self.operation(expr, depth).or_else(|| self.test(expr, depth));
                printed.or_else(|| self.special_call(expr, depth))?
            }
        })
    }

    /// An operator and its operands.
    fn operation(&self, expr: &Expr, depth: usize) -> Printed {
        let print = |expr: &Expr| self.print(expr, depth + 1);
        Some(match expr {
            Expr::BinaryOp { left, op: op @ (BinaryOperator::And | BinaryOperator::Or), right } => {
                let mut operands = Vec::new();
                self.flatten(left, op, &mut operands, depth + 1)?;
                self.flatten(right, op, &mut operands, depth + 1)?;
                junction(op, &operands)
            }
            Expr::BinaryOp { left, op, right } => binary(&operator(op), &print(left)?, &print(right)?),
            Expr::Like { negated, expr, pattern, escape_char: None, any: false } => {
                binary(if *negated { "!~~" } else { "~~" }, &print(expr)?, &print(pattern)?)
            }
            Expr::ILike { negated, expr, pattern, escape_char: None, any: false } => {
                binary(if *negated { "!~~*" } else { "~~*" }, &print(expr)?, &print(pattern)?)
            }
            Expr::InList { expr, list, negated } => {
                let op = if *negated { "<>" } else { "=" };
                match list.as_slice() {
                    [only] => binary(op, &print(expr)?, &print(only)?),
                    list => {
                        let quantor = if *negated { "all" } else { "any" };
                        format!("[{quantor} {op} {} array({})]", print(expr)?, self.list(list, depth + 1)?)
                    }
                }
            }
            Expr::AnyOp { left, compare_op, right, .. } => {
                format!("[any {} {} {}]", operator(compare_op), print(left)?, print(right)?)
            }
            Expr::AllOp { left, compare_op, right } => {
                format!("[all {} {} {}]", operator(compare_op), print(left)?, print(right)?)
            }
            Expr::Between { expr, negated, low, high } => {
                let (value, low, high) = (print(expr)?, print(low)?, print(high)?);
                let (above, below, op) =
                    if *negated { ("<", ">", BinaryOperator::Or) } else { (">=", "<=", BinaryOperator::And) };
                junction(&op, &[binary(above, &value, &low), binary(below, &value, &high)])
            }
            _ => return None,
        })
    }

    /// `IS NULL` and its kin.
    fn test(&self, expr: &Expr, depth: usize) -> Printed {
        let print = |expr: &Expr| self.print(expr, depth + 1);
        Some(match expr {
            Expr::IsNull(expr) => format!("[null {}]", print(expr)?),
            Expr::IsNotNull(expr) => format!("[not-null {}]", print(expr)?),
            Expr::IsTrue(expr) => format!("[true {}]", print(expr)?),
            Expr::IsNotTrue(expr) => format!("[not-true {}]", print(expr)?),
            Expr::IsFalse(expr) => format!("[false {}]", print(expr)?),
            Expr::IsNotFalse(expr) => format!("[not-false {}]", print(expr)?),
            Expr::IsUnknown(expr) => format!("[unknown {}]", print(expr)?),
            Expr::IsNotUnknown(expr) => format!("[not-unknown {}]", print(expr)?),
            Expr::IsDistinctFrom(a, b) => format!("[distinct {} {}]", print(a)?, print(b)?),
            Expr::IsNotDistinctFrom(a, b) => format!("[not-distinct {} {}]", print(a)?, print(b)?),
            _ => return None,
        })
    }

    /// A call that SQL writes with words between its arguments.
    fn special_call(&self, expr: &Expr, depth: usize) -> Printed {
        let print = |expr: &Expr| self.print(expr, depth + 1);
        Some(match expr {
            Expr::Extract { field, expr, .. } => {
                format!(
                    "extract('{}', {})",
                    field.to_string().to_lowercase().trim_matches('\''),
                    print(expr)?
                )
            }
            Expr::Substring { expr, substring_from, substring_for, .. } => {
                let rest = [substring_from, substring_for].into_iter().flatten();
                let rest: Option<Vec<String>> = rest.map(|expr| print(expr)).collect();
                format!("substring({}, {})", print(expr)?, rest?.join(", "))
            }
            Expr::Position { expr, r#in } => format!("position({}, {})", print(expr)?, print(r#in)?),
            Expr::Trim { trim_where, trim_what, expr, trim_characters: None } => {
                let side =
                    trim_where.as_ref().map_or("both".to_owned(), |side| side.to_string().to_lowercase());
                let function = match side.as_str() {
                    "leading" => "ltrim",
                    "trailing" => "rtrim",
                    _ => "btrim",
                };
                match trim_what {
                    Some(what) => format!("{function}({}, {})", print(expr)?, print(what)?),
                    None => format!("{function}({})", print(expr)?),
                }
            }
            Expr::Ceil { expr, .. } => format!("ceil({})", print(expr)?),
            Expr::Floor { expr, .. } => format!("floor({})", print(expr)?),
            Expr::AtTimeZone { timestamp, time_zone } => {
                format!("timezone({}, {})", print(time_zone)?, print(timestamp)?)
            }
            _ => return None,
        })
    }

    fn case(&self, expr: &Expr, depth: usize) -> Printed {
        let Expr::Case { operand, conditions, else_result, .. } = expr else { return None };
        let print = |expr: &Expr| self.print(expr, depth + 1);
        let mut text = String::from("[case");
        for part in operand.iter().map(|operand| &**operand) {
            text.push_str(&format!(" {}", print(part)?));
        }
        for when in conditions {
            text.push_str(&format!(" when {} {}", print(&when.condition)?, print(&when.result)?));
        }
        // The server adds `ELSE NULL` where a CASE has none.
        let default = else_result.as_ref().map_or(Some("null".to_owned()), |expr| print(expr))?;
        Some(format!("{text} else {default}]"))
    }

    fn list(&self, exprs: &[Expr], depth: usize) -> Printed {
        let items: Option<Vec<String>> = exprs.iter().map(|expr| self.print(expr, depth)).collect();
        Some(items?.join(", "))
    }

    /// `a AND (b AND c)` is `a AND b AND c`.
    fn flatten(&self, expr: &Expr, op: &BinaryOperator, into: &mut Vec<String>, depth: usize) -> Option<()> {
        match expr {
            _ if depth > MAX_DEPTH => return None,
            Expr::Nested(inner) => self.flatten(inner, op, into, depth + 1)?,
            Expr::BinaryOp { left, op: own, right } if own == op => {
                self.flatten(left, op, into, depth + 1)?;
                self.flatten(right, op, into, depth + 1)?;
            }
            Expr::Between { expr, negated: false, low, high } if *op == BinaryOperator::And => {
                let value = self.print(expr, depth)?;
                into.push(binary(">=", &value, &self.print(low, depth)?));
                into.push(binary("<=", &value, &self.print(high, depth)?));
            }
            other => into.push(self.print(other, depth)?),
        }
        Some(())
    }

    /// The expression without the casts that a server adds to make types equal: those of literals, and those to text.
    fn cast(&self, expr: &Expr, ty: &DataType, depth: usize) -> Printed {
        let value = self.print(expr, depth)?;
        let ty = self.type_name(ty);
        let is_text =
            ["text", "varchar", "bpchar", "name", "text[]", "varchar[]", "bpchar[]"].contains(&ty.as_str());
        let is_base = || self.around.domains.get(value.as_str()).is_some_and(|base| *base == ty);
        if is_text
            || is_base()
            || value.starts_with('\'')
            || value.starts_with("array(")
            || is_constant(&value)
        {
            return Some(value);
        }
        Some(format!("[{value} :: {ty}]"))
    }

    fn type_name(&self, ty: &DataType) -> String {
        let text = ty.to_string().to_lowercase().replace('"', "");
        let text = text.strip_prefix("pg_catalog.").or_else(|| text.strip_prefix("public.")).unwrap_or(&text);
        let own = format!("{}.", self.around.schema);
        let text = text.strip_prefix(&own).unwrap_or(text);
        let (base, array) = text.strip_suffix("[]").map_or((text, ""), |base| (base, "[]"));
        let base = match base {
            "integer" | "int" => "int4",
            "bigint" => "int8",
            "smallint" => "int2",
            "boolean" => "bool",
            "real" => "float4",
            "double precision" => "float8",
            "character varying" => "varchar",
            "character" | "char" => "bpchar",
            "timestamp without time zone" => "timestamp",
            "timestamp with time zone" => "timestamptz",
            "time without time zone" => "time",
            "time with time zone" => "timetz",
            "decimal" => "numeric",
            other => other,
        };
        format!("{base}{array}")
    }

    fn call(&self, function: &Function, depth: usize) -> Printed {
        let name = self.name(&function.name)?;
        if function.filter.is_some() || function.over.is_some() || !function.within_group.is_empty() {
            return None;
        }
        let arguments = match &function.args {
            FunctionArguments::None => return Some(constant(&name).unwrap_or(&name).to_owned()),
            FunctionArguments::Subquery(_) => return None,
            FunctionArguments::List(list) => &list.args,
        };
        let mut printed = Vec::new();
        for argument in arguments {
            let FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) = argument else { return None };
            printed.push(self.print(expr, depth)?);
        }
        Some(match (name.as_str(), printed.as_mut_slice()) {
            ("now" | "transaction_timestamp", []) => "current_timestamp".to_owned(),
            ("nextval" | "currval", [sequence]) => format!("{name}({})", self.relation(sequence)),
            ("date_part", [field, value]) => format!("extract({field}, {value})"),
            ("strpos", [value, part]) => format!("position({part}, {value})"),
            _ => format!("{name}({})", printed.join(", ")),
        })
    }

    /// A table's or sequence's name in a literal, without a schema that need not be written.
    fn relation(&self, literal: &str) -> String {
        let name = literal.trim_matches('\'').replace('"', "");
        let own = format!("{}.", self.around.schema);
        let short = name.strip_prefix(&own).or_else(|| name.strip_prefix("public.")).unwrap_or(&name);
        format!("'{short}'")
    }

    /// A function's or collation's name, without a schema that need not be written.
    fn name(&self, name: &ObjectName) -> Printed {
        let mut parts = Vec::new();
        for part in &name.0 {
            let ObjectNamePart::Identifier(ident) = part else { return None };
            parts.push(self.word(ident));
        }
        let first = parts.first().map(String::as_str);
        if parts.len() > 1
            && first.is_some_and(|it| ["pg_catalog", "public", self.around.schema].contains(&it))
        {
            parts.remove(0);
        }
        Some(parts.join("."))
    }

    fn word(&self, ident: &Ident) -> String {
        match ident.quote_style {
            Some(_) => ident.value.clone(),
            None => {
                let name = ident.value.to_lowercase();
                constant(&name).map_or(name.clone(), str::to_owned)
            }
        }
    }
}

/// Values that are written as a word.
fn constant(name: &str) -> Option<&'static str> {
    Some(match name {
        "current_timestamp" => "current_timestamp",
        "user" | "current_user" | "current_role" => "current_user",
        _ => return None,
    })
}

fn is_constant(value: &str) -> bool {
    matches!(value, "null" | "true" | "false")
}

/// Numbers and texts alike in quotes: `'1'::integer` is 1.
fn literal(value: &Value) -> Printed {
    Some(match value {
        Value::Number(digits, _) => format!("'{digits}'"),
        Value::Boolean(value) => value.to_string(),
        Value::Null => "null".to_owned(),
        Value::SingleQuotedString(text)
        | Value::EscapedStringLiteral(text)
        | Value::UnicodeStringLiteral(text)
        | Value::NationalStringLiteral(text) => format!("'{}'", text.replace('\'', "''")),
        Value::DollarQuotedString(text) => format!("'{}'", text.value.replace('\'', "''")),
        _ => return None,
    })
}

fn negative(value: &str) -> String {
    let digits = value.strip_prefix('\'').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    digits.map_or_else(|| format!("[- {value}]"), |rest| format!("'-{rest}"))
}

fn binary(op: &str, left: &str, right: &str) -> String {
    format!("[{op} {left} {right}]")
}

fn junction(op: &BinaryOperator, operands: &[String]) -> String {
    format!("[{} {}]", op.to_string().to_lowercase(), operands.join(" "))
}

/// One spelling for each operator.
fn operator(op: &BinaryOperator) -> String {
    match op {
        BinaryOperator::NotEq => "<>".to_owned(),
        BinaryOperator::PGLikeMatch => "~~".to_owned(),
        BinaryOperator::PGNotLikeMatch => "!~~".to_owned(),
        BinaryOperator::PGILikeMatch => "~~*".to_owned(),
        BinaryOperator::PGNotILikeMatch => "!~~*".to_owned(),
        BinaryOperator::PGCustomBinaryOperator(parts) => parts.last().cloned().unwrap_or_default(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(text: &str) -> String {
        let domains = BTreeMap::from([("price", "numeric".to_owned())]);
        normal(&Surroundings { schema: "app", domains }, text)
    }

    #[test]
    fn two_spellings_of_one_expression_are_equal() {
        for (written, printed) in [
            ("price > 0", "(price > (0)::numeric)"),
            ("a != 1 and b", "((a <> 1) AND b)"),
            (
                "kind IN ('a', 'b')",
                "((kind)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))",
            ),
            ("kind = ANY (ARRAY['a','b'])", "kind = ANY (ARRAY['a'::text, 'b'::text])"),
            ("kind IN ('a')", "kind = 'a'::text"),
            ("kind NOT IN ('a', 'b')", "(kind <> ALL (ARRAY['a'::text, 'b'::text]))"),
            ("name LIKE 'a%'", "((name)::text ~~ 'a%'::text)"),
            ("name NOT ILIKE 'a%'", "(name !~~* 'a%'::text)"),
            ("n BETWEEN 1 AND 5", "((n >= 1) AND (n <= 5))"),
            ("m > 0 AND n BETWEEN 1 AND 5 AND o", "((m > 0) AND ((n >= 1) AND (n <= 5)) AND o)"),
            ("now()", "CURRENT_TIMESTAMP"),
            ("-1", "'-1'::integer"),
            ("'x'", "'x'::character varying"),
            ("CAST(a AS int)", "(a)::integer"),
            ("price * 2", "((price)::numeric * (2)::numeric)"),
            ("LOWER(\"Name\")", "lower((\"Name\")::text)"),
            ("nextval('seq')", "nextval('app.seq'::regclass)"),
            ("f(1)", "app.f(1)"),
            ("a + (b * c)", "(a + (b * c))"),
            ("'{}'", "'{}'::text[]"),
            ("E'a\\'b'", "'a''b'::text"),
            ("'{}'::jsonb", "'{}'"),
            ("a->>'b' = 'c'", "((a ->> 'b'::text) = 'c'::text)"),
            ("CASE WHEN a THEN 1 END", "CASE WHEN a THEN 1 ELSE NULL::integer END"),
            ("now() at time zone 'utc'", "(now() AT TIME ZONE 'utc'::text)"),
        ] {
            assert_eq!(form(written), form(printed), "{written}");
        }
    }

    #[test]
    fn two_expressions_are_not() {
        for (one, other) in [
            ("a + b * c", "(a + b) * c"),
            ("a = 1", "a = 2"),
            ("a = 'A'", "a = 'a'"),
            ("\"A\" = 1", "a = 1"),
            ("a AND b OR c", "a AND (b OR c)"),
            ("a IN (1, 2)", "a NOT IN (1, 2)"),
            ("a::int = 1", "a::date = 1"),
            ("nextval('other.seq')", "nextval('seq')"),
            ("a LIKE 'x'", "a ILIKE 'x'"),
        ] {
            assert_ne!(form(one), form(other), "{one}");
        }
    }

    #[test]
    fn what_cannot_be_parsed_is_compared_by_its_words() {
        assert_eq!(form("a ===  B("), form("a === b ("));
        assert_eq!(
            words("USING gist (room WITH =,  during WITH &&)"),
            words("using GIST (room WITH =, during WITH &&)")
        );
    }

    #[test]
    fn depth_is_no_danger() {
        let deep = format!("{}1{}", "(".repeat(10_000), ")".repeat(10_000));
        assert!(!form(&deep).is_empty());
    }
}
