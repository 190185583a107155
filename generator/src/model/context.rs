//! The context of one database, from which all its tables and types are built.

use std::collections::HashMap;

use super::{column_docs::Referrers, resolve::Resolver, sql::SqlNames};
use crate::{
    catalog::{Loaded, Object, QName, SqlType},
    diagnostics::Place,
    manifest::{Manifest, TypeSettings},
};

/// The context of one database, from which all its tables and types are built.
pub(super) struct DatabaseContext<'a> {
    pub manifest: &'a Manifest,
    pub loaded: &'a Loaded,
    pub resolver: Resolver<'a>,
    pub sql_names: &'a SqlNames,
    /// The struct of each table.
    pub structs: HashMap<&'a QName, String>,
    /// The foreign keys to each table.
    pub referrers: Referrers<'a>,
}

impl DatabaseContext<'_> {
    /// Where the source defines an object; none for a live server.
    pub fn place(&self, object: &Object) -> Option<Place> {
        self.loaded.places.get(object).cloned()
    }

    /// What the manifest says of an enum or a composite type. An entry with the type's schema comes before one without.
    pub fn type_settings(&self, name: &QName) -> Option<&TypeSettings> {
        let all = self.manifest.type_settings.iter();
        let own = all.filter(|settings| settings.is_of(&name.schema, &name.name));
        own.max_by_key(|settings| settings.schema.is_some())
    }

    /// Whether the schema's source has reported that there is no such type.
    pub fn is_reported(&self, ty: &SqlType) -> bool {
        self.loaded.reported.contains(&Object::Type(ty.name.clone()))
    }
}
