//! Keys of labels: given once, stored, never moved.

/// Lowercase letters that no label may take: they are keys of the interface.
pub const RESERVED: &str = "jknpquxy";

/// Keys for labels, given as title and the key they have already: digits for the first nine, then the first free
/// letter of the title, else any free one. Beyond 27 labels there are none left.
#[must_use]
pub fn label_keys(labels: &[(&str, Option<char>)]) -> Vec<Option<char>> {
    let mut keys: Vec<Option<char>> = labels.iter().map(|(_, key)| *key).collect();
    for (index, (title, key)) in labels.iter().enumerate() {
        if key.is_some() {
            continue;
        }
        let free = |key: &char| !RESERVED.contains(*key) && !keys.contains(&Some(*key));
        let digit = u32::try_from(index + 1).ok().and_then(|n| char::from_digit(n, 10)).filter(free);
        let title = title.to_lowercase();
        let own = title.chars().filter(char::is_ascii_lowercase).find(free);
        keys[index] = digit.or(own).or_else(|| ('a'..='z').find(free));
    }
    keys
}

/// Whether a label may have this key.
#[must_use]
pub fn allowed(key: char) -> bool {
    matches!(key, '1'..='9') || (key.is_ascii_lowercase() && !RESERVED.contains(key))
}

#[cfg(test)]
mod tests {
    use super::label_keys;

    #[test]
    fn nine_digits_then_letters_of_the_title_and_27_in_all() {
        let titles: Vec<String> = (0..30).map(|n| format!("query {n}")).collect();
        let labels: Vec<(&str, Option<char>)> = titles.iter().map(|title| (title.as_str(), None)).collect();
        let keys: String = label_keys(&labels).into_iter().map(|key| key.unwrap_or('-')).collect();
        assert_eq!(keys, "123456789erabcdfghilmostvwz---");
    }

    #[test]
    fn a_key_that_is_there_stays() {
        assert_eq!(label_keys(&[("bug", Some('2')), ("ham", None), ("zoo", None)]), [Some('2'), Some('h'), Some('3')]);
    }
}
