//! The names of a foreign key, or a reference, at either end.

use super::{Named, plural, words};

/// What marks a column as a key: after the name, and before it.
const SUFFIXES: &[&str] = &["_id", "_uuid", "_fk", "_ref"];
const PREFIXES: &[&str] = &["id_", "fk_"];

/// A foreign key or a reference: columns that refer to another table's columns.
#[derive(Clone, Copy, Debug)]
pub struct Link<'a> {
    /// The constraint's name: two constraints over the same columns are two links.
    pub constraint: &'a str,
    /// The table that has the columns.
    pub child: Named<'a>,
    /// The columns.
    pub columns: &'a [String],
    /// The table they refer to.
    pub target: Named<'a>,
    /// The columns they refer to, in the same order.
    pub target_columns: &'a [String],
}

impl Link<'_> {
    pub(super) fn identity(&self) -> String {
        format!("{}\0{}\0{}", self.child.identity(), self.columns.join("\0"), self.constraint)
    }

    /// Words for the constant on the child, best first, and whether its column is spelled as the best one plus `_id`.
    pub(super) fn forward(&self) -> (bool, Vec<String>) {
        let target = self.target.words(true);
        let (best, further) = match (self.stem(), self.telling_column()) {
            (Some(stem), _) => (stem.clone(), Some(join(&stem, &target))),
            (None, Some(column)) => (join(&column, &target), None),
            (None, None) => (target.clone(), None),
        };
        let is_own = matches!(self.columns, [column] if *column == format!("{best}_id"));
        (is_own, choices([Some(best), further, Some(join(&self.joined(), &target))]))
    }

    /// Words for the constant on the target, best first, and whether the key is named exactly after the target.
    pub(super) fn backward(&self, unique: bool) -> (bool, Vec<String>) {
        let child =
            if unique { self.child.words(true) } else { plural::plural_words(&self.child.words(false)) };
        let parents = self.target.nouns();
        let name = self.stem().or_else(|| self.telling_column());
        let is_exact = name.as_ref().is_none_or(|name| parents.contains(name));
        let is_near = name
            .as_ref()
            .is_some_and(|name| parents.iter().any(|parent| parent.ends_with(&format!("_{name}"))));
        let plain = (is_exact || is_near).then(|| child.clone());
        let by_name = by(&child, &name.unwrap_or_else(|| self.joined()));
        (is_exact, choices([plain, Some(by_name), Some(by(&child, &self.joined()))]))
    }

    /// Words for the constant of the rows that a join table links by this key to those of the other one, best first,
    /// and whether the table is named after both ends: `product_tags`, `tags_products`.
    pub(super) fn through(&self, other: &Self) -> (bool, Vec<String>) {
        let target = self.target.words(true);
        let one = match (self.stem(), self.telling_column()) {
            (Some(stem), _) => stem,
            (None, Some(column)) if repeats(&column, &target) => column,
            (None, Some(column)) => join(&column, &target),
            (None, None) => target,
        };
        let many = plural::plural_words(&one);
        let further = format!("{many}_through_{}", self.child.words(false));
        let names = self.child.nouns();
        let is_pair = |[first, last]: [&String; 2]| {
            [first, &plural::plural_words(first)]
                .iter()
                .any(|first| names.contains(&format!("{first}_{last}")))
        };
        let (ours, theirs) = (self.target.nouns(), other.target.nouns());
        let mut pairs = ours.iter().flat_map(|a| theirs.iter().map(move |b| (a, b)));
        (pairs.any(|(a, b)| is_pair([a, b]) || is_pair([b, a])), vec![many, further])
    }

    /// The one column that distinguishes this key from others, unless it has the name of the column it refers to.
    fn telling_column(&self) -> Option<String> {
        self.telling_pair().filter(|(column, target)| column != target).map(|(column, _)| column)
    }

    /// The one column that counts and the column it refers to. In a key of several columns, those with the names of
    /// their target columns do not count.
    fn telling_pair(&self) -> Option<(String, String)> {
        let snakes = |names: &[String]| names.iter().map(|name| words::snake(name)).collect::<Vec<_>>();
        let mut pairs: Vec<(String, String)> =
            snakes(self.columns).into_iter().zip(snakes(self.target_columns)).collect();
        if pairs.len() > 1 {
            pairs.retain(|(column, target)| column != target);
        }
        if pairs.len() == 1 { pairs.pop() } else { None }
    }

    /// That column's name without the part that marks it as a key; none if it has no such part, or nothing else.
    fn stem(&self) -> Option<String> {
        let (column, target) = self.telling_pair()?;
        let end = format!("_{target}");
        let ends = std::iter::once(end.as_str()).chain(SUFFIXES.iter().copied());
        let ended = ends.filter_map(|end| column.strip_suffix(end)).next();
        let core = ended.unwrap_or(&column);
        let core = PREFIXES.iter().find_map(|start| core.strip_prefix(start)).unwrap_or(core);
        (!core.is_empty() && core != column).then(|| core.to_owned())
    }

    fn joined(&self) -> String {
        self.columns.iter().map(|column| words::snake(column)).collect::<Vec<_>>().join("_")
    }
}

/// `created_by` and `user` → `created_by_user`; `customer` and `customer` → `customer_row`.
fn join(name: &str, target: &str) -> String {
    if repeats(name, target) { format!("{name}_row") } else { format!("{name}_{target}") }
}

fn repeats(name: &str, target: &str) -> bool {
    name == target || name.ends_with(&format!("_{target}"))
}

/// `orders` and `billing_address` → `orders_by_billing_address`; `posts` and `created_by` → `posts_created_by`.
fn by(child: &str, name: &str) -> String {
    if name.ends_with("_by") { format!("{child}_{name}") } else { format!("{child}_by_{name}") }
}

/// The choices that are given, each once.
fn choices<const N: usize>(names: [Option<String>; N]) -> Vec<String> {
    let mut list = Vec::with_capacity(N);
    for name in names.into_iter().flatten() {
        if !list.contains(&name) {
            list.push(name);
        }
    }
    list
}
