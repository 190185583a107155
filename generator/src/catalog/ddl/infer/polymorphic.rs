//! What `anyelement` and its kin stand for in a call.
//!
//! Manual: "Polymorphic Types"; in the server `check_generic_type_consistency`.

use super::kinds::{Given, Kinds};
use crate::catalog::builtins::TypeRef;

/// The actual types of a call's polymorphic types.
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
    let mut binding = Binding { kinds, bound: Bound::default(), array: None, together: Vec::new() };
    for (declared, given) in declared.iter().zip(given) {
        if let (Some(name), Given::Known(actual)) = (declared.builtin_name(), *given) {
            binding.take(name, actual)?;
        }
    }
    let has = |name| declared.iter().any(|ty| ty.builtin_name() == Some(name));
    binding.conclude()?;
    binding.find_common()?;
    let bound = binding.bound;
    let is_array = |ty: Option<TypeRef<'t>>| ty.is_some_and(|ty| kinds.base(ty).array);
    let is_enum = |ty: Option<TypeRef<'t>>| ty.is_some_and(|ty| kinds.is_enum(ty));
    let breaks_a_rule = has("anynonarray") && is_array(bound.element)
        || has("anyenum") && !is_enum(bound.element)
        || has("anycompatiblenonarray") && is_array(bound.common);
    (!breaks_a_rule).then_some(bound)
}

/// What is bound so far.
struct Binding<'a, 't> {
    kinds: Kinds<'a>,
    bound: Bound<'t>,
    array: Option<TypeRef<'t>>,
    /// The types that `anycompatible` and its kin are given: they become one.
    together: Vec<TypeRef<'t>>,
}

impl<'a: 't, 't> Binding<'a, 't> {
    fn take(&mut self, declared: &str, actual: TypeRef<'t>) -> Option<()> {
        let kinds = self.kinds;
        let base = kinds.base(actual);
        match declared {
            "anyelement" | "anynonarray" | "anyenum" => agree(&mut self.bound.element, actual)?,
            "anyarray" => agree(&mut self.array, base)?,
            "anyrange" => {
                kinds.multirange_of(base)?;
                agree(&mut self.bound.range, base)?;
            }
            "anymultirange" => agree(&mut self.bound.multirange, base)?,
            "anycompatible" | "anycompatiblenonarray" => self.together.push(actual),
            "anycompatiblearray" => self.together.push(kinds.element(base)?),
            "anycompatiblerange" => {
                kinds.multirange_of(base)?;
                agree(&mut self.bound.common_range, base)?;
                self.together.push(kinds.subtype(base)?);
            }
            "anycompatiblemultirange" => {
                agree(&mut self.bound.common_multirange, base)?;
                self.together.push(kinds.subtype(base)?);
            }
            _ => {}
        }
        Some(())
    }

    /// Infers the element from an array, the range from a multirange, the subtype from a range.
    fn conclude(&mut self) -> Option<()> {
        let kinds = self.kinds;
        if let Some(array) = self.array {
            agree(&mut self.bound.element, kinds.element(array)?)?;
        }
        if let Some(multirange) = self.bound.multirange {
            agree(&mut self.bound.range, kinds.range_of(multirange)?)?;
        }
        if let Some(range) = self.bound.range {
            agree(&mut self.bound.element, kinds.subtype(range)?)?;
        }
        Some(())
    }

    fn find_common(&mut self) -> Option<()> {
        if self.together.is_empty() {
            return Some(());
        }
        let kinds = self.kinds;
        let common = kinds.common(&self.together)?;
        let is_over =
            |range: Option<TypeRef<'t>>| range.is_none_or(|range| kinds.subtype(range) == Some(common));
        let fits = self.together.iter().all(|ty| kinds.converts(*ty, common))
            && is_over(self.bound.common_range)
            && is_over(self.bound.common_multirange);
        self.bound.common = Some(common);
        fits.then_some(())
    }
}

impl<'t> Bound<'t> {
    /// The actual type of the declared type; none if it cannot be inferred.
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

/// Whether the type is polymorphic.
pub(super) fn is_polymorphic(ty: TypeRef<'_>) -> bool {
    ty.builtin_name().is_some_and(|name| name.starts_with("any") && name != "any")
}
