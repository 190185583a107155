//! The types that operators give. Manual: "Functions and Operators".

use sqlparser::ast::BinaryOperator as Op;

use super::types::{Type, wider};

/// The type of `left op right`; both are base types.
pub(super) fn result(op: &Op, left: &Type, right: &Type) -> Type {
    match op {
        Op::Plus | Op::Minus | Op::Multiply | Op::Divide | Op::Modulo | Op::PGExp => {
            arithmetic(op, left, right)
        }
        Op::StringConcat => concatenation(left, right),
        Op::Arrow | Op::HashArrow => of_json(left, right),
        Op::PGCustomBinaryOperator(name) => custom(name.last().map_or("", String::as_str), left, right),
        Op::Custom(name) => custom(name, left, right),
        Op::LongArrow | Op::HashLongArrow => match left.name() {
            Some("json" | "jsonb") => Type::builtin("text"),
            _ => Type::Unknown,
        },
        Op::HashMinus => left.clone().plain(),
        Op::BitwiseAnd
        | Op::BitwiseOr
        | Op::PGBitwiseXor
        | Op::PGBitwiseShiftLeft
        | Op::PGBitwiseShiftRight => bits(op, left, right),
        Op::LtDashGt => match (left.name(), right.name()) {
            (Some(name), _) | (None, Some(name)) if is_geometric(name) => Type::builtin("float8"),
            // pg_trgm's distance of two texts.
            (Some("text" | "varchar"), _) => Type::builtin("float4"),
            _ => Type::Unknown,
        },
        _ => Type::builtin("bool"),
    }
}

fn is_geometric(name: &str) -> bool {
    matches!(name, "point" | "box" | "circle" | "line" | "lseg" | "path" | "polygon")
}

fn of_json(left: &Type, right: &Type) -> Type {
    match (left, left.name()) {
        (_, Some(name @ ("json" | "jsonb"))) => Type::builtin(name),
        (Type::Known(ty), _) if ty.name.name == "hstore" && !ty.array => {
            let text = Type::builtin("text");
            if right.is_array() { text.array() } else { text }
        }
        _ => Type::Unknown,
    }
}

/// Operators that sqlparser has no name for, and those written `OPERATOR(schema.+)`.
fn custom(name: &str, left: &Type, right: &Type) -> Type {
    const TRUTHS: [&str; 20] = [
        "<<=", ">>=", "-|-", "&<", "&>", "<<|", "|>>", "@@@", "<%", "%>", "<<%", "%>>", "?&", "?|", "=",
        "<>", "<", ">", "<=", ">=",
    ];
    match name {
        "+" => arithmetic(&Op::Plus, left, right),
        "-" => arithmetic(&Op::Minus, left, right),
        "*" => arithmetic(&Op::Multiply, left, right),
        "/" => arithmetic(&Op::Divide, left, right),
        "%" => arithmetic(&Op::Modulo, left, right),
        "||" => concatenation(left, right),
        "->" | "#>" => of_json(left, right),
        "->>" | "#>>" => result(&Op::LongArrow, left, right),
        "<->" => result(&Op::LtDashGt, left, right),
        name if TRUTHS.contains(&name) || name.starts_with(['~', '!']) => Type::builtin("bool"),
        _ => Type::Unknown,
    }
}

fn bits(op: &Op, left: &Type, right: &Type) -> Type {
    let shift = matches!(op, Op::PGBitwiseShiftLeft | Op::PGBitwiseShiftRight);
    match (left.name(), right.name()) {
        (Some("int2" | "int4" | "int8" | "bit" | "varbit" | "inet"), _) if shift => left.clone().plain(),
        (Some(a), Some(b)) => wider(a, b).map_or_else(|| left.clone().plain(), Type::builtin),
        (Some(_), None) => left.clone().plain(),
        _ => Type::Unknown,
    }
}

fn concatenation(left: &Type, right: &Type) -> Type {
    match (left, right) {
        (Type::Unknown, _) | (_, Type::Unknown) => return Type::Unknown,
        (Type::Literal, Type::Literal) => return Type::builtin("text"),
        _ if left.is_array() => return left.clone().plain(),
        _ if right.is_array() => return right.clone().plain(),
        _ => {}
    }
    let special = ["jsonb", "bytea", "tsvector", "tsquery", "varbit", "bit"];
    let special = |ty: &Type| ty.name().filter(|name| special.contains(name)).map(str::to_owned);
    match (special(left), special(right)) {
        (Some(name), Some(_)) if name == "bit" => Type::builtin("varbit"),
        (Some(name), Some(other)) if name == other => Type::builtin(&name),
        (Some(name), None) if *right == Type::Literal => Type::builtin(&name),
        (None, Some(name)) if *left == Type::Literal => Type::builtin(&name),
        _ if is_text(left) || is_text(right) => Type::builtin("text"),
        _ => Type::Unknown,
    }
}

fn is_text(ty: &Type) -> bool {
    *ty == Type::Literal || matches!(ty.name(), Some("text" | "varchar" | "bpchar" | "name" | "char"))
}

fn arithmetic(op: &Op, left: &Type, right: &Type) -> Type {
    let (a, b) = match (left, right) {
        (Type::Unknown, _) | (_, Type::Unknown) => return Type::Unknown,
        // A literal is taken to have the other side's type, where that is a number.
        (Type::Literal, other) | (other, Type::Literal) => match other.name() {
            Some(name) if wider(name, name).is_some() => return other.clone().plain(),
            Some("interval") if matches!(op, Op::Multiply | Op::Divide) => return Type::builtin("interval"),
            Some(name) => return with_literal(op, name, matches!(left, Type::Literal)),
            None => return Type::Unknown,
        },
        _ => match (left.name(), right.name()) {
            (Some(a), Some(b)) => (a, b),
            _ => return Type::Unknown,
        },
    };
    if matches!(op, Op::PGExp) {
        let exact = |name| matches!(name, "int2" | "int4" | "int8" | "numeric");
        let numeric = exact(a) && exact(b) && (a == "numeric" || b == "numeric");
        return if numeric { Type::builtin("numeric") } else { Type::builtin("float8") };
    }
    if let Some(wider) = wider(a, b) {
        return Type::builtin(wider);
    }
    // pg_trgm's `%` of two texts.
    if matches!(op, Op::Modulo) && matches!(a, "text" | "varchar") {
        return Type::builtin("bool");
    }
    calendar(op, a, b).map_or(Type::Unknown, Type::builtin)
}

/// A literal beside a date or time is read as the type for which there is one operator.
fn with_literal(op: &Op, name: &str, literal_first: bool) -> Type {
    match (op, name) {
        (Op::Minus, "date") if !literal_first => Type::builtin("int4"),
        (Op::Minus, "timestamp" | "timestamptz" | "time" | "interval") => Type::builtin("interval"),
        (Op::Plus, "timestamp" | "timestamptz" | "interval") | (Op::Minus, "jsonb") => Type::builtin(name),
        (Op::Modulo, "text" | "varchar") => Type::builtin("bool"),
        _ => Type::Unknown,
    }
}

/// Manual: "Date/Time Functions and Operators", table of operators.
fn calendar(op: &Op, a: &str, b: &str) -> Option<&'static str> {
    let is_number = |name| wider(name, name).is_some();
    Some(match (op, a, b) {
        (Op::Minus, "date", "date") => "int4",
        (Op::Plus | Op::Minus, "date", "int2" | "int4") | (Op::Plus, "int2" | "int4", "date") => "date",
        (Op::Plus | Op::Minus, "date", "interval") | (Op::Plus, "interval", "date") => "timestamp",
        (Op::Plus, "date", "time") | (Op::Plus, "time", "date") => "timestamp",
        (Op::Plus, "date", "timetz") | (Op::Plus, "timetz", "date") => "timestamptz",
        (Op::Minus, "timestamp" | "timestamptz" | "date", "timestamp" | "timestamptz" | "date") => "interval",
        (Op::Minus, "time", "time") => "interval",
        (Op::Plus | Op::Minus, "interval", "interval") => "interval",
        (Op::Plus | Op::Minus, "timestamp", "interval") | (Op::Plus, "interval", "timestamp") => "timestamp",
        (Op::Plus | Op::Minus, "timestamptz", "interval") | (Op::Plus, "interval", "timestamptz") => {
            "timestamptz"
        }
        (Op::Plus | Op::Minus, "time", "interval") | (Op::Plus, "interval", "time") => "time",
        (Op::Plus | Op::Minus, "timetz", "interval") | (Op::Plus, "interval", "timetz") => "timetz",
        (Op::Multiply | Op::Divide, "interval", number) if is_number(number) => "interval",
        (Op::Multiply, number, "interval") if is_number(number) => "interval",
        (Op::Plus | Op::Minus, "money", "money") => "money",
        (Op::Divide, "money", "money") => "float8",
        (Op::Multiply | Op::Divide, "money", number) if is_number(number) => "money",
        (Op::Multiply, number, "money") if is_number(number) => "money",
        (Op::Minus, "pg_lsn", "pg_lsn") => "numeric",
        (Op::Minus, "jsonb", _) => "jsonb",
        (Op::Minus, "inet", "inet") => "int8",
        (Op::Plus | Op::Minus, "inet", _) => "inet",
        _ => return None,
    })
}

/// What `ceil`, `floor` and `round` of one argument give.
pub(super) fn rounded(ty: &Type) -> Type {
    match ty.name() {
        Some("numeric") => Type::builtin("numeric"),
        Some("int2" | "int4" | "int8" | "float4" | "float8") => Type::builtin("float8"),
        _ => Type::Unknown,
    }
}
