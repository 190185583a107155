//! Gives the objects of one scope distinct names.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{
    Link, Named, const_name, field_name, given, module_name, type_name, type_named, variant_name,
    words::{camel_keeps_words, snake},
};

/// The rank of a claim to a name: the lowest rank gets the name.
type Rank = u8;

/// Generated code itself uses the name.
const TAKEN: Rank = 0;
/// The manifest gives the name.
const GIVEN: Rank = 1;
/// The SQL name is the plain spelling.
const OWN: Rank = 2;
/// The SQL name is the plain spelling of its plural.
const OWN_PLURAL: Rank = 3;
/// Schema and name, joined, are the plain spelling.
const PREFIXED: Rank = 4;
/// Schema and name, joined, are the plain spelling of its plural.
const PREFIXED_PLURAL: Rank = 5;
/// The plain name, spelled otherwise in SQL; further choices follow.
const PLAIN: Rank = 6;
/// The name of an item that generated code adds to a table: a table's own name comes first.
const DERIVED: Rank = 9;
/// The first rank of names with a part of the hash.
const HASHED: Rank = 13;

/// The number of hexadecimal digits of the hash that each further round adds.
const DIGITS: usize = 4;

/// How a suffix is joined to a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Case {
    Snake,
    Camel,
    Screaming,
}

/// A request for a name: an object, and the names that suit it, best first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Request {
    /// Two requests of one identity are one object and share its name.
    identity: String,
    case: Case,
    /// Best first, ranks ascending; never empty.
    claims: Vec<(Rank, String)>,
}

/// The name that an object gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// A valid Rust identifier, `r#` included where needed.
    pub rust: String,
    /// The name that it would have alone in the scope, if that is another: a warning then names the manifest's
    /// override.
    pub renamed_from: Option<String>,
    /// Whether each name that it asked for is another's too, so that its name ends with a hash.
    pub has_hash: bool,
    /// Whether another object of the scope has that name. If none has it, several asked for it alike.
    is_taken: bool,
}

impl Resolved {
    /// Why it has not the wanted name, for messages.
    pub fn reason(&self) -> String {
        let wanted = self.renamed_from.as_deref().unwrap_or(&self.rust);
        if self.is_taken {
            format!("`{wanted}` is the name of another object")
        } else {
            format!("`{wanted}` would be the name of another object as well")
        }
    }
}

impl Request {
    /// A name that generated code itself uses, which nothing in the scope may have.
    pub fn taken(name: &str) -> Self {
        Self::one(format!("\0taken\0{name}"), Case::Snake, TAKEN, name.to_owned())
    }

    /// A field; its scope is the struct.
    pub fn field(column: &str) -> Self {
        let rank = own(snake(column) == column);
        Self::one(column.to_owned(), Case::Snake, rank, field_name(column))
    }

    /// A column's constant; its scope is the struct, together with the relations.
    pub fn constant(column: &str) -> Self {
        let name = const_name(column);
        let rank = own(name.to_lowercase() == column);
        Self::one(column.to_owned(), Case::Screaming, rank, name)
    }

    /// A variant; its scope is the enum.
    pub fn variant(label: &str) -> Self {
        let words = snake(label);
        let rank = own(words == label && camel_keeps_words(&words));
        Self::one(label.to_owned(), Case::Camel, rank, variant_name(label))
    }

    /// A table's or view's struct; its scope is the module, together with types and insert structs.
    pub fn structure(table: Named<'_>, singular: bool) -> Self {
        let (best, full) = (table.own_words(singular), table.own_words(false));
        let (first, second) = match (spelled(table, &full), best == full) {
            (OWN, true) => (OWN, PLAIN),
            (OWN, false) => (OWN_PLURAL, PLAIN + 1),
            (PREFIXED, true) => (PREFIXED, PLAIN),
            (PREFIXED, false) => (PREFIXED_PLURAL, PLAIN + 2),
            _ => (PLAIN, PLAIN + 3),
        };
        Self::one(table.identity(), Case::Camel, first, type_named(&best, "Row"))
            .or(second, type_named(&full, "Row"))
    }

    /// The Rust type of an enum, a domain, a composite or a range; its scope is the tables'.
    pub fn user_type(ty: Named<'_>) -> Self {
        let best = ty.words(false);
        Self::one(ty.identity(), Case::Camel, spelled(ty, &best), type_named(&best, "Type"))
    }

    /// The insert struct of the table whose struct is `structure`; its scope is that of the tables' structs, whose
    /// names must be chosen first and passed as [`Request::taken`].
    pub fn insert(structure: &str) -> Self {
        Self::one(format!("insert\0{structure}"), Case::Camel, DERIVED, format!("New{structure}"))
            .or(DERIVED + 1, format!("Insert{structure}"))
    }

    /// A module and its file; its scope is the folder.
    pub fn module(table: Named<'_>) -> Self {
        let words = table.own_words(false);
        let rank = own(table.schema == table.main_schema && words == table.name && words.is_ascii());
        Self::one(table.identity(), Case::Snake, rank, module_name(&words))
    }

    /// The constant of a foreign key or a reference, on the struct that has the key.
    pub fn relation(link: &Link<'_>) -> Self {
        let (is_own, names) = link.forward();
        Self::relation_of(link, "forward", own(is_own), names)
    }

    /// The constant of a foreign key on the struct that it refers to; `unique` if at most one row can refer to a row.
    pub fn reverse(link: &Link<'_>, unique: bool) -> Self {
        let (is_exact, names) = link.backward(unique);
        Self::relation_of(link, "backward", if is_exact { DERIVED } else { DERIVED + 1 }, names)
    }

    /// The constant of a join table, which has both links, on the struct that `near` refers to.
    pub fn through(near: &Link<'_>, far: &Link<'_>) -> Self {
        let (is_exact, names) = far.through(near);
        let best = if is_exact { DERIVED } else { DERIVED + 1 };
        let mut request = Self::relation_of(far, "through", best, names);
        request.identity = format!("{}\0{}", request.identity, near.identity());
        request
    }

    /// Adds another name for a struct that wants the name of the database's type, `taken`: with `Row` after it, as beside
    /// names of Rust's own.
    #[must_use]
    pub fn beside(mut self, taken: &str) -> Self {
        if self.claims.iter().any(|(_, name)| name == taken) {
            self.claims.push((HASHED - 1, format!("{taken}Row")));
        }
        self
    }

    /// Adds the name that the manifest gives, if any, as the best claim. If the object gets another name all the same
    /// (the given one is taken, given twice or not Rust), the manifest is wrong.
    #[must_use]
    pub fn named(mut self, name: Option<&str>) -> Self {
        if let Some(name) = name {
            let rust = match self.case {
                Case::Snake => given(name, field_name),
                Case::Camel => given(name, type_name),
                Case::Screaming => const_name(name).into(),
            };
            self.claims.insert(0, (GIVEN, rust.into_owned()));
        }
        self
    }

    /// Whether that name is among its claims without a suffix.
    #[cfg(test)]
    pub(super) fn may_claim(&self, name: &str) -> bool {
        self.claims.iter().any(|(_, claim)| claim == name)
    }

    /// Whether its SQL name is the plain spelling.
    #[cfg(test)]
    pub(super) fn is_own(&self) -> bool {
        self.claim(OWN).is_some()
    }

    fn one(identity: String, case: Case, rank: Rank, name: String) -> Self {
        Self { identity, case, claims: vec![(rank, name)] }
    }

    fn relation_of(link: &Link<'_>, end: &str, best: Rank, names: Vec<String>) -> Self {
        // A further choice ranks the same for every object, whether or not its first choice is its own name.
        let later = best.max(PLAIN) + 1;
        let ranks = std::iter::once(best).chain(later..);
        let claims = ranks.zip(names.iter().map(|words| super::relation_const(words))).collect();
        Self { identity: format!("{end}\0{}", link.identity()), case: Case::Screaming, claims }
    }

    /// Adds a further choice, unless it equals the one before.
    fn or(mut self, rank: Rank, name: String) -> Self {
        if self.claims.last().is_none_or(|(_, last)| *last != name) {
            self.claims.push((rank, name));
        }
        self
    }

    /// The name that it asks for at that rank.
    fn claim(&self, rank: Rank) -> Option<&str> {
        self.claims.iter().find(|(own, _)| *own == rank).map(|(_, name)| name.as_str())
    }

    /// The plain name with that number of digits of the identity's hash.
    fn hashed(&self, digits: usize) -> String {
        let name = self.plain_choice();
        let name = name.strip_prefix("r#").unwrap_or(name).trim_end_matches('_');
        let hash = hex(&self.identity, digits);
        match self.case {
            Case::Snake => format!("{name}_{hash}"),
            Case::Camel => format!("{name}{hash}"),
            Case::Screaming => format!("{name}_{}", hash.to_uppercase()),
        }
    }

    /// The first name that the manifest did not give.
    fn plain_choice(&self) -> &str {
        let plain = self.claims.iter().find(|(rank, _)| *rank != GIVEN).or(self.claims.first());
        plain.map_or("unnamed", |(_, name)| name)
    }
}

/// The rank of a table's or a type's claim to a name of all its words: whether it is spelled like that in SQL.
fn spelled(named: Named<'_>, words: &str) -> Rank {
    let is_main = named.schema == named.main_schema;
    let is_spelled =
        if is_main { words == named.name } else { words == format!("{}_{}", named.schema, named.name) };
    match is_spelled && camel_keeps_words(words) {
        true if is_main => OWN,
        true => PREFIXED,
        false => PLAIN,
    }
}

fn own(is_own: bool) -> Rank {
    if is_own { OWN } else { PLAIN }
}

/// Chooses the names of a whole scope, in the order of the requests: pairwise distinct, by the rule of the module's
/// docs.
pub fn distinct(names: impl IntoIterator<Item = Request>) -> Vec<Resolved> {
    let requests: Vec<Request> = names.into_iter().collect();
    let settled = settle(&requests);
    let given: HashSet<&str> = settled.values().map(String::as_str).collect();
    let answer = |request: &Request| {
        let rust = settled.get(request.identity.as_str()).cloned().unwrap_or_default();
        let wanted = request.claims.first().map(|(_, name)| name);
        let renamed_from = wanted.filter(|name| **name != rust).cloned();
        let is_taken = renamed_from.as_deref().is_some_and(|name| given.contains(name));
        let has_hash = !request.claims.iter().any(|(_, name)| *name == rust);
        Resolved { rust, renamed_from, has_hash, is_taken }
    };
    requests.iter().map(answer).collect()
}

/// Rank by rank: an object gets the name that it alone asks for; a name that two objects ask for goes to neither, now
/// and at every later rank.
fn settle(requests: &[Request]) -> HashMap<&str, String> {
    let mut open: BTreeMap<&str, &Request> = BTreeMap::new();
    for request in requests {
        let first = open.entry(&request.identity).or_insert(request);
        *first = request.min(*first);
    }
    let mut settled = HashMap::new();
    let mut taken: HashSet<String> = HashSet::new();
    for round in 0.. {
        let claims: Vec<(&str, String)> =
            open.iter().filter_map(|(identity, request)| Some((*identity, ask(request, round)?))).collect();
        let mut askers: HashMap<&str, usize> = HashMap::new();
        for (_, name) in &claims {
            *askers.entry(name).or_default() += 1;
        }
        let won =
            claims.iter().filter(|(_, name)| !taken.contains(name) && askers.get(name.as_str()) == Some(&1));
        for (identity, name) in won {
            settled.insert(*identity, name.clone());
            open.remove(identity);
        }
        taken.extend(claims.into_iter().map(|(_, name)| name));
        if open.is_empty() {
            break;
        }
    }
    settled
}

/// The name that an object asks for in that round: first its choices by rank, then names with ever more digits of its
/// hash.
fn ask(request: &Request, round: usize) -> Option<String> {
    match Rank::try_from(round) {
        Ok(rank) if rank < HASHED => request.claim(rank).map(str::to_owned),
        _ => Some(request.hashed((round - usize::from(HASHED) + 1) * DIGITS)),
    }
}

/// The start of the text's BLAKE3 hash, with that number of digits.
fn hex(text: &str, digits: usize) -> String {
    let mut bytes = vec![0; digits.div_ceil(2)];
    blake3::Hasher::new().update(text.as_bytes()).finalize_xof().fill(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
