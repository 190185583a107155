//! What all tables and types of one database are made from.

use std::collections::HashMap;

use super::{column_docs::Referrers, resolve::Resolver};
use crate::{
    catalog::{Loaded, Object, QName, SqlType},
    diagnostics::Place,
    manifest::{Manifest, TypeSettings},
};

/// What all tables and types of one database are made from.
pub(super) struct DatabaseContext<'a> {
    pub manifest: &'a Manifest,
    pub loaded: &'a Loaded,
    pub resolver: Resolver<'a>,
    /// The struct of each table.
    pub structs: HashMap<&'a QName, String>,
    /// The foreign keys to each table.
    pub referrers: Referrers<'a>,
}

impl DatabaseContext<'_> {
    /// Where an object was written, if a text says.
    pub fn place(&self, object: &Object) -> Option<Place> {
        self.loaded.places.get(object).cloned()
    }

    /// What the manifest says of an enum or a composite type.
    pub fn type_settings(&self, name: &QName) -> Option<&TypeSettings> {
        self.manifest.type_settings.iter().find(|settings| settings.is_of(&name.schema, &name.name))
    }

    /// Whether the schema's source has reported that there is no such type.
    pub fn is_reported(&self, ty: &SqlType) -> bool {
        self.loaded.reported.contains(&Object::Type(ty.name.clone()))
    }
}
