//! The result types of operators.

use sqlparser::ast::{BinaryOperator, UnaryOperator};

use super::{
    analysis::Analysis,
    candidates,
    kinds::{Given, Kinds},
    overloads::{ChosenOverload, choose},
    types::Type,
};

impl Analysis<'_> {
    /// The type of `left op right`.
    pub(super) fn operation(&self, op: &BinaryOperator, left: &Type, right: &Type) -> Type {
        match op {
            BinaryOperator::And | BinaryOperator::Or | BinaryOperator::Overlaps => Type::builtin("bool"),
            BinaryOperator::PGCustomBinaryOperator(name) => {
                let Some((name, schema)) = name.split_last() else { return Type::Unknown };
                self.result(name, schema.last().map(String::as_str), Some(left), right)
            }
            op => self.result(&op.to_string(), None, Some(left), right),
        }
    }

    /// The type of an operator before its operand.
    pub(super) fn prefixed(&self, op: UnaryOperator, operand: &Type) -> Type {
        match op {
            UnaryOperator::Not => Type::builtin("bool"),
            // The grammar drops it before a number; any other sign is an operator.
            UnaryOperator::Plus if *operand == Type::Literal => Type::Unknown,
            op => self.result(&op.to_string(), None, None, operand),
        }
    }

    fn result(&self, name: &str, schema: Option<&str>, left: Option<&Type>, right: &Type) -> Type {
        let kinds = Kinds(self.session);
        self.operator(name, schema, left, right)
            .map_or(Type::Unknown, |chosen| Type::Known(kinds.sql_type(chosen.result)))
    }

    /// `nullif(a, b)`: the first argument, as the comparison with the second makes it.
    pub(super) fn nullif(&self, first: &Type, second: &Type) -> Type {
        let chosen = self.operator("=", None, Some(first), second).and_then(|chosen| chosen.first);
        let Some(compared) = chosen else { return Type::Unknown };
        let compared = Type::Known(Kinds(self.session).sql_type(compared));
        // What is not converted keeps its modifier.
        if first.clone().plain() == compared { first.clone() } else { compared }
    }

    /// The operator that the server chooses; none if it may be an operator of the DDL, whose types are not known.
    fn operator<'t>(
        &'t self,
        name: &str,
        schema: Option<&str>,
        left: Option<&'t Type>,
        right: &'t Type,
    ) -> Option<ChosenOverload<'t>> {
        let kinds = Kinds(self.session);
        let given: Vec<Given<'t>> = left.into_iter().chain([right]).map(|ty| kinds.given(ty)).collect();
        let found = candidates::operators(self.session, name, schema, left.is_some());
        let exactly = |given: &[Given<'t>]| {
            let mut pairs = found.iter().filter(|candidate| {
                candidate.arguments.iter().zip(given).all(|(ty, given)| *given == Given::Known(*ty))
            });
            pairs.next().and_then(|candidate| choose(kinds, std::slice::from_ref(candidate), given))
        };
        // A literal beside a known operand is taken for the same type, where there is such an operator.
        let both = match given.as_slice() {
            [Given::Known(ty), Given::Literal] | [Given::Literal, Given::Known(ty)] => Some(*ty),
            _ => None,
        };
        let same = both.and_then(|ty| {
            exactly(&[Given::Known(ty); 2]).or_else(|| exactly(&[Given::Known(kinds.base(ty)); 2]))
        });
        if let Some(chosen) = same.or_else(|| exactly(&given)) {
            return Some(chosen);
        }
        if self.session.operators.contains_key(name) {
            return None;
        }
        choose(kinds, &found, &given)
    }
}
