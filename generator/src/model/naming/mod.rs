//! Makes Rust names from SQL names. Pure functions, which use no catalog, manifest or file.
//!
//! # From one SQL name to one Rust name
//! 1. Unicode is normalized to NFKC: Rust compares identifiers in NFC and warns of characters that NFKC would replace.
//! 2. Words are found by case, by underscores and by everything that no Rust identifier can hold: `customerId`,
//!    `Customer ID` and `customer-id` are `customer_id`. The symbols `+ # % & * < > =`, and a minus at either end,
//!    carry meaning and are spelled out (`a+` is `a_plus`); other punctuation only separates.
//! 3. A name with nothing else in it is spelled out (`?` is `question`, an emoji its code point) up to four
//!    characters; a longer one is `unnamed`, the empty enum label is `Empty`.
//! 4. A name that starts with a digit gets an underscore before it (`_2fa`), that of a type or a variant an `N`
//!    (`N2fa`), as with an underscore a type could have the same name as a module.
//! 5. A field that is a keyword is written raw (`r#type`); the four that cannot be raw get an underscore after them
//!    (`self_`). Constants need neither: `TYPE`.
//! 6. A struct is named in the singular, if the manifest asks for it: only the last word changes ([`singular`]), and
//!    only if its singular is beyond doubt. Names that generated modules use ([`RESERVED_TYPES`]) get `Row` after them:
//!    a table `option` is `OptionRow`; so does a table that is called as its database. A type's name gets `Type` instead.
//! 7. A module is a file too: ASCII only (rustc's E0754), not `lib`, `main` or a crate's name, nor a device of Windows.
//!
//! Letters of other scripts stay. Where two of them look alike (a Latin and a Cyrillic `a`), rustc warns of
//! `confusable_idents`, which only the user's crate can allow, at its root.
//!
//! # When two objects have the same name
//! [`distinct`] names a whole scope (the fields of a struct, the structs of a module) at once. Its result depends on
//! the set of names, never on their order, and a name changes as rarely as possible when others are added:
//! * The object whose SQL name *is* the plain spelling keeps the plain name, whatever is added: a column
//!   `customer_id` is `customer_id`, and the column `customerId` beside it gets another name.
//!   Of tables, `user` comes before `users`, and both before `Users`. In other schemas than the main one the plain
//!   spelling has the schema before it: `auth.user` comes before `auth.users`, and both before `Auth.users`; yet a table
//!   `auth_user` of the main schema comes first.
//! * All others get another name: a table first its name without singularising (`users` beside `user` is `Users`), then
//!   a suffix made from its own SQL name alone, the start of its BLAKE3 hash: `customer_id_5f3a`, `User5f3a`. There is
//!   no running number, so the suffix does not depend on the other objects.
//! * The exception: an object that is *not* spelled plainly keeps the plain name only while no other object has it.
//!   Suffixing every such name from the start would be stable without exception, but `customerId` is common and clashes
//!   are not. [`Resolved::renamed_from`] reports each changed name, so that the user can fix one in the manifest.
//!
//! # Schemas
//! Structs of tables in an app's main schema have plain names; those of any other schema carry its name:
//! beside `public`, `auth.users` is `AuthUser`, even while `public.users` does not exist, so that a new table in one
//! schema never renames one in another. [`main_schema`] chooses the main schema, unless the manifest does
//! (`main_schema: billing`), whose choice holds whatever is added to the database later.
//!
//! # Relations
//! A relation is named from its foreign key alone, never by the number of keys, so that a second key between two tables
//! renames nothing.
//! * Forward: the column without what marks it as a key, which is `_` and the target's column, or `_id`, `_uuid`,
//!   `_fk`, `_ref` after it, or `id_`, `fk_` before it: `customer_id` is `CUSTOMER`, `country_code` to
//!   `countries(code)` is `COUNTRY`. With nothing to strip, column and target: `created_by` is `CREATED_BY_USER`; where
//!   that would repeat a word, `ROW` stands for the target: `customer` is `CUSTOMER_ROW`.
//! * In a key of several columns, those named like their target columns are shared context (a tenant) and do not count;
//!   unless exactly one column is left, the target table gives the name.
//! * Backward: the child's table in the plural (`ORDERS`), or in the singular if at most one row can refer to a row
//!   (`INVOICE`), if the key is named after this table. Otherwise the key's name is added:
//!   `ORDERS_BY_BILLING_ADDRESS`, `CATEGORIES_BY_PARENT`, `POSTS_CREATED_BY`.
//! * Through a join table: the forward name of the key to the other end, in the plural (`TAGS`, `FRIENDS`); a table
//!   named after both ends (`product_tags`) has the first claim to it. If another constant has that name, the join
//!   table's name is added: `TAGS_THROUGH_SUGGESTIONS`.
//! * Columns come first, then forward relations, then backward ones, then join tables: a column `customer` beside
//!   `customer_id` keeps `CUSTOMER`, and the relation is `CUSTOMER_ROW`.

mod distinct;
mod keywords;
mod plural;
mod relation;
mod words;

use std::{borrow::Cow, cmp::Reverse, collections::BTreeMap};

pub use distinct::{Request, Resolved, distinct};
pub use keywords::{RESERVED_TYPES, is_identifier};
pub use plural::{plural, singular};
pub use relation::Link;

/// The parts of a table or a type that its Rust names are made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named<'a> {
    /// The schema it is in.
    pub schema: &'a str,
    /// Its name.
    pub name: &'a str,
    /// The schema whose tables carry no prefix, see [`main_schema`].
    pub main_schema: &'a str,
    /// Its name without the prefix that the app's tables share.
    pub base: &'a str,
    /// The name that the manifest gives to its struct.
    pub given: Option<&'a str>,
}

impl<'a> Named<'a> {
    /// An object that has the name of its own alone.
    pub fn new(schema: &'a str, name: &'a str, main_schema: &'a str) -> Self {
        Self { schema, name, main_schema, base: name, given: None }
    }

    /// Its words in snake case, with the schema's before them if that is not the main one: those of the name that the
    /// manifest gives, if it gives one.
    fn words(&self, singular: bool) -> String {
        match self.given {
            Some(given) => words::snake(given),
            None => self.own_words(singular),
        }
    }

    /// Its words, whatever the manifest calls its struct.
    fn own_words(&self, singular: bool) -> String {
        let name = words::snake(self.base);
        let name = if singular { plural::singular_words(&name) } else { name };
        if self.schema == self.main_schema { name } else { format!("{}_{name}", words::snake(self.schema)) }
    }

    /// What columns and join tables call it: the singular of its name and of the manifest's, without the schema's.
    fn nouns(&self) -> Vec<String> {
        let names = [Some(self.name), Some(self.base), self.given];
        names.into_iter().flatten().map(|name| plural::singular_words(&words::snake(name))).collect()
    }

    /// The name that its struct would have, if that is one of [`RESERVED_TYPES`].
    pub fn reserved(&self, singular: bool) -> Option<String> {
        Some(words::camel(&self.own_words(singular))).filter(|name| RESERVED_TYPES.contains(&name.as_str()))
    }

    /// A text that distinguishes it from every other object of its database.
    fn identity(&self) -> String {
        // PostgreSQL has no name with a NUL in it.
        format!("{}\0{}", self.schema, self.name)
    }
}

/// The main schema of an app that has tables in it, unless the manifest says otherwise.
pub(super) const USUAL_SCHEMA: &str = "public";

/// The schema whose tables carry no prefix: the one that every pattern of the app's `models` names; else the only one
/// that has tables; else `public`, if that has any; else the one with the most tables. `schemas` has the number of the
/// app's tables in each schema.
///
/// The patterns `["analytics.*"]` name `analytics`; `["*"]`, `["users"]` and `["a.*", "b.*"]` name none.
pub fn main_schema<'a>(
    patterns: impl IntoIterator<Item = &'a str>,
    schemas: &BTreeMap<&'a str, usize>,
) -> &'a str {
    if let Some(named) = schema_of_patterns(patterns) {
        return named;
    }
    if schemas.contains_key(USUAL_SCHEMA) {
        return USUAL_SCHEMA;
    }
    largest_schema(schemas).unwrap_or(USUAL_SCHEMA)
}

/// The schema with the most tables; of equal ones the usual one, or else the first by name.
pub fn largest_schema<'a>(schemas: &BTreeMap<&'a str, usize>) -> Option<&'a str> {
    let rank =
        |(schema, tables): &(&&'a str, &usize)| (**tables, **schema == USUAL_SCHEMA, Reverse(**schema));
    schemas.iter().max_by_key(rank).map(|(schema, _)| *schema)
}

/// The schema that every pattern names.
pub(super) fn schema_of_patterns<'a>(patterns: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let mut schemas = patterns.into_iter().map(|pattern| match pattern.split_once('.') {
        Some((schema, _)) if !schema.contains(['*', '?', '[', '{', '!']) => Some(schema),
        _ => None,
    });
    let first = schemas.next()??;
    schemas.all(|schema| schema == Some(first)).then_some(first)
}

/// The struct of a table of the main schema: `order_items` is `OrderItem`, or `OrderItems` when not `singular`.
pub fn struct_name(table: &str, singular: bool) -> String {
    type_named(&Named::new("", table, "").words(singular), "Row")
}

/// The Rust type that is no table's: an enum, a domain, a composite, a database's marker.
pub fn type_name(name: &str) -> String {
    type_named(&words::snake(name), "Type")
}

/// The field of a column: `customerId` is `customer_id`, `type` is `r#type`.
pub fn field_name(column: &str) -> String {
    keywords::raw(words::snake(column))
}

/// The constant of a column: `customerId` is `CUSTOMER_ID`.
pub fn const_name(column: &str) -> String {
    words::screaming(&words::snake(column))
}

/// The variant of an enum's label: `in-progress` is `InProgress`, the empty label is `Empty`.
pub fn variant_name(label: &str) -> String {
    let name = words::camel(&words::snake(label));
    if name == "Self" { "Self_".to_owned() } else { name }
}

/// The module, and so the file, of a table or a database: ASCII, and never a keyword.
pub fn module_name(name: &str) -> String {
    keywords::file_safe(words::ascii_snake(name))
}

/// A relation's constant from its words.
fn relation_const(words: &str) -> String {
    words::screaming(&words::start(words.to_owned()))
}

/// A type from its words; `suffix` keeps it off [`RESERVED_TYPES`].
fn type_named(words: &str, suffix: &str) -> String {
    let name = words::camel(words);
    if RESERVED_TYPES.contains(&name.as_str()) { name + suffix } else { name }
}

/// A name that the manifest gives: unchanged if it is a Rust identifier, else by the rules.
fn given<'a>(name: &'a str, rule: impl Fn(&str) -> String) -> Cow<'a, str> {
    let is_free = is_identifier(name) && !RESERVED_TYPES.contains(&name);
    if is_free { Cow::Borrowed(name) } else { Cow::Owned(rule(name)) }
}

#[cfg(test)]
mod tests;
