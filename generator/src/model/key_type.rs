//! The type of a relation's key: what both ends' columns can be compared as.

use serde::{Serialize, Serializer};

use super::{data::Column, rust_type::RustType};

/// As many as the runtime's `RelationKey` goes.
const MOST_COLUMNS: usize = 6;

/// The integer types, narrow before wide.
const INTEGERS: [&str; 3] = ["i16", "i32", "i64"];

/// Why the columns at both ends make no key.
#[derive(Debug)]
pub enum Uncomparable {
    /// The manifest leaves one of them out.
    LeftOut,
    /// Their Rust types differ, or have no equality.
    Types(String),
}

/// The type of a relation's key: a tuple, of an element for each column.
#[derive(Clone, Debug)]
pub struct KeyType {
    elements: Vec<RustType>,
    imports: bool,
}

impl KeyType {
    /// The type that both ends' columns can be compared as: the wider one where two integers meet. It is written in
    /// files that import `ormgen_runtime::types`.
    pub(super) fn of(left: &[&Column], right: &[&Column]) -> Result<Self, Uncomparable> {
        if left.len() != right.len() || left.is_empty() || left.len() > MOST_COLUMNS {
            return Err(Uncomparable::Types(format!("a key has from 1 to {MOST_COLUMNS} columns")));
        }
        let elements = left.iter().zip(right).map(|(left, right)| common(left, right));
        Ok(Self { elements: elements.collect::<Result<_, _>>()?, imports: true })
    }

    /// The same type in a file that imports none of the runtime's types.
    #[must_use]
    pub(super) fn without_import(self) -> Self {
        Self { imports: false, ..self }
    }

    /// Whether one database alone has a type of it.
    pub(super) fn is_of_database(&self) -> bool {
        self.elements.iter().any(RustType::is_of_database)
    }

    /// Whether a type of it is the runtime's.
    pub(super) fn is_of_runtime(&self) -> bool {
        self.elements.iter().any(RustType::is_of_runtime)
    }

    /// A closure that reads the key from a row.
    pub(super) fn read(&self, columns: &[&Column]) -> String {
        let values = columns.iter().zip(&self.elements).map(|(column, ty)| {
            let copied = if column.value.traits().copy { "" } else { ".clone()" };
            let optional = if column.nullable { "?" } else { "" };
            let value = format!("row.{}{copied}{optional}", column.field);
            if column.value == *ty { value } else { format!("{ty}::from({value})") }
        });
        format!("|row| Some(({},))", values.collect::<Vec<_>>().join(", "))
    }
}

impl Serialize for KeyType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = |ty: &RustType| if self.imports { ty.imported() } else { ty.to_string() };
        let elements: Vec<String> = self.elements.iter().map(text).collect();
        serializer.serialize_str(&format!("({},)", elements.join(", ")))
    }
}

fn common(left: &Column, right: &Column) -> Result<RustType, Uncomparable> {
    let width = |column: &Column| INTEGERS.iter().position(|name| column.value.is_prelude(name));
    match (width(left), width(right)) {
        (Some(a), Some(b)) => Ok(if a < b { right.value.clone() } else { left.value.clone() }),
        _ if left.value != right.value => {
            let [left, right] = [left, right].map(|column| column.value.bare());
            Err(Uncomparable::Types(format!("`{left}` and `{right}` are different types")))
        }
        _ if !(left.comparable && right.comparable) => {
            Err(Uncomparable::Types(format!("`{}` cannot be compared for equality", left.value)))
        }
        _ => Ok(left.value.clone()),
    }
}
