//! Names that are taken before the first table is named.

use unicode_ident::{is_xid_continue, is_xid_start};

/// Keywords of edition 2024, the reserved ones included (<https://doc.rust-lang.org/reference/keywords.html>).
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop",
    "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static",
    "struct", "super", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual",
    "where", "while", "yield",
];

/// Keywords that are no identifiers even with `r#`.
const NEVER_RAW: &[&str] = &["crate", "self", "super", "Self", "_"];

/// Types and traits that generated modules use by their short names; a struct of the same name would hide them.
///
/// The prelude of edition 2024 (<https://doc.rust-lang.org/std/prelude/>) and `Debug`, `Hash`, `Display`. Names of
/// `ormgen-runtime` are not among them: generated code writes those with their crate's name, so that a table
/// `transactions` may be a `Transaction`.
pub const RESERVED_TYPES: &[&str] = &[
    "AsMut",
    "AsRef",
    "AsyncFn",
    "AsyncFnMut",
    "AsyncFnOnce",
    "Box",
    "Clone",
    "Copy",
    "Debug",
    "Default",
    "Display",
    "DoubleEndedIterator",
    "Drop",
    "Eq",
    "Err",
    "ExactSizeIterator",
    "Extend",
    "Fn",
    "FnMut",
    "FnOnce",
    "From",
    "FromIterator",
    "Future",
    "Hash",
    "Into",
    "IntoFuture",
    "IntoIterator",
    "Iterator",
    "None",
    "Ok",
    "Option",
    "Ord",
    "PartialEq",
    "PartialOrd",
    "Result",
    "Self",
    "Send",
    "Sized",
    "Some",
    "String",
    "Sync",
    "ToOwned",
    "ToString",
    "TryFrom",
    "TryInto",
    "Unpin",
    "Vec",
];

/// Names of modules that would hide a crate or a primitive type where they are declared, or whose file has a meaning
/// for Cargo or rustc.
const RESERVED_MODULES: &[&str] = &[
    "alloc",
    "bin",
    "bool",
    "build",
    "bytes",
    "char",
    "chrono",
    "cidr",
    "core",
    "f32",
    "f64",
    "i128",
    "i16",
    "i32",
    "i64",
    "i8",
    "isize",
    "lib",
    "main",
    "ormgen",
    "ormgen_runtime",
    "postgres_types",
    "rust_decimal",
    "serde",
    "serde_json",
    "std",
    "str",
    "test",
    "tokio",
    "tokio_postgres",
    "u128",
    "u16",
    "u32",
    "u64",
    "u8",
    "usize",
    "uuid",
];

/// Device names of Windows, which no file there may have, whatever its extension.
const DEVICES: &[&str] = &["aux", "con", "nul", "prn"];

/// Whether Rust accepts the name as an identifier, also with `r#`.
pub fn is_identifier(name: &str) -> bool {
    let (raw, plain) = name.strip_prefix("r#").map_or((false, name), |plain| (true, plain));
    let mut chars = plain.chars();
    let is_word = chars.next().is_some_and(|c| c == '_' || is_xid_start(c)) && chars.all(is_xid_continue);
    let is_free = if raw { true } else { !KEYWORDS.contains(&plain) };
    is_word && is_free && !NEVER_RAW.contains(&plain)
}

/// The identifier of a field or function with that name.
pub(super) fn raw(snake: String) -> String {
    match snake.as_str() {
        name if NEVER_RAW.contains(&name) => format!("{name}_"),
        name if KEYWORDS.contains(&name) => format!("r#{name}"),
        _ => super::words::start(snake),
    }
}

/// The name of a module, and of its file, with that name.
pub(super) fn file_safe(snake: String) -> String {
    let is_port = |name: &str| {
        let number = name.strip_prefix("com").or_else(|| name.strip_prefix("lpt"));
        number.is_some_and(|number| number.len() == 1 && number.starts_with(|c: char| c.is_ascii_digit()))
    };
    let name = snake.as_str();
    let is_taken = [KEYWORDS, NEVER_RAW, RESERVED_MODULES, DEVICES].iter().any(|names| names.contains(&name));
    if is_taken || is_port(name) { format!("{name}_") } else { super::words::start(snake) }
}
