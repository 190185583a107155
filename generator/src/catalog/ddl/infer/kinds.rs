//! The kinds of types, and the types that each converts to without a cast, for the types of the server, of its
//! extensions and of the DDL.
//!
//! Manual: "Type Conversion"; in the server `find_coercion_pathway`, `select_common_type`.

use super::{
    super::{objects::CastContext, session::Session},
    types::Type,
};
use crate::catalog::{
    QName, SqlType, TypeKind,
    builtins::{self, TypeRef},
};

/// What is given to a function or an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Given<'a> {
    Known(TypeRef<'a>),
    /// A literal without a type of its own, or NULL.
    Literal,
    /// Anything.
    Unknown,
}

/// The types that a session knows.
#[derive(Clone, Copy)]
pub(super) struct Kinds<'a>(pub(super) &'a Session);

impl<'a> Kinds<'a> {
    /// A type as functions and operators see it. What an extension or the DDL defines without telling how it converts
    /// is anything.
    pub(super) fn given<'t>(self, ty: &'t Type) -> Given<'t>
    where
        'a: 't,
    {
        match ty {
            Type::Known(ty) => self.reference(ty).map_or(Given::Unknown, Given::Known),
            Type::Literal => Given::Literal,
            Type::Unknown => Given::Unknown,
        }
    }

    /// None for a type of which too little is known.
    pub(super) fn reference<'t>(self, ty: &'t SqlType) -> Option<TypeRef<'t>>
    where
        'a: 't,
    {
        let name = &ty.name;
        let plain = TypeRef { home: &name.schema, name: &name.name, array: ty.array };
        if matches!(name.schema.as_str(), "pg_catalog" | "information_schema") {
            return (!ty.is_unknown() && builtins::known(plain).is_some()).then_some(plain);
        }
        let session = self.0;
        if let Some(Some(extension)) = session.base_types.get(name) {
            let of_extension = TypeRef { home: extension, ..plain };
            return builtins::known(of_extension).map(|_| of_extension);
        }
        let is_multirange = || self.range_of(plain).is_some();
        let is_known = session.catalog.types.contains_key(name) || session.catalog.tables.contains_key(name);
        (is_known || is_multirange()).then_some(plain)
    }

    /// The catalog's type; none for a pseudo-type that no column has.
    pub(super) fn sql_type(self, ty: TypeRef<'_>) -> SqlType {
        let schema = match ty.home {
            "pg_catalog" => "pg_catalog",
            home => self.0.extension_schemas.get(home).map_or(home, String::as_str),
        };
        SqlType { name: QName::new(schema, ty.name), modifier: None, array: ty.array }
    }

    fn kind(self, ty: TypeRef<'_>) -> Option<&'a TypeKind> {
        let name = QName::new(ty.home, ty.name);
        self.0.catalog.types.get(&name).map(|def| &def.kind)
    }

    fn borrowed(self, ty: &'a SqlType) -> TypeRef<'a> {
        self.reference(ty).unwrap_or(TypeRef { home: &ty.name.schema, name: &ty.name.name, array: ty.array })
    }

    /// What a domain is over, in the end; any other type as it is.
    pub(super) fn base<'t>(self, ty: TypeRef<'t>) -> TypeRef<'t>
    where
        'a: 't,
    {
        let own = SqlType { name: QName::new(ty.home, ty.name), modifier: None, array: ty.array };
        let ty = self.0.catalog.under_domains(&own).map_or(ty, |base| self.borrowed(base));
        // Below the database's own domains there may be one of `information_schema`.
        let over =
            builtins::known(ty).filter(|known| known.kind == 'd' && !ty.array).and_then(|known| known.over);
        over.unwrap_or(ty)
    }

    /// What an array holds.
    pub(super) fn element<'t>(self, ty: TypeRef<'t>) -> Option<TypeRef<'t>> {
        match ty.builtin_name() {
            Some("int2vector") => Some(TypeRef::builtin("int2")),
            Some("oidvector") => Some(TypeRef::builtin("oid")),
            _ => ty.array.then_some(TypeRef { array: false, ..ty }),
        }
    }

    /// What a range or a multirange is over.
    pub(super) fn subtype<'t>(self, ty: TypeRef<'t>) -> Option<TypeRef<'t>>
    where
        'a: 't,
    {
        if let Some(range) = self.range_of(ty) {
            return self.subtype(range);
        }
        if ty.array {
            return None;
        }
        match (self.kind(ty), builtins::known(ty)) {
            (Some(TypeKind::Range { subtype, .. }), _) => Some(self.borrowed(subtype)),
            (None, Some(known)) if known.kind == 'r' => known.over,
            _ => None,
        }
    }

    /// A range's multirange.
    pub(super) fn multirange_of<'t>(self, range: TypeRef<'t>) -> Option<TypeRef<'t>>
    where
        'a: 't,
    {
        if range.array {
            return None;
        }
        match (self.kind(range), builtins::known(range)) {
            (Some(TypeKind::Range { multirange, .. }), _) => {
                Some(TypeRef { home: &multirange.schema, name: &multirange.name, array: false })
            }
            (None, Some(known)) if known.kind == 'r' => known.counterpart,
            _ => None,
        }
    }

    /// A multirange's range.
    pub(super) fn range_of<'t>(self, multirange: TypeRef<'t>) -> Option<TypeRef<'t>>
    where
        'a: 't,
    {
        if multirange.array {
            return None;
        }
        if let Some(known) = builtins::known(multirange) {
            return known.counterpart.filter(|_| known.kind == 'm');
        }
        let is_it = |kind: &TypeKind| {
            matches!(kind, TypeKind::Range { multirange: name, .. }
                if name.schema == multirange.home && name.name == multirange.name)
        };
        let (name, _) = self.0.catalog.types.iter().find(|(_, def)| is_it(&def.kind))?;
        Some(TypeRef { home: &name.schema, name: &name.name, array: false })
    }

    pub(super) fn is_enum(self, ty: TypeRef<'_>) -> bool {
        !ty.array && matches!(self.kind(ty), Some(TypeKind::Enum { .. }))
    }

    /// Whether it is a row type.
    pub(super) fn is_composite(self, ty: TypeRef<'_>) -> bool {
        let is_table = || self.0.catalog.tables.contains_key(&QName::new(ty.home, ty.name));
        !ty.array && (matches!(self.kind(ty), Some(TypeKind::Composite { .. })) || is_table())
    }

    /// `typcategory`.
    pub(super) fn category(self, ty: TypeRef<'_>) -> char {
        if ty.array {
            return 'A';
        }
        if let Some(known) = builtins::known(ty) {
            return known.category;
        }
        match self.kind(ty) {
            Some(TypeKind::Enum { .. }) => 'E',
            Some(TypeKind::Composite { .. }) => 'C',
            Some(TypeKind::Range { .. }) => 'R',
            Some(TypeKind::Domain { base, .. }) => self.category(self.base(self.borrowed(base))),
            None if self.is_composite(ty) => 'C',
            None if self.range_of(ty).is_some() => 'R',
            None => 'U',
        }
    }

    /// `typispreferred`.
    pub(super) fn is_preferred(self, ty: TypeRef<'_>) -> bool {
        !ty.array && builtins::known(ty).is_some_and(|known| known.is_preferred)
    }

    /// Whether a value of one type becomes one of the other without a cast being written.
    pub(super) fn converts(self, from: TypeRef<'_>, to: TypeRef<'_>) -> bool {
        if from == to {
            return true;
        }
        let (from, to) = (self.base(from), self.base(to));
        if from == to || builtins::casts(from, to) || self.is_cast_of_ddl(from, to) {
            return true;
        }
        match (from.array, to.array) {
            (true, true) => self.converts(TypeRef { array: false, ..from }, TypeRef { array: false, ..to }),
            _ => {
                let record = Some("record");
                (to.builtin_name() == record && self.is_composite(from))
                    || (from.builtin_name() == record && self.is_composite(to))
            }
        }
    }

    fn is_cast_of_ddl(self, from: TypeRef<'_>, to: TypeRef<'_>) -> bool {
        let is = |ty: &SqlType, other| self.reference(ty) == Some(other);
        let mut casts = self.0.casts.iter().filter(|cast| cast.context == CastContext::Implicit);
        casts.any(|cast| is(&cast.source, from) && is(&cast.target, to))
    }

    /// One type for the branches of a CASE, of a UNION's column and the like. None where they have no type in common.
    pub(super) fn common<'t>(self, given: &[TypeRef<'t>]) -> Option<TypeRef<'t>>
    where
        'a: 't,
    {
        let (first, rest) = given.split_first()?;
        // Only a domain that all of them are stays a domain.
        if rest.iter().all(|ty| ty == first) {
            return Some(*first);
        }
        let mut chosen = self.base(*first);
        for ty in rest {
            let ty = self.base(*ty);
            if ty == chosen {
                continue;
            }
            if self.category(ty) != self.category(chosen) {
                return None;
            }
            if !self.is_preferred(chosen) && self.converts(chosen, ty) && !self.converts(ty, chosen) {
                chosen = ty;
            }
        }
        Some(chosen)
    }
}
