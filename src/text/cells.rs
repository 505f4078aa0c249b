//! How many cells of a terminal a text takes: the one measure for wrapping, cutting, drawing and clicking.
//!
//! Terminals disagree. Old ones add up the characters (`wcwidth(3)`), newer ones measure what they join, and their
//! tables are of different years. So a text gets as many cells as any of them needs: where a terminal needs fewer
//! there is a gap, but no letter is ever written over. Where they may disagree is told as well, so that whoever draws
//! sets the cursor anew behind it.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Stands under a mark that has no letter of its own (The Unicode Standard, section 7.9).
pub(super) const BASE: char = '◌';

/// Signs that `unicode-width` counts as part of the letter before them, and that glibc's `wcwidth` and tmux give a
/// cell of their own: vowel signs that are spaced, letters for what precedes them, sound marks of half width.
const OWN_CELL: &[(char, char)] = &[
    ('\u{0605}', '\u{0605}'),
    ('\u{070F}', '\u{070F}'),
    ('\u{0890}', '\u{0891}'),
    ('\u{08E2}', '\u{08E2}'),
    ('\u{09BE}', '\u{09BE}'),
    ('\u{09D7}', '\u{09D7}'),
    ('\u{0B3E}', '\u{0B3E}'),
    ('\u{0B57}', '\u{0B57}'),
    ('\u{0BBE}', '\u{0BBE}'),
    ('\u{0BD7}', '\u{0BD7}'),
    ('\u{0CC0}', '\u{0CC0}'),
    ('\u{0CC2}', '\u{0CC2}'),
    ('\u{0CC7}', '\u{0CC8}'),
    ('\u{0CCA}', '\u{0CCB}'),
    ('\u{0CD5}', '\u{0CD6}'),
    ('\u{0D3E}', '\u{0D3E}'),
    ('\u{0D4E}', '\u{0D4E}'),
    ('\u{0D57}', '\u{0D57}'),
    ('\u{0DCF}', '\u{0DCF}'),
    ('\u{0DDF}', '\u{0DDF}'),
    ('\u{1715}', '\u{1715}'),
    ('\u{1734}', '\u{1734}'),
    ('\u{1B35}', '\u{1B35}'),
    ('\u{1B3B}', '\u{1B3B}'),
    ('\u{1B3D}', '\u{1B3D}'),
    ('\u{1B43}', '\u{1B44}'),
    ('\u{1BAA}', '\u{1BAA}'),
    ('\u{1BF2}', '\u{1BF3}'),
    ('\u{A8FA}', '\u{A8FA}'),
    ('\u{A953}', '\u{A953}'),
    ('\u{A9C0}', '\u{A9C0}'),
    ('\u{FF9E}', '\u{FF9F}'),
    ('\u{111C0}', '\u{111C3}'),
    ('\u{11235}', '\u{11235}'),
    ('\u{1133E}', '\u{1133E}'),
    ('\u{1134D}', '\u{1134D}'),
    ('\u{11357}', '\u{11357}'),
    ('\u{114B0}', '\u{114B0}'),
    ('\u{114BD}', '\u{114BD}'),
    ('\u{115AF}', '\u{115AF}'),
    ('\u{116B6}', '\u{116B6}'),
    ('\u{11930}', '\u{11930}'),
    ('\u{1193D}', '\u{11941}'),
    ('\u{11A84}', '\u{11A89}'),
    ('\u{11D46}', '\u{11D46}'),
    ('\u{1D165}', '\u{1D166}'),
    ('\u{1D16D}', '\u{1D172}'),
];

/// What some terminals draw in two cells and `unicode-width` counts as less: people and hands that are emoji (tmux),
/// numbers in circles and tone marks (glibc).
const TWO_CELLS: &[(char, char)] = &[
    ('\u{261D}', '\u{261D}'),
    ('\u{26F9}', '\u{26F9}'),
    ('\u{270C}', '\u{270D}'),
    ('\u{302E}', '\u{302F}'),
    ('\u{3248}', '\u{324F}'),
    ('\u{16FF0}', '\u{16FF1}'),
    ('\u{1F3CB}', '\u{1F3CC}'),
    ('\u{1F574}', '\u{1F575}'),
    ('\u{1F590}', '\u{1F590}'),
];

/// Letters and signs that all terminals give the same cells: of Europe, and ideographs, kana, syllables of Hangul.
const SURE: &[(char, char)] = &[
    ('\u{A1}', '\u{AC}'),
    ('\u{AE}', '\u{2FF}'),
    ('\u{370}', '\u{482}'),
    ('\u{48A}', '\u{58F}'),
    ('\u{5D0}', '\u{5EA}'),
    ('\u{10A0}', '\u{10FF}'),
    ('\u{1E00}', '\u{1FFF}'),
    ('✓', '✓'),
    ('\u{3000}', '\u{3029}'),
    ('\u{3030}', '\u{3096}'),
    ('\u{309B}', '\u{30FF}'),
    ('\u{3105}', '\u{312F}'),
    ('\u{3400}', '\u{4DBF}'),
    ('\u{4E00}', '\u{9FFF}'),
    ('\u{AC00}', '\u{D7A3}'),
    ('\u{FF01}', '\u{FF60}'),
    ('\u{20000}', '\u{2FFFD}'),
];

fn among(c: char, ranges: &[(char, char)]) -> bool {
    let at = ranges.partition_point(|(_, last)| *last < c);
    ranges.get(at).is_some_and(|(first, _)| *first <= c)
}

/// Cells of a character where characters are added up.
fn alone(c: char) -> usize {
    match c.width() {
        Some(1) if c.is_ascii() => 1,
        _ if among(c, TWO_CELLS) => 2,
        Some(0) if among(c, OWN_CELL) => 1,
        wide => wide.unwrap_or(1),
    }
}

/// Whether a terminal may put a character into the cell of the one before it.
pub(super) fn leans(c: char) -> bool {
    !c.is_ascii() && c.width() == Some(0)
}

/// Whether a character is a mark on the one before it (UAX #29), whatever its width.
pub(super) fn is_mark(c: char) -> bool {
    leans(c) || !c.is_ascii() && format!("a{c}").graphemes(true).count() == 1
}

/// What is drawn as one: graphemes (UAX #29), each with what leans on it though it is none of its own. With the place
/// of each in the text.
pub fn clusters(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let from = at;
        let rest = &text[from..];
        let mut chars = rest.chars();
        let first = chars.next()?;
        // Most of the interface: the tables of graphemes took a third of the time of a picture.
        let alone = joins_none(first) && chars.next().is_none_or(joins_none);
        at += if alone { first.len_utf8() } else { joined(rest) };
        Some((from, &text[from..at]))
    })
}

/// Letters, signs, lines and ideographs that join none of each other (UAX #29, rules GB4, GB5 and GB999).
fn joins_none(c: char) -> bool {
    matches!(c,
        '\0'..='\u{C}' | '\u{E}'..='\u{AC}' | '\u{AE}'..='\u{2FF}' | '\u{2010}'..='\u{2027}' | '\u{2190}'..='\u{259F}'
        | '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FA}' | '\u{4E00}'..='\u{9FFF}')
}

/// Bytes of the first cluster of a text.
fn joined(text: &str) -> usize {
    let mut graphemes = text.graphemes(true);
    let mut end = graphemes.next().map_or(0, str::len);
    while text[end..].chars().next().is_some_and(leans) {
        end += graphemes.next().map_or(text.len() - end, str::len);
    }
    end
}

/// The cells of one cluster: as many as any terminal needs, at least one.
#[must_use]
pub fn cells_of(cluster: &str) -> usize {
    if cluster.len() == 1 {
        return 1;
    }
    let mut chars = cluster.chars();
    if let (Some(c), None) = (chars.next(), chars.next())
        && among(c, SURE)
    {
        return c.width().unwrap_or(1).max(1);
    }
    let flag = |c: char| matches!(c, '\u{1F1E6}'..='\u{1F1FF}');
    let flag = if cluster.chars().next().is_some_and(flag) { 2 } else { 1 };
    cluster.chars().map(alone).sum::<usize>().max(cluster.width()).max(flag)
}

/// The characters of a cluster, each with what leans on it.
pub(super) fn parts(cluster: &str) -> Vec<&str> {
    let mut starts: Vec<usize> = cluster.char_indices().filter(|(_, c)| !leans(*c)).map(|(at, _)| at).collect();
    starts.retain(|at| *at > 0);
    let ends = starts.iter().copied().chain([cluster.len()]);
    let starts = [0].into_iter().chain(starts.iter().copied());
    starts.zip(ends).map(|(start, end)| &cluster[start..end]).collect()
}

/// A cluster in stretches that a cell of every terminal holds: tmux leaves out what comes after 21 bytes.
#[must_use]
pub fn holdable(cluster: &str) -> Vec<&str> {
    const MOST: usize = 21;
    let mut all = Vec::new();
    let (mut start, mut end) = (0, 0);
    for part in parts(cluster) {
        if end > start && end + part.len() - start > MOST {
            all.push(&cluster[start..end]);
            start = end;
        }
        end += part.len();
    }
    all.push(&cluster[start..]);
    all
}

/// Texts that take cells.
pub trait Cells {
    /// The cells that it takes in one line.
    fn cells(&self) -> usize;
}

impl Cells for str {
    fn cells(&self) -> usize {
        if self.is_ascii() {
            return self.len();
        }
        clusters(self).map(|(_, cluster)| cells_of(cluster)).sum()
    }
}

/// How sure the cells of a cluster are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surety {
    /// Every terminal agrees.
    Sure,
    /// One cell, or two in terminals that are set up for East Asia (UAX #11).
    Ambiguous,
    /// Terminals disagree.
    Disputed,
}

/// How sure the cells of a cluster are.
#[must_use]
pub fn surety(cluster: &str) -> Surety {
    let mut chars = cluster.chars();
    let (Some(c), None) = (chars.next(), chars.next()) else {
        return Surety::Disputed;
    };
    // What the interface itself is drawn with comes before what is ambiguous.
    let ours = matches!(c, ' '..='~' | '·' | '×' | 'α' | '≈' | '\u{2010}'..='\u{2027}' | '←'..='↓' | '⏎' | '─'..='▟');
    if !ours && c.width() == Some(1) && c.width_cjk() == Some(2) {
        return Surety::Ambiguous;
    }
    if ours || among(c, SURE) { Surety::Sure } else { Surety::Disputed }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_segmentation::UnicodeSegmentation;

    use super::{Cells, Surety, cells_of, clusters, holdable, surety};

    #[test]
    fn a_text_takes_as_many_cells_as_any_terminal_needs() {
        for (text, cells) in [
            ("abc", 3),
            ("لا", 2),
            ("字", 2),
            ("e\u{301}", 1),
            ("हिन्दी", 5),
            ("கா", 2),
            ("ｶﾞ", 2),
            ("👩‍💻", 4),
            ("👍🏽", 4),
            ("🇩🇪", 2),
            ("❤\u{FE0F}", 2),
            ("1\u{FE0F}\u{20E3}", 2),
            ("\u{1100}\u{1161}\u{11A8}", 2),
        ] {
            assert_eq!(text.cells(), cells, "{text}");
        }
    }

    #[test]
    fn the_tables_are_in_order() {
        for table in [super::OWN_CELL, super::TWO_CELLS, super::SURE] {
            assert!(table.is_sorted_by(|before, after| before.1 < after.0));
        }
    }

    #[test]
    fn a_cluster_that_no_cell_holds_is_held_by_several() {
        assert_eq!(holdable("👩‍👩‍👧‍👦"), ["👩‍👩‍👧\u{200D}", "👦"]);
        assert_eq!(holdable("क्षि"), ["क्षि"]);
    }

    #[test]
    fn what_leans_on_a_grapheme_is_drawn_with_it() {
        let found: Vec<&str> = clusters("a\u{1161}b e\u{301}").map(|(_, cluster)| cluster).collect();
        assert_eq!(found, ["a\u{1161}", "b", " ", "e\u{301}"]);
        assert_eq!(cells_of("a\u{1161}"), 1);
        assert_eq!([surety("a"), surety("±"), surety("ل")], [Surety::Sure, Surety::Ambiguous, Surety::Disputed]);
    }

    /// As the rules say it, grapheme by grapheme.
    fn slowly(text: &str) -> Vec<(usize, String)> {
        let mut found: Vec<(usize, String)> = Vec::new();
        for (at, grapheme) in text.grapheme_indices(true) {
            match found.last_mut() {
                Some((_, before)) if grapheme.chars().next().is_some_and(super::leans) => before.push_str(grapheme),
                _ => found.push((at, grapheme.to_owned())),
            }
        }
        found
    }

    fn characters() -> impl Strategy<Value = char> {
        prop_oneof![
            any::<char>(),
            (0u32..0x300).prop_filter_map("a character", char::from_u32),
            (0x2000u32..0x2600).prop_filter_map("a character", char::from_u32),
            (0x3000u32..0x3100).prop_filter_map("a character", char::from_u32),
            prop::sample::select(
                "\r\n\u{200D}\u{FE0F}\u{20E3}\u{301}\u{AD}🇩🇪👩💻👍🏽❤字가\u{1161}\u{11A8}हिन्दीலا─│●©1a"
                    .chars()
                    .collect::<Vec<_>>()
            ),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn clusters_are_those_of_the_rules(text in prop::collection::vec(characters(), 0..12)) {
            let text: String = text.into_iter().collect();
            let found: Vec<(usize, String)> = clusters(&text).map(|(at, cluster)| (at, cluster.to_owned())).collect();
            prop_assert_eq!(found, slowly(&text), "{:?}", text);
        }
    }

    #[test]
    fn every_pair_that_joins_none_is_two() {
        let all: Vec<char> = (0..0x3_0000).filter_map(char::from_u32).filter(|c| super::joins_none(*c)).collect();
        for c in &all {
            for other in ['a', '─', '字', '\n', '©', 'あ'] {
                for pair in [[*c, other], [other, *c]] {
                    let text: String = pair.iter().collect();
                    assert_eq!(text.graphemes(true).count(), 2, "{text:?}");
                    assert!(!super::leans(*c), "{c:?}");
                }
            }
        }
    }
}
