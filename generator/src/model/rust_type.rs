//! A Rust type as a value: where its name is found, what it is made of, and which traits it has.

use std::{borrow::Cow, fmt};

use serde::{Serialize, Serializer};

/// Where the runtime's types are.
const RUNTIME: &str = "ormgen_runtime::types";

/// Rust's own types that columns can have.
const PLAIN: [&str; 9] = ["bool", "i8", "i16", "i32", "i64", "u32", "f32", "f64", "String"];

/// A Rust type.
#[derive(Clone, Debug)]
pub struct RustType {
    /// Where its name is found.
    namespace: Namespace,
    /// Its name there.
    name: Cow<'static, str>,
    /// Its generic arguments: the `T` of `Vec<T>`.
    arguments: Cow<'static, [RustType]>,
    /// Which traits it has.
    traits: Traits,
}

/// Where a type's name is defined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Namespace {
    /// In Rust's prelude: `i32`, `String`, `Vec`.
    Prelude,
    /// In the runtime's module `types`.
    Runtime,
    /// In the module of one database, with the path to that module from where the type is written; empty inside it.
    Database(&'static str),
    /// In the user's code: the name is a whole path.
    User,
}

/// The traits that a type has, beside `Debug`, `Clone` and `PartialEq`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traits {
    /// `Copy`.
    pub copy: bool,
    /// `Eq`.
    pub eq: bool,
    /// `Hash`.
    pub hash: bool,
    /// `Ord`.
    pub ord: bool,
    /// `Serialize` and `Deserialize`, with the runtime's feature `serde`.
    pub serde: bool,
}

impl Traits {
    /// All of them.
    pub const ALL: Self = Self { copy: true, ..Self::ORD };
    /// None of them, or none that is known.
    pub const NONE: Self = Self { copy: false, eq: false, hash: false, ord: false, serde: false };
    /// Only `PartialEq`, as floating-point numbers.
    pub(super) const PARTIAL: Self = Self { serde: true, ..Self::NONE };
    /// `Eq`.
    pub(super) const EQ: Self = Self { eq: true, ..Self::PARTIAL };
    /// `Eq` and `Hash`.
    pub(super) const HASH: Self = Self { hash: true, ..Self::EQ };
    /// `Eq`, `Hash` and `Ord`.
    pub(super) const ORD: Self = Self { ord: true, ..Self::HASH };

    pub(super) const fn copy(self) -> Self {
        Self { copy: true, ..self }
    }

    /// The traits that both have: those of a struct with fields of both types.
    #[must_use]
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            copy: self.copy && other.copy,
            eq: self.eq && other.eq,
            hash: self.hash && other.hash,
            ord: self.ord && other.ord,
            serde: self.serde && other.serde,
        }
    }
}

impl RustType {
    /// A type that Rust itself has.
    pub(super) const fn prelude(name: &'static str, traits: Traits) -> Self {
        Self::new(Namespace::Prelude, name, &[], traits)
    }

    /// A type of the runtime.
    pub(super) const fn runtime(name: &'static str, traits: Traits) -> Self {
        Self::new(Namespace::Runtime, name, &[], traits)
    }

    /// A generic type of the runtime.
    pub(super) const fn runtime_of(
        name: &'static str,
        arguments: &'static [RustType],
        traits: Traits,
    ) -> Self {
        Self::new(Namespace::Runtime, name, arguments, traits)
    }

    /// `Vec` of a type, as Rust's own.
    pub(super) const fn vec_of(argument: &'static [RustType], traits: Traits) -> Self {
        Self::new(Namespace::Prelude, "Vec", argument, traits)
    }

    const fn new(
        namespace: Namespace,
        name: &'static str,
        arguments: &'static [RustType],
        traits: Traits,
    ) -> Self {
        Self { namespace, name: Cow::Borrowed(name), arguments: Cow::Borrowed(arguments), traits }
    }

    /// An enum or a composite of a database; `up` is the path to the database's module from where it is written.
    pub(super) fn of_database(up: &'static str, name: String, traits: Traits) -> Self {
        let (name, arguments) = (Cow::Owned(name), Cow::Borrowed(&[][..]));
        Self { namespace: Namespace::Database(up), name, arguments, traits }
    }

    /// A type that the manifest names. Its traits are not known; a `Vec`, and what is Rust's or the runtime's own, is
    /// known as such.
    pub(super) fn of_user(text: &str) -> Self {
        let text = text.trim();
        let element = text.strip_prefix("Vec<").and_then(|rest| rest.strip_suffix('>'));
        if let Some(element) = element.filter(|element| syn::parse_str::<syn::Type>(element).is_ok()) {
            return Self::of_user(element).into_vec();
        }
        let in_runtime = text.strip_prefix(RUNTIME).and_then(|rest| rest.strip_prefix("::"));
        let (namespace, name) = match in_runtime.filter(|name| syn::parse_str::<syn::Ident>(name).is_ok()) {
            Some(name) => (Namespace::Runtime, name),
            None if PLAIN.contains(&text) => (Namespace::Prelude, text),
            None => (Namespace::User, text),
        };
        let name = Cow::Owned(name.to_owned());
        Self { namespace, name, arguments: Cow::Borrowed(&[]), traits: Traits::NONE }
    }

    /// `Vec` of it.
    pub(super) fn into_vec(self) -> Self {
        let traits = Traits { copy: false, ..self.traits };
        self.inside(Namespace::Prelude, "Vec", traits)
    }

    /// `Option` of it.
    pub(super) fn into_option(self) -> Self {
        let traits = self.traits;
        self.inside(Namespace::Prelude, "Option", traits)
    }

    /// The runtime's type of that name around it: `Range`, `Json`.
    pub(super) fn into_runtime(self, wrapper: &'static str, traits: Traits) -> Self {
        self.inside(Namespace::Runtime, wrapper, traits)
    }

    fn inside(self, namespace: Namespace, name: &'static str, traits: Traits) -> Self {
        Self { namespace, name: Cow::Borrowed(name), arguments: Cow::Owned(vec![self]), traits }
    }

    /// Which traits it has.
    pub fn traits(&self) -> Traits {
        self.traits
    }

    /// The expression that makes a value of its own of the one at `place`.
    ///
    /// Whether a type of the user's is `Copy` is not known, and clippy calls a `.clone()` of one that is needless.
    pub(super) fn copied(&self, place: &str) -> String {
        let of_user = |ty: &Self| ty.namespace == Namespace::User;
        if self.traits.copy {
            place.to_owned()
        } else if of_user(self) || (self.is_prelude("Option") && self.arguments.iter().any(of_user)) {
            format!("Clone::clone(&{place})")
        } else {
            format!("{place}.clone()")
        }
    }

    /// Whether it is Rust's own type of that name: `i32`.
    pub(super) fn is_prelude(&self, name: &str) -> bool {
        self.namespace == Namespace::Prelude && self.name == name
    }

    /// Whether it is a `Vec`.
    pub fn is_vec(&self) -> bool {
        self.is_prelude("Vec")
    }

    /// Whether it is one of the types that arrays are read as.
    pub(super) fn is_array(&self) -> bool {
        self.is_vec() || self.is_runtime("Array")
    }

    /// Whether it is one of the runtime's types for JSON.
    pub(super) fn is_json(&self) -> bool {
        self.is_runtime("JsonText") || self.is_runtime("JsonValue")
    }

    fn is_runtime(&self, name: &str) -> bool {
        self.namespace == Namespace::Runtime && self.name == name
    }

    /// Whether it, or a part of it, is one of these types of the runtime. `OrInfinity` of a type does not count as that
    /// type.
    pub(super) fn has_runtime(&self, names: &[&str]) -> bool {
        let is_own = names.iter().any(|name| self.is_runtime(name));
        is_own
            || (!self.is_runtime("OrInfinity") && self.arguments.iter().any(|part| part.has_runtime(names)))
    }

    /// The type that can hold the infinities as well, if it is a date or a timestamp, or a range of them.
    pub(super) fn or_infinity(mut self) -> Self {
        if ["NaiveDate", "NaiveDateTime", "DateTime"].iter().any(|name| self.is_runtime(name)) {
            let traits = self.traits;
            return self.into_runtime("OrInfinity", traits);
        }
        if !self.arguments.is_empty() {
            let arguments = std::mem::take(&mut self.arguments).into_owned();
            self.arguments = Cow::Owned(arguments.into_iter().map(Self::or_infinity).collect());
        }
        self
    }

    /// Whether it, or a part of it, is a type of one database, different from another database's type of that name.
    pub fn is_of_database(&self) -> bool {
        self.has_part(|part| matches!(part.namespace, Namespace::Database(_)))
    }

    /// Whether it, or a part of it, is a type of the runtime's `types`.
    pub fn is_of_runtime(&self) -> bool {
        self.has_part(|part| part.namespace == Namespace::Runtime)
    }

    fn has_part(&self, holds: impl Fn(&Self) -> bool + Copy) -> bool {
        holds(self) || self.arguments.iter().any(|part| part.has_part(holds))
    }

    /// Its text in a file that imports `ormgen_runtime::types`: `types::Uuid`.
    pub fn imported(&self) -> String {
        self.text("types")
    }

    /// Its text without any path of the runtime, for messages: `Uuid`.
    pub(super) fn bare(&self) -> String {
        self.text("")
    }

    /// Its text where the runtime's types have this path.
    fn text(&self, runtime: &str) -> String {
        let path = match self.namespace {
            Namespace::Prelude | Namespace::User => "",
            Namespace::Runtime => runtime,
            Namespace::Database(up) => up,
        };
        let mut text = if path.is_empty() { self.name.to_string() } else { format!("{path}::{}", self.name) };
        if !self.arguments.is_empty() {
            let arguments: Vec<String> = self.arguments.iter().map(|part| part.text(runtime)).collect();
            text.push_str(&format!("<{}>", arguments.join(", ")));
        }
        text
    }
}

/// Two types of one name are equal, even if their known traits differ.
impl PartialEq for RustType {
    fn eq(&self, other: &Self) -> bool {
        (self.namespace, &self.name, &self.arguments) == (other.namespace, &other.name, &other.arguments)
    }
}

impl Eq for RustType {}

/// With the runtime's whole path: `ormgen_runtime::types::Uuid`.
impl fmt::Display for RustType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(RUNTIME))
    }
}

/// Every template that prints a type imports `ormgen_runtime::types`.
impl Serialize for RustType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.imported())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_written_by_where_its_name_is_found() {
        let uuid = RustType::runtime("Uuid", Traits::ORD.copy());
        let many = uuid.clone().into_vec().into_option();
        assert_eq!(many.to_string(), "Option<Vec<ormgen_runtime::types::Uuid>>");
        assert_eq!(many.imported(), "Option<Vec<types::Uuid>>");
        assert_eq!(many.bare(), "Option<Vec<Uuid>>");
        assert!(many.is_of_runtime() && !many.is_of_database() && !many.is_vec());
        assert_eq!(many.traits(), Traits::ORD);
        let mood = RustType::of_database("super", "Mood".to_owned(), Traits::ALL);
        assert_eq!(mood.imported(), "super::Mood");
        assert!(mood.into_vec().is_of_database());
    }

    #[test]
    fn a_list_of_the_users_is_known_as_one() {
        for (text, is_vec) in [
            ("Vec<crate::Tag>", true),
            ("Vec<u8>", true),
            ("crate::Vec<u8>", false),
            ("Vec<A>::Item<B>", false),
            ("super::Vec", false),
        ] {
            let ty = RustType::of_user(text);
            assert_eq!((ty.is_vec(), ty.imported().as_str()), (is_vec, text));
        }
        assert_eq!(RustType::of_user("i64"), RustType::prelude("i64", Traits::ALL));
        assert_eq!(RustType::of_user("ormgen_runtime::types::Uuid"), RustType::runtime("Uuid", Traits::ALL));
    }
}
