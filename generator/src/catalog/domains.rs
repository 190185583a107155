//! What the domains that a type consists of say of its columns.

use super::{Catalog, QName, SqlType, TypeKind};

impl Catalog {
    /// The domains that a type consists of, outermost first: a domain may be over another domain. Empty if the type is
    /// no domain; the elements of an array are not looked at.
    pub fn domains(&self, ty: &SqlType) -> impl Iterator<Item = (&QName, &TypeKind)> {
        let domain = |ty: &SqlType| {
            let (name, def) = self.types.get_key_value(&ty.name).filter(|_| !ty.array)?;
            matches!(def.kind, TypeKind::Domain { .. }).then_some((name, &def.kind))
        };
        let below = move |(_, kind): &(&QName, &TypeKind)| match kind {
            TypeKind::Domain { base, .. } => domain(base),
            _ => None,
        };
        // A snapshot that somebody edited may hold a circle of domains.
        std::iter::successors(domain(ty), below).take(self.types.len())
    }

    /// Whether the type is a domain that refuses NULL, or is over such a domain.
    pub fn is_not_null_domain(&self, ty: &SqlType) -> bool {
        self.domains(ty).any(|(_, kind)| matches!(kind, TypeKind::Domain { not_null: true, .. }))
    }

    /// The default of a domain. It is the domain's own: that of a domain below it was copied when it was made, or was
    /// replaced.
    pub fn default_of_domain(&self, ty: &SqlType) -> Option<&str> {
        match self.domains(ty).next()? {
            (_, TypeKind::Domain { default, .. }) => default.as_deref(),
            _ => None,
        }
    }

    /// The collation of a domain, or of the domain that it is over; none of a type that is no domain, and none if it is
    /// the base type's own.
    pub fn collation_of_domain(&self, ty: &SqlType) -> Option<&QName> {
        self.domains(ty).find_map(|(_, kind)| match kind {
            TypeKind::Domain { collation, .. } => collation.as_ref(),
            _ => None,
        })
    }

    /// The type below a domain and below all domains that it is made of. None where the type is no domain.
    pub fn under_domains(&self, ty: &SqlType) -> Option<&SqlType> {
        match self.domains(ty).last()? {
            (_, TypeKind::Domain { base, .. }) => Some(base),
            _ => None,
        }
    }

    /// The type below a type's domains; a type that is no domain as it is.
    pub fn base_type(&self, ty: &SqlType) -> SqlType {
        self.under_domains(ty).unwrap_or(ty).clone()
    }

    /// The type below a type's domains, also below those of an array's elements, without its modifier. An array of a
    /// domain over an array stays as it is: without the domain it would be another type.
    pub fn plain_type(&self, ty: &SqlType) -> SqlType {
        let whole = self.base_type(ty);
        let element = self.base_type(&SqlType { array: false, ..whole.clone() });
        let plain = if whole.array && element.array {
            whole
        } else {
            SqlType { array: whole.array || element.array, ..element }
        };
        SqlType { modifier: None, ..plain }
    }
}
