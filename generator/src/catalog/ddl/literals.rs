//! The values of string constants and quoted identifiers. Manual: "String Constants", "Identifiers and Key Words".

/// Without the outer quotes, and with doubled ones made single.
pub(super) fn unquote(text: &str, quote: char) -> String {
    let inner = text.strip_prefix(quote).and_then(|text| text.strip_suffix(quote)).unwrap_or(text);
    inner.replace(&format!("{quote}{quote}"), &quote.to_string())
}

/// The value of any form of string constant.
pub(super) fn string_value(text: &str, escape: char) -> String {
    if let Some(rest) = text.strip_prefix('$') {
        let tag = rest.find('$').map_or(0, |at| at + 2);
        return text.get(tag..text.len().saturating_sub(tag)).unwrap_or_default().to_owned();
    }
    match text.as_bytes().first() {
        Some(b'e' | b'E') => decode_backslashes(&unquote(&text[1..], '\'')),
        Some(b'u' | b'U') => decode_unicode(&unquote(&text[2..], '\''), escape),
        Some(b'\'') => unquote(text, '\''),
        _ => unquote(text.get(1..).unwrap_or_default(), '\''),
    }
}

/// `\0041` and `\+000041`, surrogate pairs included; what is no such escape stays as written.
pub(super) fn decode_unicode(text: &str, escape: char) -> String {
    let mut units: Vec<u16> = Vec::new();
    let mut buffer = [0u16; 2];
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != escape {
            units.extend_from_slice(c.encode_utf16(&mut buffer));
            continue;
        }
        let rest = chars.as_str();
        let (skip, digits) = if rest.starts_with('+') { (1, 6) } else { (0, 4) };
        let code = rest.get(skip..skip + digits).and_then(|hex| u32::from_str_radix(hex, 16).ok());
        match code {
            Some(code) => {
                match (u16::try_from(code), char::from_u32(code)) {
                    (Ok(unit), _) => units.push(unit),
                    (Err(_), Some(c)) => units.extend_from_slice(c.encode_utf16(&mut buffer)),
                    _ => {}
                }
                chars = rest.get(skip + digits..).unwrap_or_default().chars();
            }
            None => {
                units.extend_from_slice(escape.encode_utf16(&mut buffer));
                chars = rest.strip_prefix(escape).unwrap_or(rest).chars();
            }
        }
    }
    String::from_utf16_lossy(&units)
}

/// The escapes of `E'…'`. Manual: "String Constants with C-Style Escapes".
fn decode_backslashes(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut chars = text.chars();
    let mut buffer = [0u8; 4];
    while let Some(c) = chars.next() {
        let decoded = if c == '\\' { escape(&mut chars) } else { Escaped::Char(c) };
        match decoded {
            Escaped::Char(c) => bytes.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes()),
            Escaped::Byte(byte) => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

enum Escaped {
    Char(char),
    Byte(u8),
}

fn escape(chars: &mut std::str::Chars<'_>) -> Escaped {
    let rest = chars.as_str();
    let Some(c) = chars.next() else { return Escaped::Char('\\') };
    let (skip, most, radix) = match c {
        'b' => return Escaped::Char('\u{8}'),
        'f' => return Escaped::Char('\u{c}'),
        'n' => return Escaped::Char('\n'),
        'r' => return Escaped::Char('\r'),
        't' => return Escaped::Char('\t'),
        '0'..='7' => (0, 3, 8),
        'x' => (1, 2, 16),
        'u' => (1, 4, 16),
        'U' => (1, 8, 16),
        other => return Escaped::Char(other),
    };
    let digits = rest[skip..].chars().take(most).take_while(|c| c.is_digit(radix)).count();
    let Ok(code) = u32::from_str_radix(&rest[skip..skip + digits], radix) else { return Escaped::Char(c) };
    *chars = rest[skip + digits..].chars();
    match c {
        'u' | 'U' => Escaped::Char(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)),
        _ => Escaped::Byte((code & 0xff) as u8),
    }
}
