//! The types that functions give: the common ones of `pg_catalog`, and those that the DDL defines.
//!
//! Manual: "Functions and Operators". A function that is not here gives an unknown type, which is told where it
//! matters.

use super::{
    super::{reader::ObjectName, session::Function},
    analysis::Analysis,
    operators::rounded,
    types::{Col, Type, base, subtype, wider},
};
use crate::catalog::SqlType;

impl Analysis<'_> {
    /// The type of one value that a call gives.
    pub(super) fn call_by_name(&self, name: &[String], types: &[Type]) -> Type {
        if let Some(function) = self.defined(name, types.len()) {
            return self.polymorphic(function, types);
        }
        let of_extension =
            |schema: &String| self.session.extension_schemas.values().any(|other| other == schema);
        let known = is_builtin_schema(name) || name.iter().rev().nth(1).is_some_and(of_extension);
        let Some(last) = name.last().filter(|_| known) else { return Type::Unknown };
        let based: Vec<Type> = types.iter().map(|ty| base(self.session, ty.clone()).plain()).collect();
        if let Some(ty) = fixed(last) {
            return ty;
        }
        match last.as_str() {
            "coalesce" | "greatest" | "least" => self.common_of(types),
            "nullif" => self.nullif(types),
            "lower" | "upper" => {
                let of_range = based.first().and_then(|ty| subtype(self.session, ty));
                of_range.unwrap_or_else(|| Type::builtin("text"))
            }
            _ => by_argument(last, &based),
        }
    }

    /// The first argument, as the comparison with the second makes it.
    fn nullif(&self, types: &[Type]) -> Type {
        let [first, second] = types else { return Type::Unknown };
        let based = base(self.session, first.clone());
        if based.name() == Some("varchar") {
            return Type::builtin("text");
        }
        match (based.name(), base(self.session, second.clone()).name()) {
            (Some(a), Some("numeric")) if a.starts_with("int") => Type::builtin("numeric"),
            _ if based != *first => based.plain(),
            _ => literal_as_text(based),
        }
    }

    /// A function of the DDL with that many arguments; none where two of them differ in what they return.
    fn defined(&self, name: &[String], arguments: usize) -> Option<&Function> {
        let (last, qualifier) = name.split_last()?;
        let written = ObjectName { schema: qualifier.last().cloned(), name: last.clone(), span: 0..0 };
        let mut functions = self.session.functions_called(&written, arguments);
        let first = functions.next()?;
        functions.all(|other| other.returns == first.returns).then_some(first)
    }

    fn polymorphic(&self, function: &Function, types: &[Type]) -> Type {
        let returns = Type::of(&function.returns);
        match returns.name() {
            Some("anyelement" | "anycompatible" | "anynonarray" | "anyenum") => match types {
                [only] if !only.is_array() => only.clone().plain(),
                _ => Type::Unknown,
            },
            Some(name) if name.starts_with("any") || name == "record" => Type::Unknown,
            _ => returns,
        }
    }

    /// `percentile_disc(…) WITHIN GROUP (ORDER BY …)` and its kin.
    pub(super) fn ordered_set(&self, name: &[String], ordered: &Type) -> Type {
        let ordered = base(self.session, ordered.clone()).plain();
        match name.last().map(String::as_str) {
            Some("percentile_disc" | "mode") => ordered,
            Some("percentile_cont") if ordered.name() == Some("interval") => ordered,
            Some("percentile_cont" | "percent_rank" | "cume_dist") => Type::builtin("float8"),
            Some("rank" | "dense_rank") => Type::builtin("int8"),
            _ => Type::Unknown,
        }
    }

    /// The columns of a call in `FROM`, where it gives rows of several.
    pub(super) fn row_of_call(&self, name: &[String], types: &[Type]) -> Option<Vec<Col>> {
        if let Some(function) = self.defined(name, types.len()) {
            let columns = function.columns.iter().map(|(name, ty)| Col::new(name, Type::of(ty)));
            return (!function.columns.is_empty()).then(|| columns.collect());
        }
        let columns: &[(&str, &str)] = match name.last().map(String::as_str)? {
            "json_each" => &[("key", "text"), ("value", "json")],
            "jsonb_each" => &[("key", "text"), ("value", "jsonb")],
            "json_each_text" | "jsonb_each_text" => &[("key", "text"), ("value", "text")],
            "json_array_elements" => &[("value", "json")],
            "jsonb_array_elements" => &[("value", "jsonb")],
            "json_array_elements_text" | "jsonb_array_elements_text" => &[("value", "text")],
            _ => return None,
        };
        is_builtin_schema(name)
            .then(|| columns.iter().map(|(name, ty)| Col::new(*name, Type::builtin(ty))).collect())
    }
}

fn is_builtin_schema(name: &[String]) -> bool {
    match name {
        [_] => true,
        [.., schema, _] => schema == "pg_catalog",
        [] => false,
    }
}

fn literal_as_text(ty: Type) -> Type {
    if ty == Type::Literal { Type::builtin("text") } else { ty }
}

/// Functions that give one type whatever they are given.
fn fixed(name: &str) -> Option<Type> {
    let ty = match name {
        "count"
        | "row_number"
        | "rank"
        | "dense_rank"
        | "regr_count"
        | "nextval"
        | "currval"
        | "lastval"
        | "setval"
        | "txid_current"
        | "pg_relation_size"
        | "pg_table_size"
        | "pg_total_relation_size"
        | "pg_indexes_size"
        | "pg_database_size"
        | "hashtextextended" => "int8",
        "length"
        | "char_length"
        | "character_length"
        | "octet_length"
        | "bit_length"
        | "strpos"
        | "position"
        | "ascii"
        | "array_length"
        | "array_ndims"
        | "array_upper"
        | "array_lower"
        | "cardinality"
        | "array_position"
        | "jsonb_array_length"
        | "json_array_length"
        | "num_nonnulls"
        | "num_nulls"
        | "ntile"
        | "width_bucket"
        | "family"
        | "masklen"
        | "pg_backend_pid"
        | "hashtext"
        | "generate_subscripts"
        | "grouping"
        | "regexp_count"
        | "regexp_instr"
        | "scale"
        | "min_scale" => "int4",
        "concat"
        | "concat_ws"
        | "initcap"
        | "replace"
        | "translate"
        | "lpad"
        | "rpad"
        | "left"
        | "right"
        | "repeat"
        | "format"
        | "md5"
        | "quote_ident"
        | "quote_literal"
        | "quote_nullable"
        | "split_part"
        | "regexp_replace"
        | "regexp_substr"
        | "to_char"
        | "chr"
        | "to_hex"
        | "encode"
        | "array_to_string"
        | "jsonb_pretty"
        | "jsonb_typeof"
        | "json_typeof"
        | "current_setting"
        | "set_config"
        | "version"
        | "obj_description"
        | "col_description"
        | "shobj_description"
        | "host"
        | "abbrev"
        | "pg_size_pretty"
        | "pg_get_userbyid_text"
        | "pg_get_expr"
        | "pg_get_viewdef"
        | "pg_get_constraintdef"
        | "pg_get_indexdef"
        | "format_type"
        | "ts_headline"
        | "convert_from"
        | "to_ascii"
        | "normalize"
        | "jsonb_extract_path_text"
        | "json_extract_path_text"
        | "jsonb_object_keys"
        | "json_object_keys"
        | "unistr"
        | "string_agg_text"
        | "regexp_split_to_table"
        | "string_to_table"
        | "ltrim"
        | "rtrim"
        | "btrim"
        | "reverse" => "text",
        "current_user" | "session_user" | "user" | "current_role" | "current_catalog"
        | "current_database" | "current_schema" | "pg_get_userbyid" => "name",
        "now"
        | "current_timestamp"
        | "transaction_timestamp"
        | "statement_timestamp"
        | "clock_timestamp"
        | "to_timestamp"
        | "make_timestamptz"
        | "pg_postmaster_start_time" => "timestamptz",
        "localtimestamp" | "make_timestamp" => "timestamp",
        "current_date" | "to_date" | "make_date" => "date",
        "current_time" => "timetz",
        "localtime" | "make_time" => "time",
        "age" | "make_interval" | "justify_days" | "justify_hours" | "justify_interval" => "interval",
        "date_part" | "random" | "pi" | "percent_rank" | "cume_dist" | "corr" | "covar_pop"
        | "covar_samp" | "regr_avgx" | "regr_avgy" | "regr_intercept" | "regr_r2" | "regr_slope"
        | "regr_sxx" | "regr_sxy" | "regr_syy" | "sin" | "cos" | "tan" | "asin" | "acos" | "atan"
        | "atan2" | "radians" | "degrees" | "cbrt" => "float8",
        "to_number" | "extract" | "factorial" => "numeric",
        "bool_and"
        | "bool_or"
        | "every"
        | "starts_with"
        | "isfinite"
        | "isempty"
        | "lower_inc"
        | "upper_inc"
        | "lower_inf"
        | "upper_inf"
        | "has_table_privilege"
        | "has_schema_privilege"
        | "pg_has_role"
        | "exists"
        | "jsonb_path_exists"
        | "jsonb_path_match"
        | "jsonb_exists"
        | "regexp_like"
        | "pg_table_is_visible"
        | "overlaps" => "bool",
        "to_json"
        | "row_to_json"
        | "json_agg"
        | "json_build_object"
        | "json_build_array"
        | "json_object_agg"
        | "json_object"
        | "array_to_json"
        | "json_strip_nulls"
        | "json_extract_path"
        | "json_array_elements" => "json",
        "to_jsonb"
        | "jsonb_agg"
        | "jsonb_build_object"
        | "jsonb_build_array"
        | "jsonb_object_agg"
        | "jsonb_object"
        | "jsonb_strip_nulls"
        | "jsonb_set"
        | "jsonb_insert"
        | "jsonb_extract_path"
        | "jsonb_array_elements"
        | "jsonb_path_query"
        | "jsonb_path_query_first"
        | "jsonb_path_query_array"
        | "jsonb_set_lax" => "jsonb",
        "gen_random_uuid" | "uuid_generate_v1" | "uuid_generate_v1mc" | "uuid_generate_v3"
        | "uuid_generate_v4" | "uuid_generate_v5" | "uuidv4" | "uuidv7" => "uuid",
        "decode" | "convert_to" | "sha224" | "sha256" | "sha384" | "sha512" | "digest" | "hmac"
        | "gen_random_bytes" => "bytea",
        "to_tsvector" | "setweight" | "strip" | "array_to_tsvector" => "tsvector",
        "to_tsquery" | "plainto_tsquery" | "phraseto_tsquery" | "websearch_to_tsquery" | "tsquery_phrase" => {
            "tsquery"
        }
        "ts_rank" | "ts_rank_cd" | "similarity" | "word_similarity" | "strict_word_similarity" => "float4",
        "int4range" | "int8range" | "numrange" | "tsrange" | "tstzrange" | "daterange" => name,
        "pg_typeof" => "regtype",
        "inet_client_addr" | "inet_server_addr" => "inet",
        "network" => "cidr",
        "xmlelement" | "xmlagg" | "xmlforest" | "xmlconcat" | "xmlparse" => "xml",
        "string_to_array"
        | "regexp_split_to_array"
        | "regexp_match"
        | "regexp_matches"
        | "show_trgm"
        | "akeys"
        | "avals" => return Some(Type::builtin("text").array()),
        "array_positions" => return Some(Type::builtin("int4").array()),
        _ => return None,
    };
    Some(Type::builtin(ty))
}

/// Functions whose type follows from their arguments'.
fn by_argument(name: &str, types: &[Type]) -> Type {
    let first = types.first().cloned().unwrap_or(Type::Unknown);
    let second = types.get(1).cloned().unwrap_or(Type::Unknown);
    match name {
        "sum" => match first.name() {
            Some("int2" | "int4") => Type::builtin("int8"),
            Some("int8") => Type::builtin("numeric"),
            Some("numeric" | "float4" | "float8" | "interval" | "money") => first,
            _ => Type::Unknown,
        },
        "avg" => match first.name() {
            Some("int2" | "int4" | "int8" | "numeric") => Type::builtin("numeric"),
            Some("float4" | "float8") => Type::builtin("float8"),
            Some("interval") => first,
            _ => Type::Unknown,
        },
        "stddev" | "stddev_pop" | "stddev_samp" | "variance" | "var_pop" | "var_samp" => match first.name() {
            Some("float4" | "float8") => Type::builtin("float8"),
            Some(name) if wider(name, name).is_some() => Type::builtin("numeric"),
            _ => Type::Unknown,
        },
        "min" | "max" => match first.name() {
            Some("varchar" | "name") => Type::builtin("text"),
            _ => literal_as_text(first),
        },
        "array_agg" => {
            if first.is_array() {
                first
            } else {
                first.array()
            }
        }
        "string_agg" | "substr" | "substring" | "trim" | "overlay" => match first.name() {
            Some("bytea") => first,
            _ => Type::builtin("text"),
        },
        "round" | "trunc" if types.len() == 2 => Type::builtin("numeric"),
        "round" | "trunc" | "ceil" | "ceiling" | "floor" | "sign" => match (name, first.name()) {
            ("trunc", Some("macaddr")) => first,
            _ => rounded(&first),
        },
        "sqrt" | "exp" | "ln" | "log" | "power" | "pow" | "log10" => {
            let is_numeric = |ty: &Type| matches!(ty.name(), Some("numeric"));
            let floats = types.iter().any(|ty| matches!(ty.name(), Some("float4" | "float8")));
            if !floats && types.iter().any(is_numeric) || (name == "log" && types.len() == 2) {
                Type::builtin("numeric")
            } else {
                Type::builtin("float8")
            }
        }
        "mod" | "div" | "gcd" | "lcm" => match (first.name(), second.name()) {
            (Some(a), Some(b)) if name != "div" => wider(a, b).map_or(Type::Unknown, Type::builtin),
            _ if name == "div" => Type::builtin("numeric"),
            _ => Type::Unknown,
        },
        "abs" | "bit_and" | "bit_or" | "bit_xor" | "lag" | "lead" | "first_value" | "last_value"
        | "nth_value" | "any_value" | "array_append" | "array_cat" | "array_remove" | "array_replace"
        | "trim_array" | "array_shuffle" | "range_merge" | "generate_series" | "jsonb_concat" => {
            generated(name, first, &second)
        }
        "array_prepend" => second,
        "unnest" => first.element().plain(),
        "date_trunc" | "date_bin" => match second.name() {
            Some("date") => Type::builtin(if name == "date_trunc" { "timestamptz" } else { "timestamp" }),
            Some("timestamp" | "timestamptz" | "interval") => second,
            _ => Type::Unknown,
        },
        "timezone" => match second.name() {
            Some("timestamp") => Type::builtin("timestamptz"),
            Some("timestamptz" | "date") => Type::builtin("timestamp"),
            Some("timetz" | "time") => Type::builtin("timetz"),
            _ => Type::Unknown,
        },
        "range_agg" => match first.name().and_then(|name| name.strip_suffix("range")) {
            Some(stem) => Type::Known(SqlType::builtin(&format!("{stem}multirange"))),
            None => Type::Unknown,
        },
        _ => conversion(name, types),
    }
}

/// The type of the first argument, for `generate_series` the wider of the bounds'.
fn generated(name: &str, first: Type, second: &Type) -> Type {
    if name != "generate_series" {
        return first;
    }
    match (first.name(), second.name()) {
        (Some("date"), _) => Type::builtin("timestamptz"),
        (Some(a), Some(b)) => wider(a, b).map_or(first, Type::builtin),
        _ => first,
    }
}

/// A type's name used as a function: `text(x)`, `int4(x)`.
fn conversion(name: &str, types: &[Type]) -> Type {
    const TYPES: [&str; 12] = [
        "text",
        "int2",
        "int4",
        "int8",
        "float4",
        "float8",
        "numeric",
        "date",
        "timestamp",
        "timestamptz",
        "varchar",
        "bool",
    ];
    if types.len() == 1 && TYPES.contains(&name) { Type::builtin(name) } else { Type::Unknown }
}
