//! From a SQL type to a Rust type.

use std::collections::{HashMap, HashSet};

use super::{sql, types};
use crate::{
    catalog::{Catalog, QName, SqlType, TypeKind, ddl},
    manifest::{Spanned, TypeOverride, TypeTarget},
};

/// A Rust type and what is known of it.
#[derive(Clone, Debug)]
pub(super) struct Resolved {
    /// As written in generated code.
    pub rust: String,
    /// The type that values travel as, as SQL names it.
    pub sql_type: String,
    /// Whether a value must be cast to be stored: the column's own type is a domain.
    pub cast: bool,
    /// An array or a composite.
    pub compound: bool,
    /// What may be derived for a struct with such a field.
    pub facts: Facts,
    /// A domain in it is `NOT NULL`.
    pub not_null: bool,
    /// The user's own type: what it can do is not known here.
    pub own: bool,
    /// A domain in it has a default, which its columns have too.
    pub has_default: bool,
}

/// Which traits a Rust type has, beside Debug, Clone and PartialEq.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Facts {
    pub copy: bool,
    pub eq: bool,
    pub hash: bool,
    pub ord: bool,
}

impl Facts {
    pub const ALL: Self = Self { copy: true, eq: true, hash: true, ord: true };
    const NONE: Self = Self { copy: false, eq: false, hash: false, ord: false };

    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            copy: self.copy && other.copy,
            eq: self.eq && other.eq,
            hash: self.hash && other.hash,
            ord: self.ord && other.ord,
        }
    }
}

/// Why a type has no Rust counterpart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unsupported {
    /// A view's column that was not understood.
    Unknown,
    /// The table of types does not have it.
    NoCounterpart(SqlType),
    /// The row type of a table or view.
    Row(SqlType),
    /// The schema does not define it.
    Undefined(SqlType),
}

/// What types stand for, in one database.
pub(super) struct Resolver<'a> {
    catalog: &'a Catalog,
    overrides: &'a [TypeOverride],
    /// The Rust names of enums and composites.
    names: &'a HashMap<QName, String>,
}

impl<'a> Resolver<'a> {
    pub fn new(
        catalog: &'a Catalog,
        overrides: &'a [TypeOverride],
        names: &'a HashMap<QName, String>,
    ) -> Self {
        Self { catalog, overrides, names }
    }

    /// The Rust type of a column of that type. `up` is the path to the module that holds the database's types,
    /// empty for that module itself; `column` the column's own override.
    pub fn resolve(
        &self,
        ty: &SqlType,
        up: &str,
        column: Option<&Spanned<String>>,
    ) -> Result<Resolved, Unsupported> {
        if let Some(rust) = column {
            return self.overridden(ty, rust);
        }
        let element = self.element(&ty.name, up, &mut HashSet::new())?;
        if !ty.array {
            return Ok(element);
        }
        if element.rust.starts_with("Vec<") && element.compound {
            // A domain over an array: PostgreSQL's arrays of it have no counterpart in `Vec<Vec<…>>`.
            return Err(Unsupported::NoCounterpart(ty.clone()));
        }
        Ok(Resolved {
            rust: format!("Vec<{}>", element.rust),
            sql_type: format!("{}[]", element.sql_type),
            compound: true,
            facts: Facts { copy: false, ..element.facts },
            not_null: false,
            has_default: false,
            ..element
        })
    }

    /// A type that is not an array at its surface. `seen` guards against a domain over itself.
    fn element(&self, name: &QName, up: &str, seen: &mut HashSet<QName>) -> Result<Resolved, Unsupported> {
        let own = SqlType::new(name.clone());
        if let Some(rust) = self.type_override(name) {
            return self.overridden(&own, rust);
        }
        let sql_type = sql::cast_type(&own);
        let scalar = |rust: String, facts| Resolved {
            rust,
            sql_type: sql_type.clone(),
            cast: false,
            compound: false,
            facts,
            not_null: false,
            own: false,
            has_default: false,
        };
        if let Some(multirange) = self.multirange(name, up, seen)? {
            return Ok(scalar(multirange, Facts { copy: false, ord: false, hash: false, ..Facts::ALL }));
        }
        let Some(definition) = self.catalog.types.get(name) else {
            if own.is_unknown() {
                return Err(Unsupported::Unknown);
            }
            let Some(known) = types::builtin(name) else {
                return Err(self.without_counterpart(own));
            };
            let facts = Facts { copy: known.copy, eq: known.eq, hash: known.hash, ord: known.ord };
            return Ok(scalar(known.path.to_owned(), facts));
        };
        match &definition.kind {
            TypeKind::Enum { .. } => Ok(scalar(self.local(name, up), Facts::ALL)),
            TypeKind::Composite { .. } => {
                // Its own facts depend on its fields; none are claimed, which is always right.
                Ok(Resolved { compound: true, ..scalar(self.local(name, up), Facts::NONE) })
            }
            TypeKind::Range { subtype, .. } => {
                let subtype = self.element(&subtype.name, up, seen)?;
                let facts = Facts { copy: false, ord: false, hash: false, eq: subtype.facts.eq };
                Ok(scalar(format!("ormgen_runtime::types::Range<{}>", subtype.rust), facts))
            }
            TypeKind::Domain { base, not_null, default, .. } => {
                if !seen.insert(name.clone()) {
                    return Err(Unsupported::NoCounterpart(own));
                }
                let inner = if base.array {
                    self.resolve(base, up, None)?
                } else {
                    self.element(&base.name, up, seen)?
                };
                Ok(Resolved {
                    cast: true,
                    not_null: *not_null || inner.not_null,
                    has_default: default.is_some() || inner.has_default,
                    ..inner
                })
            }
        }
    }

    /// Why a type that is neither built in nor defined cannot be had.
    fn without_counterpart(&self, ty: SqlType) -> Unsupported {
        let is_system = matches!(ty.name.schema.as_str(), "pg_catalog" | "information_schema");
        if self.catalog.tables.contains_key(&ty.name) {
            Unsupported::Row(ty)
        } else if is_system || ddl::is_extension_type(&ty.name, self.catalog) {
            Unsupported::NoCounterpart(ty)
        } else {
            Unsupported::Undefined(ty)
        }
    }

    /// The Rust type of a user-defined range's multirange.
    fn multirange(
        &self,
        name: &QName,
        up: &str,
        seen: &mut HashSet<QName>,
    ) -> Result<Option<String>, Unsupported> {
        let subtype = self.catalog.types.values().find_map(|definition| match &definition.kind {
            TypeKind::Range { subtype, multirange } if multirange == name => Some(subtype),
            _ => None,
        });
        let Some(subtype) = subtype else { return Ok(None) };
        let subtype = self.element(&subtype.name, up, seen)?;
        Ok(Some(format!("ormgen_runtime::types::Multirange<{}>", subtype.rust)))
    }

    fn local(&self, name: &QName, up: &str) -> String {
        let rust = self.names.get(name).map_or(name.name.as_str(), String::as_str);
        if up.is_empty() { rust.to_owned() } else { format!("{up}::{rust}") }
    }

    fn type_override(&self, name: &QName) -> Option<&'a Spanned<String>> {
        let means = |target: &TypeTarget| match target {
            TypeTarget::Type { schema: Some(schema), name: own } => {
                *schema == name.schema && *own == name.name
            }
            TypeTarget::Type { schema: None, name: own } => *own == name.name,
            TypeTarget::Column(_) => false,
        };
        self.overrides.iter().find(|over| means(&over.target.value)).map(|over| &over.rust)
    }

    /// The user's own type: JSON goes through serde, anything else through the driver's traits.
    fn overridden(&self, ty: &SqlType, rust: &Spanned<String>) -> Result<Resolved, Unsupported> {
        let base = self.base(ty);
        let is_json = base.name.schema == "pg_catalog" && matches!(base.name.name.as_str(), "json" | "jsonb");
        let is_composite =
            matches!(self.catalog.types.get(&base.name).map(|ty| &ty.kind), Some(TypeKind::Composite { .. }));
        let rust = if is_json && !base.array {
            format!("ormgen_runtime::types::Json<{}>", rust.value)
        } else {
            rust.value.clone()
        };
        Ok(Resolved {
            rust,
            sql_type: sql::cast_type(&base),
            cast: base.name != ty.name || base.array != ty.array,
            compound: base.array || is_composite,
            facts: Facts::NONE,
            not_null: self.domain_not_null(ty),
            own: true,
            has_default: self.domain_has_default(ty),
        })
    }

    /// What a domain is over, through all its layers.
    fn base(&self, ty: &SqlType) -> SqlType {
        let mut base = SqlType { modifier: None, ..ty.clone() };
        // As many steps as there are types: a circle ends, too.
        for _ in 0..self.catalog.types.len() {
            match self.catalog.types.get(&base.name).map(|definition| &definition.kind) {
                Some(TypeKind::Domain { base: inner, .. }) if !(base.array && inner.array) => {
                    let array = base.array || inner.array;
                    base = SqlType { modifier: None, array, ..inner.clone() };
                }
                _ => break,
            }
        }
        base
    }

    fn domain_has_default(&self, ty: &SqlType) -> bool {
        self.any_domain(ty, |kind| matches!(kind, TypeKind::Domain { default: Some(_), .. }))
    }

    fn domain_not_null(&self, ty: &SqlType) -> bool {
        self.any_domain(ty, |kind| matches!(kind, TypeKind::Domain { not_null: true, .. }))
    }

    /// Whether that holds for the type's domain, or one that it is over. A domain's array is no domain.
    fn any_domain(&self, ty: &SqlType, holds: impl Fn(&TypeKind) -> bool) -> bool {
        if ty.array {
            return false;
        }
        let mut name = &ty.name;
        // As many steps as there are types: a circle ends, too.
        for _ in 0..self.catalog.types.len() {
            let Some(definition) = self.catalog.types.get(name) else { return false };
            match &definition.kind {
                kind if holds(kind) => return true,
                TypeKind::Domain { base, .. } => name = &base.name,
                _ => return false,
            }
        }
        false
    }
}
