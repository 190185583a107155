//! Columns by names that come from outside: what an administration page, or an API that lists rows, sorts and filters
//! by.

use std::{borrow::Cow, fmt};

use super::{Query, Select, outside};
use crate::{
    expr::{Expr, Filter, OrderBy, ordered, told},
    model::{Database, Model, NotNull},
    sql::{ColumnDef, Parts, SqlType, unquoted},
    types::JsonValue,
};

/// Makes orders and conditions from the names of a model's columns, which are checked against the model. In scope
/// through the [prelude](crate::prelude).
///
/// Every column of the model can be named: to keep some from users, check the names before you pass them on.
///
/// ```
/// # mod shop { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/shop.rs")); }
/// # use shop::*;
/// use ormgen_runtime::{Executor, Model, Result, prelude::*, query::ByNameError, types::JsonValue};
///
/// /// A list of any model: `?sort=-visits`, and `[{"column": "visits", "operator": "gte", "value": 3}]`.
/// async fn list<M: Model>(
///     sort: &str,
///     conditions: &JsonValue,
///     executor: impl Executor<M::Db>,
/// ) -> Result<Result<Vec<M>>, ByNameError> {
///     let query = M::query().filter(M::conditions(conditions)?).order_by(M::order(sort)?);
///     Ok(query.limit(50).all(executor).await)
/// }
/// # async fn of_customers(dbs: &Databases) { let _ = list::<Customer>("-visits", &JsonValue::Null, dbs).await; }
/// ```
pub trait ByName: Model {
    /// The order by the column with this name, ascending; `-name` sorts in descending order.
    ///
    /// # Errors
    /// If the model has no such column.
    fn order(name: &str) -> Result<OrderBy<Self>, ByNameError> {
        let (name, is_descending) = name.strip_prefix('-').map_or((name, false), |name| (name, true));
        Ok(OrderBy::new(Parts::of_column(&column::<Self>(name)?), is_descending))
    }

    /// The condition that compares the column of this name with a value by `operator`: `eq`, `ne`, `lt`, `lte`, `gt`,
    /// `gte`, `like`, `ilike`, `contains`, `in` with a list, `is_null` with `true` or `false`.
    ///
    /// The value must be a JSON number, boolean or string, as the column's type asks. A `numeric` is a number or a
    /// string, as in a row's JSON; a date, a time, a UUID and an enum's label are strings, dates and times in the form of
    /// ISO 8601. All of these are checked here, so that a client's mistake never reaches the server. A value of any other
    /// type (an interval, an address, a range) is a string that the server parses: if it cannot, running the query fails.
    ///
    /// # Errors
    /// If the model has no such column, if there is no such operator, or if the value does not fit the column's type.
    fn condition(name: &str, operator: &str, value: &JsonValue) -> Result<Filter<Self>, ByNameError> {
        let column = column::<Self>(name)?;
        let left = Parts::column(column.name);
        let sql_type = SqlType::of(&column);
        let equal = |operator: &'static str| -> Result<Parts, ByNameError> {
            let right = told(operand::<Self>(&column, name, value)?, sql_type);
            Ok(told(left.clone(), sql_type).text(operator).then(right))
        };
        let compared = |operator: &'static str| -> Result<Parts, ByNameError> {
            let right = ordered(operand::<Self>(&column, name, value)?, sql_type, false);
            Ok(ordered(left.clone(), sql_type, false).text(operator).then(right))
        };
        let pattern = |operator: &'static str| -> Result<Parts, ByNameError> {
            Ok(left.clone().text("::text").text(operator).then(words(name, value)?))
        };
        let parts = match operator {
            "eq" => equal(" = ")?,
            "ne" => equal(" <> ")?,
            "lt" => compared(" < ")?,
            "lte" => compared(" <= ")?,
            "gt" => compared(" > ")?,
            "gte" => compared(" >= ")?,
            "like" => pattern(" LIKE ")?,
            "ilike" => pattern(" ILIKE ")?,
            "contains" => {
                let text = left.text("::text").between("strpos(lower(", "), lower(");
                text.then(words(name, value)?).text(")) > 0")
            }
            "in" => {
                let list = value.as_array().ok_or_else(|| ByNameError::value(name, "a list"))?;
                let list: Vec<_> = list
                    .iter()
                    .map(|value| Ok(told(operand::<Self>(&column, name, value)?, sql_type)))
                    .collect::<Result<_, _>>()?;
                if list.is_empty() {
                    return Ok(Filter::new(Parts::default().text("false")));
                }
                told(left, sql_type).text(" IN (").then(Parts::joined(", ", list)).text(")")
            }
            "is_null" => match value.as_bool() {
                Some(true) => left.text(sql_type.is_null()),
                Some(false) => left.text(sql_type.is_not_null()),
                None => return Err(ByNameError::value(name, "`true` or `false`")),
            },
            _ => return Err(ByNameError::Operator(operator.to_owned())),
        };
        Ok(Filter::new(parts.between("(", ")")))
    }

    /// Every condition of a list of `{"column": …, "operator": …, "value": …}`; `null` and an empty list add no
    /// condition.
    ///
    /// # Errors
    /// If `list` is no such list, and the errors of [`condition`](Self::condition).
    fn conditions(list: &JsonValue) -> Result<Filter<Self>, ByNameError> {
        let conditions: &[JsonValue] = match list {
            JsonValue::Null => &[],
            list => list.as_array().ok_or(ByNameError::List)?,
        };
        let condition = |of: &JsonValue| {
            let text = |key: &str| of.get(key).and_then(JsonValue::as_str).ok_or(ByNameError::List);
            let value = of.get("value").unwrap_or(&JsonValue::Null);
            Self::condition(text("column")?, text("operator")?, value)
        };
        Ok(Filter::all(conditions.iter().map(condition).collect::<Result<Vec<_>, _>>()?))
    }
}

impl<M: Model> ByName for M {}

impl<M: Model, S> Query<M, S> {
    /// Selects only the columns of these names: each row is a JSON object with these keys, which the server makes
    /// (`to_jsonb`). A `numeric`, and each of an array, is a string, as in the JSON of a whole row, so that it keeps
    /// every digit. One in a composite or a JSON document is a number: if an `f64` does not keep it, reading the row
    /// fails without the feature `json-numbers`. A range is the server's text, `[1,5)`.
    ///
    /// # Errors
    /// If the model has no such column.
    pub fn select_json<N: AsRef<str>>(
        self,
        names: impl IntoIterator<Item = N>,
    ) -> Result<SelectJson<M, S>, ByNameError> {
        // The names go as one array, not as a list of arguments: a function takes a hundred arguments at most.
        let mut fields = Parts::default().text("jsonb_build_object()");
        for name in names {
            let column = column::<M>(name.as_ref())?;
            let key = Parts::value(unquoted(column.name)).text("::text, ");
            let field = key
                .then(Parts::column(column.name))
                .text(as_json(&column))
                .between("jsonb_build_object(", ")");
            fields = fields.text(" || ").then(field);
        }
        Ok(self.select(Expr::new(fields.between("(", ")"))))
    }
}

/// A query whose rows are JSON objects.
type SelectJson<M, S> = Select<M, S, Expr<M, JsonValue, NotNull>>;

/// The cast of a column's value before the server makes JSON of it: as a JSON number, a `numeric` could have more
/// digits than an `f64` keeps.
fn as_json(column: &ColumnDef) -> &'static str {
    match column.sql_type {
        "numeric" => "::text",
        "numeric[]" => "::text[]",
        _ => "",
    }
}

/// The column of a model that has this name in the database.
fn column<M: Model>(name: &str) -> Result<ColumnDef, ByNameError> {
    let found = M::COLUMNS.iter().find(|column| unquoted(column.name) == name);
    found.copied().ok_or_else(|| ByNameError::Column { model: M::NAME, name: name.to_owned() })
}

/// A value that is compared with a column: it is sent as text and cast to the column's type.
fn operand<M: Model>(column: &ColumnDef, name: &str, value: &JsonValue) -> Result<Parts, ByNameError> {
    let text = outside::text(column, value, <M::Db as Database>::ENUMS)
        .map_err(|expected| ByNameError::value(name, expected))?;
    Ok(Parts::value(text).text("::text::").text(column.sql_type))
}

/// A text to search for.
fn words(name: &str, value: &JsonValue) -> Result<Parts, ByNameError> {
    let text = outside::words(value).map_err(|expected| ByNameError::value(name, expected))?;
    Ok(Parts::value(text).text("::text"))
}

/// Why a name, an operator or a value from outside does not fit the model.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ByNameError {
    /// The model has no column of that name.
    Column {
        /// The model.
        model: &'static str,
        /// The name that was given.
        name: String,
    },
    /// There is no such operator.
    Operator(String),
    /// The value does not fit the column's type.
    Value {
        /// The column.
        name: String,
        /// What was expected instead.
        expected: Cow<'static, str>,
    },
    /// The conditions are not a list of `{"column": …, "operator": …, "value": …}`.
    List,
}

impl ByNameError {
    fn value(name: &str, expected: impl Into<Cow<'static, str>>) -> Self {
        Self::Value { name: name.to_owned(), expected: expected.into() }
    }
}

impl fmt::Display for ByNameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Column { model, name } => write!(f, "`{model}` has no column `{name}`"),
            Self::Operator(operator) => write!(
                f,
                "there is no operator `{operator}`: it is one of `eq`, `ne`, `lt`, `lte`, `gt`, `gte`, `like`, `ilike`, \
                 `contains`, `in`, `is_null`"
            ),
            Self::Value { name, expected } => write!(f, "the column `{name}` is compared with {expected}"),
            Self::List => {
                f.write_str("conditions are a list of `{\"column\": …, \"operator\": …, \"value\": …}`")
            }
        }
    }
}

impl std::error::Error for ByNameError {}
