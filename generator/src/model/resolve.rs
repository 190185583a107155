//! From a SQL type to a Rust type.

use std::collections::{HashMap, HashSet};

use super::{
    rust_type::{RustType, Traits},
    sql::SqlNames,
    types,
};
use crate::{
    catalog::{Catalog, QName, SqlType, TypeKind, is_extension_type},
    manifest::{ArrayChoice, InfinityChoice, Spanned, TypeOverride, TypeTarget, UnknownChoice, ValueChoices},
};

/// The Rust type of a column, and how its values are stored.
#[derive(Clone, Debug)]
pub(super) struct ColumnType {
    /// The Rust type.
    pub rust: RustType,
    /// The type in which values are sent and received, as SQL names it.
    pub sql_type: String,
    /// Whether a value must be cast to be stored: the column's own type is a domain.
    pub cast: bool,
    /// An array or a composite.
    pub compound: bool,
    /// A domain in it is `NOT NULL`.
    pub not_null: bool,
    /// Whether it is the user's own type, whose traits are not known here.
    pub own: bool,
    /// It is a domain with a default, which its columns have too.
    pub has_default: bool,
}

impl ColumnType {
    /// Neither array, composite nor domain.
    fn scalar(rust: RustType, sql_type: String) -> Self {
        Self { rust, sql_type, cast: false, compound: false, not_null: false, own: false, has_default: false }
    }
}

/// Why a type has no Rust counterpart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unsupported {
    /// The type of a view's column that could not be inferred.
    Unknown,
    /// The table of types does not have it.
    NoCounterpart(SqlType),
    /// The row type of a table or view.
    Row(SqlType),
    /// The schema does not define it.
    Undefined(SqlType),
}

/// Finds the Rust types of one database's SQL types.
pub(super) struct Resolver<'a> {
    catalog: &'a Catalog,
    overrides: &'a [TypeOverride],
    choices: ValueChoices,
    /// The Rust names of enums and composites.
    names: &'a HashMap<QName, String>,
    sql_names: &'a SqlNames,
    /// The subtypes of ranges, by their multiranges.
    multiranges: HashMap<&'a QName, &'a SqlType>,
    /// Composites without a counterpart, if the manifest leaves those out.
    left_out: HashSet<&'a QName>,
}

impl<'a> Resolver<'a> {
    pub fn new(
        catalog: &'a Catalog,
        overrides: &'a [TypeOverride],
        choices: ValueChoices,
        names: &'a HashMap<QName, String>,
        sql_names: &'a SqlNames,
    ) -> Self {
        let multiranges = catalog.types.values().filter_map(|definition| match &definition.kind {
            TypeKind::Range { subtype, multirange } => Some((multirange, subtype)),
            _ => None,
        });
        let multiranges = multiranges.collect();
        let left_out = HashSet::new();
        let mut resolver = Self { catalog, overrides, choices, names, sql_names, multiranges, left_out };
        if choices.unknown == Some(UnknownChoice::Skipped) {
            resolver.leave_out_composites();
        }
        resolver
    }

    /// Finds the composites without a counterpart. A composite's value is read as a whole, so one field without a
    /// counterpart is enough.
    fn leave_out_composites(&mut self) {
        loop {
            let is_news = |name: &QName, kind: &TypeKind| match kind {
                TypeKind::Composite { fields } if !self.left_out.contains(name) => {
                    fields.iter().any(|field| self.resolve(&field.ty, "", None).is_err())
                }
                _ => false,
            };
            let types = self.catalog.types.iter().filter(|(name, def)| is_news(name, &def.kind));
            let more: Vec<&QName> = types.map(|(name, _)| name).collect();
            if more.is_empty() {
                return;
            }
            self.left_out.extend(more);
        }
    }

    /// Whether the manifest has a Rust type for all columns of that type.
    pub fn is_overridden(&self, name: &QName) -> bool {
        self.type_override(name).is_some()
    }

    /// The Rust type of a column of that type. `up` is the path to the module that holds the database's types,
    /// empty for that module itself; `column` the column's own override.
    pub fn resolve(
        &self,
        ty: &SqlType,
        up: &'static str,
        column: Option<&Spanned<String>>,
    ) -> Result<ColumnType, Unsupported> {
        match column {
            Some(rust) => Ok(self.overridden(ty, rust)),
            None => self.whole(ty, up, &mut HashSet::new()),
        }
    }

    /// The Rust type of a type. `seen` are the types that consist of this one.
    fn whole(
        &self,
        ty: &SqlType,
        up: &'static str,
        seen: &mut HashSet<QName>,
    ) -> Result<ColumnType, Unsupported> {
        let element = self.element(ty, up, seen)?;
        if !ty.array {
            return Ok(element);
        }
        if element.rust.is_array() && element.compound {
            // A domain over an array: PostgreSQL's arrays of it have no counterpart in `Vec<Vec<…>>`.
            return Err(Unsupported::NoCounterpart(ty.clone()));
        }
        Ok(ColumnType {
            rust: self.array_of(element.rust),
            sql_type: format!("{}[]", element.sql_type),
            compound: true,
            not_null: false,
            has_default: false,
            ..element
        })
    }

    /// The Rust type of arrays with this element, by the manifest's choice.
    fn array_of(&self, element: RustType) -> RustType {
        match self.choices.arrays {
            None | Some(ArrayChoice::Plain) => element.into_vec(),
            Some(ArrayChoice::Nullable) => element.into_option().into_vec(),
            Some(ArrayChoice::Any) => {
                let traits = Traits { copy: false, ord: false, ..element.traits() };
                element.into_option().into_runtime("Array", traits)
            }
        }
    }

    /// The Rust type of a type that PostgreSQL or an extension defines.
    fn known(&self, ty: &SqlType, rust: &RustType) -> RustType {
        let rust = if types::fits_decimal(ty) { types::decimal() } else { rust.clone() };
        match self.choices.infinity {
            Some(InfinityChoice::Kept) => rust.or_infinity(),
            None | Some(InfinityChoice::Refused) => rust,
        }
    }

    /// The type of an array's elements, or of a type that is no array. `seen` are the types that consist of this one.
    fn element(
        &self,
        ty: &SqlType,
        up: &'static str,
        seen: &mut HashSet<QName>,
    ) -> Result<ColumnType, Unsupported> {
        let name = &ty.name;
        let own = SqlType::new(name.clone());
        if let Some(rust) = self.type_override(name) {
            return Ok(self.overridden(&own, rust));
        }
        let scalar = |rust| Ok(ColumnType::scalar(rust, self.sql_names.cast_type(&own)));
        if let Some(subtype) = self.multiranges.get(name) {
            enter(&own, seen)?;
            return scalar(self.around(subtype, "Multirange", up, seen)?);
        }
        let Some(definition) = self.catalog.types.get(name) else {
            return match types::builtin(name) {
                _ if own.is_unknown() => Err(Unsupported::Unknown),
                Some(known) => scalar(self.known(ty, known)),
                None => Err(self.without_counterpart(own)),
            };
        };
        match &definition.kind {
            TypeKind::Enum { .. } => scalar(self.local(name, up, Traits::ALL)),
            TypeKind::Composite { .. } if self.left_out.contains(name) => {
                Err(Unsupported::NoCounterpart(own))
            }
            TypeKind::Composite { .. } => {
                // Its traits depend on its fields. Assuming none is always correct.
                let rust = self.local(name, up, Traits::NONE);
                Ok(ColumnType { compound: true, ..ColumnType::scalar(rust, self.sql_names.cast_type(&own)) })
            }
            TypeKind::Range { subtype, .. } => {
                enter(&own, seen)?;
                scalar(self.around(subtype, "Range", up, seen)?)
            }
            TypeKind::Domain { base, not_null, default, .. } => {
                enter(&own, seen)?;
                let inner = self.whole(base, up, seen)?;
                Ok(ColumnType {
                    cast: true,
                    not_null: *not_null || inner.not_null,
                    // A domain has taken over the default of the one that it is over when it was made.
                    has_default: default.is_some(),
                    ..inner
                })
            }
        }
    }

    /// The runtime's range or multirange of that subtype.
    fn around(
        &self,
        subtype: &SqlType,
        wrapper: &'static str,
        up: &'static str,
        seen: &mut HashSet<QName>,
    ) -> Result<RustType, Unsupported> {
        let subtype = self.element(subtype, up, seen)?.rust;
        let eq = subtype.traits().eq;
        Ok(subtype.into_runtime(wrapper, Traits { eq, serde: true, ..Traits::NONE }))
    }

    /// The reason why a type that is neither built in nor defined has no counterpart.
    fn without_counterpart(&self, ty: SqlType) -> Unsupported {
        let is_system = matches!(ty.name.schema.as_str(), "pg_catalog" | "information_schema");
        if self.catalog.tables.contains_key(&ty.name) {
            Unsupported::Row(ty)
        } else if is_system || is_extension_type(&ty.name, self.catalog) {
            Unsupported::NoCounterpart(ty)
        } else {
            Unsupported::Undefined(ty)
        }
    }

    /// An enum or a composite of the database.
    fn local(&self, name: &QName, up: &'static str, traits: Traits) -> RustType {
        let rust = self.names.get(name).unwrap_or(&name.name);
        RustType::of_database(up, rust.clone(), traits)
    }

    /// The manifest's Rust type for all columns of a type. An entry with the type's schema comes before one without.
    fn type_override(&self, name: &QName) -> Option<&'a Spanned<String>> {
        let means = |target: &TypeTarget| match target {
            TypeTarget::Type { schema: Some(schema), name: own } => {
                *schema == name.schema && *own == name.name
            }
            TypeTarget::Type { schema: None, name: own } => *own == name.name,
            TypeTarget::Column(_) => false,
        };
        let all = self.overrides.iter().filter(|over| means(&over.target.value));
        let has_schema =
            |over: &&TypeOverride| matches!(over.target.value, TypeTarget::Type { schema: Some(_), .. });
        all.max_by_key(has_schema).map(|over| &over.rust)
    }

    /// The user's own type: JSON goes through serde, anything else (and the runtime's own types for JSON) through the
    /// driver's traits.
    fn overridden(&self, ty: &SqlType, rust: &Spanned<String>) -> ColumnType {
        let base = self.catalog.plain_type(ty);
        let is_json = base.name.schema == "pg_catalog" && matches!(base.name.name.as_str(), "json" | "jsonb");
        let is_composite =
            matches!(self.catalog.types.get(&base.name).map(|ty| &ty.kind), Some(TypeKind::Composite { .. }));
        let text = if is_json { json_inner(&rust.value) } else { &rust.value };
        let own = RustType::of_user(text);
        ColumnType {
            rust: if is_json && !base.array && !own.is_json() {
                own.into_runtime("Json", Traits::NONE)
            } else {
                own
            },
            sql_type: self.sql_names.cast_type(&base),
            cast: base.name != ty.name || base.array != ty.array,
            compound: base.array || is_composite,
            not_null: self.catalog.is_not_null_domain(ty),
            own: true,
            has_default: self.catalog.default_of_domain(ty).is_some(),
        }
    }
}

/// Goes into a type that consists of another one. A snapshot that somebody edited may hold a circle, and a schema more
/// domains one over the other than there is room on the stack (`types_that_consist_of_themselves`).
fn enter(ty: &SqlType, seen: &mut HashSet<QName>) -> Result<(), Unsupported> {
    const DEEPEST: usize = 100;
    if seen.len() < DEEPEST && seen.insert(ty.name.clone()) {
        Ok(())
    } else {
        Err(Unsupported::NoCounterpart(ty.clone()))
    }
}

/// The `T` of `Json<T>`, which the manifest may name with its wrapper or without.
fn json_inner(text: &str) -> &str {
    const WRAPPERS: [&str; 3] = ["ormgen_runtime::types::Json<", "types::Json<", "Json<"];
    let inner = WRAPPERS.iter().find_map(|wrapper| text.trim().strip_prefix(wrapper)?.strip_suffix('>'));
    inner.map_or(text, str::trim)
}
