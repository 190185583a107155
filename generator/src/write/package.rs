//! The package that generated code is compiled in: whether its `Cargo.toml` names the crates that the code needs.
//! Without them the compiler reports each use of them, and not the line that is missing.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use crate::diagnostics::{Diagnostic, MISSING_DEPENDENCY};

const FILE: &str = "Cargo.toml";

/// Reads the `Cargo.toml` of the package that a folder lies in, which may not exist yet: the nearest one, upwards. None if
/// there is none, or if it is no package's.
pub(super) fn package_of(folder: &Path) -> Option<(PathBuf, String)> {
    let folder = std::path::absolute(folder).ok()?;
    let existing = folder.ancestors().find_map(|folder| fs::canonicalize(folder).ok())?;
    let path = existing.ancestors().map(|folder| folder.join(FILE)).find(|path| path.is_file())?;
    let text = fs::read_to_string(&path).ok()?;
    let shown = env::current_dir().ok().and_then(|here| path.strip_prefix(here).ok().map(Path::to_owned));
    is_package(&text).then(|| (shown.unwrap_or(path), text))
}

/// The warning that a package's `Cargo.toml`, which has this text, lacks dependencies of generated code, and of that with
/// serde's derives if `serde`.
pub(super) fn missing(path: &Path, text: &str, serde: bool) -> Option<Diagnostic> {
    let needed = [
        (true, "ormgen-runtime", format!("ormgen-runtime = \"{}\"", env!("CARGO_PKG_VERSION"))),
        (serde, "serde", "serde = { version = \"1\", features = [\"derive\"] }".to_owned()),
    ];
    let lacking: Vec<_> =
        needed.iter().filter(|(is_needed, name, _)| *is_needed && !has_dependency(text, name)).collect();
    if lacking.is_empty() {
        return None;
    }
    let names: Vec<String> = lacking.iter().map(|(_, name, _)| format!("`{name}`")).collect();
    let lines: Vec<String> = lacking.iter().map(|(.., line)| format!("`{line}`")).collect();
    let message =
        format!("the generated code needs {}, which its package does not depend on", names.join(" and "));
    let runtime = lacking.iter().any(|(_, name, _)| *name == "ormgen-runtime");
    let unpublished = if runtime {
        "; until `ormgen-runtime` 0.1 is published: `ormgen-runtime = { path = \"…/runtime\" }` of a clone, or `git = …`"
    } else {
        ""
    };
    let help = format!("add to `[dependencies]` of this file: {}{unpublished}", lines.join(" and "));
    Some(Diagnostic::warning(MISSING_DEPENDENCY, message).in_file(path).help(help))
}

fn is_package(text: &str) -> bool {
    keys(text).iter().any(|key| key.first().is_some_and(|first| first == "package"))
}

/// Whether a crate of that name is among the dependencies, also among those of one platform. A table of all dependencies
/// on one line may have it.
fn has_dependency(text: &str, name: &str) -> bool {
    let is_it = |key: &str| key.replace('_', "-") == name;
    keys(text).iter().any(|key| {
        let key: Vec<&str> = key.iter().map(String::as_str).collect();
        match key.as_slice() {
            ["dependencies", inside @ ..] | ["target", _, "dependencies", inside @ ..] => match inside {
                [INLINE, ..] => true,
                [first, ..] => is_it(first),
                [] => false,
            },
            _ => false,
        }
    })
}

/// Stands behind a key whose value is a table on the same line, the keys of which are not read.
const INLINE: &str = "{";

/// The keys of a TOML text, each with those of the table that it is in before it, as far as a line begins with them.
fn keys(text: &str) -> Vec<Vec<String>> {
    let (mut table, mut keys) = (Vec::new(), Vec::new());
    // The quotes that end the text of several lines that a line is in.
    let mut open: Option<&str> = None;
    for line in text.lines().map(str::trim) {
        if let Some(quotes) = open {
            open = Some(quotes).filter(|quotes| !line.contains(quotes));
            continue;
        }
        if let Some(header) = line.strip_prefix('[') {
            // A line of an array, or a header that cannot be read, is in no table that is known.
            let (key, rest) = dotted(header.trim_start_matches('[')).unwrap_or_default();
            table = if rest.starts_with(']') { key } else { Vec::new() };
            keys.push(table.clone());
        } else if let Some((key, value)) =
            dotted(line).and_then(|(key, rest)| Some((key, rest.strip_prefix('=')?)))
        {
            let is_inline = value.trim_start().starts_with('{');
            let inline = is_inline.then(|| INLINE.to_owned());
            keys.push(table.iter().cloned().chain(key).chain(inline).collect());
            open = ["\"\"\"", "'''"].into_iter().find(|quotes| value.matches(quotes).count() == 1);
        }
    }
    keys
}

/// The parts of a dotted key at the start of a text, and what follows it.
fn dotted(text: &str) -> Option<(Vec<String>, &str)> {
    let (mut parts, mut rest) = (Vec::new(), text);
    loop {
        let (part, behind) = simple(rest.trim_start())?;
        parts.push(part.to_owned());
        let behind = behind.trim_start();
        match behind.strip_prefix('.') {
            Some(more) => rest = more,
            None => return Some((parts, behind)),
        }
    }
}

/// A key without dots, bare or in quotes, and what follows it.
fn simple(text: &str) -> Option<(&str, &str)> {
    for quote in ['"', '\''] {
        if let Some(inside) = text.strip_prefix(quote) {
            return inside.split_once(quote);
        }
    }
    let is_bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let end = text.find(|c| !is_bare(c)).unwrap_or(text.len());
    text.split_at_checked(end).filter(|(key, _)| !key.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_are_found_however_they_are_written() {
        for text in [
            "[dependencies]\nserde = \"1\"",
            "[package]\nname = \"x\"\n[dependencies] # of all\n  serde.workspace = true # on",
            "[ dependencies . serde ]\nversion = \"1\"",
            "[dependencies.\"serde\"]\nversion = \"1\"",
            "[dependencies]\ntokio = { version = \"1\", features = [\n  \"rt\",\n] }\n'serde' = { version = \"1\" }",
            "[target.'cfg(unix)'.dependencies]\nserde = \"1\"",
            "dependencies.serde = \"1\"",
            "dependencies = { serde = \"1\" }",
        ] {
            assert!(has_dependency(text, "serde"), "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_a_dependency_is_none() {
        for text in [
            "",
            "[dependencies]\n# serde = \"1\"\nserde_json = \"1\"\nx = { package = \"serde\" }",
            "[dev-dependencies]\nserde = \"1\"",
            "[build-dependencies]\nserde = \"1\"",
            "[workspace.dependencies]\nserde = \"1\"",
            "[dependencies]\ntokio = { version = \"1\", features = [\n  \"serde\",\n] }",
            "[dependencies]\n[features]\nserde = []",
            "[dependencies.tokio]\nfeatures = [\"serde\"]\n[lib]\nserde = 1",
            "[package]\ndescription = \"\"\"\n[dependencies]\nserde = 1\n\"\"\"",
        ] {
            assert!(!has_dependency(text, "serde"), "{text}");
        }
    }

    #[test]
    fn one_warning_says_each_line() {
        let path = Path::new("Cargo.toml");
        let said =
            |text: &str, serde| missing(path, text, serde).map(|warning| (warning.message, warning.help));
        let package = "[package]\nname = \"x\"\n[dependencies]\n";
        let (message, help) = said(package, true).unwrap();
        assert_eq!(
            message,
            "the generated code needs `ormgen-runtime` and `serde`, which its package does not depend on"
        );
        let help = help.expect("a remedy");
        let end = "` and `serde = { version = \"1\", features = [\"derive\"] }`; until `ormgen-runtime` 0.1 is \
                   published: `ormgen-runtime = { path = \"…/runtime\" }` of a clone, or `git = …`";
        assert!(help.ends_with(end), "{help}");
        assert_eq!(said(&format!("{package}ormgen-runtime = \"0.1\""), false), None);
        assert_eq!(said(&format!("{package}ormgen-runtime.workspace = true\nserde = \"1\""), true), None);
    }

    #[test]
    fn the_nearest_file_counts_if_it_is_a_packages() {
        let folder = tempfile::tempdir().unwrap();
        let put = |path: &str, text: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        put("Cargo.toml", "[package]\nname = \"outer\"");
        put("inner/Cargo.toml", "[package]\nname = \"inner\"");
        put("all/Cargo.toml", "[workspace]\nmembers = []\n[workspace.package]\nversion = \"1\"");
        let found = |path: &str| package_of(&folder.path().join(path)).map(|(_, text)| text);
        assert!(found("inner/src/db").unwrap().contains("inner"));
        assert!(found("all/../src/db").unwrap().contains("outer"));
        assert_eq!(found("all/src/db"), None);
    }
}
