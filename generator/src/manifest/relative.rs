//! One path as seen from another.

use std::path::{Component, Path, PathBuf};

/// `to` as seen from the folder `from`; both lie below `base`, or are absolute. `base` is absolute.
pub(super) fn relative(base: &Path, from: &Path, to: &Path) -> PathBuf {
    if to.is_absolute() {
        return to.to_owned();
    }
    let (from, to) = (base.join(from), base.join(to));
    let (from, to) = (plain(&from), plain(&to));
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = from.iter().skip(shared).map(|_| Component::ParentDir);
    up.chain(to.iter().skip(shared).copied()).collect()
}

/// The path's components without `.` and `..`.
fn plain(path: &Path) -> Vec<Component<'_>> {
    let mut plain = Vec::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(plain.pop()),
            part => plain.push(part),
        }
    }
    plain
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_from_one_to_the_other() {
        for (from, to, expected) in [
            ("db/crm", "runtime", "../../runtime"),
            ("src/db/crm", "../runtime", "../../../../runtime"),
            ("../out/crm", "../runtime", "../../runtime"),
            ("../out/crm", "runtime", "../../project/runtime"),
            ("./db/./crm", "./runtime/", "../../runtime"),
            ("db/crm", "/opt/runtime", "/opt/runtime"),
        ] {
            let found = relative(Path::new("/srv/project"), Path::new(from), Path::new(to));
            assert_eq!(found, Path::new(expected), "{from} to {to}");
        }
    }
}
