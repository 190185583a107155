//! PostgreSQL's identifiers: their greatest length, and the names that the server chooses if the DDL gives none.
//! Manual: "Identifiers and Key Words".

use crate::catalog::{QName, identifiers::quote_qualified};

/// The longest name in bytes: NAMEDATALEN - 1. Manual: "Identifiers and Key Words".
const MAX_NAME: usize = 63;

/// Cut to at most 63 bytes, between two characters.
pub(super) fn clip(name: &str) -> &str {
    clip_to(name, MAX_NAME)
}

fn clip_to(name: &str, bytes: usize) -> &str {
    let mut end = name.len().min(bytes);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    &name[..end]
}

/// `first_second_label`: the longer of the first two is cut until all fit into 63 bytes (`makeObjectName`).
fn object_name(first: &str, second: &str, label: &str) -> String {
    let overhead = label.len() + 1 + usize::from(!second.is_empty());
    let room = MAX_NAME.saturating_sub(overhead);
    let (mut one, mut two) = (first.len(), second.len());
    while one + two > room {
        if one > two { one -= 1 } else { two -= 1 }
    }
    let mut name = clip_to(first, one).to_owned();
    for part in [clip_to(second, two), label] {
        if !part.is_empty() {
            name.push('_');
            name.push_str(part);
        }
    }
    name
}

/// The first of `…_label`, `…_label1`, `…_label2` that is free.
pub(super) fn choose(first: &str, second: &str, label: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let mut name = object_name(first, second, label);
    let mut number = 0u32;
    while is_taken(&name) {
        number += 1;
        name = object_name(first, second, &format!("{label}{number}"));
    }
    name
}

/// Column names as one part of a name (`ChooseIndexNameAddition`).
pub(super) fn join_columns<'a>(columns: impl IntoIterator<Item = &'a str>) -> String {
    let mut joined = String::new();
    for column in columns {
        if joined.len() > MAX_NAME {
            break;
        }
        if !joined.is_empty() {
            joined.push('_');
        }
        joined.push_str(column);
    }
    joined
}

/// An index's column names: a name that was there already gets a number (`ChooseIndexColumnNames`).
pub(super) fn index_column_names(names: &[String]) -> Vec<String> {
    let mut chosen: Vec<String> = Vec::with_capacity(names.len());
    for name in names {
        let mut candidate = name.clone();
        let mut number = 0u32;
        while chosen.contains(&candidate) {
            number += 1;
            let digits = number.to_string();
            candidate = format!("{}{digits}", clip_to(name, MAX_NAME - digits.len()));
        }
        chosen.push(candidate);
    }
    chosen
}

/// A range type's multirange (`makeMultirangeTypeName`).
pub(super) fn multirange(range: &str) -> String {
    match range.find("range") {
        Some(at) => clip(&format!("{}multi{}", &range[..at], &range[at..])).to_owned(),
        None => format!("{}_multirange", clip_to(range, MAX_NAME - "_multirange".len())),
    }
}

/// The default of a serial column, as the server prints it.
pub(super) fn nextval(sequence: &QName) -> String {
    let name = quote_qualified(sequence).replace('\'', "''");
    let escape = if name.contains('\\') { "E" } else { "" };
    format!("nextval({escape}'{}'::regclass)", name.replace('\\', "\\\\"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_cut_as_the_server_cuts_them() {
        let (a, b) = ("a".repeat(50), "b".repeat(50));
        for (first, second, label, expected) in [
            ("t", "", "pkey", "t_pkey".to_owned()),
            ("t", "c", "key", "t_c_key".to_owned()),
            (&a, &b, "fkey", format!("{}_{}_fkey", "a".repeat(29), "b".repeat(28))),
            (&a, "c", "seq", format!("{a}_c_seq")),
            (&"é".repeat(31), "", "pkey", format!("{}_pkey", "é".repeat(29))),
        ] {
            assert_eq!(object_name(first, second, label), expected);
        }
    }

    #[test]
    fn taken_names_are_numbered() {
        assert_eq!(choose("t", "a", "key", |name| ["t_a_key", "t_a_key1"].contains(&name)), "t_a_key2");
        let names = ["a", "a", "lower", "a"].map(str::to_owned);
        assert_eq!(index_column_names(&names), ["a", "a1", "lower", "a2"]);
        assert_eq!(multirange("float_range"), "float_multirange");
        assert_eq!(multirange("span"), "span_multirange");
    }

    #[test]
    fn a_serial_column_names_its_sequence_in_quotes_where_it_must() {
        let sequence = QName::new("public", "O'x_seq");
        assert_eq!(nextval(&sequence), "nextval('public.\"O''x_seq\"'::regclass)");
    }
}
