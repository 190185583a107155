//! The built-in objects of every PostgreSQL database: types, casts, operators, functions and system views; and those
//! that the extensions that come with PostgreSQL add.
//!
//! The tables in `builtins/` are read from a server by `builtins/take.sh`. They are sorted, so that a name is found
//! without reading all of them, and are cut into lines at the first look-up.

use std::{
    collections::{HashMap, HashSet},
    str::Split,
    sync::LazyLock,
};

/// The server that the tables are of: `PostgreSQL 15.4`.
pub const VERSION: &str = include_str!("builtins/version.txt");

static TYPES: LazyLock<HashMap<TypeRef<'static>, BuiltinType>> = LazyLock::new(|| {
    include_str!("builtins/types.tsv").lines().map(|line| known_of(line.split('\t'))).collect()
});
static CASTS: LazyLock<HashSet<(TypeRef<'static>, TypeRef<'static>)>> = LazyLock::new(|| {
    let cast = |line: &'static str| {
        let (from, to) = line.split_once('\t')?;
        Some((TypeRef::spelled(from), TypeRef::spelled(to)))
    };
    include_str!("builtins/casts.tsv").lines().filter_map(cast).collect()
});
static OPERATORS: LazyLock<BuiltinLines> =
    LazyLock::new(|| BuiltinLines::of(include_str!("builtins/operators.tsv")));
static FUNCTIONS: LazyLock<BuiltinLines> =
    LazyLock::new(|| BuiltinLines::of(include_str!("builtins/functions.tsv")));
static RELATIONS: LazyLock<BuiltinLines> =
    LazyLock::new(|| BuiltinLines::of(include_str!("builtins/relations.tsv")));

/// A type without its modifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct TypeRef<'a> {
    /// The schema; for a type of an extension the extension's name, whatever schema that was created in.
    pub(crate) home: &'a str,
    pub(crate) name: &'a str,
    pub(crate) array: bool,
}

impl TypeRef<'static> {
    /// A type as the tables spell it: `int4[]`, `citext:citext`.
    fn spelled(text: &'static str) -> Self {
        let (element, array) = match text.strip_suffix("[]") {
            Some(element) => (element, true),
            None => (text, false),
        };
        let (home, name) = element.split_once(':').unwrap_or(("pg_catalog", element));
        Self { home, name, array }
    }

    /// None for an empty text.
    fn maybe(text: &'static str) -> Option<Self> {
        (!text.is_empty()).then(|| Self::spelled(text))
    }
}

impl<'a> TypeRef<'a> {
    /// A type of `pg_catalog`.
    pub(crate) fn builtin(name: &'a str) -> Self {
        Self { home: "pg_catalog", name, array: false }
    }

    /// Its name, if it is a type of `pg_catalog` that is no array.
    pub(crate) fn builtin_name(self) -> Option<&'a str> {
        (self.home == "pg_catalog" && !self.array).then_some(self.name)
    }
}

/// A row of `pg_type`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BuiltinType {
    /// `typcategory`.
    pub(crate) category: char,
    /// `typispreferred`.
    pub(crate) is_preferred: bool,
    /// `typtype`.
    pub(crate) kind: char,
    /// The base type of a domain, the subtype of a range or a multirange.
    pub(crate) over: Option<TypeRef<'static>>,
    /// A range's multirange, a multirange's range.
    pub(crate) counterpart: Option<TypeRef<'static>>,
}

/// A row of `pg_operator`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operator {
    /// None for one of `pg_catalog`.
    pub(crate) extension: Option<&'static str>,
    /// None for an operator before its only operand.
    pub(crate) left: Option<TypeRef<'static>>,
    pub(crate) right: TypeRef<'static>,
    pub(crate) result: TypeRef<'static>,
}

/// A row of `pg_proc`.
#[derive(Clone, Debug)]
pub(crate) struct BuiltinFunction {
    /// None for one of `pg_catalog`.
    pub(crate) extension: Option<&'static str>,
    /// How many of the last arguments may be left out.
    pub(crate) defaults: usize,
    pub(crate) is_variadic: bool,
    pub(crate) arguments: Vec<TypeRef<'static>>,
    pub(crate) result: TypeRef<'static>,
    /// The names and types of `OUT` parameters.
    pub(crate) columns: Vec<(&'static str, TypeRef<'static>)>,
}

/// Lines of fields, sorted by their first field, which is kept apart from the others.
struct BuiltinLines(Vec<(&'static str, &'static str)>);

impl BuiltinLines {
    fn of(text: &'static str) -> Self {
        Self(text.lines().filter_map(|line| line.split_once('\t')).collect())
    }

    /// The other fields of the lines whose first is `key`.
    fn find(&'static self, key: &str) -> impl Iterator<Item = Split<'static, char>> {
        let start = self.0.partition_point(|(first, _)| *first < key);
        let lines = self.0.iter().skip(start).take_while(move |(first, _)| *first == key);
        lines.map(|(_, others)| others.split('\t'))
    }
}

/// A line of the types.
fn known_of(mut fields: Split<'static, char>) -> (TypeRef<'static>, BuiltinType) {
    let mut next = || fields.next().unwrap_or_default();
    let ty = TypeRef::spelled(next());
    let known = BuiltinType {
        category: next().chars().next().unwrap_or('U'),
        is_preferred: !next().is_empty(),
        kind: next().chars().next().unwrap_or('b'),
        over: TypeRef::maybe(next()),
        counterpart: TypeRef::maybe(next()),
    };
    (ty, known)
}

/// The tables' row of a type, or of an array's element.
pub(crate) fn known(ty: TypeRef<'_>) -> Option<BuiltinType> {
    let types: &HashMap<TypeRef<'_>, BuiltinType> = &TYPES;
    types.get(&TypeRef { array: false, ..ty }).copied()
}

/// Whether the server converts a value to the other type without a written cast.
pub(crate) fn casts(from: TypeRef<'_>, to: TypeRef<'_>) -> bool {
    let casts: &HashSet<(TypeRef<'_>, TypeRef<'_>)> = &CASTS;
    casts.contains(&(from, to))
}

/// The operators of that name.
pub(crate) fn operators(name: &str) -> impl Iterator<Item = Operator> {
    OPERATORS.find(name).map(|mut fields| {
        let mut next = || fields.next().unwrap_or_default();
        Operator {
            extension: Some(next()).filter(|name| !name.is_empty()),
            left: TypeRef::maybe(next()),
            right: TypeRef::spelled(next()),
            result: TypeRef::spelled(next()),
        }
    })
}

/// The functions, aggregates and window functions of that name.
pub(crate) fn functions(name: &str) -> impl Iterator<Item = BuiltinFunction> {
    FUNCTIONS.find(name).map(|mut fields| {
        let mut next = || fields.next().unwrap_or_default();
        let extension = Some(next()).filter(|name| !name.is_empty());
        // Whether it is an aggregate makes no difference to its types.
        let _kind = next();
        BuiltinFunction {
            extension,
            defaults: next().parse().unwrap_or_default(),
            is_variadic: !next().is_empty(),
            arguments: next().split(' ').filter_map(TypeRef::maybe).collect(),
            result: TypeRef::spelled(next()),
            columns: columns(next()),
        }
    })
}

/// The columns of a table or view of `pg_catalog` or `information_schema`, named `schema.name`.
pub(crate) fn relation(name: &str) -> Option<Vec<(&'static str, TypeRef<'static>)>> {
    RELATIONS.find(name).next().map(|mut fields| columns(fields.next().unwrap_or_default()))
}

/// `name type,name type`.
fn columns(text: &'static str) -> Vec<(&'static str, TypeRef<'static>)> {
    let column = |column: &'static str| column.split_once(' ').map(|(name, ty)| (name, TypeRef::spelled(ty)));
    text.split(',').filter_map(column).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_sorted_and_whole() {
        for (table, others) in [(&OPERATORS, 4), (&FUNCTIONS, 7), (&RELATIONS, 1)] {
            assert!(table.0.is_sorted(), "`LC_ALL=C sort` made the tables");
            assert!(
                table.0.iter().all(|(_, line)| line.split('\t').count() == others),
                "{others} more fields"
            );
            assert!(table.0.len() > 200);
        }
        assert!(TYPES.len() > 100 && CASTS.len() > 100);
        assert!(VERSION.starts_with("PostgreSQL "));
    }

    #[test]
    fn a_name_is_found_with_all_that_share_it() {
        assert_eq!(functions("jsonb_each").next().map(|function| function.columns.len()), Some(2));
        assert!(operators("||").count() > 8 && operators("no such").next().is_none());
        assert!(casts(TypeRef::builtin("int4"), TypeRef::builtin("int8")));
        assert!(!casts(TypeRef::builtin("int8"), TypeRef::builtin("int4")));
        let citext = TypeRef { home: "citext", name: "citext", array: false };
        assert!(casts(citext, TypeRef::builtin("text")));
        assert_eq!(
            known(TypeRef::builtin("text")).map(|ty| (ty.category, ty.is_preferred)),
            Some(('S', true))
        );
        assert!(relation("information_schema.columns").is_some_and(|columns| columns.len() > 40));
    }
}
