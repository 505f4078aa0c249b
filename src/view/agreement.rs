//! The agreement pane of wide terminals: lowest alpha first.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::{Theme, put, rule};
use crate::session::{Session, alpha_words};
use crate::text::{fit, one_line};

pub(super) fn draw(session: &Session, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    if area.height == 0 {
        return;
    }
    let units = session.figures().iter().map(|figures| figures.units).max().unwrap_or(0);
    let title = format!("α submitted only; skips out · {} units · A opens", crate::session::number(units as i64));
    let mut rows: Vec<_> =
        session.offered().filter_map(|(index, label)| Some((label, session.figures().get(index)?))).collect();
    let rank = |alpha: Result<f64, _>| alpha.unwrap_or(f64::INFINITY);
    rows.sort_by(|a, b| rank(a.1.alpha).total_cmp(&rank(b.1.alpha)));
    let mut lines = vec![Line::styled(rule(&title, area.width), theme.faint)];
    for (label, figures) in rows {
        let name = fit(&one_line(&label.title), 16);
        let words = match figures.alpha {
            Ok(alpha) => format!(" {name:<17}{:>5} {:>6} ticks", alpha_words(alpha), figures.positives),
            Err(why) => format!(" {name:<17}  n/a  {}", why.reason()),
        };
        lines.push(Line::raw(fit(&words, usize::from(area.width))));
    }
    put(frame, area, lines);
}
