//! Names that somebody may have meant.

use super::fuzzy;

/// Up to five of the names that somebody may have meant.
#[must_use]
pub fn names<'n>(name: &str, all: &[&'n str]) -> Vec<&'n str> {
    let near = |known: &&&str| {
        !fuzzy::rank(name, &[known]).is_empty() || !fuzzy::rank(known, &[name]).is_empty() || edits(known, name) <= 2
    };
    all.iter().filter(near).take(5).copied().collect()
}

/// How many letters have to be changed, put in or taken out (Levenshtein).
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.to_lowercase().chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.to_lowercase().chars().enumerate() {
        let mut corner = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let best = (corner + usize::from(x != *y)).min(row[j] + 1).min(row[j + 1] + 1);
            corner = std::mem::replace(&mut row[j + 1], best);
        }
    }
    row[b.len()]
}
