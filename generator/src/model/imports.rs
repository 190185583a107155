//! The names of the runtime that the file of a table uses, under names that the table's structs do not have.

use std::collections::BTreeMap;

use super::data::{ColumnKind, ManyToMany, ModelKind, RelationShape, TableModel};

/// The runtime's names in a table's file.
#[derive(Clone, Debug)]
pub struct Imports {
    /// The names that the file uses, as they are written there: `Column`, or `ormgen_runtime::generated::Column`
    /// where the struct itself is a `Column`.
    pub names: BTreeMap<&'static str, String>,
    /// What the file imports.
    pub list: Vec<&'static str>,
}

impl TableModel {
    /// The names of the runtime that the table's file uses.
    pub fn imports(&self) -> Imports {
        let mut used = self.used();
        used.sort_unstable();
        used.dedup();
        let insert = self.insert.as_ref().map(|insert| insert.name.as_str());
        let is_free = |name: &str| name != self.name && Some(name) != insert;
        let written = |name: &'static str| {
            (name, if is_free(name) { name.to_owned() } else { format!("ormgen_runtime::generated::{name}") })
        };
        let mut list: Vec<&str> = used.iter().copied().filter(|name| is_free(name)).collect();
        // A module's name does not clash with a struct's.
        list.extend(self.has_runtime_types().then_some("types"));
        Imports { names: used.into_iter().map(written).collect(), list }
    }

    fn used(&self) -> Vec<&'static str> {
        let mut used = vec!["ColumnDef", "DecodeError", "Decoder", "Model", self.kind.name()];
        used.extend((self.kind == ModelKind::Table).then_some("Fields"));
        used.extend((!self.columns.is_empty()).then_some("Column"));
        used.extend(self.columns.iter().filter_map(|column| column.kind).map(ColumnKind::name));
        used.extend(self.relations.iter().map(|relation| relation.shape).map(RelationShape::name));
        used.extend((!self.many_to_many.is_empty()).then_some("ManyToMany"));
        let is_read = |relation: &ManyToMany| relation.target_key.is_none();
        used.extend(self.many_to_many.iter().any(is_read).then_some("ReadOnlyLinks"));
        if self.key.is_some() {
            used.extend(["Keyed", "Values"]);
        }
        if self.insert.is_some() {
            used.extend(["Insertable", "Values"]);
        }
        used
    }

    fn has_runtime_types(&self) -> bool {
        let relations = self.relations.iter().map(|relation| &relation.key);
        let through = self.many_to_many.iter();
        let through =
            through.flat_map(|relation| [Some(&relation.key), relation.target_key.as_ref()]).flatten();
        self.columns.iter().any(|column| column.value.is_of_runtime())
            || relations.chain(through).any(|key| key.is_of_runtime())
    }
}
