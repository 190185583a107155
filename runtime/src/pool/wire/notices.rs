//! Warnings of the server that tell more than an answer does.

/// The server's function whose warning says that a commit may not be on the standbys that it was to wait for, as a notice
/// names it (<https://www.postgresql.org/docs/current/protocol-error-fields.html>, `R`). The text of the warning depends on
/// the server's language (`what_no_longer_waits_for_the_standby_is_not_acknowledged`).
const LEAVES_STANDBYS: &[u8] = b"RSyncRepWaitForLSN\0";

/// Looks for that name in a notice, which may arrive in parts.
#[derive(Default)]
pub(super) struct Notice {
    /// Whether the bytes that are being passed on are a notice.
    is_open: bool,
    /// How many bytes of the name the last ones were.
    found: usize,
}

impl Notice {
    /// A message of this kind begins.
    pub fn begins(&mut self, kind: u8) {
        *self = Self { is_open: kind == b'N', found: 0 };
    }

    /// Whether the name ends within these bytes of the message.
    pub fn leaves_standbys(&mut self, bytes: &[u8]) -> bool {
        if !self.is_open {
            return false;
        }
        for byte in bytes {
            let fits = LEAVES_STANDBYS.get(self.found) == Some(byte);
            self.found =
                if fits { self.found + 1 } else { usize::from(LEAVES_STANDBYS.first() == Some(byte)) };
            if self.found == LEAVES_STANDBYS.len() {
                self.is_open = false;
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_found_in_parts_of_a_notice_alone() {
        let text = b"SWARNING\0C01000\0Mcancelling\0RRSyncRepWaitForLSN\0\0";
        for at in 0..text.len() {
            let mut notice = Notice::default();
            notice.begins(b'N');
            let found = [&text[..at], &text[at..]].map(|part| notice.leaves_standbys(part));
            assert!(found[0] || found[1], "{at}");
            notice.begins(b'D');
            assert!(!notice.leaves_standbys(text));
        }
    }
}
