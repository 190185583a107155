//! What `anyelement` and its kin stand for in a call.
//!
//! Manual: "Polymorphic Types"; in the server `check_generic_type_consistency`.

use super::kinds::{Given, Kinds};
use crate::catalog::builtins::TypeRef;

/// The types that the polymorphic ones stand for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bound<'t> {
    element: Option<TypeRef<'t>>,
    range: Option<TypeRef<'t>>,
    multirange: Option<TypeRef<'t>>,
    common: Option<TypeRef<'t>>,
    common_range: Option<TypeRef<'t>>,
    common_multirange: Option<TypeRef<'t>>,
}

/// Notes what a polymorphic type stands for; none where it stood for another one before.
fn agree<'t>(slot: &mut Option<TypeRef<'t>>, ty: TypeRef<'t>) -> Option<()> {
    let is_new = slot.is_none();
    let agreed = *slot.get_or_insert(ty);
    (is_new || agreed == ty).then_some(())
}

/// Binds the polymorphic types of a declaration to what is given; none where that does not fit them.
pub(super) fn bind<'a: 't, 't>(
    kinds: Kinds<'a>,
    declared: &[TypeRef<'t>],
    given: &[Given<'t>],
) -> Option<Bound<'t>> {
    let mut bound = Bound::default();
    let mut array = None;
    let mut together: Vec<TypeRef<'t>> = Vec::new();
    let has = |name| declared.iter().any(|ty| ty.builtin_name() == Some(name));
    for (declared, given) in declared.iter().zip(given) {
        let (Some(name), Given::Known(actual)) = (declared.builtin_name(), *given) else { continue };
        let base = kinds.base(actual);
        match name {
            "anyelement" | "anynonarray" | "anyenum" => agree(&mut bound.element, actual)?,
            "anyarray" => agree(&mut array, base)?,
            "anyrange" => {
                kinds.multirange_of(base)?;
                agree(&mut bound.range, base)?;
            }
            "anymultirange" => agree(&mut bound.multirange, base)?,
            "anycompatible" | "anycompatiblenonarray" => together.push(actual),
            "anycompatiblearray" => together.push(kinds.element(base)?),
            "anycompatiblerange" => {
                kinds.multirange_of(base)?;
                agree(&mut bound.common_range, base)?;
                together.push(kinds.subtype(base)?);
            }
            "anycompatiblemultirange" => {
                agree(&mut bound.common_multirange, base)?;
                together.push(kinds.subtype(base)?);
            }
            _ => {}
        }
    }
    if let Some(array) = array {
        agree(&mut bound.element, kinds.element(array)?)?;
    }
    if let Some(multirange) = bound.multirange {
        agree(&mut bound.range, kinds.range_of(multirange)?)?;
    }
    if let Some(range) = bound.range {
        agree(&mut bound.element, kinds.subtype(range)?)?;
    }
    let is_array = |ty: Option<TypeRef<'t>>| ty.is_some_and(|ty| kinds.base(ty).array);
    if (has("anynonarray") && is_array(bound.element))
        || (has("anyenum") && !bound.element.is_some_and(|ty| kinds.is_enum(ty)))
    {
        return None;
    }
    if !together.is_empty() {
        let common = kinds.common(&together)?;
        let fits = together.iter().all(|ty| kinds.converts(*ty, common));
        let is_range_of =
            |range: Option<TypeRef<'t>>| range.is_none_or(|range| kinds.subtype(range) == Some(common));
        if !fits || !is_range_of(bound.common_range) || !is_range_of(bound.common_multirange) {
            return None;
        }
        bound.common = Some(common);
    }
    if has("anycompatiblenonarray") && is_array(bound.common) {
        return None;
    }
    Some(bound)
}

impl<'t> Bound<'t> {
    /// The declared type with what it stands for; none where that cannot be known.
    pub(super) fn replace<'a: 't>(&self, kinds: Kinds<'a>, declared: TypeRef<'t>) -> Option<TypeRef<'t>> {
        let array = |element: TypeRef<'t>| (!element.array).then_some(TypeRef { array: true, ..element });
        // Literals alone are text.
        let common = self.common.unwrap_or(TypeRef::builtin("text"));
        match declared.builtin_name() {
            Some("anyelement" | "anynonarray" | "anyenum") => self.element,
            Some("anyarray") => array(self.element?),
            Some("anyrange") => self.range,
            Some("anymultirange") => self.multirange.or_else(|| kinds.multirange_of(self.range?)),
            Some("anycompatible" | "anycompatiblenonarray") => Some(common),
            Some("anycompatiblearray") => array(common),
            Some("anycompatiblerange") => self.common_range,
            Some("anycompatiblemultirange") => {
                self.common_multirange.or_else(|| kinds.multirange_of(self.common_range?))
            }
            Some("any" | "unknown") => None,
            _ => Some(declared),
        }
    }
}

/// Whether the type stands for others.
pub(super) fn is_polymorphic(ty: TypeRef<'_>) -> bool {
    ty.builtin_name().is_some_and(|name| name.starts_with("any") && name != "any")
}
