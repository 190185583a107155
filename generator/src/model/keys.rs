//! Keys of relations from the columns at both ends.

use super::{data::ColumnModel, key_type::KeyType, rust_type::RustType};

/// The greatest number of columns for which the runtime implements `RelationKey`.
const MOST_COLUMNS: usize = 6;

/// The integer types, narrow before wide.
const INTEGERS: [&str; 3] = ["i16", "i32", "i64"];

/// Why the columns at both ends make no key.
#[derive(Debug)]
pub(super) enum Uncomparable {
    /// The manifest leaves one of them out.
    LeftOut,
    /// Their Rust types differ.
    Different(String),
    /// Values of their type are no keys.
    NoKey(String),
}

impl Uncomparable {
    /// What is wrong, and what to do about it; none where the manifest leaves a column out.
    pub(super) fn told(self) -> Option<(String, &'static str)> {
        match self {
            Self::LeftOut => None,
            Self::Different(why) => Some((
                why,
                "give the columns at both ends one type, or override both with one under `types:`",
            )),
            Self::NoKey(why) => Some((
                why,
                "nothing needs to be done where no relation is wanted: the columns have their fields; to have one, let \
                 the key be of up to six integers, texts, UUIDs, dates or decimals; or write the join in SQL of your own",
            )),
        }
    }
}

/// The type in which both ends' columns can be compared: of two integer types the wider one.
pub(super) fn key_type(left: &[&ColumnModel], right: &[&ColumnModel]) -> Result<KeyType, Uncomparable> {
    if left.len() != right.len() || left.is_empty() || left.len() > MOST_COLUMNS {
        return Err(Uncomparable::NoKey(format!("a relation's key has from 1 to {MOST_COLUMNS} columns")));
    }
    let elements = left.iter().zip(right).map(|(left, right)| common(left, right));
    Ok(KeyType::new(elements.collect::<Result<_, _>>()?))
}

/// A closure that reads a key of that type from a row's columns.
pub(super) fn reader(key: &KeyType, columns: &[&ColumnModel]) -> String {
    let values = columns.iter().zip(key.elements()).map(|(column, ty)| {
        let optional = if column.nullable { "?" } else { "" };
        let value = column.ty.copied(&format!("row.{}", column.field)) + optional;
        if column.value == *ty { value } else { format!("{ty}::from({value})") }
    });
    format!("|row| Some(({},))", values.collect::<Vec<_>>().join(", "))
}

fn common(left: &ColumnModel, right: &ColumnModel) -> Result<RustType, Uncomparable> {
    let width = |column: &ColumnModel| INTEGERS.iter().position(|name| column.value.is_prelude(name));
    match (width(left), width(right)) {
        (Some(a), Some(b)) => Ok(if a < b { right.value.clone() } else { left.value.clone() }),
        _ if left.value != right.value => {
            let [left, right] = [left, right].map(|column| column.value.bare());
            Err(Uncomparable::Different(format!("`{left}` and `{right}` are different types")))
        }
        // Keys are sent as one array for each column, and PostgreSQL has no arrays of arrays.
        _ if left.compound && left.value.is_array() => {
            Err(Uncomparable::NoKey("a key cannot be an array".into()))
        }
        _ if !(left.comparable && right.comparable) => {
            Err(Uncomparable::NoKey(format!("`{}` cannot be compared for equality", left.value)))
        }
        _ => Ok(left.value.clone()),
    }
}
