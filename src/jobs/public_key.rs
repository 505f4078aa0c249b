//! An OpenSSH public key as a line of a `.pub` file: checked as far as its bytes tell.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A key's parts.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PublicKey {
    pub(super) algorithm: String,
    /// In base64.
    pub(super) blob: String,
    pub(super) comment: String,
}

/// The shortest RSA modulus that is taken, in bytes: 2048 bits.
const RSA: usize = 256;

/// Reads a line: the algorithm is one we know, and the blob says the same algorithm and has the parts that belong to it,
/// of the right length, and nothing behind them (RFC 4253 section 6.6, RFC 5656 section 3.1, RFC 8709, OpenSSH
/// PROTOCOL.u2f). Whether a point lies on its curve is not checked.
pub(super) fn parse(line: &str) -> Result<PublicKey, String> {
    let line = line.trim();
    if line.contains("PRIVATE KEY") {
        return Err(String::from("it is a private key, which nobody else should ever see"));
    }
    if line.is_empty() {
        return Err(String::from("there is nothing in it"));
    }
    if line.lines().count() > 1 {
        return Err(String::from("it has several lines; add keys one by one"));
    }
    let mut words = line.split_whitespace();
    let (algorithm, coded) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let blob = STANDARD.decode(coded).map_err(|_| String::from("its second word is not base64"))?;
    let mut rest = &blob[..];
    let mut part = || take(&mut rest).ok_or("it is cut off");
    if part()? != algorithm.as_bytes() {
        return Err(format!("its first word '{algorithm}' is not what the key itself says"));
    }
    let right = match algorithm {
        "ssh-ed25519" => part()?.len() == 32,
        "sk-ssh-ed25519@openssh.com" => part()?.len() == 32 && !part()?.is_empty(),
        "ssh-rsa" => {
            let (exponent, modulus) = (part()?, part()?);
            let bytes = modulus.iter().skip_while(|byte| **byte == 0).count();
            if bytes < RSA {
                return Err(format!("an RSA key of {} bits is too short; 2048 is the least", bytes * 8));
            }
            !exponent.is_empty()
        }
        "ecdsa-sha2-nistp256" => part()? == b"nistp256" && is_point(part()?, 32),
        "ecdsa-sha2-nistp384" => part()? == b"nistp384" && is_point(part()?, 48),
        "ecdsa-sha2-nistp521" => part()? == b"nistp521" && is_point(part()?, 66),
        "sk-ecdsa-sha2-nistp256@openssh.com" => part()? == b"nistp256" && is_point(part()?, 32) && !part()?.is_empty(),
        _ => return Err(format!("'{algorithm}' is no kind of key that is taken (ed25519, ecdsa, rsa, sk-…)")),
    };
    if !right || !rest.is_empty() {
        return Err(String::from("it is damaged: its parts have the wrong length"));
    }
    let comment = crate::text::one_line(&words.collect::<Vec<_>>().join(" "));
    Ok(PublicKey { algorithm: algorithm.to_owned(), blob: coded.to_owned(), comment })
}

/// An uncompressed point (SEC 1 section 2.3.3).
fn is_point(bytes: &[u8], size: usize) -> bool {
    bytes.len() == 2 * size + 1 && bytes[0] == 4
}

/// The next part: its length as 32 bits, then its bytes.
fn take<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk::<4>()?;
    let (part, after) = after.split_at_checked(u32::from_be_bytes(*length) as usize)?;
    *rest = after;
    Some(part)
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::parse;

    fn line(algorithm: &str, parts: &[&[u8]]) -> String {
        let mut blob = Vec::new();
        for part in [&[algorithm.as_bytes()], parts].concat() {
            blob.extend((part.len() as u32).to_be_bytes());
            blob.extend(part);
        }
        format!("{algorithm} {} ana@lab", STANDARD.encode(blob))
    }

    fn refused(line: &str, words: &str) {
        let said = parse(line).unwrap_err();
        assert!(said.contains(words), "{said}");
    }

    #[test]
    fn keys_of_each_kind_are_taken_with_their_comment() {
        let point = |size: usize| [&[4][..], &vec![1; 2 * size]].concat();
        let modulus = [&[0][..], &[200; 256]].concat();
        for line in [
            line("ssh-ed25519", &[&[7; 32]]),
            line("ssh-rsa", &[&[1, 0, 1], &modulus]),
            line("ecdsa-sha2-nistp256", &[b"nistp256", &point(32)]),
            line("ecdsa-sha2-nistp521", &[b"nistp521", &point(66)]),
            line("sk-ssh-ed25519@openssh.com", &[&[7; 32], b"ssh:"]),
        ] {
            assert_eq!(parse(&line).unwrap().comment, "ana@lab");
        }
    }

    #[test]
    fn what_is_no_key_is_refused_with_the_reason() {
        refused("", "nothing in it");
        refused("-----BEGIN OPENSSH PRIVATE KEY-----\nabc", "private key");
        refused("ssh-ed25519 !!!", "not base64");
        refused(&line("ssh-ed25519", &[&[7; 31]]), "wrong length");
        refused(&line("ssh-ed25519", &[&[7; 32], b"x"]), "wrong length");
        refused(&line("ssh-dss", &[&[7; 32]]), "no kind of key");
        refused(&line("ssh-rsa", &[&[1, 0, 1], &[200; 128]]), "1024 bits is too short");
        refused(
            &line("ssh-ed25519", &[&[7; 32]]).replace("ssh-ed25519 ", "ssh-rsa "),
            "is not what the key itself says",
        );
        refused("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA==", "cut off");
    }
}
