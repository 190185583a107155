//! Paths in messages.

/// The path as messages show it: with slashes on every system.
pub(super) fn shown(path: &std::path::Path) -> String {
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}
