//! Rust literals.

/// A string literal of `text`: raw where that is easier to read.
pub(super) fn string(text: &str) -> String {
    let plain = format!("{text:?}");
    let is_escaped = plain.len() != text.len() + 2;
    // Only quotes and backslashes are what a raw literal spares: anything else that Debug escapes (control
    // characters, marks that turn the reading direction) is better seen.
    let spared = text.chars().filter(|c| matches!(c, '"' | '\\')).count();
    if !is_escaped || plain.len() != text.len() + 2 + spared {
        return plain;
    }
    let mut hashes = String::from("#");
    while text.contains(&format!("\"{hashes}")) {
        hashes.push('#');
    }
    format!("r{hashes}\"{text}\"{hashes}")
}

#[cfg(test)]
mod tests {
    use super::string;

    #[test]
    fn literals_say_what_they_hold() {
        for (text, literal) in [
            ("plain", r#""plain""#),
            (r#"a "b""#, r##"r#"a "b""#"##),
            (r##"a "#b"##, r###"r##"a "#b"##"###),
            ("line\nbreak", r#""line\nbreak""#),
            ("\u{202e}\"x", r#""\u{202e}\"x""#),
            ("naïve", r#""naïve""#),
        ] {
            assert_eq!(string(text), literal);
            let parsed: syn::LitStr = syn::parse_str(literal).unwrap();
            assert_eq!(parsed.value(), text);
        }
    }
}
