//! The type of a relation's key, in which the columns of both ends can be compared.

use serde::{Serialize, Serializer};

use super::rust_type::RustType;

/// The type of a relation's key: a tuple with an element for each column.
#[derive(Clone, Debug)]
pub struct KeyType {
    elements: Vec<RustType>,
    imports: bool,
}

impl KeyType {
    /// A key of these types, one for each column, in a file that imports `ormgen_runtime::types`.
    pub(super) fn new(elements: Vec<RustType>) -> Self {
        Self { elements, imports: true }
    }

    /// The types of its columns.
    pub(super) fn elements(&self) -> &[RustType] {
        &self.elements
    }

    /// The same type in a file that imports none of the runtime's types.
    #[must_use]
    pub(super) fn without_import(self) -> Self {
        Self { imports: false, ..self }
    }

    /// Whether one of its types is defined by one database.
    pub(super) fn is_of_database(&self) -> bool {
        self.elements.iter().any(RustType::is_of_database)
    }

    /// Whether one of its types is the runtime's.
    pub(super) fn is_of_runtime(&self) -> bool {
        self.elements.iter().any(RustType::is_of_runtime)
    }
}

impl Serialize for KeyType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = |ty: &RustType| if self.imports { ty.imported() } else { ty.to_string() };
        let elements: Vec<String> = self.elements.iter().map(text).collect();
        serializer.serialize_str(&format!("({},)", elements.join(", ")))
    }
}
