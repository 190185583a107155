//! What all tables and types of one database are made from.

use std::collections::HashMap;

use super::resolve::Resolver;
use crate::{
    catalog::{Loaded, Object, QName, SqlType},
    diagnostics::Place,
    manifest::Manifest,
};

/// What all tables and types of one database are made from.
pub(super) struct DatabaseContext<'a> {
    pub manifest: &'a Manifest,
    pub loaded: &'a Loaded,
    pub resolver: Resolver<'a>,
    /// The struct of each table.
    pub structs: HashMap<&'a QName, String>,
}

impl DatabaseContext<'_> {
    /// Where an object was written, if a text says.
    pub fn place(&self, object: &Object) -> Option<Place> {
        self.loaded.places.get(object).cloned()
    }

    /// Whether the schema's source has reported that there is no such type.
    pub fn is_reported(&self, ty: &SqlType) -> bool {
        self.loaded.reported.contains(&Object::Type(ty.name.clone()))
    }
}
