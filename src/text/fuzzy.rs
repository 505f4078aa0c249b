//! Finding by a few letters: labels, commands and ids, never the text of records.

use fuzzy_matcher::FuzzyMatcher;
use fuzzy_matcher::skim::SkimMatcherV2;

use super::fold;

/// The items that hold every word of the query, best first; all of them, in order, when it is empty. Case and
/// accents do not count.
#[must_use]
pub fn rank<S: AsRef<str>>(query: &str, items: &[S]) -> Vec<usize> {
    let matcher = SkimMatcherV2::default().ignore_case();
    let words: Vec<String> = fold(query).split_whitespace().map(str::to_owned).collect();
    let mut found: Vec<(i64, usize)> = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let item = fold(item.as_ref());
        let scores: Option<Vec<i64>> = words.iter().map(|word| matcher.fuzzy_match(&item, word)).collect();
        found.extend(scores.map(|scores| (scores.iter().sum(), index)));
    }
    found.sort_by_key(|(score, index)| (-score, *index));
    found.into_iter().map(|(_, index)| index).collect()
}

#[cfg(test)]
mod tests {
    use super::rank;

    #[test]
    fn a_few_letters_find_whatever_the_accents_and_the_order_of_words() {
        let labels = ["Rückerstattung", "feature wish", "billing", "Übrige"];
        assert_eq!(rank("ruck", &labels), [0]);
        assert_eq!(rank("wish feat", &labels), [1]);
        assert_eq!(rank("BLNG", &labels), [2]);
        assert_eq!(rank("", &labels), [0, 1, 2, 3]);
        assert_eq!(rank("zzz", &labels), [0usize; 0]);
    }
}
