//! Paths in messages.

/// As in messages: with slashes, whatever the system.
pub(super) fn shown(path: &std::path::Path) -> String {
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}
