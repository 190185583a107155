//! Which function or operator of a name is meant, by the types that it is given.
//!
//! Manual: "Type Conversion", "Functions", "Operators"; in the server `func_select_candidate`.

use super::{
    kinds::{Given, Kinds},
    polymorphic::{bind, is_polymorphic},
};
use crate::catalog::builtins::TypeRef;

/// A function or an operator that may be meant, with as many arguments as are given.
#[derive(Clone, Debug)]
pub(super) struct Candidate<'t> {
    pub(super) arguments: Vec<TypeRef<'t>>,
    /// Whether a `VARIADIC` parameter takes the last of them one by one.
    pub(super) is_spread: bool,
    pub(super) result: TypeRef<'t>,
    /// The names and types of the columns of a function that gives rows of its own.
    pub(super) columns: Vec<(&'t str, TypeRef<'t>)>,
}

/// What a call takes and gives, with its polymorphic types replaced.
pub(super) struct ChosenOverload<'t> {
    /// The first argument's type, once it is converted.
    pub(super) first: Option<TypeRef<'t>>,
    pub(super) result: TypeRef<'t>,
    /// A column's type is none where it cannot be known.
    pub(super) columns: Vec<(&'t str, Option<TypeRef<'t>>)>,
}

/// The one that is meant; none where that cannot be known.
pub(super) fn choose<'a: 't, 't>(
    kinds: Kinds<'a>,
    candidates: &[Candidate<'t>],
    given: &[Given<'t>],
) -> Option<ChosenOverload<'t>> {
    let exact = candidates.iter().find(|candidate| is_exact(candidate, given));
    if let Some(exact) = exact {
        return called(kinds, exact, given);
    }
    let fitting: Vec<&Candidate<'t>> =
        candidates.iter().filter(|candidate| fits(kinds, candidate, given)).collect();
    if given.contains(&Given::Unknown) || candidates.iter().any(is_vague) {
        return agreed(&fitting);
    }
    let chosen = match fitting.as_slice() {
        [only] => *only,
        _ => Selection { kinds, given: given.iter().map(|given| based(kinds, *given)).collect() }
            .of(fitting)?,
    };
    called(kinds, chosen, given)
}

fn is_exact(candidate: &Candidate<'_>, given: &[Given<'_>]) -> bool {
    candidate.arguments.iter().zip(given).all(|(declared, given)| *given == Given::Known(*declared))
}

/// Whether a function of the DDL has an argument that is not understood.
fn is_vague(candidate: &Candidate<'_>) -> bool {
    candidate.arguments.iter().any(|ty| ty.builtin_name() == Some("unknown"))
}

fn based<'a: 't, 't>(kinds: Kinds<'a>, given: Given<'t>) -> Given<'t> {
    match given {
        Given::Known(ty) => Given::Known(kinds.base(ty)),
        other => other,
    }
}

/// Whether the given argument converts to the declared type.
fn fits<'a: 't, 't>(kinds: Kinds<'a>, candidate: &Candidate<'t>, given: &[Given<'t>]) -> bool {
    let converts = |(declared, given): (&TypeRef<'t>, &Given<'t>)| match given {
        Given::Known(ty) => {
            declared.builtin_name().is_some_and(|name| name.starts_with("any") || name == "unknown")
                || kinds.converts(*ty, *declared)
        }
        Given::Literal | Given::Unknown => true,
    };
    candidate.arguments.iter().zip(given).all(converts) && bind(kinds, &candidate.arguments, given).is_some()
}

/// What all of them give, where it is one type.
fn agreed<'t>(candidates: &[&Candidate<'t>]) -> Option<ChosenOverload<'t>> {
    let (first, rest) = candidates.split_first()?;
    let is_same = rest.iter().all(|other| other.result == first.result && other.columns == first.columns);
    let mut types = first.columns.iter().map(|(_, ty)| *ty).chain([first.result]);
    let is_plain = types.all(|ty| !is_polymorphic(ty) && ty.builtin_name() != Some("unknown"));
    (is_same && is_plain).then(|| ChosenOverload {
        first: None,
        result: first.result,
        columns: first.columns.iter().map(|(name, ty)| (*name, Some(*ty))).collect(),
    })
}

fn called<'a: 't, 't>(
    kinds: Kinds<'a>,
    candidate: &Candidate<'t>,
    given: &[Given<'t>],
) -> Option<ChosenOverload<'t>> {
    let bound = bind(kinds, &candidate.arguments, given)?;
    let columns = candidate.columns.iter().map(|(name, ty)| (*name, bound.replace(kinds, *ty)));
    let first = match given.first() {
        // A row of any type is a record as it is.
        Some(Given::Known(row)) if kinds.is_composite(*row) => Some(*row),
        _ => candidate.arguments.first().and_then(|ty| bound.replace(kinds, *ty)),
    };
    Some(ChosenOverload {
        first,
        result: bound.replace(kinds, candidate.result)?,
        columns: columns.collect(),
    })
}

/// The choice among several that fit.
struct Selection<'a, 't> {
    kinds: Kinds<'a>,
    /// Without domains.
    given: Vec<Given<'t>>,
}

impl<'a: 't, 't> Selection<'a, 't> {
    fn of<'c>(&self, candidates: Vec<&'c Candidate<'t>>) -> Option<&'c Candidate<'t>> {
        let best = self.best(candidates, |given, declared| given == declared);
        if let [only] = best.as_slice() {
            return Some(only);
        }
        let best = self.best(best, |given, declared| {
            let kinds = self.kinds;
            given == declared
                || (kinds.is_preferred(declared) && kinds.category(given) == kinds.category(declared))
        });
        if let [only] = best.as_slice() {
            return Some(only);
        }
        if !self.given.contains(&Given::Literal) {
            return None;
        }
        let best = self.by_category(best);
        if let [only] = best.as_slice() {
            return Some(only);
        }
        self.as_the_others(&best)
    }

    /// Those of which most arguments match.
    fn best<'c>(
        &self,
        candidates: Vec<&'c Candidate<'t>>,
        matches: impl Fn(TypeRef<'t>, TypeRef<'t>) -> bool,
    ) -> Vec<&'c Candidate<'t>> {
        let count = |candidate: &Candidate<'t>| {
            let pairs = candidate.arguments.iter().zip(&self.given);
            pairs
                .filter(|(declared, given)| matches!(given, Given::Known(ty) if matches(*ty, **declared)))
                .count()
        };
        let most = candidates.iter().map(|candidate| count(candidate)).max().unwrap_or_default();
        candidates.into_iter().filter(|candidate| count(candidate) == most).collect()
    }

    /// Those that take, for each literal, a type of the category that is taken there: texts before all others. All
    /// where that leaves none.
    fn by_category<'c>(&self, candidates: Vec<&'c Candidate<'t>>) -> Vec<&'c Candidate<'t>> {
        let kinds = self.kinds;
        let mut wanted: Vec<(usize, char, bool)> = Vec::new();
        for (at, _) in self.given.iter().enumerate().filter(|(_, given)| **given == Given::Literal) {
            let taken = candidates.iter().filter_map(|candidate| candidate.arguments.get(at).copied());
            let categories: Vec<char> = taken.clone().map(|ty| kinds.category(ty)).collect();
            let category = match categories.split_first() {
                _ if categories.contains(&'S') => 'S',
                Some((first, rest)) if rest.iter().all(|other| other == first) => *first,
                _ => return candidates,
            };
            let mut of_category = taken.filter(|ty| kinds.category(*ty) == category);
            wanted.push((at, category, of_category.any(|ty| kinds.is_preferred(ty))));
        }
        let takes = |candidate: &&&Candidate<'t>| {
            wanted.iter().all(|(at, category, preferred)| {
                candidate.arguments.get(*at).is_some_and(|ty| {
                    kinds.category(*ty) == *category && (!preferred || kinds.is_preferred(*ty))
                })
            })
        };
        let kept: Vec<&Candidate<'t>> = candidates.iter().filter(takes).copied().collect();
        if kept.is_empty() { candidates } else { kept }
    }

    /// The one that takes the literals as what everything else is.
    fn as_the_others<'c>(&self, candidates: &[&'c Candidate<'t>]) -> Option<&'c Candidate<'t>> {
        let mut known = self.given.iter().filter(|given| **given != Given::Literal);
        let first = known.next().filter(|first| known.all(|other| other == *first))?;
        let given = vec![*first; self.given.len()];
        let mut fitting = candidates.iter().filter(|candidate| fits(self.kinds, candidate, &given));
        let only = fitting.next()?;
        fitting.next().is_none().then_some(*only)
    }
}
