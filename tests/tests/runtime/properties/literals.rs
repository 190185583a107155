//! Looks for values in the text of a statement.

/// What in a statement could be a value: text in quotes, a number, a character that SQL has no use for. The numbers
/// of rows and of a column's place are numbers of their own types.
pub fn literals(sql: &str) -> String {
    let mut found = String::new();
    // What stands for a row that nobody reads.
    let sql = sql.replace(") 1 FROM ", ") FROM ");
    // The unit of a time is a constant of the program.
    let sql = sql.replace("date_trunc('month', ", "date_trunc(");
    let mut rest = sql.chars().peekable();
    let mut word = String::new();
    let mut before = String::new();
    while let Some(char) = rest.next() {
        if char == '"' {
            // An identifier, in which two quotes are one.
            rest.by_ref().find(|char| *char == '"');
        } else if char == '$' && rest.peek().is_some_and(char::is_ascii_digit) {
            while rest.next_if(char::is_ascii_digit).is_some() {}
        } else if char.is_ascii_alphanumeric() || char == '_' {
            word.push(char);
            if !rest.peek().is_some_and(|next| next.is_ascii_alphanumeric() || *next == '_') {
                let is_number = word.starts_with(|char: char| char.is_ascii_digit());
                let after: String = rest.clone().collect();
                let is_place = after.starts_with(" ASC") || after.starts_with(" DESC");
                if is_number
                    && !is_place
                    && !["LIMIT", "OFFSET", "SELECT", "RETURNING"].contains(&before.as_str())
                {
                    found += &word;
                }
                before = std::mem::take(&mut word);
            }
        } else if !" (),.=<>+-*/|&@:[]~".contains(char) {
            found.push(char);
        }
    }
    found
}

#[test]
fn what_could_be_a_value_is_found() {
    let clean = r#"SELECT "a'1" FROM public."x""'" AS t0 WHERE ("$1" = $1 + $20::int4[]) LIMIT 5 OFFSET 1"#;
    assert_eq!(literals(clean), "");
    for (sql, value) in
        [("a = 'x'", "''"), ("a = 17", "17"), ("a = $$x$$", "$$$$"), ("a = \u{1F600}", "\u{1F600}")]
    {
        assert_eq!(literals(sql), value);
    }
}
