//! A type of the program's own that the manifest gives a column, without what a column's type needs.

use ormgen_runtime::{
    Result,
    generated::{DecodeError, Decoder, Fields},
    types::Json,
};

#[derive(Debug, Clone, PartialEq)]
pub struct Name(pub String);

#[derive(Debug, Clone, PartialEq)]
pub struct Settings;

/// As the generated code of a table.
pub struct Customer {
    id: i64,
    name: Name,
    settings: Option<Json<Settings>>,
}

impl Customer {
    fn decode(row: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let (id, name, settings) = row.values()?;
        Ok(Self { id, name, settings })
    }

    fn fields<'a>(&'a self, fields: &mut Fields<'a>) {
        fields.push(&self.name);
    }
}

fn main() {}
