//! Text on its way to a terminal: made harmless, wrapped by grapheme and width.

pub mod cells;
pub mod find;
pub mod fuzzy;
pub mod markdown;
pub mod names;
pub mod near;

use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthChar;

pub use cells::Cells;
use cells::{BASE, cells_of, clusters, is_mark, parts};

/// Most marks that may stand on one letter; more are cut.
const MOST_MARKS: usize = 6;

/// A figure with so many decimals; what rounds to 0 has no sign.
#[must_use]
pub fn decimals(figure: f64, places: usize) -> String {
    let text = format!("{figure:.places$}");
    match text.strip_prefix('-') {
        Some(rest) if rest.chars().all(|c| matches!(c, '0' | '.')) => rest.to_owned(),
        _ => text,
    }
}

/// Makes text of a record harmless for a terminal: control, bidi and invisible characters become visible marks,
/// stacked combining marks are cut, a mark without a letter stands on a dotted circle, a tab becomes four spaces. Line
/// ends stay.
#[must_use]
pub fn sanitize(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut marks = 0;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\r' && chars.peek() == Some(&'\n') {
            continue;
        }
        let joiner = c == '\u{200D}';
        if c != '\n' && !joiner && c.width() == Some(0) && !hidden(c) {
            marks += 1;
            if marks > MOST_MARKS {
                continue;
            }
        } else if !joiner {
            marks = 0;
        }
        if matches!(out.chars().next_back(), None | Some('\n')) && !hidden(c) && is_mark(c) {
            // It would be drawn on whatever stands left of the text.
            out.push(BASE);
        }
        match c {
            '\n' => out.push('\n'),
            '\t' => out.push_str("    "),
            '\u{7F}' => out.push('␡'),
            // The Unicode control pictures stand at U+2400 in the order of the controls.
            c if (c as u32) < 0x20 => out.push(char::from_u32(0x2400 + c as u32).unwrap_or('�')),
            '\u{200D}' if joins(&out, chars.peek().copied()) => out.push(c),
            '\u{FE0F}' if !turns(&out, chars.peek().copied()) => out.push('·'),
            c if hidden(c) => out.push('·'),
            c => out.push(c),
        }
    }
    out
}

/// Lower case without accents, for finding. Only marks that readers leave out go: accents of Latin, Greek and
/// Cyrillic, vowel points of Hebrew and Arabic, and what is invisible; the vowels of other scripts are letters.
#[must_use]
pub fn fold(text: &str) -> String {
    let mark = |c: char| {
        matches!(c as u32,
            0x0300..=0x036F | 0x0483..=0x0489 | 0x0591..=0x05BD | 0x05BF..=0x05C7 | 0x0610..=0x061A
            | 0x064B..=0x065F | 0x0670 | 0x1AB0..=0x1AFF | 0x1DC0..=0x1DFF | 0x20D0..=0x20FF | 0xFE20..=0xFE2F)
    };
    if text.is_ascii() {
        // It has no marks and nothing hidden.
        return text.to_ascii_lowercase();
    }
    text.nfd().filter(|c| !mark(*c) && !hidden(*c) && *c != '\u{FE0F}').nfc().flat_map(char::to_lowercase).collect()
}

/// UAX #29, rule GB11: a joiner joins only pictographs, so this is what makes a character one.
fn pictograph(c: char) -> bool {
    !c.is_ascii() && format!("{c}\u{200D}©").graphemes(true).count() == 1
}

/// A selector of emoji stays only where it turns a sign into one, and a digit into a key's cap (UTS #51, ED-8a, ED-14c).
fn turns(before: &str, after: Option<char>) -> bool {
    let key = |c| matches!(c, '0'..='9' | '#' | '*') && after == Some('\u{20E3}');
    before.chars().next_back().is_some_and(|c| pictograph(c) || key(c))
}

/// A zero-width joiner stays only where it joins two emoji into one.
fn joins(before: &str, after: Option<char>) -> bool {
    let last = before.chars().rev().find(|c| !matches!(c, '\u{FE0F}' | '\u{1F3FB}'..='\u{1F3FF}'));
    last.is_some_and(pictograph) && after.is_some_and(pictograph)
}

/// Whether a character shows nothing itself but changes what stands around it, or hides text.
#[must_use]
pub fn is_hidden(c: char) -> bool {
    hidden(c)
}

/// Characters that show nothing themselves but change what stands around them, or hide text.
fn hidden(c: char) -> bool {
    matches!(c as u32,
        0x80..=0x9F | 0xAD | 0x034F | 0x061C | 0x115F..=0x1160 | 0x17B4..=0x17B5 | 0x180B..=0x180F
        | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0x3164 | 0xFE00..=0xFE0E | 0xFEFF | 0xFFA0
        | 0xFFF0..=0xFFFB | 0x1BCA0..=0x1BCA3 | 0x1D173..=0x1D17A | 0xE0000..=0xE0FFF)
}

/// Whether a symbol that was drawn is as [`sanitize`] leaves text: nothing in it hides or steers.
#[must_use]
pub fn is_clean(symbol: &str) -> bool {
    if let [b' '..=b'~'] = symbol.as_bytes() {
        // Nearly every cell of a screen.
        return true;
    }
    let plain = |c: char| !c.is_control() && !hidden(c) && c.width() != Some(0) && !is_mark(c);
    symbol.chars().all(plain) || (!symbol.contains('\n') && sanitize(symbol) == symbol)
}

/// One line of it: line ends become a visible mark.
#[must_use]
pub fn one_line(text: &str) -> String {
    sanitize(text).replace('\n', " ⏎ ")
}

/// What a message quotes of a file: one line of at most 60 columns.
#[must_use]
pub fn brief(text: &str) -> String {
    // A text of megabytes is not made harmless as a whole.
    let start: String = text.chars().take(240).collect();
    let cut = start.len() < text.len();
    fit(&one_line(&if cut { start + "…" } else { start }), 60)
}

/// Several that a message names, the first `most` of them: `a, b and 3 more`.
#[must_use]
pub fn several(all: impl ExactSizeIterator<Item = String>, most: usize) -> String {
    let more = all.len().saturating_sub(most);
    let shown = all.take(most).collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}

/// What a reader may take for the same: as shown, without outer spaces, in lower case.
#[must_use]
pub fn folded(text: &str) -> String {
    one_line(text).trim().to_lowercase()
}

/// Cuts to `width` columns between clusters, with an ellipsis where something is lost.
#[must_use]
pub fn fit(text: &str, width: usize) -> String {
    if text.cells() <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 0;
    for (_, cluster) in clusters(text) {
        let wide = cells_of(cluster);
        if used + wide + 1 > width {
            break;
        }
        used += wide;
        out.push_str(cluster);
    }
    if width > 0 {
        out.push('…');
    }
    out
}

/// The end of a text that fits into `width` columns, cut between clusters.
#[must_use]
pub fn end_of(text: &str, width: usize) -> &str {
    let mut left = text.cells();
    for (at, cluster) in clusters(text) {
        if left <= width {
            return &text[at..];
        }
        left -= cells_of(cluster);
    }
    ""
}

/// Exactly `width` columns of it: cut by [`fit`], or spaces behind.
#[must_use]
pub fn pad(text: &str, width: usize) -> String {
    let mut out = fit(text, width);
    out.push_str(&" ".repeat(width.saturating_sub(out.cells())));
    out
}

/// Wraps sanitized text into lines of at most `width` columns: at spaces where possible, inside a word between
/// clusters. A cluster wider than `width` is taken apart; a character wider than that is shown as `?`.
#[must_use]
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    if width == 0 {
        return Vec::new();
    }
    text.split('\n').flat_map(|line| wrap_line(line, width)).collect()
}

fn wrap_line(line: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in pieces(line) {
        // A space at the end of a line takes no room there.
        let wide = word.trim_end().cells();
        if used + wide > width && used > 0 {
            lines.push(String::new());
            used = 0;
        }
        if wide <= width {
            let whole = word.cells();
            let word = if used + whole > width { word.trim_end() } else { word };
            push(&mut lines, word);
            used += whole;
            continue;
        }
        let whole = |cluster: &str| cells_of(cluster) <= width;
        for part in clusters(word).flat_map(|(_, cluster)| if whole(cluster) { vec![cluster] } else { parts(cluster) })
        {
            let (shown, wide) = match cells_of(part) {
                wide if wide > width => ("?", 1),
                wide => (part, wide),
            };
            if used + wide > width {
                lines.push(String::new());
                used = 0;
            }
            push(&mut lines, shown);
            used += wide;
        }
    }
    lines
}

/// The pieces of a line between which it may be broken, each with the spaces behind it (UAX #14), never inside a
/// cluster.
fn pieces(line: &str) -> impl Iterator<Item = &str> {
    let mut starts = clusters(line).map(|(at, _)| at).peekable();
    let ends = unicode_linebreak::linebreaks(line).map(|(end, _)| end);
    let ends = ends.filter(move |end| {
        while starts.next_if(|start| start < end).is_some() {}
        *end == line.len() || starts.peek() == Some(end)
    });
    ends.scan(0, |start, end| {
        let piece = &line[*start..end];
        *start = end;
        Some(piece)
    })
}

fn push(lines: &mut [String], text: &str) {
    if let Some(last) = lines.last_mut() {
        last.push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use super::{Cells, hidden, one_line, sanitize, wrap};
    use proptest::prelude::*;

    #[test]
    fn no_control_reaches_the_terminal() {
        assert_eq!(sanitize("a\x1b[2Jb\u{202E}c\u{200B}\r\nd\te"), "a␛[2Jb·c·\nd    e");
        assert_eq!(one_line("a\nb"), "a ⏎ b");
        assert_eq!(sanitize("👩‍💻 ok"), "👩‍💻 ok");
        assert_eq!(sanitize("a\u{FE0F} ❤\u{FE0F} 1\u{FE0F}\u{20E3} 1\u{FE0F}"), "a· ❤\u{FE0F} 1\u{FE0F}\u{20E3} 1·");
        assert_eq!(sanitize("\u{301}a\n\u{93E} \u{FE0F}"), "◌\u{301}a\n◌\u{93E} ·", "a mark without a letter");
    }

    #[test]
    fn nothing_of_a_text_is_lost_whatever_the_width() {
        for text in ["السلام لا إله إلا", "क्ष्म्य हिन्दी", "👩‍👩‍👧‍👦👩‍👩‍👧‍👦", "ab \u{301}cd", "กำลัง"]
        {
            for width in 2..30 {
                let all: String = wrap(text, width).concat().chars().filter(|c| *c != ' ').collect();
                assert_eq!(all, text.replace(' ', ""), "{width}");
            }
        }
    }

    #[test]
    fn a_line_is_broken_where_a_reader_expects_it() {
        assert_eq!(wrap("refunds, invoices, vouchers", 17), ["refunds, ", "invoices, ", "vouchers"]);
    }

    proptest! {
        #[test]
        fn wrapped_lines_fit_and_are_clean(text in any::<String>(), width in 1usize..120) {
            let clean = sanitize(&text);
            for line in wrap(&clean, width) {
                prop_assert!(line.cells() <= width);
                let clean = line.chars().all(|c| !c.is_control() && (c == '\u{200D}' || !hidden(c)));
                prop_assert!(clean, "{:?}", line);
            }
        }
    }
}
