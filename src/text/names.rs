//! What datasets, workspaces and users may be called: what can be typed, told apart on a screen, and put before or
//! behind a slash.

use super::sanitize;

/// What is wrong with a name, if anything is. Any script, inner spaces and inner slashes are fine.
#[must_use]
pub fn fault(name: &str) -> Option<&'static str> {
    if name.trim().is_empty() {
        return Some("it is empty");
    }
    if name.contains(['\n', '\t']) || sanitize(name) != name {
        return Some("it has control or invisible characters");
    }
    if name.trim() != name {
        return Some("it begins or ends with a space");
    }
    if name.starts_with('/') || name.ends_with('/') {
        return Some("it begins or ends with a slash");
    }
    name.split('/').find_map(|part| match part.trim() {
        "" => Some("nothing stands between two of its slashes"),
        trimmed if trimmed != part => Some("a space stands beside one of its slashes"),
        part if part.chars().all(|c| c == '.') => Some("it is nothing but dots, as the names of folders are"),
        _ => None,
    })
}

/// What a name may be, for the way out.
pub const RULE: &str = "a name has letters, no space, slash or control at its ends, and is not dots alone";

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn a_name_can_be_typed_and_told_apart() {
        for good in
            ["ana", "Ana María", "dev@x.org", "v1.2", "a/b", "客户", "हिन्दी", ".hidden", "a..b", "Zoë", "❤\u{FE0F}"]
        {
            assert_eq!(fault(good), None, "{good}");
        }
        for bad in [
            "",
            " ",
            ".",
            "..",
            "...",
            "/",
            "/a",
            "a/",
            "a//b",
            "a/../b",
            "a/ b",
            " a",
            "a ",
            "a\n",
            "a\tb",
            "a\u{1b}b",
            "a\u{200B}b",
            "\u{301}a",
            "a\u{FE0F}",
            "\u{A0}a",
        ] {
            assert!(fault(bad).is_some(), "{bad:?}");
        }
    }
}
