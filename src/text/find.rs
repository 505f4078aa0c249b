//! Finding words in texts: how a text is indexed, and where a found word stands in it.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::fold;

/// Scripts that are written without spaces between words: each of their characters is a word of its own in the
/// index, and a longer word a phrase of them.
fn unspaced(c: char) -> bool {
    matches!(c as u32,
        0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x2E80..=0x30FF | 0x3100..=0x312F | 0x31F0..=0x31FF
        | 0x3400..=0x9FFF | 0xF900..=0xFAFF | 0xFF66..=0xFF9F | 0x1B000..=0x1B16F | 0x20000..=0x3FFFF)
}

/// A text as it goes into a full-text index and into queries: lower case, without accents, characters of scripts
/// without spaces apart.
#[must_use]
pub fn index_form(text: &str) -> String {
    let folded = fold(text);
    if folded.is_ascii() {
        return folded;
    }
    let mut out = String::with_capacity(folded.len());
    for c in folded.chars() {
        if unspaced(c) {
            out.push(' ');
            out.push(c);
            out.push(' ');
        } else {
            out.push(c);
        }
    }
    out
}

/// Whether anything in a text is a word to a full-text index.
#[must_use]
pub fn has_words(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

/// Byte ranges of a text where one of the words stands, whatever the case and accents; a word is found at the
/// beginning of a longer one, words of scripts without spaces anywhere. In order, without overlap.
#[must_use]
pub fn find(text: &str, words: &[String]) -> Vec<Range<usize>> {
    let words: Vec<Vec<char>> = words.iter().map(|word| fold(word).chars().collect()).collect();
    // Each folded character with the range of the grapheme it came from.
    let mut folded: Vec<(char, Range<usize>)> = Vec::new();
    for (at, grapheme) in text.grapheme_indices(true) {
        let range = at..at + grapheme.len();
        folded.extend(fold(grapheme).chars().map(|c| (c, range.clone())));
    }
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    while at < folded.len() {
        let begins = at == 0 || !folded[at - 1].0.is_alphanumeric() || unspaced(folded[at].0);
        let here = |word: &&Vec<char>| {
            let whole = begins || !word.first().is_some_and(|c| c.is_alphanumeric());
            whole && !word.is_empty() && folded[at..].iter().map(|(c, _)| c).take(word.len()).eq(word.iter())
        };
        match words.iter().filter(here).max_by_key(|word| word.len()) {
            Some(word) => {
                let end = folded[at + word.len() - 1].1.end;
                found.push(folded[at].1.start..end);
                // A grapheme folds to several characters at times: it is marked once, as a whole.
                at += folded[at..].iter().take_while(|(_, range)| range.start < end).count();
            }
            None => at += 1,
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{find, index_form};

    fn marked(text: &str, words: &[&str]) -> String {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let mut out = String::new();
        let mut last = 0;
        for range in find(text, &words) {
            out.push_str(&format!("{}<{}>", &text[last..range.start], &text[range.clone()]));
            last = range.end;
        }
        out + &text[last..]
    }

    #[test]
    fn words_are_found_whatever_case_accents_and_script() {
        assert_eq!(marked("Refunds: no refund", &["refund"]), "<Refund>s: no <refund>");
        assert_eq!(marked("prefund", &["refund"]), "prefund");
        assert_eq!(marked("Crème brûlée", &["creme", "BRU"]), "<Crème> <brû>lée");
        assert_eq!(marked("关于订单的问题", &["订单"]), "关于<订单>的问题");
        assert_eq!(marked("환불을 한복", &["환불"]), "<환불>을 한복", "Hangul vowels are letters");
        assert_eq!(marked("カメラ ガメラ", &["カ"]), "<カ>メラ ガメラ", "and so is voicing");
        assert_eq!(marked("C++ and C at 50%", &["c++", "50%"]), "<C++> and C at <50%>");
        assert_eq!(marked("don't", &["don't"]), "<don't>");
        assert_eq!(marked("🧑‍🧑‍🧑x", &["🧑"]), "<🧑‍🧑‍🧑>x", "a grapheme is marked once");
    }

    #[test]
    fn the_index_has_each_character_of_a_script_without_spaces() {
        assert_eq!(index_form("Über订单"), "uber 订  单 ");
    }
}
