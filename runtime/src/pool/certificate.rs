//! Reads the public key of a certificate that rustls cannot parse: one of X.509's first version, for example, as
//! `openssl` makes from a request without extensions, and as Citus makes for itself.
//!
//! The key is only read in modes that trust nothing in a certificate (`prefer`, `require`), so that the server still
//! has to prove that it has the private key: a password's proof may be bound to the certificate.

/// A public key, in the parts that its algorithm needs.
pub(super) struct PublicKey<'a> {
    /// The content of the `AlgorithmIdentifier`.
    pub algorithm: &'a [u8],
    pub key: &'a [u8],
}

/// The `subjectPublicKeyInfo` of a certificate in DER (RFC 5280, section 4.1).
pub(super) fn public_key(certificate: &[u8]) -> Option<PublicKey<'_>> {
    let (certificate, _) = element(certificate, SEQUENCE)?;
    let (mut signed, _) = element(certificate, SEQUENCE)?;
    // The version, which certificates of the first version leave out.
    if let Some((_, rest)) = element(signed, VERSION) {
        signed = rest;
    }
    let (_, rest) = element(signed, INTEGER)?;
    // Skips the signature algorithm, issuer, validity and subject.
    let mut rest = rest;
    for _ in 0..4 {
        (_, rest) = element(rest, SEQUENCE)?;
    }
    let (info, _) = element(rest, SEQUENCE)?;
    let (algorithm, rest) = element(info, SEQUENCE)?;
    let (bits, _) = element(rest, BIT_STRING)?;
    // A key consists of whole bytes: its last byte has no unused bits.
    let (0, key) = bits.split_first()? else { return None };
    Some(PublicKey { algorithm, key })
}

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const SEQUENCE: u8 = 0x30;
/// The tag of the version field: `[0] EXPLICIT`.
const VERSION: u8 = 0xA0;

/// The content of the first DER element, if it has this tag, and the bytes after the element.
fn element(input: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (own, rest) = input.split_first()?;
    if *own != tag {
        return None;
    }
    let (first, rest) = rest.split_first()?;
    // A length below 128 is one byte; otherwise that byte gives the number of bytes of the length.
    let (length, rest) = match first {
        0..=0x7F => (usize::from(*first), rest),
        0x81..=0x84 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7F))?;
            (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn der(tag: u8, parts: &[Vec<u8>]) -> Vec<u8> {
        let content = parts.concat();
        let length = u8::try_from(content.len()).expect("short");
        let mut out = if length < 128 { vec![tag, length] } else { vec![tag, 0x81, length] };
        out.extend(content);
        out
    }

    fn certificate(version: &[Vec<u8>]) -> Vec<u8> {
        let empty = || der(SEQUENCE, &[]);
        let algorithm = der(SEQUENCE, &[vec![6, 1, 42]]);
        let info = der(SEQUENCE, &[algorithm, der(BIT_STRING, &[vec![0, 1, 2, 3]])]);
        let fields =
            [der(INTEGER, &[vec![7]]), empty(), empty(), der(SEQUENCE, &[vec![9; 130]]), empty(), info];
        der(SEQUENCE, &[der(SEQUENCE, &[version.concat(), fields.concat()])])
    }

    #[test]
    fn the_key_of_any_version() {
        for version in [vec![], vec![der(VERSION, &[der(INTEGER, &[vec![2]])])]] {
            let certificate = certificate(&version);
            let found = public_key(&certificate).expect("a key");
            assert_eq!((found.algorithm, found.key), (&[6, 1, 42][..], &[1, 2, 3][..]));
            for end in 0..certificate.len() {
                assert!(public_key(&certificate[..end]).is_none(), "{end} bytes");
            }
        }
    }
}
