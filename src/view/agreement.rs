//! The agreement pane of wide terminals: lowest alpha first.
//!
//! ```text
//! ── α submitted only; skips out · 412 units · 95 % · A opens
//!  bug           .44 |    ───●─       | .31–.56     97
//!  legal threat  n/a  nobody has ticked it           0
//! ```

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::{Theme, put, rule};
use crate::model::LabelAgreement;
use crate::session::{Session, alpha_words, interval_words, number};
use crate::text::{Cells, fit, one_line, pad};

/// Columns of a row beside its name, and of my alpha behind it.
const FIGURES: usize = 42;
const MINE: usize = 6;

/// From how many columns on my alpha stands there too.
const WITH_MINE: u16 = 60;

/// Cells of the bar: alpha from 0 to 1.
const CELLS: usize = 16;

pub(super) fn draw(session: &Session, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    if area.height == 0 {
        return;
    }
    let rows = session.by_alpha();
    let shown = usize::from(area.height.saturating_sub(1)).min(rows.len());
    let mine = if area.width >= WITH_MINE { MINE } else { 0 };
    let name = usize::from(area.width).saturating_sub(FIGURES + mine).clamp(6, 24);
    let mut head = title(session, shown, rows.len(), usize::from(area.width) - mine);
    if mine > 0 {
        head.push_str("  mine");
    }
    let mut lines = vec![Line::styled(head, theme.faint)];
    for (title, all, of_mine) in rows.into_iter().take(shown) {
        let mut words = format!(" {}{}", pad(&one_line(title), name), figures(all));
        if mine > 0 {
            let alpha = of_mine.map(|found| found.alpha.map_or_else(|_| String::from("n/a"), alpha_words));
            words.push_str(&format!("{:>MINE$}", alpha.unwrap_or_default()));
        }
        lines.push(Line::raw(fit(&words, usize::from(area.width))));
    }
    put(frame, area, lines);
}

/// What is counted, over how many records; beside it how many of the labels are shown, and the key, where they fit.
fn title(session: &Session, shown: usize, all: usize, width: usize) -> String {
    let units = session.figures().iter().map(|figures| figures.units).max().unwrap_or(0);
    let units = format!(" · {} units · 95 %", number(units as i64));
    let lowest = if shown < all { format!(" · {shown} of {all}") } else { String::new() };
    let (long, short) = ("α submitted only; skips out", "α submitted only");
    let wanted = [
        format!("{long}{units}{lowest} · A opens"),
        format!("{short}{units}{lowest} · A opens"),
        format!("{short}{units} · A opens"),
        format!("{short}{units}"),
    ];
    let fits = wanted.iter().find(|words| words.cells() + "──  ".cells() <= width);
    rule(fits.unwrap_or(&wanted[3]), width as u16)
}

/// Alpha, interval and ticks in a fixed width.
fn figures(found: &LabelAgreement) -> String {
    let ticks = number(found.positives as i64);
    let (head, tail) = match found.alpha {
        Ok(alpha) => (format!("{:>5} {}", alpha_words(alpha), bar(alpha, found.bounds())), interval_words(found)),
        Err(why) => (format!("{:>5}  {}", "n/a", why.reason()), String::new()),
    };
    let words = if tail.is_empty() { head } else { format!("{head} {tail}") };
    let room = (FIGURES - 1).saturating_sub(words.cells());
    format!("{words}{ticks:>room$}")
}

/// `|    ───●─       |`: alpha and its interval on a scale from 0 to 1; `<` where it goes on below 0.
pub(super) fn bar(alpha: f64, bounds: Option<(f64, f64)>) -> String {
    let cell = |value: f64| ((value * CELLS as f64).max(0.0) as usize).min(CELLS - 1);
    let (low, high) = bounds.unwrap_or((alpha, alpha));
    let mark = |at: usize| match at {
        at if at == cell(alpha) => '●',
        at if (cell(low)..=cell(high)).contains(&at) => '─',
        _ => ' ',
    };
    let left = if low.min(alpha) < 0.0 { '<' } else { '|' };
    format!("{left}{}|", (0..CELLS).map(mark).collect::<String>())
}
