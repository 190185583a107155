//! The singular and the plural of English words. When in doubt a word stays as it is.

/// Words that pluralizer takes for plurals of something else, or whose singular nobody would expect.
const SAME: &[&str] = &[
    "asbestos",
    "axis",
    "basis",
    "bias",
    "caries",
    "chaos",
    "chassis",
    "clothes",
    "cosmos",
    "data",
    "earnings",
    "economics",
    "ethics",
    "goods",
    "graphics",
    "https",
    "jenkins",
    "kansas",
    "kubernetes",
    "lens",
    "logistics",
    "mathematics",
    "means",
    "media",
    "metadata",
    "pancreas",
    "pants",
    "physics",
    "politics",
    "postgres",
    "rabies",
    "redis",
    "savings",
    "species",
    "statistics",
    "texas",
    "thanks",
    "thermos",
];

/// Plurals that pluralizer gets wrong or does not know, and their singular.
const IRREGULAR: &[(&str, &str)] = &[
    ("axes", "axis"),
    ("caches", "cache"),
    ("cpus", "cpu"),
    ("dies", "die"),
    ("excuses", "excuse"),
    ("gpus", "gpu"),
    ("gurus", "guru"),
    ("hoodies", "hoodie"),
    ("indies", "indie"),
    ("selfies", "selfie"),
    ("skus", "sku"),
];

/// Words of up to this many letters are acronyms more often than plurals (`sms`, `dns`, `gps`)…
const SHORT: usize = 3;

/// …save these.
const SHORT_PLURALS: &[&str] = &["ads", "ids", "ips"];

/// The singular of a lower-case word: `addresses` is `address`; `series` stays.
pub fn singular(word: &str) -> String {
    let is_acronym = word.len() <= SHORT && word.ends_with('s') && !SHORT_PLURALS.contains(&word);
    if !is_lower_ascii(word) || is_acronym || SAME.contains(&word) {
        return word.to_owned();
    }
    match IRREGULAR.iter().find(|(many, _)| *many == word) {
        Some((_, one)) => (*one).to_owned(),
        None => pluralizer::pluralize(word, 1, false),
    }
}

/// The plural of a word: `address` is `addresses`; a plural stays as it is.
pub fn plural(word: &str) -> String {
    let is_plural = |(many, _): &(&str, &str)| *many == word;
    if !is_lower_ascii(word) || SAME.contains(&word) || IRREGULAR.iter().any(is_plural) {
        return word.to_owned();
    }
    match IRREGULAR.iter().find(|(_, one)| *one == word) {
        Some((many, _)) => (*many).to_owned(),
        None => pluralizer::pluralize(word, 2, false),
    }
}

/// The name with its last word in the singular.
pub(super) fn singular_words(snake: &str) -> String {
    last_word(snake, singular)
}

/// The name with its last word in the plural.
pub(super) fn plural_words(snake: &str) -> String {
    last_word(snake, plural)
}

fn last_word(snake: &str, change: fn(&str) -> String) -> String {
    match snake.rsplit_once('_') {
        Some((before, word)) => format!("{before}_{}", change(word)),
        None => change(snake),
    }
}

fn is_lower_ascii(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_lowercase())
}
