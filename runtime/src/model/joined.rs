//! SQL put together when the program is compiled, from parts that several statements share.

/// The length of all parts together.
pub const fn length(parts: &[&str]) -> usize {
    let (mut length, mut at) = (0, 0);
    while at < parts.len() {
        length += parts[at].len();
        at += 1;
    }
    length
}

/// The bytes of all parts, one after the other; `LENGTH` is their [`length`].
pub const fn bytes<const LENGTH: usize>(parts: &[&str]) -> [u8; LENGTH] {
    let mut all = [0; LENGTH];
    let (mut end, mut at) = (0, 0);
    while at < parts.len() {
        let part = parts[at].as_bytes();
        all.split_at_mut(end).1.split_at_mut(part.len()).0.copy_from_slice(part);
        end += part.len();
        at += 1;
    }
    all
}

/// The bytes as text.
///
/// # Panics
/// While the program is compiled, if the bytes are not UTF-8; those of joined texts always are.
pub const fn text(bytes: &[u8]) -> &str {
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => panic!("texts one after the other are a text"),
    }
}

#[cfg(test)]
mod tests {
    use super::{bytes, length, text};

    #[test]
    fn parts_become_one_text() {
        const PARTS: &[&str] = &["SELECT ", "größe, name", "", " FROM t"];
        const BYTES: [u8; length(PARTS)] = bytes(PARTS);
        assert_eq!(text(&BYTES), "SELECT größe, name FROM t");
        assert_eq!(text(&bytes::<0>(&[])), "");
    }
}
